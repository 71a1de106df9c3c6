"""Headers of objects: what is kept of a request, what goes back, and the conditions on both."""

import base64
import sqlite3
import time
from calendar import timegm
from collections.abc import Mapping
from email.utils import formatdate, parsedate
from json import loads
from urllib.parse import parse_qsl

from s3gui.demo.access import canned, from_headers
from s3gui.demo.checksums import HEADER
from s3gui.demo.encryption import kept_headers
from s3gui.demo.faults import Fault
from s3gui.demo.objects import Attributes
from s3gui.domain.integrity import clean_etag

META = "x-amz-meta-"
MOST_METADATA_BYTES = 2048
MOST_TAGS = 10
_LONGEST_TAG_KEY, _LONGEST_TAG_VALUE = 128, 256
#: Classes whose objects have to be restored before they can be read.
FROZEN = {"GLACIER", "DEEP_ARCHIVE"}
STORAGE_CLASSES = FROZEN | {
    *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA"),
    *("INTELLIGENT_TIERING", "GLACIER_IR", "EXPRESS_ONEZONE"),
}
_KEPT = {
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "content-type": "Content-Type",
    "expires": "Expires",
    "x-amz-website-redirect-location": "x-amz-website-redirect-location",
}
_OVERRIDES = {
    f"response-{name}": _KEPT[name]
    for name in (
        *("cache-control", "content-disposition", "content-encoding"),
        *("content-language", "content-type", "expires"),
    )
}
_UNSUPPORTED = ("x-amz-write-offset-bytes",)


def refuse_unsupported(headers: Mapping[str, str]) -> None:
    """Raises NotImplemented, and InvalidRequest for locks."""
    for name in headers:
        if name.startswith(_UNSUPPORTED):
            raise Fault("NotImplemented", Header=name)
        if name.startswith("x-amz-object-lock-"):
            raise Fault("InvalidRequest", "Bucket is missing Object Lock Configuration")


def attributes_of(headers: Mapping[str, str]) -> Attributes:
    """What a request says about the object it makes.

    Raises:
        Fault: MetadataTooLarge, InvalidStorageClass, InvalidTag, InvalidArgument, NotImplemented.
    """
    refuse_unsupported(headers)
    kept = {_KEPT[name]: value for name, value in headers.items() if name in _KEPT}
    codings = [part.strip() for part in kept.pop("Content-Encoding", "").split(",")]
    if left := ",".join(part for part in codings if part and part != "aws-chunked"):
        kept["Content-Encoding"] = left
    kept.setdefault("Content-Type", "binary/octet-stream")
    kept.update(kept_headers(headers))
    metadata = {
        name.removeprefix(META): value for name, value in headers.items() if name.startswith(META)
    }
    size = sum(len(name) + len(_raw(value)) for name, value in metadata.items())
    if size > MOST_METADATA_BYTES:
        raise Fault("MetadataTooLarge", Size=str(size), MaxSizeAllowed=str(MOST_METADATA_BYTES))
    storage_class = headers.get("x-amz-storage-class", "STANDARD")
    if storage_class not in STORAGE_CLASSES:
        raise Fault("InvalidStorageClass", StorageClassRequested=storage_class)
    acl = from_headers(headers) or canned("private")
    tags = parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True)
    check_tags(tags)
    return Attributes(kept, metadata, storage_class, acl, tags)


def check_tags(tags: list[tuple[str, str]]) -> None:
    """Raises InvalidTag for tags that S3 would not keep."""
    if len(tags) > MOST_TAGS:
        raise Fault("InvalidTag", f"Object tags cannot be greater than {MOST_TAGS}")
    if len({name for name, _ in tags}) < len(tags):
        raise Fault("InvalidTag", "Cannot provide multiple Tags with the same key")
    for name, value in tags:
        if not 0 < len(name) <= _LONGEST_TAG_KEY or len(value) > _LONGEST_TAG_VALUE:
            raise Fault("InvalidTag", TagKey=name)


