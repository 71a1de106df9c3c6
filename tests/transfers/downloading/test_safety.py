"""No mix, no stray file, no open descriptor, no second row on one target: the rare orders."""

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.errors import AccessDenied, ConnectionBroken
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import FileIdentity, State, Transfer, Waiting
from s3gui.transfers.content import LocalSource
from s3gui.transfers.disks import working_at
from s3gui.transfers.downloading import growing, place, rename, target
from s3gui.transfers.downloading.folders import Folder

SIZE = 4 * PART + 3
MINE = b"mine"


def held_open(below: Path) -> list[str]:
    """Files below a folder that this process has open, removed ones too."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            name = entry.readlink()
        except FileNotFoundError:
            continue
        if below in name.parents:
            found.append(str(name))
    return found


async def half(house: Downloads, *, part_bytes: int = 0) -> Transfer:
    """Two ranges are on the disk, the others cannot come."""
    house.stored("file", pattern(SIZE), part_bytes=part_bytes)
    for number in (2, 3, 4):
        house.server.hold("fetch", part=number * PART)
    transfer = await house.begin("file")
    await house.until_parts(transfer, 2)
    return transfer


@pytest.mark.parametrize("how", ["refused", "paused"])
async def test_going_on_leaves_no_file_open_when_the_layout_cannot_be_had(
    house: Downloads, how: str
) -> None:
    row = await half(house, part_bytes=PART)
    house.queue.pause([row.id])
    await house.until(row, State.PAUSED)
    if how == "refused":
        house.server.fail("part_layout", ConnectionBroken("Reset"), times=99)
        house.queue.resume([row.id])
        await house.until(row, State.FAILED)
    else:
        gate = house.server.hold("part_layout")
        house.queue.resume([row.id])
        await gate.reached.wait()
        house.queue.pause([row.id])
        await house.until(row, State.PAUSED)
    assert held_open(house.target) == []


async def test_comparing_leaves_no_file_open_when_it_is_stopped(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.stored("file", pattern(1000))
    (house.target / "file").write_bytes(bytes(1000))
    reached, go = threading.Event(), threading.Event()
    real = LocalSource.open

    def slow(path: Path) -> LocalSource:
        source = real(path)
        reached.set()
        go.wait(20)
        return source

    monkeypatch.setattr(LocalSource, "open", slow)
    row = await house.begin("file", IfExists.CONTENT)
    await asyncio.to_thread(reached.wait)
    house.queue.pause([row.id])
    await house.until(row, State.PAUSED)
    go.set()
    with working_at(row.path):  # behind it, in the threads of that disk
        await house.queue._kit.threads.disk(lambda: None)
        await house.queue._kit.threads.disk(lambda: None)
    await asyncio.sleep(0)
    assert held_open(house.target) == []


@pytest.mark.parametrize("after_restart", [False, True])
async def test_without_etags_an_object_that_was_replaced_is_not_mixed(
    house: Downloads, after_restart: bool
) -> None:
    house.stored("file", pattern(SIZE))
    house.server.latest(Location("b", "file")).etag = ""
    gate = house.server.hold("fetch", part=2 * PART, times=99)
    row = await house.begin("file")
    await gate.reached.wait()
    await house.until_parts(row, 1)
    house.server.put_directly(Location("b", "file"), pattern(SIZE, seed=9)).etag = ""
    if after_restart:
        row = await house.restart()
    house.server.clear_rules()
    await house.last.until(row, State.FAILED, State.COMPLETED)
    assert (row.state, row.waiting) == (State.FAILED, Waiting.SOURCE_CHANGED)
    await house.last.retry(row)
    await house.last.done(row)
    assert (house.target / "file").read_bytes() == house.server.data("file")


async def test_a_short_answer_is_no_small_object(
    house: Downloads, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no ETag could tell that the end is missing."""
    server.encryption = "aws:kms"
    data = house.stored("dir/file", pattern(1000))
    real, cut = server.write, [True]

    async def write(data: bytes, *rest: object) -> None:
        await real(data[:500] if cut.pop() else data, *rest)  # type: ignore[arg-type]
        cut.append(False)

    monkeypatch.setattr(server, "write", write)
    await house.ask("dir/")
    row = house.queue.transfers[-1]
    await house.done(row)
    assert (house.target / "dir" / "file").read_bytes() == data
    assert row.verified is Verified.SIZE


# Nothing stray


async def killed_with_a_stray(house: Downloads) -> Transfer:
    """A ``.part`` on the disk of which the journal knows nothing, and the next start."""
    house.stored("d/file", pattern(1000))
    house.server.hold("fetch")
    await house.ask("d/")
    while not house.there():  # noqa: ASYNC110  a thread of the engine makes it
        await asyncio.sleep(0.01)
    left = house.copy_of_journal()
    (name,) = house.there()
    house.last.queue.pause([house.last.queue.transfers[-1].id])
    await house.until(house.last.queue.transfers[-1], State.PAUSED)
    (house.target / name).write_bytes(bytes(1000))
    house.server.clear_rules()
    return await house.start_from(left, go_on=False)


