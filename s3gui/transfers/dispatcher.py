"""One owner of all moves: carries out what was asked, and starts what is next."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any

from s3gui.domain.errors import JournalError, S3guiError
from s3gui.domain.transfer import ACTIVE, State
from s3gui.transfers.blocks import Blocks
from s3gui.transfers.clearing import Clearing
from s3gui.transfers.connections import Connections
from s3gui.transfers.fullness import Fullness
from s3gui.transfers.journal import StateChange, unbroken, written
from s3gui.transfers.kit import Kit
from s3gui.transfers.left_store import AbortTodo
from s3gui.transfers.leftovers import Leftovers
from s3gui.transfers.order import Backlog, disk_of, next_alone, tell_of_disk
from s3gui.transfers.problems import already_stored, not_cancelled_yet, unexpected
from s3gui.transfers.row import CANCELS, Row, Wish
from s3gui.transfers.running import Runs
from s3gui.transfers.small_lanes import SmallLanes, WaysOut
from s3gui.transfers.speed import Gauge
from s3gui.transfers.wishes import Live, Step, next_step

_log = logging.getLogger(__name__)
#: For what runs to end by itself, and again for it to stop.
_SHUTDOWN_S = 1.5


class Dispatcher:
    """Runs a queue's rows.

    A single task takes the wishes of the rows and starts runners; nobody else moves a row that no
    runner works on. A runner is stopped by cancelling it, and its row is moved when it has ended,
    so a row never has two.
    """

    def __init__(self, kit: Kit, connections: Connections, live: Live) -> None:
        self._kit = kit
        self._connections = connections
        self._live = live
        self.leftovers = Leftovers(kit, connections, live, self.spawn)
        self._clearing = Clearing(kit, self.spawn, self.wake)
        self._running: set[Row] = set()
        self._blocks = Blocks(
            connections,
            self._running,
            lambda id_: self.backlog.first(id_),  # noqa: PLW0108  there is none yet
            self.spawn,
        )
        self._runs = Runs(kit, connections, self._blocks.block, self._halt)
        ways_out = WaysOut(self._run_alone, self._finished, self.wake, self.spawn)
        self._small = SmallLanes(kit, connections, self._runs.outage, ways_out)
        self.backlog = Backlog(self._small.lane_of)
        self._fullness = Fullness(kit, self.spawn, self.wish, self.go_on)
        self._wished: dict[int, Row] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._halted = False
        self._closing = False
        self._over = False
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    # What the queue asks

    def start(self, rows: Iterable[Row], left: Iterable[str], *, go_on: bool) -> None:
        """Begins to work, with what was asked of the rows in the last run.

        Meanwhile what is left on the servers of the connections ``left`` is removed. Without
        ``go_on`` nothing moves by itself.
        """
        for row in rows:
            if go_on:
                self._fullness.rests(row)
            # Looked for first; the cancel is carried out after that.
            row.late = row.wish in CANCELS and row.completing and row.transfer.state is State.QUEUED
            if row.wish is not None and not row.late:
                self._wished[row.id] = row
        self._kit.threads.on_hung = self._disks_hang
        self._kit.threads.is_needed = lambda: bool(self._running)
        self._connections.watch(self._on_connection)
        self._connections.guard(self._blocks.leave)
        self._pump = self.spawn(self._work(), "transfers: dispatcher")
        self.leftovers.start(left)
        self.wake()

    def wish(self, row: Row, wish: Wish) -> None:
        """What a person asked last of a row; carried out soon."""
        row.wish = wish
        row.late = wish in CANCELS and row.transfer.state is State.FINISHING
        self._wished[row.id] = row
        if row.completing or row.transfer.state is State.FINISHING:
            kept = wish if wish in CANCELS else None
            written(self._kit.journal.wish(row.id, kept), self._kit.tell)
        self.go_on()

    def go_on(self) -> None:
        """Something was asked or added: also after the journal could not be written."""
        self._halted = False
        self.wake()

    def wake(self) -> None:
        """Something changed that may let a row start."""
        self._wake.set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Runs something beside the queue, until it ends or the queue does."""
        # Kept here and cancelled by close(), which is what the ban on create_task is about.
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Stops everything within five seconds; what runs is queued again, for the next start."""
        self._closing = True
        for row in list(self._running):
            if row.transfer.state is not State.FINISHING:
                row.stop()
        await self._runners_end()
        for row in list(self._running):
            row.stop()
        await self._runners_end()
        self._over = True
        self._small.close()
        self._fullness.close()
        self.wake()
        if self._pump is not None:
            await asyncio.wait({self._pump}, timeout=1)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=1)
        await self._look()  # for what was asked while something was still being carried out
        for task in self._tasks:
            _log.error("did not stop in time: %s", task.get_name())

    async def _runners_end(self) -> None:
        tasks = {row.task for row in self._running if row.task is not None}
        if tasks:
            await asyncio.wait(tasks, timeout=_SHUTDOWN_S)

    # The one owner

    async def _work(self) -> None:
        while not self._over:
            await self._wake.wait()
            self._wake.clear()
            await self._look()

    async def _look(self) -> None:
        try:
            await self._carry_out()
            self._start_runners()
        except S3guiError as error:
            self._halt()
            self._kit.tell(error)
        except Exception as fault:  # noqa: BLE001  the last net: the others go on
            _log.exception("what was asked could not be carried out")
            self._kit.tell(unexpected(fault))

    async def _carry_out(self) -> None:
        await self._commit_cleared()
        taken: list[Row] = []
        for row in list(self._wished.values()):
            if row.task is None:
                del self._wished[row.id]
                taken.append(row)
            else:
                self._ask_runner(row)
        steps = [next_step(row, row.wish, self._live, self._kit.tell) for row in taken]
        to_clear = [step for step in steps if self._clearing.takes(step)]
        try:
            await self._commit([step for step in steps if not self._clearing.takes(step)])
        except JournalError:
            # Asked again with the next thing that happens; nothing runs meanwhile.
            self._wished.update((row.id, row) for row in taken)
            raise
        if self._over:
            await self._clearing.last(to_clear)
            await self._commit_cleared()
        else:
            self._clearing.begin(to_clear)

    async def _commit_cleared(self) -> None:
        steps, self._clearing.ready = self._clearing.ready, []
        try:
            await self._commit(steps)
        except JournalError:
            self._clearing.ready = steps + self._clearing.ready
            raise

    def _ask_runner(self, row: Row) -> None:
        """A wish for a row that somebody works on."""
        state = row.transfer.state
        if row.stopping or row.late or row not in self._running or state not in ACTIVE:
            return  # carried out when that has ended
        if row.wish in CANCELS or (row.wish is Wish.PAUSE and state is State.RUNNING):
            row.stop()
            return
        row.wish = None
        del self._wished[row.id]

    async def _commit(self, steps: list[Step]) -> None:
        changes = [
            StateChange(step.row.id, step.to, drop=step.drop, wish=step.reconcile)
            for step in steps
            if step.to is not None
        ]
        todos = {
            step.row.id: AbortTodo(step.row.transfer.profile_id, step.row.ref)
            for step in steps
            if step.drop
        }
        if changes:
            await unbroken(self._kit.journal.change(changes, self._kit.clock.now()))
            self._halted = False  # the journal works again
        for step in steps:
            todo = todos.get(step.row.id)
            if todo is not None:
                step.row.start_over()
            if todo is not None and todo.ref.upload_id and not self._closing:
                step.row.task = self.spawn(self.leftovers.drop(todo), f"abort {step.row.id}")
                step.row.task.add_done_callback(partial(self._dropped, step))
            else:
                self._apply(step)

    def _apply(self, step: Step) -> None:
        row, transfer = step.row, step.row.transfer
        if row.id not in self._wished:
            # It is carried out, or will be, and nothing was asked meanwhile.
            row.wish, row.late = step.reconcile, step.reconcile is not None
        if step.to is None:
            return
        if transfer.state is State.FINISHING:
            transfer.move_to(State.QUEUED)
        if step.to is State.QUEUED:
            self._blocks.queue(row)
            row.held = False
            self.backlog.put(row)
        else:
            transfer.move_to(step.to)

    def _dropped(self, step: Step, _: asyncio.Task[None]) -> None:
        step.row.task = None
        self._apply(step)
        self.wake()

    # Runners

    def _start_runners(self) -> None:
        while not (self._halted or self._closing):
            alone = len(self._running) - self._small.count - self._held_by_disks()
            start, settings = self._run_alone, self._kit.settings
            row = next_alone(self.backlog, settings, alone, self._may_run, self._places)
            if row is None:
                start, row = self._small.start, self.backlog.take(self._may_join)
            if row is None:
                return
            row.stopping = False
            row.transfer.started = self._kit.clock.now()
            row.transfer.move_to(State.RUNNING)
            self._running.add(row)
            start(row)

    def _places(self, profile_id: str) -> int:
        return self._kit.slots.of(profile_id).limit

    def _held_by_disks(self) -> int:
        """Runners that a disk holds: others go on in their places."""
        hung = self.backlog.hung
        if not hung:
            return 0
        return sum(row.gauge is not None and disk_of(row) in hung for row in self._running)

    def _disks_hang(self) -> None:
        hung = self._kit.threads.hung
        for disk in sorted(hung - self.backlog.hung):
            _log.warning("no answer from the disk at %s: what is of others goes on", disk)
        self.backlog.hung = hung
        for row in self._running:
            tell_of_disk(row, is_silent=disk_of(row) in hung)
        self.wake()

    def _run_alone(self, row: Row) -> None:
        if row.gauge is None:
            row.gauge = Gauge(self._kit.clock.monotonic)
        row.task = self.spawn(self._runs.run(row), f"transfer {row.id}")
        # Not at the end of the coroutine: one that is cancelled before it began never runs.
        row.task.add_done_callback(partial(self._finished, row))

    def _may_run(self, profile_ids: tuple[str, ...], lane: str) -> bool:
        return not self._small.serves(profile_ids[0], lane) and self._blocks.lets(profile_ids)

    def _may_join(self, profile_ids: tuple[str, ...], lane: str) -> bool:
        return self._small.has_room(profile_ids[0], lane) and self._blocks.lets(profile_ids)

    def _halt(self) -> None:
        self._halted = True
        self._fullness.journal_fails()

    def _finished(self, row: Row, _: "asyncio.Future[None]") -> None:
        """The runner has ended; a row that it left in the middle goes where it was sent."""
        self._running.discard(row)
        self._small.left(row)
        row.task = None
        state = row.transfer.state
        if state in ACTIVE:
            self._wished[row.id] = row
        elif state is State.QUEUED:
            self.backlog.put(row)
        elif row.late:
            self._after_outcome(row)
        row.late = False
        self.leftovers.row_ended(row)
        self._fullness.rests(row)
        self.wake()

    def _after_outcome(self, row: Row) -> None:
        """A cancel that waited for the outcome of a Complete."""
        if row.transfer.state is State.COMPLETED:
            row.wish = None
            self._kit.tell(already_stored(row))
        elif row.wish is Wish.CANCEL_DROP and row.completing:
            row.wish = None
            self._kit.tell(not_cancelled_yet(row))
        else:
            self._wished[row.id] = row

    def _on_connection(self, profile_id: str, is_open: bool) -> None:
        if not is_open:
            self._blocks.block(profile_id)
            return
        self._blocks.opened(profile_id)
        if not self._closing:
            self.leftovers.opened(profile_id)
        self.wake()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s failed", task.get_name(), exc_info=error)
            self._kit.tell(error if isinstance(error, S3guiError) else unexpected(error))
