"""A file that cannot be read or written is not a network that fails (M8, M9)."""

import errno
import os
from pathlib import Path

import pytest
from botocore.exceptions import HTTPClientError
from s3.http_kit import PAYLOAD, Held, OpenFile, Zeros, client_on, put
from servers.lying import LyingServer

from s3gui.domain.errors import ErrorKind, LocalFileError, SourceChanged
from s3gui.domain.parts import MIB, Meter
from s3gui.s3.http import Limits, Terms, wire_terms

#: Every body here is of several blocks.
BLOCKS = Limits(block_bytes=MIB)


class Failing(Zeros):
    """A ``ByteSource`` that fails on its second block."""

    name = "failing"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read_into(self, offset: int, buffer: memoryview) -> int:
        if offset:
            raise self._error
        return len(buffer)


class Full(Held):
    """A ``ByteSink`` on a full disk."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def write_from(self, offset: int, data: memoryview) -> None:
        raise self._error


async def test_a_read_error_goes_up_as_it_is(lying: LyingServer, ca_bundle: str) -> None:
    """M8: stock aiobotocore says "Could not connect to the endpoint URL" and tries again."""
    own = LocalFileError("the disk is broken")
    async with client_on(lying, verify=ca_bundle, attempts=4, limits=BLOCKS) as client:
        with pytest.raises(LocalFileError) as caught:
            await put(client, Failing(own), 3 * MIB)
        assert caught.value is own
        # The half-sent request is not followed by another on its connection.
        await put(client, Zeros(), 10)
    assert [request.connection for request in lying.log] == [1, 2]
    assert not lying.log[0].whole


async def test_an_os_error_of_a_source_is_local_too(lying_http: LyingServer) -> None:
    async with client_on(lying_http, attempts=4, limits=BLOCKS) as client:
        with pytest.raises(LocalFileError) as caught:
            await put(
                client, Failing(OSError(errno.EIO, os.strerror(errno.EIO), "/secret")), 3 * MIB
            )
    assert caught.value.kind is ErrorKind.LOCAL
    assert caught.value.code == "EIO"
    assert not isinstance(caught.value, HTTPClientError)
    assert "failing" in str(caught.value)
    assert "/secret" not in caught.value.as_text()
    assert len(lying_http.log) == 1


async def test_a_file_that_shrinks_while_it_is_sent(
    lying: LyingServer, ca_bundle: str, payload: Path
) -> None:
    """M9: with stock aiobotocore the request hangs until the read timeout."""
    meter = Meter()
    with OpenFile(payload) as source:
        os.truncate(payload, MIB + 5)
        async with client_on(lying, verify=ca_bundle, attempts=4, limits=BLOCKS) as client:
            with pytest.raises(SourceChanged) as caught:
                await put(client, source, 3 * MIB, meter)
    assert caught.value.kind is ErrorKind.LOCAL
    assert meter.moved == MIB + 5
    assert len(lying.log) == 1


async def test_a_file_that_grows_while_it_is_sent(
    lying: LyingServer, ca_bundle: str, payload: Path
) -> None:
    """M9: what was promised is sent and no more; that it grew is seen by fstat, before Complete."""
    with OpenFile(payload) as source:
        with payload.open("ab") as file:
            file.write(b"more" * 100_000)
        async with client_on(lying, verify=ca_bundle, limits=BLOCKS) as client:
            await put(client, source, 3 * MIB)
            await client.head_bucket(Bucket="bucket")
    assert lying.log[0].body_bytes == 3 * MIB
    assert [request.method for request in lying.log] == ["PUT", "HEAD"]


async def test_a_sink_that_fails_is_local(lying: LyingServer, ca_bundle: str) -> None:
    lying.objects["/bucket/key"] = PAYLOAD
    own = LocalFileError("the disk is full")
    sink = Full(own)
    async with client_on(lying, verify=ca_bundle, attempts=4, limits=BLOCKS) as client:
        with wire_terms(Terms(sink=sink, meter=Meter())), pytest.raises(LocalFileError) as caught:
            await client.get_object(Bucket="bucket", Key="key")
        assert caught.value is own
        full = Full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        with wire_terms(Terms(sink=full, meter=Meter())), pytest.raises(LocalFileError) as caught:
            await client.get_object(Bucket="bucket", Key="key")
    assert caught.value.code == "ENOSPC"
    assert len(lying.log) == 2
