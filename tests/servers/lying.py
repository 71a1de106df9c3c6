"""An S3 that lies, as it is told: plain sockets, a thread a connection, HTTP or HTTPS.

    with LyingServer() as server:
        server.on(Answer(503, headers={"Retry-After": "1"}), method="PUT", attempt=1)
        server.play(Step(StopReading(after=100_000), path="/b/key", query="partNumber=2"))

A script is data: a row of steps. They are tried in the order they were given; the first that
matches acts, once for each request. Without one the server does what it was made for: by itself it
behaves (PUT takes the body and gives its MD5 as ETag, GET serves ``server.objects[path]`` with
ranges, other methods get an empty 200), before a real storage it forwards (``front.py``).
``server.log`` has every request that came over the wire, with what arrived of its body, while it
arrives, and the status that was answered.

A new lie is a subclass of ``Action`` (see ``lies.py``); it drives the connection through ``Talk``.
"""

import contextlib
import hashlib
import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from servers.talk import Action, Gone, Request, Talk, head_of

__all__ = ["Action", "Gone", "LyingServer", "Request", "Step", "Talk", "head_of"]


@dataclass(frozen=True)
class Step:
    """A row of a script: which requests, and what is done with them.

    ``path`` and ``query`` are searched for as regular expressions. ``attempt``: only the nth
    request that the rest matches, from 1; ``since``: from the nth on; 0 for each.
    """

    action: Action
    method: str = ""
    path: str = ""
    query: str = ""
    attempt: int = 0
    since: int = 0

    def concerns(self, request: Request) -> bool:
        """Whether it is about this request, whichever attempt it is."""
        return (
            self.method in {"", request.method}
            and re.search(self.path, request.path) is not None
            and re.search(self.query, request.query) is not None
        )

    def acts_on(self, nth: int) -> bool:
        """Whether the nth request that it is about is its own."""
        return self.attempt in {0, nth} and nth >= self.since


class LyingServer:
    """On loopback, as a context manager; ``endpoint`` is where."""

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        otherwise: "Callable[[Talk], None] | None" = None,
    ) -> None:
        self._tls = tls
        self._steps: list[Step] = []
        self._seen: Counter[int] = Counter()
        self.otherwise = otherwise or _behave
        self._closing = threading.Event()
        self._listener = socket.create_server((host, 0), backlog=64)
        #: Small, so that a body meets a full line early; inherited by what is accepted.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 << 10)
        self._threads: list[threading.Thread] = []
        self._open: dict[socket.socket, int] = {}
        self.changed = threading.Condition()
        self.log: list[Request] = []
        self._under_way: list[Request] = []
        self.connections = 0
        #: Handshakes that failed, as the server saw it.
        self.refusals: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.port: int = self._listener.getsockname()[1]
        self.endpoint = f"{'https' if tls else 'http'}://{host}:{self.port}"

    def on(
        self,
        action: Action,
        *,
        method: str = "",
        path: str = "",
        query: str = "",
        attempt: int = 0,
        since: int = 0,
    ) -> None:
        """Adds one step."""
        self.play(Step(action, method, path, query, attempt, since))

    def play(self, *steps: Step) -> None:
        """Adds steps behind those that are there."""
        with self.changed:
            self._steps += steps

    def forget(self) -> None:
        """Takes the script away: from now on nothing is done but what it was made for."""
        with self.changed:
            self._steps.clear()
            self._seen.clear()

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
            talk.request.beside = sum(not request.status for request in self._under_way)
            self._under_way.append(talk.request)
            self.log.append(talk.request)
            action = self._action_for(talk.request)
            self.changed.notify_all()
        try:
            action(talk)
        finally:
            with self.changed:
                self._under_way.remove(talk.request)
                self.changed.notify_all()
        return talk.keep

    def _action_for(self, request: Request) -> "Callable[[Talk], None]":
        for at, step in enumerate(self._steps):
            if step.concerns(request):
                self._seen[at] += 1
                if step.acts_on(self._seen[at]):
                    return step.action
        return self.otherwise


def _behave(talk: Talk) -> None:
    """What a server does that is not told to lie."""
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
