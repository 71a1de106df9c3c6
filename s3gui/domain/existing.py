"""What is at a destination already, and what is said of a write that had to mind it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from s3gui.domain.text import noop


@dataclass(frozen=True, slots=True)
class Existing:
    """The object, or the local file, that a transfer would replace."""

    #: Bytes; ``None``: something is there, and nobody may look at it.
    size: int | None
    modified: datetime | None = None
    #: "" where the server tells none, and for a file.
    etag: str = ""


class Remark(Enum):
    """What a person should know of a row that went well; kept with it in the journal."""

    #: There is no condition to write under: somebody may have written in the last moment.
    LOOKED = "looked"
    #: The condition was sent, and nothing was seen yet that shows that the server keeps to it.
    UNPROVED = "unproved"
    NOT_COMPARED = "not-compared"
    #: Of a copy within a connection: its server does not copy, or not this object.
    THROUGH = "through"
    TAGS_LEFT = "tags-left"
    ACL_LEFT = "acl-left"
    HEADERS_LEFT = "headers-left"
    CLASS_LEFT = "class-left"
    ENCRYPTION_LEFT = "encryption-left"


#: What a copy lacks of what it is a copy of.
LEFT_BEHIND = frozenset(
    {
        Remark.TAGS_LEFT,
        Remark.ACL_LEFT,
        Remark.HEADERS_LEFT,
        Remark.CLASS_LEFT,
        Remark.ENCRYPTION_LEFT,
    }
)

REMARK_TEXT = {
    Remark.LOOKED: noop("Checked before writing; this server cannot make it certain"),
    Remark.UNPROVED: noop(
        "Checked before writing; this server has not shown that it makes it certain"
    ),
    Remark.NOT_COMPARED: noop("What was there could not be compared, and was overwritten"),
    Remark.THROUGH: noop("Copied through this machine; the server does not copy it itself"),
    Remark.TAGS_LEFT: noop("The tags could not be copied"),
    Remark.ACL_LEFT: noop("Who may read it could not be copied"),
    Remark.HEADERS_LEFT: noop("Not all of its headers and metadata could be copied"),
    Remark.CLASS_LEFT: noop("It is in another storage class than the original"),
    Remark.ENCRYPTION_LEFT: noop("The original is encrypted by the server, the copy is not"),
}
