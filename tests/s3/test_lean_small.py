"""Small objects fetched from a thread: signed as botocore signs, and nothing else is taken."""

import asyncio
from typing import Any

import pytest
from s3.drafts import EVERYWHERE, ODD_KEYS, as_sent, parsed, session_at
from s3.gateway_kit import open_session
from s3.test_lean_get import drafted
from servers.lies import Answer, Reset, error_body, redirect
from servers.lying import LyingServer

from s3gui.domain.errors import AccessDenied, BadAnswer, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.quick import GetsQuickly, QuickBody
from s3gui.s3.lean_get import LeanGets
from s3gui.s3.lean_small import Held, LeanGet, params_of, pieces_of
from s3gui.s3.session import S3Session

ETAG = "0123456789abcdef0123456789abcdef"
DATA = bytes(range(251)) * 400
WHERE = Location("bucket", "a key/é")


@EVERYWHERE
async def test_every_key_is_asked_for_as_the_full_client_asks(how: dict[str, Any]) -> None:
    async with session_at(how) as (session, proxy):
        gets = LeanGets(session.objects._data)
        for bucket in ("bucket", "dotted.bucket"):
            for version_id in ("", "3/L4 kqtJ+lc~pXRof=B&-_.é"):
                shape = await gets.shape(params_of(Location(bucket, "x"), None, ETAG))
                assert shape is not None
                pieces = pieces_of(shape, proxy)
                assert pieces is not None
                for key in ODD_KEYS:
                    params = params_of(Location(bucket, key), version_id, ETAG)
                    origin, line, headers = as_sent(await drafted(session, params), proxy)
                    head = pieces.head(key, version_id, ETAG, headers["x-amz-date"])
                    assert (pieces.origin, *parsed(head)) == (origin, line, headers), key


async def quick(session: S3Session) -> LeanGet:
    assert isinstance(session.objects, GetsQuickly)
    get = await session.objects.quick_get("bucket")
    assert isinstance(get, LeanGet)
    return get


def fetch(get: LeanGet, size: int, meter: Meter | None = None) -> QuickBody:
    flight = get.begin(WHERE, None, ETAG, size, meter or Meter())
    while (answer := flight.go_on()) is None:
        pass
    return answer


def whole(size: int) -> Answer:
    return Answer(200, DATA[:size], {"x-amz-meta-a": "b"}, etag=f'"{ETAG}"')


@pytest.mark.parametrize("size", [1, 4096, 70_000])
async def test_what_is_fetched_is_the_object(
    lying: LyingServer, trusted: dict[str, str], size: int
) -> None:
    lying.on(whole(size), method="GET")
    meter = Meter()
    async with open_session(lying, **trusted) as session:
        get = await quick(session)
        assert not get.has_line()
        for _ in range(2):
            answer = await asyncio.to_thread(fetch, get, size, meter)
            assert get.has_line()
            assert bytes(answer.body) == DATA[:size]
    assert answer.details is not None
    assert (answer.details.size, answer.details.etag) == (size, ETAG)
    assert answer.details.metadata == {"a": "b"}
    assert meter.moved == size
    assert [request.path for request in lying.log] == ["/bucket/a%20key/%C3%A9"] * 2
    assert lying.log[0].headers["if-match"] == f'"{ETAG}"'
    assert lying.connections == 1


async def test_it_gives_way_while_the_rest_is_not_there(lying_http: LyingServer) -> None:
    """Who looks after many must not wait for one."""
    lying_http.on(Answer(200, DATA[:100], length=4096, etag=f'"{ETAG}"', then="hang"))
    meter = Meter()
    async with open_session(lying_http) as session:
        flight = (await quick(session)).begin(WHERE, None, ETAG, 4096, meter)

        def steps() -> list[QuickBody | None]:
            return [flight.go_on() for _ in range(2)]

        # The request is out; the head and the first bytes came.
        assert await asyncio.to_thread(steps) == [None, None]
        assert flight.descriptor >= 0
        meter.stop()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.to_thread(flight.go_on)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, DATA[:99], etag=f'"{ETAG}"'),
        Answer(206, DATA[:100], etag=f'"{ETAG}"'),
        Answer(200, DATA[:100], etag=f'"{ETAG}"', chunked=True),
        Answer(200, DATA[:100], etag=f'"{ETAG}"', length=None),
        Answer(204),
    ],
    ids=["shorter", "a range", "in chunks", "without a length", "nothing"],
)
async def test_other_bytes_than_those_are_none(lying_http: LyingServer, answer: Answer) -> None:
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await asyncio.to_thread(fetch, await quick(session), 100)


async def test_what_breaks_off_has_no_answer(lying_http: LyingServer) -> None:
    lying_http.on(Reset())
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await asyncio.to_thread(fetch, await quick(session), 100)
    assert caught.value.profile_id == ""


async def test_a_refusal_is_read_by_the_full_client(lying_http: LyingServer) -> None:
    lying_http.on(Answer(403, error_body("AccessDenied"), {"x-amz-request-id": "r7"}))
    async with open_session(lying_http) as session:
        get = await quick(session)
        answer = await asyncio.to_thread(fetch, get, 100)
        assert answer.details is None
        with pytest.raises(AccessDenied):
            await get.explain(WHERE, answer)
    assert len(lying_http.log) == 1


async def test_what_is_learnt_from_a_redirect_is_asked_for_anew(lying_http: LyingServer) -> None:
    lying_http.on(redirect(301, "http://elsewhere/", "eu-west-1"))
    async with open_session(lying_http) as session:
        get = await quick(session)
        answer = await asyncio.to_thread(fetch, get, 100)
        await get.explain(WHERE, answer)
        assert await quick(session) is not get


async def test_it_comes_over_the_lines_there_are(lying_http: LyingServer) -> None:
    lying_http.on(whole(100), method="GET")
    async with open_session(lying_http) as session:
        get = await quick(session)
        assert await quick(session) is get
        flights = [get.begin(WHERE, None, ETAG, 100, Meter()) for _ in range(3)]

        def all_of_them() -> list[QuickBody | None]:
            first = [flight.go_on() for flight in flights]
            return [one or flight.go_on() for one, flight in zip(first, flights, strict=True)]

        answers = await asyncio.to_thread(all_of_them)
    assert [bytes(one.body) for one in answers if one is not None] == [DATA[:100]] * 3


def test_what_came_in_pieces_is_kept_and_what_came_again_replaces_it() -> None:
    held, room = Held(6), memoryview(bytearray(b"abcdef"))
    held.write_from(0, room[:4])
    room[:4] = b"zzzz"
    held.write_from(0, memoryview(b"xyz"))
    held.write_from(3, memoryview(b"123"))
    assert bytes(held.data) == b"xyz123"
    held.write_from(0, room)
    assert bytes(held.data) == b"zzzzef"
