"""Local files: what may be read, and files that change on their way."""

import hashlib
import os
import sys
import threading
import zlib
from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, content, settings

from s3gui.domain.errors import LocalFileError, SourceChanged
from s3gui.domain.integrity import Digest
from s3gui.domain.parts import Meter, Part
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.transfers.source import HashStopped, LocalSource, amount

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def rewrite(path: Path) -> None:
    """Other bytes in the middle of the second part; size and mtime as before."""
    facts = path.stat()
    with path.open("r+b") as file:
        file.seek(PART + 100)
        file.write(b"changed!")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 10)


def replace_by_another(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


CHANGES = [rewrite, grow, cut, replace_by_another, Path.unlink]
WORDS = {
    rewrite: "it was written to",
    grow: "it became longer",
    cut: "it became shorter",
    replace_by_another: "another file took its place",
    Path.unlink: "No such file or directory",
}


@posix
@pytest.mark.parametrize("change", CHANGES)
async def test_a_file_that_changes_midway_is_never_completed(
    house: House, server: MemoryServer, make_file: MakeFile, change
) -> None:
    gate = server.hold("send_part", part=3)
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    change(path)
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert transfer.error is not None
    assert transfer.error.code == "SourceChanged"
    assert transfer.error.detail.endswith(WORDS[change])
    assert server.counts()["complete"] == 0
    assert server.keys() == []


@posix
@pytest.mark.parametrize("change", CHANGES[:-1])
async def test_retry_takes_the_file_as_it_is_now(
    house: House, server: MemoryServer, make_file: MakeFile, change
) -> None:
    gate = server.hold("send_part", part=3)
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(transfer, 2)
    change(path)
    gate.open()
    await house.until(transfer, State.FAILED)
    await house.retry(transfer)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)
    assert not server.uploads


@posix
async def test_after_a_change_of_the_same_size_only_what_differs_is_sent_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=4)
    path = make_file(4 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(transfer, 3)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    rewrite(path)
    gate.open()
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 2, 3: 1, 4: 2}
    assert server.data("file.bin") == content(path)


@posix
async def test_another_size_after_a_pause_asks_first(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    path = make_file(3 * PART)
    transfer: Transfer = await house.upload_one(path)
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    grow(path)
    server.clear_rules()
    house.queue.resume([transfer.id])
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert transfer.upload_id in server.uploads, "the parts are kept until somebody decides"


async def test_a_small_file_written_to_while_it_is_sent_is_no_success(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    path = make_file(1000)
    gate = server.hold("put", applied=True)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    grow(path)
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    await house.retry(transfer)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)


async def test_a_missing_file_fails_its_row_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.queue.settings = settings(files_in_flight=1)
    gate = server.hold("put")
    first, gone, last = await house.upload(make_file(5, "a"), make_file(5, "b"), make_file(5, "c"))
    await gate.reached.wait()
    gone.path.unlink()
    gate.open()
    await house.done(first)
    await house.done(last)
    assert gone.state is State.FAILED
    assert gone.error is not None
    assert gone.error.code == "ENOENT"


# The source by itself


def test_reads_anywhere_and_hashes_a_slice(make_file: MakeFile) -> None:
    path = make_file(3 << 20)
    source = LocalSource.open(path)
    data = path.read_bytes()
    buffer = bytearray(10)
    assert source.read_into(5, memoryview(buffer)) == 10
    assert bytes(buffer) == data[5:15]
    assert source.read_into(len(data), memoryview(buffer)) == 0
    part = Part(1, 1000, 2 << 20)
    piece = data[1000 : 1000 + (2 << 20)]
    md5 = hashlib.md5(piece, usedforsecurity=False).digest()
    crc32 = zlib.crc32(piece).to_bytes(4, "big")
    assert source.digest(part, Meter(), md5=True, crc32=False) == Digest(md5)
    assert source.digest(part, Meter(), md5=False, crc32=True) == Digest(crc32=crc32)
    assert source.digest(part, Meter(), md5=True, crc32=True) == Digest(md5, crc32)
    source.close()


def test_a_stopped_meter_stops_the_hash(make_file: MakeFile) -> None:
    source = LocalSource.open(make_file(1 << 20))
    meter = Meter()
    meter.stop()
    with pytest.raises(HashStopped):
        source.digest(Part(1, 0, 1 << 20), meter, md5=True, crc32=True)
    source.close()


@posix
def test_a_reader_keeps_the_file_open_until_it_has_ended(make_file: MakeFile) -> None:
    source = LocalSource.open(make_file(10))
    inside, leave = threading.Event(), threading.Event()

    def read() -> None:
        source._join()
        inside.set()
        leave.wait(5)
        assert os.fstat(source._descriptor).st_size == 10
        source._leave()

    thread = threading.Thread(target=read)
    thread.start()
    inside.wait(5)
    source.close()
    os.fstat(source._descriptor)
    leave.set()
    thread.join()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(source._descriptor)
    with pytest.raises(HashStopped):
        source.read_into(0, memoryview(bytearray(1)))


@posix
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"x")
    for path in (pipe, link, Path("/dev/null"), tmp_path):
        with pytest.raises(LocalFileError) as caught:
            LocalSource.open(path)
        assert caught.value.title == "This is not a regular file", path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux")
def test_a_file_without_a_size_but_with_content_is_special() -> None:
    with pytest.raises(LocalFileError, match="not a regular file"):
        LocalSource.open(Path("/proc/self/status"))


@posix
def test_errors_say_where_and_why(make_file: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    source = LocalSource.open(make_file(100))

    def broken(*_args: object) -> int:
        raise OSError(5, os.strerror(5))

    monkeypatch.setattr(os, "preadv", broken)
    with pytest.raises(LocalFileError) as caught:
        source.read_into(1_200_000_000, memoryview(bytearray(1)))
    assert caught.value.title == "The file cannot be read at 1.2 GB"
    assert "Input/output error" in caught.value.detail
    assert caught.value.code == "EIO"
    source.close()
    with pytest.raises(LocalFileError, match="No such file"):
        LocalSource.open(Path("/nowhere/at/all"))


@posix
def test_a_file_that_was_cut_says_so_to_its_reader(make_file: MakeFile) -> None:
    path = make_file(100)
    source = LocalSource.open(path)
    cut(path)
    with pytest.raises(SourceChanged, match="became shorter"):
        source.read_into(95, memoryview(bytearray(5)))
    source.close()


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_200_000_000, "1.2 GB"),
     (5_000_000_000_000_000, "5000.0 TB")],
)  # fmt: skip
def test_amounts(count: int, text: str) -> None:
    assert amount(count) == text
