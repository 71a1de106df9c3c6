"""One request and its answer, in a sender thread.

What is sent twice. An exchange is repeated by itself in two cases only, once each, always on a new
connection and with the body from its start:

1. The server let ``Expect: 100-continue`` wait for nothing, or refused it (417): no byte of the
   body was sent, so nothing can have been carried out. Repeated without Expect, and remembered.
2. A kept connection turns out to be dead: it was used before, and it ended before one byte of an
   answer came. If not even the first byte of the request was taken, nothing was carried out and
   any request is repeated. Otherwise the server may have carried it out, so only what gives the
   same result twice is: GET, HEAD, and PUT without a condition (the same part, the same object).
   POST (Create, Complete), DELETE (a second delete marker) and conditional PUT (412 against
   ourselves) are not; they take a connection only if it was idle for no longer than
   ``keep_alive_once_s``, so they seldom meet a dead one.
"""

import threading
from collections.abc import Set
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from s3gui.domain.errors import S3guiError
from s3gui.domain.parts import KIB
from s3gui.domain.text import tr
from s3gui.s3.http import answer, faults
from s3gui.s3.http.answer import Ended, Head
from s3gui.s3.http.limits import Limits, Timeouts
from s3gui.s3.http.lines import Lines
from s3gui.s3.http.outgoing import Answer, Outgoing, Steps
from s3gui.s3.http.pour import Pour
from s3gui.s3.http.ready import ReadyGet, ReadyPut
from s3gui.s3.http.senders import Workspace
from s3gui.s3.http.terms import SliceBody
from s3gui.s3.http.wire import Drip, Halted, PeerSpoke, Silence, Wire, shut

if TYPE_CHECKING:
    import socket

    from s3gui.domain.parts import Meter


#: A body up to this size leaves with its head, at the price of a copy.
_TOGETHER_BYTES = 64 * KIB
#: All but 101: we asked for no other protocol.
_INTERIM = frozenset({100, *range(102, 200)})


class _Dead(Exception):
    """A kept connection that was closed at the other end."""


class _NoContinue(Exception):
    """The server does not answer Expect."""


