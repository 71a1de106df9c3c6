"""The engine for as long as it is asked to work: a batch a line on standard input.

It is put together as the program's own roots do it, and runs in a process of its own, so that its
memory and its descriptors can be looked at from outside. Every line is answered by one line.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes import MemoryAccounts

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.profile import Addressing, Credentials, Profile
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.s3.session import S3Gateway
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import Journal
from s3gui.transfers.queue import TransferQueue

SETTINGS = Settings(single_put_bytes=5 * MIB, part_bytes=5 * MIB, files_in_flight=8)
#: A row may fail that often before it counts as lost.
RETRIES = 5
#: After so long nobody waits for the answer of a Create any more.
_SWEPT = timedelta(minutes=12)
Told = dict[str, Any]


class HastyClock:
    """Waits take a part of their time; the day is as long as everybody's."""

    def __init__(self, haste: float, ahead: timedelta = timedelta()) -> None:
        self._haste = haste
        self._ahead = ahead

    def monotonic(self) -> float:
        return time.monotonic() * self._haste

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._haste)


class Watcher:
    """Follows the rows of one batch."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.problems: Counter[str] = Counter()

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        self.changed.set()

    def transfer_changed(self, transfer: Transfer) -> None:
        self.changed.set()

    def transfers_removed(self, ids: Collection[int]) -> None:
        pass

    def order_changed(self) -> None:
        pass

    def queue_problem(self, error: S3guiError) -> None:
        self.problems[error.code] += 1


class Program:
    """One queue over one journal."""

    def __init__(self, told: Told, clock: HastyClock) -> None:
        self.profile = Profile(
            *("soak", "Soak", told["endpoint"]),
            addressing=Addressing.PATH,
            ca_bundle=told["ca_bundle"],
        )
        accounts = MemoryAccounts(self.profile)
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        accounts.keys["soak"] = Credentials(*(os.environ[name] for name in names))
        self.connections = Connections(S3Gateway(), accounts)
        self.journal = Journal(Path(told["state_dir"]))
        self.queue = TransferQueue(self.journal, self.connections, SETTINGS, clock=clock)
        self.watcher = Watcher()
        self.queue.watch(self.watcher)

    async def end(self) -> None:
        await self.queue.close()
        await self.connections.close_all()

    async def up(self, told: Told) -> list[Transfer]:
        """Queues a folder."""
        before = len(self.queue.transfers)
        where = Location(told["bucket"], told["prefix"])
        await self.queue.upload(self.profile.id, where, [Path(told["folder"])])
        return list(self.queue.transfers[before:])

    async def down(self, told: Told) -> list[Transfer]:
        """Queues all that is under a prefix, whatever it takes to have it listed."""
        before = len(self.queue.transfers)
        wanted = [Wanted(Location(told["bucket"], told["prefix"]))]
        for left in reversed(range(RETRIES)):
            try:
                await self.queue.download(
                    self.profile.id, wanted, Path(told["folder"]), if_exists=IfExists.FAIL
                )
                break
            except S3guiError as error:
                self.watcher.problems[f"listing: {error.code}"] += 1
                if not left:
                    raise
        return list(self.queue.transfers[before:])

    async def carry_out(self, told: Told) -> Told:
        """One batch from its first row to its last; what became of it."""
        start: Callable[[Told], Awaitable[list[Transfer]]] = DIRECTIONS[told["direction"]].__get__(
            self
        )
        rows = await start(told)
        failed: Counter[str] = Counter()
        for _ in range(RETRIES):
            await self._ended(rows)
            again = [row for row in rows if row.state is State.FAILED]
            if not again:
                break
            failed.update(row.error.code for row in again if row.error)
            self.queue.retry([row.id for row in again])
            await self._moved(again)
        answer = {
            "rows": [[str(row.path), row.location.key, row.state.value] for row in rows],
            "failed": failed,
            "problems": self.watcher.problems,
        }
        self.queue.remove([row.id for row in rows])
        self.watcher.problems = Counter()
        return answer

    async def _ended(self, rows: Sequence[Transfer]) -> None:
        while not all(row.state in ENDED for row in rows):
            self.watcher.changed.clear()
            await self.watcher.changed.wait()

    async def _moved(self, rows: Sequence[Transfer]) -> None:
        while any(row.state is State.FAILED for row in rows):
            self.watcher.changed.clear()
            await self.watcher.changed.wait()

    async def drained(self) -> Told:
        """Opens the connection and waits until nothing is left to be removed."""
        await self.connections.open(self.profile.id)
        left: list[object] = []
        for _ in range(600):
            left = [*await self.journal.aborts(), *await self.journal.lost_creates()]
            if not left:
                break
            await asyncio.sleep(0.1)
        return {"left": [str(item) for item in left], "problems": self.watcher.problems}


#: What a batch can be. A new direction is a new method here, and a kind of batch in ``run.py``.
DIRECTIONS = {"up": Program.up, "down": Program.down}


async def serve(told: Told) -> None:
    """Answers lines until the input ends; then a last start removes what is left."""
    program = Program(told, HastyClock(told["haste"]))
    await program.queue.start()
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        if asked["direction"] == "drain":
            await program.end()
            program = Program(told, HastyClock(1, _SWEPT))
            await program.queue.start()
            answer = await program.drained()
        else:
            answer = await program.carry_out(asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    await program.end()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
