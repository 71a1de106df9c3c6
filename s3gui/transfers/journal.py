"""What survives a crash: every transfer, every confirmed part, every upload still to be aborted.

Each method queues one operation and returns a future that is done when it is on the disk; they are
carried out in the order of the calls. No secret is written.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from s3gui.domain.entries import Stored, UploadRef
from s3gui.domain.errors import JournalError, S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.transfer import ErrorNote, FileIdentity, State
from s3gui.transfers import drop_store, history_store
from s3gui.transfers import statements as sql
from s3gui.transfers.damage import is_unreadable, moved_aside
from s3gui.transfers.drop import Drop, Progress
from s3gui.transfers.drop_store import Queued
from s3gui.transfers.history_store import Mark
from s3gui.transfers.journal_left import LeftJournal
from s3gui.transfers.journal_values import (
    Done,
    done_values,
    giving_up_values,
    stamp,
    wish_values,
)
from s3gui.transfers.row import Expected, KeptPart, Row, Wish
from s3gui.transfers.row_store import error_json, identity_values, insert, load
from s3gui.transfers.writer import Writer

T = TypeVar("T")
_log = logging.getLogger(__name__)
FILE_NAME = "transfers.sqlite3"


@dataclass(frozen=True, slots=True)
class StateChange:
    """A row's state as it is to be found after a restart."""

    id: int
    state: State
    error: ErrorNote | None = None
    #: The upload id goes to ``abort_todo``, the parts are forgotten.
    drop: bool = False
    #: What is still to be carried out then.
    wish: Wish | None = None


