"""Both sides of a transfer, read again: what is compared, how far it is, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter, Part
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import noop, tr


class Finding(Enum):
    """What became of the two sides, in one word."""

    SAME = "same"
    #: The object's bytes are not the file's, and neither says that it was changed.
    DIFFERENT = "different"
    FILE_CHANGED = "file-changed"
    FILE_GONE = "file-gone"
    REPLACED = "replaced"
    GONE = "gone"
    #: One side could not be read to its end.
    UNREADABLE = "unreadable"


FINDING_TEXT = {
    Finding.SAME: noop("The same, both sides read again"),
    Finding.DIFFERENT: noop("The bytes differ"),
    Finding.FILE_CHANGED: noop("The local file changed since"),
    Finding.FILE_GONE: noop("The local side is not there any more"),
    Finding.REPLACED: noop("The object was replaced"),
    Finding.GONE: noop("The object is gone"),
    Finding.UNREADABLE: noop("It could not be read"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be compared: an object, and a local file or what it was copied from."""

    profile_id: str
    location: Location
    version_id: str | None = None
    path: Path | None = None
    source: Location | None = None
    source_profile_id: str = ""
    #: Of the transfer; ``None`` where there was none.
    receipt: Receipt | None = None

    @classmethod
    def of(cls, receipt: Receipt) -> "Subject":
        """Both sides of a finished transfer."""
        return cls(
            receipt.profile_id,
            receipt.location,
            receipt.version_id,
            receipt.path,
            receipt.source,
            receipt.source_profile_id,
            receipt,
        )

    @property
    def near_text(self) -> str:
        """The other side of the object. Not safe to show."""
        return str(self.path if self.path is not None else self.source)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it ended; ``notes`` are sentences for a person, already in their language."""

    finding: Finding
    at: datetime
    notes: tuple[str, ...] = ()
    #: The parts whose bytes differ.
    differing: tuple[Part, ...] = ()
    #: Of the object as it is now.
    size: int | None = None
    etag: str = ""
    version_id: str | None = None
    #: Base64, over all bytes of the object as they came, "" where they were not all read.
    crc32: str = ""
    error: S3guiError | None = None

    @property
    def title(self) -> str:
        """The finding in words."""
        return tr(FINDING_TEXT[self.finding])


@dataclass(slots=True, eq=False)
class Check:
    """One comparison on its way. Bytes are sampled, nothing tells of them."""

    subject: Subject
    #: Bytes to read, of both sides together; 0 before that is known.
    total_bytes: int = 0
    is_running: bool = False
    verdict: Verdict | None = None
    _done_bytes: int = 0
    _meters: list[Meter] = field(default_factory=list)

    @property
    def moved_bytes(self) -> int:
        """Bytes read so far."""
        return min(self.total_bytes, self._done_bytes + sum(meter.moved for meter in self._meters))

    def begin(self, meters: Sequence[Meter]) -> None:
        """Reading of a part begins."""
        self._meters.extend(meters)

    def end(self, meters: Sequence[Meter], read_bytes: int) -> None:
        """It ended; ``read_bytes`` count for good."""
        for meter in meters:
            meter.stop()
            self._meters.remove(meter)
        self._done_bytes += read_bytes
