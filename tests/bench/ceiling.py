"""What the sink can take of small objects, from clients that do nothing but send bytes.

Nothing is signed and nothing is looked at: the figure is the sink's, and how far above those of the
programs it lies says that it is not the sink that was measured.
"""

import multiprocessing
import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

from bench.sink import BUCKET

_BODY = b"x" * 4096
_PROCESSES, _LINES = 2, 4


def small_puts(endpoint: str, ca: str = "", count: int = 20_000) -> int:
    """Requests a second, over eight connections from two processes."""
    began = time.perf_counter()
    share = count // _PROCESSES
    # Not forked: by then this process has threads.
    context = multiprocessing.get_context("spawn")
    with context.Pool(_PROCESSES) as pool:
        pool.map(_warm, range(_PROCESSES))
        began = time.perf_counter()
        pool.starmap(_send, [(endpoint, ca, share)] * _PROCESSES, chunksize=1)
    return round(share * _PROCESSES / (time.perf_counter() - began))


def _warm(_: int) -> None:
    """The processes are there."""


def _send(endpoint: str, ca: str, count: int) -> None:
    threads = [
        threading.Thread(target=_line, args=(endpoint, ca, count // _LINES)) for _ in range(_LINES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _line(endpoint: str, ca: str, count: int) -> None:
    parts = urlsplit(endpoint)
    signature = "0" * 64
    head = (
        f"PUT /{BUCKET}/ceiling HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: ceiling\r\n"
        "Content-MD5: rL0Y20zC+Fzt72VPzMSk2A==\r\nX-Amz-Content-SHA256: UNSIGNED-PAYLOAD\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Signature={signature}\r\n"
        f"Content-Length: {len(_BODY)}\r\n\r\n"
    ).encode()
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca:
            context = ssl.create_default_context(cafile=ca)
            with context.wrap_socket(line, server_hostname=parts.hostname) as secure:
                _talk(secure, head, count)
        else:
            _talk(line, head, count)


def _talk(line: socket.socket, head: bytes, count: int) -> None:
    for _ in range(count):
        line.sendall(head + _BODY)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += line.recv(4096)
