"""The bench measures what it says: the sink counts every byte, and a missed target is told."""

import base64
import hashlib
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from bench.sink import BUCKET, Sink
from bench.upload import scenarios, sink, summary
from botocore.exceptions import ClientError
from gui.files import MIB
from gui.storage import Storage

PART = 5 * MIB


def test_the_sink_puts_an_upload_together_as_s3_does() -> None:
    body = bytes(range(256)) * (PART // 256)
    md5s = []
    with Sink() as sink, Storage(sink.endpoint, "a", "b") as storage:
        key = {"Bucket": BUCKET, "Key": "файл 1"}
        upload = storage.client.create_multipart_upload(**key)["UploadId"]
        for number in (1, 2):
            digest = hashlib.md5(body, usedforsecurity=False)
            md5s.append(digest.digest())
            told = {"ContentMD5": base64.b64encode(digest.digest()).decode()}
            storage.client.upload_part(**key, UploadId=upload, PartNumber=number, Body=body, **told)
        parts = [part["ETag"] for part in storage.parts(BUCKET, "файл 1", upload)]
        listed = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(parts, 1)]
        storage.client.complete_multipart_upload(
            **key, UploadId=upload, MultipartUpload={"Parts": listed}
        )
        head = storage.client.head_object(**key)
        assert head["ContentLength"] == 2 * PART == sink.taken
        whole = hashlib.md5(b"".join(md5s), usedforsecurity=False).hexdigest()
        assert head["ETag"] == f'"{whole}-2"'


@pytest.mark.parametrize("agrees", [True, False])
def test_the_sink_agrees_to_a_checksum_as_s3_does(agrees: bool) -> None:
    part, whole = "AAAAAQ==", "AAAAAg=="
    with Sink(checksums=agrees) as sink, Storage(sink.endpoint, "a", "b") as storage:
        key = {"Bucket": BUCKET, "Key": "a"}
        asked = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
        made = storage.client.create_multipart_upload(**key, **asked)
        assert {name: made.get(name) for name in asked} == (
            asked if agrees else dict.fromkeys(asked)
        )
        key["UploadId"] = made["UploadId"]
        sent = storage.client.upload_part(**key, PartNumber=1, Body=b"x", ChecksumCRC32=part)
        assert sent["ChecksumCRC32"] == part
        parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
        storage.client.complete_multipart_upload(
            **key, MultipartUpload=parts, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT"
        )
        head = storage.client.head_object(Bucket=BUCKET, Key="a", ChecksumMode="ENABLED")
        assert (head["ChecksumCRC32"], head["ChecksumType"]) == (whole, "FULL_OBJECT")
        assert "ChecksumCRC32" not in storage.client.head_object(Bucket=BUCKET, Key="a")


def test_the_sink_knows_what_it_never_got() -> None:
    with Sink() as sink, Storage(sink.endpoint, "a", "b") as storage:
        with pytest.raises(ClientError, match="404"):
            storage.client.head_object(Bucket=BUCKET, Key="nothing")
        with pytest.raises(storage.client.exceptions.NoSuchUpload):
            storage.client.upload_part(
                Bucket=BUCKET, Key="a", UploadId="never", PartNumber=1, Body=b"x"
            )


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({}, []),
        ({"per_s": 1999.0}, ["times the best"]),
        ({"cpu": 0.51}, ["of their CPU"]),
        ({"peak_bytes": 251 * MIB}, ["under 250 MiB"]),
        ({"late_ms": [1.0] * 98 + [17.0] * 2}, ["at p99"]),
        ({"late_ms": [1.0] * 199 + [51.0]}, ["at most 50 ms"]),
    ],
)
def test_a_missed_target_is_told(figures: dict[str, Any], missed: list[str], tls: bool) -> None:
    large = scenarios(1)["one"]
    peer = {"per_s": 1000.0, "cpu": 1.0, "peak_bytes": MIB}
    slow = {"per_s": 500.0, "cpu": 2.0, "peak_bytes": MIB}
    ours = {"per_s": 2000.0, "cpu": 0.5, "peak_bytes": MIB, "late_ms": [1.0] * 99 + [17.0]}
    runs = {"s3gui": [{**ours, **figures}], "s5cmd": [peer], "rclone": [slow]}
    reached = summary(large, runs, tls=tls)["reached"]
    wanted = [] if tls and "per_s" in figures else missed
    assert [any(word in name for word in wanted) for name in reached] == [
        not is_reached for is_reached in reached.values()
    ]


def test_the_sink_over_tls_tells_what_it_took(tmp_path: Path) -> None:
    with sink(tmp_path, tls=True) as place:
        assert place.endpoint.startswith("https://")
        context = ssl.create_default_context(cafile=place.ca)
        url = f"{place.endpoint}/{BUCKET}/k"
        request = urllib.request.Request(url, data=b"x" * 12345, method="PUT")  # noqa: S310
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310
            assert answer.status == 200
        assert place.taken() == 12345
