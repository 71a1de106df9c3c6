"""The bench of downloads measures what it says: its server has what it tells, misses are told."""

import base64
import hashlib
import zlib
from pathlib import Path
from typing import Any

import pytest
from bench.download import summary, well
from bench.well import BUCKET, KEY, MANY, MIB, PART
from gui.storage import Storage

SIZE = 128 * MIB


@pytest.mark.parametrize("checksums", [True, False])
def test_the_well_gives_what_its_checksums_say(checksums: bool, tmp_path: Path) -> None:
    key = {"Bucket": BUCKET, "Key": KEY}
    with (
        well(tmp_path, SIZE / MIB / 1024, tls=False, checksums=checksums) as source,
        Storage(source.endpoint, "a", "b") as storage,
    ):
        head = storage.client.head_object(**key, ChecksumMode="ENABLED")
        assert head["ContentLength"] == source.size == SIZE
        body = storage.client.get_object(**key)["Body"].read()
        crc32 = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        assert head.get("ChecksumCRC32") == (crc32 if checksums else None)
        parts = [
            hashlib.md5(body[at : at + PART], usedforsecurity=False).digest()
            for at in range(0, SIZE, PART)
        ]
        whole = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
        assert head["ETag"] == f'"{whole}-{len(parts)}"'
        first = 64 * MIB - 3
        piece = storage.client.get_object(**key, Range=f"bytes={first}-{first + 9}")
        assert piece["ContentRange"] == f"bytes {first}-{first + 9}/{SIZE}"
        assert piece["Body"].read() == body[first : first + 10]
        assert storage.client.head_object(**key, PartNumber=1)["PartsCount"] == len(parts)


def test_the_well_lists_its_small_objects_to_their_end_and_has_no_other(tmp_path: Path) -> None:
    with (
        well(tmp_path, 0, tls=False, checksums=True, many=(2001, 100)) as source,
        Storage(source.endpoint, "a", "b") as storage,
    ):
        for operation in ("list_objects", "list_objects_v2"):
            pages = storage.client.get_paginator(operation).paginate(Bucket=BUCKET, Prefix=MANY)
            keys = [row["Key"] for page in pages for row in page["Contents"]]
            assert len(set(keys)) == len(keys) == source.many == 2001
        answer = storage.client.get_object(Bucket=BUCKET, Key=keys[-1])
        body = answer["Body"].read()
        assert len(body) == source.size == 100
        assert answer["ETag"].strip('"') == hashlib.md5(body, usedforsecurity=False).hexdigest()
        with pytest.raises(storage.client.exceptions.ClientError, match="404"):
            storage.client.head_object(Bucket=BUCKET, Key=MANY.rstrip("/"))


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({}, []),
        ({"mib_per_s": 999.0}, ["the window: 1.0 times the best"]),
        ({"peak_bytes": 250 * MIB}, ["under 250 MiB"]),
        ({"late_ms": [1.0] * 98 + [17.0] * 2}, ["tick late by at most 16 ms at p99"]),
        ({"late_ms": [1.0] * 99 + [51.0]}, ["tick late by at most 50 ms at most"]),
    ],
)
def test_a_missed_target_is_told(figures: dict[str, Any], missed: list[str]) -> None:
    peer = {"mib_per_s": 1000.0, "cpu_s_per_gib": 1.0, "peak_bytes": MIB}
    ours = {**peer, "late_ms": [1.0] * 99 + [17.0], **figures}
    # The command starts the interpreter, too, and the plain sockets are no peer.
    rest = {"s3gui download": [{**peer, "mib_per_s": 1.0}], "rclone": [peer], "s5cmd": [peer]}
    rest["plain sockets"] = [{**peer, "mib_per_s": 9000.0}]
    result = summary({"s3gui": [ours], **rest})
    assert [name for name, is_reached in result["reached"].items() if not is_reached] == missed
