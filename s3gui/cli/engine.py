"""The queue for the time of one command, and following its transfers to their end."""

import argparse
import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from s3gui.cli.output import Output, Summary
from s3gui.cli.setup import settings_of
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.errors import Conflict, JournalError, NeedsCredentials, S3guiError
from s3gui.domain.limits import NO_LIMIT
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import Reading, ScanResult, Unread
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import ENDED, Direction, ErrorNote, State, Transfer, Waiting
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import Journal
from s3gui.transfers.left_store import AbortTodo
from s3gui.transfers.queue import TransferQueue

#: Between two looks at the byte counters, in seconds.
SAMPLE_S = 0.5
_SETTLED = ENDED | {State.PAUSED}
_LIVE = frozenset(State) - ENDED
#: What was asked for is so.
_DONE = frozenset({State.COMPLETED, State.SKIPPED})


class Engine:
    """What a command needs to show and to run transfers."""

    def __init__(
        self,
        state_dir: Path,
        connections: Connections,
        settings: Settings,
        output: Output,
        saved: Collection[str] = (),
    ) -> None:
        self.connections = connections
        #: Ids of the connections that are saved.
        self.saved = saved
        self._state_dir = state_dir
        self._settings = settings
        self._output = output

    def run(self, args: argparse.Namespace) -> "Run":
        """The queue over this state directory, which nobody else has meanwhile."""
        queue = TransferQueue(
            Journal(self._state_dir), self.connections, settings_of(args, self._settings)
        )
        return Run(queue, self._output)

    async def journaled(self) -> "Journaled":
        """The rows, and what else is to be done at a later start; nothing is started.

        Raises:
            JournalError: another s3gui has the journal, or it cannot be read.
        """
        journal = Journal(self._state_dir)
        await journal.open()
        try:
            drops = await journal.unread()
            rows = [row.transfer for row in await journal.load()]
            if journal.damage is not None:
                drops = []
                self._output.error(journal.damage)
            unread = [drop.unread() for drop in drops]
            return Journaled(rows, await journal.aborts(), unread)
        finally:
            await journal.close()


@dataclass(frozen=True, slots=True)
class Journaled:
    """What the journal has."""

    rows: list[Transfer]
    #: Uploads that are still to be aborted.
    aborts: list[AbortTodo]
    unread: list[Unread]


