"""This computer's clock is wrong: the server's is learnt, and the work goes on (row 37)."""

import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, THREE, Engine, Seen
from servers.clocks import OtherClock
from servers.front import Front

from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists

HOUR = 3600.0
pytestmark = pytest.mark.fault(37)


def told(program: Engine) -> list[S3guiError]:
    """What a person is told by and by."""
    said: list[S3guiError] = []
    program.gateway.watch(said.append)
    return said


def refused(front: Front) -> int:
    return sum(request.status == 403 for request in front.log)


@pytest.mark.parametrize("ahead_s", [-HOUR, HOUR])
async def test_a_list_comes_with_the_servers_time(
    either: Front, engine: MakeEngine, bucket: str, ahead_s: float
) -> None:
    either.on(OtherClock(either.server, ahead_s))
    program = engine(either)
    said = told(program)
    async with program:
        session = await program.connections.open(program.profile.id)
        for _ in range(3):
            pages = [page async for page in session.listing.pages(Location(bucket))]
            assert len(pages) == 1
    assert [request.status for request in either.log] == [403, 200, 200, 200]
    (error,) = said
    assert error.kind is ErrorKind.SKEW
    assert f"60 minutes {'behind' if ahead_s > 0 else 'ahead of'} the server's" in error.as_text()


@pytest.mark.parametrize("ahead_s", [-HOUR, 30 * HOUR])
async def test_parts_are_sent_with_the_servers_time(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, ahead_s: float
) -> None:
    front.on(OtherClock(front.server, ahead_s))
    path, seen = make_file(THREE), Seen(front, bucket)
    async with engine(front) as program:
        await program.done(await program.upload(path, bucket))
    assert seen.content() == path.read_bytes()
    assert refused(front) == 1, "all three clients sign by what one of them learnt"


async def test_small_files_are_sent_with_the_servers_time(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(OtherClock(front.server, HOUR))
    paths = [make_file(900 + n, f"small-{n}") for n in range(20)]
    program, seen = engine(front), Seen(front, bucket)
    said = told(program)
    async with program:
        await program.queue.upload(
            program.profile.id, Location(bucket), paths, if_exists=IfExists.OVERWRITE
        )
        for transfer in program.queue.transfers:
            await program.done(transfer)
        before = len(front.log)
        late = make_file(7, "late")
        await program.queue.upload(
            program.profile.id, Location(bucket), [late], if_exists=IfExists.OVERWRITE
        )
        await program.done(program.queue.transfers[-1])
    assert len(seen.keys()) == 21
    assert all(seen.content(path.name) == path.read_bytes() for path in paths)
    assert refused(front) <= 20, "each is refused once at most"
    assert {request.status for request in front.log[before:]} == {200}
    assert len(said) == 1


async def test_a_look_that_is_refused_without_a_word_is_made_again(
    front: Front, engine: MakeEngine, bucket: str
) -> None:
    front.behind.independent_client().put_object(Bucket=bucket, Key="k", Body=b"four")
    front.on(OtherClock(front.server, HOUR))
    async with engine(front) as program:
        session = await program.connections.open(program.profile.id)
        assert (await session.objects.head(Location(bucket, "k"))).size == 4
    assert [request.status for request in front.log] == [403, 200]


@pytest.mark.parametrize(
    "date",
    [
        pytest.param(lambda: "", id="none"),
        pytest.param(lambda: "soon", id="no date"),
        pytest.param(lambda: formatdate(time.time() + 30 * 86_400), id="a month off"),
        pytest.param(lambda: formatdate(time.time()), id="ours"),
    ],
)
async def test_a_time_that_helps_nothing_is_no_reason_to_ask_again(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, date: Callable[[], str]
) -> None:
    front.on(OtherClock(front.server, HOUR, date()))
    program = engine(front)
    said = told(program)
    async with program:
        session = await program.connections.open(program.profile.id)
        with pytest.raises(S3guiError) as caught:
            _ = [page async for page in session.listing.pages(Location(bucket))]
        assert caught.value.kind is ErrorKind.SKEW
        assert [request.status for request in front.log] == [403]
        assert await program.failed(await program.upload(make_file(PART), bucket))
    assert not said
