"""Why something that the history knows cannot be transferred once more."""

from collections.abc import Sequence
from pathlib import Path

from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.queueing import Skipped
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Direction
from s3gui.ui.format import count_text

#: So many of those that failed are named.
_MOST_NAMED = 10


def name_of(receipt: Receipt) -> str:
    """What was transferred, safe to show."""
    if receipt.direction is Direction.UPLOAD and receipt.path is not None:
        return visible(receipt.path.name, 200)
    what: Location = receipt.source or receipt.location
    return visible(what.name, 200)


def no_connection(receipt: Receipt) -> S3guiError:
    """One of its connections was removed."""
    return S3guiError(
        tr("{name} cannot be transferred again").format(name=name_of(receipt)),
        tr("Its connection is not saved any more."),
        tr("Make the connection anew and transfer it from there."),
        code="NoConnection",
    )


def file_gone(receipt: Receipt, path: Path) -> S3guiError:
    """Of an upload."""
    return S3guiError(
        tr("{name} cannot be uploaded again: there is no such file any more").format(
            name=name_of(receipt)
        ),
        tr("There is no file {path} any more.").format(path=visible(str(path), 300)),
        tr("Bring the file back to this place, or upload it from where it is now."),
        code="FileGone",
    )


def folder_gone(receipt: Receipt, folder: Path) -> S3guiError:
    """Of a download."""
    return S3guiError(
        tr("{name} cannot be downloaded again: its folder is gone").format(name=name_of(receipt)),
        tr("There is no folder {path} any more.").format(path=visible(str(folder), 300)),
        tr("Make the folder again, or download the object from its bucket to another."),
        code="FolderGone",
    )


def object_gone(receipt: Receipt, error: S3guiError) -> S3guiError:
    """Of a download: the object, or the version of it that was read."""
    where = visible(str(receipt.location), 300)
    why = tr("There is no object {place} any more.")
    if receipt.version_id:
        why = tr("The version of {place} that was downloaded is no more.")
    return NotFound(
        tr("{name} cannot be downloaded again: there is no such object any more").format(
            name=name_of(receipt)
        ),
        why.format(place=where),
        tr("Show its bucket: there may be a newer one, or one of another name."),
        code=error.code,
        request_id=error.request_id,
    )


def left_out(first: Receipt, skipped: Skipped | None) -> S3guiError:
    """The queue did not take it. ``first`` is of the same group."""
    name = name_of(first)
    if skipped is not None and first.direction is Direction.UPLOAD:
        name = visible(skipped.path.name, 200)
    elif skipped is not None and skipped.location is not None:
        name = visible(skipped.location.name, 200)
    return S3guiError(
        tr("{name} cannot be transferred again").format(name=name),
        visible(skipped.why, 400) if skipped is not None else "",
        tr("Show its bucket to see what is there now."),
        code="Skipped",
    )


def in_one(errors: Sequence[S3guiError]) -> S3guiError:
    """The one there is, or all of them in one; at least one."""
    if len(errors) == 1:
        return errors[0]
    lines = list(dict.fromkeys(f"{error.title}: {error.detail}" for error in errors))
    more = len(lines) - _MOST_NAMED
    if more > 0:
        lines[_MOST_NAMED:] = [tr("and {count} more").format(count=count_text(more))]
    title = trn(
        "{count} transfer cannot be made again",
        "{count} transfers cannot be made again",
        len(errors),
    )
    return S3guiError(
        title.format(count=count_text(len(errors))),
        "\n".join(lines),
        errors[0].hint,
        code=errors[0].code,
        request_id=errors[0].request_id,
    )
