"""What the journal writes into its columns: values for the statements."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime

from s3gui.domain.entries import Stored
from s3gui.domain.integrity import Verified
from s3gui.transfers import statements as sql
from s3gui.transfers.row import Row, Wish

Done = asyncio.Future[None]
Statement = tuple[str, Sequence[tuple[object, ...]]]


def stamp(moment: datetime | None) -> float | None:
    """Seconds since 1970, UTC."""
    return None if moment is None else moment.timestamp()


def done_values(row: Row, stored: Stored, verified: Verified, at: datetime) -> tuple[object, ...]:
    """Of ``SET_DONE``."""
    item = row.transfer
    plan = (item.size, item.part_bytes, item.is_single)
    proof = json.dumps(row.proof) if row.proof else ""
    times = (stamp(item.started), at.timestamp())
    return (*plan, stored.etag, stored.version_id, verified.value, proof, *times, item.id)


def wish_values(wish: Wish | None) -> str:
    """Of the column ``wish``."""
    return "" if wish is None else wish.value


def giving_up_values(ids: Sequence[int], at: datetime) -> tuple[Statement, ...]:
    """The uploads of these rows go to ``abort_todo``, and the rows start from their first byte."""
    each = [(id_,) for id_ in ids]
    since = at.timestamp()
    return (
        (sql.GIVE_UP, [(since, id_) for id_ in ids]),
        (sql.FORGET_PARTS, each),
        (sql.FORGET, each),
    )
