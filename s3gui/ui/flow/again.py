"""Once more what the history knows: the same way, from the same place to the same place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.origin import policy_of
from s3gui.domain.queueing import ScanResult, Wanted
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, trn
from s3gui.domain.transfer import Direction
from s3gui.transfers.history import History
from s3gui.ui.flow import again_words as words
from s3gui.ui.format import count_text

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

#: HeadObjects in flight; each is a round trip, and hundreds one after the other are a minute.
_HEADS = 8
#: So many are sorted in one turn of the loop; a few milliseconds.
_TURN = 100
Made = tuple[ObjectOptions, int]


@dataclass(slots=True)
class Came:
    """What came of it."""

    #: The first that was asked for.
    first: Receipt
    asked: int
    queued: int = 0
    failed: list[S3guiError] = field(default_factory=list)

    @property
    def note(self) -> str:
        """What was queued, in words; "" for nothing."""
        if not self.queued:
            return ""
        if self.asked == 1:
            return tr("Queued again: {name}").format(name=words.name_of(self.first))
        text = trn("Queued again: {count} transfer", "Queued again: {count} transfers", self.queued)
        return text.format(count=count_text(self.queued))

    @property
    def error(self) -> S3guiError | None:
        """Why some were not."""
        return words.in_one(self.failed) if self.failed else None


@dataclass(slots=True)
class _Group:
    """What one call of the queue takes: things of one kind that go to one place."""

    first: Receipt
    made: Made
    as_name: str
    receipts: list[Receipt] = field(default_factory=list)
    #: Of a download.
    wanted: list[Wanted] = field(default_factory=list)


class Again:
    """Queues finished transfers anew; what is there by now is treated as the person chose it.

    Args:
        window: whose queue, connections and choices it goes by.
        history: knows what the objects were made with.
    """

    def __init__(self, window: "MainWindow", history: History) -> None:
        self._w = window
        self._history = history

    async def repeat(self, receipts: Sequence[Receipt]) -> Came:
        """Queues them, those that go to one place together; at least one.

        What cannot be queued, because its connection, file, object or folder is gone, is told in
        what is returned and holds up none of the others.

        Raises:
            S3guiError: the history cannot be read.
        """
        came = Came(receipts[0], len(receipts))
        made = await self._history.made_with([one.id for one in receipts])
        here = await asyncio.to_thread(_lacking, receipts)
        groups: dict[tuple[object, ...], _Group] = {}
        for number, receipt in enumerate(receipts):
            if number % _TURN == _TURN - 1:
                await asyncio.sleep(0)
            problem = self._no_connection(receipt) or here.get(receipt.id)
            if problem is not None:
                came.failed.append(problem)
                continue
            group = _group(receipt, made.get(receipt.id) or (ObjectOptions(), 0))
            groups.setdefault(_key(group), group).receipts.append(receipt)
        for group in groups.values():
            await self._queue(group, came)
        return came

    def _no_connection(self, receipt: Receipt) -> S3guiError | None:
        ids = {receipt.profile_id, receipt.source_profile_id} - {""}
        known = all(self._w.connecting.profile(one) is not None for one in ids)
        return None if known else words.no_connection(receipt)

    async def _queue(self, group: _Group, came: Came) -> None:
        deeds = {Direction.UPLOAD: self._upload, Direction.DOWNLOAD: self._download}
        try:
            result = await deeds.get(group.first.direction, self._copy)(group, came)
        except S3guiError as error:
            came.failed += [error] * len(group.receipts)
            return
        if result is None:
            return
        came.queued += result.queued
        came.failed += [words.left_out(group.first, one) for one in result.skipped]
        if not result.queued and not result.skipped:
            came.failed.append(words.left_out(group.first, None))

    async def _upload(self, group: _Group, _came: Came) -> ScanResult | None:
        first, (options, part_bytes) = group.first, group.made
        paths = [one.path for one in group.receipts if one.path is not None]
        return await self._w.uploading.repeat(
            first.profile_id, first.location.parent, paths, options, part_bytes, group.as_name
        )

    async def _download(self, group: _Group, came: Came) -> ScanResult | None:
        await self._find(group, came)
        if not group.wanted or group.first.path is None:
            return None
        return await self._w.services.queue.download(
            *(group.first.profile_id, group.wanted, group.first.path.parent),
            as_name=group.as_name,
            if_exists=policy_of(self._w.settings.download_if_exists),
        )

    async def _find(self, group: _Group, came: Came) -> None:
        """Looks for the objects, several at a time; they stay in their order."""
        found: dict[int, Wanted] = {}
        rest = iter(group.receipts)

        async def look() -> None:
            for receipt in rest:
                try:
                    found[receipt.id] = await self._object(receipt)
                except S3guiError as error:
                    came.failed.append(error)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(_HEADS, len(group.receipts))):
                tasks.create_task(look())
        group.wanted = [found[one.id] for one in group.receipts if one.id in found]

    async def _object(self, receipt: Receipt) -> Wanted:
        """The very version that was read, where the storage keeps versions."""
        session = await self._w.services.connections.open(receipt.profile_id)
        where, version_id = receipt.location, receipt.version_id
        try:
            now = await session.objects.head(where)
            if version_id is None or now.version_id in {None, version_id}:
                return Wanted(where, size=now.size)
        except NotFound as error:
            if version_id is None:
                raise words.object_gone(receipt, error) from error
        try:
            then = await session.objects.head(where, version_id)
        except NotFound as error:
            raise words.object_gone(receipt, error) from error
        return Wanted(where, version_id, then.size)

    async def _copy(self, group: _Group, _came: Came) -> ScanResult | None:
        first = group.first
        wanted = [Wanted(one.source) for one in group.receipts if one.source is not None]
        exactly = bool(group.as_name)
        return await self._w.services.queue.copy(
            *(first.source_profile_id, wanted, first.profile_id),
            first.location if exactly else first.location.parent,
            exactly=exactly,
            if_exists=policy_of(self._w.settings.copy_if_exists),
            options=group.made[0],
        )


def _group(receipt: Receipt, made: Made) -> _Group:
    """A group for this one; a name that is not the other side's is for one alone."""
    where, source, path = receipt.location, receipt.source, receipt.path
    if receipt.direction is Direction.COPY:
        is_same = source is not None and source.name == where.name
        name = where.name
    else:
        is_same = path is not None and path.name == where.name
        is_down = receipt.direction is Direction.DOWNLOAD
        name = path.name if is_down and path is not None else where.name
    return _Group(receipt, made, "" if is_same else name)


def _key(group: _Group) -> tuple[object, ...]:
    """What those that go together have in common."""
    one = group.first
    alone = one.id if group.as_name else 0
    base = (one.direction, one.profile_id, one.source_profile_id, alone)
    if one.direction is Direction.DOWNLOAD:
        return (*base, one.path and one.path.parent)
    # Options hold dictionaries, which have no hash of their own.
    return (*base, one.location.parent, repr(group.made))


def _lacking(receipts: Sequence[Receipt]) -> dict[int, S3guiError]:
    """Files and folders of this computer that are needed and not there any more. Blocks."""
    found: dict[int, S3guiError] = {}
    folders: dict[Path, bool] = {}
    for one in receipts:
        if one.path is None or one.direction is Direction.COPY:
            continue
        if one.direction is Direction.UPLOAD:
            if not one.path.is_file():
                found[one.id] = words.file_gone(one, one.path)
            continue
        folder = one.path.parent
        if folder not in folders:
            folders[folder] = folder.is_dir()
        if not folders[folder]:
            found[one.id] = words.folder_gone(one, folder)
    return found
