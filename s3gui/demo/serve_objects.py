"""GetObject, HeadObject, PutObject, DeleteObject(s), and an object's ACL, tags and attributes."""

import json
import re
import sqlite3
from urllib.parse import quote

from s3gui.demo import access
from s3gui.demo.call import Answer, Call, checked_key, xml_answer
from s3gui.demo.contents import Segment
from s3gui.demo.encryption import check_key, etag_of, shown
from s3gui.demo.faults import Fault
from s3gui.demo.headers import (
    FROZEN,
    attributes_of,
    check_read,
    check_tags,
    check_write,
    checksum_headers,
    object_headers,
    overrides,
)
from s3gui.demo.objects import NewVersion
from s3gui.demo.xml import children, document, iso_time, leaf, node, parse, text_of
from s3gui.domain.integrity import clean_etag

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
MOST_DELETES = 1000


async def get_object(call: Call) -> Answer:
    """GetObject and HeadObject: conditions, ranges, part numbers, versions, response-*."""
    storage = call.storage
    row = storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    check_key(call.headers, json.loads(row["headers"]))
    check_read(call.headers, row)
    if row["storage_class"] in FROZEN and call.method == "GET":
        raise Fault("InvalidObjectState", StorageClass=row["storage_class"])
    parts = storage.contents.parts(row["content"])
    first, length, status = _asked_range(call, row, parts)
    headers = object_headers(
        row,
        storage.buckets.get(call.bucket)["versioning"],
        parts if "partNumber" in call.query else 0,
        checksums=call.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
        and status == 200,
    )
    headers.update(overrides(call.query, anonymous=call.caller.anonymous))
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{row['size']}"
    segments: list[Segment] = []
    if call.method == "GET":
        segments = storage.contents.segments(row["content"], first, length)
    return Answer(status, headers, segments=segments, length=length)


def _asked_range(call: Call, row: sqlite3.Row, parts: int) -> tuple[int, int, int]:
    """First byte, length and status."""
    size = row["size"]
    asked = call.headers.get("range", "")
    if "partNumber" in call.query:
        if asked:
            raise Fault("InvalidRequest", "Cannot specify both Range header and partNumber query")
        return _part_range(call, row, parts)
    match = _RANGE.fullmatch(asked.strip())
    since = call.headers.get("if-range")
    if match is None or not (match[1] or match[2]):
        return 0, size, 200
    if since is not None and clean_etag(since) != row["etag"]:
        return 0, size, 200
    if match[1]:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if match[2] and int(match[2]) < first:
            return 0, size, 200
    else:
        first, last = max(0, size - int(match[2])), size - 1
    if first >= size or last < first:
        raise Fault(
            "InvalidRange",
            headers={"Content-Range": f"bytes */{size}"},
            RangeRequested=asked,
            ActualObjectSize=str(size),
        )
    return first, last - first + 1, 206


def _part_range(call: Call, row: sqlite3.Row, parts: int) -> tuple[int, int, int]:
    number = call.number("partNumber", 0)
    if parts == 0 and number == 1:
        return 0, row["size"], 206 if row["size"] else 200
    found = call.storage.contents.part_range(row["content"], number)
    if found is None:
        raise Fault("InvalidPartNumber", ActualPartCount=str(parts or 1))
    return *found, 206


async def put_object(call: Call) -> Answer:
    """PutObject."""
    storage = call.storage
    key = call.key_bytes
    storage.buckets.get(call.bucket)
    attributes = attributes_of(call.headers)
    # Asked twice: before the body, to spare it, and after it, when it counts.
    check_write(call.headers, storage.objects.current(call.bucket, key))
    received = await call.receive()
    checksum = {received.algorithm: received.checksum} if received.algorithm else {}
    try:
        with storage.contents.changing():
            _check_again(call)
            content = storage.contents.add(received.file, received.size)
            etag = etag_of(received.md5_hex, attributes.headers)
            new = NewVersion(key, content, received.size, etag, attributes, checksum)
            version = storage.objects.put(call.bucket, new)
    except BaseException:
        storage.contents.discard(received.file)
        raise
    headers = {"ETag": f'"{etag}"', **checksum_headers(checksum), **shown(attributes.headers)}
    if version:
        headers["x-amz-version-id"] = version
    return Answer(headers=headers)


def _check_again(call: Call) -> None:
    """The conditions, at the moment of writing: they held before the body came.

    Raises:
        Fault: PreconditionFailed; ConditionalRequestConflict for what was deleted meanwhile.
    """
    try:
        check_write(call.headers, call.storage.objects.current(call.bucket, call.key_bytes))
    except Fault as fault:
        if fault.code == "NoSuchKey":
            raise Fault("ConditionalRequestConflict") from fault
        raise


async def delete_object(call: Call) -> Answer:
    """DeleteObject: a version for good, or the key."""
    call.storage.buckets.get(call.bucket)
    if "if-match" in call.headers:
        check_write(call.headers, _what_goes(call, call.key_bytes, call.version_id))
    deleted = call.storage.objects.delete(call.bucket, call.key_bytes, call.version_id)
    headers = {}
    if deleted.version_id:
        headers["x-amz-version-id"] = deleted.version_id
    if deleted.marker:
        headers["x-amz-delete-marker"] = "true"
    return Answer(204, headers)


