"""Short calls by the lean way: sent as botocore sends, read as the full client reads."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from s3.drafts import EVERYWHERE, ODD_KEYS, as_sent, parsed, session_at
from s3.gateway_kit import KEYS, WHERE, open_session, xml
from servers.lies import Answer, Reset, error_body, redirect, skewed
from servers.lying import LyingServer

from s3gui.domain.conditions import NOTHING_THERE
from s3gui.domain.entries import CopySource, ObjectOptions
from s3gui.domain.errors import BadAnswer, NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.profile import Profile
from s3gui.s3.http.outgoing import Outgoing
from s3gui.s3.http.terms import NO_TERMS, Rehearsal, Terms, wire_terms
from s3gui.s3.lean_call import _ANSWERS, LeanCalls
from s3gui.s3.session import S3Gateway, S3Session

COPIED = "<LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e1&quot;</ETag>"
SOURCE = Location("source", "a b/ж%20+?.bin")
Ask = Callable[[S3Session], Awaitable[Any]]


def head(session: S3Session) -> Awaitable[Any]:
    return session.objects.head(WHERE, "v1", checksums=True)


def copy(session: S3Session) -> Awaitable[Any]:
    assert session.copying is not None
    return session.copying.copy(
        CopySource(SOURCE, "v1", "e"),
        WHERE,
        ObjectOptions(storage_class="COLD"),
        condition=NOTHING_THERE,
    )


def delete(session: S3Session) -> Awaitable[Any]:
    return session.objects.delete(WHERE, if_match="e")


def tags(session: S3Session) -> Awaitable[Any]:
    assert session.tags is not None
    return session.tags.of_object(WHERE)


def acl(session: S3Session) -> Awaitable[Any]:
    assert session.acl is not None
    return session.acl.of_object(WHERE, "v1")


ALL = [head, copy, delete, tags, acl]
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("head_object", {}),
    ("head_object", {"ChecksumMode": "ENABLED", "VersionId": "3/L4 kqtJ+lc~pXRof=B&-_.é"}),
    ("delete_object", {"IfMatch": '"0123456789abcdef0123456789abcdef-12"', "VersionId": "v+ /"}),
    ("get_object_tagging", {}),
    ("get_object_tagging", {"VersionId": "v+ /="}),
    ("get_object_acl", {"VersionId": "null"}),
    ("copy_object", {"CopySource": {"Bucket": "source", "Key": ""}}),
    (
        "copy_object",
        {
            "CopySource": {"Bucket": "source", "Key": "", "VersionId": "a+b/=~ c  d"},
            "CopySourceIfMatch": '"e-2"',
            "IfMatch": '"e"',
            "MetadataDirective": "COPY",
            "TaggingDirective": "COPY",
            "StorageClass": "STANDARD_IA",
            "ACL": "public-read",
        },
    ),
    ("copy_object", {"CopySource": {"Bucket": "s", "Key": ""}, "IfNoneMatch": "*"}),
]


@EVERYWHERE
async def test_every_call_is_sent_as_the_full_client_sends_it(how: dict[str, Any]) -> None:
    async with session_at(how) as (session, proxy):
        client = session.objects._control
        lean = LeanCalls(client)
        for method, kind in KINDS:
            for key in ODD_KEYS:
                params = {"Bucket": "dotted.bucket" if "." in key else "bucket", "Key": key, **kind}
                if "CopySource" in kind:
                    params["CopySource"] = {**kind["CopySource"], "Key": key}
                full = await drafted(client, method, params)
                origin, line, headers = as_sent(full, proxy)
                shape = await lean.shape(method, params)
                assert shape is not None, params
                ours = shape.request(params, headers["x-amz-date"])
                told = parsed(ours.head())
                assert (ours.origin, *told) == (origin, line, headers), params
                whole = Outgoing(full.method, full.url, full.headers, b"", False, NO_TERMS)
                assert ours.repeatable is whole.repeatable


async def drafted(client: Any, method: str, params: Mapping[str, Any]) -> Any:
    """A call as botocore signed it; nothing is sent."""
    rehearsal = Rehearsal(headers={"etag": '"e"'}, body=_ANSWERS.get(method, b""))
    with wire_terms(Terms(rehearsal=rehearsal)):
        await getattr(client, method)(**params)
    return rehearsal.request


@pytest.mark.parametrize(
    "params",
    [{"Key": ""}, {"Metadata": {"a": "b"}}, {"SSECustomerKey": "k"}, {"ServerSideEncryption": "x"}],
)
async def test_what_is_not_alike_is_the_full_clients(params: dict[str, Any]) -> None:
    profile = Profile(id="test", name="test", endpoint="http://127.0.0.1:9000")
    async with S3Gateway().session(profile, KEYS) as session:
        lean = LeanCalls(session.objects._control)
        assert await lean.shape("copy_object", {"Bucket": "b", "Key": "k", **params}) is None


async def test_a_value_that_breaks_the_request_apart_is_not_sent(lying_http: LyingServer) -> None:
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError):
            await session.objects.delete(WHERE, if_match="e\r\nx-amz-acl: public-read")
        with pytest.raises(S3guiError):
            await session.objects.head(Location("bucket", "\udc80"))
    assert not lying_http.log


# What is answered


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on the full client asks."""

    async def none(self: LeanCalls, method: str, params: Mapping[str, Any]) -> None:
        return None

    return lambda: monkeypatch.setattr(LeanCalls, "shape", none)


