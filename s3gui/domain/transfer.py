"""A transfer as everybody sees it: its states, the moves between them, and its parts' counters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from s3gui.domain.errors import S3guiError
from s3gui.domain.existing import Existing, Remark
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Origin, Priority
from s3gui.domain.part_log import PartLog
from s3gui.domain.parts import Meter, Part, PartPlan


class Direction(Enum):
    """Which way the bytes go."""

    UPLOAD = "up"
    DOWNLOAD = "down"
    COPY = "copy"


class State(Enum):
    """Where a transfer stands. Why it waits, if it does, is ``Transfer.waiting``."""

    QUEUED = "queued"
    RUNNING = "running"
    #: CompleteMultipartUpload is on its way; its outcome decides, so nothing may stop it.
    FINISHING = "finishing"
    COMPLETED = "completed"
    PAUSED = "paused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: Something is at its destination already, and the person wanted that left alone.
    SKIPPED = "skipped"

    #: There is one of each. Enum's own is a call in Python, six for each change of a row.
    __hash__ = object.__hash__


class Waiting(Enum):
    """Why a transfer that should go on does not; beside the state, not a state."""

    NETWORK = "network"
    THROTTLED = "throttled"
    CREDENTIALS = "credentials"
    SOURCE_CHANGED = "source-changed"
    CONFLICT = "conflict"
    OUTCOME_UNKNOWN = "outcome-unknown"
    DISK_FULL = "disk-full"
    DISK_SILENT = "disk-silent"


MOVES: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.PAUSED, State.FAILED, State.CANCELLED}),
    # Back to QUEUED: the program is shutting down, or another file was moved ahead.
    State.RUNNING: frozenset(
        {
            State.FINISHING,
            State.PAUSED,
            State.FAILED,
            State.CANCELLED,
            State.SKIPPED,
            State.QUEUED,
        }
    ),
    # Back to QUEUED: the program ends while the outcome is unknown; HEAD decides at the next start.
    State.FINISHING: frozenset({State.COMPLETED, State.FAILED, State.QUEUED}),
    State.PAUSED: frozenset({State.QUEUED, State.CANCELLED}),
    State.FAILED: frozenset({State.QUEUED, State.CANCELLED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset({State.QUEUED}),
    State.SKIPPED: frozenset({State.QUEUED}),
}

#: Something of it is, or will be, on the wire.
ACTIVE = frozenset({State.RUNNING, State.FINISHING})
#: Nothing will happen to it unless a person asks.
ENDED = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED, State.SKIPPED})


class WrongMoveError(Exception):
    """A transfer was told to go where the table does not let it: a fault of ours."""


class PartState(Enum):
    """Where a part stands."""

    WAITING = "waiting"
    HASHING = "hashing"
    SENDING = "sending"
    #: All bytes are out, the server's answer is awaited.
    SENT = "sent"
    #: The server confirmed it, its ETag was compared, the journal has it.
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class PartProgress:
    """One part's row: what the part map and the part bars draw."""

    part: Part
    state: PartState = PartState.WAITING
    attempt: int = 0
    etag: str = ""
    #: Milliseconds the last attempt took, 0 while it runs.
    took_ms: int = 0
    #: Why the last attempt failed, plain text.
    problem: str = ""
    #: Counts the attempt in flight; a retry gets a new one, so the part starts from nothing again.
    meter: Meter | None = None

    @property
    def moved(self) -> int:
        """Bytes of this part that count as sent (invariant 5)."""
        if self.state is PartState.DONE:
            return self.part.length
        return min(self.meter.moved, self.part.length) if self.meter is not None else 0


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What tells a local file from another, or from itself after a change (fstat)."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class ErrorNote:
    """An error as it is kept: in the row, in the journal, in ``--json``."""

    title: str
    detail: str = ""
    hint: str = ""
    code: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, error: S3guiError) -> "ErrorNote":
        """The words of ``error``, without the exception."""
        return cls(error.title, error.detail, error.hint, error.code, error.request_id)


#: Called on the loop after a transfer's state, waiting reason or plan changed; never a byte count.
Observer = Callable[["Transfer"], None]


