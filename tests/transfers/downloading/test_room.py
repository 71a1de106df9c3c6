"""A file's bytes are reserved while its ranges come, each before it is written."""

import asyncio
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.transfers.downloading import room
from s3gui.transfers.downloading.target import PartFile

pytestmark = pytest.mark.skipif(
    not hasattr(os, "posix_fallocate"), reason="nothing is reserved on this system"
)
SIZE = 4 * PART + 3


class SlowDisk:
    """Takes its time for every piece; ``opened`` pieces go through.

    Like the C library where a disk cannot reserve, it puts zeroes where it finds some: what is
    written meanwhile would be gone.
    """

    def __init__(self) -> None:
        self.pieces: list[tuple[int, int]] = []
        self.written: list[int] = []
        self.fails_at: int | None = None
        self._open = threading.Semaphore(0)
        self.reached = threading.Event()

    def let(self, count: int) -> None:
        self._open.release(count)

    def reserve(self, descriptor: int, offset: int, length: int) -> None:
        self.pieces.append((offset, length))
        if offset == self.fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        blocks = range(offset, offset + length, 4096)
        empty = [at for at in blocks if os.pread(descriptor, 1, at) == b"\0"]
        self.reached.set()
        assert self._open.acquire(timeout=20)
        for at in empty:
            os.pwrite(descriptor, b"\0", at)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    slow, real = SlowDisk(), PartFile.write

    def write(self: PartFile, offset: int, data: memoryview) -> None:
        slow.written.append(offset // PART * PART)
        real(self, offset, data)

    monkeypatch.setattr(os, "posix_fallocate", slow.reserve)
    monkeypatch.setattr(PartFile, "write", write)
    monkeypatch.setattr(room, "_STEP_BYTES", PART)
    monkeypatch.setattr(room, "AT_FIRST_S", 0)
    monkeypatch.setattr(room.reserve, "__defaults__", (0,))
    yield slow
    slow.let(1000)


async def reached(disk: SlowDisk) -> None:
    await asyncio.to_thread(disk.reached.wait, 20)
    disk.reached.clear()


async def test_ranges_come_while_the_rest_is_reserved(house: Downloads, disk: SlowDisk) -> None:
    data = house.stored("file", pattern(SIZE))
    disk.let(2)
    transfer = await house.begin("file")
    await house.until_parts(transfer, 2)
    await reached(disk)
    assert disk.pieces[:2] == [(0, PART), (PART, PART)]
    assert set(disk.written) == {0, PART}, "nothing is written where it is not reserved yet"
    disk.let(10)
    await house.done(transfer)
    assert (house.target / "file").read_bytes() == data
    assert sum(length for _, length in disk.pieces) == SIZE


async def test_nothing_of_a_paused_row_is_reserved_any_more(
    house: Downloads, disk: SlowDisk
) -> None:
    """What the next run writes there would be overwritten by what the last one had begun."""
    data = house.stored("file", pattern(SIZE))
    disk.let(1)
    transfer = await house.begin("file")
    await house.until_parts(transfer, 1)
    house.queue.pause([transfer.id])
    await reached(disk)
    with pytest.raises(TimeoutError):  # the piece under way is waited for
        await asyncio.wait_for(house.until(transfer, State.PAUSED), 0.3)
    disk.let(1)
    await house.until(transfer, State.PAUSED)
    begun = len(disk.pieces)
    disk.let(100)
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert [offset for offset, _ in disk.pieces[begun:]] == [PART, 2 * PART, 3 * PART, 4 * PART]
    assert (house.target / "file").read_bytes() == data


async def test_what_a_killed_program_did_not_reserve_the_next_one_does(
    house: Downloads, disk: SlowDisk
) -> None:
    data = house.stored("file", pattern(SIZE))
    disk.let(100)
    house.server.hold("fetch", part=PART)
    transfer = await house.begin("file")
    await house.until_parts(transfer, 4)
    begun = len(disk.pieces)
    again = await house.restart()
    house.server.clear_rules()
    await house.last.done(again)
    assert disk.pieces[begun:] == [(PART, PART)], "only where something is missing"
    assert (house.target / "file").read_bytes() == data


async def full(house: Downloads) -> Transfer:
    transfer = await house.begin("file")
    await house.until(transfer, State.PAUSED)
    assert transfer.waiting is Waiting.DISK_FULL
    return transfer


async def test_a_disk_that_is_full_in_the_middle_gets_back_what_was_reserved(
    house: Downloads, disk: SlowDisk
) -> None:
    data = house.stored("file", pattern(SIZE))
    house.server.hold("fetch", part=1)
    disk.fails_at = PART
    disk.let(100)
    transfer = await full(house)
    assert house.there() == []
    disk.fails_at = None
    house.server.clear_rules()
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert (house.target / "file").read_bytes() == data


async def test_a_disk_that_is_full_at_a_resume_loses_nothing_that_was_there(
    house: Downloads, disk: SlowDisk
) -> None:
    data = house.stored("file", pattern(SIZE))
    disk.let(100)
    house.server.hold("fetch", part=PART)
    transfer = await house.begin("file")
    await house.until_parts(transfer, 4)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    house.server.clear_rules()
    disk.fails_at = PART
    disk.pieces.clear()
    house.queue.resume([transfer.id])
    await house.until(transfer, State.RUNNING)
    await house.until(transfer, State.PAUSED)
    assert disk.pieces == [(PART, PART)]
    assert transfer.waiting is Waiting.DISK_FULL
    assert transfer.parts_done == 4
    disk.fails_at = None
    before = house.server.bytes_out
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert house.server.bytes_out - before == PART
    assert (house.target / "file").read_bytes() == data


def test_all_that_can_be_is_reserved_at_once_when_that_is_quick(tmp_path: Path) -> None:
    file = PartFile.create(tmp_path / "part", 3 * PART)
    try:
        assert file.reserved == 3 * PART
        facts = (tmp_path / "part").stat()
        assert (facts.st_size, facts.st_blocks * 512 >= 3 * PART) == (3 * PART, True)
    finally:
        file.close()


def test_an_empty_file_needs_no_room(tmp_path: Path) -> None:
    file = PartFile.create(tmp_path / "part", 0)
    try:
        assert (file.reserved, file.size) == (0, 0)
    finally:
        file.close()
