"""A storage, a liar in front of it over HTTP and over HTTPS, and files to send."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from faults.kit import Engine
from servers.demo import demo_server
from servers.front import Front
from servers.server import Server
from servers.tls import Authority

MakeEngine = Callable[..., Engine]
MakeFile = Callable[..., Path]


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """The demo storage, for all tests."""
    with demo_server() as server:
        yield server


@pytest.fixture
def front(demo: Server) -> Iterator[Front]:
    """Over HTTP."""
    with Front(demo) as server:
        yield server


@pytest.fixture(params=["http", "https"])
def either(
    request: pytest.FixtureRequest, demo: Server, authority: Authority, ca_bundle: str
) -> Iterator[Front]:
    """Over HTTP, and then over HTTPS."""
    tls = authority.server_context() if request.param == "https" else None
    with Front(demo, tls, ca_bundle) as server:
        yield server


@pytest.fixture
def plain(demo: Server) -> Iterator[Front]:
    """Before a storage that knows MD5 and no other checksum."""
    with Front(demo, checksums=False) as server:
        yield server


@pytest.fixture
def bucket(demo: Server) -> str:
    """An empty one."""
    name = f"b-{uuid.uuid4().hex[:20]}"
    demo.independent_client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def engine(tmp_path: Path) -> MakeEngine:
    """Makes the program on ``front.server``; it starts with ``async with``."""

    def make(front: Front, **how: object) -> Engine:
        return Engine(tmp_path, front.server, **how)  # type: ignore[arg-type]

    return make


@pytest_asyncio.fixture
async def session(front: Front, engine: MakeEngine) -> AsyncIterator[Any]:
    """The gateway, on the front."""
    async with engine(front) as program:
        yield await program.connections.open(program.profile.id)


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Files whose parts all differ."""

    def make(size: int, name: str = "file.bin") -> Path:
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        block = b"".join(b"%09d" % n for n in range(999))
        path.write_bytes((block * (size // len(block) + 1))[:size])
        return path

    return make
