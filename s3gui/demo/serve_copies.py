"""Copies: CopyObject, UploadPartCopy. Blobs are shared, no byte is copied."""

import hashlib
import json
import re
import sqlite3
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from s3gui.demo import checksums, encryption
from s3gui.demo.call import LARGEST_BODY, LONGEST_KEY, Answer, Call, xml_answer
from s3gui.demo.contents import Segment
from s3gui.demo.encryption import check_key
from s3gui.demo.faults import Fault
from s3gui.demo.headers import FROZEN, attributes_of, check_read, check_write
from s3gui.demo.objects import Attributes, NewVersion
from s3gui.demo.xml import document, iso_time, leaf

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class _Source:
    """What x-amz-copy-source names."""

    row: sqlite3.Row
    bucket: str
    key: str
    version_id: str | None


def _source(call: Call) -> _Source:
    """Finds the source of a copy, and holds its conditions."""
    path, _, version = call.headers["x-amz-copy-source"].partition("?versionId=")
    bucket_raw, _, key_raw = unquote_to_bytes(path).removeprefix(b"/").partition(b"/")
    try:
        bucket, key = bucket_raw.decode(), key_raw.decode()
    except UnicodeDecodeError as error:
        raise Fault("InvalidArgument") from error
    if not bucket or not key or len(key_raw) > LONGEST_KEY:
        raise Fault("InvalidArgument", "Copy Source must mention the source bucket and key")
    row = call.storage.objects.get(bucket, key_raw, version or None)
    check_key(call.headers, json.loads(row["headers"]), encryption.SOURCE)
    check_read(call.headers, row, "x-amz-copy-source-")
    if row["storage_class"] in FROZEN:
        raise Fault("InvalidObjectState", StorageClass=row["storage_class"])
    return _Source(row, bucket, key, version or None)


async def _digest(call: Call, segments: list[Segment], algorithm: str) -> tuple[str, str]:
    """MD5 in hex and the checksum of what segments hold, read in a thread."""
    from asyncio import get_running_loop

    def read() -> tuple[str, str]:
        md5 = hashlib.md5(usedforsecurity=False)
        other = checksums.digest_for(algorithm) if algorithm else None
        for block in call.storage.contents.blocks(segments):
            md5.update(block)
            if other:
                other.update(block)
        return md5.hexdigest(), checksums.encode(other.digest()) if other else ""

    with call.storage.contents.pinned(segments):
        return await get_running_loop().run_in_executor(call.storage.pool, read)


async def copy_part(call: Call, upload: sqlite3.Row, number: int) -> Answer:
    """UploadPartCopy: a part that shares the source's blobs."""
    storage = call.storage
    source = _source(call)
    first, length = 0, source.row["size"]
    asked = call.headers.get("x-amz-copy-source-range")
    if asked:
        match = _RANGE.fullmatch(asked)
        if match is None or not int(match[1]) <= int(match[2]) < length:
            raise Fault("InvalidArgument", "The x-amz-copy-source-range value is not valid")
        first, length = int(match[1]), int(match[2]) - int(match[1]) + 1
    if length > LARGEST_BODY:
        raise Fault("InvalidRequest", f"The part is larger than {LARGEST_BODY} bytes")
    segments = storage.contents.segments(source.row["content"], first, length)
    with storage.contents.pinned(segments):
        md5, checksum = await _digest(call, segments, upload["algorithm"] or "")
        kept = json.loads(upload["headers"])
        etag = encryption.etag_of(md5, kept)
        with storage.contents.changing():
            content = storage.contents.add_segments([(piece, 1) for piece in segments], 0)
            when = storage.uploads.put_part(upload["id"], number, etag, length, content, checksum)
    return xml_answer(
        document(
            "CopyPartResult",
            leaf("LastModified", iso_time(when)),
            leaf("ETag", f'"{etag}"'),
            leaf(f"Checksum{upload['algorithm']}", checksum) if checksum else "",
        ),
        _source_version(source) | encryption.shown(kept),
    )


def _source_version(source: _Source) -> dict[str, str]:
    version = source.version_id
    return {"x-amz-copy-source-version-id": version} if version else {}


async def copy_object(call: Call) -> Answer:
    """CopyObject: the blobs are shared, nothing is copied."""
    storage, key = call.storage, call.key_bytes
    storage.buckets.get(call.bucket)
    check_write(call.headers, storage.objects.current(call.bucket, key))
    source = _source(call)
    row = source.row
    if row["size"] > LARGEST_BODY:
        raise Fault(
            "InvalidRequest",
            "The specified copy source is larger than the maximum allowable size for a copy "
            f"source: {LARGEST_BODY}",
        )
    attributes = _copied_attributes(call, source)
    segments = storage.contents.segments(row["content"], 0, row["size"])
    with storage.contents.pinned(segments):
        etag, checksum = await _etag(call, source, attributes, segments), _whole(row)
        with storage.contents.changing():
            check_write(call.headers, storage.objects.current(call.bucket, key))
            content = storage.contents.add_segments([(piece, 1) for piece in segments], 0)
            new = NewVersion(key, content, row["size"], etag, attributes, checksum)
            version = storage.objects.put(call.bucket, new)
    headers = {"x-amz-version-id": version} if version else {}
    headers |= _source_version(source) | encryption.shown(attributes.headers)
    stored = storage.objects.get(call.bucket, key)
    body = document(
        "CopyObjectResult",
        leaf("LastModified", iso_time(stored["modified"])),
        leaf("ETag", f'"{etag}"'),
        *(
            leaf("ChecksumType" if name == "type" else f"Checksum{name}", value)
            for name, value in checksum.items()
        ),
    )
    return xml_answer(body, headers)


async def _etag(
    call: Call, source: _Source, attributes: Attributes, segments: list[Segment]
) -> str:
    """A copy is one body, and has the ETag of one."""
    row = source.row
    md5, was_sealed = row["etag"], encryption.hides_md5(json.loads(row["headers"]))
    if was_sealed or call.storage.contents.parts(row["content"]):
        md5, _ = await _digest(call, segments, "")
    return encryption.etag_of(md5, attributes.headers)


def _whole(row: sqlite3.Row) -> dict[str, str]:
    """The source's checksum, where it is one over all bytes."""
    checksum: dict[str, str] = json.loads(row["checksum"])
    return {} if checksum.get("type") == "COMPOSITE" else checksum


def _copied_attributes(call: Call, source: _Source) -> Attributes:
    """The source's headers, metadata and tags, or the request's (the two directives).

    The storage class and the ACL are always the request's.
    """
    asked, kept = attributes_of(call.headers), Attributes.from_row(source.row)
    directive = call.headers.get("x-amz-metadata-directive", "COPY").upper()
    tagging = call.headers.get("x-amz-tagging-directive", "COPY").upper()
    if not {directive, tagging} <= {"COPY", "REPLACE"}:
        raise Fault("InvalidArgument", "Unknown metadata directive.")
    same = (source.bucket, source.key) == (call.bucket, call.key) and not source.version_id
    sealed = encryption.shown(asked.headers)
    changes = "x-amz-storage-class" in call.headers or tagging == "REPLACE" or bool(sealed)
    if same and directive == "COPY" and not changes:
        raise Fault(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes.",
        )
    if directive == "COPY":
        headers = encryption.without(kept.headers) | sealed
        asked = replace(asked, headers=headers, metadata=kept.metadata)
    return asked if tagging == "REPLACE" else replace(asked, tags=kept.tags)
