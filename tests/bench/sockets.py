"""What there is to be had of a well: plain sockets, and nobody looks at what comes."""

import contextlib
import socket
import ssl
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from bench.well import BUCKET, KEY, MIB


def drain(endpoint: str, ca: str, size: int, lines: int = 4) -> dict[str, Any]:
    """Takes the object over some lines at once, and throws it away.

    Args:
        endpoint: of the well.
        ca: whom to trust; "" over plain HTTP.
        size: bytes of the object, a multiple of ``lines``.
        lines: how many.
    """
    share = size // lines
    began, cpu_began = time.perf_counter(), time.process_time()
    threads = [
        threading.Thread(target=_drain, args=(endpoint, ca, at * share, share))
        for at in range(lines)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu = time.process_time() - cpu_began
    return {"seconds": time.perf_counter() - began, "cpu_s": cpu, "peak_bytes": 0}


def _drain(endpoint: str, ca: str, first: int, length: int) -> None:
    parts = urlsplit(endpoint)
    with contextlib.ExitStack() as stack:
        line = stack.enter_context(socket.create_connection((parts.hostname, parts.port)))
        if ca:
            context = ssl.create_default_context(cafile=ca)
            line = stack.enter_context(context.wrap_socket(line, server_hostname=parts.hostname))
        asked = f"GET /{BUCKET}/{KEY} HTTP/1.1\r\nRange: bytes={first}-{first + length - 1}\r\n\r\n"
        line.sendall(asked.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += line.recv(1)
        room = bytearray(4 * MIB)
        while length:
            got = line.recv_into(room, min(length, len(room)))
            if not got:
                raise ConnectionResetError
            length -= got
