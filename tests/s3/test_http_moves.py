"""Bytes out of files and into sinks, and what stands on the wire for it."""

import asyncio
import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from s3.http_kit import PAYLOAD, QUICK, Held, OpenFile, Zeros, client_on, md5_header, patient, put
from servers.lies import Answer, ContinueTwice, Endless, Raw, Silence, error_body
from servers.lying import LyingServer

from s3gui.domain.errors import BadAnswer, ConnectionBroken, Stalled
from s3gui.domain.parts import MIB, FileSlice, Meter
from s3gui.s3.http import Limits, SliceBody, Terms, wire_terms


async def test_a_slice_goes_out_as_the_bytes_of_the_file(
    lying: LyingServer, ca_bundle: str, payload: Path
) -> None:
    data = PAYLOAD
    meter = Meter()
    with OpenFile(payload) as source:
        limits = Limits(block_bytes=MIB)
        async with client_on(lying, verify=ca_bundle, limits=limits) as client:
            part = FileSlice(source, 1_000_001, 1_500_000)
            answer = await client.upload_part(
                Bucket="bucket",
                Key="key",
                UploadId="id",
                PartNumber=7,
                Body=SliceBody(part, meter),
                ContentMD5=md5_header(data[1_000_001:2_500_001]),
            )
    [request] = lying.log
    expected = hashlib.md5(data[1_000_001:2_500_001], usedforsecurity=False).hexdigest()
    assert (request.md5, request.whole) == (expected, True)
    assert answer["ETag"] == f'"{expected}"'
    assert meter.moved == 1_500_000
    # Nothing hashed it on the loop, and it was read in blocks.
    assert source.reads == 2


async def test_headers_are_those_of_a_plain_put(
    lying: LyingServer, ca_bundle: str, payload: Path
) -> None:
    """M14: no aws-chunked, no trailer, over HTTPS above all; M15: nothing of awscrt in between."""
    with OpenFile(payload) as source:
        async with client_on(lying, verify=ca_bundle) as client:
            await put(client, source, 100_000)
    headers = lying.log[0].headers
    assert headers["content-length"] == "100000"
    assert headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert headers["host"] == f"127.0.0.1:{lying.port}"
    assert headers["accept-encoding"] == "identity"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert not {"x-amz-trailer", "transfer-encoding", "content-encoding"} & set(headers)
    assert "aws-chunked" not in lying.log[0].head.decode()
    assert not any("trailer" in value.lower() for value in headers.values())


async def test_a_payload_that_somebody_wants_to_hash_is_noticed() -> None:
    body = SliceBody(FileSlice(Zeros(), 0, 10), Meter())
    with pytest.raises(RuntimeError, match="unsigned"):
        body.read(4)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
async def test_small_and_round_sizes(lying: LyingServer, ca_bundle: str, size: int) -> None:
    meter = Meter()
    async with client_on(lying, verify=ca_bundle) as client:
        await put(client, Zeros(), size, meter)
    assert (lying.log[0].body_bytes, lying.log[0].whole, meter.moved) == (size, True, size)


async def test_a_key_stays_as_it_is_byte_for_byte(lying_http: LyingServer) -> None:
    async with client_on(lying_http) as client:
        await client.put_object(Bucket="bucket", Key="a//../ф %2F+?#🙂", Body=b"x")
    assert lying_http.log[0].path == "/bucket/a//../%D1%84%20%252F%2B%3F%23%F0%9F%99%82"


async def test_an_answer_goes_from_the_socket_into_the_sink(
    lying: LyingServer, ca_bundle: str
) -> None:
    lying.objects["/bucket/key"] = data = PAYLOAD
    sink, meter = Held(), Meter()
    async with client_on(lying, verify=ca_bundle) as client:
        terms = Terms(sink=sink, meter=meter, first=5, length=2_000_000, total=len(data))
        with wire_terms(terms):
            await client.get_object(Bucket="bucket", Key="key", Range="bytes=5-2000004")
        # The terms ended with the block.
        whole = await client.get_object(Bucket="bucket", Key="key")
        assert await whole["Body"].read() == data
    assert sink.data == data[5:2_000_005]
    assert meter.moved == 2_000_000
    assert lying.connections == 1


