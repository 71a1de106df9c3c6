"""An S3 that lies, as it is told: plain sockets, a thread a connection, HTTP or HTTPS.

    with LyingServer() as server:
        server.on(Answer(503, headers={"Retry-After": "1"}), method="PUT", attempt=1)
        server.on(StopReading(after=100_000), path="/b/key", query="partNumber=2")

Rules are tried in the order they were given; the first that matches acts, once for each request.
Without one the server behaves: PUT takes the body and gives its MD5 as ETag, GET serves
``server.objects[path]`` with ranges, other methods get an empty 200. ``server.log`` has every
request that came over the wire, with what arrived of its body, while it arrives.

A new lie is a subclass of ``Action`` (see ``lies.py``); it drives the connection through ``Talk``.
"""

import contextlib
import hashlib
import re
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_HEAD_BYTES = 64 << 10
_BLOCK = 64 << 10


@dataclass
class Request:
    """What came over the wire; ``body_bytes`` and ``md5`` grow while it comes."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    #: The head as it came.
    head: bytes
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
    def length(self) -> int:
        return int(self.headers.get("content-length", 0))

    @property
    def md5(self) -> str:
        """Of what arrived so far, in hex."""
        return self._digest.copy().hexdigest()

    def took(self, piece: bytes) -> None:
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

    def read_body(self, most: int | None = None, pause_s: float = 0) -> None:
        """Reads the body, or until ``most`` bytes of it are there; ``pause_s`` after each block."""
        request = self.request
        until = request.length if most is None else min(most, request.length)
        while request.body_bytes < until:
            want = min(until - request.body_bytes, _BLOCK)
            piece = bytes(self._buffer[:want])
            del self._buffer[: len(piece)]
            self._took(piece or self._receive(want))
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


@dataclass
class _Rule:
    action: Action
    method: str
    path: str
    query: str
    attempt: int
    seen: int = 0

    def takes(self, request: Request) -> bool:
        """Whether it acts on this request; counts those it could act on."""
        if self.method not in {"", request.method}:
            return False
        if not re.search(self.path, request.path) or not re.search(self.query, request.query):
            return False
        self.seen += 1
        return self.attempt in {0, self.seen}


class LyingServer:
    """On loopback, as a context manager; ``endpoint`` is where."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._tls = tls
        self._rules: list[_Rule] = []
        self._closing = threading.Event()
        self._listener = socket.create_server((host, 0), backlog=64)
        #: Small, so that a body meets a full line early; inherited by what is accepted.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 << 10)
        self._threads: list[threading.Thread] = []
        self._open: dict[socket.socket, int] = {}
        self.changed = threading.Condition()
        self.log: list[Request] = []
        self.connections = 0
        #: Handshakes that failed, as the server saw it.
        self.refusals: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.port: int = self._listener.getsockname()[1]
        self.endpoint = f"{'https' if tls else 'http'}://{host}:{self.port}"

    def on(
        self, action: Action, *, method: str = "", path: str = "", query: str = "", attempt: int = 0
    ) -> None:
        """Adds a rule. ``path`` and ``query`` are searched for as regular expressions.

        ``attempt``: only the nth request that the rest of the rule matches, from 1; 0 for each.
        """
        self._rules.append(_Rule(action, method, path, query, attempt))

    def __enter__(self) -> Self:
        self._start(self._accept, "lying-server")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in list(self._threads):
            thread.join(5)

    def hang_up(self) -> None:
        """Closes all connections, as a server does that had enough of idle ones."""
        with self.changed:
            still = list(self._open)
        for sock in still:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        self.wait(lambda: not any(sock in self._open for sock in still))

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def wait(self, done: Callable[[], bool], within_s: float = 10) -> None:
        """Until ``done`` is true of the log; call it in a thread from a coroutine."""
        with self.changed:
            if not self.changed.wait_for(done, within_s):
                raise TimeoutError("the server never saw it")

    def pause(self, seconds: float) -> None:
        """Waits, but not over the end of the server."""
        if self._closing.wait(seconds):
            raise Gone

    def number_of(self, sock: socket.socket) -> int:
        return self._open[sock]

    def _start(self, target: Callable[..., None], name: str, *args: object) -> None:
        thread = threading.Thread(target=target, name=name, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, "lying-connection", sock)

    def _serve(self, raw: socket.socket) -> None:
        with self.changed:
            self.connections += 1
            self._open[raw] = number = self.connections
        sock = raw
        try:
            if self._tls:
                raw.settimeout(5)
                sock = self._tls.wrap_socket(raw, server_side=True)
                sock.settimeout(None)
                with self.changed:
                    self._open[sock] = number
                    self._open.pop(raw, None)
            buffer = bytearray()
            while self._exchange(Talk(self, sock, buffer)):
                pass
        except ssl.SSLError as error:
            self.refusals.append(str(error.reason))
        except (OSError, Gone):
            pass
        finally:
            sock.close()
            with self.changed:
                self._open.pop(raw, None)
                self._open.pop(sock, None)
                self.changed.notify_all()

    def _exchange(self, talk: Talk) -> bool:
        with self.changed:
            self.log.append(talk.request)
            self.changed.notify_all()
        action = next((rule.action for rule in self._rules if rule.takes(talk.request)), _behave)
        action(talk)
        return talk.keep


def _behave(talk: Talk) -> None:
    request = talk.request
    talk.proceed()
    talk.read_body()
    if request.method == "PUT":
        talk.reply(200, {"Content-Length": "0", "ETag": f'"{request.md5}"'})
        return
    if request.method != "GET" or request.path not in talk.server.objects:
        talk.reply(200, {"Content-Length": "0"})
        return
    body = talk.server.objects[request.path]
    headers = {"ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'}
    span = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
    if span:
        first, last = int(span[1]), min(int(span[2]), len(body) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        body = body[first : last + 1]
    talk.reply(206 if span else 200, {**headers, "Content-Length": str(len(body))}, body)