class Exchange:
    """Runs once, in one sender thread; ``stop`` may be called from any."""

    def __init__(
        self,
        request: Outgoing | ReadyPut | ReadyGet,
        lines: Lines,
        timeouts: Timeouts,
        limits: Limits,
    ) -> None:
        self._request = request
        self._lines = lines
        self._timeouts = timeouts
        self._limits = limits
        self._origin = request.origin
        self._host = self._origin.label
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None
        self._stopped = False
        #: Bytes of this request are, or may be, on their way.
        self.on_wire = False

    def stop(self) -> None:
        """Ends it: nothing leaves after the block in flight, and no wait on the socket goes on."""
        with self._lock:
            self._stopped = True
            if self._sock is not None:
                shut(self._sock)
        if self._request.meter is not None:
            self._request.meter.halt()

    def run(self, space: Workspace) -> Answer:
        """Sends the request and reads the answer.

        Raises:
            WireStopped: ``stop`` was called.
            S3guiError: one of ``faults``, or what the source or the sink of the bytes raised.
        """
        steps = self.steps(space)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                answer: Answer = end.value
                return answer

    def steps(self, space: Workspace) -> Steps[Answer]:
        """``run`` in pieces: gives way each time an answer, or more of it, is waited for."""
        meter = self._request.meter
        if meter is not None:
            meter.on_stop(self.stop)
        try:
            return (yield from self._run(space))
        finally:
            if meter is not None:
                meter.on_stop(None)

    @property
    def descriptor(self) -> int:
        """Of the socket, for ``poll``; -1 where there is none."""
        with self._lock:
            return self._sock.fileno() if self._sock is not None else -1

    def _run(self, space: Workspace) -> Steps[Answer]:
        request = self._request
        asked = any(name.lower() == "expect" for name in request.headers)
        large = len(request.body) >= self._limits.least_expect_bytes
        expect = asked and large and not self._lines.waits_in_vain(self._origin)
        fresh = False
        while True:
            try:
                return (yield from self._attempt(space, expect=expect, fresh=fresh))
            except _Dead:
                fresh = True
            except _NoContinue:
                self._lines.remember_silent(self._origin)
                expect, fresh = False, True

    def _attempt(self, space: Workspace, *, expect: bool, fresh: bool) -> Steps[Answer]:
        keep_s = self._timeouts.keep_alive_s
        if not self._request.repeatable:
            keep_s = min(keep_s, self._timeouts.keep_alive_once_s)
        wire = None if fresh else self._lines.take(self._origin, keep_s)
        try:
            if wire is None:
                wire = self._lines.open(self._origin, self._attach)
            self._enter(wire)
            reply, keeps = yield from self._guarded(wire, space, expect=expect)
        except BaseException as error:
            self._leave()
            if wire is not None:
                wire.close(drop=self._stopped)
            if self._stopped:
                raise faults.WireStopped from error
            raise
        self._leave()
        if keeps and not self._stopped:
            self._lines.give(self._origin, wire)
        else:
            wire.close()
        return reply

    def _attach(self, sock: "socket.socket") -> None:
        with self._lock:
            if self._stopped:
                raise faults.WireStopped
            self._sock = sock

    def _enter(self, wire: Wire) -> None:
        self._attach(wire.sock)
        self.on_wire = True
        wire.begin()
        if self._request.meter is not None:
            self._request.meter.moved = 0

    def _leave(self) -> None:
        with self._lock:
            self._sock = None

    def _guarded(self, wire: Wire, space: Workspace, *, expect: bool) -> Steps[tuple[Answer, bool]]:
        """Calls ``_talk`` and turns what the line does into what a person reads."""
        try:
            return (yield from self._talk(wire, space, expect=expect))
        except (S3guiError, _NoContinue):
            raise
        except Halted:
            raise faults.WireStopped from None
        except Silence:
            raise faults.stalled(self._host, tr("no byte moved in time")) from None
        except Drip:
            raise faults.stalled(self._host, tr("the bytes come too slowly")) from None
        except (Ended, OSError) as error:
            if wire.used and not wire.received and (self._request.repeatable or not wire.sent):
                raise _Dead from None
            why = tr("the server closed it") if isinstance(error, Ended) else error
            perhaps_done = wire.sent > 0 and not self._request.repeatable
            raise faults.broken(self._host, why, perhaps_done=perhaps_done) from None

    def _talk(self, wire: Wire, space: Workspace, *, expect: bool) -> Steps[tuple[Answer, bool]]:
        wire.patience(self._timeouts.idle_s)
        early = self._send(wire, space, expect=expect)
        if early is None:
            yield
            return (yield from self._read_answer(wire, space))
        if early.status < 300:
            # A success of something that was not sent to its end is none.
            raise Ended
        wire.patience(self._timeouts.idle_s)
        return (yield from self._take(wire, early, space)), False

    def _send(self, wire: Wire, space: Workspace, *, expect: bool) -> Head | None:
        """Sends the request. A final answer that came before its end is returned."""
        body = self._request.body
        proxy = self._lines.proxy
        forwarding = proxy is not None and self._origin.scheme == "http"
        head = self._request.head(
            expect=expect,
            proxy_authorization=proxy.authorization if proxy and forwarding else None,
        )
        if isinstance(body, bytes) and len(body) <= _TOGETHER_BYTES and not expect:
            return self._send_block(wire, memoryview(head + body), self._request.body_meter)
        early = self._send_block(wire, memoryview(head))
        if early is None and expect:
            early = self._wait_for_continue(wire)
        if early is not None:
            return early
        if isinstance(body, bytes):
            return self._send_block(wire, memoryview(body), self._request.body_meter)
        return self._send_slice(wire, space, body)

    def _send_slice(self, wire: Wire, space: Workspace, body: SliceBody) -> Head | None:
        source, offset, left = body.part.source, body.part.offset, body.part.length
        while left:
            if self._stopped:
                raise faults.WireStopped
            view = space.buffer[: min(left, self._limits.block_bytes)]
            try:
                got = source.read_into(offset, view)
            except OSError as error:
                raise faults.source_failed(source.name, error) from error
            if not got:
                raise faults.source_shrank(source.name)
            early = self._send_block(wire, view[:got], body.meter)
            if early is not None:
                return early
            offset += got
            left -= got
        return None

    def _send_block(
        self, wire: Wire, block: memoryview, meter: "Meter | None" = None
    ) -> Head | None:
        """Sends ``block``. Interim answers that come meanwhile are read and forgotten.

        Several are legal (RFC 9110, 15.2), and Werkzeug says ``100 Continue`` twice.
        """
        for _ in range(self._limits.interim_answers):
            before = wire.sent
            try:
                wire.send(block, meter)
            except (PeerSpoke, OSError) as error:
                head = self._answer_in_the_middle(wire, error)
                if head.status >= 200:
                    return head
                wire.patience(self._timeouts.idle_s)
                block = block[wire.sent - before :]
            else:
                return None
        raise faults.bad_answer(self._host, tr("it is not HTTP"))

    def _wait_for_continue(self, wire: Wire) -> Head | None:
        """``None`` when the body may follow, else the final answer that came instead."""
        wire.patience(self._timeouts.continue_s)
        try:
            head = self._next_head(wire, {100})
        except Silence:
            raise _NoContinue from None
        finally:
            wire.patience(self._timeouts.idle_s)
            wire.watch()
        if head.status == 417:
            raise _NoContinue
        return None if head.status == 100 else head

    def _answer_in_the_middle(self, wire: Wire, error: Exception) -> Head:
        """The server broke off, or spoke, before the body was out: it may have said why."""
        wire.patience(self._timeouts.early_answer_s)
        try:
            return self._next_head(wire, _INTERIM)
        except (Ended, OSError, Silence):
            raise (error if isinstance(error, OSError) else Ended()) from None

    def _read_answer(self, wire: Wire, space: Workspace) -> Steps[tuple[Answer, bool]]:
        answer_s = self._request.terms.answer_s or self._timeouts.answer_s
        wire.patience(answer_s)
        # Amazon begins to answer Complete at once and sends spaces until it is done.
        wire.watch(answer_s)
        head = self._next_head(wire)
        if self._request.terms.sink is not None and head.status < 300:
            wire.patience(self._timeouts.idle_s)
            wire.watch()
        return (yield from self._take(wire, head, space)), head.keeps

    def _next_head(self, wire: Wire, wanted: Set[int] = frozenset()) -> Head:
        """The next final head, or an interim one with a ``wanted`` status."""
        for _ in range(self._limits.interim_answers):
            head = answer.read_head(wire, self._host, self._request.method, self._limits)
            if head.status >= 200 or head.status in wanted:
                return head
            if head.status == 101:
                break
        raise faults.bad_answer(self._host, tr("it is not HTTP"))

    def _take(self, wire: Wire, head: Head, space: Workspace) -> Steps[Answer]:
        if 300 <= head.status < 400 and head.status != 304:
            self._refuse_redirect(head)
        if head.status == 407 and self._lines.proxy:
            raise faults.proxy_refused(self._lines.proxy.label, "407")
        ok = head.status < 300
        if ok and self._request.streams and self._request.terms.sink is not None:
            yield from self._fill_sink(wire, head, space)
            return Answer(head.status, head.headers, b"")
        body = answer.read_control(wire, head, self._host, self._limits)
        if not (ok and self._request.streams) and (why := answer.is_markup_we_refuse(body)):
            if ok:
                raise faults.bad_answer(self._host, why)
            # The page of a gateway: the status says enough, and stays as transient as it is.
            body = b""
        return Answer(head.status, head.headers, body)

    def _refuse_redirect(self, head: Head) -> None:
        # With a region botocore signs anew for the same host, once. Without one it would ask the
        # same question by HeadBucket, and that again, until the stack is full (M2).
        if head.status in {301, 307} and head.region:
            return
        try:
            target = urlsplit(head.headers.get("location", "")).hostname or self._host
        except ValueError:
            target = "?"
        raise faults.redirect_refused(self._host, target, head.region)

    def _fill_sink(self, wire: Wire, head: Head, space: Workspace) -> Steps[None]:
        terms = self._request.terms
        left = answer.check_range(
            head, self._host, first=terms.first, length=terms.length, total=terms.total
        )
        pour = Pour(terms, space.buffer[: self._limits.block_bytes])
        try:
            yield from pour.fill(wire, left, gives_way=isinstance(self._request, ReadyGet))
        finally:
            if not self._stopped:
                pour.flush()
