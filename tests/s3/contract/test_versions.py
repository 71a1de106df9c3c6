"""Versions and delete markers of one key."""

from typing import Any

import pytest
from s3.memory import fetch, put
from servers.server import Difference, Server

from s3gui.domain.entries import ObjectVersion
from s3gui.domain.errors import NotFound
from s3gui.domain.location import Location
from s3gui.s3.session import S3Session
from s3gui.s3.versions import S3Versions


@pytest.fixture
def versions(session: S3Session) -> S3Versions:
    assert session.versions is not None
    return session.versions


@pytest.fixture
def versioned(independent: Any, bucket: str) -> str:
    independent.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


async def every(versions: S3Versions, where: Location, **how: Any) -> list[ObjectVersion]:
    return [version async for version in versions.of_object(where, **how)]


class TestVersions:
    async def test_the_status_is_told(
        self, versions: S3Versions, independent: Any, bucket: str
    ) -> None:
        assert await versions.status(bucket) == ""
        for status in ("Enabled", "Suspended"):
            independent.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": status}
            )
            assert await versions.status(bucket) == status

    async def test_without_versioning_there_is_one_called_null(
        self, session: S3Session, versions: S3Versions, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where, b"12")

        (only,) = await every(versions, where)

        assert (only.version_id, only.is_latest, only.size) == ("null", True, 2)

    async def test_versions_come_newest_first_with_their_facts(
        self, session: S3Session, versions: S3Versions, versioned: str
    ) -> None:
        where = Location(versioned, "o")
        ids = [(await put(session, where, b"x" * n)).version_id for n in (1, 2, 3)]

        found = await every(versions, where)

        assert [version.version_id for version in found] == ids[::-1]
        assert [version.size for version in found] == [3, 2, 1]
        assert [version.is_latest for version in found] == [True, False, False]
        assert all(version.modified and version.etag for version in found)

    async def test_a_delete_leaves_a_marker_on_top_even_within_the_same_second(
        self, session: S3Session, server: Server, versions: S3Versions, versioned: str
    ) -> None:
        where = Location(versioned, "o")
        first = (await put(session, where, b"1")).version_id
        marker = await session.objects.delete(where)
        second = (await put(session, where, b"2")).version_id
        top = await session.objects.delete(where)

        found = await every(versions, where)

        assert found[0].version_id == top
        if server.has(Difference.MARKERS_APART):
            assert {version.version_id for version in found} == {top, second, marker, first}
        else:
            assert [version.version_id for version in found] == [top, second, marker, first]
        markers = {version.version_id for version in found if version.is_delete_marker}
        assert markers == {top, marker}
        with pytest.raises(NotFound):
            await session.objects.head(where)

    async def test_an_old_version_can_be_read_and_removed_for_good(
        self, session: S3Session, versions: S3Versions, versioned: str
    ) -> None:
        where = Location(versioned, "o")
        old = (await put(session, where, b"old")).version_id
        new = (await put(session, where, b"new")).version_id

        assert await fetch(session, where, version_id=old) == b"old"
        assert (await session.objects.head(where, old)).version_id == old
        assert await session.objects.delete(where, old) is None

        assert [version.version_id for version in await every(versions, where)] == [new]

    async def test_removing_the_marker_brings_the_object_back(
        self, session: S3Session, versioned: str
    ) -> None:
        where = Location(versioned, "o")
        await put(session, where, b"back")
        marker = await session.objects.delete(where)
        assert marker

        assert await session.objects.delete(where, marker) is None

        assert await fetch(session, where) == b"back"

    @pytest.mark.parametrize("key", ["o", "a b+c%/ё", "dir/"])
    async def test_only_this_key_is_listed(
        self, session: S3Session, versions: S3Versions, versioned: str, key: str
    ) -> None:
        for other in (f"{key}-longer", f"{key}/below", "zz"):
            await put(session, Location(versioned, other))
        await put(session, Location(versioned, key), b"mine")

        (only,) = await every(versions, Location(versioned, key))

        assert (only.key, only.size) == (key, 4)

    async def test_a_key_that_never_was_has_none(
        self, session: S3Session, versions: S3Versions, versioned: str
    ) -> None:
        await put(session, Location(versioned, "other"))
        assert await every(versions, Location(versioned, "o")) == []

    async def test_pages_join_without_a_gap_or_a_double(
        self, session: S3Session, versions: S3Versions, versioned: str
    ) -> None:
        where = Location(versioned, "o +ё")
        ids = [(await put(session, where, b"x")).version_id for _ in range(5)]
        await put(session, Location(versioned, "o +ё and more"))

        found = await every(versions, where, page_size=2)

        assert [version.version_id for version in found] == ids[::-1]

    async def test_a_prefix_lists_its_keys_with_all_their_versions(
        self, session: S3Session, versions: S3Versions, versioned: str
    ) -> None:
        for key in ("a/1", "a/1", "a/b/2", "c"):
            await put(session, Location(versioned, key), b"x")
        await session.objects.delete(Location(versioned, "a/1"))

        flat = [row async for row in versions.under(Location(versioned, "a/"))]
        deep = [
            row
            async for row in versions.under(Location(versioned), recursive=True, page_size=2)
            if isinstance(row, ObjectVersion)
        ]

        assert flat[0] == "a/b/"
        first = [row for row in flat if isinstance(row, ObjectVersion)]
        assert [row.key for row in first] == ["a/1"] * 3
        assert (first[0].is_delete_marker, first[0].is_latest) == (True, True)
        assert sorted(row.key for row in deep) == ["a/1", "a/1", "a/1", "a/b/2", "c"]
