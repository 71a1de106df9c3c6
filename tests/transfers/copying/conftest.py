"""A queue over two storages in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fake_server import MemoryServer
from transfers.copying.kit import PART, Copies

from s3gui.transfers.copying import copier


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer()


@pytest.fixture
def other() -> MemoryServer:
    return MemoryServer()


@pytest_asyncio.fixture
async def house(tmp_path: Path, server: MemoryServer, other: MemoryServer) -> AsyncIterator[Copies]:
    house = Copies(tmp_path, server, other)
    await house.queue.start()
    yield house
    server.clear_rules()
    other.clear_rules()
    await house.last.close()


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects of more than a MiB are copied in parts of 5 MiB."""
    monkeypatch.setattr(copier, "WHOLE_BYTES", 1 << 20)
    monkeypatch.setattr(copier, "PROVED_WHOLE_BYTES", 1 << 20)
    monkeypatch.setattr(copier, "PART_BYTES", PART)