@pytest.mark.parametrize(
    ("policy", "state", "names"),
    [
        (IfExists.SKIP, State.SKIPPED, ["d/file"]),
        (IfExists.RENAME, State.COMPLETED, ["d/file", "d/file (1)"]),
        (IfExists.FAIL, State.FAILED, ["d/file"]),
        (IfExists.ASK, State.PAUSED, ["d/file"]),
    ],
)
async def test_what_a_killed_start_left_goes_when_the_name_was_taken_meanwhile(
    house: Downloads, policy: IfExists, state: State, names: list[str]
) -> None:
    row = await killed_with_a_stray(house)
    row.path.write_bytes(MINE)
    house.last.queue.decide([row.id], policy)
    house.last.queue.resume([row.id])
    await house.last.until(row, State.SKIPPED, State.COMPLETED, State.FAILED, State.PAUSED)
    assert row.state is state
    assert house.there() == names
    assert (house.target / "d" / "file").read_bytes() == MINE


async def test_what_a_killed_start_left_goes_when_the_object_cannot_be_read_any_more(
    house: Downloads,
) -> None:
    row = await killed_with_a_stray(house)
    house.server.fail("fetch", AccessDenied("No", code="AccessDenied"), times=99)
    house.last.queue.resume([row.id])
    await house.last.until(row, State.FAILED)
    assert house.there() == []


async def test_what_a_killed_start_left_goes_with_a_cancel_that_keeps(house: Downloads) -> None:
    row = await killed_with_a_stray(house)
    house.last.queue.abort([row.id], keep_parts=True)
    await house.last.until(row, State.CANCELLED)
    house.last.queue.remove([row.id])
    assert not house.last.queue.transfers
    assert house.there() == []


@pytest.mark.parametrize("small", [True, False])
async def test_a_cancel_while_the_file_is_being_made_leaves_none(
    house: Downloads, monkeypatch: pytest.MonkeyPatch, small: bool
) -> None:
    """The disk is slow; the file comes when nobody waits for it any more."""
    house.stored("d/file", pattern(1000 if small else SIZE))
    reached, go, over = threading.Event(), threading.Event(), threading.Event()
    real = target._free_bytes

    def slow(folder: Folder) -> int | None:
        reached.set()
        go.wait(20)
        return real(folder)

    def make(making: growing._Making) -> tuple[target.PartFile, FileIdentity]:
        try:
            return run(making)
        finally:
            over.set()

    run = growing._Making.run
    monkeypatch.setattr(target, "_free_bytes", slow)
    monkeypatch.setattr(growing._Making, "run", make)
    await house.ask("d/" if small else "d/file")
    row = house.queue.transfers[-1]
    await asyncio.to_thread(reached.wait)
    house.queue.abort([row.id], keep_parts=False)
    await house.until(row, State.CANCELLED)
    go.set()
    await asyncio.to_thread(over.wait)
    assert house.there() == []
    assert held_open(house.target) == []


async def test_a_program_that_ends_between_two_names_leaves_one(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a disk cannot rename without replacing, the file has two names for a moment."""
    data = house.stored("file", pattern(2 * PART))
    reached, go = threading.Event(), threading.Event()
    real = os.unlink

    def unlink(path: str, **where: int) -> None:
        if str(path).endswith(".s3gui-part") and not reached.is_set():
            reached.set()
            go.wait(20)
            raise OSError(errno.EIO, "the old program has ended")
        real(path, **where)

    monkeypatch.setattr(rename, "_renamed", lambda *_: False)
    monkeypatch.setattr(os, "unlink", unlink)
    row = await house.begin("file")
    await asyncio.to_thread(reached.wait)
    left = house.copy_of_journal()
    go.set()
    await house.until(row, State.FAILED)
    again = await house.start_from(left)
    await house.last.done(again)
    assert house.there() == ["file"]
    assert (house.target / "file").read_bytes() == data


# One row a target


async def test_a_free_name_that_another_row_takes_meanwhile_is_not_free(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.stored("file", pattern(1000))
    house.stored("file (1)", pattern(1000, seed=7))
    (house.target / "file").write_bytes(MINE)
    reached, go = threading.Event(), threading.Event()
    real = place._look

    def look(path: Path) -> os.stat_result | None:
        if path.name == "file (1)" and not reached.is_set():
            reached.set()
            go.wait(20)
            return None
        return real(path)

    monkeypatch.setattr(place, "_look", look)
    first = await house.begin("file", IfExists.RENAME)
    await asyncio.to_thread(reached.wait)
    second = await house.begin("file (1)", IfExists.RENAME)
    go.set()
    await house.done(first)
    await house.done(second)
    assert first.path != second.path
    assert house.there() == ["file", "file (1)", "file (2)"]
    assert second.path.read_bytes() == house.server.data("file (1)")
    assert first.path.read_bytes() == house.server.data("file")
    assert house.watcher.problems == []


async def test_what_was_agreed_of_one_name_does_not_count_for_another(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old file was to be replaced; then the person wanted both, and somebody took the name."""
    house.stored("file", pattern(1000))
    (house.target / "file").write_bytes(MINE)
    os.utime(house.target / "file", (1, 1))
    gate = house.server.hold("fetch")
    row = await house.begin("file", IfExists.NEWER)
    await gate.reached.wait()
    house.queue.decide([row.id], IfExists.RENAME)
    real = place._look

    def look(path: Path) -> os.stat_result | None:
        found = real(path)
        if path.name == "file (1)" and found is None:
            path.write_bytes(b"a stranger's")
        return found

    monkeypatch.setattr(place, "_look", look)
    gate.open()
    await house.until(row, State.COMPLETED, State.FAILED)
    assert (house.target / "file").read_bytes() == MINE
    assert (house.target / "file (1)").read_bytes() == b"a stranger's"
