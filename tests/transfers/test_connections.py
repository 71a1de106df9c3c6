"""The open sessions: nobody is left with one that was closed."""

import asyncio

import pytest
from fake_server import MemoryServer
from fakes import KEYS, MemoryAccounts, MemoryGateway, profile

from s3gui.domain.errors import S3guiError
from s3gui.domain.profile import Credentials, Profile
from s3gui.transfers.connections import Connections


@pytest.fixture
def gateway() -> MemoryGateway:
    return MemoryGateway(MemoryServer())


@pytest.fixture
def connections(gateway: MemoryGateway) -> Connections:
    return Connections(gateway, MemoryAccounts(profile()))


async def test_settings_that_cannot_be_used_close_the_connection_and_say_so(
    gateway: MemoryGateway, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, bool]] = []
    connections.watch(lambda profile_id, is_open: told.append((profile_id, is_open)))
    await connections.adopt(profile(), KEYS)

    def refuse(_: Profile, __: Credentials) -> None:
        raise S3guiError("The proxy is not written as it should be", code="Profile")

    monkeypatch.setattr(gateway, "session", refuse)
    for _ in range(2):
        with pytest.raises(S3guiError):
            await connections.adopt(profile(), KEYS)
    assert connections.get("p") is None
    assert told == [("p", True), ("p", False)]


async def test_a_session_is_closed_even_if_who_closes_it_is_cancelled_meanwhile(
    gateway: MemoryGateway, connections: Connections
) -> None:
    told: list[bool] = []
    connections.watch(lambda _, is_open: told.append(is_open))
    reached = asyncio.Event()

    async def guard(_: str) -> None:
        reached.set()
        await asyncio.Event().wait()

    connections.guard(guard)
    await connections.open("p")
    async with asyncio.TaskGroup() as group:
        closing = group.create_task(connections.close("p"))
        await reached.wait()
        closing.cancel()
    assert not gateway.sessions[0].is_open
    assert told == [True, False]
