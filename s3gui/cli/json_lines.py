"""For programs: one JSON object a line on standard output.

Bytes are integers, times UTC ISO 8601, and everything is ASCII, so that a file name that is no
UTF-8 survives.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum
from typing import TextIO

from s3gui.cli.output import Summary, Unfinished, put
from s3gui.domain.entries import Bucket, ObjectEntry, ObjectVersion, UploadRef
from s3gui.domain.errors import S3guiError
from s3gui.domain.limits import Rates
from s3gui.domain.queueing import Rate, Unread
from s3gui.domain.receipt import Receipt
from s3gui.domain.transfer import Direction, ErrorNote, Transfer
from s3gui.domain.verification import Subject, Verdict
from s3gui.transfers.receipt_formats import cells, verdict_cells


class JsonOutput:
    """One object a line on standard output."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def bucket(self, bucket: Bucket) -> None:
        """``{"event": "entry", "kind": "bucket", …}``."""
        self._say(
            "entry",
            kind="bucket",
            bucket=bucket.name,
            created=_time(bucket.created),
            region=bucket.region,
        )

    def prefix(self, bucket: str, prefix: str) -> None:
        """``{"event": "entry", "kind": "prefix", …}``."""
        self._say("entry", kind="prefix", bucket=bucket, key=prefix)

    def entry(self, bucket: str, entry: ObjectEntry) -> None:
        """``{"event": "entry", "kind": "object", …}``."""
        self._say(
            "entry",
            kind="object",
            bucket=bucket,
            key=entry.key,
            size=entry.size,
            modified=_time(entry.modified),
            etag=entry.etag,
            storage_class=entry.storage_class,
        )

    def version(self, bucket: str, version: ObjectVersion) -> None:
        """``{"event": "entry", "kind": "version" | "delete-marker", …}``."""
        self._say(
            "entry",
            kind="delete-marker" if version.is_delete_marker else "version",
            bucket=bucket,
            key=version.key,
            version_id=version.version_id,
            is_latest=version.is_latest,
            size=version.size,
            modified=_time(version.modified),
            etag=version.etag,
            storage_class=version.storage_class,
        )

    def transfer(self, transfer: Transfer) -> None:
        """``{"event": "entry", "kind": "transfer", …}``."""
        self._say("entry", kind="transfer", **_row(transfer))

    def state(self, transfer: Transfer) -> None:
        """``{"event": "state", …}``, with the error of one that failed."""
        self._say("state", **_row(transfer))

    def progress(self, transfers: list[Transfer], rate_of: Callable[[Transfer], Rate]) -> None:
        """``{"event": "progress", …}``, one a transfer."""
        for transfer in transfers:
            rate = rate_of(transfer)
            self._say(
                "progress",
                id=transfer.id,
                moved=transfer.moved,
                size=transfer.size,
                parts_done=transfer.parts_done,
                parts_total=transfer.parts_total,
                bytes_per_s=None if rate.bytes_per_s is None else round(rate.bytes_per_s),
                left_s=None if rate.left_s is None else round(rate.left_s),
            )

    def unread(self, unread: Unread) -> None:
        """``{"event": "unread", "reading": …, "what": […], "queued": …, …}``."""
        down = unread.direction is Direction.DOWNLOAD
        self._say(
            "unread",
            id=unread.id,
            reading=unread.reading,
            direction=unread.direction,
            profile=unread.profile_id,
            what=[*map(str, unread.paths), *(str(one.location) for one in unread.wanted)],
            where=str(unread.folder if down else unread.where),
            queued=unread.queued,
            queued_bytes=unread.queued_bytes,
        )

    def limits(self, rates: Rates) -> None:
        """``{"event": "limits", "up_bytes_per_s": …, "down_bytes_per_s": …}``; ``null`` is none."""
        self._say("limits", up_bytes_per_s=rates.up or None, down_bytes_per_s=rates.down or None)

    def receipt(self, receipt: Receipt) -> None:
        """``{"event": "entry", "kind": "history", …}``, with the columns of a receipt."""
        self._say("entry", kind="history", profile=receipt.profile_id, **cells(receipt, {}))

    def verdict(self, subject: Subject, verdict: Verdict) -> None:
        """``{"event": "verdict", "finding": …, …}``."""
        self._say("verdict", **verdict_cells(subject, verdict))

    def reading(self, moved: int, size: int) -> None:
        """``{"event": "progress", "moved": …, "size": …}``."""
        self._say("progress", moved=moved, size=size)

    def error(self, error: S3guiError) -> None:
        """``{"event": "error", "code": …, "title": …, …}``."""
        self._say("error", **asdict(ErrorNote.of(error)))

    def summary(self, summary: Summary) -> None:
        """``{"event": "summary", …}``."""
        self._say("summary", **asdict(summary))

    def unfinished(self, row: Unfinished) -> None:
        """``{"event": "entry", "kind": "unfinished", …}``; ``null``: not known, not counted."""
        upload = row.upload
        self._say(
            "entry",
            kind="unfinished",
            bucket=upload.ref.location.bucket,
            key=upload.ref.location.key,
            upload_id=upload.ref.upload_id,
            initiated=_time(upload.initiated),
            initiator=upload.initiator,
            storage_class=upload.storage_class,
            ours=(row.transfer is not None or row.is_given_up) if row.is_known else None,
            transfer=row.transfer,
            given_up=row.is_given_up,
            parts=row.parts,
            bytes=row.bytes,
        )

    def aborted(self, ref: UploadRef) -> None:
        """``{"event": "aborted", …}``."""
        where = ref.location
        self._say("aborted", bucket=where.bucket, key=where.key, upload_id=ref.upload_id)

    def listed(self, objects: int, prefixes: int, n_bytes: int) -> None:
        """``{"event": "summary", …}``."""
        self._say("summary", objects=objects, prefixes=prefixes, bytes=n_bytes)

    def _say(self, event: str, **fields: object) -> None:
        line = {"event": event, "time": _time(datetime.now(UTC)), **fields}
        put(json.dumps(line, default=_plain), self._out)


def _source(transfer: Transfer) -> Mapping[str, object]:
    """Of a copy, what it is made of."""
    if transfer.direction is not Direction.COPY or transfer.origin is None:
        return {}
    origin = transfer.origin
    return {
        "source": str(origin.location),
        "source_profile": origin.profile_id,
        "move": transfer.is_move,
    }


def _row(transfer: Transfer) -> Mapping[str, object]:
    return {
        "id": transfer.id,
        "state": transfer.state,
        "waiting": transfer.waiting,
        "parts_in_flight": transfer.places,
        "direction": transfer.direction,
        "profile": transfer.profile_id,
        "path": None if transfer.direction is Direction.COPY else str(transfer.path),
        "location": str(transfer.location),
        **_source(transfer),
        "size": transfer.size,
        "moved": transfer.moved,
        "parts_done": transfer.parts_done,
        "parts_total": transfer.parts_total,
        "verified": transfer.verified,
        "if_exists": transfer.if_exists,
        "remarks": list(transfer.remarks),
        "etag": transfer.etag,
        "version_id": transfer.version_id,
        "created": _time(transfer.created),
        "finished": _time(transfer.finished),
        "error": None if transfer.error is None else asdict(transfer.error),
    }


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)


def _time(when: datetime | None) -> str | None:
    if when is None:
        return None
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
