"""One exchange of a server that lies: the request as it came, and what can be done with it."""

import hashlib
import re
import select
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servers.lying import LyingServer

_HEAD_BYTES = 64 << 10
_BLOCK = 64 << 10


@dataclass(eq=False)
class Request:
    """What came over the wire; ``body_bytes`` and ``md5`` grow while it comes."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    #: The head as it came.
    head: bytes
    #: Requests that were without an answer when it came, on all connections.
    beside: int = 0
    #: Of the answer that was given; 0 for none, and for bytes that are no answer.
    status: int = 0
    body_bytes: int = 0
    #: Whether all of the body that was announced arrived.
    whole: bool = False
    _digest: "hashlib._Hash" = field(
        default_factory=lambda: hashlib.md5(usedforsecurity=False), repr=False
    )

    @property
    def path(self) -> str:
        """The target without its query; an absolute form (through a proxy) without its host."""
        return re.sub(r"^https?://[^/]*", "", self.target).partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def part(self) -> int:
        """The part number in the query; 0 for none."""
        found = re.search(r"\bpartNumber=(\d+)", self.query)
        return int(found[1]) if found else 0

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", 0))

    @property
    def md5(self) -> str:
        """Of what arrived so far, in hex."""
        return self._digest.copy().hexdigest()

    def took(self, piece: bytes) -> None:
        """Counts what arrived."""
        self._digest.update(piece)
        self.body_bytes += len(piece)
        self.whole = self.body_bytes >= self.length


class Gone(Exception):
    """The other side closed, or the server is closing."""


class Talk:
    """One exchange on one connection, for an action to drive."""

    def __init__(self, server: "LyingServer", sock: socket.socket, buffer: bytearray) -> None:
        self.server = server
        self.sock = sock
        self._buffer = buffer
        self.keep = True
        self.request = self._read_head()

    def _read_head(self) -> Request:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _HEAD_BYTES:
                raise Gone
            self._buffer += self._receive(_BLOCK)
        head = bytes(self._buffer[: end + 4])
        del self._buffer[: end + 4]
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Request(self.server.number_of(self.sock), method, target, headers, head)

    def _receive(self, most: int) -> bytes:
        piece = self.sock.recv(most)
        if not piece:
            raise Gone
        return piece

    def proceed(self) -> None:
        """Sends ``100 Continue`` if the client waits for it."""
        if self.request.headers.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def take_body(self) -> bytes:
        """Reads the body, and keeps it."""
        kept = bytearray()
        self.read_body(kept=kept)
        return bytes(kept)

    def read_body(
        self, most: int | None = None, pause_s: float = 0, kept: bytearray | None = None
    ) -> None:
        """Reads the body, or until ``most`` bytes of it are there; ``pause_s`` after each block."""
        request = self.request
        until = request.length if most is None else min(most, request.length)
        while request.body_bytes < until:
            want = min(until - request.body_bytes, _BLOCK)
            piece = bytes(self._buffer[:want])
            del self._buffer[: len(piece)]
            piece = piece or self._receive(want)
            self._took(piece)
            if kept is not None:
                kept += piece
            if pause_s:
                self.server.pause(pause_s)
        if not request.length:
            request.whole = True

    def drain(self, pause_s: float = 0) -> None:
        """Counts what still arrives until the client is gone."""
        while True:
            self._took(self._receive(_BLOCK))
            self.server.pause(pause_s)

    def _took(self, piece: bytes) -> None:
        with self.server.changed:
            self.request.took(piece)
            self.server.changed.notify_all()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        """A whole answer, nothing added to it."""
        self.request.status = status
        self.send(head_of(status, headers) + (b"" if self.request.method == "HEAD" else body))

    def hang(self) -> None:
        """Keeps the connection open and reads nothing, until one side closes."""
        poller = select.poll()
        poller.register(self.sock, select.POLLRDHUP)
        while not poller.poll(20):
            self.server.pause(0)
        raise Gone

    def reset(self) -> None:
        """Ends the connection as a broken line does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


def head_of(status: int, headers: Mapping[str, str]) -> bytes:
    """A status line and headers, with the blank line."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


class Action:
    """What the server does with one request."""

    def __call__(self, talk: Talk) -> None:
        raise NotImplementedError
