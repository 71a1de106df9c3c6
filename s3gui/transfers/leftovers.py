"""What may be on a server and is of no use: looked for and aborted when its connection is open."""

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from s3gui.domain.errors import JournalError, NeedsCredentials, S3guiError
from s3gui.domain.location import Location
from s3gui.transfers.aborts import carry_out_abort
from s3gui.transfers.connections import Connections
from s3gui.transfers.kit import Kit
from s3gui.transfers.left_store import AbortTodo, LostCreate
from s3gui.transfers.row import Row
from s3gui.transfers.sweep import candidates, due, orphans
from s3gui.transfers.wishes import Live

_log = logging.getLogger(__name__)
Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
#: A row says Cancelled after the server forgot its parts, or after so long without a word of it.
_DROP_S = 5.0


class Leftovers:
    """Drains ``abort_todo`` and ``lost_create``: an upload is aborted by one task at a time.

    Args:
        spawn: runs something beside the queue, until it ends or the queue does.
    """

    def __init__(self, kit: Kit, connections: Connections, live: Live, spawn: Spawn) -> None:
        self._kit = kit
        self._connections = connections
        self._live = live
        self._spawn = spawn
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._aborts: dict[AbortTodo, asyncio.Task[None]] = {}
        #: Connections that are to be swept later.
        self._timed: set[str] = set()
        #: Connections where that waits until a row has ended.
        self._postponed: set[str] = set()

    def start(self, profile_ids: Iterable[str]) -> None:
        """Removes what the last run left on the servers of these connections."""
        for profile_id in profile_ids:
            self._spawn(self.drain(profile_id), "transfers: aborts of the last run")

    def opened(self, profile_id: str) -> None:
        """A connection is open: what waits for it is aborted, behind what is under way."""
        before = self._drains.get(profile_id)
        task = self._spawn(self._drain(profile_id, before), "transfers: aborts")
        self._drains[profile_id] = task
        task.add_done_callback(partial(self._drained, profile_id))

    def row_ended(self, row: Row) -> None:
        """Looks for what a Create without an answer may have left, when its time has come."""
        profile_id = row.transfer.profile_id
        if row.create_lost or profile_id in self._postponed:
            row.create_lost = False
            self._postponed.discard(profile_id)
            self._spawn(self._sweep(profile_id), "transfers: sweep")

    async def drop(self, todo: AbortTodo) -> None:
        """Aborts what was sent; returns when it is gone, or after five seconds."""
        await asyncio.wait({self._aborting(todo)}, timeout=_DROP_S)

    async def drain(self, profile_id: str) -> None:
        """Aborts what is still to be aborted of a connection, if it can be opened."""
        if self._connections.get(profile_id) is None:
            try:
                await self._connections.open(profile_id)  # which begins it, see ``opened``
            except NeedsCredentials:
                return  # when the connection is open again
        elif profile_id not in self._drains:
            self.opened(profile_id)
        if (task := self._drains.get(profile_id)) is not None:
            await asyncio.wait({task})

    async def _drain(self, profile_id: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        for todo in await self._kit.journal.aborts():
            if todo.profile_id == profile_id:
                await asyncio.wait({self._aborting(todo)})
        await self._sweep(profile_id)

    def _drained(self, profile_id: str, task: asyncio.Task[None]) -> None:
        if self._drains.get(profile_id) is task:
            del self._drains[profile_id]

    def _aborting(self, todo: AbortTodo) -> asyncio.Task[None]:
        task = self._aborts.get(todo)
        if task is None:
            task = self._aborts[todo] = self._spawn(self._abort(todo), "abort")
            task.add_done_callback(lambda _: self._aborts.pop(todo))
        return task

    async def _abort(self, todo: AbortTodo) -> None:
        try:
            session = await self._connections.open(todo.profile_id)
        except NeedsCredentials:
            return
        await carry_out_abort(session, todo, self._kit)

    # Creates without an answer

    async def _sweep(self, profile_id: str) -> None:
        places: dict[Location, list[LostCreate]] = {}
        for item in await self._kit.journal.lost_creates():
            if item.profile_id == profile_id:
                places.setdefault(item.location, []).append(item)
        soonest = math.inf
        for where, lost in places.items():
            wait_s = (due(lost) - self._kit.clock.now()).total_seconds()
            if wait_s <= 0:
                await self._sweep_place(where, lost)
            else:
                soonest = min(soonest, wait_s)
        if soonest < math.inf and profile_id not in self._timed:
            self._timed.add(profile_id)
            self._spawn(self._sweep_in(soonest, profile_id), "transfers: sweep")

    async def _sweep_in(self, seconds: float, profile_id: str) -> None:
        try:
            await self._kit.clock.sleep(seconds)
        finally:
            self._timed.discard(profile_id)
        await self._sweep(profile_id)

    async def _sweep_place(self, where: Location, lost: list[LostCreate]) -> None:
        """Aborts what lost Creates of one destination left; what cannot be now is left for later.

        A Create of ours that is under way has an upload whose id is not known yet: then nothing is
        decided. It cannot have begun between the list and the second look without being over, and
        known, or seen by that.
        """
        profile_id = lost[0].profile_id
        session = self._connections.get(profile_id)
        if session is None or self._is_creating(profile_id, where):
            return
        try:
            found = await candidates(session, where, lost)
            if self._is_creating(profile_id, where):
                return
            refs = await orphans(session, found, lost, self._kit)
        except JournalError:
            raise
        except S3guiError as error:
            _log.info("what a lost Create left is looked for later: %s", error.code)
            return
        await self._kit.journal.swept(lost, refs, self._kit.clock.now())
        for ref in refs:
            await asyncio.wait({self._aborting(AbortTodo(profile_id, ref))})

    def _is_creating(self, profile_id: str, where: Location) -> bool:
        row = self._live.at((profile_id, where))
        if row is None or row.task is None or row.transfer.upload_id:
            return False
        self._postponed.add(profile_id)
        return True
