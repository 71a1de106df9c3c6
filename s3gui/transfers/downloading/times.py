"""When the file that became an object was written, as uploaders note it."""

import re
from datetime import datetime
from decimal import Decimal

from s3gui.domain.entries import ObjectDetails

_NS = 10**9
#: What ``struct timespec`` of a 64-bit system holds, and no year beyond 9999.
_MOST_S = 253402300799
#: rclone and s3fs: seconds, rclone with a fraction.
_SECONDS = re.compile(r"-?\d{1,12}(?:\.\d{1,9})?")
#: s3cmd: ``atime:1700000000/ctime:.../mtime:1700000000/...``
_S3CMD = re.compile(r"(?:^|/)mtime:(\d{1,12})(?:/|$)")


def mtime_ns(details: ObjectDetails) -> int | None:
    """The file's own time where the uploader left it in the metadata, else Last-Modified."""
    noted = details.metadata.get("mtime", "").strip()
    if not _SECONDS.fullmatch(noted):
        found = _S3CMD.search(details.metadata.get("s3cmd-attrs", ""))
        noted = found[1] if found else ""
    if noted and abs(Decimal(noted)) <= _MOST_S:
        return int(Decimal(noted) * _NS)
    return _of(details.modified)


def _of(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) * _NS if moment is not None else None
