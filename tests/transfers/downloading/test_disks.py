"""Disks that are full or fail, and a program that ends at the last step."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable

import pytest
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.integrity import Verified
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.downloading import folders, target
from s3gui.transfers.downloading.target import PartFile


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
