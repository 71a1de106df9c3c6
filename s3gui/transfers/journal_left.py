"""What of the journal is about uploads that may be left on a server."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from s3gui.domain.entries import UploadRef
from s3gui.transfers import statements as sql
from s3gui.transfers.journal_values import Done, Statement
from s3gui.transfers.left_store import (
    AbortTodo,
    LostCreate,
    abort_key,
    lost_key,
    read_aborts,
    read_known,
    read_lost,
)
from s3gui.transfers.writer import Writer


class LeftJournal:
    """The part of ``Journal`` that knows of Creates without an answer, and of Aborts to be sent."""

    _writer: Writer

    def taken_back(self, todo: AbortTodo, at: datetime) -> Done:
        """An upload that is of no use, and was never a row's, is to be aborted."""
        return self._many((sql.ABORT, [(*abort_key(todo), at.timestamp())]))

    def not_created(self, id_: int) -> Done:
        """The Create was refused: there is no upload."""
        return self._many((sql.NO_INTENT + sql.THIS_ROW, [(id_,)]))

    def create_lost(self, id_: int) -> Done:
        """The Create has no answer: it is to be found out whether it was carried out."""
        return self._many(
            (sql.LOSE + sql.THIS_ROW, [(id_,)]), (sql.NO_INTENT + sql.THIS_ROW, [(id_,)])
        )

    def all_creates_lost(self) -> Done:
        """At a start: whatever Create was under way when the program ended, has no answer."""
        return self._many((sql.LOSE, [()]), (sql.NO_INTENT, [()]))

    def lost_creates(self) -> "asyncio.Future[list[LostCreate]]":
        """The Creates without an answer, oldest first."""
        return self._writer.submit(read_lost)

    def known_uploads(self, lost: LostCreate) -> "asyncio.Future[set[str]]":
        """The upload ids of a destination that are in the journal."""
        return self._writer.submit(lambda database: read_known(database, lost))

    def swept(self, lost: Sequence[LostCreate], found: Sequence[UploadRef], at: datetime) -> Done:
        """It was found out: these uploads are to be aborted."""
        profile_id, since = lost[0].profile_id, at.timestamp()
        return self._many(
            (sql.ABORT, [(*abort_key(AbortTodo(profile_id, ref)), since) for ref in found]),
            (sql.FOUND, [lost_key(item) for item in lost]),
        )

    def aborts(self) -> "asyncio.Future[list[AbortTodo]]":
        """The uploads that were given up, oldest first."""
        return self._writer.submit(read_aborts)

    def aborted(self, todo: AbortTodo) -> Done:
        """The server has it no more."""
        return self._many((sql.ABORTED, [abort_key(todo)]))

    def abort_failed(self, todo: AbortTodo) -> Done:
        """It was tried, and stays to be tried."""
        return self._many((sql.ABORT_FAILED, [abort_key(todo)]))

    def _many(self, *statements: Statement) -> Done:
        def write(database: sqlite3.Connection) -> None:
            for statement, values in statements:
                if values:
                    database.executemany(statement, values)

        return self._writer.submit(write)
