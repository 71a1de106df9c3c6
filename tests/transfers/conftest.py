"""A queue over a storage in memory; see ``kit.py``."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from fake_server import MemoryServer
from transfers.kit import House
from transfers.unread_kit import Killed, small_batches


@pytest.fixture(params=["md5", "crc32"])
def server(request: pytest.FixtureRequest) -> MemoryServer:
    """A storage of each kind: parts with an MD5, and with a checksum over the whole object."""
    server = MemoryServer()
    server.takes_checksums = request.param == "crc32"
    return server


@pytest_asyncio.fixture
async def house(tmp_path: Path, server: MemoryServer) -> AsyncIterator[House]:
    house = House(tmp_path, server)
    await house.queue.start()
    yield house
    server.clear_rules()
    await house.close()


@pytest_asyncio.fixture
async def next_start(
    house: House, server: MemoryServer
) -> AsyncIterator[Callable[[], Awaitable[House]]]:
    """Ends the program as kill -9 does, and starts it again."""
    started: list[House] = []

    async def start() -> House:
        again = await (started[-1] if started else house).crash()
        await again.queue.start()
        started.append(again)
        return again

    yield start
    server.clear_rules()
    for item in started[-1:]:
        await item.close()


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[..., Path]:
    """Files whose parts all differ."""

    def make(size: int, name: str = "file.bin", seed: int = 1) -> Path:
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        block = bytes((seed + index) % 251 for index in range(4099))
        path.write_bytes((block * (size // len(block) + 1))[:size])
        return path

    return make


@pytest_asyncio.fixture
async def killed(monkeypatch: pytest.MonkeyPatch, server: MemoryServer) -> AsyncIterator[Killed]:
    small_batches(monkeypatch)
    killed = Killed(monkeypatch)
    yield killed
    server.clear_rules()
    for house in killed.houses[-1:]:
        await house.close()
