"""What the tests of the HTTP session share: a client over it, files, and places to put them."""

import base64
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from servers.lying import LyingServer

from s3gui.domain.parts import FileSlice, Meter
from s3gui.s3.http import Limits, SliceBody, Timeouts, session_class

#: Everything that would take a minute takes a moment.
QUICK = Timeouts(
    connect_s=5,
    continue_s=5,
    idle_s=0.5,
    answer_s=0.5,
    early_answer_s=0.5,
    rate_window_s=30,
    close_s=2,
)


@cache
def _session() -> Any:
    # One for all tests: it parses botocore's model of S3.
    return get_session()


@asynccontextmanager
async def client_on(
    endpoint: str | LyingServer,
    *,
    verify: bool | str = True,
    timeouts: Timeouts = QUICK,
    limits: Limits | None = None,
    attempts: int = 1,
    connections: int = 4,
    proxies: dict[str, str] | None = None,
    token: str | None = None,
) -> AsyncIterator[Any]:
    """An aiobotocore client over the session, configured as the gateway does it."""
    config = AioConfig(
        http_session_cls=session_class(timeouts, limits),
        connect_timeout=timeouts.connect_s,
        read_timeout=timeouts.answer_s,
        max_pool_connections=connections,
        proxies=proxies or {},
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        ignore_configured_endpoint_urls=True,
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": "path", "payload_signing_enabled": False},
    )
    async with _session().create_client(
        "s3",
        endpoint_url=endpoint if isinstance(endpoint, str) else endpoint.endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="not-so-secret-key",
        aws_session_token=token,
        verify=verify,
        config=config,
    ) as client:
        yield client


class OpenFile:
    """A ``ByteSource`` over a descriptor."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.reads = 0
        self._fd = os.open(path, os.O_RDONLY)

    def __enter__(self) -> "OpenFile":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        self.reads += 1
        return os.preadv(self._fd, [buffer], offset)


#: What the ``payload`` fixture's file holds: 3 MiB that do not repeat.
PAYLOAD = b"".join(b"%016d" % n for n in range(3 * 65536))


class Zeros:
    """A ``ByteSource`` without an end."""

    name = "zeros"

    def read_into(self, offset: int, buffer: memoryview) -> int:
        return len(buffer)


class Held:
    """A ``ByteSink`` in memory, that remembers where it was written."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.offsets: list[int] = []

    def write_from(self, offset: int, data: memoryview) -> None:
        self.offsets.append(offset)
        if offset != len(self.data):
            raise AssertionError("a gap")
        self.data += data


def md5_header(data: bytes) -> str:
    """Content-MD5 of ``data``."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


async def put(client: Any, source: Any, length: int, meter: Meter | None = None) -> Any:
    """PutObject of the first ``length`` bytes of a source."""
    body = SliceBody(FileSlice(source, 0, length), meter or Meter())
    return await client.put_object(Bucket="bucket", Key="key", Body=body)


def patient(timeouts: Timeouts = QUICK, **changed: float) -> Timeouts:
    """``timeouts`` with other figures."""
    return replace(timeouts, **changed)
