"""An S3 with one object in it, given out as fast as the kernel can: the other end of a download.

``python -m bench.well GIB [--no-checksums] [--tls CERTIFICATE KEY]`` prints ``{"endpoint": …}`` and
serves until it is ended, in a process of its own so that it takes no turn from who measures. The
object is one random piece over and over, sent by ``sendfile`` (TLS: from memory), a thread a
connection, no signature checked. It says a CRC-32 of the whole, as Amazon does, if it is asked.

With ``--many COUNT BYTES`` there are so many small objects instead, below ``many/``, all alike.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import re
import socket
import ssl
import sys
import tempfile
import threading
import zlib
from typing import IO
from urllib.parse import parse_qs

BUCKET, KEY, MANY = "bench", "big", "many/"
MIB = 1 << 20
PART = 8 * MIB
_PIECE = 64 * MIB
_BLOCK = 4 * MIB
_MOST_HEAD = 64 << 10
_PAGE = 1000
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_NEVER = "2026-01-01T00:00:00.000Z"


class Well:
    """The object and what is said of it.

    Args:
        size: bytes, a multiple of 64 MiB, or of each of ``many``, up to that.
        checksums: whether it has a CRC-32 of the whole.
        tls: for HTTPS.
        many: how many small ones there are instead.
    """

    def __init__(
        self, size: int, *, checksums: bool, tls: ssl.SSLContext | None = None, many: int = 0
    ) -> None:
        self.size = size
        names = [f"{MANY}{number:06}" for number in range(many)] or [KEY]
        self._keys = dict.fromkeys(names)
        self._tls = tls
        self._piece = os.urandom(_PIECE)
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  for the process's life
        self._file.write(self._piece)
        self._file.flush()
        parts = [
            hashlib.md5(self._piece[at : at + PART], usedforsecurity=False).digest()
            for at in range(0, _PIECE, PART)
        ] * (size // _PIECE)
        whole = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
        self.etag = f'"{whole}-{len(parts)}"'
        if many:
            whole = hashlib.md5(self._piece[:size], usedforsecurity=False).hexdigest()
            self.etag, checksums = f'"{whole}"', False
        check = 0
        for _ in range(size // _PIECE if checksums else 0):
            check = zlib.crc32(self._piece, check)
        self.crc32 = base64.b64encode(check.to_bytes(4, "big")).decode() if checksums else ""

    def serve(self, connection: socket.socket) -> None:
        """One connection, to its end."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), connection:
            line = connection
            if self._tls is not None:
                line = self._tls.wrap_socket(connection, server_side=True)
            held = b""
            while True:
                while b"\r\n\r\n" not in held:
                    more = line.recv(_MOST_HEAD)
                    if not more or len(held) > _MOST_HEAD:
                        return
                    held += more
                head, _, held = held.partition(b"\r\n\r\n")
                self._answer(line, head.decode("latin-1"))

    def _answer(self, line: socket.socket, head: str) -> None:
        first, *rows = head.split("\r\n")
        method, target, _ = first.split(" ")
        asked = {name.lower(): text.strip() for name, _, text in (r.partition(":") for r in rows)}
        path, _, query = target.partition("?")
        if path.rstrip("/") == f"/{BUCKET}":
            body = self._listing(query) if method == "GET" else b""
            _say(line, "200 OK", {"Content-Type": "application/xml"}, len(body))
            line.sendall(body)
            return
        if path.removeprefix(f"/{BUCKET}/") not in self._keys:
            _say(line, "404 Not Found", {}, 0)
            return
        told = {"ETag": self.etag, "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        told |= {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        begin, end, status = 0, self.size, "200 OK"
        if found := _RANGE.fullmatch(asked.get("range", "")):
            begin, end = int(found[1]), min(self.size, int(found[2] or self.size) + 1)
        elif "partNumber=1" in query:
            end = PART
            told["x-amz-mp-parts-count"] = str(self.size // PART)
        if (begin, end) != (0, self.size) or found:
            status = "206 Partial Content"
            told["Content-Range"] = f"bytes {begin}-{end - 1}/{self.size}"
        elif self.crc32 and "x-amz-checksum-mode" in asked:
            told |= {"x-amz-checksum-crc32": self.crc32, "x-amz-checksum-type": "FULL_OBJECT"}
        _say(line, status, told, end - begin)
        if method == "GET":
            self._pour(line, begin, end)

    def _pour(self, line: socket.socket, begin: int, end: int) -> None:
        piece = memoryview(self._piece)
        while begin < end:
            at = begin % _PIECE
            count = min(_PIECE - at, end - begin, _BLOCK)
            if self._tls is None:
                count = os.sendfile(line.fileno(), self._file.fileno(), at, count)
            else:
                line.sendall(piece[at : at + count])
            begin += count

    def _listing(self, query: str) -> bytes:
        asked = {name: texts[0] for name, texts in parse_qs(query).items()}
        after = asked.get("continuation-token") or asked.get("marker") or ""
        prefix = asked.get("prefix", "")
        keys = [key for key in self._keys if key > after and key.startswith(prefix)]
        rows = "".join(
            f"<Contents><Key>{key}</Key><Size>{self.size}</Size><ETag>{self.etag}</ETag>"
            f"<LastModified>{_NEVER}</LastModified></Contents>"
            for key in keys[:_PAGE]
        )
        more = len(keys) > _PAGE
        token = keys[_PAGE - 1] if more else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><KeyCount>{len(keys[:_PAGE])}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated><NextMarker>{token}</NextMarker>"
            f"<NextContinuationToken>{token}</NextContinuationToken>{rows}</ListBucketResult>"
        ).encode()


def _say(line: socket.socket, status: str, headers: dict[str, str], length: int) -> None:
    told = {"Content-Length": str(length), "x-amz-request-id": "well", **headers}
    rows = [f"HTTP/1.1 {status}", *(f"{name}: {told[name]}" for name in told), "", ""]
    line.sendall("\r\n".join(rows).encode("latin-1"))


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser("bench.well", description=__doc__)
    parser.add_argument("gib", type=float)
    parser.add_argument("--no-checksums", action="store_true")
    parser.add_argument("--many", nargs=2, type=int, metavar=("COUNT", "BYTES"), default=(0, 0))
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    options = parser.parse_args()
    tls = None
    if options.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*options.tls)
    size = max(1, round(options.gib * 1024 * MIB / _PIECE)) * _PIECE
    many, each = options.many
    well = Well(each or size, checksums=not options.no_checksums, tls=tls, many=many)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        scheme, port = "https" if tls else "http", listener.getsockname()[1]
        sys.stdout.write(json.dumps({"endpoint": f"{scheme}://127.0.0.1:{port}"}) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=well.serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
