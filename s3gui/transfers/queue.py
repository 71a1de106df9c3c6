"""The queue as the window and the command line see it: rows, commands, speed."""

import asyncio
import gc
import random
from collections.abc import Callable, Collection, Sequence

from s3gui.domain.errors import S3guiError
from s3gui.domain.origin import Priority
from s3gui.domain.queueing import QueueObserver
from s3gui.domain.transfer import ACTIVE, ENDED, State, Transfer, Waiting
from s3gui.settings import Settings
from s3gui.transfers.admission import Admission
from s3gui.transfers.clock import Clock, SystemClock
from s3gui.transfers.concurrency import Slots
from s3gui.transfers.conflicts import is_answered
from s3gui.transfers.connections import Connections
from s3gui.transfers.dispatcher import Dispatcher
from s3gui.transfers.downloading.growing import discard_parts
from s3gui.transfers.drops import Drops
from s3gui.transfers.intake import Intake
from s3gui.transfers.journal import Journal, written
from s3gui.transfers.kit import Kit
from s3gui.transfers.limits import Limiter
from s3gui.transfers.observers import Observers
from s3gui.transfers.order import moved
from s3gui.transfers.row import Row, Wish
from s3gui.transfers.speeds import Speeds
from s3gui.transfers.threads import Threads
from s3gui.transfers.wishes import Live

#: Something of it is still to be sent.
_PENDING = frozenset({State.QUEUED}) | ACTIVE
#: Holds its destination (the journal's index ``live_destination``).
_LIVE = _PENDING | {State.PAUSED}
#: So many new rows are worth to be taken from the garbage collector's rounds.
_FREEZE_ROWS = 5_000
#: Rows of earlier runs that are shown in one turn of the loop.
_SHOWN_A_TURN = 250


