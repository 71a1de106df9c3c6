"""A journal of an older version, brought up to date at the start."""

import sqlite3
from pathlib import Path

import pytest
from transfers.test_journal import reopened, row

from s3gui.domain.integrity import Digest
from s3gui.transfers import schema
from s3gui.transfers.row import Expected, KeptPart


def columns(database: sqlite3.Connection) -> set[tuple[object, ...]]:
    tables = "SELECT m.name, c.name, c.type, c.dflt_value FROM sqlite_master m"
    return set(database.execute(f"{tables} JOIN pragma_table_info(m.name) c").fetchall())


#: What each version brought: the columns that the one before had not.
BROUGHT = {
    2: [("transfer", "checksum"), ("transfer", "expected_crc32"), ("part", "crc32")],
    3: [("transfer", "wish")],
}


@pytest.mark.parametrize("version", range(1, schema.VERSION))
async def test_a_journal_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, version: int
) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.add([row(1)])
    await journal.close()
    with sqlite3.connect(journal.path) as database:
        before = columns(database)
        for table, name in [item for v, items in BROUGHT.items() if v > version for item in items]:
            database.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        if version < 4:
            database.execute("DROP TABLE lost_create")
        database.execute(f"PRAGMA user_version = {version}")
    database.close()
    journal, (back,) = await reopened(tmp_path)
    assert (back.ref.checksum, back.expected, back.wish) == ("", Expected(), None)
    await journal.part_done(1, 1, KeptPart(Digest(crc32=b"abcd"), "e"))
    await journal.close()
    database = sqlite3.connect(journal.path)
    assert columns(database) == before
    assert database.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    database.close()
