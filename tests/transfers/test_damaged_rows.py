"""Rows that nobody can read: the file is put aside, and a new list begins."""

import sqlite3
from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.kit import MD5_ONLY, PART, House, MakeFile

from s3gui.domain.errors import JournalError
from s3gui.transfers.damage import is_unreadable

pytestmark = MD5_ONLY
DAMAGE = [
    "UPDATE transfer SET options_json = '{'",
    "UPDATE transfer SET key = x'ff'",
    "ALTER TABLE transfer RENAME COLUMN upload_token TO nothing_of_ours",
    "DROP TABLE part",
]


@pytest.mark.parametrize("damage", DAMAGE)
async def test_the_queue_says_so_and_begins_anew(
    house: House, server: MemoryServer, make_file: MakeFile, damage: str
) -> None:
    gate = server.hold("send_part", part=2)
    await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    again = await house.crash()
    database = sqlite3.connect(again.journal.path)
    database.execute(damage)
    database.commit()
    database.close()
    server.clear_rules()
    try:
        await again.queue.start()
        assert not again.queue.transfers
        (told,) = again.watcher.problems
        assert told.code == "JournalDamaged"
        assert "s3gui unfinished" in told.hint
        (aside,) = again.journal.path.parent.glob("*.corrupt-*[0-9]")
        assert str(aside) in told.detail
        assert count(aside) == 1
        await again.done(await again.upload_one(make_file(2 * PART)))
        assert len(server.uploads) == 1, "the one that only the old list knows of"
    finally:
        await again.close()


def count(aside: Path) -> int:
    database = sqlite3.connect(aside)
    try:
        (rows,) = database.execute("SELECT count(*) FROM transfer").fetchone()
        return int(rows)
    finally:
        database.close()


@pytest.mark.parametrize(
    ("code", "unreadable"),
    [
        ("JournalUnreadable", True),
        ("SQLITE_CORRUPT_VTAB", True),
        ("SQLITE_NOTADB", True),
        ("SQLITE_FULL", False),
        ("SQLITE_IOERR_READ", False),
        ("SQLITE_READONLY", False),
        ("SQLITE_BUSY", False),
        ("JournalNewer", False),
        ("JournalInUse", False),
    ],
)
def test_only_damage_puts_a_list_aside(server: object, code: str, unreadable: bool) -> None:
    del server
    assert is_unreadable(JournalError("x", code=code)) is unreadable