def _what_goes(call: Call, key: bytes, version: str | None) -> sqlite3.Row | None:
    if version is None:
        return call.storage.objects.current(call.bucket, key)
    return call.storage.objects.version(call.bucket, key, version)


async def delete_objects(call: Call) -> Answer:
    """DeleteObjects: each key has its own result."""
    call.storage.buckets.get(call.bucket)
    names = call.headers
    if "content-md5" not in names and not any(n.startswith("x-amz-checksum-") for n in names):
        raise Fault("InvalidRequest", "Missing required header for this request: Content-MD5")
    root = parse(await call.document(), "Delete")
    wanted = [
        (
            text_of(element, "Key"),
            text_of(element, "VersionId", "") or None,
            text_of(element, "ETag", ""),
        )
        for element in children(root, "Object")
    ]
    if not 0 < len(wanted) <= MOST_DELETES:
        raise Fault("MalformedXML")
    quiet = text_of(root, "Quiet", "false") == "true"
    results = [_delete_one(call, *each) for each in wanted]
    shown = [text for text, failed in results if failed or not quiet]
    return xml_answer(document("DeleteResult", *shown))


def _delete_one(call: Call, key: str, version: str | None, etag: str) -> tuple[str, bool]:
    """The element for one key, and whether it is an error."""
    named = leaf("Key", key) + (leaf("VersionId", version) if version else "")
    try:
        raw = checked_key(key)
        if etag:
            check_write({"if-match": etag}, _what_goes(call, raw, version))
        done = call.storage.objects.delete(call.bucket, raw, version)
    except Fault as fault:
        return node("Error", named, leaf("Code", fault.code), leaf("Message", fault.message)), True
    if done.marker:
        named += leaf("DeleteMarker", value=True) + leaf("DeleteMarkerVersionId", done.version_id)
    return node("Deleted", named), False


async def get_object_acl(call: Call) -> Answer:
    """GetObjectAcl."""
    row = call.storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    return xml_answer(access.Acl.from_json(row["acl"]).to_xml())


async def put_object_acl(call: Call) -> Answer:
    """PutObjectAcl, by headers or by a document."""
    row = call.storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    call.storage.objects.set_acl(row, await wanted_acl(call))
    return Answer()


async def wanted_acl(call: Call) -> access.Acl:
    """The ACL that a request brings.

    Raises:
        Fault: UnexpectedContent for two, MissingSecurityHeader for none.
    """
    acl = access.from_headers(call.headers)
    body = await call.document()
    if acl is not None:
        if body:
            raise Fault("UnexpectedContent")
        return acl
    if not body:
        raise Fault("MissingSecurityHeader", MissingHeaderName="x-amz-acl")
    return access.from_xml(body)


async def get_object_tagging(call: Call) -> Answer:
    """GetObjectTagging."""
    row = call.storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    tags = "".join(
        node("Tag", leaf("Key", name), leaf("Value", value))
        for name, value in json.loads(row["tags"])
    )
    return xml_answer(document("Tagging", node("TagSet", tags)), _version_header(row))


async def put_object_tagging(call: Call) -> Answer:
    """PutObjectTagging."""
    row = call.storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    tag_set = parse(await call.document(), "Tagging").find("TagSet")
    if tag_set is None:
        raise Fault("MalformedXML")
    tags = [(text_of(tag, "Key"), text_of(tag, "Value")) for tag in children(tag_set, "Tag")]
    check_tags(tags)
    call.storage.objects.set_tags(row, tags)
    return Answer(headers=_version_header(row))


async def delete_object_tagging(call: Call) -> Answer:
    """DeleteObjectTagging."""
    row = call.storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    call.storage.objects.set_tags(row, [])
    return Answer(204, _version_header(row))


async def get_object_attributes(call: Call) -> Answer:
    """GetObjectAttributes: what x-amz-object-attributes asks for."""
    storage = call.storage
    row = storage.objects.get(call.bucket, call.key_bytes, call.version_id)
    check_key(call.headers, json.loads(row["headers"]))
    asked = {name.strip() for name in call.headers.get("x-amz-object-attributes", "").split(",")}
    parts = storage.contents.parts(row["content"])
    checksum = json.loads(row["checksum"])
    known = {
        "ETag": leaf("ETag", row["etag"]),
        "Checksum": node("Checksum", *(_checksum_leaf(*item) for item in checksum.items())),
        "ObjectParts": node("ObjectParts", leaf("PartsCount", parts)) if parts else "",
        "StorageClass": leaf("StorageClass", row["storage_class"]),
        "ObjectSize": leaf("ObjectSize", row["size"]),
    }
    if asked - known.keys():
        raise Fault("InvalidArgument", "Invalid attribute name specified")
    body = document("GetObjectAttributesResponse", *(known[n] for n in known if n in asked))
    return xml_answer(body, {**_version_header(row), "Last-Modified": iso_time(row["modified"])})


def _checksum_leaf(name: str, value: str) -> str:
    return leaf("ChecksumType" if name == "type" else f"Checksum{name}", value)


def _version_header(row: sqlite3.Row) -> dict[str, str]:
    return {} if row["version"] == "null" else {"x-amz-version-id": row["version"]}


def location_of(call: Call) -> str:
    """The object's address, as CompleteMultipartUpload answers it."""
    host = call.headers.get("host", "")
    return f"{call.scheme}://{host}/{call.bucket}/{quote(call.key)}"
