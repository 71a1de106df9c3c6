"""Versions of an object: ListObjectVersions, GetBucketVersioning."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from s3gui.domain.entries import ObjectVersion
from s3gui.domain.errors import NotSupported
from s3gui.domain.integrity import clean_etag
from s3gui.domain.location import DELIMITER, Location
from s3gui.s3.encoding import decoder, last_of, next_marker
from s3gui.s3.errors import endless, s3_errors

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

_MOST_PAGES = 10_000
_LISTS = (("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix"))


class S3Versions:
    """See ``domain.ports.Versions``."""

    def __init__(self, control: "S3Client") -> None:
        self._control = control
        #: The server said that it keeps no versions; the session then shows none (invariant 10).
        self.missing = False

    async def of_object(
        self, where: Location, *, page_size: int = 1000
    ) -> AsyncIterator[ObjectVersion]:
        """The versions of exactly this key, newest first as the server orders them.

        The key is asked for as a prefix; of all keys that begin with it, it is itself the first, so
        the listing is left at the first other one.

        Raises:
            BadAnswer: a page that is to be continued and says nothing about where.
        """
        async for answer in self._pages(where, page_size):
            decode = decoder(answer)
            beyond = False
            for is_marker, row in _in_order(answer):
                if decode(row.get("Key") or "") != where.key:
                    beyond = True
                    continue
                yield _version(where.key, row, is_marker=is_marker)
            if beyond:
                return

    async def under(
        self, where: Location, *, recursive: bool = False, page_size: int = 1000
    ) -> AsyncIterator[ObjectVersion | str]:
        """The versions under a prefix, key by key, newest first; a ``str`` is a common prefix.

        Raises:
            BadAnswer: a page that is to be continued and says nothing about where.
        """
        delimiter = "" if recursive else DELIMITER
        async for answer in self._pages(where, page_size, delimiter):
            decode = decoder(answer)
            for row in answer.get("CommonPrefixes", ()):
                yield decode(row.get("Prefix") or "") or ""
            rows: dict[str, list[ObjectVersion]] = {}
            for is_marker, row in _in_order(answer):
                key = decode(row.get("Key") or "") or ""
                rows.setdefault(key, []).append(_version(key, row, is_marker=is_marker))
            for key in sorted(rows, key=str.encode):
                for version in rows[key]:
                    yield version

    async def _pages(
        self, where: Location, page_size: int, delimiter: str = ""
    ) -> AsyncIterator[dict[str, Any]]:
        params: dict[str, Any] = {
            "Bucket": where.bucket,
            "Prefix": where.key,
            "MaxKeys": page_size,
            "EncodingType": "url",
        }
        if delimiter:
            params["Delimiter"] = delimiter
        asked: set[tuple[str, str]] = set()
        for _ in range(_MOST_PAGES):
            answer = await self._ask(where, params)
            yield answer
            if not answer.get("IsTruncated"):
                return
            decode = decoder(answer)
            last = last_of(answer, *_LISTS, decode=decode)
            following = (
                next_marker(answer.get("NextKeyMarker"), last, decode),
                str(answer.get("NextVersionIdMarker") or ""),
            )
            if not following[0] or following in asked:
                break
            asked.add(following)
            params["KeyMarker"] = following[0]
            params.pop("VersionIdMarker", None)
            if following[1]:
                params["VersionIdMarker"] = following[1]
        raise endless()

    async def _ask(self, where: Location, params: dict[str, Any]) -> dict[str, Any]:
        try:
            with s3_errors("ListObjectVersions", where):
                answer: Any = await self._control.list_object_versions(**params)
        except NotSupported:
            self.missing = True
            raise
        page: dict[str, Any] = answer
        return page

    async def status(self, bucket: str) -> str:
        """GetBucketVersioning."""
        try:
            with s3_errors("GetBucketVersioning", Location(bucket)):
                answer: Any = await self._control.get_bucket_versioning(Bucket=bucket)
        except NotSupported:
            self.missing = True
            raise
        return str(answer.get("Status") or "")


def _in_order(answer: dict[str, Any]) -> list[tuple[bool, dict[str, Any]]]:
    """The rows of both lists, with whether each is a delete marker, as the document had them."""
    rows = {
        "Version": iter(answer.get("Versions", ())),
        "DeleteMarker": iter(answer.get("DeleteMarkers", ())),
    }
    in_document = [(tag == "DeleteMarker", next(rows[tag])) for tag in answer.get("Order", ())]
    # Some servers put all markers behind all versions. The sort is stable, so where the times are
    # equal, and with a server that orders by itself, the document decides.
    return sorted(in_document, key=_age)


def _age(entry: tuple[bool, dict[str, Any]]) -> tuple[bool, float]:
    """The latest first, then the newest; what has no time goes last."""
    _, row = entry
    modified = row.get("LastModified")
    return not row.get("IsLatest"), -modified.timestamp() if modified else 0.0


def _version(key: str, row: dict[str, Any], *, is_marker: bool) -> ObjectVersion:
    return ObjectVersion(
        key,
        row.get("VersionId") or "null",
        bool(row.get("IsLatest")),
        row.get("LastModified"),
        size=max(0, int(row.get("Size", 0))),
        etag=clean_etag(row.get("ETag")),
        storage_class=row.get("StorageClass") or "",
        is_delete_marker=is_marker,
    )
