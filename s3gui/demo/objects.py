"""Buckets and the versions of objects, as rows; one synchronous call is one transaction."""

import json
import re
import secrets
import sqlite3
import string
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from s3gui.demo.access import Acl, canned
from s3gui.demo.contents import Contents
from s3gui.demo.database import one, transaction
from s3gui.demo.faults import Fault

NULL = "null"
_VERSION_ALPHABET = string.ascii_letters + string.digits + "._"
_BUCKET_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_INSERT = """
INSERT INTO object(bucket, key, version, current, marker, content, size, etag, modified,
  storage_class, headers, metadata, acl, tags, checksum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
"""
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an object is created with, beside its bytes."""

    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = "STANDARD"
    acl: Acl = field(default_factory=lambda: canned("private"))
    tags: Sequence[tuple[str, str]] = ()

    def columns(self) -> tuple[str, str, str, str, str]:
        """storage_class, headers, metadata, acl, tags; pure ASCII, whatever bytes a header had."""
        return (
            self.storage_class,
            json.dumps(self.headers),
            json.dumps(self.metadata),
            self.acl.to_json(),
            json.dumps(self.tags),
        )

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> "Attributes":
        """Of an object's or an upload's row."""
        return cls(
            json.loads(row["headers"]),
            json.loads(row["metadata"]),
            row["storage_class"],
            Acl.from_json(row["acl"]),
            [(name, value) for name, value in json.loads(row["tags"])],
        )


@dataclass(frozen=True, slots=True)
class NewVersion:
    """An object's version about to be stored; ``content`` is in the database already."""

    key: bytes
    content: int
    size: int
    etag: str
    attributes: Attributes
    #: ``{"CRC32": value}``, and ``{"type": "COMPOSITE"}`` beside it for multipart uploads.
    checksum: Mapping[str, str] = field(default_factory=dict)
    modified: float = 0.0


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a DeleteObject did."""

    #: The version that went, or the marker that was made; "" where no versions are kept.
    version_id: str = ""
    marker: bool = False


class Buckets:
    """The buckets, each with its region, versioning state and ACL."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def all(self) -> list[sqlite3.Row]:
        """By name."""
        return self._database.execute("SELECT * FROM bucket ORDER BY name").fetchall()

    def get(self, name: str) -> sqlite3.Row:
        """A bucket's row.

        Raises:
            Fault: NoSuchBucket.
        """
        row = one(self._database, "SELECT * FROM bucket WHERE name = ?", name)
        if row is None:
            raise Fault("NoSuchBucket", BucketName=name)
        return row

    def create(self, name: str, region: str, acl: Acl, created: float | None = None) -> None:
        """CreateBucket. Again in us-east-1 is no error, as on AWS.

        Raises:
            Fault: InvalidBucketName, BucketAlreadyOwnedByYou.
        """
        if not _BUCKET_NAME.fullmatch(name):
            raise Fault("InvalidBucketName", BucketName=name)
        try:
            self._database.execute(
                "INSERT INTO bucket VALUES (?, ?, ?, '', ?)",
                (name, created or time.time(), region, acl.to_json()),
            )
        except sqlite3.IntegrityError as error:
            if region != DEFAULT_REGION:
                raise Fault("BucketAlreadyOwnedByYou", BucketName=name) from error

    def delete(self, name: str) -> None:
        """DeleteBucket.

        Raises:
            Fault: NoSuchBucket; BucketNotEmpty with any version, marker or unfinished upload left.
        """
        self.get(name)
        ask = self._database.execute
        if ask("SELECT 1 FROM object WHERE bucket = ? LIMIT 1", (name,)).fetchone():
            raise Fault("BucketNotEmpty", BucketName=name)
        unfinished = "SELECT 1 FROM upload WHERE bucket = ? AND finished IS NULL LIMIT 1"
        if ask(unfinished, (name,)).fetchone():
            raise Fault("BucketNotEmpty", "The bucket has unfinished uploads", BucketName=name)
        with transaction(self._database):
            ask("DELETE FROM upload WHERE bucket = ?", (name,))
            ask("DELETE FROM bucket WHERE name = ?", (name,))

    def set_versioning(self, name: str, status: str) -> None:
        """``Enabled`` or ``Suspended``."""
        self._database.execute("UPDATE bucket SET versioning = ? WHERE name = ?", (status, name))

    def set_acl(self, name: str, acl: Acl) -> None:
        """Replaces the ACL."""
        self._database.execute("UPDATE bucket SET acl = ? WHERE name = ?", (acl.to_json(), name))