def object_headers(
    row: sqlite3.Row, versioning: str, parts: int, *, checksums: bool
) -> dict[str, str]:
    """The headers of GetObject and HeadObject, the length aside.

    Args:
        row: of the version.
        versioning: of its bucket; version ids are shown once versions were kept.
        parts: how many it was made of, 0 for a body sent whole.
        checksums: the client asked for them (x-amz-checksum-mode).
    """
    headers: dict[str, str] = {
        **{name: _shown(value) for name, value in loads(row["headers"]).items()},
        **{META + name: _shown(value) for name, value in loads(row["metadata"]).items()},
        "ETag": f'"{row["etag"]}"',
        "Last-Modified": formatdate(row["modified"], usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if row["storage_class"] != "STANDARD":
        headers["x-amz-storage-class"] = row["storage_class"]
    if versioning:
        headers["x-amz-version-id"] = row["version"]
    if tags := loads(row["tags"]):
        headers["x-amz-tagging-count"] = str(len(tags))
    if parts:
        headers["x-amz-mp-parts-count"] = str(parts)
    if checksums:
        headers.update(checksum_headers(loads(row["checksum"])))
    return headers


def checksum_headers(checksum: Mapping[str, str]) -> dict[str, str]:
    """``{"CRC32": value, "type": ...}`` as headers."""
    return {HEADER + name.lower(): value for name, value in checksum.items()}


def overrides(query: Mapping[str, str], *, anonymous: bool) -> dict[str, str]:
    """The response-* parameters of GetObject as headers.

    Raises:
        Fault: InvalidRequest for someone who did not sign, InvalidArgument for a line break.
    """
    changed = {_OVERRIDES[name]: value for name, value in query.items() if name in _OVERRIDES}
    if changed and anonymous:
        raise Fault("InvalidRequest", "Request specific response headers cannot be used here")
    if any(not value.isprintable() for value in changed.values()):
        raise Fault("InvalidArgument", "Header value cannot be represented")
    return changed


def check_read(headers: Mapping[str, str], row: sqlite3.Row, prefix: str = "") -> None:
    """The conditions of GetObject and HeadObject, in the order of RFC 9110.

    Raises:
        Fault: PreconditionFailed, or NotModified (for a copy: PreconditionFailed).
    """
    negative = "PreconditionFailed" if prefix else "NotModified"
    modified = int(row["modified"])
    match = headers.get(f"{prefix}if-match")
    unmodified = headers.get(f"{prefix}if-unmodified-since")
    if match is not None:
        if not _matches(match, row["etag"]):
            raise Fault("PreconditionFailed", Condition="If-Match")
    elif unmodified and (since := _http_time(unmodified)) is not None and modified > since:
        raise Fault("PreconditionFailed", Condition="If-Unmodified-Since")
    none_match = headers.get(f"{prefix}if-none-match")
    newer = headers.get(f"{prefix}if-modified-since")
    same = {"ETag": f'"{row["etag"]}"', "Last-Modified": formatdate(modified, usegmt=True)}
    if none_match is not None:
        if _matches(none_match, row["etag"]):
            raise Fault(negative, headers=same)
    elif newer and (since := _http_time(newer)) is not None and modified <= since <= time.time():
        raise Fault(negative, headers=same)


def check_write(headers: Mapping[str, str], current: sqlite3.Row | None) -> None:
    """The conditions of a write, a copy's or a delete's too, on what is there now.

    Raises:
        Fault: PreconditionFailed; NoSuchKey for If-Match on nothing; NotImplemented for others.
    """
    there = current is not None and not current["marker"]
    none_match = headers.get("if-none-match")
    if none_match is not None:
        if none_match.strip() != "*":
            raise Fault("NotImplemented", Header="If-None-Match")
        if there:
            raise Fault("PreconditionFailed", Condition="If-None-Match")
    match = headers.get("if-match")
    if match is not None:
        if current is None or not there:
            raise Fault("NoSuchKey")
        if not _matches(match, current["etag"]):
            raise Fault("PreconditionFailed", Condition="If-Match")


def _matches(condition: str, etag: str) -> bool:
    wanted = [clean_etag(part) for part in condition.split(",")]
    return "*" in wanted or etag in wanted


def _http_time(text: str) -> int | None:
    parsed = parsedate(text)
    return timegm((*parsed[:6], 0, 0, 0)) if parsed else None


def _raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _shown(value: str) -> str:
    """A header as AWS gives it back: what is not ASCII as an RFC 2047 word."""
    if value.isascii():
        return value
    return f"=?UTF-8?B?{base64.b64encode(_raw(value)).decode()}?="
