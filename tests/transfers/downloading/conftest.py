"""A queue over a storage in memory, and a folder to download to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fake_server import MemoryServer
from transfers.downloading.kit import Downloads


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer()


@pytest_asyncio.fixture
async def house(tmp_path: Path, server: MemoryServer) -> AsyncIterator[Downloads]:
    house = Downloads(tmp_path, server)
    await house.queue.start()
    yield house
    server.clear_rules()
    await house.last.close()
