"""An S3 that takes everything and keeps nothing, as fast as the kernel can throw bytes away.

It stands in for a storage that is never the bottleneck, so that what is measured is the sender:
bodies are dropped inside the kernel (``MSG_TRUNC``, Linux, not with TLS), a thread a connection, no
signature checked. It knows the calls of an upload and as much of a listing as a client asks for on
the way. It agrees to a CRC-32 over the whole object and believes those that it is told, as it does
MD5s. ``GET /?stats`` says what it took.

Alone: ``python tests/bench/sink.py [--no-checksums] [--tls CERTIFICATE KEY]`` prints
``{"endpoint": …}`` and serves until it is ended: in a process of its own it takes no turn from who
measures.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import re
import socket
import ssl
import sys
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET = "bench"
_BLOCK = 4 << 20
_MOST_HEAD = 64 << 10
_DROP = socket.MSG_TRUNC if sys.platform == "linux" else 0
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_NEVER = "2026-01-01T00:00:00.000Z"
#: What a part's ETag is when the client did not say its MD5: plainly not one.
_OPAQUE = "sink"
_CRC32 = "x-amz-checksum-crc32"
_KIND = "x-amz-checksum-type"
_AGREED = {"x-amz-checksum-algorithm": "CRC32", _KIND: "FULL_OBJECT"}


@dataclass
class _Request:
    method: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    #: Bytes of the body, whether kept or dropped.
    length: int

    @property
    def etag(self) -> str:
        """The MD5 that the client promised, in hex."""
        told = self.headers.get("content-md5")
        return base64.b64decode(told).hex() if told else _OPAQUE

    @property
    def checksum(self) -> dict[str, str]:
        """The CRC-32 that the client promised, as a header of the answer."""
        return {name: value for name, value in self.headers.items() if name == _CRC32}


@dataclass
class _Answer:
    status: str = "200 OK"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    #: Content-Length of an answer to HEAD.
    length: int | None = None


class Sink:
    """The server, on loopback, as a context manager; ``endpoint`` is where."""

    def __init__(self, *, checksums: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        #: Whether it agrees to checksums; else parts come with MD5s, as to older servers.
        self.checksums = checksums
        self._lock = threading.Lock()
        self._objects: dict[str, tuple[int, str, dict[str, str]]] = {}
        self._uploads: dict[str, tuple[str, dict[int, tuple[int, str]]]] = {}
        self._count = 0
        #: Body bytes that were taken, of objects and parts.
        self.taken = 0
        self.puts = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._connections: set[socket.socket] = set()
        scheme = "https" if tls else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="sink", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A plain close would leave accept() asleep.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BLOCK)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            talking = connection
            if self._tls:
                talking = self._tls.wrap_socket(connection, server_side=True)
            line = _Line(talking)
            while (request := line.request()) is not None:
                answer = self._answer(request)
                line.answer(request, answer)
        except OSError:
            return  # the client went away
        finally:
            with self._lock:
                self._connections.discard(connection)
            # Of TLS it is the outer one that holds the descriptor.
            talking.close()

    def _answer(self, request: _Request) -> _Answer:
        with self._lock:
            match request.method:
                case "PUT":
                    return self._put(request)
                case "POST":
                    return self._post(request)
                case "HEAD":
                    return self._head(request)
                case "DELETE":
                    self._uploads.pop(request.query.get("uploadId", ""), None)
                    return _Answer("204 No Content")
                case _:
                    return self._get(request)

    def _put(self, request: _Request) -> _Answer:
        self.taken += request.length
        self.puts += 1
        upload = request.query.get("uploadId")
        if upload is None:
            self._objects[request.key] = (request.length, request.etag, request.checksum)
        elif upload in self._uploads:
            parts = self._uploads[upload][1]
            parts[int(request.query["partNumber"])] = (request.length, request.etag)
        else:
            return _error("404 Not Found", "NoSuchUpload")
        return _Answer(headers={"ETag": f'"{request.etag}"', **request.checksum})

    def _post(self, request: _Request) -> _Answer:
        if "uploads" in request.query:
            self._count += 1
            upload = f"upload-{self._count}"
            self._uploads[upload] = (request.key, {})
            inside = f"<Bucket>{BUCKET}</Bucket><Key>{request.key}</Key>"
            answer = _xml("InitiateMultipartUploadResult", f"{inside}<UploadId>{upload}</UploadId>")
            if self.checksums and _AGREED.items() <= request.headers.items():
                answer.headers |= _AGREED
            return answer
        held = self._uploads.pop(request.query.get("uploadId", ""), None)
        if held is None:
            return _error("404 Not Found", "NoSuchUpload")
        named = [int(n) for n in re.findall(rb"<PartNumber>(\d+)</PartNumber>", request.body)]
        if any(number not in held[1] for number in named):
            return _error("400 Bad Request", "InvalidPart")
        parts = [held[1][number] for number in named]
        etag = _composite([etag for _, etag in parts])
        told = {**request.checksum, **({_KIND: _AGREED[_KIND]} if request.checksum else {})}
        self._objects[request.key] = (sum(size for size, _ in parts), etag, told)
        inside = f"<Bucket>{BUCKET}</Bucket><Key>{request.key}</Key><ETag>&quot;{etag}&quot;</ETag>"
        return _xml("CompleteMultipartUploadResult", inside)

    def _head(self, request: _Request) -> _Answer:
        if not request.key:
            return _Answer()
        if request.key not in self._objects:
            return _Answer("404 Not Found")
        size, etag, checksum = self._objects[request.key]
        headers = {"ETag": f'"{etag}"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if "x-amz-checksum-mode" in request.headers:
            headers |= checksum
        return _Answer(headers=headers, length=size)

    def _get(self, request: _Request) -> _Answer:
        query = request.query
        if "stats" in query:
            return _Answer(body=json.dumps({"taken": self.taken, "puts": self.puts}))
        if "location" in query:
            return _xml("LocationConstraint", "")
        if "uploads" in query:
            return _xml("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>")
        if query.get("uploadId") in self._uploads:
            rows = "".join(
                f"<Part><PartNumber>{number}</PartNumber><Size>{size}</Size><ETag>{etag}</ETag>"
                f"</Part>"
                for number, (size, etag) in sorted(self._uploads[query["uploadId"]][1].items())
            )
            return _xml("ListPartsResult", f"<IsTruncated>false</IsTruncated>{rows}")
        if query.keys() & {"acl", "versioning", "versions"} or request.key:
            return _error("501 Not Implemented", "NotImplemented")
        if "list-type" in query or "prefix" in query:
            return self._list(query)
        one = f"<Bucket><Name>{BUCKET}</Name><CreationDate>{_NEVER}</CreationDate></Bucket>"
        return _xml("ListAllMyBucketsResult", f"<Buckets>{one}</Buckets>")

    def _list(self, query: dict[str, str]) -> _Answer:
        prefix, most = query.get("prefix", ""), int(query.get("max-keys", "1000"))
        after = query.get("continuation-token", query.get("start-after", ""))
        keys = sorted(key for key in self._objects if key.startswith(prefix) and key > after)
        rows = "".join(
            f"<Contents><Key>{key}</Key><Size>{size}</Size><ETag>{etag}</ETag>"
            f"<LastModified>{_NEVER}</LastModified></Contents>"
            for key in keys[:most]
            for size, etag, _ in [self._objects[key]]
        )
        if len(keys) <= most:
            return _xml("ListBucketResult", f"<IsTruncated>false</IsTruncated>{rows}")
        token = f"<NextContinuationToken>{keys[most - 1]}</NextContinuationToken>"
        return _xml("ListBucketResult", f"<IsTruncated>true</IsTruncated>{token}{rows}")


class _Line:
    """One connection: reads requests, drops the bodies of PUT, writes answers."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""
        self._room = bytearray(_BLOCK)
        self._flags = 0 if isinstance(connection, ssl.SSLSocket) else _DROP

    def request(self) -> _Request | None:
        """The next request, its body taken; ``None`` when the client closed the line."""
        while b"\r\n\r\n" not in self._held:
            more = self._connection.recv(_MOST_HEAD)
            if not more or len(self._held) > _MOST_HEAD:
                return None
            self._held += more
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        first, *rows = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (row.partition(":") for row in rows)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        length = int(headers.get("content-length", 0))
        if headers.get("expect", "").lower() == "100-continue" and not self._held:
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b"" if method == "PUT" else self._keep(length)
        if method == "PUT":
            self._drop(length)
        _, _, key = unquote(parts.path).lstrip("/").partition("/")
        flat = {name: values[0] for name, values in query.items()}
        return _Request(method, key, flat, headers, body, length)

    def answer(self, request: _Request, answer: _Answer) -> None:
        """Writes an answer."""
        body = answer.body.encode()
        length = len(body) if answer.length is None else answer.length
        headers = {"Content-Length": str(length), "x-amz-request-id": "sink", **answer.headers}
        lines = [f"HTTP/1.1 {answer.status}", *(f"{key}: {headers[key]}" for key in headers)]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self._connection.sendall(head if request.method == "HEAD" else head + body)

    def _keep(self, length: int) -> bytes:
        while len(self._held) < length:
            more = self._connection.recv(length - len(self._held))
            if not more:
                raise ConnectionResetError
            self._held += more
        body, self._held = self._held[:length], self._held[length:]
        return body

    def _drop(self, length: int) -> None:
        taken = min(length, len(self._held))
        self._held = self._held[taken:]
        while taken < length:
            # With MSG_TRUNC nothing is copied out of the kernel; the buffer stays as it is.
            got = self._connection.recv_into(self._room, min(_BLOCK, length - taken), self._flags)
            if not got:
                raise ConnectionResetError
            taken += got


def _xml(name: str, inside: str) -> _Answer:
    return _Answer(
        body=f"{_XML}<{name} {_SPACE}>{inside}</{name}>",
        headers={"Content-Type": "application/xml"},
    )


def _error(status: str, code: str) -> _Answer:
    return _Answer(status, f"{_XML}<Error><Code>{code}</Code><Message>{code}</Message></Error>")


def _composite(etags: list[str]) -> str:
    if _OPAQUE in etags:
        return f"{_OPAQUE}-{len(etags)}"
    joined = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"


def _main() -> None:
    parser = argparse.ArgumentParser("bench.sink", description=__doc__)
    parser.add_argument("--no-checksums", action="store_true")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    options = parser.parse_args()
    tls = None
    if options.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*options.tls)
    with Sink(checksums=not options.no_checksums, tls=tls) as sink:
        sys.stdout.write(json.dumps({"endpoint": sink.endpoint}) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    _main()
