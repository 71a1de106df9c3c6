"""The file that a download grows in, beside its target: opened once, written by several threads."""

import hashlib
import math
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s3gui.domain import crc
from s3gui.domain.integrity import Digest, Hash
from s3gui.domain.parts import MIB, Meter, Part
from s3gui.domain.text import visible
from s3gui.domain.transfer import FileIdentity
from s3gui.transfers import disks
from s3gui.transfers.downloading.folders import opened
from s3gui.transfers.downloading.part_files import (
    FLAGS,
    dress,
    is_same,
    make_in,
    may_be_ours,
    remove_stale,
)
from s3gui.transfers.downloading.part_files import free_bytes as _free_bytes
from s3gui.transfers.downloading.problems import cannot_write, disk_full, in_the_way, lost_file
from s3gui.transfers.downloading.rename import give_name, mark_of_the_web
from s3gui.transfers.downloading.room import reserve
from s3gui.transfers.source import HashStopped, identity_of

_BLOCK_BYTES = 4 * MIB
_buffers = threading.local()


def part_path(target: Path, mark: str) -> Path:
    """Where the file grows: a short name in the same folder, the same whenever it is asked for.

    Args:
        target: where it goes.
        mark: tells the row from all others, of this journal and of others.
    """
    sum_ = hashlib.blake2s(f"{mark}\0{target}".encode("utf-8", "surrogateescape"), digest_size=8)
    return target.with_name(f".{sum_.hexdigest()}.s3gui-part")


