"""What the journal has of small downloads: two operations for each batch of them."""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from s3gui.domain.entries import Stored
from s3gui.domain.integrity import Verified
from s3gui.transfers import statements as sql
from s3gui.transfers.journal import Journal
from s3gui.transfers.journal_values import done_values, stamp
from s3gui.transfers.row import Row
from s3gui.transfers.row_store import identity_values

#: As ``reads``, ``compared`` and ``completing`` of the journal together.
_INTEND = (
    "UPDATE transfer SET size = ?, part_bytes = ?, is_single = ?, part_path = ?, checksum = '',"
    " origin_version = ?, origin_etag = ?, origin_modified = ?, dev = ?, ino = ?, mtime_ns = ?,"
    " ctime_ns = ?, completing = 1, expected_etag = ?, expected_crc32 = ? WHERE id = ?"
)


def intended(journal: Journal, rows: Sequence[Row]) -> "asyncio.Future[None]":
    """These are whole, and are about to get their names; durable before the first one does."""
    values = [_intention(row) for row in rows]

    def write(database: sqlite3.Connection) -> None:
        database.executemany(_INTEND, values)

    return journal.read(write)


def named(
    journal: Journal, items: Sequence[tuple[Row, Stored, Verified]], at: datetime
) -> "asyncio.Future[None]":
    """These have them: they are done."""
    done = [done_values(row, stored, level, at) for row, stored, level in items]
    same = [(*identity_values(row.transfer.identity), row.id) for row, _, _ in items]

    def write(database: sqlite3.Connection) -> None:
        database.executemany(sql.SET_IDENTITY, same)
        database.executemany(sql.SET_DONE, done)

    return journal.read(write)


def _intention(row: Row) -> tuple[object, ...]:
    item, origin, path = row.transfer, row.transfer.origin, row.part_path
    if origin is None or path is None:
        raise AssertionError("a download reads something, and was written")
    return (
        *(item.size, item.part_bytes, item.is_single, os.fsencode(path)),
        *(origin.version_id, origin.etag, stamp(origin.modified)),
        *identity_values(item.identity),
        *(row.expected.etag, row.expected.crc32, item.id),
    )
