"""The SQLite file of the demo storage: its tables, and transactions.

Keys are BLOBs: SQLite then orders them as S3 does, by their UTF-8 bytes. All statements run on the
server's loop, each in well under a millisecond, so a transaction never sees a half-done other one.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "storage.db"
#: How long another process may still hold the file: a server that is about to end.
PATIENCE_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bucket(
  name TEXT PRIMARY KEY, created REAL, region TEXT, versioning TEXT, acl TEXT) WITHOUT ROWID;
-- What an object or a part consists of: pieces of blobs, end to end. A segment without a blob is a
-- hole of zeros. Copies share blobs; CompleteMultipartUpload only lists them anew.
CREATE TABLE IF NOT EXISTS content(id INTEGER PRIMARY KEY, size INTEGER, parts INTEGER);
CREATE TABLE IF NOT EXISTS segment(
  content INTEGER, position INTEGER, length INTEGER, blob TEXT, start INTEGER, part INTEGER,
  PRIMARY KEY(content, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS segment_blob ON segment(blob) WHERE blob IS NOT NULL;
-- A version of a key. Newer versions have higher ids; AUTOINCREMENT never gives one again.
CREATE TABLE IF NOT EXISTS object(
  id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT, key BLOB, version TEXT, current INTEGER,
  marker INTEGER, content INTEGER, size INTEGER, etag TEXT, modified REAL, storage_class TEXT,
  headers TEXT, metadata TEXT, acl TEXT, tags TEXT, checksum TEXT);
CREATE INDEX IF NOT EXISTS object_listing ON object(bucket, key) WHERE current = 1 AND marker = 0;
CREATE INDEX IF NOT EXISTS object_versions ON object(bucket, key, id DESC);
CREATE INDEX IF NOT EXISTS object_content ON object(content) WHERE content IS NOT NULL;
CREATE TABLE IF NOT EXISTS upload(
  serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, bucket TEXT, key BLOB, started REAL,
  storage_class TEXT, headers TEXT, metadata TEXT, acl TEXT, tags TEXT,
  algorithm TEXT, checksum_type TEXT, finished TEXT);
CREATE INDEX IF NOT EXISTS upload_listing ON upload(bucket, key, serial) WHERE finished IS NULL;
CREATE TABLE IF NOT EXISTS part(
  upload TEXT, number INTEGER, etag TEXT, size INTEGER, modified REAL, content INTEGER,
  checksum TEXT, PRIMARY KEY(upload, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_content ON part(content);
"""


class DirectoryBusyError(Exception):
    """Another server has this directory open."""


def connect(directory: Path, patience_s: float = PATIENCE_S) -> sqlite3.Connection:
    """Opens the storage's database, and makes it if there is none. One process at a time.

    Raises:
        DirectoryBusyError: another process has it open.
        sqlite3.DatabaseError: the file is damaged.
    """
    database = sqlite3.connect(directory / FILE_NAME, isolation_level=None, timeout=patience_s)
    database.row_factory = sqlite3.Row
    try:
        # EXCLUSIVE before WAL: the first access takes a lock that the kernel frees with the
        # process. NORMAL: what a killed process committed is kept; a power cut may lose the last.
        database.executescript(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA temp_store=MEMORY; BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;"
        )
    except sqlite3.OperationalError as error:
        database.close()
        if "locked" in str(error):
            raise DirectoryBusyError(str(directory)) from error
        raise
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing. Holds no await, so transactions never interleave."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def one(database: sqlite3.Connection, statement: str, *arguments: object) -> sqlite3.Row | None:
    """The first row of a question, ``None`` for no row."""
    row: sqlite3.Row | None = database.execute(statement, arguments).fetchone()
    return row


def state(database: sqlite3.Connection, name: str) -> str:
    """A remembered word about the directory, "" for none."""
    row = database.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def remember(database: sqlite3.Connection, name: str, value: str) -> None:
    """Keeps a word about the directory."""
    database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))
