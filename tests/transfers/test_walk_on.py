"""A walk that goes on behind a mark: what an earlier one had found comes no more, all else does."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3gui.domain.location import Location
from s3gui.transfers import scan as scan_module
from s3gui.transfers.drop import START, Mark
from s3gui.transfers.scan import scan
from s3gui.transfers.threads import Threads

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
TREE = ("a", "b/1", "b/2", "b/c/1", "b/c/d/1", "b/c/d/2", "b/c.txt", "b-", "b.x/1", "c/1", "d/e/f")


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads()
    yield threads
    threads.close()


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thing that is found is a batch, so that each can be a mark."""
    monkeypatch.setattr(scan_module, "_BATCH", 1)


def tree(folder: Path, names: Sequence[str] = TREE) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


async def walked(
    threads: Threads, *paths: Path, after: Mark = START
) -> list[tuple[Mark | None, str]]:
    """Marks and paths of what was found; what was skipped has its reason behind a colon."""
    found: list[tuple[Mark | None, str]] = []
    async for batch in scan(threads, paths, Location("b"), after=after):
        found += [(batch.mark, item.location.key) for item in batch.found]
        found += [(batch.mark, f"{item.path.name}: {item.why}") for item in batch.skipped]
    return found


@pytest.mark.usefixtures("one_by_one")
async def test_behind_every_mark_comes_what_came_behind_it(
    threads: Threads, tmp_path: Path
) -> None:
    first, second = tree(tmp_path / "first"), tree(tmp_path / "second", ("x", "y/z"))
    (tmp_path / "alone").touch()
    paths = (first, tmp_path / "alone", second, tmp_path / "not there", tmp_path / "alone")
    whole = await walked(threads, *paths)
    assert len(whole) == len(TREE) + 2 + 3
    for number, (mark, _) in enumerate(whole, start=1):
        assert mark is not None
        assert await walked(threads, *paths, after=mark) == whole[number:]


@pytest.mark.usefixtures("one_by_one")
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(st.lists(st.lists(st.sampled_from("ab.-é~"), min_size=1, max_size=4), max_size=12))
async def test_whatever_the_names_are(
    tmp_path_factory: pytest.TempPathFactory, names: list[list[str]]
) -> None:
    threads = Threads()
    folder = tmp_path_factory.mktemp("any")
    for parts in names:
        path = folder.joinpath(*(f"{part}x" for part in parts))
        if not any(parent.is_file() for parent in path.parents) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    whole = await walked(threads, folder)
    for number, (mark, _) in enumerate(whole, start=1):
        assert mark is not None
        assert await walked(threads, folder, after=mark) == whole[number:]
    threads.close()


@posix
@pytest.mark.usefixtures("one_by_one")
async def test_a_mark_may_be_a_name_that_is_no_text(threads: Threads, tmp_path: Path) -> None:
    for name in (b"a", b"b\xff", b"c"):
        (tmp_path / os.fsdecode(name)).touch()
    whole = await walked(threads, tmp_path)
    assert [mark.name for mark, _ in whole if mark] == ["a", os.fsdecode(b"b\xff"), "c"]
    assert await walked(threads, tmp_path, after=Mark(0, os.fsdecode(b"b\xff"))) == whole[2:]


async def test_what_came_into_a_part_that_was_walked_is_not_walked(
    threads: Threads, tmp_path: Path
) -> None:
    tree(tmp_path, ("a/1", "a/3", "b/1"))
    tree(tmp_path, ("a/2", "a/4", "0"))
    found = await walked(threads, tmp_path, after=Mark(0, str(Path("a", "3"))))
    assert [Path(key).name for _, key in found] == ["4", "1"]


@pytest.mark.usefixtures("one_by_one")
async def test_what_is_gone_is_told_with_what_was_to_be_read_of_it(
    threads: Threads, tmp_path: Path
) -> None:
    tree(tmp_path, ("a/b/1", "c", "z/q"))
    after = Mark(0, str(Path("n", "z", "1")))
    assert [name for _, name in await walked(threads, tmp_path, after=after)] == [
        "n: is gone, and was not read to its end",
        f"{tmp_path.name}/z/q",
    ]
    gone = await walked(threads, tmp_path / "gone", tmp_path / "c", after=Mark(0, "x"))
    assert [name for _, name in gone] == ["gone: No such file or directory", "c"]


async def test_a_folder_that_became_a_file_does_not_hide_its_neighbours(
    threads: Threads, tmp_path: Path
) -> None:
    tree(tmp_path, ("m", "n/1", "o"))
    after = Mark(0, str(Path("m", "n", "1")))
    found = [Path(key).name for _, key in await walked(threads, tmp_path, after=after)]
    assert found == ["m", "1", "o"]
