"""A journal of an older version, brought up to date at the start."""

import sqlite3
from pathlib import Path

import pytest
from transfers.test_journal import NOW, reopened, row

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.integrity import Digest
from s3gui.domain.origin import IfExists, Priority
from s3gui.domain.transfer import State
from s3gui.transfers import drop_store, schema
from s3gui.transfers.drop import Drop, Mark, Progress
from s3gui.transfers.journal import StateChange
from s3gui.transfers.row import Expected, KeptPart

#: The tables of a version; those before the fourth are made of its own.
TABLES = {
    version: Path(__file__).with_name(f"journal_{version}.sql").read_text(encoding="utf-8")
    for version in (4, 5)
}
#: What each version brought: the columns that the one before had not.
BROUGHT = {
    2: [("transfer", "checksum"), ("transfer", "expected_crc32"), ("part", "crc32")],
    3: [("transfer", "wish")],
}
UPLOAD = (
    "INSERT INTO transfer(id, position, kind, profile_id, bucket, key, local_path, batch, state,"
    " size, options_json, part_bytes, upload_id, created_at) VALUES"
    " (1, 1, 'up', 'p', 'b', x'6b31', x'2f74', 'drop', 'queued', 20971520,"
    " '{\"content_type\": \"text/plain\"}', 5242880, 'id-1', 1767225600.0)"
)
DROP = Drop("p", ObjectOptions(), "drop", paths=(Path("/src"),))
PART = "INSERT INTO part(transfer_id, number, md5, etag) VALUES(1, 2, x'32', 'e2')"


def described(database: sqlite3.Connection) -> set[tuple[object, ...]]:
    tables = "SELECT m.name, c.name, c.type, c.dflt_value FROM sqlite_master m"
    columns = database.execute(f"{tables} JOIN pragma_table_info(m.name) c").fetchall()
    indexes = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'"
    return set(columns) | set(database.execute(indexes).fetchall())


def old_journal(path: Path, version: int) -> None:
    """One unfinished upload with a part, as ``version`` wrote it."""
    database = sqlite3.connect(path)
    database.executescript(TABLES[max(version, 4)])
    for table, name in [item for v, items in BROUGHT.items() if v > version for item in items]:
        database.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    if version < 4:
        database.execute("DROP TABLE lost_create")
    database.execute(UPLOAD)
    database.execute(PART)
    database.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {version}")
    database.commit()
    database.close()


@pytest.mark.parametrize("version", range(1, schema.VERSION))
async def test_a_journal_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, version: int
) -> None:
    fresh, _ = await reopened(tmp_path / "new")
    await fresh.close()
    journal, _ = await reopened(tmp_path)
    await journal.close()
    journal.path.unlink()
    old_journal(journal.path, version)
    journal, (back,) = await reopened(tmp_path)
    assert (back.ref.upload_id, back.ref.checksum) == ("id-1", "")
    assert (back.expected, back.wish) == (Expected(), None)
    assert back.kept == {2: KeptPart(Digest(b"2"), "e2")}
    assert (back.transfer.origin, back.transfer.priority) == (None, Priority.NORMAL)
    assert (back.transfer.if_exists, back.agreed_etag) == (IfExists.OVERWRITE, None)
    await journal.part_done(1, 1, KeptPart(Digest(crc32=b"abcd"), "e"))
    await journal.change([StateChange(1, State.SKIPPED)], NOW)
    assert await journal.unread() == []
    await journal.read(lambda database: drop_store.begin(database, DROP, NOW))
    await journal.add([row(2)], Progress(1, False, Mark(0, "a/b"), 1, 7, 0, (), ()))
    (kept,) = await journal.unread()
    assert (kept.batch, kept.mark, kept.queued_bytes) == ("drop", Mark(0, "a/b"), 7)
    await journal.close()
    database, like = sqlite3.connect(journal.path), sqlite3.connect(fresh.path)
    assert described(database) == described(like)
    assert database.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.execute("PRAGMA foreign_keys=ON")
    database.execute("DELETE FROM transfer WHERE id = 1")
    # The parts still hang on their transfer, though its table was made anew.
    assert database.execute("SELECT count(*) FROM part").fetchone() == (0,)
    database.close()
    like.close()
