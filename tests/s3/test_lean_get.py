"""GETs by the lean way: signed as botocore signs, answered as the full client answers."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from s3.drafts import EVERYWHERE, ODD_KEYS, as_sent, session_at
from s3.gateway_kit import WHERE, open_session
from s3.memory import MemorySink
from servers.lies import Answer, error_body, redirect, skewed
from servers.lying import LyingServer

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.s3.http.terms import Rehearsal, Terms, wire_terms
from s3gui.s3.lean_get import LeanGets
from s3gui.s3.objects import S3Objects
from s3gui.s3.session import S3Session

DATA = b"0123456789"
KINDS: list[dict[str, str]] = [
    {},
    {"ChecksumMode": "ENABLED", "IfMatch": '"e"'},
    {"Range": "bytes=7-4194310", "IfMatch": '"0123456789abcdef0123456789abcdef-12"'},
    {"Range": "bytes=0-1", "VersionId": "3/L4 kqtJ+lc~pXRof=B&-_.é"},
]


@EVERYWHERE
async def test_every_get_is_sent_as_the_full_client_sends_it(how: dict[str, Any]) -> None:
    async with session_at(how) as (session, proxy):
        lean = LeanGets(session.objects._data)
        for bucket in ("bucket", "dotted.bucket"):
            for kind in KINDS:
                for key in ODD_KEYS:
                    params = {"Bucket": bucket, "Key": key, **kind}
                    full = as_sent(await drafted(session, params), proxy)
                    shape = await lean.shape(params)
                    assert shape is not None
                    ours = shape.request(params, full[2]["x-amz-date"], Terms())
                    assert as_sent(ours, proxy) == full, params


async def drafted(session: S3Session, params: Mapping[str, str]) -> Any:
    """A GetObject as botocore signed it; nothing is sent."""
    rehearsal = Rehearsal(headers={"etag": '"e"'})
    with wire_terms(Terms(rehearsal=rehearsal)):
        await session.objects._data.get_object(**params)  # type: ignore[arg-type]
    return rehearsal.request


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The GETs that the full client sent."""
    found: list[str] = []
    real = LeanGets.fetch

    async def fetch(self: LeanGets, params: Mapping[str, str], terms: Terms) -> Any:
        answer = await real(self, params, terms)
        if answer is None:
            found.append(params["Key"])
        return answer

    monkeypatch.setattr(LeanGets, "fetch", fetch)
    return found


async def fetched(
    objects: S3Objects, where: Location = WHERE, **how: Any
) -> tuple[ObjectDetails, bytes]:
    sink = MemorySink()
    details = await objects.fetch(where, sink, meter=Meter(), **how)
    return details, bytes(sink.data)


TOLD = {
    "ETag": '"e"',
    "Last-Modified": "Thu, 01 Jan 2026 02:03:04 GMT",
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-cache",
    "Content-Encoding": "gzip",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-version-id": "v1",
    "x-amz-meta-Author": "é",
    "x-amz-meta-two-words": "a  b",
    "x-amz-checksum-crc32": "AAAAAA==",
    "x-amz-checksum-type": "FULL_OBJECT",
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:key",
    "x-amz-tagging-count": "3",
    "Expires": "Thu, 01 Jan 2037 02:03:04 GMT",
}


@pytest.mark.parametrize(
    "headers",
    [
        TOLD,
        {"ETag": '"e"', "Last-Modified": "yesterday"},
        {"Last-Modified": TOLD["Last-Modified"]},
        {**TOLD, "x-amz-server-side-encryption-customer-algorithm": "AES256"},
    ],
)
@pytest.mark.parametrize("ranged", [True, False])
async def test_an_answer_says_the_same_as_to_the_full_client(
    lying_http: LyingServer, asked: list[str], headers: dict[str, str], ranged: bool
) -> None:
    how: dict[str, Any] = {"first": 2, "length": 10} if ranged else {"checksums": True}
    more = {"Content-Range": "bytes 2-11/20"} if ranged else {}
    lying_http.on(Answer(206 if ranged else 200, DATA, {**headers, **more}))
    async with open_session(lying_http) as session:
        ours = await fetched(session.objects, if_match="e", **how)
        assert not asked
        # A key of the customer's is the full client's matter.
        secret = CustomerKey(bytes(32))
        full = await fetched(session.objects, if_match="e", customer_key=secret, **how)
    assert asked
    assert ours == full
    assert ours[1] == DATA


async def test_a_shape_is_made_once_a_bucket_and_a_kind(
    lying_http: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying_http.on(Answer(200, DATA, {"ETag": '"e"'}))
    async with open_session(lying_http) as session:
        drafts = 0
        real = session.objects._data.get_object

        async def counted(**params: Any) -> Any:
            nonlocal drafts
            drafts += 1
            return await real(**params)

        monkeypatch.setattr(session.objects._data, "get_object", counted)
        for number in range(5):
            where = Location("bucket", f"key {number}")
            assert (await fetched(session.objects, where))[1] == DATA
        assert drafts == 1
        assert (await fetched(session.objects, if_match="e"))[1] == DATA
        assert drafts == 2
    assert [request.headers.get("if-match") for request in lying_http.log][-2:] == [
        None,
        '"e"',
    ]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(403, error_body("AccessDenied")), "AccessDenied"),
        (Answer(403, error_body("InvalidObjectState")), "InvalidObjectState"),
        (Answer(404, error_body("NoSuchKey")), "NoSuchKey"),
        (Answer(412, error_body("PreconditionFailed")), "PreconditionFailed"),
        (Answer(503, error_body("SlowDown"), {"Retry-After": "7"}), "SlowDown"),
        (Answer(503, b"<html>busy</html>", {"Content-Type": "text/html"}), "503"),
        (Answer(400, error_body("ExpiredToken")), "ExpiredToken"),
    ],
)
async def test_a_refusal_is_asked_for_once_and_read_by_the_full_client(
    lying_http: LyingServer, asked: list[str], answer: Answer, code: str
) -> None:
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as ours:
            await fetched(session.objects)
        assert len(lying_http.log) == 1
        with pytest.raises(S3guiError) as full:
            await fetched(session.objects, customer_key=CustomerKey(bytes(32)))
    assert (type(ours.value), ours.value.code) == (type(full.value), full.value.code)
    assert ours.value.code == code
    assert ours.value.retry_after_s == full.value.retry_after_s


async def test_the_servers_clock_is_learnt_from_a_refusal(
    lying_http: LyingServer, asked: list[str]
) -> None:
    for _ in ("ours", "the full client's"):
        lying_http.on(skewed(timedelta(hours=2)), attempt=1)
    lying_http.on(Answer(200, DATA, {"ETag": '"e"'}))
    async with open_session(lying_http) as session:
        assert (await fetched(session.objects))[1] == DATA
        assert asked == ["key"]
        assert (await fetched(session.objects))[1] == DATA
    assert asked == ["key"]
    last = datetime.strptime(lying_http.log[-1].headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
    assert last - datetime.now(UTC) > timedelta(hours=1)


async def test_a_redirect_elsewhere_is_refused(lying_http: LyingServer) -> None:
    lying_http.on(redirect(307, "http://evil.example/bucket/key"))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError, match="points to another place"):
            await fetched(session.objects)


async def test_a_key_that_is_no_text_is_refused_in_words(lying_http: LyingServer) -> None:
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError):
            await fetched(session.objects, Location("bucket", "\udc80"))
    assert not lying_http.log