class PartFile:
    """An open ``.part``. All of it blocks: call it in a thread.

    ``create`` or ``adopt``; several threads read and write; the last one out closes it.
    """

    def __init__(self, path: Path, descriptor: int, size: int, reserved: int = 0) -> None:
        self.path = path
        self.size = size
        #: So many bytes, from the front, have their room for certain.
        self.reserved = reserved
        self._descriptor = descriptor
        self._disk = disks.LOCAL.of(path)
        self._lock = threading.Lock()
        self._seek_lock = threading.Lock()
        self._users = 1

    @classmethod
    def create(cls, path: Path, size: int) -> "PartFile":
        """Makes it and begins to reserve its bytes; one that this row left behind is removed.

        Raises:
            LocalFileError: there is no room (``DiskFull``), or it cannot be made.
        """
        with opened(path.parent) as folder:
            remove_stale(folder, path)
            free = _free_bytes(folder)
            if free is not None and free < size:
                raise disk_full(path.parent, size, free)
            try:
                descriptor = make_in(folder, path.name)
            except OSError as error:
                raise cannot_write(path.parent, error, size) from error
            try:
                reserved = _reserve(descriptor, size)
            except OSError as error:
                os.close(descriptor)
                os.unlink(folder.name(path.name), dir_fd=folder.descriptor)
                raise cannot_write(path.parent, error, size) from error
        return cls(path, descriptor, size, reserved)

    @classmethod
    def adopt(cls, path: Path, known: FileIdentity) -> "PartFile | None":
        """Opens the one that is known; ``None``: it is gone, or another file is in its place.

        Raises:
            LocalFileError: the folder, or the file, cannot be used.
        """
        with opened(path.parent) as folder:
            facts = folder.lstat(path.name)
            if facts is None or not is_same(facts, known):
                return None
            try:
                descriptor = os.open(folder.name(path.name), FLAGS, dir_fd=folder.descriptor)
            except OSError as error:
                raise cannot_write(path, error, known.size) from error
        if not is_same(os.fstat(descriptor), known):
            os.close(descriptor)
            return None
        return cls(path, descriptor, known.size)

    @property
    def name(self) -> str:
        """The path, as it may be shown."""
        return visible(str(self.path))

    def identity(self) -> FileIdentity:
        """As it is now."""
        with self._using():
            return identity_of(os.fstat(self._descriptor))

    def close(self) -> None:
        """Nothing new begins; it is closed when the last call ended."""
        self._leave()

    def write(self, offset: int, data: memoryview) -> None:
        """Writes all of ``data``.

        Raises:
            LocalFileError: it cannot be written.
        """
        with self._using():
            asked = disks.LOCAL.begin(self._disk)
            try:
                while data:
                    count = self._pwrite(offset, data)
                    offset, data = offset + count, data[count:]
            except OSError as error:
                raise cannot_write(self.path, error, self.size) from error
            finally:
                disks.LOCAL.end(asked)

    def reserve(self, part: Part) -> None:
        """Makes sure that there is room for this part, which nobody may be writing.

        Raises:
            LocalFileError: there is none (``DiskFull``).
        """
        with self._using():
            try:
                reserve(self._descriptor, part.offset, part.offset + part.length, math.inf)
            except OSError as error:
                raise cannot_write(self.path, error, self.size) from error

    def read(self, offset: int, buffer: memoryview) -> int:
        """Fills ``buffer``; 0 only at the end.

        Raises:
            LocalFileError: it cannot be read.
        """
        with self._using():
            try:
                return self._pread(offset, buffer)
            except OSError as error:
                raise cannot_write(self.path, error, self.size) from error

    if sys.platform == "win32":

        def _pwrite(self, offset: int, data: memoryview) -> int:
            with self._seek_lock:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                return os.write(self._descriptor, data)

        def _pread(self, offset: int, buffer: memoryview) -> int:
            with self._seek_lock:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                data = os.read(self._descriptor, len(buffer))
            buffer[: len(data)] = data
            return len(data)

    else:

        def _pwrite(self, offset: int, data: memoryview) -> int:
            return os.pwrite(self._descriptor, data, offset)

        def _pread(self, offset: int, buffer: memoryview) -> int:
            return os.preadv(self._descriptor, [buffer], offset)

    def sync(self) -> None:
        """What was written so far stays, whatever happens.

        Raises:
            LocalFileError: the disk failed.
        """
        with self._using():
            try:
                getattr(os, "fdatasync", os.fsync)(self._descriptor)
            except OSError as error:
                raise cannot_write(self.path, error, self.size) from error

    def digest(self, part: Part, meter: Meter) -> Digest:
        """The CRC-32 of a part as it is in the file.

        Raises:
            LocalFileError: it cannot be read.
            HashStopped: ``meter`` was stopped.
        """
        check = 0
        for block in self.blocks(part.offset, part.length, meter):
            check = crc.crc32(block, check)
        return Digest(crc32=check.to_bytes(4, "big"))

    def feed(self, sum_: Hash, offset: int, length: int, meter: Meter) -> None:
        """Hashes a piece into ``sum_``; raises as ``digest`` does."""
        for block in self.blocks(offset, length, meter):
            sum_.update(block)

    def blocks(self, offset: int, length: int, meter: Meter) -> Iterator[memoryview]:
        """A piece of the file in blocks of 4 MiB; each is gone when the next one comes."""
        buffer = _buffer()
        while length:
            if meter.stopped:
                raise HashStopped
            count = self.read(offset, buffer[: min(length, _BLOCK_BYTES)])
            if not count:
                raise lost_file(self.path)
            yield buffer[:count]
            offset, length = offset + count, length - count

    def finish(
        self, target: Path, mtime_ns: int | None, size: int, *, replace: bool
    ) -> FileIdentity:
        """Gives it its mode, its time and its name, and makes all of that last.

        Returns: what it is then.

        Raises:
            FileExistsError: something has the name, and ``replace`` was not given.
            LocalFileError: it cannot be done, or the file is not where it was.
        """
        with self._using(), opened(target.parent) as folder:
            try:
                ours = identity_of(os.fstat(self._descriptor))
                there = folder.lstat(self.path.name)
                if there is None or not is_same(there, ours):
                    raise FileNotFoundError(2, os.strerror(2), self.path.name)
                self._dress(mtime_ns, size)
                give_name(folder, self.path.name, target.name, replace=replace)
                mark_of_the_web(target)
                folder.sync()
                return identity_of(os.fstat(self._descriptor))
            except FileExistsError:
                raise
            except IsADirectoryError as error:
                raise in_the_way(target) from error
            except OSError as error:
                raise cannot_write(target, error, self.size) from error

    def _dress(self, mtime_ns: int | None, size: int) -> None:
        if size != self.size:
            os.ftruncate(self._descriptor, size)
        dress(self._descriptor, self.path, mtime_ns)
        os.fsync(self._descriptor)

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            if not self._users:
                raise HashStopped
            self._users += 1
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            os.close(self._descriptor)


def discard(path: Path, known: FileIdentity | None) -> None:
    """Removes a ``.part`` of ours; what is not there, or is another file, is left alone.

    Raises:
        LocalFileError: it cannot be removed.
    """
    with opened(path.parent) as folder:
        facts = folder.lstat(path.name)
        if facts is None or (known is not None and not is_same(facts, known)):
            return
        if known is None and not may_be_ours(facts):
            return
        try:
            os.unlink(folder.name(path.name), dir_fd=folder.descriptor)
        except OSError as error:
            raise cannot_write(path, error, 0) from error


def _reserve(descriptor: int, size: int) -> int:
    os.ftruncate(descriptor, size)
    return reserve(descriptor, 0, size)


def _buffer() -> memoryview:
    if not hasattr(_buffers, "block"):
        _buffers.block = memoryview(bytearray(_BLOCK_BYTES))
    block: memoryview = _buffers.block
    return block
