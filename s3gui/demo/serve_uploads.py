"""The calls of a multipart upload."""

import json
from xml.etree import ElementTree as ET

from s3gui.demo import checksums
from s3gui.demo.access import owner_xml
from s3gui.demo.call import Answer, Call, xml_answer
from s3gui.demo.encryption import check_key, etag_of, shown
from s3gui.demo.faults import Fault
from s3gui.demo.headers import (
    attributes_of,
    check_write,
    checksum_headers,
    refuse_unsupported,
)
from s3gui.demo.serve_copies import copy_part
from s3gui.demo.serve_objects import location_of
from s3gui.demo.uploads import MOST_PARTS, Told, WantedPart
from s3gui.demo.xml import children, document, iso_time, leaf, node, parse, text_of
from s3gui.domain.integrity import clean_etag


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
    attributes = attributes_of(call.headers)
    upload_id = call.storage.uploads.create(
        call.bucket, call.key_bytes, attributes, algorithm, kind
    )
    headers = shown(attributes.headers)
    if algorithm:
        headers |= {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}
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
    kept = json.loads(upload["headers"])
    check_key(call.headers, kept)
    if "x-amz-copy-source" in call.headers:
        return await copy_part(call, upload, number)
    received = await call.receive(upload["algorithm"] or "")
    checksum = received.checksum
    if upload["algorithm"] and received.algorithm != upload["algorithm"]:
        received.file.unlink(missing_ok=True)
        raise Fault("InvalidRequest", f"The upload was created with {upload['algorithm']}")
    storage = call.storage
    try:
        with storage.contents.changing():
            content = storage.contents.add(received.file, received.size)
            etag = etag_of(received.md5_hex, kept)
            storage.uploads.put_part(upload_id, number, etag, received.size, content, checksum)
    except BaseException:
        storage.contents.discard(received.file)
        raise
    headers = {"ETag": f'"{etag}"', **shown(kept)}
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
        row = storage.uploads.get(call.bucket, key, upload_id)
        check_write(call.headers, storage.objects.current(call.bucket, key))
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
    headers = {"x-amz-version-id": done.version_id} if done.version_id else {}
    stored = storage.objects.current(call.bucket, key)
    return xml_answer(body, headers | (shown(json.loads(stored["headers"])) if stored else {}))


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
