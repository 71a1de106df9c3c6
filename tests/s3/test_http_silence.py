"""Lines that stand still, or nearly (M3, M4): everything ends, and nothing ends too early."""

import asyncio

import pytest
from botocore.exceptions import HTTPClientError
from s3.http_kit import QUICK, Held, Zeros, client_on, patient, put
from servers.lies import Answer, Drip, ReadSlowly, Silence, StopReading
from servers.lying import LyingServer, head_of

from s3gui.domain.errors import ErrorKind, Stalled
from s3gui.domain.parts import Meter
from s3gui.s3.http import Limits, Terms, wire_terms

#: Over a second the line has to carry 1 KiB.
DRIP = patient(rate_window_s=0.8, answer_s=0.8, idle_s=30)


async def test_a_server_that_stops_reading_the_body(lying: LyingServer, ca_bundle: str) -> None:
    """M3: aiohttp waits for ever here."""
    lying.on(StopReading(after=100_000))
    meter = Meter()
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(Stalled) as caught:
            await put(client, Zeros(), 100_000_000, meter)
    assert caught.value.kind is ErrorKind.STALL
    assert 100_000 <= meter.moved < 50_000_000
    assert lying.open_connections <= 1


async def test_a_server_that_takes_all_and_says_nothing(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Silence())
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(Stalled):
            await put(client, Zeros(), 1000)
    assert lying.log[0].whole
    # Not repeated: the part may be stored, and the engine counts attempts.
    assert len(lying.log) == 1


async def test_a_slow_upload_that_moves_is_no_stall(lying: LyingServer, ca_bundle: str) -> None:
    """Longer than the limit for silence in all, never as long without a byte."""
    # TLS hands the server a quarter as much at once.
    lying.on(ReadSlowly(pause_s=0.003 if lying.endpoint.startswith("https") else 0.015))
    loop = asyncio.get_running_loop()
    limits = Limits(least_tls_bytes=4096, most_tls_bytes=16384)
    timeouts = patient(answer_s=5)
    began = loop.time()
    async with client_on(lying, verify=ca_bundle, limits=limits, timeouts=timeouts) as client:
        answer = await put(client, Zeros(), 6_000_000)
    assert loop.time() - began > QUICK.idle_s * 1.5
    assert lying.log[0].whole
    assert answer["ETag"] == f'"{lying.log[0].md5}"'


@pytest.mark.parametrize(
    "drip",
    [
        Drip(b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 5000),
        Drip(b" " * 5000, first=head_of(200, {"Content-Length": "5000"})),
        Drip(b" " * 5000, first=head_of(200, {})),
        Drip(b"1\r\n \r\n" * 5000, first=head_of(200, {"Transfer-Encoding": "chunked"})),
    ],
    ids=["head", "length", "end", "chunks"],
)
async def test_a_dripping_answer_to_a_control_call(
    lying: LyingServer, ca_bundle: str, drip: Drip
) -> None:
    """M4."""
    lying.on(drip)
    async with client_on(lying, verify=ca_bundle, timeouts=DRIP) as client:
        with pytest.raises(Stalled, match="slowly"):
            await client.list_objects_v2(Bucket="bucket")


async def test_a_dripping_object(lying: LyingServer, ca_bundle: str) -> None:
    head = head_of(200, {"Content-Length": "5000"})
    lying.on(Drip(b"x" * 5000, first=head))
    sink, meter = Held(), Meter()
    async with client_on(lying, verify=ca_bundle, timeouts=DRIP) as client:
        with wire_terms(Terms(sink=sink, meter=meter)), pytest.raises(Stalled, match="slowly"):
            await client.get_object(Bucket="bucket", Key="key")
    # What did come is in the sink.
    assert 0 < meter.moved == len(sink.data) < 100


async def test_a_dripping_upload(lying_http: LyingServer) -> None:
    """A server that takes a few bytes a second; the buffers of the kernels are full first."""
    lying_http.on(ReadSlowly(pause_s=0.5))
    timeouts = patient(rate_window_s=0.9, least_rate=1 << 40, idle_s=30)
    async with client_on(lying_http, timeouts=timeouts) as client:
        with pytest.raises(Stalled, match="slowly"):
            await put(client, Zeros(), 100_000_000)


async def test_an_object_that_stops_in_the_middle(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Answer(200, b"x" * 1000, length=5000, then="hang"))
    sink = Held()
    async with client_on(lying, verify=ca_bundle) as client:
        with wire_terms(Terms(sink=sink, meter=Meter())), pytest.raises(Stalled, match="no byte"):
            await client.get_object(Bucket="bucket", Key="key")
    assert len(sink.data) == 1000


async def test_spaces_while_an_object_is_assembled_are_no_drip(
    lying: LyingServer, ca_bundle: str
) -> None:
    """Amazon sends them for minutes; what counts is the time Complete was given."""
    done = b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"
    first = head_of(200, {"Connection": "close"}) + b'<?xml version="1.0"?>'
    lying.on(Drip(b" " * 15 + done, every_s=0.02, first=first))
    timeouts = patient(idle_s=0.1, rate_window_s=0.2)
    async with client_on(lying, verify=ca_bundle, timeouts=timeouts) as client:
        with wire_terms(Terms(answer_s=10)):
            answer = await client.complete_multipart_upload(
                Bucket="bucket", Key="key", UploadId="id", MultipartUpload={"Parts": []}
            )
    assert answer["ETag"] == "x"


async def test_botocore_repeats_a_control_call_that_stood_still_and_no_other(
    lying_http: LyingServer,
) -> None:
    lying_http.on(Silence(), attempt=1)
    lying_http.on(Answer(200, b"<ListBucketResult/>"), method="GET")
    async with client_on(lying_http, attempts=2) as client:
        await client.list_objects_v2(Bucket="bucket")
    assert len(lying_http.log) == 2
    lying_http.on(Silence(), method="PUT")
    async with client_on(lying_http) as client:
        with pytest.raises(HTTPClientError):
            await put(client, Zeros(), 10)
    assert len(lying_http.log) == 3
