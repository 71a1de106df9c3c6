"""Small objects, many at once, on their way to the disk: as each for itself would be treated."""

import os
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from faults.conftest import MakeEngine
from faults.down import Down
from faults.small_down import all_there, asked, content, ended, fill, gets, one
from servers.front import Front
from servers.lies import Silence
from servers.lying import Action
from servers.talk import Talk
from transfers.kit import SETTINGS

from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import ENDED, State, Waiting
from s3gui.transfers.downloading import small_disk, small_store, target
from s3gui.transfers.downloading.folders import Folder


@pytest_asyncio.fixture
async def down(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> AsyncIterator[Down]:
    (tmp_path / "down").mkdir()
    async with engine(front, settings=replace(SETTINGS, files_in_flight=1)) as program:
        yield Down(program, front, bucket, tmp_path / "down")


POLICIES: dict[IfExists, tuple[State, bytes | None]] = {
    IfExists.SKIP: (State.SKIPPED, b"mine"),
    IfExists.OVERWRITE: (State.COMPLETED, None),
    IfExists.RENAME: (State.COMPLETED, b"mine"),
    IfExists.SIZE: (State.COMPLETED, None),
    IfExists.CONTENT: (State.COMPLETED, None),
    IfExists.NEWER: (State.SKIPPED, b"mine"),
    IfExists.ASK: (State.PAUSED, b"mine"),
    IfExists.FAIL: (State.FAILED, b"mine"),
}


@pytest.mark.fault(73)
@pytest.mark.parametrize("policy", POLICIES)
async def test_what_is_there_is_treated_as_was_said(down: Down, policy: IfExists) -> None:
    objects = fill(down, 24)
    mine = [f"dir/{number % 3}/{number:04}" for number in (0, 5, 9)]
    for name in mine:
        path = down.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"mine")
    rows = await asked(down, policy)
    state, data = POLICIES[policy]
    await down.engine.watcher.until(
        lambda: all(row.state in {*ENDED, State.PAUSED} for row in rows)
    )
    of_mine = [row for row in rows if row.location.key in mine]
    assert {row.state for row in of_mine} == {state}
    assert Counter(row.state for row in rows)[State.COMPLETED] >= 21
    for name, theirs in objects.items():
        expected = theirs if name not in mine or data is None else data
        assert (down.folder / name).read_bytes() == expected
    if policy is IfExists.RENAME:
        assert (down.folder / "dir/0/0000 (1)").read_bytes() == objects["dir/0/0000"]
    if policy is IfExists.ASK:
        assert {row.waiting for row in of_mine} == {Waiting.CONFLICT}
        assert all(row.there is not None and row.there.size == 4 for row in of_mine)
    if policy is IfExists.SKIP:
        assert {row.error.code for row in of_mine if row.error} == {"LeftAlone"}
        assert sum(gets(down).values()) == 21
    assert not [name for name in down.names() if name.endswith("part")]


@pytest.mark.fault(73)
@pytest.mark.parametrize("policy", [IfExists.ASK, IfExists.OVERWRITE])
async def test_what_comes_to_be_there_meanwhile_is_treated_so_too(
    down: Down, policy: IfExists
) -> None:
    fill(down, 12)
    path = down.folder / "dir/2/0005"

    class Writes(Action):
        def __call__(self, talk: Talk) -> None:
            path.write_bytes(b"mine")
            talk.server.otherwise(talk)

    down.front.on(Writes(), path="/0005$", method="GET", attempt=1)
    rows = await asked(down, policy)
    row = one(rows, 5)
    await down.engine.until(row, State.PAUSED, State.COMPLETED)
    others = [other for other in rows if other is not row]
    await down.engine.watcher.until(lambda: all(other.state in ENDED for other in others))
    if policy is IfExists.ASK:
        assert (row.state, row.waiting) == (State.PAUSED, Waiting.CONFLICT)
        assert path.read_bytes() == b"mine"
        assert not [name for name in down.names() if name.endswith("part")]
    else:
        assert path.read_bytes() == content(5)
    assert {other.state for other in others} == {State.COMPLETED}


