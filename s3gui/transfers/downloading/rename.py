"""Giving a finished file its name, without replacing what has it, and what any new file has."""

import ctypes
import errno
import os
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from s3gui.transfers.downloading.folders import Folder

_NOREPLACE = 1
#: The file system, or the system, cannot do it.
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}


def _umask() -> int:
    # There is no way to ask without setting it; at import no other thread makes files.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


#: What any new file may be done with.
MODE = 0o666 & ~_umask()


def mark_of_the_web(target: Path) -> None:
    """Windows asks before it runs what came from elsewhere."""
    if sys.platform == "win32":
        with suppress(OSError):
            Path(f"{target}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3\r\n")


def give_name(folder: Folder, part: str, name: str, *, replace: bool) -> None:
    """Renames inside one folder.

    Raises:
        FileExistsError: something has the name, and ``replace`` was not given.
        OSError: it cannot be done.
    """
    descriptor = folder.descriptor
    if descriptor is None:
        # Windows: its rename does not replace.
        (os.replace if replace else os.rename)(folder.name(part), folder.name(name))
    elif replace:
        os.rename(part, name, src_dir_fd=descriptor, dst_dir_fd=descriptor)
    elif not (_renamed(descriptor, part, name) or _linked(descriptor, part, name)):
        # Neither in one step (exFAT in old kernels, some network drives): a look, then the name.
        if folder.lstat(name) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        os.rename(part, name, src_dir_fd=descriptor, dst_dir_fd=descriptor)


@lru_cache(maxsize=1)
def _renameat2() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def _renamed(descriptor: int, part: str, name: str) -> bool:
    call = _renameat2()
    if call is None:
        return False
    if not call(descriptor, os.fsencode(part), descriptor, os.fsencode(name), _NOREPLACE):
        return True
    failed = ctypes.get_errno()
    if failed in _CANNOT:
        return False
    raise OSError(failed, os.strerror(failed), name)


def _linked(descriptor: int, part: str, name: str) -> bool:
    try:
        os.link(part, name, src_dir_fd=descriptor, dst_dir_fd=descriptor, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    os.unlink(part, dir_fd=descriptor)
    return True
