"""Many small objects on their way to the disk: looked for, written, named. All of it blocks.

A folder is opened once for all that go into it. Whatever is asked of a disk is noted meanwhile
(``disks``), one file at a time, so that a disk that hangs is told from one that has much to do.
"""

import ctypes
import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from s3gui.domain.errors import S3guiError
from s3gui.domain.transfer import FileIdentity
from s3gui.transfers import disks
from s3gui.transfers.downloading.folders import Folder, opened
from s3gui.transfers.downloading.part_files import (
    dress,
    free_bytes,
    is_same,
    make_in,
    remove_stale,
)
from s3gui.transfers.downloading.rename import give_name, mark_of_the_web
from s3gui.transfers.source import identity_of

#: SYNC_FILE_RANGE_WRITE
_START_WRITING = 2


class Piece:
    """A whole small object and its file, from the first byte on the disk to the name.

    Args:
        part: where it is written.
        target: the name it gets, in the same folder.
        data: all its bytes, proved.
        mtime_ns: for the file; ``None``: now.
        replaces: whatever has the name may be replaced.
    """

    __slots__ = (
        *("_descriptor", "_left", "_lock", "data", "error", "identity", "is_named"),
        *("mtime_ns", "part", "replaces", "target"),
    )

    def __init__(
        self,
        part: Path,
        target: Path,
        data: memoryview | bytes,
        mtime_ns: int | None,
        *,
        replaces: bool,
    ) -> None:
        self.part = part
        self.target = target
        self.data = data
        self.mtime_ns = mtime_ns
        self.replaces = replaces
        #: As it is now; ``None``: there is no file.
        self.identity: FileIdentity | None = None
        self.is_named = False
        #: What stood in the way of the last step.
        self.error: S3guiError | OSError | None = None
        self._descriptor = -1
        self._lock = threading.Lock()
        self._left = False

    @property
    def is_made(self) -> bool:
        """Its bytes are in its ``.part``."""
        return self._descriptor >= 0

    def is_left(self) -> bool:
        """Whether nobody waits for it any more."""
        with self._lock:
            return self._left

    def leave(self) -> None:
        """Nobody waits for it: what is being written is removed when the disk lets go of it."""
        with self._lock:
            self._left = True

    def make(self, folder: Folder) -> None:
        """Writes the ``.part``.

        Raises:
            OSError, S3guiError: it cannot be; nothing of it is left.
        """
        if self.is_left():
            return
        try:
            descriptor = make_in(folder, self.part.name)
        except FileExistsError:
            remove_stale(folder, self.part)
            descriptor = make_in(folder, self.part.name)
        try:
            at = os.write(descriptor, self.data)
            while at < len(self.data):
                at += os.write(descriptor, self.data[at:])
            identity = identity_of(os.fstat(descriptor))
        except BaseException:
            with suppress(OSError):
                os.unlink(folder.name(self.part.name), dir_fd=folder.descriptor)
            os.close(descriptor)
            raise
        self.identity, self._descriptor = identity, descriptor
        if self.is_left():
            self.remove(folder)

    def remove(self, folder: Folder) -> None:
        """Removes the ``.part``, if it is still this one.

        Raises:
            OSError: it cannot be removed.
        """
        try:
            facts = folder.lstat(self.part.name)
            if facts is not None and self.identity is not None and is_same(facts, self.identity):
                os.unlink(folder.name(self.part.name), dir_fd=folder.descriptor)
        finally:
            self.close()

    def dress(self) -> None:
        """Gives it its mode and its time, and has the disk begin to write it."""
        dress(self._descriptor, self.part, self.mtime_ns)
        begin = _sync_file_range()
        if begin is not None:
            begin(self._descriptor, 0, 0, _START_WRITING)

    def sync(self) -> None:
        """What it has stays, whatever happens."""
        os.fsync(self._descriptor)

    def give_name(self, folder: Folder) -> None:
        """Gives it its name.

        Raises:
            FileExistsError: something has that, and is not to be replaced.
            OSError: it cannot be done, or the ``.part`` is not where it was.
        """
        there = folder.lstat(self.part.name)
        if there is None or self.identity is None or not is_same(there, self.identity):
            raise FileNotFoundError(2, os.strerror(2), self.part.name)
        give_name(folder, self.part.name, self.target.name, replace=self.replaces)
        mark_of_the_web(self.target)
        self.identity = identity_of(os.fstat(self._descriptor))

    def close(self) -> None:
        """Closes the file."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def look(
    paths: Sequence[Path], sizes: Sequence[int], disk: str
) -> list[os.stat_result | OSError | S3guiError | None]:
    """What is at these paths; ``None``: nothing. An error where one cannot be looked at.

    So is it where there is no room for so many bytes.
    """
    needed = dict(zip(paths, sizes, strict=True))
    found: dict[Path, os.stat_result | OSError | S3guiError | None] = {}
    for folder, some in _by_folder(paths, lambda path: path):
        try:
            with _opened(folder, disk) as one:
                free = free_bytes(one)
                for path in some:
                    found[path] = _lstat(one, path, disk)
                    if free is not None and free < needed[path]:
                        found[path] = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except (OSError, S3guiError) as error:
            found |= dict.fromkeys((path for path in some if path not in found), error)
    return [found[path] for path in paths]


def write(pieces: Sequence[Piece], disk: str) -> None:
    """Writes the ``.part`` of each; ``Piece.error`` says what stood in the way."""
    _each(pieces, disk, Piece.make)


def remove(pieces: Sequence[Piece], disk: str) -> None:
    """Removes the ``.part`` of each."""
    _each(pieces, disk, Piece.remove)


def name(pieces: Sequence[Piece], disk: str) -> None:
    """Makes each last and gives it its name, and closes it; ``is_named`` says whose name is sure.

    The disk begins to write all of them before the first one is waited for: so it is one commit of
    its own journal, and not one for each.
    """

    def dressed(piece: Piece, _: Folder) -> None:
        piece.dress()

    def synced(piece: Piece, _: Folder) -> None:
        piece.sync()

    for folder, some in _by_folder(pieces, lambda piece: piece.target):
        try:
            with _opened(folder, disk) as one:
                for step in (dressed, synced, Piece.give_name):
                    _all(some, one, disk, step)
                with _noted(disk):
                    one.sync()
        except (OSError, S3guiError) as error:
            for piece in some:
                piece.error = piece.error or error
        for piece in some:
            piece.is_named = piece.error is None
            piece.close()


def _each(pieces: Sequence[Piece], disk: str, step: Callable[[Piece, Folder], None]) -> None:
    for folder, some in _by_folder(pieces, lambda piece: piece.target):
        try:
            with _opened(folder, disk) as one:
                _all(some, one, disk, step)
        except (OSError, S3guiError) as error:
            for piece in some:
                piece.error = piece.error or error


def _all(
    pieces: Sequence[Piece], folder: Folder, disk: str, step: Callable[[Piece, Folder], None]
) -> None:
    """Takes a step with those that have met nothing so far."""
    for piece in pieces:
        if piece.error is not None:
            continue
        asked = disks.LOCAL.begin(disk)
        try:
            step(piece, folder)
        except (OSError, S3guiError) as error:
            piece.error = error
        finally:
            disks.LOCAL.end(asked)


def _lstat(folder: Folder, path: Path, disk: str) -> os.stat_result | OSError | None:
    asked = disks.LOCAL.begin(disk)
    try:
        return folder.lstat(path.name)
    except OSError as error:
        return error
    finally:
        disks.LOCAL.end(asked)


@contextmanager
def _opened(path: Path, disk: str) -> Iterator[Folder]:
    with ExitStack() as stack:
        with _noted(disk):
            folder = stack.enter_context(opened(path))
        yield folder


@contextmanager
def _noted(disk: str) -> Iterator[None]:
    asked = disks.LOCAL.begin(disk)
    try:
        yield
    finally:
        disks.LOCAL.end(asked)


def _by_folder(
    items: Sequence[Any], path_of: Callable[[Any], Path]
) -> list[tuple[Path, list[Any]]]:
    folders: dict[str, tuple[Path, list[Any]]] = {}
    for item in items:
        path = path_of(item)
        folder = os.path.dirname(path)  # noqa: PTH120  a quarter of the time of Path.parent
        if folder not in folders:
            folders[folder] = path.parent, []
        folders[folder][1].append(item)
    return list(folders.values())


@lru_cache(maxsize=1)
def _sync_file_range() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    return call
