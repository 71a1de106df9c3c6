"""ACLs, read."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from s3.memory import fetch, put
from servers.server import Difference, Server

from s3gui.domain.entries import GranteeKind
from s3gui.domain.errors import AccessDenied, ErrorKind, NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.profile import Credentials
from s3gui.s3.acl import S3Acl
from s3gui.s3.session import S3Gateway, S3Session


@pytest.fixture
def acl(session: S3Session) -> S3Acl:
    assert session.acl is not None
    return session.acl


class TestAcl:
    async def test_the_owner_has_full_control_and_nobody_else(
        self, acl: S3Acl, independent: Any, bucket: str
    ) -> None:
        independent.put_object(Bucket=bucket, Key="o", Body=b"")

        access = await acl.of_object(Location(bucket, "o"))

        assert access.owner_id
        (grant,) = access.grants
        assert (grant.kind, grant.grantee) == (GranteeKind.USER, access.owner_id)
        assert grant.permission == "FULL_CONTROL"
        assert access.public_permissions == ()

    async def test_public_read_shows_in_the_grants(
        self, acl: S3Acl, independent: Any, bucket: str
    ) -> None:
        independent.put_object(Bucket=bucket, Key="o", Body=b"", ACL="public-read")

        access = await acl.of_object(Location(bucket, "o"))

        assert access.public_permissions == ("READ",)
        (group,) = (grant for grant in access.grants if grant.kind is GranteeKind.GROUP)
        assert group.grantee == "http://acs.amazonaws.com/groups/global/AllUsers"

    async def test_a_bucket_has_one_too(
        self, acl: S3Acl, server: Server, independent: Any, bucket: str
    ) -> None:
        independent.put_bucket_acl(Bucket=bucket, ACL="public-read-write")

        access = await acl.of_bucket(bucket)

        only_read = server.has(Difference.ONE_PUBLIC_GRANT)
        expected = ["READ"] if only_read else ["READ", "WRITE"]
        assert sorted(access.public_permissions) == expected

    async def test_of_a_missing_object_is_not_found(self, acl: S3Acl, bucket: str) -> None:
        with pytest.raises(NotFound):
            await acl.of_object(Location(bucket, "nope"))


class TestTwoUsers:
    """What one user grants, another may do; the sessions are the program's, for both."""

    @pytest_asyncio.fixture
    async def other(self, server: Server) -> AsyncIterator[S3Session]:
        keys = server.other.credentials if server.other else Credentials("NOBODY", "no-secret")
        async with S3Gateway().session(server.profile, keys) as opened:
            yield opened

    async def test_what_is_private_is_denied_and_what_is_public_is_not(
        self, server: Server, other: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "папка/o")
        independent.put_object(Bucket=bucket, Key=where.key, Body=b"private")
        if server.other is None:
            await self._there_is_one_user(server, other, where)
            return
        with pytest.raises(AccessDenied) as caught:
            await fetch(other, where)
        assert caught.value.kind is ErrorKind.PERMANENT
        with pytest.raises(AccessDenied):
            _ = [page async for page in other.listing.pages(Location(bucket))]

        independent.put_object_acl(Bucket=bucket, Key=where.key, ACL="public-read")

        assert await fetch(other, where) == b"private"
        with pytest.raises(AccessDenied):
            await put(other, where, b"overwritten")

    async def test_a_grant_to_a_user_names_the_user_and_lets_them_read(
        self, acl: S3Acl, server: Server, other: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        independent.put_object(Bucket=bucket, Key=where.key, Body=b"for Bob")
        if server.other is None:
            await self._there_is_one_user(server, other, where)
            return
        own = (await acl.of_object(where)).owner_id
        independent.put_object_acl(
            Bucket=bucket,
            Key=where.key,
            GrantRead=f"id={server.other.id}",
            GrantFullControl=f"id={own}",
        )

        access = await acl.of_object(where)

        rows = {(grant.kind, grant.grantee, grant.permission) for grant in access.grants}
        assert rows == {
            (GranteeKind.USER, own, "FULL_CONTROL"),
            (GranteeKind.USER, server.other.id, "READ"),
        }
        assert server.other.name in {grant.display_name for grant in access.grants}
        assert access.public_permissions == ()
        assert await fetch(other, where) == b"for Bob"
        assert other.acl is not None
        with pytest.raises(AccessDenied):
            await other.acl.of_object(where)

    async def test_a_bucket_that_is_shared_can_be_listed_and_filled(
        self, server: Server, other: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        independent.put_object(Bucket=bucket, Key=where.key, Body=b"")
        if server.other is None:
            await self._there_is_one_user(server, other, where)
            return
        independent.put_bucket_acl(Bucket=bucket, ACL="public-read-write")

        await put(other, Location(bucket, "from Bob"), b"Bob's")

        (page,) = [page async for page in other.listing.pages(Location(bucket))]
        assert [entry.key for entry in page.objects] == ["from Bob", "o"]

    async def _there_is_one_user(self, server: Server, other: S3Session, where: Location) -> None:
        assert server.has(Difference.ONE_USER)
        if server.has(Difference.ANY_SECRET):
            await other.objects.head(where)
            return
        with pytest.raises(S3guiError) as caught:
            await fetch(other, where)
        assert caught.value.kind is ErrorKind.AUTH