@pytest.mark.fault(66)
@pytest.mark.parametrize("how", ["a link for the file", "a link for the folder", "a folder"])
async def test_nothing_is_written_through_a_link_or_over_a_folder(
    down: Down, tmp_path: Path, how: str
) -> None:
    fill(down, 12)
    outside = tmp_path / "outside"
    outside.mkdir()
    target = down.folder / "dir/2/0005"

    class Lays(Action):
        def __call__(self, talk: Talk) -> None:
            if how == "a link for the folder":
                target.parent.rename(tmp_path / "away")
                target.parent.symlink_to(outside)
            elif how == "a folder":
                target.mkdir()
            else:
                target.symlink_to(outside / "file")
            talk.server.otherwise(talk)

    down.front.on(Lays(), path="/0005$", method="GET", attempt=1)
    rows = await asked(down, IfExists.OVERWRITE)
    await ended(down, rows)
    assert list(outside.iterdir()) == []
    row = one(rows, 5)
    if how == "a link for the folder":
        assert row.state is State.FAILED
    elif how == "a folder":
        assert row.state is State.FAILED
        assert row.error is not None
        assert row.error.code == "NotRegular"
    else:
        assert not target.is_symlink() or row.state is State.FAILED
    assert Counter(row.state for row in rows)[State.COMPLETED] >= 8


def failing(number: int, error: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """``real``, but for the bytes of one object."""

    def write(descriptor: int, data: Any) -> int:
        if bytes(data[:32]) == content(number)[:32]:
            raise OSError(error, os.strerror(error))
        return int(real(descriptor, data))

    return write


@pytest.mark.parametrize(("error", "code"), [(28, ""), (5, "EIO")])
async def test_a_disk_that_takes_one_not_stops_that_one(
    down: Down, monkeypatch: pytest.MonkeyPatch, error: int, code: str
) -> None:
    fill(down, 20)
    write = failing(5, error, os.write)
    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, _at: write(descriptor, data))
    rows = await asked(down)
    row = one(rows, 5)
    if code:
        await down.engine.until(row, State.FAILED)
        assert row.error is not None
        assert row.error.code == code
    else:
        await down.engine.watcher.until(lambda: row.waiting is Waiting.DISK_FULL)
    others = [other for other in rows if other is not row]
    await down.engine.watcher.until(lambda: all(other.state in ENDED for other in others))
    assert {other.state for other in others} == {State.COMPLETED}
    assert len([name for name in down.names() if not name.endswith("part")]) == 19


@pytest.mark.fault(71)
async def test_a_full_disk_is_known_before_anything_is_asked_for(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(down, 12)
    real = small_disk.free_bytes

    def free(folder: Folder) -> int | None:
        return 100 if folder.path.name == "0" else real(folder)

    monkeypatch.setattr(small_disk, "free_bytes", free)
    monkeypatch.setattr(target, "_free_bytes", free)
    rows = await asked(down)
    full = [row for row in rows if row.path.parent.name == "0"]
    await down.engine.watcher.until(lambda: all(row.waiting is Waiting.DISK_FULL for row in full))
    others = [row for row in rows if row not in full]
    assert await ended(down, others) == {State.COMPLETED: 8}
    assert sum(gets(down).values()) == 8


async def test_a_file_that_cannot_be_made_to_last_is_not_called_done(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(down, 10)

    def fsync(_: int) -> None:
        raise OSError(5, "EIO")

    monkeypatch.setattr(os, "fsync", fsync)
    rows = await asked(down)
    assert await ended(down, rows) == {State.FAILED: 10}
    assert {row.error.code for row in rows if row.error} == {"EIO"}


@pytest.mark.parametrize("step", ["intended", "named"])
async def test_what_is_done_is_in_the_journal_before_the_row_says_so(
    down: Down, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fill(down, 3)
    journal = down.engine.journal

    def full(*_: object) -> object:
        def fail(_: sqlite3.Connection) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        return journal._writer.submit(fail)

    await down.engine.connections.open(down.engine.profile.id)
    monkeypatch.setattr(small_store, step, full)
    if step == "named":
        monkeypatch.setattr(journal, "done", full)
    rows = await asked(down)
    watcher = down.engine.watcher
    await watcher.until(lambda: bool(watcher.problems))
    assert not [row for row in rows if row.state is State.COMPLETED]
    assert {error.code for error in watcher.problems} == {"Journal"}


async def test_a_kill_fetches_again_at_most_what_was_under_way(down: Down) -> None:
    objects = fill(down, 30)
    down.front.on(Silence(), path="/0009$", method="GET")
    rows = await asked(down)
    await down.engine.watcher.until(lambda: sum(row.state is State.COMPLETED for row in rows) == 29)
    killed = down.next_start()
    down.front.forget()
    before = sum(gets(down).values())
    async with killed:
        await down.engine.queue.close()
        rows = list(killed.queue.transfers)
        down.engine = killed
        assert await ended(down, rows) == {State.COMPLETED: 30}
    assert sum(gets(down).values()) == before + 1
    all_there(down, objects)
