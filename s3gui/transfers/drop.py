"""What was asked for together, and how far its folders are walked or its prefixes listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Priority
from s3gui.domain.queueing import Mapped, Reading, ScanResult, Skipped, Unread, Wanted
from s3gui.domain.transfer import Direction


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """How far something is read: the last thing that was looked at, in the order of the reading."""

    #: Which of the paths, or of what is wanted; -1: nothing was looked at.
    index: int = -1
    #: The path below that one ("" for itself), or the object's key.
    name: str = ""

    def __bool__(self) -> bool:
        return self.index >= 0


#: Where reading begins.
START = Mark()
NOWHERE = Location("")


@dataclass(frozen=True, slots=True)
class Progress:
    """What the journal keeps of a drop together with the rows of a batch."""

    id: int
    #: It is read to its end, and needs not be kept any more.
    is_last: bool
    mark: Mark
    #: Files, bytes, and objects that were here already, in all.
    queued: int
    queued_bytes: int
    had: int
    #: What came with this batch.
    skipped: tuple[Skipped, ...]
    mapped: tuple[Mapped, ...]


@dataclass(slots=True, eq=False)
class Drop:
    """What was dropped, or asked for, together, until its folders or lists are read to their end.

    The journal has it from before they are read, so that a program that ends meanwhile loses none
    of it: the next start reads on behind ``mark``, which is written together with the rows that it
    stands for. So each thing is queued once, whatever becomes of the rows: also one that was
    finished and taken out of the history by then is not sent again.
    """

    profile_id: str
    options: ObjectOptions
    batch: str
    direction: Direction = Direction.UPLOAD
    if_exists: IfExists = IfExists.OVERWRITE
    is_move: bool = False
    priority: Priority = Priority.NORMAL
    #: Masks and types; the first mask that fits counts, see ``content_types.type_by_rules``.
    content_types: Sequence[tuple[str, str]] = ()
    #: Bytes of a part of an upload; 0: as the settings say when it starts.
    part_bytes: int = 0

    #: Files and folders, absolute.
    paths: tuple[Path, ...] = ()
    #: What a download or a copy reads, and over which connection.
    wanted: tuple[Wanted, ...] = ()
    source_profile_id: str = ""
    #: Where an upload or a copy goes; ``exactly`` as in ``TransferCommands.copy``.
    where: Location = NOWHERE
    exactly: bool = False
    #: Where a download goes.
    folder: Path = Path()
    as_name: str = ""
    have: Mapping[Location, str] = field(default_factory=dict)

    #: The journal's; 0: it is not there.
    id: int = 0
    mark: Mark = START
    reading: Reading = Reading.ON
    #: What was told of it last; ``None``: nobody is told, who asked for it waits.
    told: int | None = None
    #: Somebody does not want the rest any more.
    is_stopped: bool = False
    queued: int = 0
    queued_bytes: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    mapped: list[Mapped] = field(default_factory=list)
    had: int = 0
    _of_kinds: dict[str, ObjectOptions] = field(default_factory=dict)

    @property
    def profile_ids(self) -> set[str]:
        """The connections that are needed to read it."""
        if self.direction is Direction.UPLOAD:
            return set()
        return {self.profile_id, self.source_profile_id or self.profile_id}

    def options_of(self, kind: str) -> ObjectOptions:
        """The options with a content type.

        Rows of one type share them: a hundred thousand have a few dozen different ones, and what is
        made of them (``s3.lean``) serves all.
        """
        if kind not in self._of_kinds:
            self._of_kinds[kind] = replace(self.options, content_type=kind)
        return self._of_kinds[kind]

    def unread(self) -> Unread:
        """As it is told of."""
        return Unread(
            id=self.id,
            direction=self.direction,
            profile_id=self.profile_id,
            source_profile_id=self.source_profile_id,
            paths=self.paths,
            wanted=self.wanted,
            where=self.where,
            folder=self.folder,
            as_name=self.as_name,
            exactly=self.exactly,
            is_move=self.is_move,
            queued=self.queued,
            queued_bytes=self.queued_bytes,
            reading=self.reading,
        )

    def result(self) -> ScanResult:
        """What became of it."""
        left, other = tuple(self.skipped), tuple(self.mapped)
        return ScanResult(self.batch, self.queued, self.queued_bytes, left, other, self.had)
