"""The calls of a multipart upload, and CopyObject."""

import hashlib
import re
import sqlite3
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

from s3gui.demo import checksums
from s3gui.demo.access import owner_xml
from s3gui.demo.call import LARGEST_BODY, LONGEST_KEY, Answer, Call, xml_answer
from s3gui.demo.contents import Segment
from s3gui.demo.faults import Fault
from s3gui.demo.headers import (
    FROZEN,
    attributes_of,
    check_read,
    check_write,
    checksum_headers,
    refuse_unsupported,
)
from s3gui.demo.objects import Attributes, NewVersion
from s3gui.demo.serve_objects import location_of
from s3gui.demo.uploads import MOST_PARTS, Told, WantedPart
from s3gui.demo.xml import children, document, iso_time, leaf, node, parse, text_of
from s3gui.domain.integrity import clean_etag

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


async def create_upload(call: Call) -> Answer:
    """CreateMultipartUpload."""
    call.storage.buckets.get(call.bucket)
    algorithm = call.headers.get("x-amz-checksum-algorithm", "").upper()
    kind = call.headers.get("x-amz-checksum-type", "").upper()
    if algorithm:
        checksums.digest_for(algorithm)
        kind = kind or ("FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE")
        if kind == "FULL_OBJECT":
            checksums.joined(algorithm, [])  # refuses what is no CRC
        elif kind != "COMPOSITE" or algorithm == "CRC64NVME":
            raise Fault("InvalidRequest", f"The {kind} checksum type cannot be used")
    upload_id = call.storage.uploads.create(
        call.bucket, call.key_bytes, attributes_of(call.headers), algorithm, kind
    )
    headers = {}
    if algorithm:
        headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}
    body = document(
        "InitiateMultipartUploadResult",
        leaf("Bucket", call.bucket),
        leaf("Key", call.key),
        leaf("UploadId", upload_id),
    )
    return xml_answer(body, headers)


async def upload_part(call: Call) -> Answer:
    """UploadPart, and UploadPartCopy with x-amz-copy-source."""
    number = _part_number(call)
    upload_id = call.query["uploadId"]
    upload = call.storage.uploads.get(call.bucket, call.key_bytes, upload_id)
    refuse_unsupported(call.headers)
    if "x-amz-copy-source" in call.headers:
        return await _copy_part(call, upload, number)
    received = await call.receive(upload["algorithm"] or "")
    checksum = received.checksum
    if upload["algorithm"] and received.algorithm != upload["algorithm"]:
        received.file.unlink(missing_ok=True)
        raise Fault("InvalidRequest", f"The upload was created with {upload['algorithm']}")
    storage = call.storage
    try:
        with storage.contents.changing():
            content = storage.contents.add(received.file, received.size)
            storage.uploads.put_part(
                upload_id, number, received.md5_hex, received.size, content, checksum
            )
    except BaseException:
        storage.contents.discard(received.file)
        raise
    headers = {"ETag": f'"{received.md5_hex}"'}
    if received.algorithm:
        headers.update(checksum_headers({received.algorithm: checksum}))
    return Answer(headers=headers)


def _part_number(call: Call) -> int:
    text = call.query.get("partNumber", "")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_PARTS):
        raise Fault(
            "InvalidArgument",
            f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=text,
        )
    return int(text)


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


async def _copy_part(call: Call, upload: sqlite3.Row, number: int) -> Answer:
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
        etag, checksum = await _digest(call, segments, upload["algorithm"] or "")
        with storage.contents.changing():
            content = storage.contents.add_segments([(piece, 1) for piece in segments], 0)
            when = storage.uploads.put_part(upload["id"], number, etag, length, content, checksum)
    return xml_answer(
        document(
            "CopyPartResult",
            leaf("LastModified", iso_time(when)),
            leaf("ETag", f'"{etag}"'),
        )
    )


async def list_parts(call: Call) -> Answer:
    """ListParts."""
    upload = call.storage.uploads.get(call.bucket, call.key_bytes, call.query["uploadId"])
    limit = call.number("max-parts", 1000, most=1000)
    after = call.number("part-number-marker", 0)
    rows = call.storage.uploads.parts(upload["id"], after, limit + 1)
    shown = rows[:limit]
    truncated = bool(shown) and len(rows) > limit
    algorithm = upload["algorithm"]
    parts = (
        node(
            "Part",
            leaf("PartNumber", row["number"]),
            leaf("LastModified", iso_time(row["modified"])),
            leaf("ETag", f'"{row["etag"]}"'),
            leaf("Size", row["size"]),
            leaf(f"Checksum{algorithm}", row["checksum"]) if algorithm else "",
        )
        for row in shown
    )
    return xml_answer(
        document(
            "ListPartsResult",
            leaf("Bucket", call.bucket),
            leaf("Key", call.key),
            leaf("UploadId", upload["id"]),
            owner_xml("Initiator"),
            owner_xml(),
            leaf("StorageClass", upload["storage_class"]),
            leaf("PartNumberMarker", after),
            leaf("NextPartNumberMarker", shown[-1]["number"] if shown else 0),
            leaf("MaxParts", limit),
            leaf("IsTruncated", truncated),
            leaf("ChecksumAlgorithm", algorithm) if algorithm else "",
            *parts,
        )
    )


