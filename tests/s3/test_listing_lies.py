"""Listings of servers that cannot be trusted: endless, broken off, with rows that cannot be."""

from datetime import UTC, datetime
from typing import Any

import pytest
from s3.gateway_kit import BUCKET, listing, open_session, row, xml
from servers.lies import Answer, error_body
from servers.lying import Action, LyingServer, Talk

from s3gui.domain.entries import Page
from s3gui.domain.errors import AccessDenied, BadAnswer, S3guiError
from s3gui.domain.location import Location


async def every(server: LyingServer, where: Location = BUCKET, **how: Any) -> list[Page]:
    async with open_session(server, **how) as session:
        return [page async for page in session.listing.pages(where)]


class EndlessTokens(Action):
    """Always another token."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, talk: Talk) -> None:
        self.count += 1
        listing(row(f"k{self.count}"), more=True, token=f"t{self.count}")(talk)


async def test_new_tokens_for_ever_end_in_an_incomplete_page(lying_http: LyingServer) -> None:
    lying_http.on(EndlessTokens())

    pages = await every(lying_http, most_pages=7)

    assert len(pages) == len(lying_http.log) == 7
    assert [page.incomplete for page in pages] == [False] * 6 + [True]
    assert pages[-1].last


async def test_the_same_token_again_ends_in_an_incomplete_page(lying_http: LyingServer) -> None:
    lying_http.on(listing(row("a"), more=True, token="t"))

    pages = await every(lying_http)

    assert len(lying_http.log) == 2
    assert (pages[-1].last, pages[-1].incomplete) == (True, True)


async def test_an_older_token_again_is_noticed_too(lying_http: LyingServer) -> None:
    lying_http.on(listing(row("a"), more=True, token="t1"), attempt=1)
    lying_http.on(listing(row("b"), more=True, token="t2"), attempt=1)
    lying_http.on(listing(row("c"), more=True, token="t1"))

    pages = await every(lying_http)

    assert len(pages) == 3
    assert pages[-1].incomplete


async def test_more_without_a_token_is_incomplete(lying_http: LyingServer) -> None:
    lying_http.on(listing(row("a"), more=True))

    (page,) = await every(lying_http)

    assert (page.last, page.incomplete) == (True, True)
    assert [entry.key for entry in page.objects] == ["a"]


async def test_rows_that_cannot_be_are_dropped_and_counted(lying_http: LyingServer) -> None:
    lying_http.on(
        listing(
            row("dir/good"),
            row("dir/good"),
            row("elsewhere"),
            row("dir/negative", -1),
            row("dir/"),
            "<Contents><Size>3</Size></Contents>",
            row("dir/undated", 2, "the day before yesterday"),
            row("dir/far", 2, "99999-01-01T00:00:00Z"),
            "<CommonPrefixes><Prefix>dir/sub/</Prefix></CommonPrefixes>",
            "<CommonPrefixes><Prefix>dir/sub/</Prefix></CommonPrefixes>",
            "<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes>",
            "<CommonPrefixes><Prefix>../</Prefix></CommonPrefixes>",
            "<CommonPrefixes><Prefix>dir/no-slash</Prefix></CommonPrefixes>",
        )
    )

    (page,) = await every(lying_http, Location("bucket", "dir/"))

    assert [entry.key for entry in page.objects] == ["dir/good", "dir/undated", "dir/far"]
    assert page.prefixes == ("dir/sub/",)
    assert page.invalid == 8
    assert page.objects[0].modified == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert page.objects[1].modified is None


async def test_a_key_that_is_no_utf8_is_dropped_and_counted(lying_http: LyingServer) -> None:
    lying_http.on(listing("<EncodingType>url</EncodingType>", row("good%2B"), row("bad%FF")))

    (page,) = await every(lying_http)

    assert [entry.key for entry in page.objects] == ["good+"]
    assert page.invalid == 1


async def test_keys_are_not_decoded_where_the_server_did_not_encode_them(
    lying_http: LyingServer,
) -> None:
    lying_http.on(listing(row("100%25+1")))

    (page,) = await every(lying_http)

    assert page.objects[0].key == "100%25+1"


async def test_a_size_that_is_no_number_is_an_answer_that_cannot_be_read(
    lying_http: LyingServer,
) -> None:
    lying_http.on(listing(row("a", "many")))
    with pytest.raises(BadAnswer):
        await every(lying_http)


@pytest.mark.parametrize("code", ["NotImplemented", "InvalidArgument"])
async def test_a_server_without_v2_is_asked_in_v1_from_then_on(
    lying_http: LyingServer, code: str
) -> None:
    status = 501 if code == "NotImplemented" else 400
    lying_http.on(Answer(status, error_body(code)), query="list-type=2")
    lying_http.on(
        xml("ListBucketResult", f"<IsTruncated>true</IsTruncated>{row('a')}{row('b')}"), attempt=1
    )
    lying_http.on(xml("ListBucketResult", f"<IsTruncated>false</IsTruncated>{row('c')}"))

    async with open_session(lying_http) as session:
        pages = [page async for page in session.listing.pages(BUCKET)]
        again = [page async for page in session.listing.pages(BUCKET)]

    assert [entry.key for page in pages for entry in page.objects] == ["a", "b", "c"]
    assert len(again) == 1
    assert [("list-type=2" in request.query) for request in lying_http.log] == [
        True,
        False,
        False,
        False,
    ]
    assert "marker=b" in lying_http.log[2].query


async def test_v1_that_never_moves_on_is_incomplete(lying_http: LyingServer) -> None:
    lying_http.on(xml("ListBucketResult", f"<IsTruncated>true</IsTruncated>{row('a')}"))

    pages = await every(lying_http, list_version=1)

    assert len(pages) == 2
    assert pages[-1].incomplete


async def test_a_refusal_is_no_reason_to_ask_in_v1(lying_http: LyingServer) -> None:
    lying_http.on(Answer(403, error_body("AccessDenied")))
    with pytest.raises(AccessDenied) as caught:
        await every(lying_http)
    assert len(lying_http.log) == 1
    assert "s3:ListBucket" in caught.value.detail


async def test_an_unknown_bucket_list_that_never_ends_ends(lying_http: LyingServer) -> None:
    lying_http.on(
        xml("ListAllMyBucketsResult", "<Buckets/><ContinuationToken>again</ContinuationToken>")
    )
    async with open_session(lying_http) as session:
        assert await session.buckets.all() == []
    assert len(lying_http.log) == 2


PART = "<Part><PartNumber>1</PartNumber><Size>1</Size></Part>"
UPLOAD_ROW = "<Upload><Key>k</Key><UploadId>u</UploadId></Upload>"
VERSION = "<Version><Key>key</Key><VersionId>v</VersionId><Size>1</Size></Version>"
MORE = "<IsTruncated>true</IsTruncated>"


@pytest.mark.parametrize(
    ("root", "inner"),
    [
        ("ListPartsResult", PART),
        ("ListPartsResult", f"{PART}<NextPartNumberMarker>1</NextPartNumberMarker>"),
        ("ListMultipartUploadsResult", UPLOAD_ROW),
        ("ListMultipartUploadsResult", f"{UPLOAD_ROW}<NextKeyMarker>k</NextKeyMarker>"),
        ("ListVersionsResult", VERSION),
        ("ListVersionsResult", f"{VERSION}<NextKeyMarker>key</NextKeyMarker>"),
    ],
)
async def test_lists_that_go_nowhere_are_an_error_not_an_end(
    lying_http: LyingServer, root: str, inner: str
) -> None:
    """Whoever resumes or cleans up on the strength of half a list does damage."""
    from s3.gateway_kit import UPLOAD, WHERE

    lying_http.on(xml(root, MORE + inner))
    async with open_session(lying_http) as session:
        lists: dict[str, Any] = {
            "ListPartsResult": session.uploads.parts(UPLOAD),
            "ListMultipartUploadsResult": session.uploads.unfinished(BUCKET),
            "ListVersionsResult": session.versions.of_object(WHERE),  # type: ignore[union-attr]
        }
        with pytest.raises(S3guiError) as caught:
            _ = [one async for one in lists[root]]
    assert isinstance(caught.value, BadAnswer)
    assert len(lying_http.log) <= 2
