"""Listings: ListObjectsV2, and ListObjects where the server needs it.

The loop over the pages is our own: botocore's ends silently where a server says there is more and
gives no token, and never where a server gives a new token for ever (M6).
"""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.errors import NotSupported, S3guiError
from s3gui.domain.integrity import clean_etag
from s3gui.domain.location import DELIMITER, Location
from s3gui.s3.encoding import Decode, decoder, last_of, next_marker
from s3gui.s3.errors import s3_errors

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

#: Twenty million rows of 1,000 a page: no person reads on, and a server that lies has no end.
MOST_PAGES = 20_000
#: Characters. Amazon takes 1,024 bytes, and a few servers more.
_LONGEST_KEY = 4096
#: Bytes, what a signed 64-bit number holds; Amazon's largest object has 5 TB.
_LARGEST = (1 << 63) - 1


class S3Listing:
    """See ``domain.ports.Listing``."""

    def __init__(
        self, control: "S3Client", list_version: int = 0, *, most_pages: int = MOST_PAGES
    ) -> None:
        self._control = control
        #: 0: V2 was not refused yet. Learnt once a session.
        self._version = list_version
        self._most_pages = most_pages

    async def pages(
        self,
        where: Location,
        *,
        recursive: bool = False,
        page_size: int = 1000,
        after: str = "",
    ) -> AsyncIterator[Page]:
        """The pages under ``where``, keys to the character.

        ``prefix/`` itself, the marker of an empty folder, is left out unless ``recursive``: whoever
        deletes or copies all that is under a prefix needs it, whoever looks into it does not.
        """
        params: dict[str, Any] = {
            "Bucket": where.bucket,
            "Prefix": where.key,
            "MaxKeys": page_size,
            # Asked for by ourselves, so that botocore leaves the decoding to us: its own trips
            # over a row without a key.
            "EncodingType": "url",
        }
        if not recursive:
            params["Delimiter"] = DELIMITER
        if after:
            params["StartAfter"] = after
        asked: set[str] = set()
        for number in range(1, self._most_pages + 1):
            answer, token = await self._ask(where, params)
            truncated = bool(answer.get("IsTruncated"))
            lost = truncated and (not token or token in asked or number == self._most_pages)
            yield _page(where, answer, recursive=recursive, last=lost or not truncated, lost=lost)
            if lost or not truncated:
                return
            asked.add(token)
            params.pop("StartAfter", None)
            params["Marker" if self._version == 1 else "ContinuationToken"] = token

    async def _ask(self, where: Location, params: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """One page and what to ask for the next with, "" for nothing."""
        if self._version != 1:
            try:
                with s3_errors("ListObjectsV2", where):
                    answer: Any = await self._control.list_objects_v2(**params)
            except S3guiError as error:
                if not self._may_fall_back(error, params):
                    raise
                self._version = 1
            else:
                self._version = 2
                return answer, str(answer.get("NextContinuationToken") or "")
        older = {name: value for name, value in params.items() if name != "StartAfter"}
        if after := params.get("StartAfter"):
            older["Marker"] = after
        with s3_errors("ListObjects", where):
            answer = await self._control.list_objects(**older)
        return answer, _next_marker(answer)

    def _may_fall_back(self, error: S3guiError, params: dict[str, Any]) -> bool:
        """Whether the server may simply not know V2; never in the middle of a listing."""
        unknown = isinstance(error, NotSupported) or error.code == "InvalidArgument"
        return unknown and self._version == 0 and "ContinuationToken" not in params


def _next_marker(answer: dict[str, Any]) -> str:
    """NextMarker, or the last row, which is what V1 means where it is absent."""
    decode = decoder(answer)
    last = last_of(answer, ("Contents", "Key"), ("CommonPrefixes", "Prefix"), decode=decode)
    return next_marker(answer.get("NextMarker"), last, decode) or last


def _page(
    where: Location, answer: dict[str, Any], *, recursive: bool, last: bool, lost: bool
) -> Page:
    decode = decoder(answer)
    objects, bad_objects = _objects(where, answer.get("Contents", ()), decode)
    prefixes, bad_prefixes = _prefixes(where, answer.get("CommonPrefixes", ()), decode)
    if not recursive and where.key:
        objects.pop(where.key, None)
    return Page(
        where,
        tuple(objects.values()),
        tuple(prefixes),
        last=last,
        incomplete=lost,
        invalid=bad_objects + bad_prefixes,
    )


def _objects(
    where: Location, rows: Iterable[dict[str, Any]], decode: Decode
) -> tuple[dict[str, ObjectEntry], int]:
    """The rows by key, and how many cannot be: outside the prefix, twice, absurd in size."""
    kept: dict[str, ObjectEntry] = {}
    invalid = 0
    for row in rows:
        key = decode(row.get("Key") or "")
        size = row.get("Size", -1)
        if not key or _cannot_be(where, key) or not 0 <= size <= _LARGEST or key in kept:
            invalid += 1
            continue
        kept[key] = ObjectEntry(
            key,
            size,
            row.get("LastModified"),
            clean_etag(row.get("ETag")),
            row.get("StorageClass") or "STANDARD",
        )
    return kept, invalid


def _prefixes(
    where: Location, rows: Iterable[dict[str, Any]], decode: Decode
) -> tuple[list[str], int]:
    kept: dict[str, None] = {}
    invalid = 0
    for row in rows:
        prefix = decode(row.get("Prefix") or "")
        if (
            not prefix
            or _cannot_be(where, prefix)
            or prefix == where.key
            or not prefix.endswith(DELIMITER)
            or prefix in kept
        ):
            invalid += 1
            continue
        kept[prefix] = None
    return list(kept), invalid


def _cannot_be(where: Location, key: str) -> bool:
    return not key.startswith(where.key) or len(key) > _LONGEST_KEY
