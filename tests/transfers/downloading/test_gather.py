"""What is asked for and what comes of it: rows, folders, names, and what is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fake_server import MemoryServer
from fakes import MemoryListing
from transfers.downloading.kit import Downloads

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import State

EVIL = [
    *("../up", "../../../etc/cron.d/x", "/abs", "a/../../b", "..", ".", "a/..", "//", "./x"),
    *("nul\x00", "tab\t", "new\nline", "‛", "．．", "CON", "a:b", "x" * 600, "é" * 300, "-rf"),
]


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


async def test_no_key_leaves_the_folder(house: Downloads) -> None:
    for number, key in enumerate(EVIL):
        house.stored(f"p/{key}", str(number).encode())
    canary = sorted(house.folder.rglob("*"))
    result = await house.ask("p/")
    await house.watcher.until(
        lambda: all(row.state is State.COMPLETED for row in house.queue.transfers)
    )
    assert not result.skipped
    assert result.queued == len(EVIL)
    outside = [
        path
        for path in house.folder.rglob("*")
        if house.target not in path.parents and "state" not in path.parts
    ]
    assert outside == [path for path in canary if path in outside]
    saved = sorted(path.read_bytes() for path in house.target.rglob("*") if path.is_file())
    assert saved == sorted(str(number).encode() for number in range(len(EVIL)))
    changed = {item.location.key for item in result.mapped}
    assert {f"p/{key}" for key in EVIL} - changed == {"p/CON", "p/a:b", "p/-rf"}


async def test_a_whole_bucket_goes_to_a_folder_of_its_name(house: Downloads) -> None:
    house.stored("a", b"1")
    house.stored("d/b", b"2")
    await house.ask("")
    for row in house.queue.transfers:
        await house.done(row)
    assert house.there() == ["b/a", "b/d/b"]


async def test_a_folder_can_be_given_another_name(house: Downloads) -> None:
    house.stored("d/b", b"2")
    await house.ask("d/", as_name="mine")
    await house.done(house.queue.transfers[0])
    assert house.there() == ["mine/b"]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "nul\0"])
async def test_what_is_no_name_is_refused(house: Downloads, name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        await house.ask("d/", as_name=name)


async def test_markers_become_folders(house: Downloads) -> None:
    house.stored("d/", b"")
    house.stored("d/empty/", b"")
    house.stored("d/odd/", b"content")
    result = await house.ask("d/")
    await house.done(house.queue.transfers[0])
    assert result.queued == 1
    assert (house.target / "d" / "empty").is_dir()
    assert (house.target / "d" / "odd (object)").read_bytes() == b"content"


async def test_a_prefix_with_nothing_in_it_is_said(house: Downloads) -> None:
    result = await house.ask("none/")
    assert [item.location for item in result.skipped] == [Location("b", "none/")]


async def test_an_object_that_is_not_there_is_said(house: Downloads) -> None:
    result = await house.ask("none")
    assert [item.location for item in result.skipped] == [Location("b", "none")]
    assert not house.queue.transfers


@pytest.mark.parametrize("what", ["incomplete", "invalid"])
async def test_an_incomplete_list_is_refused_and_nothing_is_queued(
    house: Downloads, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    async def pages(
        _self: object, where: Location, *, recursive: bool = False, page_size: int = 1000
    ) -> AsyncIterator[Page]:
        assert recursive
        yield Page(where, (ObjectEntry("d/1", 1, None),))
        yield Page(where, last=True, incomplete=what == "incomplete", invalid=what == "invalid")

    monkeypatch.setattr(MemoryListing, "pages", pages)
    with pytest.raises(S3guiError) as caught:
        await house.ask("d/")
    assert caught.value.code == "IncompleteList"
    assert not house.queue.transfers
    assert house.there() == []


async def test_the_same_object_twice_is_one_row(house: Downloads) -> None:
    house.stored("file", b"1")
    gate = house.server.hold("fetch")
    await house.ask("file", "file")
    result = await house.ask("file")
    assert (len(house.queue.transfers), result.queued) == (1, 0)
    assert "already" in result.skipped[0].why
    gate.open()
    await house.done(house.queue.transfers[0])


async def test_a_folder_that_is_not_there_is_not_made(house: Downloads) -> None:
    house.stored("file", b"1")
    house.target.rmdir()
    with pytest.raises(S3guiError) as caught:
        await house.ask("file")
    assert caught.value.code == "ENOENT"
    assert not house.target.exists()


async def test_a_folder_that_vanishes_fails_its_row_and_is_not_made_again(
    house: Downloads,
) -> None:
    house.stored("d/file", b"1")
    gate = house.server.hold("fetch")
    await house.ask("d/")
    (row,) = house.queue.transfers
    await gate.reached.wait()
    house.queue.pause([row.id])
    await house.until(row, State.PAUSED)
    (house.target / "d").rmdir()
    gate.open()
    house.queue.resume([row.id])
    await house.until(row, State.FAILED)
    assert row.error is not None
    assert str(house.target / "d") in row.error.detail
    assert house.there() == []
    assert not (house.target / "d").exists()
    (house.target / "d").mkdir()
    await house.retry(row)
    await house.done(row)
    assert house.there() == ["d/file"]


async def test_a_thousand_objects_are_listed_counted_and_saved(
    house: Downloads, server: MemoryServer
) -> None:
    for number in range(1200):
        house.stored(f"d/{number % 7}/{number}", str(number).encode())
    counted: list[tuple[int, int]] = []
    result = await house.queue.download(
        "p",
        [Wanted(Location("b", "d/"))],
        house.target,
        counted=lambda *found: counted.append(found),
    )
    await house.watcher.until(
        lambda: all(row.state is State.COMPLETED for row in house.queue.transfers)
    )
    assert (result.queued, counted[-1][0]) == (1200, 1200)
    assert server.counts()["fetch"] == 1200
    assert contents(house.target) == {
        f"d/{number % 7}/{number}": str(number) for number in range(1200)
    }
