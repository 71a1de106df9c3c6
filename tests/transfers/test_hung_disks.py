"""A disk that does not answer stops its own transfers, and no others."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fake_server import MemoryServer
from transfers.downloading.kit import Downloads, pattern
from transfers.kit import PART, MakeFile, settings

from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.transfers import disks
from s3gui.transfers.downloading import growing
from s3gui.transfers.downloading.target import PartFile
from s3gui.transfers.threads import Threads


class Hanging:
    """Opens of files under ``folder`` are held until ``go_on``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held = 0
        self._goes = threading.Event()
        self._open = os.open

    def open(self, path: Any, *args: Any, **kwargs: Any) -> int:
        if str(path).startswith(f"{self.folder}{os.sep}"):
            self.hold()
        return self._open(path, *args, **kwargs)

    def hold(self) -> None:
        self.held += 1
        self._goes.wait(60)

    def go_on(self) -> None:
        self._goes.set()


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer()


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    one = Hanging(tmp_path / "src" / "dead")
    mounts = [str(one.folder), str(tmp_path / "target"), "/"]
    monkeypatch.setattr(disks, "LOCAL", disks.Disks(lambda: mounts))
    monkeypatch.setattr(disks, "HUNG_S", 0.4)
    monkeypatch.setattr(os, "open", one.open)
    yield one
    one.go_on()


@pytest_asyncio.fixture
async def house(tmp_path: Path, server: MemoryServer, hanging: Hanging) -> AsyncIterator[Downloads]:
    del hanging  # the machine's disks are other ones from the start
    house = Downloads(tmp_path, server, settings(files_in_flight=2))
    await house.queue.start()
    yield house
    server.clear_rules()
    await house.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  a thread comes there, and tells nobody
            await asyncio.sleep(0.001)


async def held_up(house: Downloads, make_file: MakeFile, hanging: Hanging) -> list[Transfer]:
    """More files of the dead disk than may be in flight, and than it has threads."""
    paths = [make_file(2 * PART, f"dead/{number}.bin") for number in range(5)]
    rows = await house.upload(*paths)
    await until(lambda: str(hanging.folder) in house.queue._kit.threads.hung)
    return rows


async def test_files_of_other_disks_go_on_while_one_hangs(
    house: Downloads, hanging: Hanging, make_file: MakeFile, server: MemoryServer
) -> None:
    rows = await held_up(house, make_file, hanging)
    held = hanging.held
    assert 1 <= held <= 2
    for number in range(4):
        await house.done(await house.upload_one(make_file(2 * PART, f"alive/a{number}.bin")))
    assert hanging.held == held, "no more of its files are tried"
    assert [row.state for row in rows].count(State.RUNNING) == held
    hanging.go_on()
    for row in rows:
        await house.done(row)
    assert len(server.keys()) == 9


async def test_a_row_says_that_its_disk_is_silent_and_goes_on_when_it_answers(
    house: Downloads, hanging: Hanging, make_file: MakeFile, server: MemoryServer
) -> None:
    gate = server.hold("send_part")
    other = await house.upload_one(make_file(2 * PART, "alive/a.bin"))
    await gate.reached.wait()
    rows = await held_up(house, make_file, hanging)
    held = [row for row in rows if row.state is State.RUNNING]
    assert {row.waiting for row in held} == {Waiting.DISK_SILENT}
    assert other.waiting is None, "it is of another disk"
    server.clear_rules()
    hanging.go_on()
    for row in (other, *rows):
        await house.done(row)
        assert row.waiting is None


async def test_what_a_disk_holds_can_be_paused_and_cancelled(
    house: Downloads, hanging: Hanging, make_file: MakeFile, server: MemoryServer
) -> None:
    rows = await held_up(house, make_file, hanging)
    first, second, *others = rows
    house.queue.pause([first.id])
    house.queue.abort([second.id], keep_parts=False)
    await house.until(first, State.PAUSED)
    await house.until(second, State.CANCELLED)
    house.queue.resume([first.id])
    hanging.go_on()
    for row in (first, *others):
        await house.done(row)
    assert server.keys() == ["0.bin", "2.bin", "3.bin", "4.bin"]


async def test_the_program_ends_while_a_disk_holds_files(
    house: Downloads, hanging: Hanging, make_file: MakeFile
) -> None:
    rows = await held_up(house, make_file, hanging)
    async with asyncio.timeout(20):
        await house.queue.close()
    assert {row.state for row in rows} == {State.QUEUED}
    assert all(thread.daemon for thread in threading.enumerate() if "s3gui-disk" in thread.name)


