"""What the tests of copies share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from fake_server import MemoryServer
from fakes import MemoryAccounts, MemoryGateway, MemorySession, profile
from transfers.downloading.kit import md5_of, pattern
from transfers.kit import House

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.integrity import composite_etag
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.profile import Credentials, Profile
from s3gui.domain.queueing import ScanResult, Wanted
from s3gui.domain.transfer import State, Transfer

PART = 5 * MIB
ENDS = (State.COMPLETED, State.FAILED, State.PAUSED, State.SKIPPED)
__all__ = ["ENDS", "PART", "Copies", "md5_of", "pattern"]


class TwoStorages(MemoryGateway):
    """Connection "p" leads to one server, "q" to another."""

    def __init__(self, first: MemoryServer, second: MemoryServer) -> None:
        super().__init__(first)
        self.servers = {"p": first, "q": second}

    @asynccontextmanager
    async def session(
        self, profile: Profile, credentials: Credentials
    ) -> AsyncIterator[MemorySession]:
        session = MemorySession(self.servers[profile.id], profile)
        self.sessions.append(session)
        try:
            yield session
        finally:
            session.is_open = False


def other_profile() -> Profile:
    return replace(profile("q"), endpoint="http://127.0.0.1:10")


class Copies(House):
    """A house with two connections, "p" and "q"."""

    def __init__(self, folder: Path, server: MemoryServer, other: MemoryServer) -> None:
        super().__init__(folder, server)
        self.other = other
        self.gateway = TwoStorages(server, other)
        self.accounts = MemoryAccounts(profile(), other_profile())
        self.connections._gateway = self.gateway
        self.connections._accounts = self.accounts
        #: The one that runs, after crashes.
        self.last: House = self

    def stored(
        self,
        key: str,
        data: bytes = b"content",
        part_bytes: int = 0,
        server: MemoryServer | None = None,
        **options: Any,
    ) -> bytes:
        """An object, made of parts where ``part_bytes`` says so."""
        pieces = [data[at : at + part_bytes] for at in range(0, len(data), part_bytes or 1 << 40)]
        etag = composite_etag(md5_of(piece) for piece in pieces) if part_bytes else ""
        held = (server or self.server).put_directly(Location("b", key), data, etag)
        held.options = ObjectOptions(**options)
        if part_bytes:
            held.part_sizes = tuple(len(piece) for piece in pieces)
        return data

    async def ask(self, *keys: str, to: str, over: str = "p", **how: Any) -> ScanResult:
        wanted = [Wanted(Location("b", key)) for key in keys]
        return await self.last.queue.copy("p", wanted, over, Location("b", to), **how)

    async def begin(self, key: str, to: str, **how: Any) -> Transfer:
        """A copy of one object to one key."""
        how = {"exactly": True, "if_exists": IfExists.ASK} | how
        await self.ask(key, to=to, **how)
        return self.last.queue.transfers[-1]

    async def copy(self, key: str, to: str, **how: Any) -> Transfer:
        transfer = await self.begin(key, to, **how)
        await self.last.until(transfer, *ENDS)
        return transfer

    async def again(self, transfer: Transfer) -> None:
        """Retry, to its end."""
        await self.last.retry(transfer)
        await self.last.until(transfer, *ENDS)

    async def restart(self) -> Transfer:
        """kill -9 and the next start; the last row of it."""
        left = await self.last.crash()
        again = Copies(left.folder, self.server, self.other)
        again.queue.settings = self.last.queue.settings
        self.last = again
        await again.queue.start()
        return again.queue.transfers[-1]
