"""The life of a row's ``.part``: made, found again, looked through, removed; and the journal."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import TypeVar

from s3gui.domain.errors import S3guiError
from s3gui.domain.parts import Meter, PartPlan
from s3gui.domain.transfer import Direction, FileIdentity, PartProgress, PartState
from s3gui.transfers.downloading.problems import lost_file
from s3gui.transfers.downloading.target import PartFile, discard, part_path
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row

_log = logging.getLogger(__name__)
F = TypeVar("F", PartFile, "PartFile | None")


class Growing:
    """The ``.part`` of one row, over its runs."""

    def __init__(self, row: Row, kit: Kit) -> None:
        self._row = row
        self._transfer = row.transfer
        self._kit = kit

    async def find(self) -> PartFile | None:
        """The one of an earlier run, with the ranges that are still so; ``None``: begin anew.

        Raises:
            LocalFileError: it, or its folder, cannot be used.
        """
        row, known = self._row, self._transfer.identity
        if row.part_path is None:
            return None
        file = None
        if known is not None and self._transfer.part_bytes and not self._transfer.is_single:
            file = await _held(self._kit.threads.disk(PartFile.adopt, row.part_path, known))
        if file is None:
            if row.kept:
                self._kit.tell(lost_file(self._transfer.path))
            await self.give_up()
            return None
        if not row.part_seen:
            try:
                await self._look_through(file)
            except BaseException:
                file.close()
                raise
            row.part_seen = True
        return file

    async def make(self, plan: PartPlan) -> PartFile:
        """A new one for this plan, with its bytes reserved; not in the journal yet.

        Raises:
            LocalFileError: there is no room (``DiskFull``), or it cannot be made.
        """
        path = path_of(self._row)
        making = _Making(path, plan.size)
        self._row.may_have_left = True
        try:
            file, self._transfer.identity = await self._kit.threads.disk(making.run)
        except asyncio.CancelledError:
            making.leave()
            raise
        self._row.part_seen = True
        self._row.part_path = path
        self._transfer.size = plan.size
        self._transfer.lay_out(plan)
        return file

    async def journal(self) -> None:
        """Where it grows, of what, and which file it is: for the next start to go on from."""
        row = self._row
        identity = self._transfer.identity
        if identity is None:
            raise AssertionError("a file that was made is known")
        reads = self._kit.journal.reads(row)
        same = self._kit.journal.compared(row.id, identity, ())
        await asyncio.gather(reads, same)
        row.may_have_left = False

    async def give_up(self) -> None:
        """Removes it; the row starts from its first byte."""
        await discard_part(self._row, self._kit)
        await durable(self._kit.journal.forget_upload(self._row.id), self._row.start_over)

    async def forget(self) -> None:
        """The same for one that the journal does not know."""
        await discard_part(self._row, self._kit)
        self._row.start_over()

    async def _look_through(self, file: PartFile) -> None:
        """Reads the ranges that the journal has; those that are not so are fetched again."""
        done = [row for row in self._transfer.parts if row.state is PartState.DONE]
        looks = await asyncio.gather(*(self._is_so(file, item) for item in done))
        lost = [item.part.number for item, so in zip(done, looks, strict=True) if not so]
        if not lost:
            return
        _log.warning("transfer %d: %d ranges are not what they were", self._row.id, len(lost))

        def follow() -> None:
            for number in lost:
                self._row.kept.pop(number, None)
                self._transfer.part_back(number)

        await durable(self._kit.journal.parts_lost(self._row.id, lost), follow)

    async def _is_so(self, file: PartFile, item: PartProgress) -> bool:
        kept = self._row.kept.get(item.part.number)
        if kept is None:
            return False
        meter = Meter()
        try:
            digest = await self._kit.threads.hash(file.digest, item.part, meter)
        finally:
            meter.stop()
        return digest.crc32 == kept.digest.crc32


class _Making:
    """A file that is being made in a thread. Nothing of it stays if nobody waits for it any more.

    A disk that hangs is not waited for: what it makes in the end would lie there for ever.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._lock = threading.Lock()
        self._file: PartFile | None = None
        self._left = False

    def run(self) -> tuple[PartFile, FileIdentity]:
        """In the thread.

        Raises:
            LocalFileError: it cannot be made.
        """
        file = PartFile.create(self._path, self._size)
        try:
            identity = file.identity()
            with self._lock:
                self._file = None if self._left else file
            if self._file is None:
                discard(self._path, identity)
        finally:
            if self._file is None:
                file.close()
        return file, identity

    def leave(self) -> None:
        """Nobody waits. What is there already is found by whoever cancels, or begins anew."""
        with self._lock:
            self._left = True
        if self._file is not None:
            self._file.close()


def path_of(row: Row) -> Path:
    """Where the row's file grows, or would."""
    if row.part_path is not None:
        return row.part_path
    created = row.transfer.created
    mark = f"{row.id} {created.isoformat() if created is not None else ''}"
    return part_path(row.transfer.path, mark)


async def discard_part(row: Row, kit: Kit) -> None:
    """Removes the row's ``.part``, if there is one; one that cannot be removed is told."""
    is_known = row.part_path is not None
    known = row.transfer.identity if is_known else None
    try:
        await kit.threads.disk(discard, path_of(row), known)
    except S3guiError as error:
        if is_known:
            kit.tell(error)
        else:
            _log.info("transfer %d: whether a file was left is not known: %s", row.id, error)
    else:
        row.may_have_left = False


async def discard_parts(rows: Iterable[Row], kit: Kit) -> None:
    """The same for those of these rows that are downloads."""
    for row in rows:
        if row.transfer.direction is Direction.DOWNLOAD:
            await discard_part(row, kit)


async def _held(opening: Awaitable[F]) -> F:
    future = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        # A disk that hangs is not waited for; the file is closed whenever it comes.
        future.add_done_callback(_close)
        raise


def _close(opening: "asyncio.Future[F]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        file = opening.result()
        if file is not None:
            file.close()
