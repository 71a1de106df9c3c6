"""A small HTTP proxy: CONNECT for https, absolute form for http, with or without a password."""

import contextlib
import re
import select
import socket
import threading
from types import TracebackType
from typing import Self


class TinyProxy:
    """On loopback, as a context manager. ``log`` has the first line of each request."""

    def __init__(self, authorization: str = "") -> None:
        self._authorization = authorization
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = False
        self.log: list[str] = []
        self.heads: list[str] = []
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            text = head.decode("latin-1").partition("\r\n\r\n")[0]
            self.heads.append(text)
            self.log.append(text.partition("\r\n")[0])
            if self._authorization and self._authorization not in text:
                client.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
                return
            self._forward(client, self.log[-1], head)

    def _forward(self, client: socket.socket, first: str, head: bytes) -> None:
        target = re.match(r"\w+ (?:http://)?([^/ :]+):(\d+)", first)
        if target is None:
            return
        with socket.create_connection((target[1], int(target[2]))) as server:
            if first.startswith("CONNECT"):
                client.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
            else:
                server.sendall(head)
            pair = {client: server, server: client}
            while not self._closing:
                for one in select.select(list(pair), [], [], 0.2)[0]:
                    piece = one.recv(65536)
                    if not piece:
                        return
                    pair[one].sendall(piece)
