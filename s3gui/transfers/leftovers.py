"""What was given up and may still be on a server: aborted when its connection is open."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
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
    """Drains ``abort_todo``.

    Args:
        spawn: runs something beside the queue, until it ends or the queue does.
    """

    def __init__(self, kit: Kit, connections: Connections, spawn: Spawn) -> None:
        self._kit = kit
        self._connections = connections
        self._spawn = spawn

    def start(self, todos: Iterable[AbortTodo]) -> None:
        """Aborts what the last run left."""
        for profile_id in {todo.profile_id for todo in todos}:
            self._spawn(self.drain(profile_id), "transfers: aborts of the last run")

    def opened(self, profile_id: str) -> None:
        """A connection is open: what waited for it is aborted."""
        self._spawn(self.drain(profile_id), "transfers: aborts")

    async def drop(self, todo: AbortTodo) -> None:
        """Aborts what was sent; returns when it is gone, or after five seconds."""
        await asyncio.wait({self._spawn(self._abort(todo), "abort")}, timeout=_DROP_S)

    async def drain(self, profile_id: str) -> None:
        """Aborts what is still to be aborted of a connection, if it can be opened."""
        for todo in await self._kit.journal.aborts():
            if todo.profile_id == profile_id:
                await self._abort(todo)

    async def _abort(self, todo: AbortTodo) -> None:
        try:
            session = await self._connections.open(todo.profile_id)
        except NeedsCredentials:
            return  # when the connection is open again
        await carry_out_abort(session, todo, self._kit)
