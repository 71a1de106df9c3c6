"""Receives request bodies: from the socket to the disk a block at a time, every promise checked.

Hashes and files are touched in threads only; of a body at most a few blocks are in memory.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase
from pathlib import Path

from aiohttp import StreamReader
from aiohttp.web import RequestPayloadError

from s3gui.demo.checksums import ALGORITHMS, HEADER, Digest, decode, digest_for, encode
from s3gui.demo.contents import BLOCK
from s3gui.demo.faults import ClientGone, Fault
from s3gui.demo.signature import UNSIGNED, Caller

_STREAMING = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
}
#: Up to here a hop to a thread costs more than the work.
_SMALL = 32 * 1024
_SHA256_HEX_LENGTH = 64
_MOST_TRAILERS = 16


class Line:
    """How fast the storage takes bodies, over all connections; slow for tests."""

    def __init__(self, bytes_per_s: float | None = None, latency_s: float = 0.0) -> None:
        self.bytes_per_s = bytes_per_s
        self.latency_s = latency_s
        self._free_at = 0.0
        #: Small blocks make a slow line smooth.
        self.block = BLOCK if not bytes_per_s else int(min(BLOCK, max(4096, bytes_per_s / 20)))

    async def carry(self, size: int) -> None:
        """Waits until ``size`` bytes have passed."""
        if self.bytes_per_s:
            now = asyncio.get_running_loop().time()
            self._free_at = max(now, self._free_at) + size / self.bytes_per_s
            await asyncio.sleep(self._free_at - now)


@dataclass(frozen=True, slots=True)
class Promises:
    """What the headers say about a body, to be held against it."""

    length: int
    md5: bytes | None
    #: Algorithm of the checksum, "" for none.
    algorithm: str
    #: Its value in base64; "" when it comes in a trailer, or is only to be computed.
    checksum: str
    in_trailer: bool
    caller: Caller

    @property
    def chunked(self) -> bool:
        """Whether the body comes in the chunks of ``aws-chunked``."""
        return self.caller.payload in _STREAMING

    @property
    def sha256(self) -> str:
        """The signed hash of the payload, "" when it was not signed."""
        payload = self.caller.payload
        return "" if payload == UNSIGNED or self.chunked else payload


def promises(headers: dict[str, str], caller: Caller, algorithm: str = "") -> Promises:
    """Reads what a body is announced to be.

    Args:
        headers: names in lower case.
        caller: who sends it.
        algorithm: a checksum to compute whether or not one is sent.

    Raises:
        Fault: MissingContentLength, InvalidDigest, InvalidRequest, NotImplemented.
    """
    payload = caller.payload
    if payload.startswith("STREAMING-"):
        if payload not in _STREAMING:
            raise Fault("NotImplemented", f"{payload} is not implemented")
    elif payload != UNSIGNED and len(payload) != _SHA256_HEX_LENGTH:
        raise Fault("InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a hash")
    announced = "x-amz-decoded-content-length" if payload in _STREAMING else "content-length"
    length = headers.get(announced, "")
    if not length.isdigit():
        raise Fault("MissingContentLength")
    md5 = decode(headers["content-md5"], "InvalidDigest") if "content-md5" in headers else None
    if md5 is not None and len(md5) != hashlib.md5(usedforsecurity=False).digest_size:
        raise Fault("InvalidDigest")
    sent, value, in_trailer = _announced_checksum(headers)
    return Promises(int(length), md5, sent or algorithm, value, in_trailer, caller)


def _announced_checksum(headers: dict[str, str]) -> tuple[str, str, bool]:
    sent = [name for name in ALGORITHMS if HEADER + name.lower() in headers]
    if len(sent) > 1:
        raise Fault("InvalidRequest", "Expecting a single x-amz-checksum- header")
    trailer = headers.get("x-amz-trailer", "").strip().lower()
    if trailer.startswith(HEADER):
        name = trailer.removeprefix(HEADER).upper()
        digest_for(name)
        return name, "", True
    if sent:
        value = headers[HEADER + sent[0].lower()]
        decode(value)
        return sent[0], value, False
    return "", "", False


@dataclass(frozen=True, slots=True)
class Received:
    """A body that arrived whole, and held what was promised."""

    file: Path
    size: int
    md5_hex: str
    #: Algorithm and base64 value, "" for none.
    algorithm: str = ""
    checksum: str = ""


class _Sink:
    """Takes decoded blocks: counts, hashes and writes them."""

    def __init__(self, file: BufferedIOBase | RawIOBase, promised: Promises) -> None:
        self._file = file
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha256 = hashlib.sha256() if promised.sha256 else None
        self.checksum: Digest | None = None
        if promised.algorithm:
            self.checksum = digest_for(promised.algorithm)

    def feed(self, block: bytes) -> None:
        """Takes a block; for a thread, unless it is small."""
        self.size += len(block)
        self.md5.update(block)
        if self.sha256 is not None:
            self.sha256.update(block)
        if self.checksum is not None:
            self.checksum.update(block)
        view = memoryview(block)
        while view:
            view = view[self._file.write(view) or 0 :]


class BodyReader:
    """The body of one request."""

    def __init__(self, stream: StreamReader, line: Line, pool: Executor) -> None:
        self._stream = stream
        self._line = line
        self._pool = pool
        self._trailer: dict[str, str] = {}

    async def to_file(self, path: Path, promised: Promises) -> Received:
        """Writes the body to a new file, which is gone again when this raises.

        Raises:
            Fault: BadDigest, XAmzContentSHA256Mismatch, IncompleteBody, and what is malformed.
            ClientGone: the connection ended first.
        """
        try:
            with path.open("xb", buffering=0) as file:
                sink = _Sink(file, promised)
                await self._pour(sink, promised)
            self._hold(sink, promised)
        except BaseException:
            path.unlink(missing_ok=True)  # noqa: ASYNC240  a hop would let a cancelled one be kept
            raise
        checksum = encode(sink.checksum.digest()) if sink.checksum else ""
        return Received(path, sink.size, sink.md5.hexdigest(), promised.algorithm, checksum)

    async def to_memory(self, promised: Promises, most: int) -> bytes:
        """The body of a control request.

        Raises:
            Fault: as ``to_file``, and MaxMessageLengthExceeded over ``most`` bytes.
        """
        if promised.length > most:
            raise Fault("MaxMessageLengthExceeded")
        from io import BytesIO

        buffer = BytesIO()
        sink = _Sink(buffer, promised)
        await self._pour(sink, promised)
        self._hold(sink, promised)
        return buffer.getvalue()

    async def _pour(self, sink: _Sink, promised: Promises) -> None:
        loop = asyncio.get_running_loop()
        source = self._chunks(promised) if promised.chunked else self._plain()
        async for block in source:
            if sink.size + len(block) > promised.length:
                raise Fault("IncompleteBody")
            if len(block) <= _SMALL:
                sink.feed(block)
            else:
                await loop.run_in_executor(self._pool, sink.feed, block)
        if sink.size != promised.length:
            raise Fault("IncompleteBody")

    def _hold(self, sink: _Sink, promised: Promises) -> None:
        """Compares what came with what was promised."""
        if sink.sha256 is not None and not hmac.compare_digest(
            sink.sha256.hexdigest(), promised.sha256
        ):
            raise Fault("XAmzContentSHA256Mismatch")
        if promised.md5 is not None and promised.md5 != sink.md5.digest():
            raise Fault("BadDigest", CalculatedDigest=encode(sink.md5.digest()))
        if sink.checksum is None:
            return
        value = promised.checksum
        if promised.in_trailer:
            value = self._trailer.get(HEADER + promised.algorithm.lower(), "")
            if not value:
                raise Fault("MalformedTrailerError")
        if value and decode(value) != sink.checksum.digest():
            name = promised.algorithm
            raise Fault("BadDigest", f"The {name} you specified did not match what we received.")

    async def _read(self, most: int) -> bytes:
        """The next bytes, b"" at the end."""
        try:
            data = await self._stream.read(min(most, self._line.block))
        except (ConnectionError, RequestPayloadError, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                raise
            raise ClientGone from error
        await self._line.carry(len(data))
        return data

    async def _plain(self) -> AsyncIterator[bytes]:
        while True:
            block = await self._read(BLOCK)
            if not block:
                return
            yield block

    async def _chunks(self, promised: Promises) -> AsyncIterator[bytes]:
        """Decodes ``aws-chunked``: ``size[;chunk-signature=...]``, data, and trailing headers."""
        signer = promised.caller.signer if "HMAC" in promised.caller.payload else None
        while True:
            size_text, _, extension = (await self._text_line()).partition(";")
            try:
                size = int(size_text, 16)
            except ValueError as error:
                raise Fault("IncompleteBody") from error
            digest = hashlib.sha256() if signer else None
            async for block in self._chunk(size, digest):
                yield block
            if signer and digest:
                signature = extension.strip().removeprefix("chunk-signature=")
                signer.check_chunk(signature, digest.hexdigest())
            if not size:
                break
            if await self._text_line():
                raise Fault("IncompleteBody")
        await self._read_trailer(promised)

    async def _chunk(self, left: int, digest: Digest | None) -> AsyncIterator[bytes]:
        """The data of one chunk."""
        while left:
            block = await self._read(left)
            if not block:
                raise Fault("IncompleteBody")
            left -= len(block)
            if digest:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._pool, digest.update, block)
            yield block

    async def _read_trailer(self, promised: Promises) -> None:
        lines: list[str] = []
        while (line := await self._text_line()) and len(lines) < _MOST_TRAILERS:
            lines.append(line)
        signed = "".join(
            f"{line}\n" for line in lines if not line.startswith("x-amz-trailer-signature")
        )
        for line in lines:
            name, _, value = line.partition(":")
            self._trailer[name.strip().lower()] = value.strip()
        if promised.caller.payload.endswith("HMAC-SHA256-PAYLOAD-TRAILER"):
            if promised.caller.signer is None:
                raise Fault("AccessDenied")
            signature = self._trailer.get("x-amz-trailer-signature", "")
            promised.caller.signer.check_trailer(signature, signed.encode())

    async def _text_line(self) -> str:
        """A line of the framing without its end; "" at the end of the body too."""
        try:
            line = await self._stream.readline()
        except (ConnectionError, RequestPayloadError) as error:
            raise ClientGone from error
        except ValueError as error:  # longer than any line of the framing can be
            raise Fault("IncompleteBody") from error
        return line.decode("latin-1").rstrip("\r\n")
