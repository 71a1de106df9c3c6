"""The file that grows: where it may be, what it may replace, and what a planted link does to it."""

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.errors import LocalFileError, S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.downloading import folders, rename, target
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


def fails_with(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("how", ["no room", "full while reserving", "over quota"])
async def test_a_full_disk_is_known_before_the_first_byte(
    house: Downloads, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    data = house.stored("file", pattern(2 * PART))
    with monkeypatch.context() as patched:
        if how == "no room":
            patched.setattr(target, "_free_bytes", lambda _: 2 * PART - 1)
        else:
            number = errno.ENOSPC if how.startswith("full") else errno.EDQUOT
            patched.setattr(target, "_reserve", fails_with(number))
        row = await house.download("file")
        assert (row.state, row.waiting) == (State.PAUSED, Waiting.DISK_FULL)
        assert house.server.bytes_out == 0
        assert house.there() == []
    house.queue.resume([row.id])
    await house.done(row)
    assert (house.target / "file").read_bytes() == data


async def test_a_disk_that_fills_up_all_the_same_keeps_what_is_whole(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = house.stored("file", pattern(4 * PART))
    real = PartFile.write

    def write(self: PartFile, offset: int, block: memoryview) -> None:
        if offset >= 3 * PART:
            raise target.cannot_write(self.path, OSError(errno.ENOSPC, "full"), self.size)
        real(self, offset, block)

    with monkeypatch.context() as patched:
        patched.setattr(PartFile, "write", write)
        gate = house.server.hold("fetch", part=3 * PART)
        row = await house.begin("file")
        await house.until_parts(row, 3)
        gate.open()
        await house.until(row, State.PAUSED)
        assert (row.state, row.waiting) == (State.PAUSED, Waiting.DISK_FULL)
    again = await house.restart()
    assert again.waiting is Waiting.DISK_FULL, "it is still known after a restart"
    before = house.server.bytes_out
    house.last.queue.resume([again.id])
    await house.last.done(again)
    assert (house.target / "file").read_bytes() == data
    assert house.server.bytes_out - before == PART


async def test_a_disk_that_cannot_keep_what_was_written_is_not_believed_again(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.stored("file", pattern(4 * PART))
    calls: list[int] = []

    def sync(self: PartFile) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise target.cannot_write(self.path, OSError(errno.EIO, "lost"), self.size)

    with monkeypatch.context() as patched:
        patched.setattr(PartFile, "sync", sync)
        row = await house.download("file")
    assert row.state is State.FAILED
    assert row.parts_done == 0
    assert len(calls) == 1
    await house.retry(row)
    await house.done(row)


async def test_a_folder_that_may_not_be_written_fails_the_row(
    house: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.stored("file", pattern(10))
    real = os.open

    def refuse(path: object, flags: int, *rest: object, **named: object) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, flags, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        row = await house.download("file")
    assert row.error is not None
    assert (row.state, row.error.code) == (State.FAILED, "EACCES")
    assert str(house.target) in row.error.detail


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_the_program_that_ends_at_the_rename_finds_its_file(
    house: Downloads, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """kill -9 right before, or right after, the file got its name; the journal has neither."""
    data = house.stored("file", pattern(2 * PART))
    (house.target / "file").write_bytes(b"mine")
    reached, go = threading.Event(), threading.Event()
    real = target.give_name

    def give_name(folder: folders.Folder, part: str, name: str, *, replace: bool) -> None:
        if moment == "after":
            real(folder, part, name, replace=replace)
        reached.set()
        go.wait(20)
        raise OSError(errno.EIO, "the old program has ended")

    monkeypatch.setattr(target, "give_name", give_name)
    row = await house.begin("file", IfExists.RENAME)
    await house.last.watcher.until(lambda: row.path.name == "file (1)")
    await asyncio.to_thread(reached.wait)
    left = house.copy_of_journal()
    go.set()
    await house.until(row, State.FAILED)
    monkeypatch.setattr(target, "give_name", real)
    again = await house.start_from(left)
    before = house.server.bytes_out
    await house.last.done(again)
    assert house.there() == ["file", "file (1)"]
    assert (house.target / "file (1)").read_bytes() == data
    assert house.server.bytes_out == before
    assert again.verified is Verified.ETAG


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_cancel_that_finds_it_at_the_rename_is_followed_as_far_as_it_can_be(
    house: Downloads, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    house.stored("file", pattern(2 * PART))
    reached, go = threading.Event(), threading.Event()
    real = target.give_name

    def give_name(folder: folders.Folder, part: str, name: str, *, replace: bool) -> None:
        if moment == "after":
            real(folder, part, name, replace=replace)
        reached.set()
        go.wait(20)
        raise OSError(errno.EIO, "the old program has ended")

    monkeypatch.setattr(target, "give_name", give_name)
    row = await house.begin("file")
    await asyncio.to_thread(reached.wait)
    left = house.copy_of_journal()
    go.set()
    await house.until(row, State.FAILED)
    monkeypatch.setattr(target, "give_name", real)
    again = await house.start_from(left, go_on=False)
    house.last.queue.abort([again.id], keep_parts=False)
    await house.last.until(again, State.CANCELLED, State.COMPLETED)
    assert again.state is (State.CANCELLED if moment == "before" else State.COMPLETED)
    assert house.there() == ([] if moment == "before" else ["file"])


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
