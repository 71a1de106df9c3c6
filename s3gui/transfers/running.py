"""The run of one row, and what a failure makes of it."""

import asyncio
import logging
from collections.abc import Callable

from s3gui.domain.errors import ErrorKind, JournalError, S3guiError
from s3gui.domain.transfer import ErrorNote, State
from s3gui.transfers.completion import Withdrawn
from s3gui.transfers.connections import Connections
from s3gui.transfers.disks import working_at
from s3gui.transfers.journal import StateChange, unbroken
from s3gui.transfers.kit import Kit
from s3gui.transfers.multipart import StartAgain
from s3gui.transfers.outage import Outage
from s3gui.transfers.problems import unexpected
from s3gui.transfers.row import WAITING_BY_CODE, Row
from s3gui.transfers.runners import RUNNERS

_log = logging.getLogger(__name__)


class Runs:
    """Owned by the dispatcher.

    Args:
        kit: what runners work with.
        connections: where the sessions come from.
        block: a server refused the keys of a connection; nothing of it moves any more.
        halt: the journal cannot be written; nothing starts before that is over.
    """

    def __init__(
        self,
        kit: Kit,
        connections: Connections,
        block: Callable[[str, ErrorNote], None],
        halt: Callable[[], None],
    ) -> None:
        self._kit = kit
        self._connections = connections
        self._block = block
        self._halt = halt
        self._outages: dict[str, Outage] = {}

    def outage(self, profile_id: str) -> Outage:
        """What the transfers of one connection share while its server cannot be reached."""
        return self._outages.setdefault(profile_id, Outage(self._kit.clock))

    async def run(self, row: Row) -> None:
        """To its end, whatever that is; the row is moved only where it failed."""
        error: S3guiError | None = None
        try:
            await self._transfer(row)
        except (StartAgain, Withdrawn, asyncio.CancelledError):
            pass
        except S3guiError as problem:
            error = problem
        except Exception as fault:  # noqa: BLE001  the last net: it becomes the row's error
            if not row.stopping:
                _log.exception("transfer %d", row.id)
                error = unexpected(fault)
        if error is not None and not row.stopping:
            await self._failed(row, error)

    async def _transfer(self, row: Row) -> None:
        profile_id = row.transfer.profile_id
        session = await self._connections.open(profile_id)
        outage = self.outage(profile_id)
        try:
            run = RUNNERS[row.transfer.direction]
            with working_at(row.transfer.path):
                await run(row, session, self._kit, outage, self._connections)
        except S3guiError as error:
            if error.profile_id not in {"", profile_id}:
                raise
            newer = self._connections.get(profile_id)
            if error.kind is ErrorKind.AUTH and newer is not session and newer is not None:
                return  # these keys are history
            raise

    async def _failed(self, row: Row, error: S3guiError) -> None:
        if error.kind is ErrorKind.AUTH:
            row.stopping = True  # by itself
            self._block(error.profile_id or row.transfer.profile_id, ErrorNote.of(error))
            return
        if isinstance(error, JournalError):
            self._halt()
            self._kit.tell(error)
        note = ErrorNote.of(error)
        change = StateChange(row.id, State.FAILED, note, wish=row.wish if row.late else None)
        try:
            await unbroken(self._kit.journal.change([change], self._kit.clock.now()))
        except JournalError:
            # It stays what it is on the disk, and fails again when that can be kept.
            _log.exception("transfer %d failed, and that could not be journaled", row.id)
            self._halt()
            waiting = WAITING_BY_CODE.get(error.code)
            row.transfer.move_to(State.QUEUED, waiting=waiting, error=note if waiting else None)
            return
        row.transfer.move_to(State.FAILED, waiting=WAITING_BY_CODE.get(error.code), error=note)
