"""The sample buckets show what the window has panes for, and their holes are honest."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo.running import Running

from s3gui.demo.samples import HOLE_PART_BYTES, HOLE_PART_MD5, MANY
from s3gui.domain.integrity import is_composite


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("samples")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(filled: Running) -> Any:
    return filled.client()


def test_the_md5_of_a_part_of_a_hole_is_that_of_zeros() -> None:
    digest = hashlib.md5(usedforsecurity=False)
    for _ in range(HOLE_PART_BYTES >> 20):
        digest.update(bytes(1 << 20))
    assert digest.hexdigest() == HOLE_PART_MD5


def test_buckets_have_ages_and_regions(s3: Any) -> None:
    rows = s3.list_buckets()["Buckets"]
    assert [row["Name"] for row in rows] == [
        *("archive", "backups", "photos", "site-assets", "telemetry"),
    ]
    assert len({row["CreationDate"].date() for row in rows}) == len(rows)
    regions = {s3.get_bucket_location(Bucket=row["Name"])["LocationConstraint"] for row in rows}
    assert len(regions) >= 3


def test_a_huge_sample_takes_no_room_and_reads_as_zeros(s3: Any, filled: Running) -> None:
    key = {"Bucket": "backups", "Key": "postgres/orders.sql.zst"}
    found = s3.head_object(**key)
    assert found["ContentLength"] > 80e9
    assert is_composite(found["ETag"].strip('"'))
    assert "sample" in found["Metadata"]
    parts = int(found["ETag"].strip('"').partition("-")[2])
    assert found["ContentLength"] == parts * HOLE_PART_BYTES
    edge = HOLE_PART_BYTES - 700_000
    piece = s3.get_object(**key, Range=f"bytes={edge}-{edge + 1_999_999}")
    assert piece["Body"].read() == bytes(2_000_000)
    used = sum(
        entry.stat().st_blocks * 512
        for entry in (filled.directory / "data").rglob("*")
        if entry.is_file()
    )
    assert used < 8 << 20


def test_versions_and_a_delete_marker(s3: Any) -> None:
    page = s3.list_object_versions(Bucket="backups", Prefix="postgres/")
    orders = [row for row in page["Versions"] if row["Key"] == "postgres/orders.sql.zst"]
    assert len(orders) == 4
    assert orders == sorted(orders, key=lambda row: row["LastModified"], reverse=True)
    assert [row["Key"] for row in page["DeleteMarkers"]] == ["postgres/sessions.sql.zst"]


def test_the_manifest_tells_the_true_sizes(s3: Any) -> None:
    body = s3.get_object(Bucket="backups", Key="postgres/manifest.json")["Body"].read()
    for name, size in json.loads(body).items():
        found = s3.head_object(Bucket="backups", Key=f"postgres/{name}")
        assert found["ContentLength"] == size


def test_public_files_classes_and_an_unfinished_upload(s3: Any, filled: Running) -> None:
    assert filled.anonymous("GET", "/site-assets/index.html").status == 200
    assert filled.anonymous("GET", "/site-assets/private/prices.txt").code == "AccessDenied"
    assert "max-age" in s3.head_object(Bucket="site-assets", Key="css/site.css")["CacheControl"]
    rows = s3.list_objects_v2(Bucket="archive")["Contents"]
    assert {"GLACIER", "DEEP_ARCHIVE", "STANDARD_IA"} <= {row["StorageClass"] for row in rows}
    upload = s3.list_multipart_uploads(Bucket="archive")["Uploads"][0]
    parts = s3.list_parts(Bucket="archive", Key=upload["Key"], UploadId=upload["UploadId"])["Parts"]
    assert len(parts) > 10


def test_pictures_are_pictures_under_cyrillic_and_emoji_keys(s3: Any) -> None:
    rows = s3.list_objects_v2(Bucket="photos", Prefix="2026/Байкал 🏔️/")["Contents"]
    assert len(rows) == 3
    for row in rows:
        found = s3.get_object(Bucket="photos", Key=row["Key"])
        assert found["ContentType"] == "image/jpeg"
        assert found["Body"].read().startswith(b"\xff\xd8\xff")


def test_many_keys_need_several_pages(s3: Any) -> None:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="telemetry", Prefix="many/")
    counts = [page["KeyCount"] for page in pages]
    assert (sum(counts), len(counts)) == (MANY, 3)
    top = s3.list_objects_v2(Bucket="telemetry", Delimiter="/")
    assert [row["Prefix"] for row in top["CommonPrefixes"]] == ["many/"]
    s3.delete_object(Bucket="telemetry", Key="many/reading-00000.json")
    key = "many/reading-00001.json"  # shares its bytes with the deleted one
    assert json.loads(s3.get_object(Bucket="telemetry", Key=key)["Body"].read())


def test_a_directory_is_filled_once(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        running.client().delete_object(Bucket="photos", Key="covers/thumbnail.png")
    with Running(tmp_path) as running:
        found = running.client().list_objects_v2(Bucket="photos", Prefix="covers/")
        assert found["KeyCount"] == 0