HEADERS = {
    "ETag": '"e"',
    "Last-Modified": "Thu, 01 Jan 2026 02:03:04 GMT",
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-cache",
    "Expires": "Thu, 01 Jan 2037 02:03:04 GMT",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-version-id": "v1",
    "x-amz-meta-Author": "é",
    "x-amz-checksum-crc32": "AAAAAA==",
    "x-amz-checksum-type": "FULL_OBJECT",
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:key",
    "x-amz-tagging-count": "3",
    "x-amz-delete-marker": "true",
}
GRANTS = (
    "<Owner><ID>me</ID><DisplayName>Me &amp; I</DisplayName></Owner><AccessControlList><Grant>"
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
    "<ID>me</ID><DisplayName/></Grantee><Permission>FULL_CONTROL</Permission></Grant><Grant>"
    "<Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"
    "<Permission>READ</Permission></Grant><Grant><Permission>READ</Permission></Grant>"
    "</AccessControlList>"
)
TAGS = "<TagSet><Tag><Key>a b</Key><Value>&lt;ж&gt; </Value></Tag><Tag><Key>x</Key><Value/></Tag>"


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (head, Answer(200, b"", HEADERS, length=17)),
        (head, Answer(200, b"", {"ETag": '"e"', "Last-Modified": "yesterday"}, length=0)),
        (head, Answer(200, b"", {"Last-Modified": HEADERS["Last-Modified"]}, length=0)),
        (copy, xml("CopyObjectResult", COPIED)),
        (copy, xml("CopyObjectResult", COPIED + "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>")),
        (copy, xml("CopyObjectResponse", COPIED)),
        (delete, Answer(204, b"", {})),
        (delete, Answer(204, b"", HEADERS)),
        (tags, xml("Tagging", f"{TAGS}</TagSet>")),
        (tags, xml("Tagging", "<TagSet/>")),
        (tags, Answer(200, b"")),
        (acl, xml("AccessControlPolicy", GRANTS)),
        (acl, xml("AccessControlPolicy")),
    ],
)
async def test_an_answer_says_the_same_as_to_the_full_client(
    lying_http: LyingServer, full: Callable[[], None], ask: Ask, answer: Answer
) -> None:
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        ours = await ask(session)
        assert len(lying_http.log) == 1
        full()
        assert ours == await ask(session)


