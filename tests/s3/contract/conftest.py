"""The servers that the contract runs against, and a session and a bucket on each."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import pytest_asyncio
from servers.ceph.servers import over_http, over_https
from servers.demo import demo_server
from servers.moto import moto_server
from servers.server import Server

from s3gui.s3.session import S3Gateway, S3Session

Start = Callable[..., AbstractContextManager[Server]]
#: Add a server here; nothing else changes.
OWN: dict[str, Start] = {"moto": moto_server, "demo": demo_server}
ON_CEPH: dict[str, Start] = {"ceph": over_http, "ceph-tls": over_https}


@pytest.fixture(scope="session", params=[*OWN, *ON_CEPH])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param in OWN:
        starting = OWN[request.param]()
    else:
        starting = ON_CEPH[request.param](request.getfixturevalue("ceph"))
    with starting as running:
        yield running


@pytest_asyncio.fixture
async def session(server: Server) -> AsyncIterator[S3Session]:
    async with S3Gateway().session(server.profile, server.credentials) as opened:
        # As if it had learnt that this server takes none; test_checksums.py has those that do.
        opened.uploads.checksums.wanted = False
        yield opened


@pytest.fixture
def independent(server: Server) -> Iterator[Any]:
    """boto3: what another program sees, and what the gateway does not do yet."""
    client = server.independent_client()
    yield client
    client.close()


@pytest.fixture
def bucket(independent: Any) -> str:
    name = f"test-{uuid.uuid4().hex[:20]}"
    independent.create_bucket(Bucket=name)
    return name
