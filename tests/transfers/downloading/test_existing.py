"""What becomes of files that are there already, or come to be there in the last moment."""

import asyncio
import os
from pathlib import Path

import pytest
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.errors import JournalError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.journal import Done
from s3gui.transfers.row import Row

LARGE = 2 * PART + 1
SIZES = pytest.mark.parametrize("size", [1000, LARGE])
MINE = b"mine"


def there(house: Downloads, data: bytes = MINE, age_s: int = 0) -> Path:
    path = house.target / "file"
    path.write_bytes(data)
    when = house.server.latest(Location("b", "file")).modified.timestamp() - age_s
    os.utime(path, (when, when))
    return path


@SIZES
async def test_ask_waits_for_the_person(house: Downloads, size: int) -> None:
    data = house.stored("file", pattern(size))
    path = there(house)
    row = await house.download("file")
    assert (row.state, row.waiting) == (State.PAUSED, Waiting.CONFLICT)
    assert row.there is not None
    assert row.there.size == len(MINE)
    assert path.read_bytes() == MINE
    house.queue.decide([row.id], IfExists.OVERWRITE)
    await house.done(row)
    assert path.read_bytes() == data
    assert house.there() == ["file"]


async def test_what_was_asked_is_asked_again_after_a_restart(house: Downloads) -> None:
    house.stored("file", pattern(LARGE))
    there(house)
    await house.download("file")
    row = await house.restart()
    assert (row.state, row.waiting) == (State.PAUSED, Waiting.CONFLICT)


@SIZES
async def test_skip_leaves_it_alone_and_reads_nothing(house: Downloads, size: int) -> None:
    house.stored("file", pattern(size))
    path = there(house)
    row = await house.download("file", IfExists.SKIP)
    assert row.state is State.SKIPPED
    assert path.read_bytes() == MINE
    assert house.server.bytes_out == 0


async def test_fail_fails(house: Downloads) -> None:
    house.stored("file", b"1")
    path = there(house)
    row = await house.download("file", IfExists.FAIL)
    assert row.error is not None
    assert (row.state, row.error.code) == (State.FAILED, "Exists")
    assert path.read_bytes() == MINE


@SIZES
async def test_rename_takes_a_free_name(house: Downloads, size: int) -> None:
    data = house.stored("file", pattern(size))
    there(house)
    (house.target / "file (1)").write_bytes(MINE)
    row = await house.download("file", IfExists.RENAME)
    assert row.path == house.target / "file (2)"
    assert row.path.read_bytes() == data
    assert house.there() == ["file", "file (1)", "file (2)"]


async def test_a_free_name_that_cannot_be_journaled_is_not_taken(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal would call the file that was there what was downloaded."""
    data = house.stored("file", pattern(1000))
    path = there(house)

    def full(_: Row) -> Done:
        future: Done = asyncio.get_running_loop().create_future()
        future.set_exception(JournalError("The disk is full", code="SQLITE_FULL"))
        return future

    with monkeypatch.context() as patch:
        patch.setattr(house.last.journal, "destination", full)
        row = await house.download("file", IfExists.RENAME)
    assert (row.state, row.path) == (State.FAILED, path)
    await house.last.retry(row)
    await house.done(row)
    (kept,) = await house.last.journal.load()
    assert kept.transfer.path == row.path == house.target / "file (1)"
    assert (path.read_bytes(), row.path.read_bytes()) == (MINE, data)


@pytest.mark.parametrize(
    ("policy", "mine", "age_s", "state"),
    [
        (IfExists.NEWER, MINE, 10, State.COMPLETED),
        (IfExists.NEWER, MINE, 0, State.SKIPPED),
        (IfExists.NEWER, MINE, -10, State.SKIPPED),
        (IfExists.SIZE, MINE, 0, State.COMPLETED),
        (IfExists.SIZE, bytes(LARGE), 0, State.SKIPPED),
        (IfExists.CONTENT, MINE, 0, State.COMPLETED),
        (IfExists.CONTENT, bytes(LARGE), 0, State.COMPLETED),
        (IfExists.CONTENT, pattern(LARGE), 0, State.SKIPPED),
    ],
)
async def test_what_differs_is_replaced(
    house: Downloads, policy: IfExists, mine: bytes, age_s: int, state: State
) -> None:
    data = house.stored("file", pattern(LARGE))
    path = there(house, mine, age_s)
    row = await house.download("file", policy)
    assert row.state is state, row.error
    assert path.read_bytes() == (data if state is State.COMPLETED else mine)
    assert house.there() == ["file"]


@SIZES
@pytest.mark.parametrize("policy", [IfExists.ASK, IfExists.SKIP, IfExists.FAIL, IfExists.RENAME])
async def test_what_comes_in_the_last_moment_is_not_overwritten(
    house: Downloads, policy: IfExists, size: int
) -> None:
    data = house.stored("file", pattern(size))
    gate = house.server.hold("fetch")
    row = await house.begin("file", policy)
    await gate.reached.wait()
    (house.target / "file").write_bytes(MINE)
    gate.open()
    await house.until(row, State.COMPLETED, State.FAILED, State.PAUSED, State.SKIPPED)
    assert (house.target / "file").read_bytes() == MINE
    expected = {
        IfExists.ASK: (State.PAUSED, None),
        IfExists.SKIP: (State.SKIPPED, ["file"]),
        IfExists.FAIL: (State.FAILED, None),
        IfExists.RENAME: (State.COMPLETED, ["file", "file (1)"]),
    }
    state, names = expected[policy]
    assert row.state is state
    if names:
        assert house.there() == names
    if policy is IfExists.ASK:
        before = house.server.bytes_out
        house.queue.decide([row.id], IfExists.OVERWRITE)
        await house.done(row)
        assert (house.target / "file").read_bytes() == data
        assert house.there() == ["file"]
        if size == LARGE:
            assert house.server.bytes_out == before, "what is whole is not fetched again"


@pytest.mark.parametrize("policy", list(IfExists))
@pytest.mark.parametrize("what", ["folder", "link", "broken link"])
async def test_a_folder_or_a_link_is_never_replaced_or_followed(
    house: Downloads, policy: IfExists, what: str
) -> None:
    data = house.stored("file", pattern(1000))
    path, outside = house.target / "file", house.folder / "outside"
    outside.write_bytes(MINE)
    if what == "folder":
        path.mkdir()
        (path / "inner").write_bytes(MINE)
    else:
        path.symlink_to(outside if what == "link" else house.folder / "none")
    row = await house.download("file", policy)
    assert outside.read_bytes() == MINE
    assert not (house.folder / "none").exists()
    assert path.is_symlink() == (what != "folder")
    assert path.is_dir() == (what == "folder")
    if policy is IfExists.RENAME:
        assert (house.target / "file (1)").read_bytes() == data
    else:
        assert row.state is not State.COMPLETED


async def test_overwriting_is_one_step(house: Downloads) -> None:
    """Whoever has the old file open keeps it whole."""
    house.stored("file", pattern(1000))
    path = there(house)
    with path.open("rb") as old:
        row = await house.download("file", IfExists.OVERWRITE)
        assert row.state is State.COMPLETED
        assert old.read() == MINE
