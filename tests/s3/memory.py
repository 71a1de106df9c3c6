"""Bytes in memory where the program has files."""

import hashlib
import zlib
from typing import Any

from s3gui.domain.entries import ObjectOptions, Stored, UploadRef
from s3gui.domain.integrity import Digest
from s3gui.domain.location import Location
from s3gui.domain.parts import FileSlice, Meter


class MemorySource:
    """A ``ByteSource`` over bytes."""

    name = "memory"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_into(self, offset: int, buffer: memoryview) -> int:
        piece = self._data[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)


class MemorySink:
    """A ``ByteSink`` that keeps what it gets."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write_from(self, offset: int, data: memoryview) -> None:
        assert offset == len(self.data), "blocks come in order"
        self.data += data


def body_of(data: bytes) -> FileSlice:
    return FileSlice(MemorySource(data), 0, len(data))


def md5_of(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def digest_of(upload: UploadRef, data: bytes) -> Digest:
    """What a part of this upload is sent with."""
    if upload.checksum:
        return Digest(crc32=crc32_of(data))
    return Digest(md5_of(data))


def crc32_of(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


async def put(session: Any, where: Location, data: bytes = b"x", **options: Any) -> Stored:
    stored: Stored = await session.objects.put(
        where, body_of(data), md5=md5_of(data), options=ObjectOptions(**options), meter=Meter()
    )
    return stored


async def send_part(session: Any, upload: UploadRef, number: int, data: bytes) -> str:
    etag: str = await session.uploads.send_part(
        upload, number, body_of(data), digest=digest_of(upload, data), meter=Meter()
    )
    return etag


async def fetch(session: Any, where: Location, **how: Any) -> bytes:
    sink = MemorySink()
    await session.objects.fetch(where, sink, meter=Meter(), **how)
    return bytes(sink.data)
