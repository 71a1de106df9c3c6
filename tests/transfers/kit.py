"""The engine over a storage in memory, and a clock that nobody waits for."""

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fake_server import MemoryServer
from fakes import KEYS, MemoryAccounts, MemoryGateway, profile

from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State, Transfer
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import Journal
from s3gui.transfers.queue import TransferQueue

_numbers = itertools.count(1)
MakeFile = Callable[..., Path]
NextStart = Callable[[], Awaitable["House"]]
PART = 5 * MIB
#: For what happens at one kind of storage only.
MD5_ONLY = pytest.mark.parametrize("server", ["md5"], indirect=True)
CRC32_ONLY = pytest.mark.parametrize("server", ["crc32"], indirect=True)
#: What becomes of a row whose key somebody else came to first: nothing of theirs is replaced.
THEIRS_STAYS = pytest.mark.parametrize(
    ("policy", "state"),
    [
        (IfExists.SKIP, State.SKIPPED),
        (IfExists.FAIL, State.FAILED),
        (IfExists.ASK, State.PAUSED),
        (IfExists.RENAME, State.COMPLETED),
    ],
)
SETTINGS = Settings(single_put_bytes=MIB, part_bytes=5 * MIB)


class FakeClock:
    """Sleeping takes no time and moves the clock; what was slept is kept."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.seconds += seconds


class Watcher:
    """Follows a queue; ``until`` waits for what a test is after."""

    def __init__(self) -> None:
        self.problems: list[S3guiError] = []
        self.states: list[tuple[int, State]] = []
        self.added: list[int] = []
        self.removed: list[int] = []
        self.reordered = 0
        self._changed = asyncio.Event()

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        self.added += [transfer.id for transfer in transfers]
        self._changed.set()

    def transfer_changed(self, transfer: Transfer) -> None:
        if not self.states or self.states[-1] != (transfer.id, transfer.state):
            self.states.append((transfer.id, transfer.state))
        self._changed.set()

    def transfers_removed(self, ids: Collection[int]) -> None:
        self.removed += ids
        self._changed.set()

    def order_changed(self) -> None:
        self.reordered += 1

    def queue_problem(self, error: S3guiError) -> None:
        self.problems.append(error)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class House:
    """The engine of one start of the program, and what a test needs to look at."""

    def __init__(self, folder: Path, server: MemoryServer, settings: Settings = SETTINGS) -> None:
        self.folder = folder
        self.server = server
        self.clock = FakeClock()
        self.gateway = MemoryGateway(server)
        self.accounts = MemoryAccounts(profile())
        self.connections = Connections(self.gateway, self.accounts)
        self.journal = Journal(folder / "state")
        self.queue = TransferQueue(
            self.journal, self.connections, settings, clock=self.clock, jitter=lambda: 1.0
        )
        self.watcher = Watcher()
        self.queue.watch(self.watcher)

    async def upload(self, *paths: Path, where: str = "") -> list[Transfer]:
        before = len(self.queue.transfers)
        await self.queue.upload("p", Location("b", where), paths)
        return list(self.queue.transfers[before:])

    async def upload_one(self, path: Path) -> Transfer:
        (transfer,) = await self.upload(path)
        return transfer

    async def until(self, transfer: Transfer, *states: State) -> None:
        await self.watcher.until(lambda: transfer.state in states)

    async def done(self, transfer: Transfer) -> None:
        await self.until(transfer, State.COMPLETED, State.FAILED, State.CANCELLED)
        assert transfer.state is State.COMPLETED, transfer.error

    async def until_parts(self, transfer: Transfer, count: int) -> None:
        """Byte counts are sampled, not told: looked at as often as the loop turns."""
        async with asyncio.timeout(20):
            while transfer.parts_done < count:  # noqa: ASYNC110  nobody tells of a part
                await asyncio.sleep(0)

    async def until_flying(self, count: int) -> None:
        """Until so many bodies are on the wire at once."""
        async with asyncio.timeout(20):
            while self.server.in_flight < count:  # noqa: ASYNC110  nobody tells of a part
                await asyncio.sleep(0)

    async def retry(self, transfer: Transfer) -> None:
        """Presses Retry and waits until the row has left its end."""
        state = transfer.state
        self.queue.retry([transfer.id])
        await self.watcher.until(lambda: transfer.state is not state)

    async def adopt(self) -> None:
        """A person signs in again."""
        await self.connections.adopt(profile(), KEYS)

    async def crash(self) -> "House":
        """The next start, over the journal as kill -9 would have left it at this moment."""
        left = self.folder / f"crashed-{next(_numbers)}"
        shutil.copytree(self.folder / "state", left / "state")
        await self.close()
        return House(left, self.server)

    async def close(self) -> None:
        await self.queue.close()
        await self.connections.close_all()


def settings(**changes: object) -> Settings:
    return replace(SETTINGS, **changes)  # type: ignore[arg-type]


def proof(server: MemoryServer) -> Verified:
    """How sure an upload of several parts is."""
    return Verified.FULL_CHECKSUM if server.takes_checksums else Verified.ETAG


def content(path: Path) -> bytes:
    return path.read_bytes()