@pytest.mark.parametrize("ask", ALL)
@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, error_body("AccessDenied")),
        Answer(404, error_body("NoSuchKey"), {"x-amz-request-id": "R1"}),
        Answer(404, error_body("NoSuchBucket")),
        Answer(409, error_body("OperationAborted")),
        Answer(412, error_body("PreconditionFailed")),
        Answer(501, error_body("NotImplemented")),
        Answer(503, error_body("SlowDown"), {"Retry-After": "7"}),
        Answer(503, b"<html>busy</html>", {"Content-Type": "text/html"}),
        Answer(400, error_body("ExpiredToken")),
        Answer(200, error_body("InternalError")),
        Answer(200, b"<html>Welcome to the hotel</html>", {"Content-Type": "text/html"}),
        Answer(200, b"<!DOCTYPE x><CopyObjectResult/>"),
        Answer(200, b"<CopyObjectResult><ETag>cut"),
        Answer(200, b"<Else/>"),
        Reset(),
    ],
    ids=lambda answer: f"{getattr(answer, 'status', 'reset')}",
)
async def test_what_is_no_plain_success_is_read_by_the_full_client_and_asked_for_once(
    lying_http: LyingServer, full: Callable[[], None], ask: Ask, answer: Any
) -> None:
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        ours = await outcome(ask(session))
    sent = len(lying_http.log)
    full()
    async with open_session(lying_http) as session:
        assert ours == await outcome(ask(session))
    assert len(lying_http.log) == 2 * sent


async def outcome(asked: Awaitable[Any]) -> object:
    """What came, or what a person is told."""
    try:
        return await asked
    except S3guiError as error:
        told = (error.title, error.detail, error.hint, error.code, error.kind)
        return (type(error), *told, error.retry_after_s, error.request_id)


@pytest.mark.parametrize(("ask", "sent"), [(head, 3), (tags, 3), (acl, 3), (copy, 1), (delete, 1)])
@pytest.mark.parametrize("failure", [Answer(503, error_body("SlowDown")), Reset()])
async def test_the_lean_way_is_the_first_of_botocores_attempts(
    lying_http: LyingServer, ask: Ask, sent: int, failure: Any
) -> None:
    lying_http.on(failure)
    async with open_session(lying_http, attempts=3) as session:
        with pytest.raises(S3guiError):
            await ask(session)
    assert len(lying_http.log) == sent


async def test_what_fails_once_is_asked_for_again(lying_http: LyingServer) -> None:
    lying_http.on(Answer(503, error_body("SlowDown")), attempt=1)
    lying_http.on(Answer(200, b"", HEADERS, length=17))
    async with open_session(lying_http, attempts=3) as session:
        assert (await session.objects.head(WHERE)).size == 17
        assert len(lying_http.log) == 2
        assert (await session.objects.head(WHERE)).size == 17
    assert len(lying_http.log) == 3


async def test_the_servers_clock_is_learnt_from_a_refusal(lying_http: LyingServer) -> None:
    lying_http.on(skewed(timedelta(hours=2)), attempt=1)
    lying_http.on(xml("CopyObjectResult", COPIED))
    async with open_session(lying_http) as session:
        assert (await copy(session)).etag == "e1"
        assert (await copy(session)).etag == "e1"
    assert len(lying_http.log) == 3
    last = datetime.strptime(lying_http.log[-1].headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
    assert last - datetime.now(UTC) > timedelta(hours=1)


@pytest.mark.parametrize("ask", ALL)
async def test_a_redirect_elsewhere_is_refused(lying_http: LyingServer, ask: Ask) -> None:
    lying_http.on(redirect(307, "http://evil.example/bucket/key"))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError, match="points to another place"):
            await ask(session)


async def test_a_shape_is_made_once_a_bucket_and_a_kind(
    lying_http: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying_http.on(Answer(404, error_body("NoSuchKey")), path="/bucket/none")
    lying_http.on(Answer(200, b"", HEADERS, length=17))
    async with open_session(lying_http) as session:
        drafts = 0
        real = session.objects._control.head_object

        async def counted(**params: Any) -> Any:
            nonlocal drafts
            drafts += 1
            return await real(**params)

        monkeypatch.setattr(session.objects._control, "head_object", counted)
        for number in range(5):
            await session.objects.head(Location("bucket", f"key {number}"))
            with pytest.raises(NotFound):  # as often as something is there
                await session.objects.head(Location("bucket", "none"))
        assert drafts == 1
        await session.objects.head(WHERE, checksums=True)
        assert drafts == 2


async def test_an_answer_without_its_proof_is_none(lying_http: LyingServer) -> None:
    lying_http.on(xml("CopyObjectResult", "<ETag/>"))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await copy(session)
    assert len(lying_http.log) == 1
