"""The ``.part`` of a download as the disk has it: made, told from others, dressed for its name."""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from s3gui.domain.transfer import FileIdentity
from s3gui.transfers.downloading.folders import Folder
from s3gui.transfers.downloading.problems import in_the_way
from s3gui.transfers.downloading.rename import MODE

FLAGS = (
    os.O_RDWR
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_PRIVATE = 0o600


def make_in(folder: Folder, name: str) -> int:
    """Makes and opens a file that nobody else may read.

    Raises:
        FileExistsError: something has the name.
        OSError: it cannot be made.
    """
    flags = FLAGS | os.O_CREAT | os.O_EXCL
    return os.open(folder.name(name), flags, _PRIVATE, dir_fd=folder.descriptor)


def remove_stale(folder: Folder, path: Path) -> None:
    """Removes what this row left behind.

    Raises:
        LocalFileError: it is none of ours.
        OSError: it cannot be removed.
    """
    facts = folder.lstat(path.name)
    if facts is None:
        return
    if not may_be_ours(facts):
        raise in_the_way(path)
    os.unlink(folder.name(path.name), dir_fd=folder.descriptor)


def may_be_ours(facts: os.stat_result) -> bool:
    """Whether this can be a file that this program made: regular, of this user, with one name."""
    owner = getattr(os, "geteuid", lambda: facts.st_uid)()
    return stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1 and facts.st_uid == owner


def is_same(facts: os.stat_result, known: FileIdentity) -> bool:
    """Whether this is that regular file, by device, inode and size."""
    same = (facts.st_dev, facts.st_ino, facts.st_size) == (known.device, known.inode, known.size)
    return same and stat.S_ISREG(facts.st_mode)


def dress(descriptor: int, path: Path, mtime_ns: int | None) -> None:
    """Gives an open file the mode of a new one, and its time.

    Raises:
        OSError: the mode cannot be set.
    """
    if hasattr(os, "fchmod"):
        # Never more than any new file gets: no metadata makes it run.
        os.fchmod(descriptor, MODE)
    if mtime_ns is not None:
        # A time that the disk cannot keep is no reason to lose the file.
        with suppress(OSError, OverflowError):
            where = descriptor if os.utime in os.supports_fd else path
            os.utime(where, ns=(mtime_ns, mtime_ns))


def free_bytes(folder: Folder) -> int | None:
    """Room on its disk for this user; ``None``: the system does not tell."""
    with suppress(OSError):
        if folder.descriptor is None:
            return shutil.disk_usage(folder.path).free
        facts = os.fstatvfs(folder.descriptor)
        return facts.f_bavail * facts.f_frsize
    return None
