"""Tags read and written, grants written, and many objects deleted at once."""

from typing import Any

import pytest
from s3.memory import put
from servers.server import Difference, Server

from s3gui.domain.entries import MOST_DELETES, AccessList, Doomed, Grant, GranteeKind
from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.s3.acl import S3Acl
from s3gui.s3.deleting import Form
from s3gui.s3.session import S3Session
from s3gui.s3.tags import S3Tags

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def tags(session: S3Session) -> S3Tags:
    assert session.tags is not None
    return session.tags


@pytest.fixture
def acl(session: S3Session) -> S3Acl:
    assert session.acl is not None
    return session.acl


class TestTags:
    async def test_another_program_sees_the_tags(
        self, session: S3Session, tags: S3Tags, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "a b+%/ё")
        await put(session, where, b"data", tags={"old": "one"})

        await tags.put_object(where, {"цвет": "красный + = /@", "empty": ""})

        found = independent.get_object_tagging(Bucket=bucket, Key=where.key)["TagSet"]
        expected = {"цвет": "красный + = /@", "empty": ""}
        assert {tag["Key"]: tag["Value"] for tag in found} == expected
        assert await tags.of_object(where) == expected
        assert independent.get_object(Bucket=bucket, Key=where.key)["Body"].read() == b"data"

    async def test_no_tags_are_none(
        self, session: S3Session, tags: S3Tags, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where)
        assert await tags.of_object(where) == {}
        await tags.put_object(where, {"a": "b"})
        if server.has(Difference.NO_EMPTY_TAGS):
            with pytest.raises(S3guiError):
                await tags.put_object(where, {})
            return
        await tags.put_object(where, {})
        assert await tags.of_object(where) == {}

    async def test_a_version_has_its_own(
        self, session: S3Session, tags: S3Tags, independent: Any, bucket: str
    ) -> None:
        independent.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        where = Location(bucket, "o")
        first = await put(session, where, b"1", tags={"n": "1"})
        await put(session, where, b"2", tags={"n": "2"})

        await tags.put_object(where, {"n": "one"}, first.version_id)

        assert await tags.of_object(where, first.version_id) == {"n": "one"}
        assert await tags.of_object(where) == {"n": "2"}

    async def test_of_a_missing_object_are_not_found(self, tags: S3Tags, bucket: str) -> None:
        with pytest.raises(NotFound):
            await tags.of_object(Location(bucket, "nope"))


class TestGrants:
    async def test_grants_are_replaced(
        self, session: S3Session, acl: S3Acl, server: Server, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "a b+%/ё")
        await put(session, where, b"data")
        before = await acl.of_object(where)
        others = [Grant(GranteeKind.GROUP, EVERYBODY, "", "READ")]
        if server.other is not None:
            others.append(Grant(GranteeKind.USER, server.other.id, "", "READ_ACP"))

        await acl.put_object(
            where, AccessList(before.owner_id, before.owner_name, (*before.grants, *others))
        )

        assert independent.get_object(Bucket=bucket, Key=where.key)["Body"].read() == b"data"
        after = independent.get_object_acl(Bucket=bucket, Key=where.key)
        if server.has(Difference.ONE_GRANT):
            assert len(after["Grants"]) == 1
            return
        assert after["Owner"]["ID"] == before.owner_id
        assert len(after["Grants"]) == len(before.grants) + len(others)
        assert (await acl.of_object(where)).public_permissions == ("READ",)
        await acl.put_object(where, before)
        assert await acl.of_object(where) == before


class TestDeleteMany:
    async def test_each_key_is_deleted_and_nothing_else(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        keys = ["plain", "тест +%", "tab\t", "<&>\"'", " around ", "a//b", "/lead", "?x=1&y"]
        for key in [*keys, "stays"]:
            await put(session, Location(bucket, key))

        done = await session.objects.delete_many(bucket, [Doomed(key) for key in keys])

        assert [(one.doomed.key, one.error) for one in done] == [(key, None) for key in keys]
        left = independent.list_objects_v2(Bucket=bucket)["Contents"]
        assert [row["Key"] for row in left] == ["stays"]
        assert session.objects.deleting.form is Form.MD5

    async def test_what_is_not_there_is_as_good_as_deleted(
        self, session: S3Session, bucket: str
    ) -> None:
        (done,) = await session.objects.delete_many(bucket, [Doomed("nope")])
        assert done.error is None

    async def test_versions_go_for_good_and_keys_leave_markers(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        independent.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        first = await put(session, Location(bucket, "o"), b"1")
        await put(session, Location(bucket, "o"), b"2")
        await put(session, Location(bucket, "p"), b"3")

        version, key = await session.objects.delete_many(
            bucket, [Doomed("o", first.version_id), Doomed("p")]
        )

        assert (version.error, version.marker_id, key.error) == (None, None, None)
        found = independent.list_object_versions(Bucket=bucket)
        assert [row["Key"] for row in found["Versions"]] == ["o", "p"]
        assert [row["VersionId"] for row in found["DeleteMarkers"]] == [key.marker_id]

    async def test_a_thousand_go_at_once_and_not_one_more(
        self, session: S3Session, bucket: str
    ) -> None:
        doomed = [Doomed(f"k{n}") for n in range(MOST_DELETES + 1)]
        assert len(await session.objects.delete_many(bucket, doomed[:-1])) == MOST_DELETES
        with pytest.raises(ValueError, match="1001"):
            await session.objects.delete_many(bucket, doomed)

    async def test_a_missing_bucket_is_told(self, session: S3Session) -> None:
        with pytest.raises(NotFound):
            await session.objects.delete_many("missing-0123456789", [Doomed("k")])
