"""What a cancelled download has on the disk is removed: beside the queue, for the disk may hang."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from s3gui.domain.errors import LocalFileError
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction
from s3gui.transfers.blocks import Spawn
from s3gui.transfers.disks import working_at
from s3gui.transfers.downloading.growing import discard_parts
from s3gui.transfers.kit import Kit
from s3gui.transfers.order import disk_of
from s3gui.transfers.row import Row
from s3gui.transfers.wishes import Step

#: A row says Cancelled after its file is gone, or after so long without a word from the disk.
_CLEAR_S = 5.0
#: The same while the program ends.
_LAST_S = 1.0


class Clearing:
    """Owned by the dispatcher, which carries out the steps that are ``ready``.

    First the files, then the journal: what that has forgotten would stay on the disk for ever. A
    row whose disk holds the removal is Cancelled all the same, and keeps its file; it can go on
    again only after the removal has ended.

    Args:
        spawn: runs something beside the queue, until it ends or the queue does.
        wake: something is ready.
    """

    def __init__(self, kit: Kit, spawn: Spawn, wake: Callable[[], None]) -> None:
        self._kit = kit
        self._spawn = spawn
        self._wake = wake
        self.ready: list[Step] = []
        self._removals: dict[Row, asyncio.Task[None]] = {}

    @staticmethod
    def takes(step: Step) -> bool:
        """Whether a step is to go through here."""
        row = step.row
        may_be_there = row.part_path is not None or row.may_have_left
        return step.discards and may_be_there and row.transfer.direction is Direction.DOWNLOAD

    def begin(self, steps: Iterable[Step]) -> None:
        """Nobody else works on these rows until each one's step was ready, disk by disk."""
        of_disk: dict[str, deque[Step]] = {}
        for step in steps:
            of_disk.setdefault(disk_of(step.row), deque()).append(step)
        for group in of_disk.values():
            task = self._spawn(self._clear(group), "transfers: files of cancelled ones")
            for step in group:
                step.row.task = task
            task.add_done_callback(partial(self._ended, group))

    async def last(self, steps: Iterable[Step]) -> None:
        """The same at the end of the program, which waits a little for it."""
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(self._last(step))

    async def _last(self, step: Step) -> None:
        gone = await self._removed(step, _LAST_S)
        self.ready.append(step if gone else replace(step, drop=False))

    async def _removed(self, step: Step, within_s: float) -> bool | None:
        """Whether the row's file was removed, as far as that can be; ``None``: not in time."""
        removal = self._removals.get(step.row)
        if removal is None:
            removal = self._spawn(self._remove(step.row), f"file of {step.row.id}")
            self._removals[step.row] = removal
            removal.add_done_callback(lambda _: self._removals.pop(step.row))
        ended, _ = await asyncio.wait({removal}, timeout=within_s)
        if not ended:
            return None
        return not removal.cancelled() and removal.exception() is None

    async def _remove(self, row: Row) -> None:
        with working_at(row.transfer.path):
            await discard_parts([row], self._kit)

    async def _clear(self, steps: deque[Step]) -> None:
        is_told = False
        while steps:
            step = steps[0]
            while (gone := await self._removed(step, _CLEAR_S)) is None:
                if not is_told:
                    is_told = True
                    self.ready += [replace(item, drop=False) for item in steps]
                    self._wake()
                    self._kit.tell(_not_removed(step.row))
            steps.popleft()
            self._end(step if gone else replace(step, drop=False))

    def _ended(self, steps: deque[Step], _: "asyncio.Future[None]") -> None:
        """What is left was not come to: the program ends."""
        for step in steps:
            self._end(replace(step, drop=False))

    def _end(self, step: Step) -> None:
        step.row.task = None
        self.ready.append(step)
        self._wake()


def _not_removed(row: Row) -> LocalFileError:
    return LocalFileError(
        tr("What was downloaded of {name} is not removed yet").format(
            name=visible(row.transfer.path.name)
        ),
        tr("Its disk does not answer."),
        tr("It is removed when the disk answers again."),
        code="NotRemoved",
    )