@dataclass(slots=True, eq=False)
class Transfer:
    """One file or object on its way. Owned by the queue; everybody else only reads it.

    ``move_to`` is the only way its state changes, and only the queue and the engine call it.
    """

    id: int
    profile_id: str
    direction: Direction
    #: The object that is made; of a download the one that is read.
    location: Location
    #: The local file; of a copy empty.
    path: Path
    #: Bytes; of an upload as the scan saw it, then as the open file says.
    size: int
    #: Order in the queue; lower goes first.
    position: int
    #: Groups what was dropped together.
    batch: str = ""
    #: What a download or a copy reads.
    origin: Origin | None = None
    #: The copy removes what it was made of, once that is verified.
    is_move: bool = False
    priority: Priority = Priority.NORMAL
    if_exists: IfExists = IfExists.OVERWRITE
    state: State = State.QUEUED
    waiting: Waiting | None = None
    #: While the server asks to slow down: parts of its connection that may be in flight.
    places: int | None = None
    error: ErrorNote | None = None
    #: While it waits for a decision: what is at its destination, as far as it was seen in this run.
    there: Existing | None = None
    verified: Verified | None = None
    #: What a person should know of it beside how it was verified.
    remarks: tuple[Remark, ...] = ()
    #: It was copied, and is read again on both sides; its parts are the ranges that are compared.
    is_comparing: bool = False
    content_type: str = ""
    upload_id: str = ""
    #: 0 before it is planned. One part that is the whole file, sent by PutObject: ``is_single``.
    part_bytes: int = 0
    is_single: bool = False
    identity: FileIdentity | None = None
    #: Parts ready so far when they are not loaded as rows (a finished transfer from the journal).
    etag: str = ""
    version_id: str | None = None
    created: datetime | None = None
    #: When its first byte, or its first request, was due in the run that finished it.
    started: datetime | None = None
    finished: datetime | None = None
    parts: list[PartProgress] = field(default_factory=list)
    observer: Observer | None = None
    #: Of the parts that are done: ten thousand rows are not summed up five times a second.
    _done_bytes: int = 0
    _done_parts: int = 0
    _flying: dict[int, PartProgress] = field(default_factory=dict)
    part_log: PartLog = field(default_factory=PartLog)

    def move_to(
        self,
        state: State,
        *,
        waiting: Waiting | None = None,
        error: ErrorNote | None = None,
        tells: bool = True,
    ) -> None:
        """Changes the state, and says so to the observer.

        Without ``tells`` the next change says it with its own: for what lasts some milliseconds.

        Raises:
            WrongMoveError: the table has no such move.
        """
        if state is not self.state and state not in MOVES[self.state]:
            raise WrongMoveError(f"transfer {self.id}: {self.state.value} to {state.value}")
        self.state = state
        self.waiting = waiting
        self.places = None
        self.error = error
        if tells:
            self.changed()

    def wait_for(
        self, reason: Waiting | None, error: ErrorNote | None = None, *, places: int | None = None
    ) -> None:
        """Says why nothing moves (or that it does again) without changing the state."""
        if reason is not self.waiting or places != self.places:
            self.waiting = reason
            self.error = error
            self.places = places
            self.changed()

    def changed(self) -> None:
        """Tells the observer."""
        if self.observer is not None:
            self.observer(self)

    def lay_out(self, plan: PartPlan) -> None:
        """Makes the rows of the parts, all waiting."""
        self.part_bytes = plan.part_bytes
        self.parts = [PartProgress(part) for part in plan]
        self._start_counting()

    def lay_out_whole(self) -> None:
        """``lay_out`` of one part that is the whole file."""
        self.part_bytes = max(1, self.size)
        self.parts = [PartProgress(Part(1, 0, self.size))]
        self._start_counting()

    def unplan(self) -> None:
        """Forgets plan, upload id and parts: the next attempt starts from the first byte."""
        self.upload_id = ""
        self.part_bytes = 0
        self.is_single = False
        self.identity = None
        self.parts = []
        self._start_counting()

    def _start_counting(self) -> None:
        self._done_bytes = self._done_parts = 0
        self._flying.clear()
        self.part_log.begin()

    def part_flying(self, number: int, meter: Meter) -> PartProgress:
        """Begins an attempt at a part, counted by ``meter`` from nothing."""
        row = self.parts[number - 1]
        self._forget(row)
        row.attempt += 1
        row.meter = meter
        row.took_ms, row.problem, row.state = 0, "", PartState.HASHING
        self._flying[number] = row
        return row

    def part_done(self, number: int, etag: str) -> None:
        """Counts a part as confirmed by the server."""
        row = self.parts[number - 1]
        self._forget(row)
        row.state = PartState.DONE
        row.etag = etag
        self._done_bytes += row.part.length
        self._done_parts += 1

    def part_back(self, number: int, state: PartState = PartState.WAITING, why: str = "") -> None:
        """Takes a part's bytes out of the count: it failed, was stopped, or must be sent again."""
        row = self.parts[number - 1]
        self._forget(row)
        row.state = state
        row.problem = why
        row.etag = ""

    def _forget(self, row: PartProgress) -> None:
        self._flying.pop(row.part.number, None)
        if row.state is PartState.DONE:
            self._done_bytes -= row.part.length
            self._done_parts -= 1
        row.meter = None
        self.part_log.note(row.part.number)

    @property
    def rank(self) -> int:
        """Who goes first: lower does. By priority, then by the person's order."""
        return self.position - self.priority.value * (1 << 40)

    @property
    def keeps_parts(self) -> bool:
        """Something of it is kept, on the server or in a ``.part``, for a retry to go on from."""
        grows = self.direction is Direction.DOWNLOAD and bool(self.parts)
        return bool(self.upload_id) or grows

    @property
    def moved(self) -> int:
        """Bytes that count as sent: the sum of the parts' counters (invariant 5)."""
        if self.state is State.COMPLETED:
            return self.size
        return self._done_bytes + sum(row.moved for row in self._flying.values())

    @property
    def parts_done(self) -> int:
        """Parts that the server confirmed."""
        return self.parts_total if self.state is State.COMPLETED else self._done_parts

    @property
    def parts_total(self) -> int:
        """Parts in the plan; 0 before there is one."""
        if self.parts:
            return len(self.parts)
        return PartPlan(self.size, self.part_bytes).count if self.part_bytes else 0

    @property
    def parts_flying(self) -> tuple[PartProgress, ...]:
        """The parts that are being hashed or sent now."""
        return tuple(self._flying.values())
