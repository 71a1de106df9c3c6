"""What can go wrong with a download, in words: what happened, why, what to do."""

import errno
from pathlib import Path

from s3gui.domain.errors import (
    Corrupt,
    LocalFileError,
    NeedsCustomerKey,
    S3guiError,
    SourceChanged,
)
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.transfers.source import amount, reason

DISK_FULL = "DiskFull"
_FULL = {errno.ENOSPC, errno.EDQUOT}


def disk_full(path: Path, needed: int, free: int | None = None) -> LocalFileError:
    """There is no room for the file; what was downloaded stays where it can be gone on with."""
    why = tr("{path} needs {size}.").format(path=visible(str(path)), size=amount(needed))
    if free is not None:
        why += " " + tr("{size} are free.").format(size=amount(free))
    return LocalFileError(
        tr("The disk is full"), why, tr("Make room: it goes on by itself."), code=DISK_FULL
    )


def cannot_write(path: Path, error: OSError, needed: int) -> LocalFileError:
    """The file cannot be made or written."""
    if error.errno in _FULL:
        return disk_full(path, needed)
    why = reason(error)
    title, hint = known_words(error) or (
        tr("The file cannot be written"),
        tr("Check the disk and the folder, then press Retry."),
    )
    if error.errno == errno.EFBIG:
        why = tr("this disk takes no file of {size}").format(size=amount(needed))
        hint = tr("Choose a folder on another disk.")
    return LocalFileError(
        title,
        f"{visible(str(path))}: {why}",
        hint,
        code=errno.errorcode.get(error.errno or 0, ""),
    )


def known_words(error: OSError) -> tuple[str, str] | None:
    """What happened to a place on this machine, and what to do; ``None`` where nobody can tell."""
    match error.errno:
        case errno.ENOENT | errno.ESTALE | errno.ENODEV | errno.ENXIO:
            return (
                tr("The folder is gone"),
                tr("Make it again, or connect its disk, then press Retry."),
            )
        case errno.ENAMETOOLONG | errno.EINVAL | errno.EILSEQ:
            return (
                tr("This name is not possible here"),
                tr("Use Download as, with another name or in another folder."),
            )
        case errno.EACCES | errno.EPERM:
            return (
                tr("You may not write to this folder"),
                tr("Change its permissions, then press Retry, or download to another folder."),
            )
        case errno.EROFS:
            return (
                tr("This disk can only be read"),
                tr("Download to a folder on another disk."),
            )
    return None


def in_the_way(path: Path) -> LocalFileError:
    """Something stands where the file is to go, and it is none that could be overwritten."""
    return LocalFileError(
        tr("Something else has the name of the file"),
        tr("{path} is a folder, a link or a device.").format(path=visible(str(path))),
        tr("Move it away, or download under another name."),
        code="NotRegular",
    )


def object_changed(where: Location) -> SourceChanged:
    """The object is another one than the download began with; nothing of both is mixed."""
    return SourceChanged(
        tr("The object changed while it was being downloaded"),
        tr("{place} was replaced or removed.").format(place=visible(str(where))),
        tr("Press Retry to download it as it is now, from its first byte."),
    )


def key_missing(where: Location) -> NeedsCustomerKey:
    """The row came back from the journal, which never has the person's key (SSE-C)."""
    return NeedsCustomerKey(
        tr("The key for this object is missing"),
        tr("{place} is encrypted with a key of yours, which s3gui never writes down.").format(
            place=visible(str(where))
        ),
        tr("Give it again. What was downloaded is kept."),
    )


def damaged(where: Location, theirs: str, ours: str) -> Corrupt:
    """What arrived, twice, is not what the server says that it has."""
    return Corrupt(
        tr("What arrived is not what the server has"),
        tr("{place}: the checksum is {ours}, it should be {theirs}.").format(
            place=visible(str(where)), ours=ours, theirs=visible(theirs)
        ),
        tr(
            "It was downloaded twice, and nothing of it is kept. The line or the server damages "
            "data: press Retry, or ask the provider."
        ),
    )


def lost_file(path: Path) -> S3guiError:
    """What was downloaded is gone, or another file stands in its place."""
    return S3guiError(
        tr("The unfinished file of {name} was removed").format(name=visible(path.name)),
        hint=tr("It is downloaded again from its first byte."),
        code="PartFileLost",
    )
