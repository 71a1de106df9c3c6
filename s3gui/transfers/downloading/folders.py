"""Folders of a download: opened a name at a time, so that no link leads out of them.

``O_NOFOLLOW`` alone guards the last name of a path only; whoever can write in a folder above could
put a link in its place between two looks. So every name is opened in the folder that is open
already (openat). The path is free of links when it is chosen (``Path.resolve``), and a link that
stands in it later is refused, wherever it is.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from s3gui.domain.errors import LocalFileError, S3guiError
from s3gui.domain.text import tr, visible
from s3gui.transfers.downloading.problems import known_words
from s3gui.transfers.source import reason

_PROBE = ".s3gui-probe"
_WALK = (
    getattr(os, "O_PATH", os.O_RDONLY)
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_OPEN = _WALK & ~getattr(os, "O_PATH", 0) | os.O_RDONLY
#: IO_REPARSE_TAG_MOUNT_POINT: a link of Windows between folders.
_JUNCTION = 0xA0000003
#: Windows has no openat; there a path is what is worked with.
HAS_OPENAT = sys.platform != "win32"


class Folder:
    """An open folder, by its descriptor where the system can work in one, else by its path."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor

    def name(self, name: str) -> str:
        """What to give the system together with ``dir_fd=self.descriptor``."""
        return name if self.descriptor is not None else str(self.path / name)

    def lstat(self, name: str) -> os.stat_result | None:
        """What is there; ``None``: nothing.

        Raises:
            OSError: it cannot be looked at.
        """
        try:
            return os.stat(self.name(name), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def sync(self) -> None:
        """Makes names that were given or taken in it last."""
        if self.descriptor is not None:
            os.fsync(self.descriptor)


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """The folder at ``path``, opened a name at a time; blocks.

    Raises:
        LocalFileError: it is not there, is no folder, may not be used, or a link leads to it.
    """
    if not HAS_OPENAT:
        yield Folder(_without_links(path), None)
        return
    descriptor = _descend(path)
    try:
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


def _descend(path: Path) -> int:
    names = path.parts[1:]
    here = os.open(path.anchor, _WALK if names else _OPEN)
    for number, name in enumerate(names, start=1):
        try:
            inner = os.open(name, _WALK if number < len(names) else _OPEN, dir_fd=here)
        except OSError as error:
            raise cannot_use(path, error) from error
        finally:
            os.close(here)
        here = inner
    return here


def _without_links(path: Path) -> Path:
    for folder in (path, *path.parents):
        try:
            facts = folder.lstat()
        except OSError as error:
            raise cannot_use(path, error) from error
        if stat.S_ISLNK(facts.st_mode) or getattr(facts, "st_reparse_tag", 0) == _JUNCTION:
            raise cannot_use(path, OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
    return path


def make(base: Path, folders: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Makes folders below ``base``, which has to be there; returns those that cannot be, and why.

    Raises:
        LocalFileError: ``base`` cannot be used.
    """
    wanted = {names[:count] for names in folders for count in range(1, len(names) + 1)}
    failed: dict[tuple[str, ...], str] = {}
    with opened(base):
        pass
    for names in sorted(wanted, key=lambda item: (len(item), item)):
        if names[:-1] in failed:
            failed[names] = failed[names[:-1]]
            continue
        try:
            with opened(base.joinpath(*names[:-1])) as folder:
                _make_one(folder, names[-1])
        except S3guiError as error:
            failed[names] = error.detail
        except OSError as error:
            failed[names] = reason(error)
    return failed


def _make_one(folder: Folder, name: str) -> None:
    try:
        os.mkdir(folder.name(name), 0o777, dir_fd=folder.descriptor)
    except FileExistsError:
        facts = folder.lstat(name)
        if facts is None or not stat.S_ISDIR(facts.st_mode):
            raise OSError(errno.ENOTDIR, tr("something that is no folder has that name")) from None


def is_insensitive(path: Path) -> bool:
    """Whether names in this folder that differ in case only are one; makes a file for a moment."""
    with opened(path) as folder, suppress(OSError):
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        name = f"{_PROBE}-{os.getpid()}"
        os.close(os.open(folder.name(name), flags, 0o600, dir_fd=folder.descriptor))
        try:
            return folder.lstat(name.upper()) is not None
        finally:
            os.unlink(folder.name(name), dir_fd=folder.descriptor)
    return False


def cannot_use(path: Path, error: OSError) -> LocalFileError:
    """The error of a folder that cannot be opened or written in."""
    why = reason(error)
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
        why = tr("a link, or something else that is no folder, stands in its path")
    title, hint = known_words(error) or (
        tr("The folder cannot be used"),
        tr("Check that it is there and that you may write to it, then press Retry."),
    )
    return LocalFileError(
        title,
        f"{visible(str(path))}: {why}",
        hint,
        code=errno.errorcode.get(error.errno or 0, ""),
    )