async def test_a_whole_object_of_no_bytes_arrives(lying_http: LyingServer) -> None:
    lying_http.objects["/bucket/key"] = b""
    sink = Held()
    async with client_on(lying_http) as client:
        with wire_terms(Terms(sink=sink, meter=Meter(), total=0)):
            await client.get_object(Bucket="bucket", Key="key")
    assert sink.data == b""


async def test_an_error_answer_never_reaches_the_sink(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Answer(403, error_body("AccessDenied")))
    sink = Held()
    async with client_on(lying, verify=ca_bundle) as client:
        with wire_terms(Terms(sink=sink, meter=Meter())), pytest.raises(ClientError) as caught:
            await client.get_object(Bucket="bucket", Key="key")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert not sink.offsets


@pytest.mark.parametrize(
    "lie",
    [
        Answer(200, b"0123456789"),  # Range ignored (M10)
        Answer(206, b"0123456789"),
        Answer(206, b"0123456789", {"Content-Range": "bytes 1-10/100"}),
        Answer(206, b"0123456789", {"Content-Range": "bytes 0-9/99"}),
        Answer(206, b"0123456789", {"Content-Range": "bytes 0-9/5"}),
        Answer(206, b"0123456789", {"Content-Range": "bytes 0-9/*"}),
        Answer(206, b"012345678", {"Content-Range": "bytes 0-9/100"}),
        Answer(206, b"0123456789", {"Content-Range": "bytes 0-9/100"}, length=None),
        Answer(206, b"0123456789", {"Content-Range": "bytes 0-9/100"}, chunked=True),
    ],
)
async def test_another_range_than_asked_for_is_not_written(
    lying_http: LyingServer, lie: Answer
) -> None:
    lying_http.on(lie)
    sink, meter = Held(), Meter()
    async with client_on(lying_http) as client:
        terms = Terms(sink=sink, meter=meter, first=0, length=10, total=100)
        with wire_terms(terms), pytest.raises(BadAnswer):
            await client.get_object(Bucket="bucket", Key="key", Range="bytes=0-9")
    assert (sink.offsets, meter.moved) == ([], 0)


async def test_the_wait_for_an_answer_can_be_longer_for_one_call(lying_http: LyingServer) -> None:
    lying_http.on(Silence())
    async with client_on(lying_http) as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with wire_terms(Terms(answer_s=QUICK.answer_s * 2)), pytest.raises(Stalled):
            await client.complete_multipart_upload(Bucket="bucket", Key="key", UploadId="id")
    assert loop.time() - began >= QUICK.answer_s * 2


async def test_a_server_that_answers_expect_gets_the_body_after_it(
    lying: LyingServer, ca_bundle: str
) -> None:
    async with client_on(lying, verify=ca_bundle) as client:
        await put(client, Zeros(), 100_000)
        await put(client, Zeros(), 1000)
    # A small body is not worth a round trip.
    assert ["expect" in request.headers for request in lying.log] == [True, False]
    assert all(request.whole for request in lying.log)


@pytest.mark.parametrize("refusal", [403, 503])
async def test_a_refusal_before_the_body_spares_the_body(
    lying: LyingServer, ca_bundle: str, refusal: int
) -> None:
    lie = Answer(refusal, error_body("SlowDown"), body_bytes_read=0, proceeds=False, then="close")
    lying.on(lie, attempt=1)
    meter = Meter()
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(ClientError) as caught:
            await put(client, Zeros(), 50_000_000, meter)
        await put(client, Zeros(), 10)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == refusal
    assert (meter.moved, lying.log[0].body_bytes) == (0, 0)
    # Nobody knows whether that server still waits for the body: the connection is not used again.
    assert lying.log[1].connection == 2


