"""Small objects by the lean way: signed as botocore signs, and read as the full client reads."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from s3.gateway_kit import KEYS, WHERE, open_session, signed_headers
from s3.memory import body_of, md5_of
from servers.lies import Answer, Reset, Silence
from servers.lying import LyingServer

from s3gui.domain.conditions import ANYTHING, NOTHING_THERE, Condition
from s3gui.domain.entries import ObjectOptions, Stored
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.profile import Addressing, Credentials, Profile
from s3gui.domain.quick import PutsQuickly, QuickAnswer
from s3gui.s3.http.terms import Rehearsal, Terms, wire_terms
from s3gui.s3.lean import LeanPut
from s3gui.s3.lean_sign import NoShape, Shape, Signer, shape_of
from s3gui.s3.session import S3Gateway, S3Session

DATA = b"a small object"
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#: What URLs, signatures and HTTP treat in a way of their own.
HOSTILE = " /+%&=?#~.-_\\'\"<>;:@,()[]{}!$*^`|éя𝄞\t\n\r\0\x7f\u2028"
keys = st.text(
    st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs"])), min_size=1
).filter(lambda key: len(key.encode()) <= 1024)
words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
names = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
options = st.builds(
    ObjectOptions,
    content_type=st.sampled_from(["", "text/plain; charset=utf-8", "a/b   c"]),
    metadata=st.dictionaries(names, values.map(str.strip), max_size=4),
    cache_control=values.map(str.strip),
    storage_class=st.sampled_from(["", "STANDARD_IA"]),
    acl=st.sampled_from(["", "public-read"]),
    tags=st.dictionaries(words, values, max_size=3),
)
places = st.sampled_from(
    [
        ("http://127.0.0.1:9000", Addressing.PATH, "bucket"),
        ("https://storage.example.com", Addressing.VIRTUAL, "bucket"),
        ("https://storage.example.com:8443", Addressing.AUTO, "bucket.with.dots"),
        ("https://s3.eu-central-1.amazonaws.com", Addressing.AUTO, "bucket"),
        ("https://s3.amazonaws.com", Addressing.AUTO, "bucket.with.dots"),
    ]
)


async def _rehearsed(
    session: S3Session,
    where: Location,
    put: ObjectOptions,
    data: bytes,
    condition: Condition = ANYTHING,
) -> Any:
    """The request that the full client would send."""
    rehearsal = Rehearsal(headers={"etag": '"e"'})
    with wire_terms(Terms(rehearsal=rehearsal)):
        await session.objects.put(
            where,
            body_of(data),
            md5=md5_of(data),
            options=put,
            meter=Meter(),
            condition=condition,
        )
    return rehearsal.request


def _headers(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return first, {name.lower(): value for name, _, value in pairs}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=places,
    key=keys,
    put=options,
    token=st.sampled_from(["", "a+token/with=signs"]),
    condition=st.sampled_from([ANYTHING, NOTHING_THERE]),
)
def test_a_lean_request_is_the_one_that_botocore_signs(
    place: tuple[str, Addressing, str],
    key: str,
    put: ObjectOptions,
    token: str,
    condition: Condition,
) -> None:
    endpoint, addressing, bucket = place
    profile = Profile("p", "n", endpoint, region="eu-central-1", addressing=addressing)

    async def both() -> None:
        credentials = Credentials(KEY_ID, SECRET, token)
        async with S3Gateway().session(profile, credentials) as session:
            quick = await session.objects.quick(bucket, put, condition)
            assert isinstance(quick, LeanPut)
            assert quick._shape.repeatable is not bool(condition)
            asked = await _rehearsed(session, Location(bucket, key), put, DATA, condition)
            theirs = {
                name.lower(): value.decode() if isinstance(value, bytes) else value
                for name, value in asked.headers.items()
            }
            head = quick._shape.head(key, md5_of(DATA), DATA, theirs["x-amz-date"])
            first, ours = _headers(head)
        for own in ("expect", "amz-sdk-invocation-id", "amz-sdk-request"):
            theirs.pop(own, None)
        host = asked.url.split("/")[2]
        assert ours == {**theirs, "host": host, "accept-encoding": "identity"}
        assert first == f"PUT {asked.url.partition(host)[2]} HTTP/1.1"

    asyncio.run(both())


async def test_a_draft_that_is_not_understood_is_left_to_the_full_client() -> None:
    async with open_session("http://127.0.0.1:9") as session:
        asked = await _rehearsed(session, Location("bucket", "s3gui draft"), ObjectOptions(), b"")
        shape = shape_of(asked, Signer(KEYS.secret_key), None)
        assert isinstance(shape, Shape)
        with pytest.raises(NoShape):
            shape_of(asked, Signer("another key"), None)
        asked.url += "?x-id=PutObject"
        with pytest.raises(NoShape):
            shape_of(asked, Signer(KEYS.secret_key), None)
        other = await _rehearsed(session, Location("bucket", "another"), ObjectOptions(), b"")
        with pytest.raises(NoShape):
            shape_of(other, Signer(KEYS.secret_key), None)


def _send(quick: LeanPut, key: str, data: bytes, meter: Meter | None = None) -> QuickAnswer:
    flight = quick.begin(key, data, md5=md5_of(data), meter=meter or Meter())
    while (answer := flight.go_on()) is None:
        pass
    return answer


async def _quick(session: S3Session, put: ObjectOptions | None = None) -> LeanPut:
    assert isinstance(session.objects, PutsQuickly)
    quick = await session.objects.quick("bucket", put or ObjectOptions())
    assert isinstance(quick, LeanPut)
    return quick


@pytest.mark.parametrize("size", [0, 1, 4096, 70_000, 1_000_000])
async def test_what_is_put_arrives(lying: LyingServer, trusted: dict[str, str], size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    meter = Meter()
    async with open_session(lying, **trusted) as session:
        quick = await _quick(session, ObjectOptions(metadata={"a": "b"}))
        assert not quick.has_line()
        answer = await asyncio.to_thread(_send, quick, "a key/é", data[:size], meter)
        assert quick.has_line()
    assert answer.stored == Stored(md5_of(data[:size]).hex())
    (request,) = lying.log
    assert request.path == "/bucket/a%20key/%C3%A9"
    assert (request.md5, request.whole) == (md5_of(data[:size]).hex(), True)
    assert {"content-md5", "x-amz-meta-a", "x-amz-security-token"} <= signed_headers(request)
    assert "expect" not in request.headers
    assert meter.moved >= size


async def test_what_is_sent_under_a_condition_is_sent_once(lying_http: LyingServer) -> None:
    """It may have been carried out, and the second one would be refused because of the first."""
    async with open_session(lying_http) as session:
        quick = await session.objects.quick("bucket", ObjectOptions(), NOTHING_THERE)
        assert isinstance(quick, LeanPut)
        await asyncio.to_thread(_send, quick, "a", DATA)
        lying_http.on(Reset(), path="/b$", attempt=1)
        with pytest.raises(S3guiError):
            await asyncio.to_thread(_send, quick, "b", DATA)
    assert [request.path for request in lying_http.log] == ["/bucket/a", "/bucket/b"]
    assert {request.headers["if-none-match"] for request in lying_http.log} == {"*"}


async def test_a_shape_is_made_once(lying_http: LyingServer) -> None:
    async with open_session(lying_http) as session:
        put = ObjectOptions(content_type="a/b")
        first = await session.objects.quick("bucket", put)
        assert await session.objects.quick("bucket", put) is first
        assert await session.objects.quick("bucket", replace(put, content_type="c/d")) is not first
    assert not lying_http.log


async def test_a_kept_connection_that_was_closed_is_replaced(
    lying: LyingServer, trusted: dict[str, str]
) -> None:
    async with open_session(lying, **trusted) as session:
        quick = await _quick(session)
        await asyncio.to_thread(_send, quick, "a", DATA)
        lying.on(Reset(), path="/b$", attempt=1)
        answer = await asyncio.to_thread(_send, quick, "b", DATA)
    assert answer.stored is not None
    assert [request.path for request in lying.log] == ["/bucket/a", "/bucket/b", "/bucket/b"]


_XML = '<?xml version="1.0"?><Error><Code>{}</Code><Message>m</Message></Error>'


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, _XML.format("AccessDenied").encode(), {"x-amz-request-id": "r"}),
        Answer(403, _XML.format("RequestTimeTooSkewed").encode(), {"Date": "Thu, 1 Jan 2026"}),
        Answer(503, _XML.format("SlowDown").encode(), {"Retry-After": "7"}),
        Answer(503, b"<html>busy</html>", {"Content-Type": "text/html"}),
        Answer(400, _XML.format("BadDigest").encode()),
        Answer(400, _XML.format("ExpiredToken").encode()),
        Answer(404, _XML.format("NoSuchBucket").encode()),
        Answer(301, _XML.format("PermanentRedirect").encode(), {"x-amz-bucket-region": "eu-1"}),
        Answer(200, b"", {"ETag": ""}),
        Answer(200, b"", {"ETag": '"not-an-md5"', "x-amz-version-id": "v"}),
        Answer(200, b"", {"ETag": f'"{"0" * 32}"'}),
        Answer(204, b"", {"ETag": '"e"'}),
    ],
    ids=lambda answer: f"{answer.status}",
)
async def test_an_unusual_answer_means_what_it_means_to_the_full_client(
    lying_http: LyingServer, answer: Answer
) -> None:
    lying_http.on(answer)

    async def of(put: Any) -> tuple[object, ...]:
        try:
            return (await put,)
        except S3guiError as error:
            told = (error.title, error.detail, error.hint, error.code, error.request_id)
            return (type(error), *told, error.kind, error.retry_after_s)

    async with open_session(lying_http) as session:
        quick = await _quick(session)
        raw = await asyncio.to_thread(_send, quick, "key", DATA)
        assert raw.stored is None
        seen = len(lying_http.log)
        lean = await of(quick.explain(WHERE, len(DATA), raw))
        assert len(lying_http.log) == seen
    async with open_session(lying_http) as session:
        full = await of(
            session.objects.put(
                WHERE, body_of(DATA), md5=md5_of(DATA), options=ObjectOptions(), meter=Meter()
            )
        )
    assert lean == full


async def test_a_redirect_elsewhere_is_refused(lying_http: LyingServer) -> None:
    lying_http.on(Answer(307, b"", {"Location": "http://evil.example/bucket/key"}))
    async with open_session(lying_http) as session:
        quick = await _quick(session)
        with pytest.raises(S3guiError) as caught:
            await asyncio.to_thread(_send, quick, "key", DATA)
    assert caught.value.code == "RedirectRefused"


async def test_a_stop_ends_it(lying: LyingServer, trusted: dict[str, str]) -> None:
    lying.on(Silence())
    meter = Meter()
    async with open_session(lying, **trusted) as session:
        quick = await _quick(session)
        sending = asyncio.ensure_future(asyncio.to_thread(_send, quick, "key", DATA, meter))
        await asyncio.to_thread(lying.wait, lambda: bool(lying.log))
        meter.stop()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_a_closed_session_sends_nothing(lying_http: LyingServer) -> None:
    async with open_session(lying_http) as session:
        quick = await _quick(session)
    with pytest.raises(asyncio.CancelledError):
        quick.begin("key", DATA, md5=md5_of(DATA), meter=Meter())
    assert not lying_http.log


async def test_it_goes_through_the_proxy(lying_http: LyingServer) -> None:
    proxy = lying_http.endpoint.replace("http://", "http://user:word@")
    async with open_session("http://storage.test:8000", proxy=proxy) as session:
        quick = await _quick(session)
        answer = await asyncio.to_thread(_send, quick, "key", DATA)
    assert answer.stored is not None
    (request,) = lying_http.log
    assert request.target == "http://storage.test:8000/bucket/key"
    assert request.headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"
    assert request.headers["host"] == "storage.test:8000"


async def test_what_cannot_be_sent_is_told_before(lying_http: LyingServer) -> None:
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError):
            await session.objects.quick("bucket", ObjectOptions(metadata={"a": "é"}))
        quick = await _quick(session)
        with pytest.raises(S3guiError):
            quick.begin("\udcff", DATA, md5=md5_of(DATA), meter=Meter())
    assert not lying_http.log