async def test_a_disk_that_holds_a_removal_holds_nothing_else(
    house: Downloads,
    hanging: Hanging,
    make_file: MakeFile,
    server: MemoryServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("s3gui.transfers.clearing._CLEAR_S", 0.02)
    discard = growing.discard

    def held(path: Path, known: Any) -> None:
        hanging.hold()
        discard(path, known)

    monkeypatch.setattr(growing, "discard", held)
    data = house.stored("film.bin", pattern(3 * PART), PART)
    gate = server.hold("fetch", part=PART)
    row = await house.begin("film.bin")
    await gate.reached.wait()
    house.queue.abort([row.id], keep_parts=False)
    await until(lambda: hanging.held == 1)
    upload = await house.upload_one(make_file(2 * PART))
    await house.done(upload)
    await house.until(row, State.CANCELLED)
    assert row.keeps_parts, "the journal does not forget a file that is still there"
    (told,) = [item for item in house.watcher.problems if item.code == "NotRemoved"]
    assert told.hint
    house.queue.retry([row.id])
    await asyncio.sleep(0)
    assert row.state is State.CANCELLED, "the removal would take the new file"
    server.clear_rules()
    hanging.go_on()
    await house.until(row, State.COMPLETED)
    assert row.path.read_bytes() == data
    assert [path.name for path in house.target.iterdir()] == ["film.bin"]


async def test_a_write_that_is_held_tells_of_its_disk(
    tmp_path: Path, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who receives writes in a thread of its own, in the middle of a download."""
    (tmp_path / "target").mkdir()
    file = PartFile.create(tmp_path / "target" / "x", 4)
    monkeypatch.setattr(file, "_pwrite", lambda *_: hanging.hold() or 4)
    writing = threading.Thread(target=file.write, args=(0, memoryview(b"data")))
    writing.start()
    await until(lambda: disks.LOCAL.hung() == {str(tmp_path / "target")})
    hanging.go_on()
    writing.join(20)
    assert not disks.LOCAL.hung()
    file.close()


async def test_each_disk_has_its_threads(hanging: Hanging) -> None:
    threads = Threads()
    with disks.working_at(hanging.folder / "a"):
        held = [asyncio.ensure_future(threads.disk(hanging.hold)) for _ in range(3)]
        await until(lambda: hanging.held == 2)
    with disks.working_at(hanging.folder.parent / "b"):
        assert await threads.disk(lambda: 1) == 1
    assert not any(task.done() for task in held)
    hanging.go_on()
    await asyncio.gather(*held)
    threads.close()


async def test_a_disk_is_watched_while_others_than_these_threads_ask_it(hanging: Hanging) -> None:
    threads, looks = Threads(), asyncio.Event()
    needed = iter([True, True])

    def is_needed() -> bool:
        looks.set()
        return next(needed, False)

    threads.is_needed = is_needed
    await threads.disk(lambda: None)
    await looks.wait()
    asked = disks.LOCAL.begin(str(hanging.folder))
    await until(lambda: threads.hung == {str(hanging.folder)})
    disks.LOCAL.end(asked)
    await until(lambda: not threads.hung)
    threads.close()


async def test_what_waits_for_a_thread_can_be_cancelled(hanging: Hanging) -> None:
    threads, ran = Threads(), []
    with disks.working_at(hanging.folder / "a"):
        held = [asyncio.ensure_future(threads.disk(hanging.hold)) for _ in range(2)]
        await until(lambda: hanging.held == 2)
        waits = asyncio.ensure_future(threads.disk(ran.append, 1))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    hanging.go_on()
    await asyncio.gather(*held)
    with disks.working_at(hanging.folder / "a"):
        await threads.disk(lambda: None)
    assert not ran
    threads.close()


@pytest.mark.parametrize(
    ("path", "disk"),
    [
        ("/mnt/nas/films/a.mkv", "/mnt/nas"),
        ("/mnt/nas/a", "/mnt/nas"),
        ("/mnt/nasty/a", "/"),
        ("/mnt/nas/in/side/a", "/mnt/nas/in"),
        ("/home/x", "/"),
    ],
)
def test_the_longest_mount_is_the_disk(path: str, disk: str) -> None:
    local = disks.Disks(lambda: ["/", "/mnt/nas", "/mnt/nas/in"])
    assert local.of(Path(path)) == disk


def test_the_kernel_tells_of_mounts() -> None:
    assert "/" in disks.mount_points() or not Path("/proc/self/mountinfo").exists()


def test_only_what_is_not_answered_hangs() -> None:
    local = disks.Disks(lambda: ["/"])
    local.end(local.begin("/"))
    assert not local.hung()
    assert not local.is_busy
