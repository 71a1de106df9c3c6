"""ACLs, read."""

from typing import Any

import pytest
from servers.server import Difference, Server

from s3gui.domain.entries import GranteeKind
from s3gui.domain.errors import NotFound
from s3gui.domain.location import Location
from s3gui.s3.acl import S3Acl
from s3gui.s3.session import S3Session


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
