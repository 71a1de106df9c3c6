"""Encryption as the protocol has it, conditions on copies and deletes; seen by boto3."""

import hashlib
import os
from typing import Any

import pytest

KEY = bytes(range(32))
MIB = 1 << 20


def sse(key: bytes = KEY, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key}


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_a_customers_key_is_asked_for_again(s3: Any, bucket: str, refused: Any) -> None:
    at = {"Bucket": bucket, "Key": "k"}
    made = s3.put_object(**at, Body=b"secret", **sse())

    assert made["SSECustomerAlgorithm"] == "AES256"
    assert made["ETag"].strip('"') != md5(b"secret")
    assert s3.get_object(**at, **sse())["Body"].read() == b"secret"
    assert s3.head_object(**at, **sse())["SSECustomerKeyMD5"] == made["SSECustomerKeyMD5"]
    assert refused(s3.head_object, **at) == "400"
    assert refused(s3.get_object, **at) == "InvalidRequest"
    assert refused(s3.get_object, **at, **sse(bytes(32))) == "AccessDenied"
    assert refused(s3.get_object, **at, **sse(b"short")) == "InvalidArgument"
    s3.put_object(**at, Body=b"open")
    assert refused(s3.get_object, **at, **sse()) == "InvalidRequest"


def test_every_part_brings_the_key(s3: Any, bucket: str, refused: Any) -> None:
    at = {"Bucket": bucket, "Key": "k"}
    s3.put_object(Bucket=bucket, Key="source", Body=b"tail", **sse(bytes(32)))
    upload = {**at, "UploadId": s3.create_multipart_upload(**at, **sse())["UploadId"]}
    first = os.urandom(5 * MIB)
    assert refused(s3.upload_part, **upload, PartNumber=1, Body=first) == "InvalidRequest"

    parts = [
        s3.upload_part(**upload, PartNumber=1, Body=first, **sse())["ETag"],
        s3.upload_part_copy(
            **upload,
            PartNumber=2,
            CopySource={"Bucket": bucket, "Key": "source"},
            **sse(),
            **sse(bytes(32), "CopySource"),
        )["CopyPartResult"]["ETag"],
    ]
    wanted = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(parts, start=1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": wanted})

    assert parts[0].strip('"') != md5(first)
    assert s3.get_object(**at, **sse())["Body"].read() == first + b"tail"


def test_a_copy_is_encrypted_as_it_says_itself(s3: Any, bucket: str, refused: Any) -> None:
    source = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**source, Body=b"secret", **sse())
    copy = {"Bucket": bucket, "CopySource": source}
    assert refused(s3.copy_object, **copy, Key="open") == "InvalidRequest"

    s3.copy_object(**copy, Key="open", **sse(prefix="CopySource"))
    s3.copy_object(**copy, Key="kms", ServerSideEncryption="aws:kms", **sse(prefix="CopySource"))

    found = s3.get_object(Bucket=bucket, Key="open")
    assert found["Body"].read() == b"secret"
    assert found["ETag"].strip('"') == md5(b"secret")
    assert "SSECustomerAlgorithm" not in found
    kms = s3.head_object(Bucket=bucket, Key="kms")
    assert kms["ServerSideEncryption"] == "aws:kms"
    assert kms["SSEKMSKeyId"]
    assert kms["ETag"].strip('"') != md5(b"secret")


def test_conditions_on_the_target_of_a_copy(s3: Any, bucket: str, refused: Any) -> None:
    for key in ("source", "there"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    copy = {"Bucket": bucket, "CopySource": {"Bucket": bucket, "Key": "source"}}

    assert refused(s3.copy_object, **copy, Key="there", IfNoneMatch="*") == "PreconditionFailed"
    assert refused(s3.copy_object, **copy, Key="there", IfMatch='"x"') == "PreconditionFailed"
    assert refused(s3.copy_object, **copy, Key="gone", IfMatch='"x"') == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key="there")["Body"].read() == b"there"
    s3.copy_object(**copy, Key="new", IfNoneMatch="*")
    s3.copy_object(**copy, Key="there", IfMatch=f'"{md5(b"there")}"')
    assert s3.get_object(Bucket=bucket, Key="there")["Body"].read() == b"source"


def test_conditions_on_deleting(s3: Any, bucket: str, refused: Any) -> None:
    at = {"Bucket": bucket, "Key": "k"}
    etag = s3.put_object(**at, Body=b"x")["ETag"]

    assert refused(s3.delete_object, **at, IfMatch='"other"') == "PreconditionFailed"
    rows = [{"Key": "k", "ETag": '"other"'}]
    told = s3.delete_objects(Bucket=bucket, Delete={"Objects": rows})
    assert [row["Code"] for row in told["Errors"]] == ["PreconditionFailed"]
    s3.delete_object(**at, IfMatch=etag)
    assert refused(s3.head_object, **at) == "404"


@pytest.mark.parametrize("whole", [True, False])
def test_a_checksum_over_all_bytes_goes_with_a_copy(s3: Any, bucket: str, whole: bool) -> None:
    at = {"Bucket": bucket, "Key": "k"}
    kind = "FULL_OBJECT" if whole else "COMPOSITE"
    made = s3.create_multipart_upload(**at, ChecksumAlgorithm="CRC32", ChecksumType=kind)
    upload = {**at, "UploadId": made["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
    wanted = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": wanted})

    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=at)["CopyObjectResult"]

    assert copied.get("ChecksumCRC32") == (part["ChecksumCRC32"] if whole else None)
