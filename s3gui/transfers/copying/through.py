"""From one connection to another: bytes are read, hashed, held, and sent on; none is on a disk."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from s3gui.domain import crc
from s3gui.domain.errors import BadAnswer
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.parts import FileSlice, Meter, Part
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction
from s3gui.transfers.copying.problems import damaged
from s3gui.transfers.copying.ranges import ObjectSupply
from s3gui.transfers.copying.source import Source
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import KeptPart
from s3gui.transfers.supply import compared


class Body:
    """Bytes of one range in memory: written once by the reader, then read by the sender."""

    def __init__(self, name: str, length: int) -> None:
        self.name = name
        self.length = length
        self._bytes = bytearray(length)
        self._taken = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32 = 0

    def write_from(self, offset: int, data: memoryview) -> None:
        """Takes the next bytes.

        Raises:
            BadAnswer: they do not belong here.
        """
        if offset != self._taken or offset + len(data) > self.length:
            raise BadAnswer(tr("The server sent other bytes than those that were asked for"))
        self._bytes[offset : offset + len(data)] = data
        self._md5.update(data)
        self._crc32 = crc.crc32(data, self._crc32)
        self._taken += len(data)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fills ``buffer`` from ``offset``."""
        count = min(len(buffer), self.length - offset)
        buffer[:count] = memoryview(self._bytes)[offset : offset + count]
        return count

    def digest(self) -> Digest:
        """Of all bytes.

        Raises:
            BadAnswer: fewer came.
        """
        if self._taken != self.length:
            raise BadAnswer(tr("The server sent fewer bytes than those that were asked for"))
        return Digest(self._md5.digest(), self._crc32.to_bytes(4, "big"))


@asynccontextmanager
async def read_body(
    source: Source, part: Part, kit: Kit, meter: Meter, *, whole: bool = False
) -> AsyncIterator[tuple[Body, Digest]]:
    """A range in memory, as long as the context lasts; waits until there is room for it.

    Args:
        source: the object.
        part: the range.
        kit: whose memory, and whose limit for downloads.
        meter: of the attempt; the reader stops with it.
        whole: it is all there is.
    """
    async with kit.memory.hold(part.length):
        body = Body(visible(str(source.origin.location)), part.length)
        reading = kit.limiter.meter(Direction.DOWNLOAD)
        meter.on_stop(reading.stop)
        try:
            if part.length:
                await source.fetch(part, body, reading, whole=whole)
        except BaseException:
            reading.stop()
            raise
        finally:
            meter.on_stop(None)
        yield body, body.digest()


class ReadRanges(ObjectSupply):
    """GetObject of a range, UploadPart of the same bytes, one after the other in each lane."""

    async def deliver(self, part: Part, digest: Digest, meter: Meter) -> KeptPart:
        """Reads a range and sends it on, hashed while it passes."""
        del digest
        row = self._row
        async with read_body(self._source, part, self._kit, meter) as (body, found):
            etag = await self._session.uploads.send_part(
                row.ref, part.number, FileSlice(body, 0, part.length), digest=found, meter=meter
            )
        return compared(row, part, found, etag)

    async def check(self) -> None:
        """Also that all that came is what the server says it has, where it says so.

        Raises:
            Corrupt: it is not.
        """
        await super().check()
        expected = self._source.details.whole_checksums.get(CRC32, "")
        parts = [item.part for item in self._row.transfer.parts]
        digests = [self._row.kept[part.number].digest for part in parts]
        if not expected or not all(digest.crc32 for digest in digests):
            return
        pairs = [(had.crc32, part.length) for had, part in zip(digests, parts, strict=True)]
        whole = crc.combined(CRC32, pairs)
        if Digest(crc32=whole).crc32_text != expected:
            raise damaged(self._source.origin.location)