@pytest.mark.parametrize("lie", [Silence(proceeds=False), Answer(417, proceeds=False)])
async def test_a_server_that_never_says_100_is_asked_again_without_it_and_remembered(
    lying: LyingServer, ca_bundle: str, lie: Any
) -> None:
    lying.on(lie, attempt=1)
    meter = Meter()
    async with client_on(lying, verify=ca_bundle, timeouts=patient(continue_s=0.3)) as client:
        await put(client, Zeros(), 100_000, meter)
        await put(client, Zeros(), 200_000)
    assert ["expect" in request.headers for request in lying.log] == [True, False, False]
    assert [request.body_bytes for request in lying.log] == [0, 100_000, 200_000]
    assert [request.connection for request in lying.log] == [1, 2, 2]
    assert meter.moved == 100_000


@pytest.mark.parametrize("then", ["close", "reset", "hang"])
async def test_a_refusal_in_the_middle_of_a_body_is_heard(
    lying: LyingServer, ca_bundle: str, then: str
) -> None:
    lying.on(Answer(503, error_body("SlowDown"), body_bytes_read=300_000, then=then))
    timeouts = patient(idle_s=1, early_answer_s=2)
    async with client_on(lying, verify=ca_bundle, timeouts=timeouts) as client:
        with pytest.raises(ClientError) as caught:
            await put(client, Zeros(), 50_000_000)
    assert caught.value.response["Error"]["Code"] == "SlowDown"


@pytest.mark.parametrize(("proceeds", "read"), [(False, 0), (True, 0), (True, 100_000)])
async def test_a_success_before_the_body_is_out_is_none(
    lying: LyingServer, ca_bundle: str, proceeds: bool, read: int
) -> None:
    lie = Answer(200, etag='"x"', body_bytes_read=read, proceeds=proceeds, then="hang")
    lying.on(lie)
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(ConnectionBroken):
            await put(client, Zeros(), 50_000_000)


@pytest.mark.parametrize("length", [1000, 3_000_000])
async def test_a_server_that_says_100_again_and_again(
    lying: LyingServer, ca_bundle: str, length: int
) -> None:
    """Werkzeug does, and so does a proxy in front of a server."""
    lying.on(ContinueTwice(times=4))
    meter = Meter()
    async with client_on(lying, verify=ca_bundle) as client:
        answer = await put(client, Zeros(), length, meter)
        await client.head_bucket(Bucket="bucket")
    assert answer["ETag"] == f'"{lying.log[0].md5}"'
    assert (lying.log[0].whole, meter.moved) == (True, length)
    assert lying.connections == 1


async def test_a_server_that_hints_for_ever_instead_of_saying_100(lying_http: LyingServer) -> None:
    lying_http.on(Endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", proceeds=False))
    async with client_on(lying_http) as client:
        with pytest.raises(BadAnswer):
            await put(client, Zeros(), 100_000)


async def test_a_server_that_wants_another_protocol(lying_http: LyingServer) -> None:
    lying_http.on(Raw(b"HTTP/1.1 101 Switching\r\n\r\n", proceeds=False))
    async with client_on(lying_http) as client:
        with pytest.raises(BadAnswer):
            await put(client, Zeros(), 100_000)


async def test_eight_parts_go_at_once_over_as_many_connections(
    lying: LyingServer, ca_bundle: str
) -> None:
    barrier = threading.Barrier(8)

    class Together:
        name = "together"

        def read_into(self, offset: int, buffer: memoryview) -> int:
            barrier.wait(10)
            return len(buffer)

    timeouts = patient(idle_s=10, answer_s=10)
    async with client_on(lying, verify=ca_bundle, connections=8, timeouts=timeouts) as client:
        await asyncio.gather(*(put(client, Together(), 1000) for _ in range(8)))
        assert lying.connections == 8


async def test_no_more_connections_than_allowed(lying_http: LyingServer) -> None:
    async with client_on(lying_http, connections=2) as client:
        await asyncio.gather(*(put(client, Zeros(), 100_000) for _ in range(12)))
    assert lying_http.connections == 2
    assert len(lying_http.log) == 12
