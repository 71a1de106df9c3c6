"""What was given up and may still be on a server: aborted when its connection is open."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from s3gui.domain.errors import NeedsCredentials
from s3gui.transfers.aborts import carry_out_abort
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import AbortTodo
from s3gui.transfers.kit import Kit

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
#: A row says Cancelled after the server forgot its parts, or after so long without a word of it.
_DROP_S = 5.0


class Leftovers:
    """Drains ``abort_todo``: one after the other, each upload by one task at a time.

    Args:
        spawn: runs something beside the queue, until it ends or the queue does.
    """

    def __init__(self, kit: Kit, connections: Connections, spawn: Spawn) -> None:
        self._kit = kit
        self._connections = connections
        self._spawn = spawn
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._aborts: dict[AbortTodo, asyncio.Task[None]] = {}

    def start(self, todos: Iterable[AbortTodo]) -> None:
        """Aborts what the last run left."""
        for profile_id in {todo.profile_id for todo in todos}:
            self._spawn(self.drain(profile_id), "transfers: aborts of the last run")

    def opened(self, profile_id: str) -> None:
        """A connection is open: what waits for it is aborted, behind what is under way."""
        before = self._drains.get(profile_id)
        task = self._spawn(self._drain(profile_id, before), "transfers: aborts")
        self._drains[profile_id] = task
        task.add_done_callback(partial(self._drained, profile_id))

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
