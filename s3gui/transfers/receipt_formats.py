r"""Receipts as text: JSON, CSV, and the lists that checking tools read. Pure functions.

JSON is one object::

    {"format": "s3gui-receipt", "version": 1, "made": TIME, "transfers": [TRANSFER, ...]}

and each TRANSFER has every name in ``COLUMNS``; what is not known is ``null``. Times are UTC in
ISO 8601, sizes are integers in bytes, CRCs are base64 as S3 writes them, the others are hex.
A name that is not UTF-8 keeps its bytes as lone surrogates (``\udcXX``, Python's surrogateescape).
CSV has the same columns, in UTF-8 with a mark at its start, which spreadsheets need.
"""

import base64
import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from s3gui.domain.integrity import VERIFIED_TEXT
from s3gui.domain.profile import Profile
from s3gui.domain.receipt import Proof, Receipt
from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction
from s3gui.domain.verification import Subject, Verdict

VERSION = 1
COLUMNS = (
    "id", "direction", "source", "destination", "version_id", "size", "started", "finished",
    "etag", "md5", "crc32", "crc32c", "crc64nvme", "composite_etag", "level", "level_text",
    "looked", "parts", "part_bytes", "parts_again", "remarks", "file_mtime", "connection",
    "endpoint", "batch",
)  # fmt: skip
Cell = str | int | None
_DIRECTIONS = {
    Direction.UPLOAD: "upload",
    Direction.DOWNLOAD: "download",
    Direction.COPY: "copy",
}
#: A spreadsheet takes a cell that begins so for a formula, and carries it out.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What GNU coreutils writes for what would break a line of theirs.
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


class Format(Enum):
    """What a receipt can be saved as."""

    JSON = "json"
    CSV = "csv"
    SHA256 = "sha256"
    CRC32 = "crc32"

    @property
    def file_name(self) -> str:
        """What such a file is called where nobody says otherwise."""
        return _NAMES[self]


_NAMES = {
    Format.JSON: "receipt.json",
    Format.CSV: "receipt.csv",
    Format.SHA256: "SHA256SUMS",
    Format.CRC32: "receipt.sfv",
}


def cells(receipt: Receipt, profiles: Mapping[str, Profile]) -> dict[str, Cell]:
    """One transfer by the names of ``COLUMNS``; nothing of it is secret.

    Args:
        receipt: which one.
        profiles: the connections by id, for their names and endpoints.
    """
    proof = receipt.proof
    profile = profiles.get(receipt.profile_id)
    level = receipt.level
    values: tuple[Cell, ...] = (
        *(receipt.id, _DIRECTIONS[receipt.direction], receipt.from_text, receipt.to_text),
        *(receipt.version_id, receipt.size, time_text(receipt.started)),
        *(time_text(receipt.finished), receipt.etag or None, proof.get(Proof.MD5)),
        *(proof.get(Proof.CRC32), proof.get(Proof.CRC32C), proof.get(Proof.CRC64NVME)),
        proof.get(Proof.COMPOSITE_ETAG),
        *(level.value if level else None, tr(VERIFIED_TEXT[level]) if level else None),
        *(proof.get(Proof.LOOKED), receipt.part_count or None, receipt.part_bytes or None),
        *(int(proof.get(Proof.PARTS_AGAIN, "0")), proof.get(Proof.REMARKS)),
        *(_file_time(proof), profile.name if profile else None),
        *(profile.endpoint if profile else None, receipt.batch or None),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _file_time(proof: Mapping[str, str]) -> str | None:
    stamp = proof.get(Proof.FILE_MTIME_NS)
    return time_text(datetime.fromtimestamp(int(stamp) / 1e9, UTC)) if stamp else None


def time_text(when: datetime | None) -> str | None:
    """``2026-11-22T13:10:05.123Z``."""
    if when is None:
        return None
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_head(made: datetime) -> bytes:
    """What stands before the first transfer."""
    said = {"format": "s3gui-receipt", "version": VERSION, "made": time_text(made)}
    return (json.dumps(said)[:-1] + ', "transfers": [').encode()


def json_item(values: Mapping[str, Cell], *, is_first: bool) -> bytes:
    """One transfer, with the comma in front that it needs."""
    return (("\n" if is_first else ",\n") + json.dumps(values)).encode()


JSON_TAIL = b"\n]}\n"


def csv_head() -> bytes:
    """The mark that says UTF-8, and the names of the columns."""
    return b"\xef\xbb\xbf" + _csv_line(COLUMNS)


def csv_item(values: Mapping[str, Cell]) -> bytes:
    """One transfer."""
    return _csv_line([_harmless(values[name]) for name in COLUMNS])


def _csv_line(row: "list[str] | tuple[str, ...]") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(row)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _harmless(value: Cell) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def verdict_cells(subject: Subject, verdict: Verdict) -> dict[str, object]:
    """What came of reading both sides again, by name."""
    return {
        "id": subject.receipt.id if subject.receipt is not None else None,
        "finding": verdict.finding.value,
        "title": verdict.title,
        "notes": list(verdict.notes),
        "near": subject.near_text,
        "location": str(subject.location),
        "size": verdict.size,
        "etag": verdict.etag or None,
        "version_id": verdict.version_id,
        "crc32": verdict.crc32 or None,
        "differing": [asdict(part) for part in verdict.differing],
        "at": time_text(verdict.at),
        "code": verdict.error.code if verdict.error is not None else None,
    }


def verdicts_json(ended: Sequence[tuple[Subject, Verdict]], made: datetime) -> str:
    """Verdicts as one object: ``{"format": "s3gui-verification", …, "verdicts": [...]}``."""
    said = {
        "format": "s3gui-verification",
        "version": VERSION,
        "made": time_text(made),
        "verdicts": [verdict_cells(subject, verdict) for subject, verdict in ended],
    }
    return json.dumps(said, indent=1) + "\n"


def named(path: Path, folder: Path | None) -> bytes:
    """A file's name for a list in ``folder``: from there if it is in it, else from the root."""
    if folder is not None and folder in path.parents:
        return os.fsencode(path.relative_to(folder))
    return os.fsencode(path)


def sha256_line(name: bytes, digest: bytes) -> bytes:
    """A line for ``sha256sum -c``, with the escapes of GNU coreutils."""
    escaped = name
    for plain, written in _ESCAPES:
        escaped = escaped.replace(plain, written)
    mark = b"\\" if escaped != name else b""
    return b"%s%s  %s\n" % (mark, digest.hex().encode(), escaped)


def crc32_line(name: bytes, digest: bytes) -> bytes | None:
    """A line of an SFV list; ``None`` where the name cannot stand in one."""
    if b"\n" in name or b"\r" in name:
        return None
    # What begins with a semicolon is a comment.
    return b"%s %s\n" % (
        b"./" + name if name.startswith(b";") else name,
        digest.hex().upper().encode(),
    )


def crc32_of(receipt: Receipt) -> bytes | None:
    """The CRC-32 over all bytes, as the journal has it."""
    text = receipt.proof.get(Proof.CRC32, "")
    return base64.b64decode(text) if text else None
