"""A list of transfers that cannot be read: what counts as that, and what is said of it."""

from pathlib import Path

from s3gui.domain.errors import JournalError
from s3gui.domain.text import tr, visible

#: A row that nobody of us wrote.
UNREADABLE = "JournalUnreadable"
#: SQLite's words for a file that is damaged, none of its own, or has other tables than ours.
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def is_damage(name: str) -> bool:
    """Whether an error of SQLite says that the file is damaged."""
    return name.startswith(_DAMAGED)


def is_unreadable(error: JournalError) -> bool:
    """Whether the rows cannot be read, now or ever, though the file can."""
    return error.code in {UNREADABLE, "SQLITE_ERROR"} or is_damage(error.code)


def moved_aside(aside: Path) -> JournalError:
    """What is told when a new list was begun."""
    return JournalError(
        tr("The list of transfers was damaged and could not be read"),
        tr("It was moved to {path}; a new list was begun.").format(path=visible(str(aside))),
        tr(
            "Unfinished uploads are still on the server: s3gui unfinished s3://bucket/ finds them."
            " Drop the files again to send them."
        ),
        code="JournalDamaged",
    )
