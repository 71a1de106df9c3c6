"""One process of the program, without threads and without time."""

import random
from collections.abc import Callable
from pathlib import Path

from fakes import MemoryAccounts, MemoryGateway, profile
from machine.still import StillClock, StillThreads, StillWriter
from machine.watched import WatchedServer
from transfers.kit import Watcher

from s3gui.domain.parts import MIB
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import Journal
from s3gui.transfers.queue import TransferQueue

SETTINGS = Settings(single_put_bytes=MIB, files_in_flight=2, parts_per_file=2, parts_in_flight=3)
object.__setattr__(SETTINGS, "part_bytes", MIB)  # below what a person may set


class Eyes(Watcher):
    """Looks at what a download brought when its row says that it is done."""

    def __init__(self) -> None:
        super().__init__()
        self.completed: Callable[[Transfer], None] = lambda _: None

    def transfer_changed(self, transfer: Transfer) -> None:
        super().transfer_changed(transfer)
        done = (transfer.id, State.COMPLETED)
        if transfer.direction is Direction.DOWNLOAD and done == self.states[-1]:
            self.completed(transfer)


class Start:
    """One process of the program."""

    def __init__(self, clock: StillClock, server: WatchedServer, folder: Path, seed: int) -> None:
        chance = random.Random(seed)
        self.accounts = MemoryAccounts(profile())
        self.connections = Connections(MemoryGateway(server), self.accounts)
        self.journal = Journal(folder)
        self.writer = StillWriter(self.journal.path, chance)
        self.journal._writer = self.writer
        self.queue = TransferQueue(
            self.journal, self.connections, SETTINGS, clock=clock, jitter=chance.random
        )
        self.queue._kit.threads.close()
        self.threads = StillThreads(chance)
        self.queue._kit.threads = self.threads
        self.watcher = Eyes()
        self.queue.watch(self.watcher)

    async def close(self) -> None:
        await self.queue.close()
        await self.connections.close_all()