class Objects:
    """The versions of the objects of all buckets."""

    def __init__(self, database: sqlite3.Connection, buckets: Buckets, contents: Contents) -> None:
        self._database = database
        self._buckets = buckets
        self._contents = contents

    def current(self, bucket: str, key: bytes) -> sqlite3.Row | None:
        """The newest version or marker; ``None`` for a key never written, or gone."""
        newest = "SELECT * FROM object WHERE bucket = ? AND key = ? ORDER BY id DESC LIMIT 1"
        return one(self._database, newest, bucket, key)

    def get(self, bucket: str, key: bytes, version_id: str | None = None) -> sqlite3.Row:
        """A version, or the current one.

        Raises:
            Fault: NoSuchBucket, NoSuchKey, NoSuchVersion, MethodNotAllowed (a marker by its id).
        """
        self._buckets.get(bucket)
        if version_id is None:
            row = self.current(bucket, key)
            if row is None or row["marker"]:
                headers = {}
                if row is not None:
                    headers = {
                        "x-amz-delete-marker": "true",
                        "x-amz-version-id": row["version"],
                    }
                raise Fault("NoSuchKey", headers=headers, Key=key.decode())
            return row
        row = self.version(bucket, key, version_id)
        if row is None:
            raise Fault("NoSuchVersion", Key=key.decode(), VersionId=version_id)
        if row["marker"]:
            headers = {"x-amz-delete-marker": "true", "x-amz-version-id": version_id}
            raise Fault("MethodNotAllowed", headers={**headers, "Allow": "DELETE"})
        return row

    def version(self, bucket: str, key: bytes, version_id: str) -> sqlite3.Row | None:
        """A version or a marker by its id; ``None`` where there is none."""
        exact = "SELECT * FROM object WHERE bucket = ? AND key = ? AND version = ?"
        return one(self._database, exact, bucket, key, version_id)

    def put(self, bucket: str, new: NewVersion) -> str:
        """Stores a version; runs in the caller's transaction, which made the content.

        Returns:
            The version id; "" where the bucket never had versions.

        Raises:
            Fault: NoSuchBucket.
        """
        versioning = self._buckets.get(bucket)["versioning"]
        version = _new_version_id() if versioning == "Enabled" else NULL
        self._insert(bucket, version, new, marker=False)
        return version if versioning else ""

    def put_many(
        self, bucket: str, template: NewVersion, keys: Iterable[tuple[bytes, float]]
    ) -> None:
        """Stores one content under many keys that are not there yet, as null versions.

        Runs in the caller's transaction.

        Args:
            bucket: where.
            template: all but the keys and times.
            keys: keys, each with its time of modification.
        """
        row = _values(bucket, NULL, template)
        self._database.executemany(
            _INSERT, ((bucket, key, *row[2:8], modified, *row[9:]) for key, modified in keys)
        )

    def mark_deleted(self, bucket: str, key: bytes, when: float) -> None:
        """Puts a delete marker with a time of its own over a key; in the caller's transaction."""
        marker = NewVersion(key, 0, 0, "", Attributes(), modified=when)
        self._insert(bucket, _new_version_id(), marker, marker=True)

    def _insert(self, bucket: str, version: str, new: NewVersion, *, marker: bool) -> None:
        """Makes a version the current one; a null version takes the place of the older one."""
        ask = self._database.execute
        if version == NULL:
            self._remove(self.version(bucket, new.key, NULL))
        ask(
            "UPDATE object SET current = 0 WHERE bucket = ? AND key = ? AND current = 1",
            (bucket, new.key),
        )
        ask(_INSERT, _values(bucket, version, new, marker=marker))

    def _remove(self, row: sqlite3.Row | None) -> None:
        if row is None:
            return
        self._database.execute("DELETE FROM object WHERE id = ?", (row["id"],))
        if row["content"] is not None:
            self._contents.drop_later(row["content"])

    def delete(self, bucket: str, key: bytes, version_id: str | None = None) -> Deleted:
        """DeleteObject: a version for good, or the key, with a marker where versions are kept.

        Raises:
            Fault: NoSuchBucket. A key or version that is not there is no error.
        """
        versioning = self._buckets.get(bucket)["versioning"]
        with self._contents.changing():
            if version_id is not None:
                return self._delete_version(bucket, key, version_id)
            if not versioning:
                self._remove(self.version(bucket, key, NULL))
                return Deleted()
            version = _new_version_id() if versioning == "Enabled" else NULL
            empty = NewVersion(key, 0, 0, "", Attributes())
            self._insert(bucket, version, empty, marker=True)
            return Deleted(version, marker=True)

    def _delete_version(self, bucket: str, key: bytes, version_id: str) -> Deleted:
        row = self.version(bucket, key, version_id)
        if row is None:
            return Deleted(version_id)
        self._remove(row)
        self._database.execute(
            "UPDATE object SET current = 1 WHERE id = (SELECT id FROM object WHERE bucket = ? "
            "AND key = ? ORDER BY id DESC LIMIT 1)",
            (bucket, key),
        )
        return Deleted(version_id, marker=bool(row["marker"]))

    def set_acl(self, row: sqlite3.Row, acl: Acl) -> None:
        """Replaces a version's ACL."""
        self._database.execute("UPDATE object SET acl = ? WHERE id = ?", (acl.to_json(), row["id"]))

    def set_tags(self, row: sqlite3.Row, tags: Sequence[tuple[str, str]]) -> None:
        """Replaces a version's tags."""
        self._database.execute(
            "UPDATE object SET tags = ? WHERE id = ?", (json.dumps(tags), row["id"])
        )


def _values(
    bucket: str, version: str, new: NewVersion, *, marker: bool = False
) -> tuple[object, ...]:
    """The row of a current version, in the order of ``_INSERT``."""
    return (
        *(bucket, new.key, version, 1, int(marker), None if marker else new.content),
        *(new.size, new.etag, new.modified or time.time(), *new.attributes.columns()),
        json.dumps(new.checksum),
    )


def _new_version_id() -> str:
    return "".join(secrets.choice(_VERSION_ALPHABET) for _ in range(32))
