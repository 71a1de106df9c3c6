"""What is killed while it is still walked or listed, and the next start of it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fake_server import MemoryServer
from fakes import MemoryAccounts
from transfers.kit import House

from s3gui.domain.errors import NeedsCredentials
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import Reading, ScanResult, Unread, Wanted
from s3gui.domain.transfer import State
from s3gui.transfers import listed as listed_module
from s3gui.transfers import scan as scan_module
from s3gui.transfers.admission import Admission
from s3gui.transfers.copying import gather as copying
from s3gui.transfers.downloading import gather as downloading
from s3gui.transfers.drop import Drop
from s3gui.transfers.scan import Batch

COUNT = 25
BATCH = 10
Ask = Callable[[House], Awaitable[ScanResult]]


def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "_BATCH", BATCH)
    for module in (listed_module, downloading, copying):
        monkeypatch.setattr(module, "BATCH", BATCH)


class Killed:
    """Holds the queue before a batch is admitted, and goes on with the next start from there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._admit = Admission.admit
        self.houses: list[House] = []
        self.told: list[Unread] = []
        self._news = asyncio.Event()

    async def until(self, reading: Reading) -> Unread:
        """What is told of when it has come so far."""
        async with asyncio.timeout(20):
            while not self.told or self.told[-1].reading is not reading:
                self._news.clear()
                await self._news.wait()
        return self.told[-1]

    def _tell(self, unread: Unread) -> None:
        self.told.append(unread)
        self._news.set()

    async def before(self, house: House, nth: int, ask: Ask) -> House:
        """A house that is not started yet, as the death of ``house`` before a batch leaves it."""
        reached = await self._hold(nth)
        task = asyncio.ensure_future(ask(house))
        await asyncio.wait(
            [task, asyncio.ensure_future(reached.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        assert not task.done(), "it was not held"
        return await self._end(house, task)

    async def at_start(self, house: House, nth: int) -> House:
        """The same of a start that reads on by itself."""
        reached = await self._hold(nth)
        await house.queue.start()
        await reached.wait()
        return await self._end(house, None)

    async def _hold(self, nth: int) -> asyncio.Event:
        reached, calls = asyncio.Event(), 0

        async def admit(admission: Admission, drop: Drop, batch: Batch) -> None:
            nonlocal calls
            calls += 1
            if calls == nth:
                reached.set()
                await asyncio.Event().wait()
            await self._admit(admission, drop, batch)

        self._monkeypatch.setattr(Admission, "admit", admit)
        return reached

    async def _end(self, house: House, task: "asyncio.Task[ScanResult] | None") -> House:
        again = await self.next_after(house)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._monkeypatch.setattr(Admission, "admit", self._admit)
        return again

    async def next_after(self, house: House) -> House:
        """The next start, over the journal as it is at this moment."""
        left = house.folder / f"again-{len(self.houses)}"
        shutil.copytree(house.folder / "state", left / "state")
        await house.close()
        again = House(left, house.server)
        again.queue.watch_unread(self._tell)
        self.houses.append(again)
        return again


def uploading(folder: Path, **how: object) -> Ask:
    async def ask(house: House) -> ScanResult:
        return await house.queue.upload("p", Location("b", "x/"), [folder], **how)  # type: ignore[arg-type]

    return ask


def keys() -> list[str]:
    return [f"x/src/{number // 10}/{number:02}" for number in range(COUNT)]


async def all_over(house: House, count: int = COUNT) -> None:
    """Everything is in the list once, and done."""

    def done() -> bool:
        rows = house.queue.transfers
        return len(rows) >= count and all(row.state is State.COMPLETED for row in rows)

    await house.watcher.until(done)
    assert len(house.queue.transfers) == count
    async with asyncio.timeout(20):
        while house.queue.unread:  # noqa: ASYNC110  told of by a callback before it is gone
            await asyncio.sleep(0)
    assert await house.journal.unread() == []


def fill(server: MemoryServer) -> None:
    for number in range(COUNT):
        server.put_directly(Location("b", f"from/{number:02}"), b"content %d" % number)


def fetching(tmp_path: Path, *wanted: str) -> Ask:
    target = tmp_path / "to"
    target.mkdir(exist_ok=True)
    things = [Wanted(Location("b", key)) for key in wanted or ("from/",)]

    async def ask(house: House) -> ScanResult:
        return await house.queue.download("p", things, target, if_exists=IfExists.FAIL)

    return ask


def moving(*, move: bool) -> Ask:
    async def ask(house: House) -> ScanResult:
        wanted, target = [Wanted(Location("b", "from/"))], Location("b", "to/")
        return await house.queue.copy("p", wanted, "p", target, move=move)

    return ask


class NoKeys(MemoryAccounts):
    async def credentials(self, profile_id: str) -> object:  # type: ignore[override]
        raise NeedsCredentials("No keys")
