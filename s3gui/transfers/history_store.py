"""The history's tables: rows that left the list, and what they are searched by.

Runs in the journal's thread, the questions in any thread with a connection of its own.
"""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.receipt import Receipt
from s3gui.domain.transfer import Direction
from s3gui.transfers import statements as sql
from s3gui.transfers.row_store import finished

#: Where a row stands in the history: when it was finished (seconds since the epoch), and its id.
Mark = tuple[float, int]
#: Values in one statement.
_CHUNK = 500
_UNLIST = "UPDATE transfer SET unlisted_at = ? WHERE id = ?"
_FACTS = (
    "SELECT coalesce(finished_at, created_at), id, kind, bucket, key, local_path, origin_bucket,"
    " origin_key FROM transfer WHERE state = 'completed' AND unlisted_at IS NULL AND id IN ({ids})"
)
_REMEMBER = "INSERT INTO past(finished_at, id, kind, words) VALUES(?, ?, ?, ?)"
_OLDEST = (
    "SELECT finished_at, id FROM past WHERE (finished_at, id) <= (?, ?)"
    " ORDER BY finished_at, id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Search:
    """Which rows of the history are wanted; every word of ``text`` has to be there."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first; ``end`` is where the next page goes on, ``None`` after the last."""

    receipts: tuple[Receipt, ...]
    end: Mark | None


def unlist(database: sqlite3.Connection, ids: Sequence[int], at: datetime) -> None:
    """Makes completed rows history."""
    stamp = at.timestamp()
    for first in range(0, len(ids), _CHUNK):
        some = ids[first : first + _CHUNK]
        facts = database.execute(_FACTS.format(ids=_slots(some)), some).fetchall()
        database.executemany(_REMEMBER, [(*one[:3], _words(*one[3:])) for one in facts])
        database.executemany(_UNLIST, [(stamp, one[1]) for one in facts])


def remove(database: sqlite3.Connection, ids: Sequence[int], at: datetime) -> None:
    """Takes rows off the list; what a Create of theirs may have left is still looked for."""
    unlist(database, ids, at)
    these = [(id_,) for id_ in ids]
    database.executemany(sql.LOSE + sql.THIS_ROW, these)
    database.executemany(sql.REMOVE, these)


def forget(database: sqlite3.Connection, up_to: Mark, most: int) -> int:
    """Deletes the oldest ``most`` rows up to a mark; returns how many there were."""
    oldest = database.execute(_OLDEST, (*up_to, most)).fetchall()
    database.executemany("DELETE FROM past WHERE finished_at = ? AND id = ?", oldest)
    database.executemany("DELETE FROM transfer WHERE id = ?", [(id_,) for _, id_ in oldest])
    return len(oldest)


def page(database: sqlite3.Connection, search: Search, after: Mark | None, most: int) -> Page:
    """The newest rows that are wanted, or those after a mark."""
    where, values = _where(search)
    if after is not None:
        where, values = f"{where} AND (finished_at, id) < (?, ?)", [*values, *after]
    marks = database.execute(
        f"SELECT finished_at, id FROM past WHERE {where}"  # noqa: S608  words of ours
        " ORDER BY finished_at DESC, id DESC LIMIT ?",
        (*values, most),
    ).fetchall()
    found = {one.id: one for one in by_ids(database, [id_ for _, id_ in marks])}
    receipts = tuple(found[id_] for _, id_ in marks if id_ in found)
    return Page(receipts, marks[-1] if len(marks) == most else None)


def count(database: sqlite3.Connection, search: Search) -> int:
    """How many rows are wanted."""
    where, values = _where(search)
    query = f"SELECT count(*) FROM past WHERE {where}"  # noqa: S608  words of ours
    return int(database.execute(query, values).fetchone()[0])


def mark_beyond(database: sqlite3.Connection, newest: int) -> Mark | None:
    """The newest row that is older than the ``newest`` newest ones."""
    found = database.execute(
        "SELECT finished_at, id FROM past ORDER BY finished_at DESC, id DESC LIMIT 1 OFFSET ?",
        (newest,),
    ).fetchone()
    return None if found is None else (found[0], found[1])


def by_ids(database: sqlite3.Connection, ids: Sequence[int]) -> list[Receipt]:
    """The completed ones among these, in no order; at most some hundreds at once."""
    rows = finished(database, f"id IN ({_slots(ids)})", ids)
    return [Receipt.of(row.transfer, row.proof) for row in rows]


def made_with(
    database: sqlite3.Connection, ids: Sequence[int]
) -> dict[int, tuple[ObjectOptions, int]]:
    """What completed rows were made with, and the bytes of a part that were asked for (or 0).

    At most some hundreds at once.
    """
    rows = finished(database, f"id IN ({_slots(ids)})", ids)
    return {row.id: (row.options, row.wanted_part_bytes) for row in rows}


def all_after(database: sqlite3.Connection, after: int, most: int) -> list[Receipt]:
    """The completed ones by id, those after an id."""
    rows = finished(database, "id > ? ORDER BY id LIMIT ?", (after, most))
    return [Receipt.of(row.transfer, row.proof) for row in rows]


def of_batch(database: sqlite3.Connection, batch: str, after: int, most: int) -> list[Receipt]:
    """The completed ones of a batch, by id, those after an id."""
    rows = finished(database, "batch = ? AND id > ? ORDER BY id LIMIT ?", (batch, after, most))
    return [Receipt.of(row.transfer, row.proof) for row in rows]


def _where(search: Search) -> tuple[str, list[object]]:
    terms: list[str] = ["1"]
    values: list[object] = []
    for word in search.text.casefold().split():
        terms.append("instr(words, ?)")
        values.append(word)
    for term, moment in (("finished_at >= ?", search.since), ("finished_at < ?", search.until)):
        if moment is not None:
            terms.append(term)
            values.append(moment.timestamp())
    if search.direction is not None:
        terms.append("kind = ?")
        values.append(search.direction.value)
    return " AND ".join(terms), values


def _slots(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _words(bucket: str, key: bytes, path: bytes, from_bucket: str, from_key: bytes) -> str:
    lines = [f"{bucket}/{bytes(key).decode()}", os.fsdecode(bytes(path))]
    if from_bucket:
        lines.append(f"{from_bucket}/{bytes(from_key).decode()}")
    # A name that is not UTF-8 has surrogates, which no database takes.
    return "\n".join(lines).casefold().encode(errors="replace").decode()
