"""The liar itself: scripts, what is forwarded, and lies that no row above needs by now."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, Seen
from servers.front import Forward, Front
from servers.lies import Answer, error_body, expired_token, skewed
from servers.lying import Step
from transfers.kit import settings

from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.transfer import State, Waiting
from s3gui.s3.http import Limits


def client_of(front: Front) -> Any:
    """boto3, through the front."""
    return front.server.independent_client()


def test_a_script_acts_on_the_attempts_that_it_names_and_ends_when_forgotten(
    front: Front, bucket: str
) -> None:
    front.play(
        Step(Answer(404), method="HEAD", attempt=2),
        Step(Answer(405), method="HEAD", since=3),
        Step(Answer(406), method="HEAD", path="/other$"),
    )
    client = client_of(front)
    client.put_object(Bucket=bucket, Key="k", Body=b"x")

    def head(key: str = "k") -> int:
        try:
            client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return 200

    assert [head(), head(), head("other"), head()] == [200, 404, 406, 405]
    front.forget()
    assert head() == 200
    assert [request.status for request in front.log] == [200, 200, 404, 406, 405, 200]


def test_what_is_forwarded_is_checked_by_the_storage_and_what_is_altered_signed_anew(
    either: Front, bucket: str
) -> None:
    client = client_of(either)
    for key in "abc":
        client.put_object(Bucket=bucket, Key=key, Body=b"x" * 100)
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x" * 100
    either.on(Forward(ask=(("max-keys=3", "max-keys=1"),)), query="list-type=2")
    page = client.list_objects_v2(Bucket=bucket, MaxKeys=3)
    assert [row["Key"] for row in page["Contents"]] == ["a"]
    either.on(Forward(flip_answer=3), method="GET", path="/b$")
    assert client.get_object(Bucket=bucket, Key="b")["Body"].read() == b"xxx\x87" + b"x" * 96
    either.on(Forward(flip=0), method="PUT")
    with pytest.raises(ClientError, match=r"BadDigest|SHA256Mismatch"):
        client.put_object(Bucket=bucket, Key="d", Body=b"x", ContentMD5="kMDwq6bw4DZ0PWAr8RY3Ew==")


async def test_a_token_that_runs_out_after_some_calls_stops_all_and_costs_nothing(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(expired_token(), since=4)
    path = make_file(5 * PART)
    async with engine(front, settings=settings(parts_per_file=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
        assert transfer.state is State.QUEUED
        seen = Seen(front, bucket)
        kept = seen.parts()
        assert len(kept) == 2
        front.forget()
        await program.sign_in(front.behind.credentials)
        await program.done(transfer)
    assert [seen.sends()[number] for number in kept] == [1] * len(kept)
    assert seen.calls()["Create"] == 1
    assert seen.content() == path.read_bytes()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_clocks_that_are_apart_are_named_with_how_far(
    front: Front, engine: MakeEngine, bucket: str, hours: int
) -> None:
    front.on(skewed(timedelta(hours=hours)))
    async with engine(front) as program:
        session = await program.connections.open(program.profile.id)
        with pytest.raises(S3guiError) as caught:
            _ = [page async for page in session.listing.pages(Location(bucket))]
    assert caught.value.kind is ErrorKind.SKEW
    assert "60 minutes" in caught.value.as_text()


async def test_an_error_with_a_code_that_nobody_knows_is_told_as_it_is(
    front: Front, engine: MakeEngine, bucket: str
) -> None:
    front.on(Answer(418, error_body("Teapot", "short and stout")))
    async with engine(front, limits=Limits()) as program:
        session = await program.connections.open(program.profile.id)
        with pytest.raises(S3guiError, match="short and stout") as caught:
            await session.buckets.all()
    assert caught.value.code == "Teapot"
    assert len(front.log) == 1
