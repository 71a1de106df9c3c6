"""Files, a storage, and start after start of the program over one journal."""

import asyncio
import os
import random
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from machine.start import Start
from machine.still import BEGINNING, StillClock, StillLoop
from machine.watched import WatchedServer

from s3gui.domain.parts import MIB
from s3gui.domain.transfer import ENDED, State, Transfer

T = TypeVar("T")
#: Small parts: what is looked for does not depend on their size. The second file is one PutObject.
SIZES = {"a": 4 * MIB + 1, "b": MIB // 2, "c": 2 * MIB, "d": 3 * MIB + 7}
#: States that a restart has to bring back as they were shown.
LASTING = ENDED | {State.PAUSED}


@dataclass
class Asked:
    """What was pressed last for a row."""

    command: str
    #: What the row showed then.
    shown: State
    #: A cancel may have been on its way then.
    after_cancel: bool = False


class Starts:
    """Files, the storage, and start after start of the program over one journal."""

    def __init__(self, *, checksums: bool, seed: int) -> None:
        self.loop = StillLoop()
        self.folder = Path(tempfile.mkdtemp(prefix="s3gui-person-", dir=_quick_disk()))
        self.clock = StillClock(self.loop)
        self.server = WatchedServer(self.clock.now)
        self.server.takes_checksums = checksums
        self.contents: dict[str, list[bytes]] = {}
        for name, size in SIZES.items():
            self.write(name, size)
        self.asked: dict[int, Asked] = {}
        self.removed: set[int] = set()
        self._seed = seed
        #: The disk was broken during this start.
        self._broke = False
        self.start = self._started()

    # Time

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Something that a person waits for."""
        return self.loop.run_until_complete(work)

    def turns(self, count: int) -> None:
        """Lets the loop turn."""

        async def turn() -> None:
            for _ in range(count):
                await asyncio.sleep(0)

        self.run(turn())

    def wait(self, seconds: float) -> None:
        """Lets time go by."""
        self.run(asyncio.sleep(seconds))

    # Files

    def path(self, name: str) -> Path:
        return self.folder / name

    def write(self, name: str, size: int) -> None:
        """A new file, or the same one with other bytes in it."""
        known = self.contents.setdefault(name, [])
        data = random.Random(f"{name}{len(known)}").randbytes(size)
        known.append(data)
        path = self.path(name)
        with path.open("r+b" if path.exists() else "wb") as file:
            file.write(data)
            file.truncate()
        # Two writes within one tick of the kernel's clock would look like one.
        stamp = int(BEGINNING.timestamp() * 1e9) + len(known)
        os.utime(path, ns=(stamp, stamp))

    def look(self, completed: Transfer) -> None:
        """Told of a download at the moment when its row says that it is done."""

    # Starts

    def _started(self) -> Start:
        self._seed += 1
        start = Start(self.clock, self.server, self.folder / "state", self._seed)
        start.watcher.completed = self.look
        self.run(start.queue.start())
        return start

    def quit_and_start(self) -> None:
        """Leaves the program in order."""
        shown = self._shown()
        self._quit()
        self.start = self._started()
        self._came_back(shown)

    def _quit(self) -> None:
        self.run(self.start.close())
        # The sessions are closed: who still waited for an answer does not get one.
        self.server.process += 1
        self.server.clear_rules()
        self.turns(30)
        left = [task.get_name() for task in asyncio.all_tasks(self.loop)]
        assert not left, f"after the end these tasks still run: {left}"

    def kill_and_start(self) -> None:
        """kill -9."""
        shown = self._shown()
        self.start.writer.die()
        self.start.threads.is_dead = True
        self.server.process += 1
        self.server.clear_rules()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        while tasks := asyncio.all_tasks(self.loop):
            self.run(_ended(tasks))
        self.loop.failures.clear()  # of a process that is dead
        self.start = self._started()
        for id_, state in shown.items():
            if state is None and id_ in self.asked:
                # What was asked is durable when the row shows it, and not before.
                self.asked[id_].command = "killed"
        self._came_back(shown)

    def _shown(self) -> dict[int, State | None]:
        """The states; ``None`` where what was asked is still being carried out."""
        inside = self.start.queue._rows
        pending = {id_ for id_, row in inside.items() if row.wish is not None or row.task}
        return {row.id: None if row.id in pending else row.state for row in self.rows}

    def break_disk(self) -> None:
        """Nothing can be journaled."""
        self.start.writer.is_broken = self._broke = True

    def mend_disk(self) -> None:
        """There is room again."""
        self.start.writer.is_broken = False

    def _came_back(self, shown: dict[int, State | None]) -> None:
        back = {row.id: row for row in self.rows}
        lost = set(shown) - set(back)
        assert not lost, f"rows that did not come back: {lost}"
        strange = set(back) - set(shown) - self.removed
        assert not strange, f"rows from nowhere: {strange}"
        for id_, state in shown.items():
            if state is State.FAILED and self._broke:
                continue  # it may have failed for that, and that could not be written either
            if state in LASTING:
                now = back[id_].state
                assert now is state, f"row {id_} was {state} and came back as {now}"
        self._broke = False

    @property
    def rows(self) -> list[Transfer]:
        """The list."""
        return list(self.start.queue.transfers)


async def _ended(tasks: set["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=1)


def _quick_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  made by mkdtemp
