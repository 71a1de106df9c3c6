"""The ranges of one object on their way: from the wire to the file, to the disk, to the journal."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from s3gui.domain import crc
from s3gui.domain.errors import BadAnswer, S3guiError
from s3gui.domain.integrity import Digest, Hash, new_hash
from s3gui.domain.parts import Meter, Part
from s3gui.domain.text import tr
from s3gui.domain.transfer import PartProgress, PartState
from s3gui.transfers.downloading.target import PartFile
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.lanes import Lanes
from s3gui.transfers.row import KeptPart, Row

if TYPE_CHECKING:
    from hashlib import _Hash

#: Ranges that wait for the disk while others are on the wire.
_BEHIND = 12

#: Fetches a range into a sink.
Fetch = Callable[[Part, "RangeSink"], Awaitable[None]]


class RangeSink:
    """Takes the bytes of one range in a sender thread: to the file, and through the hashes."""

    def __init__(
        self, file: PartFile, part: Part, meter: Meter, *, md5: bool, other: str = ""
    ) -> None:
        self.meter = meter
        self._file = file
        self._part = part
        self._wants_md5 = md5
        self.taken = 0
        self._crc32 = 0
        self._md5 = self._new_md5()
        self._other_name = other
        self._other = self._new_other()

    def _new_md5(self) -> "_Hash | None":
        return hashlib.md5(usedforsecurity=False) if self._wants_md5 else None

    def _new_other(self) -> crc.Sum | None:
        is_one = self._other_name not in {"", crc.CRC32}
        return crc.Sum(self._other_name) if is_one else None

    def write_from(self, offset: int, data: memoryview) -> None:
        """Writes a block; the next one has to follow it.

        Raises:
            LocalFileError: it cannot be written.
            BadAnswer: it does not belong here.
        """
        if not offset:
            self.taken, self._crc32, self._md5 = 0, 0, self._new_md5()
            self._other = self._new_other()
        if offset != self.taken or offset + len(data) > self._part.length:
            raise BadAnswer(
                tr("The server sent other bytes than those that were asked for"),
                hint=tr("Try again. If it stays, the server or a proxy in between is faulty."),
            )
        self._file.write(self._part.offset + offset, data)
        self._crc32 = crc.crc32(data, self._crc32)
        if self._md5 is not None:
            self._md5.update(data)
        if self._other is not None:
            self._other.update(data)
        self.taken += len(data)

    def check_whole(self) -> None:
        """Whether all of it came.

        Raises:
            BadAnswer: it did not.
        """
        if self.taken != self._part.length:
            raise BadAnswer(tr("The server sent fewer bytes than those that were asked for"))

    @property
    def digest(self) -> Digest:
        """Of the bytes that came so far."""
        md5 = self._md5.digest() if self._md5 is not None else b""
        crc32 = self._crc32.to_bytes(4, "big")
        if self._other is None:
            return Digest(md5, crc32)
        return Digest(md5, crc32, self._other.digest(), self._other_name)


class Follower:
    """Hashes the file in order, behind the ranges as they arrive, so that it costs no second pass.

    Args:
        algorithm: a name for ``new_hash``.
        cut_bytes: begins anew after so many bytes; 0: never.
    """

    def __init__(self, row: Row, file: PartFile, kit: Kit, algorithm: str, cut_bytes: int) -> None:
        self._parts = row.transfer.parts
        self._file = file
        self._kit = kit
        self._algorithm = algorithm
        self._cut = cut_bytes or max(1, file.size)
        self._there = {item.part.number for item in self._parts if item.state is PartState.DONE}
        self._more = asyncio.Event()
        #: Of each cut, in order.
        self.digests: list[bytes] = []

    def arrived(self, number: int) -> None:
        """This range is in the file."""
        self._there.add(number)
        self._more.set()

    async def run(self) -> None:
        """Returns when the last byte is hashed.

        Raises:
            LocalFileError: the file cannot be read.
        """
        meter = Meter()
        try:
            await self._run(meter)
        finally:
            meter.stop()

    async def _run(self, meter: Meter) -> None:
        sum_ = self._new()
        left = self._cut
        for item in self._parts:
            await self._until(item.part.number)
            offset, end = item.part.offset, item.part.offset + item.part.length
            while offset < end:
                length = min(left, end - offset)
                await self._kit.threads.hash(self._file.feed, sum_, offset, length, meter)
                offset, left = offset + length, left - length
                if not left:
                    self.digests.append(sum_.digest())
                    sum_, left = self._new(), self._cut
        if left < self._cut or not self.digests:
            self.digests.append(sum_.digest())

    def _new(self) -> Hash:
        return new_hash(self._algorithm)

    async def _until(self, number: int) -> None:
        while number not in self._there:
            self._more.clear()
            await self._more.wait()


class Syncer:
    """One fdatasync at a time; what was written before it began waits for that one only.

    A range is journaled when it is on the disk. One call each would cost a turn of the disk each.
    """

    def __init__(self, file: PartFile, kit: Kit) -> None:
        self._file = file
        self._kit = kit
        self._turn = asyncio.Lock()
        self._begun = self._ended = 0
        self._failed: S3guiError | None = None

    async def written(self) -> None:
        """Returns when all that was written before the call is on the disk.

        Raises:
            LocalFileError: the disk failed.
        """
        enough = self._begun + 1
        async with self._turn:
            if self._ended >= enough:
                return
            if self._failed is not None:
                # Linux tells of a failed write once, and then takes the lost pages for written.
                raise self._failed
            self._begun += 1
            try:
                await self._kit.threads.sync(self._file.sync)
            except S3guiError as error:
                self._failed = error
                raise
            self._ended = self._begun


class Ranges(Lanes):
    """Takes the missing ranges; more lanes than places, as a range waits for the disk at its end.

    Args:
        md5: whether to take the MD5 of each.
        other: another CRC to take of each, beside the CRC-32; "" for none.
        room: returns when there is room for a range.
        arrived: told of a range that is in the file, before it is on the disk.
    """

    def __init__(
        self,
        row: Row,
        kit: Kit,
        patience: Patience,
        file: PartFile,
        fetch: Fetch,
        *,
        md5: bool,
        other: str,
        room: Callable[[int], Awaitable[None]],
        arrived: Callable[[int], None],
    ) -> None:
        super().__init__(row, kit, patience, _nothing, _never)
        self._file = file
        self._fetch = fetch
        self._md5 = md5
        self._other = other
        self._room = room
        self._arrived = arrived
        self._syncer = Syncer(file, kit)

    @property
    def _most(self) -> int:
        return self._patience.per_file + _BEHIND

    async def _attempt(self, progress: PartProgress, meter: Meter) -> None:
        part = progress.part
        progress.state = PartState.WAITING
        sink = RangeSink(self._file, part, meter, md5=self._md5, other=self._other)
        await self._room(part.number)
        async with self._patience.place(meter):
            progress.state = PartState.SENDING
            began = self._kit.clock.monotonic()
            if part.length:
                await self._fetch(part, sink)
            progress.took_ms = round((self._kit.clock.monotonic() - began) * 1000)
        sink.check_whole()
        progress.state = PartState.SENT
        self._arrived(part.number)
        await self._syncer.written()
        kept = KeptPart(sink.digest, "")

        def follow() -> None:
            self._row.kept[part.number] = kept
            self._transfer.part_done(part.number, "")

        await durable(self._kit.journal.part_done(self._row.id, part.number, kept), follow)


async def _nothing(_part: Part, _meter: Meter) -> tuple[Digest, str]:
    raise AssertionError("a range is fetched, not prepared")


async def _never(_part: Part, _digest: Digest, _meter: Meter) -> KeptPart:
    raise AssertionError("a range is fetched, not sent")
