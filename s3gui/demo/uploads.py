"""Multipart uploads as rows. Completing lists the parts' segments anew and copies no byte."""

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from s3gui.demo import checksums
from s3gui.demo.contents import Contents, Segment
from s3gui.demo.database import one
from s3gui.demo.faults import Fault
from s3gui.demo.objects import Attributes, NewVersion, Objects
from s3gui.domain.integrity import composite_etag

LEAST_PART_BYTES = 5 << 20
MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class WantedPart:
    """A ``Part`` of a CompleteMultipartUpload document."""

    number: int
    etag: str
    #: Base64, "" where the document gives none.
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """What CompleteMultipartUpload answers; kept, so that a repeat gets the same."""

    etag: str
    version_id: str
    #: ``{"CRC32": value, "type": "COMPOSITE"}``, or empty.
    checksum: dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a client says of the object it completes; "" and ``None`` where it says nothing."""

    algorithm: str = ""
    #: Base64.
    checksum: str = ""
    checksum_type: str = ""
    size: int | None = None


class Uploads:
    """The multipart uploads of all buckets."""

    def __init__(self, database: sqlite3.Connection, contents: Contents, objects: Objects) -> None:
        self._database = database
        self._contents = contents
        self._objects = objects

    def create(
        self,
        bucket: str,
        key: bytes,
        attributes: Attributes,
        algorithm: str = "",
        checksum_type: str = "",
        started: float | None = None,
    ) -> str:
        """Returns a new upload id."""
        upload_id = secrets.token_urlsafe(48)
        self._database.execute(
            "INSERT INTO upload(id, bucket, key, started, storage_class, headers, metadata, acl, "
            "tags, algorithm, checksum_type) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(upload_id, bucket, key, started or time.time()),
                *attributes.columns(),
                *(algorithm, checksum_type),
            ),
        )
        return upload_id

    def get(self, bucket: str, key: bytes, upload_id: str) -> sqlite3.Row:
        """An unfinished upload.

        Raises:
            Fault: NoSuchUpload.
        """
        row = self._find(bucket, key, upload_id)
        if row is None or row["finished"] is not None:
            raise Fault("NoSuchUpload", UploadId=upload_id)
        return row

    def _find(self, bucket: str, key: bytes, upload_id: str) -> sqlite3.Row | None:
        exact = "SELECT * FROM upload WHERE id = ? AND bucket = ? AND key = ?"
        return one(self._database, exact, upload_id, bucket, key)

    def put_part(
        self, upload_id: str, number: int, etag: str, size: int, content: int, checksum: str
    ) -> float:
        """Stores a part, over an older one of that number; runs inside ``Contents.changing``.

        Returns:
            Its time of modification.

        Raises:
            Fault: NoSuchUpload, when it was completed or aborted while the part was on its way.
        """
        ask = self._database.execute
        found = "SELECT 1 FROM upload WHERE id = ? AND finished IS NULL"
        if not ask(found, (upload_id,)).fetchone():
            raise Fault("NoSuchUpload", UploadId=upload_id)
        older = ask(
            "SELECT content FROM part WHERE upload = ? AND number = ?", (upload_id, number)
        ).fetchone()
        now = time.time()
        ask(
            "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)",
            (upload_id, number, etag, size, now, content, checksum),
        )
        if older:
            self._contents.drop_later(older["content"])
        return now

    def parts(self, upload_id: str, after: int, limit: int) -> list[sqlite3.Row]:
        """Parts with numbers above ``after``, in their order."""
        return self._database.execute(
            "SELECT * FROM part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
            (upload_id, after, limit),
        ).fetchall()

    def abort(self, bucket: str, key: bytes, upload_id: str) -> None:
        """AbortMultipartUpload.

        Raises:
            Fault: NoSuchUpload.
        """
        self.get(bucket, key, upload_id)
        with self._contents.changing():
            self._drop_parts(upload_id)
            self._database.execute("DELETE FROM upload WHERE id = ?", (upload_id,))

    def _drop_parts(self, upload_id: str) -> None:
        for part in self.parts(upload_id, 0, MOST_PARTS):
            self._contents.drop_later(part["content"])
        self._database.execute("DELETE FROM part WHERE upload = ?", (upload_id,))

    def completed(
        self, bucket: str, key: bytes, upload_id: str, wanted: Sequence[WantedPart]
    ) -> Completed | None:
        """What was answered to the same CompleteMultipartUpload before; ``None``: it is the first.

        Raises:
            Fault: NoSuchUpload: never there, aborted, or completed with other parts.
        """
        row = self._find(bucket, key, upload_id)
        if row is None:
            raise Fault("NoSuchUpload", UploadId=upload_id)
        if row["finished"] is None:
            return None
        before = json.loads(row["finished"])
        if before["parts"] != _fingerprint(wanted):
            raise Fault("NoSuchUpload", UploadId=upload_id)
        return Completed(before["etag"], before["version_id"], before["checksum"])

    def complete(
        self, row: sqlite3.Row, wanted: Sequence[WantedPart], told: Told | None = None
    ) -> Completed:
        """CompleteMultipartUpload of an upload that ``get`` gave.

        Raises:
            Fault: InvalidPartOrder, InvalidPart, EntityTooSmall; BadDigest and InvalidRequest where
                the object would not be what ``told`` says.
        """
        parts = self._chosen(row, wanted)
        checksum = _whole_checksum(row, parts)
        _compare(told or Told(), checksum, sum(part["size"] for part in parts))
        with self._contents.changing():
            pieces: list[tuple[Segment, int]] = []
            for number, part in enumerate(parts, start=1):
                segments = self._contents.segments(part["content"], 0, part["size"])
                pieces += [(segment, number) for segment in segments]
            size = sum(part["size"] for part in parts)
            new = NewVersion(
                key=row["key"],
                content=self._contents.add_segments(pieces, len(parts)),
                size=size,
                etag=composite_etag(bytes.fromhex(part["etag"]) for part in parts),
                attributes=Attributes.from_row(row),
                checksum=checksum,
            )
            done = Completed(new.etag, self._objects.put(row["bucket"], new), checksum)
            self._drop_parts(row["id"])
            finished = {
                "parts": _fingerprint(wanted),
                "etag": done.etag,
                "version_id": done.version_id,
                "checksum": checksum,
            }
            self._database.execute(
                "UPDATE upload SET finished = ? WHERE id = ?", (json.dumps(finished), row["id"])
            )
        return done

    def _chosen(self, row: sqlite3.Row, wanted: Sequence[WantedPart]) -> list[sqlite3.Row]:
        """The rows of the wanted parts, each rule of the protocol held."""
        numbers = [part.number for part in wanted]
        if any(second <= first for first, second in pairwise(numbers)):
            raise Fault("InvalidPartOrder", UploadId=row["id"])
        stored = {part["number"]: part for part in self.parts(row["id"], 0, MOST_PARTS)}
        for part in wanted:
            found = stored.get(part.number)
            same = found is not None and found["etag"] == part.etag
            if same and part.checksum and found is not None:
                same = found["checksum"] == part.checksum
            if not same:
                raise Fault(
                    "InvalidPart",
                    UploadId=row["id"],
                    PartNumber=str(part.number),
                    ETag=part.etag,
                )
        chosen = [stored[number] for number in numbers]
        for small in chosen[:-1]:
            if small["size"] < LEAST_PART_BYTES:
                raise Fault(
                    "EntityTooSmall",
                    ProposedSize=str(small["size"]),
                    MinSizeAllowed=str(LEAST_PART_BYTES),
                    PartNumber=str(small["number"]),
                    ETag=small["etag"],
                )
        return chosen


def _fingerprint(wanted: Sequence[WantedPart]) -> list[list[object]]:
    return [[part.number, part.etag] for part in wanted]


def _compare(told: Told, checksum: dict[str, str], size: int) -> None:
    if told.checksum_type and told.checksum_type != checksum.get("type"):
        raise Fault("BadDigest", "The checksum type is not the one of the upload.")
    if told.algorithm and told.checksum != checksum.get(told.algorithm):
        raise Fault(
            "BadDigest", f"The {told.algorithm} you specified did not match the calculated one."
        )
    if told.size is not None and told.size != size:
        raise Fault("InvalidRequest", "The object size is not the one you specified.")


def _whole_checksum(row: sqlite3.Row, parts: Sequence[sqlite3.Row]) -> dict[str, str]:
    algorithm = row["algorithm"]
    if not algorithm:
        return {}
    digests = [checksums.decode(part["checksum"]) for part in parts]
    if row["checksum_type"] == "FULL_OBJECT":
        sizes = [part["size"] for part in parts]
        whole = checksums.joined(algorithm, zip(digests, sizes, strict=True))
    else:
        whole = checksums.composite(algorithm, digests)
    return {algorithm: whole, "type": row["checksum_type"]}
