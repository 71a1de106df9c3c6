"""What is said of something that was not read to its end when the program ended."""

from collections.abc import Callable

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Reading, Unread
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Direction

_MOST_CHARS = 200


def what(unread: Unread) -> str:
    """The first of the things that were asked for, and how many there are beside it."""
    names: list[object] = [*unread.paths, *(one.location for one in unread.wanted)]
    if not names:
        return ""
    first, more = visible(str(names[0]), _MOST_CHARS), len(names) - 1
    if not more:
        return first
    words = trn("{name} and {count} more", "{name} and {count} more", more)
    return words.format(name=first, count=more)


def unread_words(unread: Unread, figure: Callable[[int], str] = str) -> str:
    """Where it stands, for a person who sees it at the next start.

    Args:
        unread: what was not read to its end.
        figure: writes a number.
    """
    if unread.reading is Reading.OVER and unread.result is None:
        return tr("{what}: what is not read yet is left out").format(what=what(unread))
    if unread.reading is Reading.OVER:
        return tr("{what}: read to its end now").format(what=what(unread))
    is_upload = unread.direction is Direction.UPLOAD
    if unread.reading is Reading.HELD:
        said = tr("{what} is not read to its end; {queued}")
    elif unread.reading is Reading.WAITS:
        said = tr(
            "{what} was still being listed when s3gui ended. It is listed again as soon as its"
            " connection is open; {queued}"
        )
    elif is_upload:
        said = tr("{what} was still being read when s3gui ended. It is being read again; {queued}")
    else:
        said = tr(
            "{what} was still being listed when s3gui ended. It is being listed again; {queued}"
        )
    if is_upload:
        count = trn("{count} file so far", "{count} files so far", unread.queued)
    else:
        count = trn("{count} object so far", "{count} objects so far", unread.queued)
    return said.format(what=what(unread), queued=count.format(count=figure(unread.queued)))


def not_read(unread: Unread, error: S3guiError) -> S3guiError:
    """Why it is not read to its end, and never will be."""
    hint = error.hint or tr("Ask for it once more; what is in the list already is kept.")
    return _told(tr("{what} was not read to its end").format(what=what(unread)), hint, error)


def not_read_now(unread: Unread, error: S3guiError) -> S3guiError:
    """Why it is not read to its end yet, and is tried again by itself."""
    hint = tr("It is tried again every half minute, and at the next start.")
    return _told(tr("{what} cannot be read to its end now").format(what=what(unread)), hint, error)


def kept(unread: Unread, error: S3guiError) -> S3guiError:
    """Why it is not read to its end yet, and who goes on with it."""
    hint = tr("It is kept. s3gui transfers resume goes on with it.")
    return _told(tr("{what} cannot be read to its end now").format(what=what(unread)), hint, error)


def _told(title: str, hint: str, error: S3guiError) -> S3guiError:
    told = S3guiError(
        title,
        str(error),
        hint,
        code=error.code,
        request_id=error.request_id,
        kind=error.kind,
    )
    told.profile_id = error.profile_id
    return told
