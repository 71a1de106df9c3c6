"""The file that grows: where it may be, what it may replace, and what a planted link does to it."""

import os
import stat
import threading
from pathlib import Path

import pytest

from s3gui.domain.errors import LocalFileError, S3guiError
from s3gui.transfers.downloading import folders, rename
from s3gui.transfers.downloading.folders import is_insensitive, make, opened
from s3gui.transfers.downloading.target import PartFile, discard, part_path

CANARY = b"not yours"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    return tmp_path / "base"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary").write_bytes(CANARY)
    return tmp_path / "outside"


def grown(path: Path, data: bytes = b"content") -> PartFile:
    file = PartFile.create(part_path(path, "row"), len(data))
    file.write(0, memoryview(data))
    return file


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def untouched(outside: Path) -> bool:
    return names_in(outside) == ["canary"] and (outside / "canary").read_bytes() == CANARY


def test_it_grows_beside_its_target_for_nobody_else_to_read(base: Path) -> None:
    file = grown(base / ("x" * 255))
    (name,) = names_in(base)
    assert len(name.encode()) <= 60
    assert stat.S_IMODE((base / name).lstat().st_mode) == 0o600
    file.finish(base / ("x" * 255), None, 7, replace=False)
    file.close()
    assert names_in(base) == ["x" * 255]
    assert (base / ("x" * 255)).read_bytes() == b"content"


def test_its_name_is_of_the_row(base: Path) -> None:
    assert part_path(base / "a", "1") == part_path(base / "a", "1")
    assert part_path(base / "a", "1") != part_path(base / "a", "2")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_link_in_the_path_is_not_followed(base: Path, outside: Path, level: int) -> None:
    names = ["a", "b", "c"]
    (base.joinpath(*names[:level])).mkdir(parents=True, exist_ok=True)
    base.joinpath(*names[: level + 1]).symlink_to(outside)
    assert make(base, [tuple(names)]).keys() >= {tuple(names)}
    with pytest.raises(LocalFileError):
        grown(base.joinpath(*names, "file"))
    assert untouched(outside)


def test_a_folder_that_becomes_a_link_before_the_file_gets_its_name(
    base: Path, outside: Path
) -> None:
    (base / "a").mkdir()
    file = grown(base / "a" / "canary")
    (base / "a").rename(base / "moved")
    (base / "a").symlink_to(outside)
    with pytest.raises(LocalFileError):
        file.finish(base / "a" / "canary", None, 7, replace=True)
    file.close()
    assert untouched(outside)


def test_a_part_file_that_was_put_in_our_place_gets_no_name(base: Path, outside: Path) -> None:
    file = grown(base / "file")
    file.path.unlink()
    file.path.symlink_to(outside / "canary")
    with pytest.raises(LocalFileError):
        file.finish(base / "file", None, 7, replace=True)
    file.close()
    assert not (base / "file").exists()
    assert untouched(outside)


@pytest.mark.parametrize("what", ["link", "hard link", "folder", "fifo"])
def test_what_waits_at_the_name_of_the_part_file_is_not_opened(
    base: Path, outside: Path, what: str
) -> None:
    path = part_path(base / "file", "row")
    if what == "link":
        path.symlink_to(outside / "canary")
    elif what == "hard link":
        os.link(outside / "canary", path)
    elif what == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(LocalFileError):
        grown(base / "file")
    assert untouched(outside)


def test_a_racer_gets_nothing_outside(base: Path, outside: Path) -> None:
    """A folder that is a link half of the time: each file is inside, or it is not there."""
    (base / "real").mkdir()
    over = threading.Event()

    def race() -> None:
        while not over.wait(0.0005):
            (base / "real").rename(base / "aside")
            (base / "real").symlink_to(outside)
            (base / "real").unlink()
            (base / "aside").rename(base / "real")

    racer = threading.Thread(target=race)
    racer.start()
    made = 0
    try:
        for number in range(300):
            try:
                file = grown(base / "real" / f"{number}")
            except LocalFileError:
                continue
            try:
                file.finish(base / "real" / f"{number}", None, 7, replace=False)
                made += 1
            except LocalFileError:
                pass
            finally:
                file.close()
    finally:
        over.set()
        racer.join()
    assert untouched(outside)
    assert made, "some got through"


@pytest.mark.parametrize("without", ["", "renameat2", "renameat2 and links"])
def test_a_name_that_is_taken_is_not_taken_over(
    base: Path, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    if without:
        monkeypatch.setattr(rename, "_renamed", lambda *_: False)
    if without.endswith("links"):
        monkeypatch.setattr(rename, "_linked", lambda *_: False)
    (base / "file").write_bytes(CANARY)
    file = grown(base / "file")
    with pytest.raises(FileExistsError):
        file.finish(base / "file", None, 7, replace=False)
    assert (base / "file").read_bytes() == CANARY
    file.finish(base / "file", None, 7, replace=True)
    file.close()
    assert (base / "file").read_bytes() == b"content"
    assert names_in(base) == ["file"]


@pytest.mark.parametrize("without", ["", "renameat2", "renameat2 and links"])
def test_a_free_name_is_given_by_whatever_the_disk_can(
    base: Path, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    if without:
        monkeypatch.setattr(rename, "_renamed", lambda *_: False)
    if without.endswith("links"):
        monkeypatch.setattr(rename, "_linked", lambda *_: False)
    file = grown(base / "file")
    file.finish(base / "file", None, 7, replace=False)
    file.close()
    assert names_in(base) == ["file"]


def test_another_file_is_neither_adopted_nor_discarded(base: Path) -> None:
    file = grown(base / "file")
    known = file.identity()
    file.close()
    file.path.unlink()
    file.path.write_bytes(b"strange")
    other = known.__class__(known.device, known.inode + 1, known.size, 0, 0)
    assert PartFile.adopt(file.path, other) is None
    discard(file.path, other)
    assert file.path.exists()


def test_a_disk_tells_whether_case_counts(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_insensitive(base)
    assert names_in(base) == []
    real = folders.Folder.lstat
    monkeypatch.setattr(folders.Folder, "lstat", lambda self, name: real(self, name.lower()))
    assert is_insensitive(base)


def test_without_openat_a_link_is_refused_too(
    base: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    monkeypatch.setattr(folders, "HAS_OPENAT", False)
    file = grown(base / "file")
    file.finish(base / "file", 10**18, 7, replace=True)
    file.close()
    assert (base / "file").stat().st_mtime_ns == 10**18
    (base / "link").symlink_to(outside)
    with pytest.raises(S3guiError), opened(base / "link"):
        pass
    assert untouched(outside)
