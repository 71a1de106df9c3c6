"""What may be left on a server, to and from the journal's tables. Reads run in its thread."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from s3gui.domain.entries import UploadRef
from s3gui.domain.location import Location

_KNOWN = (
    "SELECT upload_id FROM transfer WHERE profile_id = ?1 AND bucket = ?2 AND key = ?3 UNION"
    " SELECT upload_id FROM abort_todo WHERE profile_id = ?1 AND bucket = ?2 AND key = ?3"
)


@dataclass(frozen=True, slots=True)
class AbortTodo:
    """An upload that is given up, and that the server may still have."""

    profile_id: str
    ref: UploadRef


@dataclass(frozen=True, slots=True)
class LostCreate:
    """A CreateMultipartUpload that may have been carried out, and whose answer never came."""

    profile_id: str
    location: Location
    #: When it was journaled, just before it was sent.
    at: datetime


def abort_key(todo: AbortTodo) -> tuple[object, ...]:
    """Its row in ``abort_todo``."""
    where = todo.ref.location
    return (todo.profile_id, where.bucket, where.key.encode(), todo.ref.upload_id)


def lost_key(lost: LostCreate) -> tuple[object, ...]:
    """Its row in ``lost_create``."""
    where = lost.location
    return (lost.profile_id, where.bucket, where.key.encode(), lost.at.timestamp())


def read_aborts(database: sqlite3.Connection) -> list[AbortTodo]:
    """The uploads that were given up, oldest first."""
    rows = database.execute(
        "SELECT profile_id, bucket, key, upload_id FROM abort_todo ORDER BY since"
    )
    return [
        AbortTodo(profile, UploadRef(Location(bucket, bytes(key).decode()), upload_id))
        for profile, bucket, key, upload_id in rows
    ]


def read_lost(database: sqlite3.Connection) -> list[LostCreate]:
    """The Creates without an answer, oldest first."""
    rows = database.execute("SELECT profile_id, bucket, key, at FROM lost_create ORDER BY at")
    return [
        LostCreate(profile, Location(bucket, bytes(key).decode()), datetime.fromtimestamp(at, UTC))
        for profile, bucket, key, at in rows
    ]


def read_known(database: sqlite3.Connection, lost: LostCreate) -> set[str]:
    """The upload ids of a destination that are in the journal."""
    return {upload_id for (upload_id,) in database.execute(_KNOWN, lost_key(lost)[:-1])}