async def complete_upload(call: Call) -> Answer:
    """CompleteMultipartUpload; the same again gives the same answer."""
    storage, key, upload_id = call.storage, call.key_bytes, call.query["uploadId"]
    storage.buckets.get(call.bucket)
    wanted = _wanted_parts(await call.document(checksum_is_its_own=False))
    done = storage.uploads.completed(call.bucket, key, upload_id, wanted)
    if done is None:
        check_write(call.headers, storage.objects.current(call.bucket, key))
        row = storage.uploads.get(call.bucket, key, upload_id)
        done = storage.uploads.complete(row, wanted, _told(call))
    body = document(
        "CompleteMultipartUploadResult",
        leaf("Location", location_of(call)),
        leaf("Bucket", call.bucket),
        leaf("Key", call.key),
        leaf("ETag", f'"{done.etag}"'),
        *(
            leaf("ChecksumType" if name == "type" else f"Checksum{name}", value)
            for name, value in done.checksum.items()
        ),
    )
    return xml_answer(body, {"x-amz-version-id": done.version_id} if done.version_id else None)


def _told(call: Call) -> Told:
    headers = call.headers
    sent = [name for name in checksums.ALGORITHMS if checksums.HEADER + name.lower() in headers]
    if len(sent) > 1:
        raise Fault("InvalidRequest", "Expecting a single x-amz-checksum- header")
    algorithm = sent[0] if sent else ""
    size = headers.get("x-amz-mp-object-size", "")
    return Told(
        algorithm,
        headers.get(checksums.HEADER + algorithm.lower(), ""),
        headers.get(f"{checksums.HEADER}type", "").upper(),
        int(size) if size.isdecimal() else None,
    )


def _wanted_parts(body: bytes) -> list[WantedPart]:
    root = parse(body, "CompleteMultipartUpload")
    wanted = [_wanted_part(element) for element in children(root, "Part")]
    if not 0 < len(wanted) <= MOST_PARTS:
        raise Fault("MalformedXML")
    return wanted


def _wanted_part(element: ET.Element) -> WantedPart:
    number = text_of(element, "PartNumber")
    if not number.isdigit():
        raise Fault("MalformedXML")
    checksum = next((child.text or "" for child in element if child.tag.startswith("Checksum")), "")
    return WantedPart(int(number), clean_etag(text_of(element, "ETag")), checksum)


async def abort_upload(call: Call) -> Answer:
    """AbortMultipartUpload."""
    call.storage.buckets.get(call.bucket)
    call.storage.uploads.abort(call.bucket, call.key_bytes, call.query["uploadId"])
    return Answer(204)


async def copy_object(call: Call) -> Answer:
    """CopyObject: the blobs are shared, nothing is copied."""
    storage, key = call.storage, call.key_bytes
    storage.buckets.get(call.bucket)
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
        etag = row["etag"]
        if storage.contents.parts(row["content"]):
            # A copy is one body, and has the MD5 of one.
            etag, _ = await _digest(call, segments, "")
        with storage.contents.changing():
            content = storage.contents.add_segments([(piece, 1) for piece in segments], 0)
            new = NewVersion(key, content, row["size"], etag, attributes)
            version = storage.objects.put(call.bucket, new)
    headers = {"x-amz-version-id": version} if version else {}
    if source.version_id:
        headers["x-amz-copy-source-version-id"] = source.version_id
    stored = storage.objects.get(call.bucket, key)
    body = document(
        "CopyObjectResult",
        leaf("LastModified", iso_time(stored["modified"])),
        leaf("ETag", f'"{etag}"'),
    )
    return xml_answer(body, headers)


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
    changes = "x-amz-storage-class" in call.headers or tagging == "REPLACE"
    if same and directive == "COPY" and not changes:
        raise Fault(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes.",
        )
    if directive == "COPY":
        asked = replace(asked, headers=kept.headers, metadata=kept.metadata)
    return asked if tagging == "REPLACE" else replace(asked, tags=kept.tags)
