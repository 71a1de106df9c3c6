"""Finished rows as they come about, and journals that are full of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from s3gui.domain.entries import ObjectOptions, Stored
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.profile import Profile
from s3gui.domain.receipt import Receipt
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.transfers.journal import Journal
from s3gui.transfers.row import Row

START = datetime(2026, 1, 1, tzinfo=UTC)
PROFILES = {"p": Profile("p", "Memory", "http://127.0.0.1:9")}


def done_row(number: int, key: str, path: str = "", batch: str = "") -> Row:
    """A row that is on its way into the journal as completed."""
    where = Location("b", key)
    row = Row(
        Transfer(
            number,
            "p",
            Direction.UPLOAD,
            where,
            Path(path or f"/home/me/{key}"),
            10,
            number,
            batch=batch,
            state=State.FAILED,
            created=START,
        ),
        ObjectOptions(),
    )
    row.transfer.part_bytes, row.transfer.is_single = 10, True
    row.transfer.started = START + timedelta(seconds=number)
    row.proof = {"md5": f"{number:032x}", "file_size": "10"}
    return row


async def fill_fast(journal: Journal, count: int) -> None:
    """As ``fill``, for more rows than one by one has patience for."""
    rows = [done_row(n, f"backups/2026/db-{n:06d}.sql.zst") for n in range(1, count + 1)]
    await journal.add(rows)
    proof = '{"md5": "0123456789abcdef0123456789abcdef", "file_mtime_ns": "1767225600000000000"}'
    done = (
        "UPDATE transfer SET state = 'completed', finished_at = created_at + id * 60,"
        " etag = '0123456789abcdef0123456789abcdef', verified = 'etag', proof_json = ?"
    )
    await journal.read(lambda database: database.execute(done, (proof,)).rowcount)
    await journal.remove([row.id for row in rows], START + timedelta(days=99))


async def fill(journal: Journal, rows: Sequence[Row], *, unlisted: bool = True) -> None:
    """Rows that were finished a minute after each other, and taken off the list."""
    await journal.add(rows)
    for row in rows:
        at = START + timedelta(minutes=row.id)
        stored = Stored(f"{row.id:032x}", "v1")
        done = journal.done(row, stored, Verified.ETAG, at)
    await done
    if unlisted:
        await journal.remove([row.id for row in rows], START + timedelta(days=9))


def receipt(**changes: object) -> Receipt:
    transfer = done_row(7, "folder/file.bin").transfer
    transfer.etag, transfer.verified = "e" * 32, Verified.ETAG
    transfer.finished = START + timedelta(minutes=7)
    return replace(Receipt.of(transfer, {}), **changes)  # type: ignore[arg-type]
