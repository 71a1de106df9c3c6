"""What is not read to its end, to and from the journal's tables. Runs in the journal's thread."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Priority
from s3gui.domain.queueing import Mapped, Reading, Skipped, Wanted
from s3gui.domain.transfer import Direction
from s3gui.transfers.drop import Drop, Mark, Progress
from s3gui.transfers.row_store import options_json, options_of, readable

_COLUMNS = (
    "batch, kind, profile_id, origin_profile_id, bucket, key, folder, paths, wanted, have,"
    " how_json, options_json, if_exists, is_move, priority"
)
_BEGIN = f"INSERT INTO unread({_COLUMNS}, created_at) VALUES({'?, ' * 15}?)"
_LOAD = (
    f"SELECT {_COLUMNS}, id, mark_index, mark_name, queued, queued_bytes, had"  # noqa: S608  ours
    " FROM unread ORDER BY id"
)
_ADVANCE = (
    "UPDATE unread SET mark_index = ?, mark_name = ?, queued = ?, queued_bytes = ?, had = ?"
    " WHERE id = ?"
)
_NOTE = (
    "INSERT INTO unread_note(unread_id, is_mapped, path, bucket, key, why) VALUES(?, ?, ?, ?, ?, ?)"
)
_NOTES = (
    "SELECT is_mapped, path, bucket, key, why FROM unread_note WHERE unread_id = ? ORDER BY rowid"
)
_QUEUED = "SELECT origin_bucket, origin_key, origin_version FROM transfer WHERE batch = ?"
#: Things in a line of JSON.
_A_LINE = 500
#: Which objects a batch has rows of: the version is ``None`` beside what it is.
Queued = frozenset[tuple[Location, str | None]]


def begin(database: sqlite3.Connection, drop: Drop, at: datetime) -> int:
    """A new one, before it is read; returns its id. No customer key is written."""
    values = (
        *(drop.batch, drop.direction.value, drop.profile_id, drop.source_profile_id),
        *(drop.where.bucket, _bytes(drop.where.key), os.fsencode(drop.folder.absolute())),
        *(_lines(_raw_paths(drop)), _lines(_raw_wanted(drop)), _lines(_raw_have(drop))),
        _how_json(drop),
        *(options_json(drop.options, drop.part_bytes), drop.if_exists.value, drop.is_move),
        *(drop.priority.value, at.timestamp()),
    )
    return int(database.execute(_BEGIN, values).lastrowid or 0)


def advance(database: sqlite3.Connection, progress: Progress) -> None:
    """How far it is read, with the rows that come of it; at its end it is forgotten."""
    if progress.is_last:
        forget(database, [progress.id])
        return
    mark, sums = progress.mark, (progress.queued, progress.queued_bytes, progress.had)
    told = database.execute(_ADVANCE, (mark.index, _bytes(mark.name), *sums, progress.id))
    if told.rowcount:  # else nobody wants the rest any more
        notes: list[Skipped | Mapped] = [*progress.skipped, *progress.mapped]
        database.executemany(_NOTE, [_note_values(progress.id, note) for note in notes])


def forget(database: sqlite3.Connection, ids: Iterable[int]) -> None:
    """They are read to their end, or nobody wants them any more."""
    these = [(id_,) for id_ in ids]
    database.executemany("DELETE FROM unread WHERE id = ?", these)
    database.executemany("DELETE FROM unread_note WHERE unread_id = ?", these)


def load(database: sqlite3.Connection) -> list[Drop]:
    """All of them, in the order in which they were asked for.

    Raises:
        JournalError: one holds what nobody wrote.
    """
    return readable(_load, database)


def queued_of(database: sqlite3.Connection, batch: str) -> Queued:
    """What a download or a copy has rows of, also such as are history."""
    found: set[tuple[Location, str | None]] = set()
    for bucket, key, version_id in database.execute(_QUEUED, (batch,)):
        place = Location(bucket, bytes(key).decode())
        found |= {(place, None), (place, version_id)}
    return frozenset(found)


def _load(database: sqlite3.Connection) -> list[Drop]:
    drops = [_drop(values) for values in database.execute(_LOAD)]
    for drop in drops:
        for is_mapped, path, bucket, key, why in database.execute(_NOTES, (drop.id,)):
            where = Location(bucket, _text(key)) if bucket else None
            if is_mapped and where is not None:
                drop.mapped.append(Mapped(where, _path(path), why))
            else:
                drop.skipped.append(Skipped(_path(path), why, where))
    return drops


def _drop(values: tuple[Any, ...]) -> Drop:
    take: Callable[[], Any] = iter(values).__next__
    batch, kind, profile_id, source_profile_id = take(), take(), take(), take()
    where, folder = Location(take(), _text(take())), _path(take())
    paths = tuple(_path(path.encode("utf-8", "surrogateescape")) for path in _things(take()))
    wanted = tuple(
        Wanted(Location(bucket, key), version_id, size)
        for bucket, key, version_id, size in _things(take())
    )
    have = {Location(bucket, key): etag for bucket, key, etag in _things(take())}
    how = json.loads(take())
    options, part_bytes = options_of(take())
    drop = Drop(
        *(profile_id, options, batch, Direction(kind), IfExists(take()), bool(take())),
        *(Priority(take()), [(mask, kind) for mask, kind in how["types"]], part_bytes),
        paths=paths,
        wanted=wanted,
        source_profile_id=source_profile_id,
        where=where,
        exactly=how["exactly"],
        folder=folder,
        as_name=how["as_name"],
        have=have,
        id=take(),
        mark=Mark(take(), _text(take())),
        reading=Reading.HELD,
    )
    drop.queued, drop.queued_bytes, drop.had = take(), take(), take()
    return drop


def _raw_paths(drop: Drop) -> Iterator[str]:
    # Any bytes that the file system takes: JSON has those that are no UTF-8 as surrogates.
    return (os.fsencode(path).decode("utf-8", "surrogateescape") for path in drop.paths)


def _raw_wanted(drop: Drop) -> Iterator[object]:
    for one in drop.wanted:
        yield one.location.bucket, one.location.key, one.version_id, one.size


def _raw_have(drop: Drop) -> Iterator[object]:
    return ((place.bucket, place.key, etag) for place, etag in drop.have.items())


def _how_json(drop: Drop) -> str:
    types = [list(rule) for rule in drop.content_types]
    return json.dumps({"types": types, "as_name": drop.as_name, "exactly": drop.exactly})


def _lines(things: Iterator[object]) -> str:
    # Not in one go: the interpreter is nobody else's meanwhile, and they may be a hundred thousand.
    lines = []
    while some := list(islice(things, _A_LINE)):
        lines.append(json.dumps(some))
    return "\n".join(lines)


def _things(lines: str) -> Iterator[Any]:
    return (thing for line in lines.splitlines() for thing in json.loads(line))


def _note_values(id_: int, note: Skipped | Mapped) -> tuple[object, ...]:
    where = note.location or Location("")
    is_mapped = isinstance(note, Mapped)
    why = note.why.encode(errors="replace").decode()
    return (id_, is_mapped, os.fsencode(note.path), where.bucket, _bytes(where.key), why)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return bytes(raw).decode("utf-8", "surrogatepass")


def _path(raw: bytes) -> Path:
    return Path(os.fsdecode(bytes(raw)))
