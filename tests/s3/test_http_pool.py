"""Connections are kept, and what a dead one means for the request that met it."""

import asyncio
import errno

import pytest
from s3.http_kit import Zeros, client_on, patient, put
from servers.lies import Answer, Raw, Reset
from servers.lying import LyingServer

from s3gui.domain.errors import ConnectionBroken, ErrorKind, S3guiError
from s3gui.s3.http.wire import Wire


async def test_requests_one_after_another_share_a_connection(
    lying: LyingServer, ca_bundle: str
) -> None:
    async with client_on(lying, verify=ca_bundle) as client:
        for _ in range(5):
            await client.head_bucket(Bucket="bucket")
        await put(client, Zeros(), 2_000_000)
        await client.create_multipart_upload(Bucket="bucket", Key="key")
    assert {request.connection for request in lying.log} == {1}


async def test_a_connection_the_server_closed_while_it_was_idle_is_not_used(
    lying: LyingServer, ca_bundle: str
) -> None:
    async with client_on(lying, verify=ca_bundle) as client:
        await client.head_bucket(Bucket="bucket")
        await asyncio.to_thread(lying.hang_up)
        await client.delete_object(Bucket="bucket", Key="key")
    assert [request.connection for request in lying.log] == [1, 2]


async def test_a_second_answer_behind_the_first_is_not_taken_for_the_next(
    lying: LyingServer, ca_bundle: str
) -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    lying.on(Raw(one + one.replace(b"200", b"403"), keep=True), attempt=1)
    async with client_on(lying, verify=ca_bundle) as client:
        await client.head_bucket(Bucket="bucket")
        await client.head_bucket(Bucket="bucket")
    assert [request.connection for request in lying.log] == [1, 2]


async def test_a_server_that_ends_after_each_answer(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Answer(200, headers={"Connection": "close"}, then="close"))
    async with client_on(lying, verify=ca_bundle) as client:
        for _ in range(3):
            await client.head_bucket(Bucket="bucket")
    assert [request.connection for request in lying.log] == [1, 2, 3]


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("method", ["HEAD", "PUT"])
async def test_what_may_be_carried_out_twice_is_repeated_once_when_a_kept_connection_was_dead(
    lying: LyingServer, ca_bundle: str, method: str, quiet: bool
) -> None:
    """The end crosses the request on the way: the server takes it and closes without a byte."""
    lying.on(Reset(after_body=0, quiet=quiet, proceeds=False), method=method, attempt=1)
    async with client_on(lying, verify=ca_bundle) as client:
        await client.get_object(Bucket="bucket", Key="key")
        if method == "HEAD":
            await client.head_bucket(Bucket="bucket")
        else:
            await client.put_object(Bucket="bucket", Key="key", Body=b"12345")
    assert [request.connection for request in lying.log] == [1, 1, 2]


async def test_it_is_not_repeated_twice(lying_http: LyingServer) -> None:
    lying_http.on(Reset(after_body=0), method="HEAD")
    async with client_on(lying_http) as client:
        await client.get_object(Bucket="bucket", Key="key")
        with pytest.raises(ConnectionBroken):
            await client.head_bucket(Bucket="bucket")
    assert len(lying_http.log) == 3


async def test_a_new_connection_that_breaks_is_not_repeated(lying_http: LyingServer) -> None:
    lying_http.on(Reset(after_body=0))
    async with client_on(lying_http) as client:
        with pytest.raises(ConnectionBroken):
            await client.head_bucket(Bucket="bucket")
    assert len(lying_http.log) == 1


@pytest.mark.parametrize("operation", ["create", "complete", "delete", "conditional"])
async def test_what_must_not_be_carried_out_twice_is_not(
    lying: LyingServer, ca_bundle: str, operation: str
) -> None:
    lying.on(Reset(after_answer=0), method="POST")
    lying.on(Reset(after_answer=0), method="DELETE")
    lying.on(Reset(after_answer=0), method="PUT")
    async with client_on(lying, verify=ca_bundle) as client:
        await client.head_bucket(Bucket="bucket")
        where = {"Bucket": "bucket", "Key": "key"}
        call = {
            "create": lambda: client.create_multipart_upload(**where),
            "complete": lambda: client.complete_multipart_upload(
                **where, UploadId="id", MultipartUpload={"Parts": []}
            ),
            "delete": lambda: client.delete_object(**where),
            "conditional": lambda: client.put_object(**where, Body=b"x", IfNoneMatch="*"),
        }[operation]
        with pytest.raises(ConnectionBroken):
            await call()
    assert len(lying.log) == 2


@pytest.mark.parametrize(
    ("operation", "kind"), [("complete", ErrorKind.TRANSIENT), ("put", ErrorKind.OFFLINE)]
)
async def test_a_network_that_goes_before_the_answer_does_not_mean_not_done(
    lying_http: LyingServer, monkeypatch: pytest.MonkeyPatch, operation: str, kind: ErrorKind
) -> None:
    """Linux gives a host that cannot be reached any more for a line that got no answer."""
    receive = Wire.receive

    def unreachable(wire: Wire, view: memoryview) -> int | None:
        if wire.sent:
            raise OSError(errno.EHOSTUNREACH, "No route to host")
        return receive(wire, view)

    monkeypatch.setattr(Wire, "receive", unreachable)
    where = {"Bucket": "bucket", "Key": "key"}
    async with client_on(lying_http) as client:
        call = {
            "put": lambda: client.put_object(**where, Body=b"x"),
            "complete": lambda: client.complete_multipart_upload(
                **where, UploadId="id", MultipartUpload={"Parts": []}
            ),
        }[operation]
        with pytest.raises(S3guiError) as caught:
            await call()
    assert caught.value.kind is kind


async def test_they_take_no_connection_that_was_idle_for_long(lying_http: LyingServer) -> None:
    async with client_on(lying_http, timeouts=patient(keep_alive_once_s=0)) as client:
        await client.head_bucket(Bucket="bucket")
        await client.delete_object(Bucket="bucket", Key="key")
        await client.head_bucket(Bucket="bucket")
    assert [request.connection for request in lying_http.log] == [1, 2, 2]


async def test_nobody_takes_one_that_was_idle_for_too_long(lying_http: LyingServer) -> None:
    async with client_on(lying_http, timeouts=patient(keep_alive_s=0)) as client:
        await client.head_bucket(Bucket="bucket")
        await client.head_bucket(Bucket="bucket")
    assert [request.connection for request in lying_http.log] == [1, 2]