class Run:
    """The queue at work on some transfers: says what becomes of them, and waits for them.

    As a context it starts the queue, which leaves the rows of earlier runs alone until it is told
    otherwise, and ends, also when it is left by Ctrl-C, with the queue stopped and a summary said.
    """

    def __init__(self, queue: TransferQueue, output: Output) -> None:
        self.queue = queue
        self.summary = Summary()
        #: At the end; for commands that send something.
        self.says_summary = False
        #: What keeps everything from going on (keys that expired).
        self.problem: S3guiError | None = None
        self._output = output
        self._mine: dict[int, Transfer] = {}
        self._said: dict[int, tuple[State, Waiting | None, int | None]] = {}
        #: Asked to go on, and not moved yet.
        self._asked: set[int] = set()
        #: What this run leaves alone.
        self._held: set[int] = set()
        self._changed = asyncio.Event()
        self._watching = ExitStack()
        self._started = False

    async def __aenter__(self) -> "Run":
        """Starts the queue.

        Raises:
            JournalError: another s3gui has the journal, or it cannot be read.
        """
        self._watching.callback(self.queue.watch(self))
        self._watching.callback(self.queue.watch_limits(self._output.limits))
        if self.queue.limits != NO_LIMIT:
            self._output.limits(self.queue.limits)
        self._watching.callback(self.queue.watch_unread(self._output.unread))
        await self.queue.start(go_on=False)
        self._held = {one.id for one in self.queue.unread}
        self._started = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What runs is on its way back into the queue; it is counted when it is there.
        await self.queue.close()
        # Closing the connections is no news to a person who waits for the prompt.
        self._watching.close()
        self.summary.interrupted = isinstance(error, asyncio.CancelledError)
        for transfer in self._mine.values():
            self.summary.count(transfer)
        self.summary.unread = sum(one.id not in self._held for one in self.queue.unread)
        if self.says_summary:
            self._output.summary(self.summary)

    @property
    def all_done(self) -> bool:
        """Every row that is followed is stored, or was to be left alone, and none was left out."""
        done = all(row.state in _DONE for row in self._mine.values())
        return done and not self.summary.skipped

    def follow(self, transfers: Iterable[Transfer], *, asked: bool = False) -> None:
        """Says and waits for these, too; ``asked``: they are settled only once they have moved."""
        for transfer in transfers:
            if asked:
                self._asked.add(transfer.id)
            if transfer.id not in self._mine:
                self._mine[transfer.id] = transfer
                self._say(transfer)
        self._changed.set()

    def go_on(self, transfers: Iterable[Transfer]) -> None:
        """Follows rows of an earlier run and has them take their place in the queue again.

        One a destination: another one for the same key is left as it is, and said.
        """
        taken = {_place(row) for row in self.queue.transfers if row.state in _LIVE}
        for row in transfers:
            if row.state in ENDED and _place(row) in taken:
                self._output.error(_taken(row))
                self.summary.skipped += 1
                continue
            taken.add(_place(row))
            self.follow([row], asked=row.state is not State.QUEUED)
            if row.state in ENDED:
                self.queue.retry([row.id])
            else:
                self.queue.resume([row.id])

    def left(self, fits: Callable[[Unread], bool]) -> list[Unread]:
        """What an earlier run did not read to its end, of what is meant."""
        return [one for one in self.queue.unread if one.id in self._held and fits(one)]

    async def read_on(
        self,
        left: Unread,
        if_exists: IfExists | None = None,
        customer_key: CustomerKey | None = None,
    ) -> ScanResult:
        """Reads it to its end.

        Raises:
            S3guiError: it cannot be read.
        """
        self._held.discard(left.id)
        return await self.queue.read_on(left.id, if_exists=if_exists, customer_key=customer_key)

    def leave_out(self, left: Iterable[Unread]) -> None:
        """What of it is not read yet is not wanted any more."""
        for one in left:
            self.queue.stop_reading([one.id])
            self._output.unread(replace(one, reading=Reading.OVER))

    @property
    def undecided(self) -> list[Transfer]:
        """The rows that wait for what becomes of an object that exists already."""
        return [
            row
            for row in self._mine.values()
            if row.state is State.PAUSED
            and row.waiting is Waiting.CONFLICT
            and row.id not in self._asked
        ]

    def decide(self, row: Transfer, policy: IfExists) -> None:
        """Has a row that waits go on as it says; it is settled once it has moved."""
        self.follow([row], asked=True)
        self.queue.decide([row.id], policy)

    async def until(self, settled: Collection[State] = _SETTLED) -> None:
        """Waits until each row that is followed is in one of these states, or none can go on."""
        # Only the first of those that were open last is looked at: all of them, with each row that
        # moves, would take longer than thousands of small files.
        rows = deque(self._open(settled))
        while self.problem is None and rows:
            self._changed.clear()
            try:
                async with asyncio.timeout(SAMPLE_S):
                    await self._changed.wait()
            except TimeoutError:
                rows = deque(self._open(settled))
                self._output.progress(
                    [row for row in rows if row.state in {State.RUNNING, State.FINISHING}],
                    self.queue.rate_of,
                )
            while rows and not self._is_open(rows[0], settled):
                rows.popleft()
            rows = rows or deque(self._open(settled))
        if self.problem is not None:
            self._output.error(self.problem)

    def _open(self, settled: Collection[State]) -> list[Transfer]:
        return [row for row in self._mine.values() if self._is_open(row, settled)]

    def _is_open(self, row: Transfer, settled: Collection[State]) -> bool:
        return row.state not in settled or row.id in self._asked

    def _say(self, transfer: Transfer) -> None:
        now = (transfer.state, transfer.waiting, transfer.places)
        if self._said.get(transfer.id) == now:
            return
        self._said[transfer.id] = now
        self._output.state(transfer)
        if transfer.waiting is Waiting.CREDENTIALS and transfer.state is not State.FAILED:
            self.problem = _keys_refused(transfer.error)

    # QueueObserver

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Once started, rows are only added for the command that runs."""
        if self._started:
            self.follow(transfers)

    def transfer_changed(self, transfer: Transfer) -> None:
        """Says a new state of one that is followed."""
        if transfer.id in self._mine:
            self._asked.discard(transfer.id)
            self._say(transfer)
            self._changed.set()

    def transfers_removed(self, ids: Collection[int]) -> None:
        """Nobody removes rows while a command runs."""

    def order_changed(self) -> None:
        """The order does not matter here."""

    def queue_problem(self, error: S3guiError) -> None:
        """Says what belongs to no row; without a journal nothing may go on."""
        if isinstance(error, JournalError) and error.code != "JournalDamaged":
            self.problem = error
            self._changed.set()
        else:
            self._output.error(error)


def _place(transfer: Transfer) -> tuple[str, Location] | Path:
    if transfer.direction is Direction.DOWNLOAD:
        return transfer.path
    return transfer.profile_id, transfer.location


def _keys_refused(why: ErrorNote | None) -> NeedsCredentials:
    said = [text.rstrip(".") for text in (why.title, why.detail) if text] if why else []
    return NeedsCredentials(
        tr("The keys are not accepted any more"),
        f"{'. '.join(said)}." if said else tr("They expired, or were withdrawn."),
        tr("Run the command again with keys that work; it goes on where it stopped."),
        code=why.code if why else "",
        request_id=why.request_id if why else "",
    )


def _taken(transfer: Transfer) -> Conflict:
    down = transfer.direction is Direction.DOWNLOAD
    place = transfer.path if down else transfer.location
    return Conflict(
        tr("Another transfer to {place} is in the list").format(place=visible(str(place))),
        hint=tr("Wait for it, or cancel it, then try again."),
        code="DestinationTaken",
    )
