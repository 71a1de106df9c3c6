"""Digests of bodies: kept, given back, and a wrong one refused."""

import base64
import hashlib
import zlib
from typing import Any

import pytest
from demo.running import Running

from s3gui.demo import checksums

BODY = bytes(range(256)) * 2000
RIGHT = {
    "CRC32": base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode(),
    "SHA1": base64.b64encode(hashlib.sha1(BODY, usedforsecurity=False).digest()).decode(),
    "SHA256": base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
}


@pytest.mark.parametrize("algorithm", RIGHT)
def test_a_checksum_is_kept_and_a_wrong_one_refused(
    s3: Any, bucket: str, refused: Any, algorithm: str
) -> None:
    name = f"Checksum{algorithm}"
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, **{name: RIGHT[algorithm]})
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[name] == RIGHT[algorithm]
    assert name not in s3.head_object(Bucket=bucket, Key="k")
    wrong = base64.b64encode(bytes(len(base64.b64decode(RIGHT[algorithm])))).decode()
    assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **{name: wrong}) == "BadDigest"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY


@pytest.mark.parametrize(
    ("algorithm", "check"),
    [("CRC32", 0xCBF43926), ("CRC32C", 0xE3069283), ("CRC64NVME", 0xAE8B14860A799888)],
)
def test_the_crcs_give_their_published_check_values(algorithm: str, check: int) -> None:
    digest = checksums.digest_for(algorithm)
    digest.update(b"12345")
    digest.update(b"6789")
    assert int.from_bytes(digest.digest(), "big") == check
    parts = []
    for piece in (b"1234", b"", b"56789"):
        part = checksums.digest_for(algorithm)
        part.update(piece)
        parts.append((part.digest(), len(piece)))
    assert checksums.joined(algorithm, parts) == checksums.encode(digest.digest())


def test_content_md5_is_compared(s3: Any, bucket: str, demo: Running, refused: Any) -> None:
    right = base64.b64encode(hashlib.md5(b"x", usedforsecurity=False).digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=right)
    assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"y", ContentMD5=right) == (
        "BadDigest"
    )
    bad = demo.raw("PUT", f"/{bucket}/k", b"x", headers={"content-md5": "short"})
    assert bad.code == "InvalidDigest"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_attributes(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumSHA256=RIGHT["SHA256"])["ETag"]
    found = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "Checksum"]
    )
    assert (found["ETag"], found["ObjectSize"]) == (etag.strip('"'), len(BODY))
    assert found["StorageClass"] == "STANDARD"
    assert found["Checksum"]["ChecksumSHA256"] == RIGHT["SHA256"]
