"""A local file on its way up: opened once, known by its identity, read by several threads."""

import errno
import hashlib
import os
import stat
import sys
import threading
from pathlib import Path

from s3gui.domain import crc
from s3gui.domain.errors import LocalFileError, S3guiError, SourceChanged
from s3gui.domain.integrity import Digest
from s3gui.domain.parts import MIB, Meter, Part
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import FileIdentity
from s3gui.transfers import disks

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
#: Like the blocks of the senders: fewer of them leave the interpreter to the window.
_BLOCK_BYTES = 4 * MIB
_buffers = threading.local()


class HashStopped(Exception):
    """The meter was stopped while a part was hashed; nobody waits for the result any more."""


class LocalSource:
    """An open regular file. Reads may run in several threads; the last one out closes it.

    ``open``, ``check``, ``check_path`` and ``digest`` block: call them in a thread.
    """

    def __init__(self, path: Path, descriptor: int, identity: FileIdentity, disk: str) -> None:
        self._path = path
        self._descriptor = descriptor
        self.identity = identity
        self._lock = threading.Lock()
        self._seek_lock = threading.Lock()
        self._users = 1
        self._disk = disk

    @classmethod
    def open(cls, path: Path) -> "LocalSource":
        """Opens a regular file without following a link at its end.

        Raises:
            LocalFileError: it is not there, may not be read, or is no regular file.
        """
        disk = disks.LOCAL.of(path)
        asked = disks.LOCAL.begin(disk)
        try:
            descriptor = os.open(path, _FLAGS)
        except OSError as error:
            raise _cannot_open(path, error) from error
        finally:
            disks.LOCAL.end(asked)
        try:
            return cls._adopt(path, descriptor, disk)
        except OSError as error:
            os.close(descriptor)
            raise _cannot_open(path, error) from error
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def _adopt(cls, path: Path, descriptor: int, disk: str) -> "LocalSource":
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise _special(path)
        source = cls(path, descriptor, identity_of(facts), disk)
        if not facts.st_size and source.read_into(0, memoryview(bytearray(1))):
            raise _special(path)  # /proc and its like: no size, but something to read
        return source

    @property
    def name(self) -> str:
        """The path, as it may be shown."""
        return visible(str(self._path))

    def close(self) -> None:
        """No new read begins; the file is closed when the last one ended."""
        self._leave()

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fills ``buffer`` from ``offset``; 0 only at the end of the file.

        Raises:
            LocalFileError: the file cannot be read there.
            SourceChanged: the file ends before the size that it had when it was opened.
        """
        asked = self._join()
        try:
            count = self._read(offset, buffer)
        except OSError as error:
            raise self._unreadable(offset, error) from error
        finally:
            self._leave(asked)
        if not count and len(buffer) and offset < self.identity.size:
            raise self._changed(tr("it became shorter"))
        return count

    if sys.platform == "win32":

        def _read(self, offset: int, buffer: memoryview) -> int:
            with self._seek_lock:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                data = os.read(self._descriptor, len(buffer))
            buffer[: len(data)] = data
            return len(data)

        def _read_at_once(self, count: int) -> bytes:
            with self._seek_lock:
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                return os.read(self._descriptor, count)

    else:

        def _read(self, offset: int, buffer: memoryview) -> int:
            return os.preadv(self._descriptor, [buffer], offset)

        def _read_at_once(self, count: int) -> bytes:
            return os.pread(self._descriptor, count, 0)

    def read_whole(self) -> bytes:
        """All of a small file at once.

        Raises:
            LocalFileError: the file cannot be read.
            SourceChanged: there is more or less of it than when it was opened.
        """
        size = self.identity.size
        # One more, to see that there is none; of a regular file, less is its end.
        asked = self._join()
        try:
            data = self._read_at_once(size + 1)
        except OSError as error:
            raise self._unreadable(0, error) from error
        finally:
            self._leave(asked)
        if len(data) != size:
            what = tr("it became longer") if len(data) > size else tr("it became shorter")
            raise self._changed(what)
        return data

    def check(self) -> None:
        """Compares the open file with what it was when it was opened.

        Raises:
            SourceChanged: it is not the same any more.
            LocalFileError: it cannot be looked at.
        """
        asked = self._join()
        try:
            now = identity_of(os.fstat(self._descriptor))
        except OSError as error:
            raise _cannot_open(self._path, error) from error
        finally:
            self._leave(asked)
        if now != self.identity:
            # To be removed or replaced changes a file, too: the more telling word goes first.
            raise self._changed(self._moved() or what_changed(self.identity, now))

    def check_path(self) -> None:
        """``check``, and that the path still leads to this file.

        Raises:
            SourceChanged: another file, or none, stands in its place.
        """
        self.check()
        if what := self._moved():
            raise self._changed(what)

    def _moved(self) -> str:
        """Why the path does not lead to this file any more, "" if it does."""
        try:
            there = self._path.lstat()
        except OSError as error:
            return reason(error)
        if (there.st_dev, there.st_ino) != (self.identity.device, self.identity.inode):
            return tr("another file took its place")
        return ""

    def digest(
        self, part: Part, meter: Meter, *, md5: bool, crc32: bool, other: str = ""
    ) -> Digest:
        """Checks the file's identity, then reads a part once, in blocks of 4 MiB, and hashes it.

        Args:
            part: what to read.
            meter: stops it.
            md5: whether to compute this one; it takes most of the time of an upload.
            crc32: whether to compute this one.
            other: the name of another CRC of S3 to compute, "" for none.

        Raises:
            SourceChanged: the file changed, or ended before the part did.
            LocalFileError: the file cannot be read.
            HashStopped: ``meter`` was stopped.
        """
        self.check()
        sum_ = hashlib.md5(usedforsecurity=False)
        check, more = 0, crc.Sum(other) if other else None
        buffer = _buffer()
        offset, left = part.offset, part.length
        while left:
            if meter.stopped:
                raise HashStopped
            count = self.read_into(offset, buffer[: min(left, _BLOCK_BYTES)])
            if not count:
                raise self._changed(tr("it became shorter"))
            if md5:
                sum_.update(buffer[:count])
            if crc32:
                check = crc.crc32(buffer[:count], check)
            if more is not None:
                more.update(buffer[:count])
            offset += count
            left -= count
        md5_digest = sum_.digest() if md5 else b""
        crc32_digest = check.to_bytes(4, "big") if crc32 else b""
        return Digest(md5_digest, crc32_digest, more.digest() if more is not None else b"", other)

    def _join(self) -> int:
        """Begins a read; ``_leave`` ends it, and takes what this returns."""
        with self._lock:
            if not self._users:
                raise HashStopped
            self._users += 1
        return disks.LOCAL.begin(self._disk)

    def _leave(self, asked: int | None = None) -> None:
        if asked is not None:
            disks.LOCAL.end(asked)
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            os.close(self._descriptor)

    def _unreadable(self, offset: int, error: OSError) -> LocalFileError:
        return LocalFileError(
            tr("The file cannot be read at {place}").format(place=amount(offset)),
            f"{self.name}: {reason(error)}",
            tr("Check the disk or the network drive, then press Retry."),
            code=errno.errorcode.get(error.errno or 0, ""),
        )

    def _changed(self, what: str) -> SourceChanged:
        return source_changed(self._path, what)


def identity_of(facts: os.stat_result) -> FileIdentity:
    """What tells this file from another, or from itself after a change."""
    return FileIdentity(
        facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
    )


def what_changed(old: FileIdentity, new: FileIdentity) -> str:
    """The difference in words, the plainest first."""
    if old.size < new.size:
        return tr("it became longer")
    if old.size > new.size:
        return tr("it became shorter")
    if (old.device, old.inode) != (new.device, new.inode):
        return tr("another file took its place")
    return tr("it was written to")


def source_changed(path: Path, what: str) -> SourceChanged:
    """The error; ``what`` is how the file changed, in words."""
    return SourceChanged(
        tr("The file changed while it was being uploaded"),
        f"{visible(str(path))}: {what}",
        tr("Press Retry when nothing writes to the file any more; what is unchanged is kept."),
    )


def reason(error: OSError) -> str:
    """What the system says, in its own words."""
    return error.strerror or type(error).__name__


def amount(count: int) -> str:
    """Bytes for a sentence: ``1.2 GB``, in powers of ten as disks and providers count."""
    if count < 1000:
        return tr("{n} bytes").format(n=count)
    scaled = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        scaled /= 1000
        if scaled < 1000 or unit == "TB":
            return f"{scaled:.1f} {unit}"
    raise AssertionError(count)


def _buffer() -> memoryview:
    if not hasattr(_buffers, "block"):
        _buffers.block = memoryview(bytearray(_BLOCK_BYTES))
    block: memoryview = _buffers.block
    return block


def _cannot_open(path: Path, error: OSError) -> S3guiError:
    # A symbolic link answers ELOOP to O_NOFOLLOW (EMLINK on FreeBSD).
    if error.errno in {errno.ELOOP, errno.EMLINK}:
        return _special(path)
    return LocalFileError(
        tr("The file cannot be opened"),
        f"{visible(str(path))}: {reason(error)}",
        tr("Check that it is there and that you may read it, then press Retry."),
        code=errno.errorcode.get(error.errno or 0, ""),
    )


def _special(path: Path) -> LocalFileError:
    return LocalFileError(
        tr("This is not a regular file"),
        visible(str(path)),
        tr("Links, devices, pipes and sockets are not uploaded."),
        code="NotRegular",
    )
