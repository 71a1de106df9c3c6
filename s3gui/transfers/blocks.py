"""Connections on which nothing may move: closed ones, and those whose keys the server refused."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any

from s3gui.domain.errors import S3guiError
from s3gui.domain.transfer import ErrorNote, State, Waiting
from s3gui.transfers.connections import Connections
from s3gui.transfers.row import Row

_log = logging.getLogger(__name__)
#: For the runners to leave a session that is about to be closed.
_LEAVE_S = 5.0
Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class Blocks:
    """Owned by the dispatcher.

    Args:
        connections: where other keys may be found.
        running: the rows that somebody works on, at any time.
        first: the first queued row of a connection.
        spawn: runs something beside the queue, until it ends or the queue does.
    """

    def __init__(
        self,
        connections: Connections,
        running: Collection[Row],
        first: Callable[[str], Row | None],
        spawn: Spawn,
    ) -> None:
        self._connections = connections
        self._running = running
        self._first = first
        self._spawn = spawn
        #: What the server said when it refused the keys.
        self._why: dict[str, ErrorNote | None] = {}
        #: Rows that say they wait for keys.
        self._flagged: set[Row] = set()

    def lets(self, profile_ids: Iterable[str]) -> bool:
        """Whether what needs these connections may move."""
        return self._why.keys().isdisjoint(profile_ids)

    def queue(self, row: Row) -> None:
        """Moves a row to Queued; it says what it waits for there."""
        blocked = [id_ for id_ in row.profile_ids if id_ in self._why]
        if not blocked:
            row.transfer.move_to(State.QUEUED)
            return
        self._flagged.add(row)
        why = self._why[blocked[0]]
        row.transfer.move_to(State.QUEUED, waiting=Waiting.CREDENTIALS, error=why)

    def block(self, profile_id: str, why: ErrorNote | None = None) -> None:
        """Nothing of this connection moves before it is opened with keys that work."""
        if why is not None and profile_id not in self._why:
            self._spawn(self._refresh(profile_id), f"keys of {profile_id}")
        why = self._why[profile_id] = self._why.get(profile_id) or why
        for row in list(self._running):
            if profile_id in row.profile_ids:
                row.stop()
        if first := self._first(profile_id):
            self._flagged.add(first)
            first.transfer.wait_for(Waiting.CREDENTIALS, why)

    async def _refresh(self, profile_id: str) -> None:
        """Goes on by itself where other keys than the refused ones are saved."""
        try:
            await self._connections.refresh(profile_id)
        except S3guiError as error:
            _log.info("no other keys for %s: %s", profile_id, error.code)

    def opened(self, profile_id: str) -> None:
        """The connection is open with keys that may work."""
        self._why.pop(profile_id, None)
        for row in [row for row in self._flagged if profile_id in row.profile_ids]:
            if not self.lets(row.profile_ids):
                continue
            self._flagged.discard(row)
            if row.transfer.state is State.QUEUED:
                row.transfer.wait_for(None)

    async def leave(self, profile_id: str) -> None:
        """Takes the runners off a session that is about to be closed."""
        self._why.setdefault(profile_id, None)
        rows = [row for row in self._running if profile_id in row.profile_ids]
        for row in rows:
            row.stop()
        tasks = {row.task for row in rows if row.task is not None}
        if tasks:
            await asyncio.wait(tasks, timeout=_LEAVE_S)