class TransferQueue(Intake, Speeds):
    """Implements ``TransferCommands``; ``start`` before anything else, ``close`` at the end.

    Args:
        journal: opened by ``start`` and closed by ``close``.
        connections: where the sessions come from; stays its owner's.
        settings: may be changed later, by assigning ``settings``.
        jitter: a random number from 0 to 1.
    """

    def __init__(
        self,
        journal: Journal,
        connections: Connections,
        settings: Settings,
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        clock = clock or SystemClock()
        slots = Slots(settings.parts_in_flight, settings.parts_per_file, clock.monotonic)
        limiter = Limiter(clock)
        self._journal = journal
        self._connections = connections
        self._live = Live()
        self._kit = Kit(
            *(journal, Threads(), slots, clock, jitter, settings, self.tell, limiter, self._live)
        )
        self._kit.configure(settings)
        self._dispatcher = Dispatcher(self._kit, connections, self._live)
        self._observers = Observers()
        self._rows: dict[int, Row] = {}
        self._order: list[Row] = []
        self._transfers: list[Transfer] = []
        #: Rows that came since the collector was told to leave all alone that is there.
        self._unfrozen = 0
        self._active: set[Row] = set()
        self._admission = Admission(self._kit, self._live, self._announce)
        self._drops = Drops(self._kit, connections, self._admission, self._dispatcher.spawn)
        self._pending_bytes = 0

    async def start(self, *, go_on: bool = True) -> None:
        """Opens the journal, brings the rows back, and goes on with what ran or was queued.

        Args:
            go_on: without it, what was queued stays so until ``resume`` names it, and no connection
                is opened for uploads that are still to be aborted.

        Raises:
            JournalError: another s3gui has the journal, it is a newer one's, it cannot be written.
        """
        await self._journal.open()
        try:
            unread = await self._journal.unread()
            rows = await self._journal.load()
            await self._journal.all_creates_lost()
            self._admission.after(await self._journal.last_id(), 0)
            left = {item.profile_id for item in await self._journal.aborts()}
            left |= {item.profile_id for item in await self._journal.lost_creates()}
            await self._bring_back(rows, go_on=go_on)
        except BaseException:
            await self._journal.close()
            raise
        if (problem := self._journal.damage) is not None:
            unread = []  # what it was read from is put aside
            self.tell(problem)
        # Of the others it knows by the backlog.
        said = [row for row in rows if row.wish is not None or row.transfer.waiting is not None]
        self._dispatcher.start(said, left if go_on else set(), go_on=go_on)
        self._drops.start(unread, go_on=go_on)
        self._dispatcher.spawn(self._kit.limiter.follow_the_clock(), "transfers: limits")

    async def _bring_back(self, rows: Sequence[Row], *, go_on: bool) -> None:
        """Shows them a few milliseconds a turn: at once, 100,000 held the window for a second.

        Nothing new comes in meanwhile: it might go to a place that one of them has.
        """
        with self._admission.closed():
            for first in range(0, len(rows), _SHOWN_A_TURN):
                some = rows[first : first + _SHOWN_A_TURN]
                for row in some:
                    _as_left(row, go_on=go_on)
                self._show(some)
                await asyncio.sleep(0)

    async def close(self) -> None:
        """Stops within five seconds and keeps everything; nothing is aborted on the server."""
        await self._dispatcher.close()
        self._kit.threads.close()
        await self._journal.close()

    @property
    def settings(self) -> Settings:
        """In force now; what is assigned counts from the next part and the next file."""
        return self._kit.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._kit.configure(settings)
        self._dispatcher.wake()

    @property
    def transfers(self) -> Sequence[Transfer]:
        """All rows in the person's order; not to be changed."""
        return self._transfers

    def watch(self, observer: QueueObserver) -> Callable[[], None]:
        """Starts telling ``observer``; what is returned ends it."""
        return self._observers.add(observer)

    # Commands

    def pause(self, ids: Collection[int]) -> None:
        """No further byte leaves; confirmed parts and upload ids are kept."""
        self._wish(ids, Wish.PAUSE)

    def resume(self, ids: Collection[int]) -> None:
        """Paused rows take their place in the queue again."""
        self._wish(self._showing(frozenset(State) - ENDED, ids), Wish.GO)

    def retry(self, ids: Collection[int]) -> None:
        """Failed and cancelled rows take their place again, with the parts that are kept."""
        self._wish(self._showing(frozenset(State) - {State.PAUSED}, ids), Wish.RETRY)

    def retry_part(self, id_: int, number: int) -> None:
        """Tries one part again: now, if it waits for that, else with its row, which had ended."""
        row = self._rows.get(id_)
        if row is None:
            return
        if row.transfer.state in ENDED:
            self._wish([id_], Wish.RETRY)
        else:
            row.hurry(number)

    def abort(self, ids: Collection[int], *, keep_parts: bool) -> None:
        """Cancels rows. Without ``keep_parts`` what was sent is removed from the server."""
        self._wish(ids, Wish.CANCEL_KEEP if keep_parts else Wish.CANCEL_DROP)

    def _showing(self, states: Collection[State], ids: Collection[int]) -> list[int]:
        """Those that a command is for: for the others it would only undo what was asked before."""
        rows = self._rows
        return [id_ for id_ in ids if id_ in rows and rows[id_].transfer.state in states]

    def _wish(self, ids: Collection[int], wish: Wish) -> None:
        for id_ in ids:
            row = self._rows.get(id_)
            if row is not None and row.transfer.state is not State.COMPLETED:
                self._dispatcher.wish(row, wish)

    async def still_to_abort(self) -> int:
        """Uploads that were given up and that the server has not confirmed to be gone.

        Raises:
            JournalError: it cannot be read.
        """
        return len(await self._journal.aborts())

    async def drain(self, profile_ids: Collection[str] | None = None) -> None:
        """Waits until what is to be aborted is aborted, as far as its connections are to be had.

        It happens by itself, too; this is for who wants to know, and to end soon.

        Args:
            profile_ids: only what was left on the servers of these connections.
        """
        left = {todo.profile_id for todo in await self._journal.aborts()}
        left |= {item.profile_id for item in await self._journal.lost_creates()}
        for profile_id in left if profile_ids is None else left.intersection(profile_ids):
            await self._dispatcher.leftovers.drain(profile_id)

    def remove(self, ids: Collection[int]) -> None:
        """Takes ended rows off the list (those with kept parts stay); the stored are history."""
        gone = {id_ for id_ in ids if id_ in self._rows and self._may_go(self._rows[id_])}
        if not gone:
            return
        rows = [self._rows.pop(id_) for id_ in gone]
        for row in rows:
            row.transfer.observer = None
            self._live.release(row)
        if left := [row for row in rows if row.may_have_left]:
            self._dispatcher.spawn(discard_parts(left, self._kit), "transfers: files left")
        self._order = [row for row in self._order if row.id not in gone]
        self._list()
        written(self._journal.remove(gone, self._kit.clock.now()), self.tell)
        self._observers.transfers_removed(gone)

    @staticmethod
    def _may_go(row: Row) -> bool:
        transfer = row.transfer
        # One that was asked something since is about to leave its end.
        kept = transfer.upload_id or row.part_path
        return transfer.state in ENDED and not kept and row.wish is None

    def prioritise(self, ids: Collection[int], priority: Priority) -> None:
        """Rows of a higher priority start first; what runs goes on."""
        rows = [
            row
            for id_ in ids
            if (row := self._rows.get(id_)) and row.transfer.priority is not priority
        ]
        for row in rows:
            row.transfer.priority = priority
            if row.transfer.state is State.QUEUED and not row.held:
                self._dispatcher.backlog.put(row)
            row.transfer.changed()
        if rows:
            written(self._journal.priorities(rows), self.tell)
            self._dispatcher.wake()

    def move(self, ids: Collection[int], steps: int) -> None:
        """Moves rows up (negative) or down in the order, keeping their order among themselves."""
        after = moved(self._order, set(ids), steps)
        changed = [
            (row, place.transfer.position)
            for row, place in zip(after, self._order, strict=True)
            if row is not place
        ]
        if not changed:
            return
        for row, position in changed:
            row.transfer.position = position
        self._order = after
        self._list()
        rows = [row for row, _ in changed]
        for row in rows:
            if row.transfer.state is State.QUEUED and not row.held:
                self._dispatcher.backlog.put(row)
        written(self._journal.positions(rows), self.tell)
        self._observers.order_changed()

    # Rows

    def _announce(self, rows: Sequence[Row]) -> None:
        self._show(rows)
        self._dispatcher.go_on()

    def _show(self, rows: Sequence[Row]) -> None:
        self._take_in(rows)
        if rows:
            self._observers.transfers_added([row.transfer for row in rows])

    def _take_in(self, rows: Sequence[Row]) -> None:
        for row in rows:
            transfer = row.transfer
            self._rows[row.id] = row
            self._admission.after(row.id, transfer.position)
            transfer.observer = self._on_change
            self._account(row)
            if transfer.state is State.QUEUED and not row.held:
                self._dispatcher.backlog.put(row)
        self._order += rows
        self._transfers += [row.transfer for row in rows]
        self._unfrozen += len(rows)
        if self._unfrozen >= _FREEZE_ROWS:
            # They stay for long and are in no cycle: to look through a hundred thousand of them for
            # garbage stops everything for half a second, again and again while more come.
            self._unfrozen = 0
            gc.freeze()

    def _list(self) -> None:
        self._transfers = [row.transfer for row in self._order]

    def _on_change(self, transfer: Transfer) -> None:
        row = self._rows.get(transfer.id)
        if row is not None:
            self._account(row)
        self._observers.transfer_changed(transfer)

    def _account(self, row: Row) -> None:
        transfer = row.transfer
        pending = transfer.size if transfer.state in _PENDING else 0
        self._pending_bytes += pending - row.pending_bytes
        row.pending_bytes = pending
        if transfer.state in _LIVE:
            self._live.claim(row)
        else:
            self._live.release(row)
        if transfer.state in ACTIVE:
            self._active.add(row)
        else:
            self._active.discard(row)
            row.gauge = None

    def tell(self, error: S3guiError) -> None:
        """Says what belongs to no row to all who watch."""
        self._observers.queue_problem(error)


def _as_left(row: Row, *, go_on: bool) -> None:
    """A row of an earlier run as this one begins with it."""
    transfer = row.transfer
    row.held = not go_on and transfer.state is State.QUEUED
    row.wish = row.wish if go_on else None  # the journal keeps it
    asks = transfer.state is State.PAUSED and transfer.waiting is Waiting.CONFLICT
    if go_on and asks and is_answered(transfer):
        row.wish = Wish.GO  # the program ended between the question and its answer
