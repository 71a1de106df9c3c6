"""Multipart uploads over the wire: ETags, the four errors, pages, copies, repeats, checksums."""

import base64
import hashlib
import os
import zlib
from typing import Any

import pytest
from demo.running import MIB, Running

FIRST, LAST = os.urandom(5 * MIB), os.urandom(1000)


def begin(s3: Any, bucket: str, key: str = "big", **options: Any) -> dict[str, Any]:
    made = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)
    return {"Bucket": bucket, "Key": key, "UploadId": made["UploadId"]}


def send(s3: Any, upload: dict[str, Any], number: int, body: bytes, **more: Any) -> dict[str, Any]:
    answer = s3.upload_part(**upload, PartNumber=number, Body=body, **more)
    return {"PartNumber": number, "ETag": answer["ETag"]}


def complete(s3: Any, upload: dict[str, Any], *parts: dict[str, Any], **more: Any) -> Any:
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(parts)}, **more)


def composite(*bodies: bytes) -> str:
    digests = b"".join(hashlib.md5(body, usedforsecurity=False).digest() for body in bodies)
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(bodies)}"'


def test_a_multipart_object_is_whole_with_its_etag_and_attributes(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, Metadata={"a": "1"}, ContentType="text/x-a", Tagging="t=1")
    # out of order, with a gap in the numbers
    last = send(s3, upload, 7, LAST)
    first = send(s3, upload, 2, FIRST)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    done = complete(s3, upload, first, last)
    assert done["ETag"] == composite(FIRST, LAST)
    found = s3.get_object(Bucket=bucket, Key="big")
    assert found["Body"].read() == FIRST + LAST
    assert found["ETag"] == done["ETag"]
    assert (found["ContentType"], found["Metadata"], found["TagCount"]) == (
        "text/x-a",
        {"a": "1"},
        1,
    )
    edge = f"bytes={5 * MIB - 3}-{5 * MIB + 1}"
    assert s3.get_object(Bucket=bucket, Key="big", Range=edge)["Body"].read() == (
        FIRST[-3:] + LAST[:2]
    )
    second = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (LAST, 2)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_complete_copies_no_byte(s3: Any, demo: Running, bucket: str) -> None:
    upload = begin(s3, bucket)
    part = send(s3, upload, 1, FIRST)
    blobs = demo.directory / "data" / "blobs"
    before = {entry.name: entry.stat().st_ino for entry in blobs.iterdir()}
    complete(s3, upload, part)
    assert {entry.name: entry.stat().st_ino for entry in blobs.iterdir()} == before


def test_a_part_sent_twice_counts_once_and_the_later_one_wins(
    s3: Any, bucket: str, refused: Any
) -> None:
    upload = begin(s3, bucket)
    old, new = send(s3, upload, 1, b"old"), send(s3, upload, 1, b"newer")
    assert [part["Size"] for part in s3.list_parts(**upload)["Parts"]] == [5]
    assert refused(complete, s3, upload, old) == "InvalidPart"
    complete(s3, upload, new)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == b"newer"


def test_the_errors_of_complete(s3: Any, bucket: str, refused: Any) -> None:
    upload = begin(s3, bucket)
    small, last = send(s3, upload, 1, b"small"), send(s3, upload, 2, LAST)
    missing = {"PartNumber": 3, "ETag": last["ETag"]}
    assert refused(complete, s3, upload, small, last) == "EntityTooSmall"
    assert refused(complete, s3, upload, last, small) == "InvalidPartOrder"
    assert refused(complete, s3, upload, small, small) == "InvalidPartOrder"
    assert refused(complete, s3, upload, small, missing) == "InvalidPart"
    assert refused(complete, s3, upload, {"PartNumber": 1, "ETag": last["ETag"]}) == "InvalidPart"
    assert refused(complete, s3, upload) == "MalformedXML"
    # none of it spoilt the upload
    assert complete(s3, upload, last)["ETag"] == composite(LAST)


def test_an_unknown_upload_is_unknown_to_every_call(s3: Any, bucket: str, refused: Any) -> None:
    upload = begin(s3, bucket)
    part = send(s3, upload, 1, LAST)
    s3.abort_multipart_upload(**upload)
    assert refused(complete, s3, upload, part) == "NoSuchUpload"
    assert refused(send, s3, upload, 1, LAST) == "NoSuchUpload"
    assert refused(s3.list_parts, **upload) == "NoSuchUpload"
    assert refused(s3.abort_multipart_upload, **upload) == "NoSuchUpload"
    other = begin(s3, bucket, "other")
    assert refused(s3.list_parts, **{**other, "Key": "big"}) == "NoSuchUpload"


def test_a_repeat_of_complete_gets_the_same_answer(s3: Any, bucket: str, refused: Any) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    upload = begin(s3, bucket)
    first, last = send(s3, upload, 1, FIRST), send(s3, upload, 2, LAST)
    once, again = complete(s3, upload, first, last), complete(s3, upload, first, last)
    assert (once["ETag"], once["VersionId"]) == (again["ETag"], again["VersionId"])
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1
    assert refused(complete, s3, upload, first) == "NoSuchUpload"
    assert refused(send, s3, upload, 1, FIRST) == "NoSuchUpload"


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_limits(demo: Running, s3: Any, bucket: str, number: int) -> None:
    upload = begin(s3, bucket)
    query = f"partNumber={number}&uploadId={upload['UploadId']}"
    assert demo.raw("PUT", f"/{bucket}/big", b"x", query=query).code == "InvalidArgument"
    assert send(s3, upload, 10_000, b"x")["PartNumber"] == 10_000


