"""Listings: order, pages, prefixes, encodings, versions; and that they seek and never scan."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo.running import Running

from s3gui.demo.listing import _OBJECTS, _UPLOADS, _VERSIONS
from s3gui.demo.objects import Attributes, NewVersion
from s3gui.demo.storage import Storage, open_storage
from s3gui.domain.profile import Credentials

KEYS = [
    *("a", "a b", "a/1", "a/2", "a/x/1", "b", "b//c", "b/c", "emoji/🏔️", "я/1", "я/2"),
    *("z&<>\"'", "z+", "z%", "/lead"),
]


@pytest.fixture(scope="module")
def filled(s3: Any) -> str:
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    for key in KEYS:
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    return name


def pages(client: Any, operation: str, **parameters: Any) -> list[dict[str, Any]]:
    return list(client.get_paginator(operation).paginate(**parameters))


def entries(found: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    keys = [entry["Key"] for page in found for entry in page.get("Contents", [])]
    prefixes = [entry["Prefix"] for page in found for entry in page.get("CommonPrefixes", [])]
    return keys, prefixes


def rolled(prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """What a listing has to give, worked out the slow way."""
    keys, prefixes = [], []
    for key in sorted(KEYS, key=str.encode):
        if not key.startswith(prefix):
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if not found:
            keys.append(key)
        elif (group := prefix + head + found) not in prefixes:
            prefixes.append(group)
    return keys, prefixes


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("prefix", "delimiter"),
    [("", ""), ("", "/"), ("a", "/"), ("a/", "/"), ("b/", "/"), ("я", "/"), ("", "//"), ("n", "/")],
)
def test_pages_are_complete_without_doubles_in_byte_order(
    s3: Any, filled: str, operation: str, size: int, prefix: str, delimiter: str
) -> None:
    parameters = {"Bucket": filled, "Prefix": prefix, "PaginationConfig": {"PageSize": size}}
    if delimiter:
        parameters["Delimiter"] = delimiter
    found = pages(s3, operation, **parameters)
    assert entries(found) == rolled(prefix, delimiter)
    for page in found:
        count = len(page.get("Contents", [])) + len(page.get("CommonPrefixes", []))
        assert count <= size
        if operation == "list_objects_v2":
            assert page["KeyCount"] == count


def test_what_a_row_says(s3: Any, filled: str) -> None:
    row = s3.list_objects_v2(Bucket=filled, Prefix="a b", FetchOwner=True)["Contents"][0]
    assert row["ETag"] == '"9dd4e461268c8034f5c8564e155c67a6"'
    assert (row["Size"], row["StorageClass"]) == (1, "STANDARD")
    assert row["Owner"]["DisplayName"] == "demo"
    assert row["LastModified"].microsecond % 1000 == 0
    assert "Owner" not in s3.list_objects_v2(Bucket=filled)["Contents"][0]


def test_start_after_and_zero_keys(s3: Any, filled: str) -> None:
    found = s3.list_objects_v2(Bucket=filled, StartAfter="a/2", MaxKeys=2)
    assert [row["Key"] for row in found["Contents"]] == ["a/x/1", "b"]
    nothing = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (nothing["KeyCount"], nothing["IsTruncated"]) == (0, False)


def test_a_marker_inside_a_prefix_still_shows_that_prefix(s3: Any, filled: str) -> None:
    found = s3.list_objects(Bucket=filled, Delimiter="/", Marker="a/1")
    assert found["CommonPrefixes"][0]["Prefix"] == "a/"
    found = s3.list_objects(Bucket=filled, Delimiter="/", Marker="a/")
    assert found["CommonPrefixes"][0]["Prefix"] == "b/"


def test_v1_gives_a_next_marker_only_with_a_delimiter(demo: Running, filled: str) -> None:
    plain = demo.raw("GET", f"/{filled}", query="max-keys=2").body
    assert b"<IsTruncated>true</IsTruncated>" in plain
    assert b"NextMarker" not in plain
    assert b"<NextMarker>" in demo.raw("GET", f"/{filled}", query="delimiter=%2F&max-keys=2").body


@pytest.mark.parametrize(
    "query",
    [
        "list-type=2&max-keys=-1",
        "list-type=2&max-keys=x",
        "list-type=3",
        "list-type=2&continuation-token=nonsense",
        "encoding-type=base64",
        "versions&version-id-marker=x",
    ],
)
def test_wrong_parameters_are_refused(demo: Running, filled: str, query: str) -> None:
    assert demo.raw("GET", f"/{filled}", query=query).code == "InvalidArgument"


def test_names_are_escaped_in_plain_xml(demo: Running, filled: str) -> None:
    body = demo.raw("GET", f"/{filled}", query="list-type=2&prefix=z%26").body.decode()
    assert "<Key>z&#x26;&#x3c;&#x3e;&#x22;&#x27;</Key>" in body
    encoded = demo.raw("GET", f"/{filled}", query="encoding-type=url&list-type=2&prefix=a%20")
    assert b"<Key>a+b</Key>" in encoded.body


@pytest.fixture(scope="module")
def versioned(s3: Any) -> str:
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a", Body=b"null")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"22"):
        for key in ("a", "d/x", "d/y"):
            s3.put_object(Bucket=name, Key=key, Body=body)
    s3.delete_object(Bucket=name, Key="d/x")
    return name


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_version_pages_are_complete_newest_first(s3: Any, versioned: str, size: int) -> None:
    seen = []
    parameters: dict[str, Any] = {"Bucket": versioned, "MaxKeys": size}
    while True:
        page = s3.list_object_versions(**parameters)
        rows = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        assert len(rows) <= size
        seen += [(row["Key"], row["VersionId"], row["IsLatest"], row.get("Size")) for row in rows]
        if not page["IsTruncated"]:
            break
        parameters["KeyMarker"] = page["NextKeyMarker"]
        parameters["VersionIdMarker"] = page["NextVersionIdMarker"]
    assert len({(key, version) for key, version, _, _ in seen}) == len(seen) == 8
    of_a = [(version == "null", latest, size) for key, version, latest, size in seen if key == "a"]
    assert of_a == [(False, True, 2), (False, False, 1), (True, False, 4)]
    assert [latest for key, _, latest, size in seen if key == "d/x" and size is None] == [True]
    current = s3.list_objects_v2(Bucket=versioned)["Contents"]
    assert [row["Key"] for row in current] == ["a", "d/y"]


def test_versions_roll_up_into_prefixes(s3: Any, versioned: str) -> None:
    page = s3.list_object_versions(Bucket=versioned, Delimiter="/")
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["d/"]
    assert {row["Key"] for row in page["Versions"]} == {"a"}
    page = s3.list_object_versions(Bucket=versioned, Delimiter="/", MaxKeys=3)
    rest = s3.list_object_versions(Bucket=versioned, Delimiter="/", KeyMarker=page["NextKeyMarker"])
    assert [entry["Prefix"] for entry in rest["CommonPrefixes"]] == ["d/"]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(tmp_path / "data", Credentials("a", "b"))
    yield opened
    opened.close()


def test_a_hundred_thousand_keys_under_one_prefix_cost_one_seek(storage: Storage) -> None:
    storage.buckets.create("big", "us-east-1", Attributes().acl)
    content = storage.contents.add_segments([], 0)
    template = NewVersion(b"zz", content, 0, "e", Attributes())
    with storage.contents.changing():
        keys = ((f"many/{number:06}".encode(), 1.0) for number in range(100_000))
        storage.objects.put_many("big", template, keys)
        storage.objects.put("big", template)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    storage.database.set_progress_handler(count, 1)
    page = storage.listing.objects("big", b"", b"/", b"", 1000)
    storage.database.set_progress_handler(None, 0)
    assert [*page.prefixes] == [b"many/"]
    assert [row["key"] for row in page.rows] == [b"zz"]
    assert steps < 300  # virtual machine instructions, where a scan would need 1,000,000


@pytest.mark.parametrize("statement", [_OBJECTS, _VERSIONS, _UPLOADS])
def test_no_listing_scans_or_sorts(storage: Storage, statement: str) -> None:
    plan = storage.database.execute(f"EXPLAIN QUERY PLAN {statement}", ("b", b"a", b"b"))
    details = [row["detail"] for row in plan]
    assert all(detail.startswith("SEARCH") for detail in details), details
    assert "key>?" in details[0]
