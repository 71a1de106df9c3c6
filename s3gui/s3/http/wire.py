"""A connected socket that knows when it stands still.

What counts is that bytes move. A plain socket never blocks: it is polled before each ``send``, so
an answer that comes in the middle of a body is seen at once, and before a read that found nothing.
TLS blocks, for as long as its socket's timeout says; it writes a block whole or not at all and
tells nothing in between, so its blocks are small on a slow line and grow while they go out quickly.
"""

import contextlib
import select
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from s3gui.domain.parts import KIB
from s3gui.s3.http.limits import Limits, Timeouts

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from s3gui.domain.parts import Meter


_BUFFER_BYTES = 16 * KIB
#: A new or idle line takes so much without a wait.
_SMALL_BYTES = 64 * KIB
#: What is waited for; numbers of ``poll``, where there is one.
_READ: int = getattr(select, "POLLIN", 1)
_WRITE: int = getattr(select, "POLLOUT", 4)


#: What ``Wire.reader`` holds.
_READER_BYTES = 16 * 1024
_MOMENT_S = 0.05


class Silence(Exception):
    """No byte moved in time."""


class Drip(Exception):
    """Bytes move, but too few."""


class Halted(Exception):
    """Stopped while it waited for its share of the limit."""


class PeerSpoke(Exception):
    """The server began to answer, or closed, before the body was out."""


