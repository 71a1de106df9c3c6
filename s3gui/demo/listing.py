"""Listings that seek: a prefix with 100,000 keys costs one step of the index, not 100,000.

``roll`` is the one place where keys are rolled up into common prefixes; what is listed (objects,
versions, uploads) is given to it as a function that opens rows from a key on.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_OBJECTS = """
SELECT key, size, etag, modified, storage_class, checksum FROM object INDEXED BY object_listing
WHERE bucket = ? AND key >= ? AND key < ? AND current = 1 AND marker = 0 ORDER BY key
"""
_VERSIONS = """
SELECT id, key, version, current, marker, size, etag, modified, storage_class, checksum
FROM object INDEXED BY object_versions
WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key, id DESC
"""
_VERSIONS_OF_KEY = """
SELECT id, key, version, current, marker, size, etag, modified, storage_class, checksum
FROM object INDEXED BY object_versions WHERE bucket = ? AND key = ? AND id < ? ORDER BY id DESC
"""
_UPLOADS = """
SELECT * FROM upload INDEXED BY upload_listing
WHERE bucket = ? AND key >= ? AND key < ? AND finished IS NULL ORDER BY key, serial
"""
_UPLOADS_OF_KEY = """
SELECT * FROM upload INDEXED BY upload_listing
WHERE bucket = ? AND key = ? AND serial > ? AND finished IS NULL ORDER BY serial
"""
#: Above every key: 0xFF is in no UTF-8.
_END = b"\xff"


@dataclass(frozen=True, slots=True)
class Rolled:
    """A page: rows, and the common prefixes among them, in order of their keys."""

    entries: Sequence[sqlite3.Row | bytes]
    truncated: bool

    @property
    def rows(self) -> Iterator[sqlite3.Row]:
        """The entries that are no common prefix."""
        return (entry for entry in self.entries if not isinstance(entry, bytes))

    @property
    def prefixes(self) -> Iterator[bytes]:
        """The common prefixes."""
        return (entry for entry in self.entries if isinstance(entry, bytes))

    def next_key(self) -> bytes:
        """Where the next page begins, inclusive."""
        last = self.entries[-1]
        return after_prefix(last) if isinstance(last, bytes) else after_key(last["key"])


def after_key(key: bytes) -> bytes:
    """The first key that can come after this one."""
    return key + b"\0"


def after_prefix(prefix: bytes) -> bytes:
    """The first key that can come after all that begin with this prefix."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else _END


def after_marker(marker: bytes, prefix: bytes, delimiter: bytes) -> bytes:
    """Where a listing goes on after a marker, which may be a common prefix of the page before."""
    if marker and delimiter and _group(marker, prefix, delimiter) == marker:
        return after_prefix(marker)
    return after_key(marker) if marker else b""


Opener = Callable[[bytes], Iterator[sqlite3.Row]]


def roll(
    rows: Iterator[sqlite3.Row], reopen: Opener, prefix: bytes, delimiter: bytes, limit: int
) -> Rolled:
    """Takes rows until the page is full, skipping over each common prefix with one seek.

    Args:
        rows: where the page begins.
        reopen: opens rows from a key on, that key included.
        prefix: of every key in ``rows``.
        delimiter: b"" for none.
        limit: entries of a page; 0 gives an empty page that claims to be the last, as AWS does.
    """
    entries: list[sqlite3.Row | bytes] = []
    if not limit:
        return Rolled(entries, truncated=False)
    while (row := next(rows, None)) is not None:
        if len(entries) == limit:
            return Rolled(entries, truncated=True)
        group = _group(row["key"], prefix, delimiter)
        if group is None:
            entries.append(row)
        else:
            entries.append(group)
            rows = reopen(after_prefix(group))
    return Rolled(entries, truncated=False)


def _group(key: bytes, prefix: bytes, delimiter: bytes) -> bytes | None:
    if not delimiter or not key.startswith(prefix):
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


class Listing:
    """The listings of one database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def objects(
        self, bucket: str, prefix: bytes, delimiter: bytes, start: bytes, limit: int
    ) -> Rolled:
        """Current objects from ``start`` on (ListObjects, ListObjectsV2)."""

        def rows_from(key: bytes) -> Iterator[sqlite3.Row]:
            return self._rows(_OBJECTS, bucket, prefix, key)

        return roll(rows_from(start), rows_from, prefix, delimiter, limit)

    def versions(
        self,
        bucket: str,
        prefix: bytes,
        delimiter: bytes,
        key_marker: bytes,
        version_marker: str,
        limit: int,
    ) -> Rolled:
        """All versions and delete markers, newest first within a key (ListObjectVersions)."""

        def rows_from(key: bytes) -> Iterator[sqlite3.Row]:
            return self._rows(_VERSIONS, bucket, prefix, key)

        def first_rows() -> Iterator[sqlite3.Row]:
            if version_marker:
                found = self._database.execute(
                    "SELECT id FROM object WHERE bucket = ? AND key = ? AND version = ?",
                    (bucket, key_marker, version_marker),
                ).fetchone()
                if found:
                    arguments = (bucket, key_marker, found["id"])
                    yield from self._database.execute(_VERSIONS_OF_KEY, arguments)
            yield from rows_from(after_marker(key_marker, prefix, delimiter))

        return roll(first_rows(), rows_from, prefix, delimiter, limit)

    def uploads(
        self,
        bucket: str,
        prefix: bytes,
        delimiter: bytes,
        key_marker: bytes,
        upload_marker: str,
        limit: int,
    ) -> Rolled:
        """Unfinished uploads by key, oldest first within a key (ListMultipartUploads)."""

        def rows_from(key: bytes) -> Iterator[sqlite3.Row]:
            return self._rows(_UPLOADS, bucket, prefix, key)

        def first_rows() -> Iterator[sqlite3.Row]:
            if upload_marker:
                found = self._database.execute(
                    "SELECT serial FROM upload WHERE id = ?", (upload_marker,)
                ).fetchone()
                serial = found["serial"] if found else 0
                yield from self._database.execute(_UPLOADS_OF_KEY, (bucket, key_marker, serial))
            yield from rows_from(after_marker(key_marker, prefix, delimiter))

        return roll(first_rows(), rows_from, prefix, delimiter, limit)

    def _rows(
        self, statement: str, bucket: str, prefix: bytes, key: bytes
    ) -> Iterator[sqlite3.Row]:
        return self._database.execute(statement, (bucket, max(key, prefix), after_prefix(prefix)))
