"""The HTTP session that aiobotocore drives."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, ClassVar

from aiobotocore.awsrequest import AioAWSResponse

from s3gui.s3.http.exchange import Exchange
from s3gui.s3.http.faults import WireStopped
from s3gui.s3.http.limits import Limits, Timeouts
from s3gui.s3.http.lines import Lines, Origin, Proxy, parse_proxy
from s3gui.s3.http.outgoing import Answer, Outgoing, content_of
from s3gui.s3.http.ready import ReadyGet, ReadyPut
from s3gui.s3.http.senders import Senders, Workspace
from s3gui.s3.http.terms import current_terms
from s3gui.s3.http.trust import Trust

#: For exchanges whose body is held already.
_NO_SPACE = Workspace(0)


class ThreadedSession:
    """Give this class to ``AioConfig(http_session_cls=...)``; botocore makes the instance.

    ``verify`` is ``True`` for the system's authorities or the path of a CA file; ``proxies`` are
    taken as they come, so give botocore an empty mapping for none (from ``None`` it makes the
    environment's). ``timeout`` is botocore's ``(connect_timeout, read_timeout)`` and replaces
    ``connect_s`` and ``answer_s`` of ``timeouts``.

    Raises:
        ValueError: certificates were not to be checked, or the proxy is not ``http://host:port``.
    """

    timeouts: ClassVar[Timeouts] = Timeouts()
    limits: ClassVar[Limits] = Limits()

    def __init__(
        self,
        *,
        verify: bool | str | None = True,
        proxies: Mapping[str, str] | None = None,
        timeout: float | Sequence[float] | None = None,
        max_pool_connections: int = 10,
        client_cert: object = None,
        **_ignored: object,
    ) -> None:
        if verify is False:
            raise ValueError("certificates are always checked")
        if client_cert:
            raise ValueError("client certificates are not supported")
        self._timeouts = _with_botocores(self.timeouts, timeout)
        proxy = next((url for url in (proxies or {}).values() if url), "")
        self._senders = Senders(max_pool_connections, self.limits.block_bytes)
        self._lines = Lines(
            Trust(verify if isinstance(verify, str) else "").context,
            parse_proxy(proxy) if proxy else None,
            self._timeouts,
            self.limits,
            max_pool_connections,
        )
        self._running: set[Exchange] = set()
        self._closed = False

    async def __aenter__(self) -> "ThreadedSession":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stops what runs, closes all connections, waits a bounded time for the threads."""
        self._closed = True
        for exchange in list(self._running):
            exchange.stop()
        self._lines.close()
        await asyncio.to_thread(self._senders.close, self._timeouts.close_s)

    async def send(self, request: Any) -> AioAWSResponse:
        """Sends a prepared request; what aiobotocore calls.

        Raises:
            S3guiError: one of ``faults``, or what the source or the sink raised.
            asyncio.CancelledError: the task was cancelled, or ``Meter.stop`` was called. Nothing
                of the request leaves any more.
        """
        terms = current_terms()
        if (given := terms.rehearsal) is not None:
            given.request = request
            return AioAWSResponse(request.url, given.status, given.headers, _Body(given.body))
        outgoing = Outgoing(
            request.method,
            request.url,
            request.headers,
            content_of(request),
            bool(request.stream_output),
            terms,
        )
        answer = await self.carry(outgoing)
        return AioAWSResponse(request.url, answer.status, answer.headers, _Body(answer.body))

    async def carry(self, request: Outgoing) -> Answer:
        """The same for a request that botocore did not make; it has its terms with it.

        Raises: as ``send`` does.
        """
        exchange = Exchange(request, self._lines, self._timeouts, self.limits)
        self._running.add(exchange)
        try:
            return await _result(self._senders.submit(exchange.run), exchange)
        except WireStopped:
            raise asyncio.CancelledError from None
        finally:
            self._running.discard(exchange)

    @property
    def proxy(self) -> Proxy | None:
        """What the requests go through."""
        return self._lines.proxy

    def has_line(self, origin: Origin) -> bool:
        """Whether a connection to there is idle."""
        return self._lines.has_idle(origin)

    def depart(self, request: ReadyPut | ReadyGet, space: Workspace = _NO_SPACE) -> "Flight":
        """Begins a request in the calling thread, which is not the loop's.

        Args:
            request: what is sent.
            space: takes what comes on its way to a sink; the flight's alone.

        Raises:
            WireStopped: the session is closed.
        """
        if self._closed:
            raise WireStopped
        exchange = Exchange(request, self._lines, self._timeouts, self.limits)
        self._running.add(exchange)
        return Flight(exchange, self._running.discard, space)


class Flight:
    """A request under way in a thread that has others to look after."""

    def __init__(
        self, exchange: Exchange, ended: Callable[[Exchange], None], space: Workspace
    ) -> None:
        self._exchange = exchange
        self._ended = ended
        self._steps = exchange.steps(space)

    @property
    def descriptor(self) -> int:
        """Readable when the answer begins; -1 where there is no socket."""
        return self._exchange.descriptor

    def go_on(self) -> Answer | None:
        """Sends, then reads the answer; ``None`` while that is waited for. May block.

        Raises:
            S3guiError: one of ``faults``.
            WireStopped: ``Meter.stop`` was called, or the session is closed.
        """
        try:
            next(self._steps)
        except StopIteration as end:
            self._ended(self._exchange)
            answer: Answer = end.value
            return answer
        except BaseException:
            self._ended(self._exchange)
            raise
        return None


def session_class(
    timeouts: Timeouts | None = None, limits: Limits | None = None
) -> type[ThreadedSession]:
    """``ThreadedSession`` with other limits, for ``AioConfig(http_session_cls=...)``."""
    return type(
        "ThreadedSession",
        (ThreadedSession,),
        {"timeouts": timeouts or Timeouts(), "limits": limits or Limits()},
    )


def _with_botocores(timeouts: Timeouts, given: float | Sequence[float] | None) -> Timeouts:
    if given is None:
        return timeouts
    connect_s, answer_s = (given, given) if isinstance(given, (int, float)) else given
    return replace(timeouts, connect_s=connect_s, answer_s=answer_s)


async def _result(running: "Future[Answer]", exchange: Exchange) -> Answer:
    """What the thread returns. When this task is cancelled, waits until it has left the wire."""
    outcome = asyncio.wrap_future(running)
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        outcome.add_done_callback(_seen)
        if running.cancel():
            raise
        exchange.stop()
        # A connection that is only being made has sent nothing, and a DNS query cannot be
        # interrupted: that thread finds out by itself and is not waited for.
        while exchange.on_wire and not outcome.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([outcome])
        raise


def _seen(outcome: "asyncio.Future[Answer]") -> None:
    """Takes the error of an exchange that nobody waits for any more."""
    if not outcome.cancelled():
        outcome.exception()


class _Body:
    """A body that is here already, in the two forms aiobotocore asks for."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    @property
    def content(self) -> "_Body":
        return self

    async def read(self, size: int | None = -1) -> bytes:
        end = len(self._data) if size is None or size < 0 else self._at + size
        piece = self._data[self._at : end]
        self._at += len(piece)
        return bytes(piece)

    def at_eof(self) -> bool:
        return self._at >= len(self._data)

    def close(self) -> None:
        self._at = len(self._data)
