"""Answers that are too large, cut, malformed, or made to hurt a parser (M5, M10, M18)."""

import asyncio
import tracemalloc
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError
from s3.http_kit import Held, Zeros, client_on, patient, put
from servers.lies import Answer, Endless, Raw, Reset, error_body
from servers.lying import LyingServer, head_of

from s3gui.domain.errors import BadAnswer, ConnectionBroken, ErrorKind
from s3gui.domain.parts import MIB, Meter
from s3gui.s3.http import Limits, Terms, wire_terms
from s3gui.s3.http.answer import is_markup_we_refuse

LISTING = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>b</Name>%b</ListBucketResult>'
)
DTD = b'<!DOCTYPE r [<!ENTITY e "boom">]>'


async def _list(client: Any) -> Any:
    return await client.list_objects_v2(Bucket="bucket")


@pytest.mark.parametrize(
    "lie",
    [
        Endless(),
        Endless(
            head_of(200, {"Transfer-Encoding": "chunked"}), b"8000\r\n" + b"x" * 32768 + b"\r\n"
        ),
    ],
    ids=["end", "chunks"],
)
async def test_a_body_without_end_is_cut_at_the_cap(
    lying: LyingServer, ca_bundle: str, lie: Any
) -> None:
    """M5: 1.1 GiB in five seconds without it."""
    lying.on(lie)
    limits = Limits(control_bytes=2 * MIB)
    tracemalloc.start()
    try:
        async with client_on(lying, verify=ca_bundle, limits=limits, attempts=4) as client:
            with pytest.raises(BadAnswer, match="2 MiB"):
                await _list(client)
        assert tracemalloc.get_traced_memory()[1] < 30 * MIB
    finally:
        tracemalloc.stop()
    assert len(lying.log) == 1
    assert lying.open_connections <= 1


async def test_the_cap_is_32_mib_unless_told_otherwise(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, b"x", length=32 * MIB + 1, then="hang"))
    assert Limits().control_bytes == 32 * MIB
    async with client_on(lying_http) as client:
        with pytest.raises(BadAnswer, match="32 MiB"):
            await _list(client)


async def test_an_error_without_end_is_cut_too(lying_http: LyingServer) -> None:
    lying_http.on(Endless(head_of(404, {})))
    async with client_on(lying_http, limits=Limits(control_bytes=MIB)) as client:
        with pytest.raises(BadAnswer):
            await client.get_object(Bucket="bucket", Key="key")


@pytest.mark.parametrize(
    "lie",
    [
        Endless(b"HTTP/1.1 200 OK\r\n", b"x-a: " + b"b" * 4000 + b"\r\n"),
        Endless(b"HTTP/1.1 200 OK\r\nx-a: ", b"b" * 4000),
        Endless(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
        Endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["lines", "line", "count", "interim"],
)
async def test_a_header_without_end(lying: LyingServer, ca_bundle: str, lie: Endless) -> None:
    lying.on(lie)
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(BadAnswer):
            await _list(client)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nxxxxx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
    ],
)
async def test_what_is_not_http_or_can_be_read_two_ways(
    lying_http: LyingServer, data: bytes
) -> None:
    lying_http.on(Raw(data))
    async with client_on(lying_http, attempts=4) as client:
        with pytest.raises(BadAnswer):
            await _list(client)
    assert len(lying_http.log) == 1


@pytest.mark.parametrize(
    "body",
    [
        LISTING % b"",
        LISTING.replace(b"<ListB", DTD + b"<ListB", 1) % b"&e;",
        b"<!-- c -->" + DTD.lower() + b"<ListBucketResult/>",
        b"\xef\xbb\xbf \n" + DTD + b"<ListBucketResult/>",
        (DTD + b"<a/>").decode().encode("utf-16"),
        (DTD + b"<a/>").decode().encode("utf-16-le"),
        (DTD + b"<a/>").decode().encode("utf-32"),
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b'<?xml version="1.0" encoding="cp037"?>' + (DTD + b"<a/>").decode().encode("cp037"),
        b'<?xml version="1.0"?>' + b"\x4c" + b"<a/>",
        b"<!-- never ends " + DTD,
        b"<HTML><body>Sign in</body></HTML>",
        b"<!doctype html><html/>",
    ],
)
async def test_a_document_type_never_reaches_the_parser(
    lying: LyingServer, ca_bundle: str, body: bytes
) -> None:
    """M18: expat stops the bombs it knows, but expands 70 entities of 100 kB."""
    lying.on(Answer(200, body))
    async with client_on(lying, verify=ca_bundle, attempts=4) as client:
        if body == LISTING % b"":
            assert (await _list(client))["Name"] == "b"
            return
        with pytest.raises(BadAnswer):
            await _list(client)
    assert len(lying.log) == 1


def test_what_stands_in_a_document_is_not_mistaken_for_a_document_type() -> None:
    assert not is_markup_we_refuse(LISTING % b"<Key><![CDATA[<!DOCTYPE]]></Key>")
    assert not is_markup_we_refuse(b'{"Version": "<!DOCTYPE"}')
    assert not is_markup_we_refuse(b"")
    assert not is_markup_we_refuse(b"<?xml version='1.0' encoding='utf-8'?><!-- html --><a/>")