class Wire:
    """One connection to one origin; used by one sender thread at a time.

    ``reader`` gives the bytes that arrive, under the same rules as ``send``.
    """

    def __init__(self, sock: socket.socket, timeouts: Timeouts, limits: Limits) -> None:
        self.sock = sock
        self.idle_since = time.monotonic()
        self.used = False
        self._was_quiet = False
        #: Bytes that the transport took and gave since ``begin``.
        self.sent = 0
        self.received = 0
        self.ended = False
        self.is_tls = isinstance(sock, ssl.SSLSocket)
        self._timeouts = timeouts
        self._limits = limits
        self._block = limits.least_tls_bytes * 4 if self.is_tls else 1 << 62
        self._patience_s = timeouts.idle_s
        self.watch()
        self.reader = Reader(self.receive)
        sock.settimeout(self._patience_s if self.is_tls else 0)

    def begin(self) -> None:
        """A new exchange starts, on a line that is new, or of which ``speaks`` was just asked."""
        self._was_quiet = True
        self.sent = self.received = 0
        self.watch()

    def watch(self, window_s: float = 0) -> None:
        """The average is taken from now on, over ``rate_window_s`` or ``window_s`` if longer."""
        self._window_s = max(window_s, self._timeouts.rate_window_s)
        self._since = time.monotonic()
        self._moved = 0

    def patience(self, seconds: float) -> None:
        """How long a single byte may take from now on, in either direction."""
        if seconds != self._patience_s:
            self._patience_s = seconds
            if self.is_tls:
                self.sock.settimeout(seconds)

    def send(self, data: "Buffer", meter: "Meter | None" = None) -> None:
        """Sends all of ``data``; ``meter`` counts what the transport took.

        Raises:
            PeerSpoke, Silence, Drip, OSError: the line cannot be used any more, but for an answer.
            Halted: it was stopped while it waited for its turn.
        """
        view = memoryview(data)
        was_quiet, self._was_quiet = self._was_quiet, False
        if not was_quiet and self.speaks():
            # Behind an interim answer; the socket itself would not say so any more.
            raise PeerSpoke
        while view:
            share = self._share(min(len(view), self._block), meter)
            # A line that was silent a moment ago takes what is small at once.
            if not was_quiet or len(view) > _SMALL_BYTES:
                self._wait_to_send()
            was_quiet = False
            began = time.monotonic()
            try:
                took = self.sock.send(view[:share])
            except BlockingIOError:
                self._return(share, meter)
                continue
            except TimeoutError:
                # TLS could not get a block out; the server may have said why meanwhile.
                raise (PeerSpoke if self.speaks() else Silence) from None
            self.sent += took
            if meter is not None:
                meter.moved += took
                self._return(share - took, meter)
            view = view[took:]
            if self.is_tls:
                self._fit_block(time.monotonic() - began)
            self._count(took)

    def pull(self, view: memoryview, meter: "Meter | None" = None) -> int:
        """Reads into ``view`` what comes; 0 at the end.

        Raises:
            Silence, Drip, Halted, OSError.
        """
        share = self._share(len(view), meter)
        got = self.reader.readinto1(view[:share])
        if self.is_tls and got and share > _READER_BYTES:
            # ``reader`` holds nothing any more: it gave all it had, or read past itself.
            got += self._records(view[got:share])
        self._return(share - got, meter)
        return got

    def _records(self, view: memoryview) -> int:
        """TLS gives 16 KiB at once: what comes in a moment, without a way through ``reader``."""
        receive, got, until = self.sock.recv_into, 0, time.monotonic() + _MOMENT_S
        try:
            while got < len(view):
                took = receive(view[got:])
                got += took
                if not took:
                    self.ended = True
                    break
                if time.monotonic() > until:
                    break
        except TimeoutError:
            raise Silence from None
        self.received += got
        self._count(got)
        return got

    def speaks(self) -> bool:
        """Whether bytes of an answer, or its end, are there now. Does not wait.

        Between two exchanges nothing is due: then the connection is closed or out of step.
        TLS sends tickets of its own, so that a socket is readable does not say so.
        """
        if self.reader.holds or self.ended:
            return True
        if not self.is_tls:
            return _poll(self.sock, 0, _READ)[0]
        self.sock.settimeout(0)
        try:
            return self.reader.fill() or self.ended
        except OSError:
            return True
        finally:
            with contextlib.suppress(OSError):
                self.sock.settimeout(self._patience_s)

    def receive(self, view: memoryview) -> int | None:
        """What ``reader`` calls. Bytes; 0 at the end; ``None``: TLS has none now and may not wait.

        Raises:
            Silence, Drip, OSError.
        """
        while True:
            try:
                got = self.sock.recv_into(view)
            except ssl.SSLWantReadError:
                return None
            except BlockingIOError:
                if not _poll(self.sock, self._patience_s, _READ)[0]:
                    raise Silence from None
                continue
            except TimeoutError:
                raise Silence from None
            break
        if not got:
            self.ended = True
        self.received += got
        self._count(got)
        return got

    def close(self, *, drop: bool = False) -> None:
        """Closes the connection; with ``drop`` what the kernel still holds is not sent either."""
        if drop:
            with contextlib.suppress(OSError):
                # l_onoff, l_linger: a reset instead of a quiet end.
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.sock.close()

    def _wait_to_send(self) -> None:
        until = time.monotonic() + self._patience_s
        while True:
            readable, writable = _poll(
                self.sock, max(0.0, until - time.monotonic()), _READ | _WRITE
            )
            if readable and self.speaks():
                raise PeerSpoke
            if writable:
                return
            if time.monotonic() >= until:
                raise Silence

    def _share(self, most: int, meter: "Meter | None") -> int:
        """How many bytes may move now; what is waited for our own limit is no silence."""
        if meter is None or meter.pace is None or not meter.pace.is_limited:
            return most
        began = time.monotonic()
        share = meter.pace.take(most, lambda: meter.stopped)
        self._since += time.monotonic() - began
        if not share:
            raise Halted
        return share

    @staticmethod
    def _return(count: int, meter: "Meter | None") -> None:
        if meter is not None and meter.pace is not None and meter.pace.is_limited:
            meter.pace.give_back(count)

    def _fit_block(self, took_s: float) -> None:
        if took_s < 0.25:
            self._block = min(self._block * 2, self._limits.most_tls_bytes)
        elif took_s > 2:
            self._block = max(self._block // 2, self._limits.least_tls_bytes)

    def _count(self, moved: int) -> None:
        self._moved += moved
        now = time.monotonic()
        if now - self._since < self._window_s:
            return
        if self._moved < self._timeouts.least_rate * (now - self._since):
            raise Drip
        self._since = now
        self._moved = 0


_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Reader:
    """What arrives, in lines and in pieces; reads no more at once than its buffer holds.

    Args:
        receive: ``Wire.receive``.
    """

    def __init__(self, receive: Callable[[memoryview], int | None]) -> None:
        self._receive = receive
        self._room = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._room)
        self._at = self._end = 0

    @property
    def holds(self) -> bool:
        """Whether bytes are here that nobody has asked for yet."""
        return self._at < self._end

    def fill(self) -> bool:
        """Reads once, if nothing is held. Whether something is held then."""
        if not self.holds:
            self._at, self._end = 0, 0
            self._end = self._receive(self._view) or 0
        return self.holds

    def readline(self, most: int) -> bytes:
        """Up to and with the next line's end, or ``most`` bytes; less only at the end of all."""
        line = b""
        while len(line) < most and self.fill():
            stop = min(self._end, self._at + most - len(line))
            found = self._room.find(b"\n", self._at, stop) + 1
            line += self._take(found or stop)
            if found:
                break
        return line

    def read1(self, most: int) -> bytes:
        """What is here, or what comes with one read; nothing only at the end of all."""
        return self._take(min(self._end, self._at + most)) if self.fill() else b""

    def readinto1(self, view: memoryview) -> int:
        """The same into ``view``, past the buffer where that is empty and no larger."""
        if not self.holds and len(view) >= _BUFFER_BYTES:
            return self._receive(view) or 0
        piece = self.read1(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def _take(self, end: int) -> bytes:
        piece = bytes(self._view[self._at : end])
        self._at = end
        return piece


def shut(sock: socket.socket) -> None:
    """Wakes whoever waits on ``sock``, from any thread.

    The plain socket's method on purpose: the one of ``SSLSocket`` takes the encryption off, and a
    ``send`` under way in another thread would go on in clear.
    """
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _poll(sock: socket.socket, timeout_s: float, events: int) -> tuple[bool, bool]:
    """Whether ``sock`` can be read and written, as soon as one is true, or after ``timeout_s``.

    Args:
        sock: what is asked.
        timeout_s: how long to wait.
        events: ``_READ``, ``_WRITE``, or both.
    """
    if not hasattr(select, "poll"):  # Windows
        to_read, to_write = [sock] * bool(events & _READ), [sock] * bool(events & _WRITE)
        readable, writable, broken = select.select(to_read, to_write, [sock], timeout_s)
        return bool(readable or broken), bool(writable or broken)
    poller = select.poll()
    poller.register(sock, events)
    for _, event in poller.poll(timeout_s * 1000):
        failed = event & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
        return bool(event & _READ or failed), bool(event & _WRITE or failed)
    return False, False
