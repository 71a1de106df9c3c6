"""What one connection's small downloads need on the loop: their lines, and what is there."""

import asyncio
import os
import stat
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from s3gui.domain.errors import JournalError, S3guiError
from s3gui.domain.existing import Existing
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.domain.quick import GetsQuickly, QuickGet
from s3gui.domain.text import tr
from s3gui.domain.transfer import ErrorNote, State, Waiting
from s3gui.transfers.conflicts import Incoming, Verdict, already_there, decide, is_answered
from s3gui.transfers.disks import working_at
from s3gui.transfers.downloading import small_disk
from s3gui.transfers.downloading.small_errand import Fetching
from s3gui.transfers.journal import StateChange, unbroken
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row
from s3gui.transfers.small_back import A_TURN, Back
from s3gui.transfers.small_threads import Fleet

#: Rows of one look at a disk.
_A_LOOK = 64
#: The policies that tell, by what the listing told, what becomes of a row whose name is taken.
_BY_NAME = frozenset({IfExists.SKIP, IfExists.ASK})
Sight = os.stat_result | OSError | S3guiError | None


class Stream:
    """The rows of one connection that go to one disk."""

    def __init__(self, profile_id: str, disk: str) -> None:
        self.profile_id = profile_id
        self.disk = disk
        self.rows: set[Row] = set()
        #: To be looked for; free to be fetched; fetched, and to be written.
        self.line: deque[Fetching] = deque()
        self.ready: deque[Fetching] = deque()
        self.come: deque[Fetching] = deque()
        self.is_looking = False
        #: Sent, and not at their names yet.
        self.afloat: set[Fetching] = set()
        self.afloat_bytes = 0
        #: Batches that are on their way to the disk.
        self.settling = 0
        self._seen: list[Fetching] = []

    def send(self, errand: Fetching) -> None:
        """It goes on the wire."""
        self.afloat.add(errand)
        self.afloat_bytes += errand.row.transfer.size

    def land(self, errand: Fetching) -> None:
        """It is through, wherever it was."""
        if errand in self.afloat:
            self.afloat.discard(errand)
            self.afloat_bytes -= errand.row.transfer.size

    def group(self) -> list[Fetching]:
        """The next that are looked for together."""
        self._seen = [self.line.popleft() for _ in range(min(_A_LOOK, len(self.line)))]
        return self._seen

    def looked(self) -> None:
        """Those of the last group have gone on."""
        self._seen = []

    def take_back(self) -> list[Fetching]:
        """Those that were not looked for: the look failed."""
        left, self._seen = self._seen, []
        return left