async def test_an_object_may_hold_what_it_likes(lying_http: LyingServer) -> None:
    lying_http.objects["/bucket/page.html"] = b"<!DOCTYPE html><html/>"
    async with client_on(lying_http) as client:
        answer = await client.get_object(Bucket="bucket", Key="page.html")
        assert await answer["Body"].read() == b"<!DOCTYPE html><html/>"


async def test_the_web_page_of_a_gateway_leaves_the_status_to_speak(
    lying_http: LyingServer,
) -> None:
    """nginx in front of a server that restarts: transient, and nothing of the page is parsed."""
    lying_http.on(Answer(502, b"<!DOCTYPE html><html><Code>AccessDenied</Code></html>"))
    async with client_on(lying_http) as client:
        with pytest.raises(ClientError) as caught:
            await _list(client)
    response: Any = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 502
    assert response["Error"]["Code"] != "AccessDenied"


@pytest.mark.parametrize("length", [5000, None])
async def test_a_short_object_is_no_object(
    lying: LyingServer, ca_bundle: str, length: int | None
) -> None:
    """M10: without Content-Length 500 bytes pass for the whole with stock aiobotocore."""
    lying.on(Answer(200, b"x" * 500, length=length))
    sink = Held()
    async with client_on(lying, verify=ca_bundle) as client:
        caught = pytest.raises((ConnectionBroken, BadAnswer))
        with wire_terms(Terms(sink=sink, meter=Meter())), caught as error:
            await client.get_object(Bucket="bucket", Key="key")
    if length is None:
        assert isinstance(error.value, BadAnswer)
        assert not sink.offsets
    else:
        assert error.value.kind is ErrorKind.TRANSIENT
        assert len(sink.data) == 500


async def test_a_long_object_stops_at_its_length(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, b"x" * 5000, length=500, then="close"))
    sink = Held()
    async with client_on(lying_http) as client:
        with wire_terms(Terms(sink=sink, meter=Meter(), total=500)):
            await client.get_object(Bucket="bucket", Key="key")
        # What came behind it is not taken for the next answer.
        await client.head_bucket(Bucket="bucket")
    assert len(sink.data) == 500


@pytest.mark.parametrize("cut", [Answer(200, LISTING, length=5000), Raw(head_of(200, {})[:9])])
async def test_a_cut_control_answer_is_transient(
    lying: LyingServer, ca_bundle: str, cut: Any
) -> None:
    lying.on(cut, attempt=1)
    lying.on(Answer(200, LISTING % b""))
    async with client_on(lying, verify=ca_bundle, attempts=2) as client:
        await _list(client)
    assert len(lying.log) == 2


async def test_a_reset_in_the_middle_of_a_body(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Reset(after_body=200_000))
    meter = Meter()
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(ConnectionBroken) as caught:
            await put(client, Zeros(), 50_000_000, meter)
    assert isinstance(caught.value, HTTPClientError)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert 0 < meter.moved < 50_000_000
    assert len(lying.log) == 1


@pytest.mark.parametrize("after_answer", [0, 12, 25])
async def test_an_answer_that_is_lost(
    lying: LyingServer, ca_bundle: str, after_answer: int
) -> None:
    lying.on(Reset(after_answer=after_answer))
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(ConnectionBroken):
            await client.complete_multipart_upload(
                Bucket="bucket", Key="key", UploadId="id", MultipartUpload={"Parts": []}
            )
    # Complete is never repeated by itself: it may have been carried out.
    assert [request.method for request in lying.log] == ["POST"]


async def test_an_error_in_a_200_reaches_botocore(lying_http: LyingServer) -> None:
    lying_http.on(Answer(200, error_body("InternalError"), chunked=True))
    async with client_on(lying_http) as client:
        with pytest.raises(ClientError, match="InternalError"):
            await client.complete_multipart_upload(
                Bucket="bucket", Key="key", UploadId="id", MultipartUpload={"Parts": []}
            )


async def test_headers_are_text_whatever_their_bytes(lying_http: LyingServer) -> None:
    lying_http.on(
        Raw(
            b"HTTP/1.1 200 OK\r\nx-amz-meta-a: \xd1\x84\r\nx-amz-meta-b: \xff\r\n"
            b"Content-Length: 7\r\n\r\n"
        )
    )
    async with client_on(lying_http, timeouts=patient(idle_s=5)) as client:
        answer = await client.head_object(Bucket="bucket", Key="key")
    assert answer["Metadata"] == {"a": "ф", "b": "ÿ"}
    assert answer["ContentLength"] == 7


async def test_one_bad_answer_among_many_calls_hurts_nobody_else(
    lying_http: LyingServer,
) -> None:
    lying_http.on(Answer(200, DTD), query="prefix=bad")
    lying_http.on(Answer(200, LISTING % b""))
    async with client_on(lying_http) as client:
        calls = [
            client.list_objects_v2(Bucket="bucket", Prefix=prefix)
            for prefix in ("a", "bad", "c", "d", "e", "f")
        ]
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, BadAnswer) for result in results] == [
        False,
        True,
        False,
        False,
        False,
        False,
    ]
