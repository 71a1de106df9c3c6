"""Deleting many objects in one request, in the way the server takes, and one by one where in none.

Amazon and those that follow it want a checksum of the document. Which one they take differs: older
servers know Content-MD5 only, which botocore does not send any more, a few know the new ones only.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Sequence
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from s3gui.domain.entries import MOST_DELETES, Deletion, Doomed
from s3gui.domain.errors import BadAnswer, ErrorKind, NotFound, NotSupported, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.s3.checksums import is_refusal
from s3gui.s3.conditions import quoted
from s3gui.s3.errors import convert, s3_errors

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

#: Single deletions under way at once, where the server does not take many.
_AT_ONCE = 8
#: What no document can hold (XML 1.0, 2.2): such keys are deleted one by one.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFUSALS = frozenset(
    {"MissingContentMD5", "MissingSecurityHeader", "BadDigest", "XAmzContentSHA256Mismatch"}
)


class Form(Enum):
    """How DeleteObjects is sent; each is tried after the one before was refused."""

    MD5 = 1
    CRC32 = 2
    #: Not at all: DeleteObject for each.
    SINGLE = 3


_with_md5: ContextVar[bool] = ContextVar("s3gui_delete_with_md5", default=False)


def put_md5(request: Any, **_: Any) -> None:
    """Gives the request a Content-MD5 for botocore's checksum (event ``before-sign``)."""
    if not _with_md5.get():
        return
    for name in [name for name in request.headers if _is_checksum(name)]:
        del request.headers[name]
    digest = hashlib.md5(request.data, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()


def _is_checksum(name: str) -> bool:
    return name.lower().startswith(("x-amz-checksum-", "x-amz-sdk-checksum-"))


class _Delete(Protocol):
    def __call__(
        self, where: Location, version_id: str | None, *, if_match: str
    ) -> Awaitable[str | None]: ...


class Deleting:
    """DeleteObjects of one session, which remembers the form that its server takes."""

    def __init__(self, control: "S3Client", delete_one: _Delete) -> None:
        self._control = control
        self._delete_one = delete_one
        self.form = Form.MD5

    async def delete(self, bucket: str, doomed: Sequence[Doomed]) -> list[Deletion]:
        """What became of each, in the order given.

        Raises:
            ValueError: more than ``MOST_DELETES``: a fault of ours.
            S3guiError: it is not known of any.
        """
        if len(doomed) > MOST_DELETES:
            raise ValueError(len(doomed))
        apart = {item for item in doomed if _UNWRITABLE.search(item.key)}
        together = [item for item in dict.fromkeys(doomed) if item not in apart]
        found: dict[Doomed, Deletion] = {}
        while together and self.form is not Form.SINGLE:
            try:
                found = await self._at_once(bucket, together)
            except S3guiError as error:
                if not _is_refusal(error):
                    raise
                self.form = Form(self.form.value + 1)
            else:
                break
        left = [item for item in dict.fromkeys(doomed) if item not in found]
        for done in await self._one_by_one(bucket, left):
            found[done.doomed] = done
        return [found[item] for item in doomed]

    async def _at_once(self, bucket: str, doomed: Sequence[Doomed]) -> dict[Doomed, Deletion]:
        token = _with_md5.set(self.form is Form.MD5)
        try:
            rows: Any = [_row(item) for item in doomed]
            with s3_errors("DeleteObjects", Location(bucket)):
                answer: Any = await self._control.delete_objects(
                    Bucket=bucket, Delete={"Objects": rows}
                )
        finally:
            _with_md5.reset(token)
        named = {(item.key, item.version_id or ""): item for item in doomed}
        found: dict[Doomed, Deletion] = {}
        for row in answer.get("Deleted", ()):
            if item := _named(named, row):
                marker = row.get("DeleteMarkerVersionId") if not item.version_id else None
                found[item] = Deletion(item, marker_id=marker)
        for row in answer.get("Errors", ()):
            if item := _named(named, row):
                found[item] = _failed(item, _error_of(row, Location(bucket, item.key)))
        for item in doomed:
            found.setdefault(item, Deletion(item, _untold()))
        return found

    async def _one_by_one(self, bucket: str, doomed: Sequence[Doomed]) -> list[Deletion]:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(item: Doomed) -> Deletion:
            async with slots:
                try:
                    marker = await self._delete_one(
                        Location(bucket, item.key), item.version_id, if_match=item.if_match
                    )
                except S3guiError as error:
                    return _failed(item, error)
            return Deletion(item, marker_id=marker)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in doomed]
        return [task.result() for task in tasks]


def _row(item: Doomed) -> dict[str, str]:
    row = {"Key": item.key}
    if item.version_id:
        row["VersionId"] = item.version_id
    if item.if_match:
        row["ETag"] = quoted(item.if_match)
    return row


def _named(named: dict[tuple[str, str], Doomed], row: dict[str, Any]) -> Doomed | None:
    """Which one a row is about; some servers leave the version out, or tell the new marker's."""
    key = str(row.get("Key") or "")
    return named.get((key, str(row.get("VersionId") or ""))) or named.get((key, ""))


def _error_of(row: dict[str, Any], where: Location) -> S3guiError:
    """The error of one key in an answer about many."""
    from botocore.exceptions import ClientError

    told: Any = {
        "Error": {"Code": row.get("Code") or "", "Message": row.get("Message") or ""},
        "ResponseMetadata": {},
    }
    return convert(ClientError(told, "DeleteObject"), "DeleteObject", where)


def _failed(item: Doomed, error: S3guiError) -> Deletion:
    """What is not there any more is as good as deleted."""
    if isinstance(error, NotFound) and error.code in {"NoSuchKey", "NoSuchVersion"}:
        return Deletion(item)
    return Deletion(item, error)


def _is_refusal(error: S3guiError) -> bool:
    return isinstance(error, NotSupported) or error.code in _REFUSALS or is_refusal(error)


def _untold() -> S3guiError:
    return BadAnswer(
        tr("It is not known whether this was deleted"),
        tr("The server's answer does not name it."),
        tr("Refresh to see whether it is still there."),
        kind=ErrorKind.PERMANENT,
    )
