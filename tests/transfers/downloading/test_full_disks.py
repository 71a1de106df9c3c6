"""What waits for room on a disk goes on by itself when there is some."""

import asyncio
from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.downloading.kit import PART, Downloads, pattern
from transfers.kit import MakeFile

from s3gui.domain.errors import JournalError
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers import fullness
from s3gui.transfers.downloading import target
from s3gui.transfers.fullness import LOOK_S
from s3gui.transfers.journal import Journal

FULL = JournalError("The list cannot be written", "database or disk is full", code="SQLITE_FULL")


class Disk:
    """The disk of the downloads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 0
        self.looks = 0
        monkeypatch.setattr(target, "_free_bytes", lambda _: self.free)
        monkeypatch.setattr(fullness, "free_bytes", self.look)

    def look(self, _row: object) -> int:
        self.looks += 1
        return self.free


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def looks(house: Downloads, count: int) -> None:
    """That many more, by the clock of the engine."""
    slept = house.clock.slept
    before = slept.count(LOOK_S)
    async with asyncio.timeout(20):
        while slept.count(LOOK_S) < before + count:  # noqa: ASYNC110  a clock tells nobody
            await asyncio.sleep(0)


async def test_a_download_goes_on_when_there_is_room(house: Downloads, disk: Disk) -> None:
    data = house.stored("file", pattern(2 * PART))
    row = await house.download("file")
    assert (row.state, row.waiting) == (State.PAUSED, Waiting.DISK_FULL)
    states = len(house.watcher.states)
    disk.free = 2 * PART - 1
    await looks(house, 3)
    assert len(house.watcher.states) == states, "nothing is tried while there is too little"
    assert house.server.bytes_out == 0
    disk.free = 2 * PART
    await house.until(row, State.COMPLETED)
    assert (house.target / "file").read_bytes() == data


async def test_as_many_go_on_as_there_is_room_for(house: Downloads, disk: Disk) -> None:
    for key in "abc":
        house.stored(key, pattern(2 * PART))
    rows = [await house.download(key) for key in "abc"]
    assert {row.waiting for row in rows} == {Waiting.DISK_FULL}
    disk.free = 2 * PART
    await house.until(rows[0], State.COMPLETED)
    disk.free = 100 * PART
    for row in rows[1:]:
        await house.until(row, State.COMPLETED)


async def test_after_a_restart_it_goes_on_as_well(house: Downloads, disk: Disk) -> None:
    data = house.stored("file", pattern(2 * PART))
    await house.download("file")
    house.last = again = await house.last.crash()
    await again.queue.start()
    (row,) = again.queue.transfers
    assert row.waiting is Waiting.DISK_FULL
    disk.free = 2 * PART
    await again.until(row, State.COMPLETED)
    assert row.path.read_bytes() == data


async def test_nobody_looks_while_nothing_waits_for_room(house: Downloads, disk: Disk) -> None:
    disk.free = 100 * PART
    house.stored("file", pattern(2 * PART))
    await house.done(await house.begin("file"))
    assert LOOK_S not in house.clock.slept


async def test_the_queue_goes_on_when_the_journal_can_be_written(
    house: Downloads, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = server.hold("send_part", part=1)
    first = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()

    def full(*_: object) -> "asyncio.Future[None]":
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(FULL)
        return future

    with monkeypatch.context() as patch:
        for name in ("part_done", "change", "read"):
            patch.setattr(house.journal, name, full)
        gate.open()
        await house.watcher.until(lambda: first.waiting is Waiting.DISK_FULL)
        assert first.state is State.QUEUED
        assert first.error is not None
        assert "full" in first.error.detail
        other = await house.upload_one(make_file(10, "other"))
        await house.watcher.until(lambda: bool(house.watcher.problems))
        await looks(house, 3)
    # Nothing is pressed.
    await house.done(first)
    await house.done(other)
    assert server.counts()["create"] == 1


async def test_looking_leaves_nothing_in_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await journal.open()

    async def tables() -> list[str]:
        names = "SELECT name FROM sqlite_master"
        return await journal.read(lambda database: [row[0] for row in database.execute(names)])

    before = await tables()
    await journal.read(fullness._write)
    assert await tables() == before
    await journal.close()


async def test_a_journal_that_fails_after_the_end_is_not_waited_for(house: Downloads) -> None:
    dispatcher = house.queue._dispatcher
    await house.queue.close()
    dispatcher._halt()  # by a runner that did not stop in time, and finds the journal closed
    assert not dispatcher._tasks
