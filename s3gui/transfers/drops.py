"""Carries out what was asked for: walks and lists it to its end, over more starts than one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field, replace

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.errors import ErrorKind, JournalError, S3guiError
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.domain.queueing import STOPPED, Reading, ScanResult, Unread
from s3gui.domain.transfer import Direction
from s3gui.domain.unread_words import kept, not_read, not_read_now
from s3gui.transfers.admission import Admission
from s3gui.transfers.blocks import Spawn
from s3gui.transfers.connections import Connections
from s3gui.transfers.copying import gather as copying
from s3gui.transfers.downloading.gather import Asked, gather
from s3gui.transfers.drop import Drop
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.listed import Past
from s3gui.transfers.problems import unexpected
from s3gui.transfers.scan import Batch, check, scan

_log = logging.getLogger(__name__)
#: Between two tries to list what could not be listed for a reason that passes, in seconds.
AGAIN_S = 30.0
#: Rows between two words about how far something of an earlier run is.
TOLD_EACH = 5_000
#: Nothing of what was asked for is wrong: the line is, or the server has no time.
_PASSES = frozenset(
    {ErrorKind.OFFLINE, ErrorKind.TRANSIENT, ErrorKind.STALL, ErrorKind.THROTTLE, ErrorKind.SKEW}
)
Counted = Callable[[int, int], None]


@dataclass(slots=True)
class _Borne:
    """What an earlier run left has met since this one began."""

    #: The last failure that a person was told of.
    told: str = ""
    #: What its keys were last refused with.
    sessions: list[Session] = field(default_factory=list)


class Drops:
    """Owned by the queue.

    Args:
        admit: makes rows of what was found.
        spawn: runs something beside the queue, until it ends or the queue does.
    """

    def __init__(
        self, kit: Kit, connections: Connections, admission: Admission, spawn: Spawn
    ) -> None:
        self._kit = kit
        self._connections = connections
        self._admission = admission
        self._spawn = spawn
        self._drops: dict[int, Drop] = {}
        #: Those that the journal could not be told of that they are over.
        self._over: set[int] = set()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._opened: dict[int, asyncio.Event] = {}
        self._watchers: list[Callable[[Unread], None]] = []

    # What the queue asks

    def start(self, drops: Iterable[Drop], *, go_on: bool) -> None:
        """Reads on what an earlier run left; without ``go_on`` it waits for ``take_up``."""
        self._connections.watch(self._on_connection)
        # Something may be asked for already, while rows come back.
        left = {drop.id: drop for drop in drops}
        self._drops = left | self._drops
        if go_on:
            for drop in left.values():
                task = self._spawn(self._read_on(drop), f"transfers: reading {drop.id}")
                self._tasks[drop.id] = task

    @property
    def unread(self) -> list[Unread]:
        """What is not read to its end."""
        return [drop.unread() for drop in self._drops.values()]

    def watch(self, watcher: Callable[[Unread], None]) -> Callable[[], None]:
        """See ``TransferCommands.watch_unread``."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def stop(self, ids: Collection[int] | None) -> None:
        """The rest of these is not wanted any more; ``None``: of all."""
        for drop in list(self._drops.values()):
            if ids is None or drop.id in ids:
                drop.is_stopped = True
                if task := self._tasks.get(drop.id):
                    task.cancel()
                self._forget(drop)

    async def ask(self, drop: Drop, counted: Counted | None = None) -> ScanResult:
        """Carries out what a person asks for now.

        Raises:
            S3guiError: it cannot be read, or not journaled; whoever asked is told.
        """
        _check(drop)
        try:
            await self._begin(drop)
            return await self._carry_out(drop, counted)
        except asyncio.CancelledError as stop:
            # The program may be about to end; the journal has what is to be done then.
            if STOPPED in stop.args:
                self._forget(drop)
            raise
        except Exception:
            self._forget(drop)
            raise

    async def take_up(
        self, id_: int, if_exists: IfExists | None = None, key: CustomerKey | None = None
    ) -> ScanResult:
        """Carries out the rest of what an earlier run left, for somebody who waits for it.

        Raises:
            S3guiError: it cannot be read. It is kept where that may pass.
        """
        drop = self._drops[id_]
        drop.if_exists = if_exists or drop.if_exists
        if key is not None:
            drop.options = replace(drop.options, customer_key=key)
        self._tell(drop, Reading.ON)
        try:
            return await self._carry_out(drop)
        except S3guiError as error:
            drop.reading = Reading.HELD
            if _passes(error) or _waits(drop, error):
                raise kept(drop.unread(), error) from error
            self._forget(drop)
            raise not_read(drop.unread(), error) from error

    # One after the other

    async def _begin(self, drop: Drop) -> None:
        for id_ in self._over:
            self._write_off(id_)
        work = self._kit.journal.asked_for(drop, self._kit.clock.now())

        def begun() -> None:
            drop.id = work.result()
            self._drops[drop.id] = drop

        await durable(work, begun)

    async def _carry_out(self, drop: Drop, counted: Counted | None = None) -> ScanResult:
        drop.reading = Reading.ON
        async for batch in self._batches(drop, counted):
            if drop.is_stopped:
                break
            await self._admission.admit(drop, batch)
            if drop.told is not None and drop.queued - drop.told >= TOLD_EACH:
                self._tell(drop, Reading.ON)
            if counted is not None and drop.direction is Direction.UPLOAD:
                counted(drop.queued, drop.queued_bytes)
        self._drops.pop(drop.id, None)
        return drop.result()

    async def _batches(self, drop: Drop, counted: Counted | None) -> AsyncIterator[Batch]:
        if drop.direction is Direction.UPLOAD:
            walk = scan(self._kit.threads, drop.paths, drop.where, drop.as_name, drop.mark)
            async for batch in walk:
                yield batch
            return
        past = Past()
        if drop.mark:
            past = Past(drop.mark, await self._kit.journal.queued_of(drop.batch))
        found = self._listed if drop.direction is Direction.COPY else self._placed
        async for batch in found(drop, counted, past):
            yield batch

    async def _placed(
        self, drop: Drop, counted: Counted | None, past: Past
    ) -> AsyncIterator[Batch]:
        session = await self._connections.open(drop.profile_id)
        asked = replace(_download(drop), counted=counted, past=past)
        async for batch in gather(asked, session, self._kit.threads):
            yield batch

    async def _listed(
        self, drop: Drop, counted: Counted | None, past: Past
    ) -> AsyncIterator[Batch]:
        session = await self._connections.open(drop.source_profile_id)
        there = await self._connections.open(drop.profile_id)
        asked = replace(_copy(drop), counted=counted, past=past)
        asked.check_circles(session.profile, there.profile)
        async for batch in copying.gather(asked, session, there):
            yield batch

    # What an earlier run left

    async def _read_on(self, drop: Drop) -> None:
        borne = _Borne()
        self._tell(drop, Reading.ON)
        while (problem := await self._problem(drop)) is not None:
            if not await self._bears(drop, problem, borne):
                self._forget(drop)
                self._tell(drop, Reading.OVER, error=not_read(drop.unread(), problem))
                return

    async def _problem(self, drop: Drop) -> S3guiError | None:
        """Reads to the end, and says so; else why it did not get there."""
        try:
            result = await self._carry_out(drop)
        except S3guiError as error:
            return error
        except Exception as fault:  # noqa: BLE001  the last net: it is told
            _log.exception("what was asked for could not be read")
            return unexpected(fault)
        self._tell(drop, Reading.OVER, result=result)
        return None

    async def _bears(self, drop: Drop, problem: S3guiError, borne: "_Borne") -> bool:
        """Waits for what passes by itself, or with other keys; false where nothing can pass."""
        if _waits(drop, problem):
            sessions = self._sessions(drop)
            if sessions and sessions != borne.sessions:
                borne.sessions = sessions  # the keys may be others than those that were refused
                return True
            opened = self._opened[drop.id] = asyncio.Event()
            self._tell(drop, Reading.WAITS)
            await opened.wait()
            self._tell(drop, Reading.ON)
            return True
        if not _passes(problem):
            return False
        if problem.code != borne.told:
            self._kit.tell(not_read_now(drop.unread(), problem))
        borne.told = problem.code
        await self._kit.clock.sleep(AGAIN_S)
        return True

    def _sessions(self, drop: Drop) -> list[Session]:
        """Those that it is read with, if all are open."""
        found = [self._connections.get(id_) for id_ in sorted(drop.profile_ids)]
        is_open = [session for session in found if session is not None]
        return is_open if len(is_open) == len(found) else []

    def _on_connection(self, profile_id: str, is_open: bool) -> None:
        for drop in self._drops.values():
            event = self._opened.get(drop.id)
            if is_open and event is not None and profile_id in drop.profile_ids:
                event.set()

    def _tell(
        self,
        drop: Drop,
        reading: Reading,
        *,
        result: ScanResult | None = None,
        error: S3guiError | None = None,
    ) -> None:
        drop.reading, drop.told = reading, drop.queued
        told = replace(drop.unread(), result=result, error=error)
        for watcher in list(self._watchers):
            watcher(told)

    def _forget(self, drop: Drop) -> None:
        """It is over; where the journal cannot be told so now, with the next one."""
        if self._drops.pop(drop.id, None) is not None:
            self._over.add(drop.id)
            self._write_off(drop.id)

    def _write_off(self, id_: int) -> None:
        work = self._kit.journal.left_out([id_])

        def look(done: "asyncio.Future[None]") -> None:
            if not done.cancelled() and done.exception() is None:
                self._over.discard(id_)

        work.add_done_callback(look)


def _check(drop: Drop) -> None:
    match drop.direction:
        case Direction.UPLOAD:
            check(drop.paths, drop.where, drop.as_name)
        case Direction.DOWNLOAD:
            _download(drop).check()
        case Direction.COPY:
            _copy(drop).check()


def _download(drop: Drop) -> Asked:
    key = drop.options.customer_key
    return Asked(
        *(drop.profile_id, drop.wanted, drop.folder, drop.as_name, key),
        have=drop.have,
    )


def _copy(drop: Drop) -> copying.Asked:
    return copying.Asked(
        *(drop.source_profile_id, drop.wanted, drop.where, drop.exactly, drop.is_move),
        *(drop.if_exists, drop.options.customer_key),
        have=drop.have,
    )


def _waits(drop: Drop, error: S3guiError) -> bool:
    """Whether it can go on when a connection of it is open with keys that are accepted."""
    return bool(drop.profile_ids) and error.kind is ErrorKind.AUTH


def _passes(error: S3guiError) -> bool:
    return error.kind in _PASSES or isinstance(error, JournalError)
