"""Buckets: seen, made, placed."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from servers.server import Difference, Server

from s3gui.domain.errors import NeedsCredentials, NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.profile import Credentials
from s3gui.s3.session import S3Gateway, S3Session


class TestBuckets:
    async def test_a_bucket_that_another_program_made_is_listed_with_its_time(
        self, session: S3Session, bucket: str
    ) -> None:
        found = {row.name: row for row in await session.buckets.all()}

        created = found[bucket].created
        assert created is not None
        assert abs(datetime.now(UTC) - created) < timedelta(minutes=5)

    async def test_buckets_come_by_name(self, session: S3Session, bucket: str) -> None:
        names = [row.name for row in await session.buckets.all()]
        assert bucket in names
        assert names == sorted(names)

    async def test_a_bucket_made_here_is_seen_by_another_program(
        self, session: S3Session, independent: Any
    ) -> None:
        name = f"made-{uuid.uuid4().hex[:20]}"

        await session.buckets.create(name)

        assert name in {row["Name"] for row in independent.list_buckets()["Buckets"]}

    async def test_making_a_bucket_with_an_impossible_name_says_so(
        self, session: S3Session
    ) -> None:
        with pytest.raises(S3guiError) as caught:
            await session.buckets.create("Not_A_Bucket!")
        assert caught.value.code in {"InvalidBucketName", "ParamValidation"}

    async def test_a_bucket_is_in_the_region_it_was_made_in(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        assert await session.buckets.region(bucket) == server.profile.region

    async def test_who_may_not_ask_for_the_location_is_told_by_head(
        self,
        session: S3Session,
        server: Server,
        independent: Any,
        bucket: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        told = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}

        async def refuse(**_: Any) -> None:
            raise ClientError(told, "GetBucketLocation")

        monkeypatch.setattr(session.buckets._control, "get_bucket_location", refuse)

        assert await session.buckets.region(bucket) == server.profile.region

        headers = independent.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
        silent = server.has(Difference.HEAD_WITHOUT_REGION)
        assert headers.get("x-amz-bucket-region") == (None if silent else server.profile.region)

    async def test_the_region_of_a_bucket_that_is_not_there_is_an_error(
        self, session: S3Session
    ) -> None:
        with pytest.raises(NotFound) as caught:
            await session.buckets.region(f"missing-{uuid.uuid4().hex}")
        assert "missing-" in caught.value.title

    async def test_listing_a_bucket_that_is_not_there_is_an_error(self, session: S3Session) -> None:
        missing = Location(f"missing-{uuid.uuid4().hex}")
        with pytest.raises(NotFound) as caught:
            _ = [page async for page in session.listing.pages(missing)]
        assert caught.value.code == "NoSuchBucket"
        assert caught.value.request_id

    async def test_a_wrong_secret_is_refused(self, server: Server) -> None:
        wrong = Credentials(server.credentials.access_key, "not-the-secret")
        async with S3Gateway().session(server.profile, wrong) as session:
            if server.has(Difference.ANY_SECRET):
                await session.buckets.all()
                return
            with pytest.raises(NeedsCredentials) as caught:
                await session.buckets.all()
        assert caught.value.code == "SignatureDoesNotMatch"
        assert "not-the-secret" not in caught.value.as_text()

    async def test_an_unknown_access_key_is_refused(self, server: Server) -> None:
        wrong = Credentials("AKIDNOBODYKNOWS", "not-the-secret")
        async with S3Gateway().session(server.profile, wrong) as session:
            if server.has(Difference.ANY_SECRET):
                await session.buckets.all()
                return
            with pytest.raises(NeedsCredentials) as caught:
                await session.buckets.all()
        assert caught.value.code == "InvalidAccessKeyId"

    async def test_making_a_bucket_twice_is_harmless(self, session: S3Session, bucket: str) -> None:
        """As in Amazon's first region; in all others it is a 409, which has its own test."""
        await session.buckets.create(bucket)