def test_a_part_with_a_wrong_md5_is_not_kept(s3: Any, bucket: str, refused: Any) -> None:
    upload = begin(s3, bucket)
    wrong = base64.b64encode(bytes(16)).decode()
    assert refused(send, s3, upload, 1, FIRST, ContentMD5=wrong) == "BadDigest"
    assert "Parts" not in s3.list_parts(**upload)


def test_conditions_on_complete(s3: Any, bucket: str, refused: Any) -> None:
    there = s3.put_object(Bucket=bucket, Key="big", Body=b"there")["ETag"]
    upload = begin(s3, bucket)
    part = send(s3, upload, 1, LAST)
    assert refused(complete, s3, upload, part, IfNoneMatch="*") == "PreconditionFailed"
    assert refused(complete, s3, upload, part, IfMatch='"other"') == "PreconditionFailed"
    complete(s3, upload, part, IfMatch=there)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == LAST


def test_parts_come_in_pages(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    for number in (1, 2, 5, 9):
        send(s3, upload, number, bytes(number))
    page = s3.list_parts(**upload, MaxParts=2)
    assert ([part["PartNumber"] for part in page["Parts"]], page["IsTruncated"]) == ([1, 2], True)
    rest = s3.list_parts(**upload, MaxParts=2, PartNumberMarker=page["NextPartNumberMarker"])
    assert [(part["PartNumber"], part["Size"]) for part in rest["Parts"]] == [(5, 5), (9, 9)]
    assert rest["IsTruncated"] is False


def test_unfinished_uploads_come_in_pages_by_key_and_age(s3: Any, bucket: str) -> None:
    keys = ["a", "b", "b", "b", "d/1", "d/2", "z"]
    started = [begin(s3, bucket, key) for key in keys]
    for size in (1, 2, 3, 1000):
        found, marker = [], {}
        while True:
            page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=size, **marker)
            found += [(row["Key"], row["UploadId"]) for row in page["Uploads"]]
            if not page["IsTruncated"]:
                break
            marker = {
                "KeyMarker": page["NextKeyMarker"],
                "UploadIdMarker": page["NextUploadIdMarker"],
            }
        assert found == [(upload["Key"], upload["UploadId"]) for upload in started]
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["d/"]
    page = s3.list_multipart_uploads(Bucket=bucket, Prefix="d/")
    assert [row["Key"] for row in page["Uploads"]] == ["d/1", "d/2"]


def test_parts_copied_from_other_objects(s3: Any, bucket: str, refused: Any) -> None:
    body = FIRST + LAST
    source = {"Bucket": bucket, "Key": "source ä"}
    s3.put_object(**source, Body=body)
    upload = begin(s3, bucket)
    pieces = ["bytes=0-5242879", f"bytes=100-{len(body) - 1}"]
    etags = [
        s3.upload_part_copy(**upload, PartNumber=n, CopySource=source, CopySourceRange=asked)[
            "CopyPartResult"
        ]["ETag"]
        for n, asked in enumerate(pieces, start=1)
    ]
    beyond = {"CopySource": source, "CopySourceRange": f"bytes=0-{len(body)}"}
    assert refused(s3.upload_part_copy, **upload, PartNumber=3, **beyond) == "InvalidArgument"
    s3.delete_object(**source)
    done = complete(
        s3, upload, *({"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, start=1))
    )
    assert done["ETag"] == composite(FIRST, body[100:])
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == FIRST + body[100:]
    # a copy of a multipart object is one body again
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "big"})[
        "CopyObjectResult"
    ]["ETag"]
    whole = hashlib.md5(FIRST + body[100:], usedforsecurity=False).hexdigest()
    assert copied == f'"{whole}"'


def crc(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_checksums_of_parts_and_whole(s3: Any, bucket: str, refused: Any, kind: str) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType=kind)
    parts = []
    for number, body in ((1, FIRST), (2, LAST)):
        value = base64.b64encode(crc(body)).decode()
        part = send(s3, upload, number, body, ChecksumCRC32=value)
        parts.append({**part, "ChecksumCRC32": value})
    wrong = [parts[0], {**parts[1], "ChecksumCRC32": "AAAAAA=="}]
    assert refused(complete, s3, upload, *wrong) == "InvalidPart"
    done = complete(s3, upload, *parts)
    if kind == "FULL_OBJECT":
        expected = base64.b64encode(crc(FIRST + LAST)).decode()
    else:
        expected = base64.b64encode(crc(crc(FIRST) + crc(LAST))).decode() + "-2"
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (expected, kind)
    found = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert found["ChecksumCRC32"] == expected


def test_abort_and_overwrite_leave_no_blob(s3: Any, demo: Running, bucket: str) -> None:
    blobs = demo.directory / "data" / "blobs"
    before = {entry.name for entry in blobs.iterdir()}
    upload = begin(s3, bucket)
    send(s3, upload, 1, FIRST)
    s3.abort_multipart_upload(**upload)
    upload = begin(s3, bucket)
    complete(s3, upload, send(s3, upload, 1, FIRST), send(s3, upload, 2, LAST))
    s3.put_object(Bucket=bucket, Key="big", Body=b"over")
    s3.delete_object(Bucket=bucket, Key="big")
    # blobs go in a thread of the server, in its own time
    with_client = s3.list_buckets
    for _ in range(2000):
        if {entry.name for entry in blobs.iterdir()} == before:
            return
        with_client()
    pytest.fail("blobs were left")
