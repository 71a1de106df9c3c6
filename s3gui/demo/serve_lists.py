"""ListObjects, ListObjectsV2, ListObjectVersions, ListMultipartUploads, ListParts."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Callable

from s3gui.demo.access import owner_xml
from s3gui.demo.call import Answer, Call, xml_answer
from s3gui.demo.faults import Fault
from s3gui.demo.listing import Rolled, after_key, after_marker
from s3gui.demo.xml import document, iso_time, leaf, node, url_encoded

_PAGE = 1000


class _Page:
    """The parameters that all listings share."""

    def __init__(self, call: Call, limit_name: str = "max-keys") -> None:
        encoding = call.query.get("encoding-type", "")
        if encoding not in {"", "url"}:
            raise Fault("InvalidArgument", "Invalid Encoding Method specified in Request")
        #: Encodes a key or a prefix for the document.
        self.text: Callable[[str], str] = url_encoded if encoding else str
        self.prefix = call.query.get("prefix", "")
        self.delimiter = call.query.get("delimiter", "")
        self.limit_name = limit_name
        self.limit = call.number(limit_name, _PAGE, most=_PAGE)
        self._encoding = encoding

    def key(self, row: sqlite3.Row) -> str:
        """``Key`` of a row."""
        return leaf("Key", self.text(row["key"].decode()))

    def head(self, call: Call, limit_tag: str) -> str:
        """The echo of the parameters."""
        return "".join(
            (
                leaf("Bucket" if limit_tag == "MaxUploads" else "Name", call.bucket),
                leaf("Prefix", self.text(self.prefix)),
                leaf("Delimiter", self.text(self.delimiter)) if self.delimiter else "",
                leaf("EncodingType", self._encoding) if self._encoding else "",
                leaf(limit_tag, self.limit),
            )
        )

    def tail(self, rolled: Rolled) -> str:
        """The common prefixes."""
        return "".join(
            node("CommonPrefixes", leaf("Prefix", self.text(prefix.decode())))
            for prefix in rolled.prefixes
        )


def _contents(page: _Page, row: sqlite3.Row, *, owner: bool) -> str:
    return node(
        "Contents",
        page.key(row),
        leaf("LastModified", iso_time(row["modified"])),
        leaf("ETag", f'"{row["etag"]}"'),
        "".join(_algorithm(name, value) for name, value in json.loads(row["checksum"]).items()),
        leaf("Size", row["size"]),
        owner_xml() if owner else "",
        leaf("StorageClass", row["storage_class"]),
    )


def _algorithm(name: str, value: str) -> str:
    return leaf("ChecksumType", value) if name == "type" else leaf("ChecksumAlgorithm", name)


async def list_objects(call: Call) -> Answer:
    """ListObjectsV2 with list-type=2, else ListObjects."""
    call.storage.buckets.get(call.bucket)
    kind = call.query.get("list-type", "")
    if kind not in {"", "2"}:
        raise Fault("InvalidArgument", "Invalid List Type specified in Request")
    return _list_v2(call) if kind else _list_v1(call)


def _list_v2(call: Call) -> Answer:
    page = _Page(call)
    token, after = call.query.get("continuation-token"), call.query.get("start-after", "")
    start = after_key(after.encode()) if after else b""
    if token is not None:
        start = _from_token(token)
    rolled = call.storage.listing.objects(
        call.bucket, page.prefix.encode(), page.delimiter.encode(), start, page.limit
    )
    owner = call.query.get("fetch-owner", "") == "true"
    return xml_answer(
        document(
            "ListBucketResult",
            page.head(call, "MaxKeys"),
            leaf("KeyCount", len(rolled.entries)),
            leaf("IsTruncated", rolled.truncated),
            leaf("StartAfter", page.text(after)) if after else "",
            leaf("ContinuationToken", token) if token is not None else "",
            leaf("NextContinuationToken", _token(rolled.next_key())) if rolled.truncated else "",
            *(_contents(page, row, owner=owner) for row in rolled.rows),
            page.tail(rolled),
        )
    )


def _list_v1(call: Call) -> Answer:
    page = _Page(call)
    marker = call.query.get("marker", "")
    prefix, delimiter = page.prefix.encode(), page.delimiter.encode()
    start = after_marker(marker.encode(), prefix, delimiter)
    rolled = call.storage.listing.objects(call.bucket, prefix, delimiter, start, page.limit)
    following = ""
    if rolled.truncated and delimiter:  # AWS gives NextMarker only then
        following = leaf("NextMarker", page.text(_last_name(rolled)))
    return xml_answer(
        document(
            "ListBucketResult",
            page.head(call, "MaxKeys"),
            leaf("Marker", page.text(marker)),
            following,
            leaf("IsTruncated", rolled.truncated),
            *(_contents(page, row, owner=True) for row in rolled.rows),
            page.tail(rolled),
        )
    )


def _last_name(rolled: Rolled) -> str:
    last = rolled.entries[-1]
    return (last if isinstance(last, bytes) else last["key"]).decode()


def _token(key: bytes) -> str:
    return base64.urlsafe_b64encode(b"1" + key).decode()


def _from_token(token: str) -> bytes:
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if raw[:1] != b"1":
        raise Fault("InvalidArgument", "The continuation token provided is incorrect")
    return raw[1:]


async def list_versions(call: Call) -> Answer:
    """ListObjectVersions."""
    call.storage.buckets.get(call.bucket)
    page = _Page(call)
    key_marker = call.query.get("key-marker", "")
    version_marker = call.query.get("version-id-marker", "")
    if version_marker and not key_marker:
        raise Fault(
            "InvalidArgument", "A version-id marker cannot be specified without a key marker"
        )
    rolled = call.storage.listing.versions(
        call.bucket,
        page.prefix.encode(),
        page.delimiter.encode(),
        key_marker.encode(),
        version_marker,
        page.limit,
    )
    return xml_answer(
        document(
            "ListVersionsResult",
            page.head(call, "MaxKeys"),
            leaf("KeyMarker", page.text(key_marker)),
            leaf("VersionIdMarker", version_marker),
            _next(page, rolled, "NextKeyMarker", "NextVersionIdMarker", "version"),
            leaf("IsTruncated", rolled.truncated),
            *(_version(page, row) for row in rolled.rows),
            page.tail(rolled),
        )
    )


def _next(page: _Page, rolled: Rolled, key_tag: str, id_tag: str, column: str) -> str:
    """The two markers of the next page; a common prefix has no id."""
    if not rolled.truncated:
        return ""
    last = rolled.entries[-1]
    marker = leaf(key_tag, page.text(_last_name(rolled)))
    return marker if isinstance(last, bytes) else marker + leaf(id_tag, last[column])


def _version(page: _Page, row: sqlite3.Row) -> str:
    shared = (
        page.key(row)
        + leaf("VersionId", row["version"])
        + leaf("IsLatest", bool(row["current"]))
        + leaf("LastModified", iso_time(row["modified"]))
        + owner_xml()
    )
    if row["marker"]:
        return node("DeleteMarker", shared)
    return node(
        "Version",
        shared,
        leaf("ETag", f'"{row["etag"]}"'),
        leaf("Size", row["size"]),
        leaf("StorageClass", row["storage_class"]),
    )


async def list_uploads(call: Call) -> Answer:
    """ListMultipartUploads."""
    call.storage.buckets.get(call.bucket)
    page = _Page(call, "max-uploads")
    key_marker = call.query.get("key-marker", "")
    upload_marker = call.query.get("upload-id-marker", "") if key_marker else ""
    rolled = call.storage.listing.uploads(
        call.bucket,
        page.prefix.encode(),
        page.delimiter.encode(),
        key_marker.encode(),
        upload_marker,
        page.limit,
    )
    uploads = (
        node(
            "Upload",
            page.key(row),
            leaf("UploadId", row["id"]),
            owner_xml("Initiator"),
            owner_xml(),
            leaf("StorageClass", row["storage_class"]),
            leaf("Initiated", iso_time(row["started"])),
            leaf("ChecksumAlgorithm", row["algorithm"]) if row["algorithm"] else "",
        )
        for row in rolled.rows
    )
    return xml_answer(
        document(
            "ListMultipartUploadsResult",
            page.head(call, "MaxUploads"),
            leaf("KeyMarker", page.text(key_marker)),
            leaf("UploadIdMarker", upload_marker),
            _next(page, rolled, "NextKeyMarker", "NextUploadIdMarker", "id"),
            leaf("IsTruncated", rolled.truncated),
            *uploads,
            page.tail(rolled),
        )
    )
