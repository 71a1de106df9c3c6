"""A server that refuses, throttles, breaks down, or is none (rows 10, 19 and 20)."""

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, THREE, Seen, part
from s3.http_kit import Held
from servers.front import Cycle, Forward, Front
from servers.lies import Answer, Together, error_body, redirect, throttle, web_page
from servers.lying import Action
from transfers.kit import settings

from s3gui.domain.errors import BadAnswer, RedirectRefused
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.transfer import State, Waiting

ANY_PART = r"\bpartNumber="

# Row 19


@pytest.mark.fault(19)
async def test_one_reply_that_throttles_halves_what_is_in_flight(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    busy = Together(8, throttle())
    for attempt in range(8):
        front.on(busy, query=ANY_PART, attempt=1)
        assert attempt < 8
    path = make_file(16 * PART)
    wide = settings(parts_per_file=8, parts_in_flight=8)
    async with engine(front, settings=wide) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(front, bucket)
    parts = [request for request in seen.log if request.part]
    assert max(request.beside for request in parts[:8]) == 7
    assert max(request.beside for request in parts[8:]) <= 3
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(19)
async def test_a_server_that_throttles_two_in_five_gets_all_of_the_file(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    fine = Forward()
    script = (throttle(), fine, throttle(429, 90), fine, fine, throttle(), fine, fine, throttle())
    either.on(Cycle((*script, fine)), query=ANY_PART)
    path = make_file(10 * PART)
    async with engine(either) as program:
        transfer = await program.upload(path, bucket)
        await program.watcher.until(lambda: transfer.waiting is Waiting.THROTTLED)
        await program.done(transfer)
        assert transfer.waiting is None
    seen = Seen(either, bucket)
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()
    refused = [request for request in seen.log if request.status in {429, 503}]
    assert len(refused) >= 4
    assert len(program.clock.slept) == len(refused), "each was waited out"
    assert max(program.clock.slept) >= 90, "what Retry-After asks for is given"


@pytest.mark.fault(19)
@pytest.mark.parametrize("status", [429, 503])
async def test_nothing_but_throttling_fails_only_after_half_an_hour_and_keeps_the_parts(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, status: int
) -> None:
    front.on(throttle(status), query=part(2))
    async with engine(front) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        await program.failed(transfer)
        seen = Seen(front, bucket)
        assert 1800 <= sum(program.clock.slept) < 1900
        assert max(program.clock.slept) <= 60
        assert seen.parts() == [1, 3]
        assert not seen.calls()["Abort"]


@pytest.mark.fault(19)
async def test_no_longer_wait_than_two_minutes_is_taken_from_a_server(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(throttle(503, 86_400), query=part(2), attempt=1)
    async with engine(front) as program:
        await program.done(await program.upload(make_file(2 * PART), bucket))
    assert program.clock.slept == [120]


# Row 20


GATEWAY = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "trouble",
    [
        Answer(500, error_body("InternalError")),
        Answer(502, GATEWAY, {"Content-Type": "text/html"}),
        Answer(504),
    ],
    ids=["500", "502-html", "504-bare"],
)
async def test_a_server_in_trouble_is_asked_eight_times_for_a_part(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, trouble: Action
) -> None:
    front.on(trouble, query=part(2))
    path = make_file(THREE)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        await program.failed(transfer)
        seen = Seen(front, bucket)
        assert seen.sends() == {1: 1, 2: 8, 3: 1}
        assert program.clock.slept == [0.5, 1, 2, 4, 8, 16, 20]
        assert seen.parts() == [1, 3]
        front.forget()
        program.queue.retry([transfer.id])
        await program.watcher.until(lambda: transfer.error is None)
        await program.done(transfer)
    assert seen.sends() == {1: 1, 2: 9, 3: 1}
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(20)
async def test_seven_troubles_and_a_success_are_a_success(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    for status in (500, 502, 504, 500, 502, 504, 500):
        either.on(Answer(status), query=part(2), attempt=1)
    path = make_file(2 * PART)
    async with engine(either) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(either, bucket)
    assert seen.sends() == {1: 1, 2: 8}
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


# Row 10


PORTALS = {
    "page": web_page(),
    "sign-in": redirect(302, "http://portal.example/login"),
    "511": web_page(511),
}


@pytest.mark.fault(10)
@pytest.mark.parametrize("size", [1000, 2 * PART], ids=["single", "multipart"])
@pytest.mark.parametrize("portal", PORTALS)
async def test_behind_a_captive_portal_nothing_is_done(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, portal: str, size: int
) -> None:
    front.on(PORTALS[portal])
    path = make_file(size)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        assert await program.failed(transfer) in {"BadAnswer", "RedirectRefused", "511"}
        assert transfer.error is not None
        assert "sign in" in transfer.error.hint or portal == "sign-in"
        seen = Seen(front, bucket)
        assert len(seen.log) <= 2, "a page is no reason to ask again and again"
        assert seen.keys() == []
        front.forget()
        program.queue.retry([transfer.id])
        await program.watcher.until(lambda: transfer.error is None)
        await program.done(transfer)
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(10)
@pytest.mark.parametrize("portal", PORTALS)
async def test_a_portal_that_comes_up_midway_costs_no_part(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, portal: str
) -> None:
    front.on(PORTALS[portal], query=ANY_PART, since=3)
    path = make_file(4 * PART)
    async with engine(front, settings=settings(parts_per_file=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.failed(transfer)
        seen = Seen(front, bucket)
        kept = seen.parts()
        assert len(kept) == 2
        assert not seen.calls()["Complete"]
        assert not seen.calls()["Abort"]
        front.forget()
        program.queue.retry([transfer.id])
        await program.watcher.until(lambda: transfer.error is None)
        await program.done(transfer)
    assert [seen.sends()[number] for number in kept] == [1, 1]
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(10)
@pytest.mark.parametrize("portal", PORTALS)
async def test_the_page_of_a_portal_is_neither_an_object_nor_a_list(
    front: Front, engine: MakeEngine, bucket: str, portal: str
) -> None:
    Seen(front, bucket).client.put_object(Bucket=bucket, Key="k", Body=b"x" * 70)
    front.on(PORTALS[portal])
    held = Held()
    async with engine(front) as program:
        session = await program.connections.open(program.profile.id)
        with pytest.raises((BadAnswer, RedirectRefused)):
            await session.objects.fetch(Location(bucket, "k"), held, meter=Meter(), length=70)
        with pytest.raises((BadAnswer, RedirectRefused)):
            await session.objects.head(Location(bucket, "k"))
        with pytest.raises((BadAnswer, RedirectRefused)):
            _ = [page async for page in session.listing.pages(Location(bucket))]
        with pytest.raises((BadAnswer, RedirectRefused)):
            await session.buckets.all()
    assert not held.data
    assert len(front.log) == 4


@pytest.mark.fault(19)
async def test_a_throttled_row_says_so_and_runs(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(throttle(), query=part(1), attempt=1)
    front.on(throttle(), query=part(2), attempt=1)
    async with engine(front) as program:
        transfer = await program.upload(make_file(2 * PART), bucket)
        await program.watcher.until(lambda: transfer.waiting is Waiting.THROTTLED)
        assert transfer.state is State.RUNNING
        await program.done(transfer)