class Journal(LeftJournal):
    """The file ``transfers.sqlite3`` in the state directory; one process at a time has it."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FILE_NAME
        self._writer = Writer(self.path)

    async def open(self) -> JournalError | None:
        """Opens or makes the file; what it returns is to be shown: a damaged file was moved aside.

        Raises:
            JournalError: another s3gui has it, it is of a newer one, it cannot be written.
        """
        await self._writer.open()
        return self.damage

    @property
    def damage(self) -> JournalError | None:
        """What is to be shown, where a damaged file was moved aside."""
        aside = self._writer.moved_aside
        return None if aside is None else moved_aside(aside)

    async def close(self) -> None:
        """Writes what waits, and frees the file."""
        await self._writer.close()

    async def load(self) -> list[Row]:
        """All rows in the order of the queue. Parts are laid out for unfinished uploads only.

        Where they cannot be read the file is moved aside (``damage``), and there are none.

        Raises:
            JournalError: it cannot be read now.
        """
        return await self._load(load)

    async def unread(self) -> list[Drop]:
        """What is not read to its end; ``load`` comes after it, and damage is met as there.

        Raises:
            JournalError: it cannot be read now.
        """
        return await self._load(drop_store.load)

    async def _load(self, read: Callable[[sqlite3.Connection], list[T]]) -> list[T]:
        try:
            return await self._writer.submit(read)
        except JournalError as error:
            if not is_unreadable(error):
                raise
            _log.error("the journal cannot be read: %s %s", error.code, error.detail)
            await self._writer.begin_anew()
            return []

    def last_id(self) -> "asyncio.Future[int]":
        """The highest id that is taken, by history too."""
        return self._writer.submit(
            lambda database: int(
                database.execute("SELECT coalesce(max(id), 0) FROM transfer").fetchone()[0]
            )
        )

    def add(self, rows: Sequence[Row], progress: Progress | None = None) -> Done:
        """New rows, in one commit, with how far what they come of is read then.

        Nobody has them yet, so they are read in the thread.
        """

        def write(database: sqlite3.Connection) -> None:
            insert(database, rows)
            if progress is not None:
                drop_store.advance(database, progress)

        return self._writer.submit(write)

    def asked_for(self, drop: Drop, at: datetime) -> "asyncio.Future[int]":
        """What is about to be read, and gets rows by and by; its id."""
        return self._writer.submit(lambda database: drop_store.begin(database, drop, at))

    def left_out(self, ids: Iterable[int]) -> Done:
        """What is not read of these is not wanted any more."""
        these = list(ids)
        return self._writer.submit(lambda database: drop_store.forget(database, these))

    def queued_of(self, batch: str) -> "asyncio.Future[Queued]":
        """What a download or a copy has rows of, also such as are history."""
        return self._writer.submit(lambda database: drop_store.queued_of(database, batch))

    def intend(self, row: Row, at: datetime) -> Done:
        """The plan, and that CreateMultipartUpload is about to be sent."""
        item = row.transfer
        plan = (item.size, item.part_bytes, item.is_single, at.timestamp(), row.upload_token)
        return self._many(
            # One of before whose end could not be written is not forgotten.
            (sql.LOSE + sql.THIS_ROW, [(item.id,)]),
            (sql.SET_PLAN, [(*plan, *identity_values(item.identity), item.id)]),
        )

    def marked(self, row: Row) -> Done:
        """The token of a PutObject; durable before that is sent."""
        values = (row.upload_token, row.transfer.size, *identity_values(row.transfer.identity))
        return self._many((sql.SET_MARK, [(*values, row.id)]))

    def created(self, id_: int, ref: UploadRef) -> Done:
        """The upload id; durable before its first part is sent (invariant 4)."""
        return self._many((sql.SET_UPLOAD, [(ref.upload_id, ref.opaque_etags, ref.checksum, id_)]))

    def part_done(self, id_: int, number: int, part: KeptPart) -> Done:
        """A part that the server confirmed and whose ETag or checksum was compared."""
        digest = part.digest
        return self._many((sql.SET_PART, [(id_, number, digest.md5, digest.crc32, part.etag)]))

    def compared(self, id_: int, identity: FileIdentity, lost: Iterable[int]) -> Done:
        """After the check on resume: the file as it is now, and the parts to be sent again."""
        return self._many(
            ("DELETE FROM part WHERE transfer_id = ? AND number = ?", [(id_, n) for n in lost]),
            (sql.SET_IDENTITY, [(*identity_values(identity), id_)]),
        )

    def completing(self, id_: int, expected: Expected) -> Done:
        """CompleteMultipartUpload is about to be sent, and what has to come of it."""
        return self._many((sql.SET_COMPLETING, [(expected.etag, expected.crc32, id_)]))

    def not_completed(self, id_: int) -> Done:
        """The Complete is known not to have been carried out."""
        return self._many(("UPDATE transfer SET completing = 0 WHERE id = ?", [(id_,)]))

    def done(self, row: Row, stored: Stored, verified: Verified, at: datetime) -> Done:
        """The object is there and was checked. Its part rows have served."""
        values = done_values(row, stored, verified, at)
        return self._many((sql.SET_DONE, [values]), (sql.FORGET_PARTS, [(row.id,)]))

    def all_done(
        self, items: Iterable[tuple[Row, Stored]], verified: Verified, at: datetime
    ) -> Done:
        """The same of many that had no parts, in one operation."""
        return self._many(
            (sql.SET_DONE, [done_values(row, stored, verified, at) for row, stored in items])
        )

    def change(self, changes: Sequence[StateChange], at: datetime) -> Done:
        """States of any number of rows, in one commit."""
        states = [
            (item.state.value, error_json(item.error), wish_values(item.wish), item.id)
            for item in changes
        ]
        dropped = [item.id for item in changes if item.drop]
        return self._many((sql.SET_STATE, states), *giving_up_values(dropped, at))

    def wish(self, id_: int, wish: Wish | None) -> Done:
        """A cancel that waits for an outcome; ``None``: there is none any more."""
        return self._many(("UPDATE transfer SET wish = ? WHERE id = ?", [(wish_values(wish), id_)]))

    def forget_upload(self, id_: int) -> Done:
        """The upload id is no more on the server: the row starts from its first byte."""
        return self._many((sql.FORGET_PARTS, [(id_,)]), (sql.FORGET, [(id_,)]))

    def give_up_upload(self, id_: int, at: datetime) -> Done:
        """The upload is to be aborted and the row starts from its first byte; its state stays."""
        return self._many(*giving_up_values([id_], at))

    def positions(self, rows: Iterable[Row]) -> Done:
        """The order of the queue."""
        values = [(row.transfer.position, row.transfer.id) for row in rows]
        return self._many(("UPDATE transfer SET position = ? WHERE id = ?", values))

    def priorities(self, rows: Iterable[Row]) -> Done:
        """Who goes first."""
        values = [(row.transfer.priority.value, row.transfer.id) for row in rows]
        return self._many((sql.SET_PRIORITY, values))

    def agreed(self, id_: int, etag: str | None) -> Done:
        """What is overwritten, see ``Row.agreed_etag``."""
        return self._many((sql.SET_AGREED, [(etag, id_)]))

    def destination(self, row: Row) -> Done:
        """Another name, or another decision about what is there."""
        item = row.transfer
        path = os.fsencode(item.path)
        values = (item.location.key.encode(), path, item.if_exists.value, item.id)
        return self._many((sql.SET_DESTINATION, [values]))

    def decided(self, rows: Iterable[Row]) -> Done:
        """What the person said of destinations that are taken."""
        values = [(row.transfer.if_exists.value, row.agreed_etag, row.id) for row in rows]
        return self._many((sql.SET_DECIDED, values))

    def reads(self, row: Row) -> Done:
        """What a download or a copy reads, its plan, and where it grows; parts come after it."""
        item, origin = row.transfer, row.transfer.origin
        plan = (item.size, item.part_bytes, item.is_single)
        grows = os.fsencode(row.part_path) if row.part_path else b""
        known = (origin.version_id, origin.etag, stamp(origin.modified)) if origin else (None,) * 3
        return self._many((sql.SET_ORIGIN, [(*plan, grows, row.checksum, *known, item.id)]))

    def parts_lost(self, id_: int, numbers: Iterable[int]) -> Done:
        """Parts that have to be moved again."""
        lost = [(id_, number) for number in numbers]
        return self._many(("DELETE FROM part WHERE transfer_id = ? AND number = ?", lost))

    def remove(self, ids: Iterable[int], at: datetime) -> Done:
        """Rows that leave the list; those that were stored become history."""
        these = list(ids)
        return self._writer.submit(lambda database: history_store.remove(database, these, at))

    def forget_history(self, up_to: Mark, most: int) -> "asyncio.Future[int]":
        """Deletes ``most`` of the oldest rows of the history, up to this one; says how many."""
        return self._writer.submit(lambda database: history_store.forget(database, up_to, most))

    def read(self, operation: Callable[[sqlite3.Connection], T]) -> "asyncio.Future[T]":
        """Asks something of the tables, in the journal's thread."""
        return self._writer.submit(operation)


async def unbroken(work: Awaitable[T]) -> T:
    """Waits to the end even when cancelled meanwhile, and is cancelled then.

    For what is on its way to the disk, or to the server, already: the memory has to follow it.
    """
    future = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return future.result()
    if not future.cancelled() and (failed := future.exception()):
        _log.warning("stopped while this failed: %s", failed)
    raise cancelled


def written(work: "asyncio.Future[None]", tell: Callable[[S3guiError], None]) -> None:
    """For what nobody waits for: a failure is told, not lost."""

    def look(done: "asyncio.Future[None]") -> None:
        if not done.cancelled() and isinstance(error := done.exception(), S3guiError):
            tell(error)

    work.add_done_callback(look)


Effect = Callable[[], None]


async def durable(work: "asyncio.Future[T]", effect: Effect) -> None:
    """Waits until ``work`` is on the disk and then has the memory follow, cancelled or not."""
    try:
        await unbroken(work)
    finally:
        if work.done() and not work.cancelled() and work.exception() is None:
            effect()
