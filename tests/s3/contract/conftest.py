"""The servers that the contract runs against, and a session and a bucket on each."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiobotocore.client import AioBaseClient
from s3.contract.table import WHOLE, Record
from servers.ceph.servers import over_http, over_https
from servers.demo import demo_server
from servers.moto import moto_server
from servers.server import Server

from s3gui.s3.session import S3Gateway, S3Session

HERE = Path(__file__).parent
Start = Callable[..., AbstractContextManager[Server]]
#: Add a server here; nothing else changes.
OWN: dict[str, Start] = {"moto": moto_server, "demo": demo_server}
ON_CEPH: dict[str, Start] = {"ceph": over_http, "ceph-tls": over_https}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts the table of operations behind all tests, and says whether it can be trusted."""
    items.sort(key=lambda item: item.path.name == "test_table.py")
    here = {item.path for item in items if item.path.parent == HERE}
    some = any("::" in word for word in config.args) or config.option.keyword
    config.stash[WHOLE] = not some and here == set(HERE.glob("test_*.py"))


@pytest.fixture(scope="session")
def record() -> Iterator[Record]:
    """Notes each call of the gateway that a server carried out; boto3's own are not among them."""
    found = Record()
    call = AioBaseClient._make_api_call

    async def noted(self: Any, operation_name: str, api_params: Any) -> Any:
        answer = await call(self, operation_name, api_params)
        found.note(self.meta.endpoint_url, operation_name)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AioBaseClient, "_make_api_call", noted)
        yield found


@pytest.fixture(scope="session", params=[*OWN, *ON_CEPH])
def server(request: pytest.FixtureRequest, record: Record) -> Iterator[Server]:
    if request.param in OWN:
        starting = OWN[request.param]()
    else:
        starting = ON_CEPH[request.param](request.getfixturevalue("ceph"))
    with starting as running:
        record.meet(running)
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
