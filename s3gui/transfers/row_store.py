"""Rows to and from the journal's tables. Runs in the journal's thread."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import JournalError
from s3gui.domain.existing import Remark
from s3gui.domain.integrity import Digest, Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Origin, Priority
from s3gui.domain.parts import PartPlan
from s3gui.domain.receipt import Proof
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import (
    ENDED,
    Direction,
    ErrorNote,
    FileIdentity,
    State,
    Transfer,
)
from s3gui.transfers.damage import UNREADABLE
from s3gui.transfers.row import WAITING_BY_CODE, Expected, KeptPart, Row, Wish

T = TypeVar("T")
_COLUMNS = (
    "id, position, kind, profile_id, bucket, key, local_path, batch, state, size, options_json,"
    " created_at, error_json, part_bytes, is_single, dev, ino, mtime_ns, ctime_ns, upload_id,"
    " opaque_etags, checksum, completing, expected_etag, expected_crc32, etag,"
    " version_id, verified, finished_at, wish, priority, if_exists, agreed_etag, is_move,"
    " part_path, proof_json, started_at, origin_profile_id, origin_bucket, origin_key,"
    " origin_version, origin_etag, origin_modified, upload_token"
)
_INSERT = (
    "INSERT INTO transfer(id, position, kind, profile_id, bucket, key, local_path, batch, state,"
    " size, options_json, created_at, priority, if_exists, is_move, origin_profile_id,"
    " origin_bucket, origin_key, origin_version, origin_etag, origin_modified)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

#: Among the options, which are asked for with a batch as it is.
_PART_BYTES = "part_bytes"
#: States in which a journaled error says what is waited for.
_MAY_WAIT = ENDED | {State.PAUSED}

# A look-up in a dict, because Enum's own call costs three times that, two hundred thousand times.
_DIRECTIONS = {item.value: item for item in Direction}
_STATES = {item.value: item for item in State}
_PRIORITIES = {item.value: item for item in Priority}
_IF_EXISTS = {item.value: item for item in IfExists}


def insert(database: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """New rows."""
    texts: dict[int, str] = {}
    database.executemany(_INSERT, (_as_values(row, texts) for row in rows))


def _as_values(row: Row, texts: dict[int, str]) -> tuple[object, ...]:
    """A new row, as ``_INSERT`` wants it. ``texts`` are of options that others had before."""
    item = row.transfer
    created = item.created or datetime.now(UTC)
    return (
        *(item.id, item.position, item.direction.value, item.profile_id),
        *(item.location.bucket, item.location.key.encode(), os.fsencode(item.path), item.batch),
        *(item.state.value, item.size, _options_text(row, texts), created.timestamp()),
        *(item.priority.value, item.if_exists.value, item.is_move),
        *_origin_values(item.origin),
    )


def _origin_values(origin: Origin | None) -> tuple[object, ...]:
    if origin is None:
        return ("", "", b"", None, "", None)
    return (
        *(origin.profile_id, origin.location.bucket, origin.location.key.encode()),
        *(origin.version_id, origin.etag, origin.modified and origin.modified.timestamp()),
    )


def load(database: sqlite3.Connection) -> list[Row]:
    """The rows of the list in their order; a hundred thousand take a second.

    Raises:
        JournalError: a row holds what nobody wrote; SQLite's own check cannot see that.
    """
    return readable(_load, database)


def readable(read: Callable[[sqlite3.Connection], T], database: sqlite3.Connection) -> T:
    """What ``read`` finds.

    Raises:
        JournalError: it stumbled over what nobody wrote.
    """
    try:
        return read(database)
    except sqlite3.Error as error:
        if "decode" in str(error):  # bytes in a text that are no UTF-8
            raise _unreadable(error) from error
        raise
    except Exception as error:  # any cell may hold anything
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> JournalError:
    return JournalError(
        tr("The list of transfers was damaged and could not be read"),
        visible(f"{type(error).__name__}: {error}"),
        code=UNREADABLE,
    )


def _load(database: sqlite3.Connection) -> list[Row]:
    kept: dict[int, dict[int, KeptPart]] = {}
    parts = database.execute("SELECT transfer_id, number, md5, crc32, etag FROM part")
    for id_, number, md5, crc32, etag in parts:
        kept.setdefault(id_, {})[number] = KeptPart(Digest(md5, crc32), etag)
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM transfer WHERE unlisted_at IS NULL ORDER BY position, id"  # noqa: S608
    )
    return [_row(values, kept.pop(values[0], None)) for values in rows]


def finished(database: sqlite3.Connection, which: str, values: Sequence[object]) -> list[Row]:
    """Completed rows, on the list or not; ``which`` stands after ``AND``, in words of ours only."""
    query = f"SELECT {_COLUMNS} FROM transfer WHERE state = 'completed' AND {which}"  # noqa: S608
    return [_row(cells, None) for cells in database.execute(query, values)]


def _row(values: tuple[Any, ...], kept: dict[int, KeptPart] | None) -> Row:
    cells = iter(values)
    take = cells.__next__
    transfer = Transfer(
        id=take(),
        position=take(),
        direction=_DIRECTIONS[take()],
        profile_id=take(),
        location=Location(take(), bytes(take()).decode()),
        path=Path(os.fsdecode(bytes(take()))),
        batch=take(),
        state=_STATES[take()],
        size=take(),
    )
    options, wanted_part_bytes = options_of(take())
    transfer.content_type = options.content_type
    transfer.created = _time(take())
    transfer.error = _error(take())
    transfer.part_bytes = take()
    transfer.is_single = bool(take())
    transfer.identity = _identity(transfer.size, cells)
    transfer.upload_id = take()
    row = Row(transfer, options, kept or {}, bool(take()), take(), bool(take()))
    row.wanted_part_bytes = wanted_part_bytes
    row.expected = Expected(take(), take())
    transfer.etag, transfer.version_id = take(), take()
    verified = take()
    transfer.verified = Verified(verified) if verified else None
    transfer.finished = _time(take())
    wish = take()
    row.wish = Wish(wish) if wish else None
    _take_more(row, take)
    if transfer.error is not None and transfer.state in _MAY_WAIT:
        transfer.waiting = WAITING_BY_CODE.get(transfer.error.code)
    unfinished = transfer.state in {State.QUEUED, State.PAUSED} and row.part_path is None
    row.may_have_left = unfinished and transfer.direction is Direction.DOWNLOAD
    if transfer.part_bytes and (transfer.upload_id or row.part_path):
        _lay_out(row)
    return row


def _take_more(row: Row, take: Callable[[], Any]) -> None:
    transfer = row.transfer
    transfer.priority, transfer.if_exists = _PRIORITIES[take()], _IF_EXISTS[take()]
    row.agreed_etag = take()
    transfer.is_move = bool(take())
    part_path, proof = bytes(take()), take()
    row.part_path = Path(os.fsdecode(part_path)) if part_path else None
    row.proof = json.loads(proof) if proof else {}
    if told := row.proof.get(Proof.REMARKS):
        transfer.remarks = tuple(Remark(remark) for remark in told.split(","))
    transfer.started = _time(take())
    profile_id, bucket, key, version_id, etag, modified = (take() for _ in range(6))
    if bucket:
        place = Location(bucket, bytes(key).decode())
        transfer.origin = Origin(profile_id, place, version_id, etag, _time(modified))
    row.upload_token = take()


def _lay_out(row: Row) -> None:
    transfer = row.transfer
    transfer.lay_out(PartPlan(transfer.size, transfer.part_bytes))
    for number, part in list(row.kept.items()):
        if number <= len(transfer.parts):
            transfer.part_done(number, part.etag)
        else:
            del row.kept[number]


def identity_values(identity: FileIdentity | None) -> tuple[object, ...]:
    """As the columns ``dev``, ``ino``, ``mtime_ns``, ``ctime_ns`` have it."""
    if identity is None:
        return (None, None, None, None)
    return (
        *(str(identity.device), str(identity.inode)),
        *(identity.mtime_ns, identity.ctime_ns),
    )


def _identity(size: int, cells: Iterator[Any]) -> FileIdentity | None:
    device, inode, mtime_ns, ctime_ns = next(cells), next(cells), next(cells), next(cells)
    if device is None:
        return None
    return FileIdentity(int(device), int(inode), size, mtime_ns, ctime_ns)


def _time(stamp: float | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)


def error_json(error: ErrorNote | None) -> str | None:
    """An error as the journal keeps it."""
    return None if error is None else json.dumps(asdict(error))


def _error(text: str | None) -> ErrorNote | None:
    return None if text is None else ErrorNote(**json.loads(text))


def _options_text(row: Row, texts: dict[int, str]) -> str:
    if row.wanted_part_bytes:
        return options_json(row.options, row.wanted_part_bytes)
    # The rows of a drop share their options, a few dozen for a hundred thousand.
    text = texts.get(id(row.options))
    if text is None:
        text = texts[id(row.options)] = options_json(row.options)
    return text


def options_json(options: ObjectOptions, part_bytes: int = 0) -> str:
    """Options, and the bytes of a part that were asked for with them, as the journal keeps them."""
    # Empty fields are left out: a hundred thousand rows have nothing but a content type.
    filled = {name: value for name, value in _option_items(options) if value}
    if part_bytes:
        filled[_PART_BYTES] = part_bytes
    return json.dumps(filled, sort_keys=True)


def _option_items(options: ObjectOptions) -> list[tuple[str, Any]]:
    # All but the customer's key. That there is one stays (``encryption``), so that nothing is sent
    # without it.
    return [
        ("content_type", options.content_type),
        ("metadata", dict(options.metadata)),
        ("cache_control", options.cache_control),
        ("storage_class", options.storage_class),
        ("acl", options.acl),
        ("tags", dict(options.tags)),
        ("content_disposition", options.content_disposition),
        ("content_encoding", options.content_encoding),
        ("content_language", options.content_language),
        ("expires", options.expires),
        ("website_redirect", options.website_redirect),
        ("encryption", str(options.encryption)),
        ("kms_key_id", options.kms_key_id),
    ]


@lru_cache(maxsize=256)
def options_of(text: str) -> tuple[ObjectOptions, int]:
    """What ``options_json`` wrote."""
    # A hundred thousand rows have a few dozen different ones, and share them.
    raw = json.loads(text)
    part_bytes = int(raw.pop(_PART_BYTES, 0))
    return ObjectOptions(**raw), part_bytes
