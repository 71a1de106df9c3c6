"""What is dropped: the walk, what it skips and why, keys and content types."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.domain.location import Location
from s3gui.domain.queueing import Skipped
from s3gui.transfers.content_types import content_type_of
from s3gui.transfers.scan import Batch, Found, scan
from s3gui.transfers.threads import Threads

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads()
    yield threads
    threads.close()


async def everything(
    threads: Threads, *paths: Path, where: str = ""
) -> tuple[dict[str, Found], list[Skipped]]:
    batches: list[Batch] = [batch async for batch in scan(threads, paths, Location("b", where))]
    assert [batch.last for batch in batches] == [False] * (len(batches) - 1) + [True]
    found = [item for batch in batches for item in batch.found]
    return (
        {item.location.key: item for item in found},
        [item for batch in batches for item in batch.skipped],
    )


async def test_files_and_folders_get_their_keys(threads: Threads, tmp_path: Path) -> None:
    for name in ("photos/b/2.jpg", "photos/a.txt", "photos/b/c/3", "alone.csv", "photos/empty/"):
        path = tmp_path / name
        if name.endswith("/"):
            path.mkdir()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"123")
    found, skipped = await everything(
        threads, tmp_path / "photos", tmp_path / "alone.csv", where="x/"
    )
    assert list(found) == ["x/photos/a.txt", "x/photos/b/2.jpg", "x/photos/b/c/3", "x/alone.csv"]
    assert found["x/photos/b/2.jpg"].path == tmp_path / "photos/b/2.jpg"
    assert {item.size for item in found.values()} == {3}
    assert found["x/alone.csv"].content_type == "text/csv"
    assert skipped == []


async def test_a_relative_path_has_the_name_it_leads_to(
    threads: Threads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "sub").mkdir(parents=True)
    (tmp_path / "here" / "f").write_bytes(b"")
    monkeypatch.chdir(tmp_path / "here" / "sub")
    found, _ = await everything(threads, Path(".."))
    assert list(found) == ["here/f"]


@posix
async def test_what_cannot_go_up_is_listed_with_its_reason(
    threads: Threads, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "file").write_bytes(b"")
    (tmp_path / "d" / "link").symlink_to("file")
    (tmp_path / "d" / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "d" / "pipe")
    bad = os.fsdecode(b"\xff\xfe")
    (tmp_path / "d" / bad).write_bytes(b"")
    found, skipped = await everything(threads, tmp_path / "d", tmp_path / "gone")
    assert list(found) == ["d/file"]
    assert {item.path.name: item.why for item in skipped} == {
        "link": "a symbolic link; links are not followed",
        "loop": "a symbolic link; links are not followed",
        "pipe": "not a regular file",
        bad: "the name is not valid UTF-8",
        "gone": "No such file or directory",
    }


async def test_keys_are_counted_in_bytes(threads: Threads, tmp_path: Path) -> None:
    (tmp_path / "жжж").write_bytes(b"")
    found, skipped = await everything(threads, tmp_path / "жжж", where="k" * 1017 + "/")
    assert len(found) == 1
    assert skipped == []
    found, skipped = await everything(threads, tmp_path / "жжж", where="k" * 1018 + "/")
    assert found == {}
    assert skipped[0].why == "the key would have 1025 bytes; 1024 are allowed"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
async def test_a_folder_that_may_not_be_read_does_not_stop_the_others(
    threads: Threads, tmp_path: Path
) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "open").write_bytes(b"")
    found, skipped = await everything(threads, tmp_path / "closed", tmp_path / "open")
    (tmp_path / "closed").chmod(0o700)
    assert list(found) == ["open"]
    assert skipped[0].why == "Permission denied"


async def test_one_thing_can_be_called_otherwise(threads: Threads, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.txt").write_bytes(b"1")
    where = Location("b", "x/")
    for path, key in ((tmp_path / "d" / "a.txt", "x/new"), (tmp_path / "d", "x/new/a.txt")):
        (batch,) = [batch async for batch in scan(threads, [path], where, "new")]
        assert [one.location.key for one in batch.found] == [key]
    with pytest.raises(ValueError, match="new"):
        await anext(scan(threads, [tmp_path, tmp_path / "d"], where, "new"))


async def test_many_files_come_in_pieces(threads: Threads, tmp_path: Path) -> None:
    for number in range(1100):
        (tmp_path / f"{number:04}").touch()
    batches = [batch async for batch in scan(threads, [tmp_path], Location("b"))]
    assert len(batches) >= 3
    assert sum(len(batch.found) for batch in batches) == 1100


async def test_a_tree_deeper_than_the_stack(threads: Threads, tmp_path: Path) -> None:
    deep = tmp_path / "d"
    for _ in range(400):
        deep = deep / "a"
    deep.mkdir(parents=True)
    (deep / "leaf").touch()
    found, _ = await everything(threads, tmp_path / "d")
    assert list(found) == ["d/" + "a/" * 400 + "leaf"]


async def test_an_object_is_no_place_to_upload_to(threads: Threads, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="s3://b/object"):
        await everything(threads, tmp_path, where="object")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("a.TXT", "text/plain"),
        ("dump.tar.gz", "application/gzip"),
        ("dump.tgz", "application/gzip"),
        ("a.sql.zst", "application/zstd"),
        ("a.bz2", "application/x-bzip2"),
        ("photo.webp", "image/webp"),
        ("app.js", "text/javascript"),
        ("index.html", "text/html"),
        ("data:x,y.json", "application/json"),
        ("noextension", "application/octet-stream"),
        (".hidden", "application/octet-stream"),
        ("a.unknown-thing", "application/octet-stream"),
        ("d.txt/file", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_content_types(name: str, kind: str) -> None:
    assert content_type_of(name) == kind


@given(st.text())
def test_every_name_has_a_type(name: str) -> None:
    assert "/" in content_type_of(name)