class Lane:
    """One connection's.

    Args:
        gather: called on the loop when something has ended in the threads.
    """

    def __init__(self, gather: Callable[[], None]) -> None:
        self.fleet = Fleet()
        self.back: Back[Fetching] = Back(gather)
        #: Those that are runners', as many at once as others may run.
        self.beside: deque[Fetching] = deque()
        self.beside_running: set[Row] = set()
        self._streams: dict[str, Stream] = {}
        self._of_row: dict[Row, Stream] = {}
        self._session: Session | None = None
        self._asked: Session | None = None
        self._serves = False
        self._ways: dict[str, QuickGet | None] = {}

    def serves(self, session: Session) -> bool:
        """Whether small objects go through here with this session."""
        if session is not self._asked:
            self._asked = session
            self._serves = isinstance(session.objects, GetsQuickly)
        return self._serves

    def put(self, row: Row, disk: str) -> Stream:
        """Takes a row in."""
        stream = self._streams.get(disk)
        if stream is None:
            stream = self._streams[disk] = Stream(row.transfer.profile_id, disk)
        stream.rows.add(row)
        self._of_row[row] = stream
        return stream

    def drop(self, row: Row) -> bool:
        """Whether it was here."""
        stream = self._of_row.pop(row, None)
        if stream is None:
            return False
        stream.rows.discard(row)
        return True

    def stream_of(self, row: Row) -> Stream:
        """Where a row is."""
        return self._of_row[row]

    def held(self, hung: Collection[str]) -> int:
        """Rows that are here, but for those whose disk does not answer."""
        return sum(len(one.rows) for disk, one in self._streams.items() if disk not in hung)

    def forget_ways(self) -> None:
        """Something was learnt from an answer that may hold for the next ones."""
        self._ways.clear()

    async def _way(self, errand: Fetching) -> QuickGet | None:
        session, bucket = errand.session, errand.origin.location.bucket
        if session is not self._session:
            self._session = session
            self._ways.clear()
        if bucket not in self._ways:
            objects = session.objects
            way = await objects.quick_get(bucket) if isinstance(objects, GetsQuickly) else None
            if session is not self._session:
                return way
            self._ways[bucket] = way
            if way is None and session is self._asked:
                self._serves = False
        return self._ways[bucket]

    async def look(self, stream: Stream, kit: Kit, ways_out: "WaysOut") -> None:
        """Looks at what is at the places of the next rows; those that are free are ``ready``.

        Raises:
            S3guiError: they cannot be fetched here.
        """
        group = stream.group()
        for errand in group:
            errand.way = None if errand.was_stopped else await self._way(errand)
        paths = [errand.row.transfer.path for errand in group]
        sizes = [errand.row.transfer.size for errand in group]
        with working_at(paths[0]):
            sights = await kit.threads.sync(small_disk.look, paths, sizes, stream.disk)
        stream.looked()
        resting: list[tuple[Fetching, Existing]] = []
        for number, (errand, sight) in enumerate(zip(group, sights, strict=True), start=1):
            if errand.was_stopped:
                continue
            there = _sort(errand, sight)
            if there is not None and errand.take():
                resting.append((errand, there))
            elif sight is None or errand.replaces:
                stream.ready.append(errand)
            else:
                ways_out.beside(errand)
            if not number % A_TURN:
                await asyncio.sleep(0)
        if resting:
            await _rest(resting, kit, ways_out)


@dataclass(frozen=True, slots=True)
class WaysOut:
    """For rows that are not fetched here."""

    #: To a runner, with no more of them than others may run; at once; to rest.
    beside: Callable[[Fetching], None]
    give: Callable[[Fetching], None]
    finish: Callable[[Fetching], None]


def _sort(errand: Fetching, sight: Sight) -> Existing | None:
    """What makes a row rest; ``None``: it is fetched (``replaces``), or somebody else's."""
    if not isinstance(sight, os.stat_result) or not stat.S_ISREG(sight.st_mode):
        return None
    policy = errand.row.transfer.if_exists
    errand.replaces = policy is IfExists.OVERWRITE
    if policy not in _BY_NAME:
        return None
    return Existing(sight.st_size, datetime.fromtimestamp(sight.st_mtime, UTC))


async def _rest(resting: Sequence[tuple[Fetching, Existing]], kit: Kit, ways_out: WaysOut) -> None:
    """What is there stays, or a person decides; as ``Place.settle``."""
    changes: list[StateChange] = []
    waits: list[Waiting | None] = []
    for errand, there in resting:
        transfer, origin = errand.row.transfer, errand.origin
        incoming = Incoming(transfer.size, origin.modified)
        decision = decide(transfer.if_exists, incoming, there)
        if decision.verdict is Verdict.SKIP:
            note = ErrorNote(tr("Skipped"), decision.why, code="LeftAlone")
            changes.append(StateChange(transfer.id, State.SKIPPED, note))
            waits.append(None)
        else:
            transfer.there = there
            note = ErrorNote.of(already_there(str(transfer.path), there, decision.why))
            changes.append(StateChange(transfer.id, State.PAUSED, note))
            waits.append(Waiting.CONFLICT)
    try:
        await unbroken(kit.journal.change(changes, kit.clock.now()))
    except JournalError:
        # The runner meets it as well, and knows what to do.
        for errand, _ in resting:
            ways_out.give(errand)
        return
    for (errand, _), change, waiting in zip(resting, changes, waits, strict=True):
        transfer = errand.row.transfer
        # Answered for the whole batch while it was about to ask: it is queued, and goes on.
        if waiting is not Waiting.CONFLICT or not is_answered(transfer):
            transfer.move_to(change.state, waiting=waiting, error=change.error)
        ways_out.finish(errand)
