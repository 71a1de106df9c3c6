"""Answers that are not what they seem: success without proof, errors in a 200, pages of a café."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from s3.gateway_kit import BUCKET, UPLOAD, WHERE, open_session, xml
from s3.memory import fetch, put, send_part
from servers.lies import Answer, error_body
from servers.lying import LyingServer

from s3gui.domain.entries import ObjectOptions, Stored, StoredPart
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ConnectionBroken,
    ErrorKind,
    InvalidPart,
    NotFound,
    NotSupported,
    S3guiError,
)
from s3gui.domain.location import Location
from s3gui.s3.session import S3Session
from s3gui.transfers.outcome import leaves_unknown

Call = Callable[[S3Session], Awaitable[Any]]

HTML = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
XHTML = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'
DTD = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    b"<ListBucketResult><IsTruncated>false</IsTruncated><Name>&a;</Name></ListBucketResult>"
)


async def list_all(session: S3Session) -> Any:
    return [page async for page in session.listing.pages(BUCKET)]


async def list_parts(session: S3Session) -> Any:
    return [part async for part in session.uploads.parts(UPLOAD)]


def complete(session: S3Session) -> Awaitable[Any]:
    return session.uploads.complete(UPLOAD, [StoredPart(1, "e", 1)])


CALLS: dict[str, Call] = {
    "buckets": lambda session: session.buckets.all(),
    "region": lambda session: session.buckets.region("bucket"),
    "listing": list_all,
    "parts": list_parts,
    "create": lambda session: session.uploads.create(WHERE, ObjectOptions()),
    "complete": complete,
    "part": lambda session: send_part(session, UPLOAD, 1, b"x"),
    "put": lambda session: put(session, WHERE),
    "acl": lambda session: session.acl.of_bucket("bucket"),  # type: ignore[union-attr]
    "status": lambda session: session.versions.status("bucket"),  # type: ignore[union-attr]
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("body", [HTML, XHTML], ids=["html", "xhtml"])
async def test_the_page_of_a_cafe_is_no_answer(
    lying_http: LyingServer, name: str, body: bytes
) -> None:
    lying_http.on(Answer(200, body, {"Content-Type": "text/html; charset=utf-8"}))
    async with open_session(lying_http, attempts=4) as session:
        with pytest.raises(BadAnswer) as caught:
            await CALLS[name](session)
    assert caught.value.kind is ErrorKind.PERMANENT
    assert len(lying_http.log) == 1
    assert "html" not in caught.value.as_text().lower()


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_with_a_web_page_is_no_s3(lying_http: LyingServer, status: int) -> None:
    lying_http.on(Answer(status, HTML, {"Content-Type": "text/html"}))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer) as caught:
            await list_all(session)
    assert caught.value.code == str(status)


@pytest.mark.parametrize("name", ["part", "parts", "complete", "abort"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(404, b"404 page not found", {"Content-Type": "text/plain"}),
        Answer(404, HTML, {"Content-Type": "text/html"}),
        Answer(404, b"<Error><Message>no route</Message></Error>"),
    ],
    ids=["empty", "plain", "html", "no-code"],
)
async def test_a_404_of_something_in_between_says_nothing_of_an_upload(
    lying_http: LyingServer, name: str, answer: Answer
) -> None:
    lying_http.on(answer)
    call = CALLS.get(name) or (lambda session: session.uploads.abort(UPLOAD))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer) as caught:
            await call(session)
    assert caught.value.code == "404"
    assert leaves_unknown(caught.value), "nor whether a Complete was carried out"


async def test_a_gateway_whose_server_is_down_is_tried_again(lying_http: LyingServer) -> None:
    lying_http.on(Answer(502, HTML, {"Content-Type": "text/html"}))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await list_all(session)
    assert (caught.value.kind, caught.value.code) == (ErrorKind.TRANSIENT, "502")


@pytest.mark.parametrize("answer", [Answer(524), Answer(524, HTML, {"Content-Type": "text/html"})])
async def test_a_gateway_that_did_not_wait_leaves_a_complete_open(
    lying_http: LyingServer, answer: Answer
) -> None:
    """Cloudflare: the server behind it may still be at work, so this is no refusal."""
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await complete(session)
    assert leaves_unknown(caught.value)


async def test_a_dtd_is_refused_with_one_request(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, DTD, {"Content-Type": "application/xml"}))
    async with open_session(lying_http, attempts=4) as session:
        with pytest.raises(BadAnswer):
            await list_all(session)
    assert len(lying_http.log) == 1


@pytest.mark.parametrize("name", ["listing", "parts", "create", "complete", "buckets"])
async def test_nothing_is_no_answer_where_a_document_is_due(
    lying_http: LyingServer, name: str
) -> None:
    """An empty body would be an empty bucket to botocore."""
    lying_http.on(Answer(200, b""))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await CALLS[name](session)


async def test_a_page_that_is_cut_short_may_be_tried_again(lying_http: LyingServer) -> None:
    whole = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    lying_http.on(Answer(200, whole[:-10], length=None))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await list_all(session)
    assert caught.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("part", Answer(200)),
        ("put", Answer(200)),
        ("part", Answer(200, etag='""')),
        ("create", xml("InitiateMultipartUploadResult", "<Key>key</Key>")),
    ],
)
async def test_a_success_without_its_proof_is_none(
    lying_http: LyingServer, name: str, answer: Answer
) -> None:
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer) as caught:
            await CALLS[name](session)
    assert "ETag" in caught.value.detail or "id" in caught.value.detail


async def test_a_complete_without_an_etag_is_left_to_a_head(lying_http: LyingServer) -> None:
    """Ceph 16 leaves it out; the object is there, and an error would say that it is not."""
    lying_http.on(xml("CompleteMultipartUploadResult", "<Key>key</Key><ETag></ETag>"))
    async with open_session(lying_http) as session:
        assert await complete(session) == Stored("")


async def test_a_head_that_nothing_speaks_for_is_none(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, headers={"Content-Type": "text/html"}))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await session.objects.head(WHERE)


@pytest.mark.parametrize(
    ("code", "error", "kind"),
    [
        ("InternalError", S3guiError, ErrorKind.TRANSIENT),
        ("AccessDenied", AccessDenied, ErrorKind.PERMANENT),
        ("InvalidPart", InvalidPart, ErrorKind.PERMANENT),
        ("SlowDown", S3guiError, ErrorKind.THROTTLE),
    ],
)
async def test_an_error_inside_a_200_is_raised_and_not_sent_again(
    lying_http: LyingServer, code: str, error: type[S3guiError], kind: ErrorKind
) -> None:
    lying_http.on(Answer(200, error_body(code), {"Content-Type": "application/xml"}))
    async with open_session(lying_http, attempts=4) as session:
        with pytest.raises(error) as caught:
            await complete(session)
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert caught.value.request_id == "R1"
    assert len(lying_http.log) == 1


@pytest.mark.parametrize("name", ["create", "complete", "part", "put"])
async def test_what_may_have_been_carried_out_is_sent_once(
    lying_http: LyingServer, name: str
) -> None:
    lying_http.on(Answer(503, error_body("ServiceUnavailable")))
    async with open_session(lying_http, attempts=4) as session:
        with pytest.raises(S3guiError):
            await CALLS[name](session)
    assert len(lying_http.log) == 1


async def test_abort_delete_and_making_a_bucket_are_sent_once(lying_http: LyingServer) -> None:
    lying_http.on(Answer(503, error_body("ServiceUnavailable")))
    async with open_session(lying_http, attempts=4) as session:
        for call in (
            session.uploads.abort(UPLOAD),
            session.objects.delete(WHERE),
            session.buckets.create("bucket"),
        ):
            with pytest.raises(S3guiError):
                await call
    assert [request.method for request in lying_http.log] == ["DELETE", "DELETE", "PUT"]


async def test_a_question_is_asked_again(lying_http: LyingServer) -> None:
    lying_http.on(Answer(503, error_body("ServiceUnavailable")), attempt=1)
    lying_http.on(xml("ListAllMyBucketsResult", "<Buckets/>"))
    async with open_session(lying_http, attempts=4) as session:
        assert await session.buckets.all() == []
    assert len(lying_http.log) == 2


async def test_what_the_server_asks_to_wait_is_told(lying_http: LyingServer) -> None:
    lying_http.on(Answer(503, error_body("SlowDown"), {"Retry-After": "7"}))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await send_part(session, UPLOAD, 1, b"x")
    assert (caught.value.kind, caught.value.retry_after_s) == (ErrorKind.THROTTLE, 7.0)


async def test_a_range_that_was_not_asked_for_is_refused(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, b"all of it", etag='"e"'))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await fetch(session, WHERE, first=2, length=3)


async def test_bytes_that_end_early_are_a_broken_line(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, b"half", etag='"e"', length=8))
    async with open_session(lying_http) as session:
        with pytest.raises(ConnectionBroken):
            await fetch(session, WHERE)


async def test_an_object_that_is_a_web_page_may_be_fetched(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, HTML, {"Content-Type": "text/html"}, etag='"e"'))
    async with open_session(lying_http) as session:
        assert await fetch(session, WHERE) == HTML


async def test_a_head_without_a_body_is_understood_by_its_status(
    lying_http: LyingServer,
) -> None:
    lying_http.on(Answer(403), path="/hidden")
    lying_http.on(Answer(404))
    async with open_session(lying_http) as session:
        with pytest.raises(NotFound) as caught:
            await session.objects.head(WHERE)
        with pytest.raises(AccessDenied) as denied:
            await session.objects.head(Location("bucket", "hidden"))
    assert caught.value.code == "404"
    assert "s3:GetObject" in denied.value.detail


async def test_a_server_without_acls_is_asked_once(lying_http: LyingServer) -> None:
    lying_http.on(Answer(501, error_body("NotImplemented")))
    async with open_session(lying_http) as session:
        acl, versions = session.acl, session.versions
        assert acl is not None
        assert versions is not None
        with pytest.raises(NotSupported):
            await acl.of_object(WHERE)
        with pytest.raises(NotSupported):
            await versions.status("bucket")
        assert session.acl is None
        assert session.versions is None


async def test_the_region_is_found_where_asking_for_it_is_denied(lying_http: LyingServer) -> None:
    lying_http.on(Answer(403, error_body("AccessDenied")), query="location")
    lying_http.on(Answer(403, headers={"x-amz-bucket-region": "eu-west-7"}), method="HEAD")
    async with open_session(lying_http) as session:
        assert await session.buckets.region("bucket") == "eu-west-7"


async def test_a_wrong_region_is_named(lying_http: LyingServer) -> None:
    body = error_body("AuthorizationHeaderMalformed").replace(
        b"<RequestId>", b"<Region>eu-west-7</Region><RequestId>"
    )
    lying_http.on(Answer(400, body))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await list_all(session)
    assert caught.value.kind is ErrorKind.REGION
    assert "eu-west-7" in caught.value.detail
    assert len(lying_http.log) == 2, "signed again once, for the region that was named"
    assert "/eu-west-7/" in lying_http.log[1].headers["authorization"]


@pytest.mark.parametrize("echo", ["&#x01;", "&#x0B;", "&#1;", "\x1b", "\uffff", "&#xFFFE;"])
async def test_a_question_that_xml_cannot_hold_spoils_no_answer(
    lying_http: LyingServer, echo: str
) -> None:
    page = (
        "<ListBucketResult><EncodingType>url</EncodingType><Name>bucket</Name>"
        f"<Prefix>{echo}/</Prefix><IsTruncated>false</IsTruncated>"
        "<Contents><Key>%01%2Fa%EF%BF%BF</Key><Size>1</Size></Contents></ListBucketResult>"
    )
    lying_http.on(Answer(200, page.encode()))
    async with open_session(lying_http, attempts=4) as session:
        where = Location("bucket", "\x01/")
        rows = [row.key async for page in session.listing.pages(where) for row in page.objects]
    assert rows == ["\x01/a\uffff"]
    assert len(lying_http.log) == 1


async def test_a_key_that_is_no_xml_is_not_made_another(lying_http: LyingServer) -> None:
    page = (
        "<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>"
        "<Contents><Key>&#x01;</Key><Size>1</Size></Contents></ListBucketResult>"
    )
    lying_http.on(Answer(200, page.encode()))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError):
            await list_all(session)
