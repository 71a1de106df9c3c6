"""The engine without threads and without time, so that one order of events is always the same.

The loop's clock jumps to what is next instead of waiting for it; the journal and the hashes work in
the loop, a few turns after they were asked, and a process that is killed answers nobody any more.
"""

import asyncio
import random
import selectors
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from s3gui.transfers import writer
from s3gui.transfers.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Stuck(Exception):
    """Somebody waits for what will never happen."""


class _NoWait(selectors.BaseSelector):
    """Instead of waiting the time goes on."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        self.now += max(0.0, timeout)
        return self._real.select(0)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class StillLoop(asyncio.SelectorEventLoop):
    """Its time stands still while something can be done."""

    def __init__(self) -> None:
        self._without_waiting = _NoWait()
        super().__init__(self._without_waiting)
        self.failures: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.failures.append(context))

    def time(self) -> float:
        return self._without_waiting.now


class StillClock:
    """The engine's clock on such a loop."""

    def __init__(self, loop: StillLoop) -> None:
        self._loop = loop
        self._asked = 0

    def monotonic(self) -> float:
        return self._loop.time()

    def now(self) -> datetime:
        # No two moments are the same, as on a real clock.
        self._asked += 1
        return BEGINNING + timedelta(seconds=self._loop.time(), microseconds=self._asked)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class StillThreads(Threads):
    """Does the work in the loop, some turns after it was asked for."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        #: Its process was killed: nothing is done any more.
        self.is_dead = False

    async def _run(
        self, _pool: object, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)
        if self.is_dead:
            raise asyncio.CancelledError
        return call(*args, **kwargs)


class StillWriter(writer.Writer):
    """Commits together what was asked within a few turns of the loop.

    ``die`` is what kill -9 does: what was not committed is not, and nobody hears of it.
    """

    def __init__(self, path: Path, chance: random.Random) -> None:
        super().__init__(path)
        self._chance = chance
        self._items: list[Any] = []
        self._database: sqlite3.Connection | None = None
        self.is_broken = False

    async def open(self) -> None:
        try:
            self._database = self._start()
            self._database.execute("PRAGMA synchronous=OFF")
        except BaseException:
            self._unlock()
            raise

    def submit(self, operation: "writer.Operation[T]") -> "asyncio.Future[T]":
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        item = writer._Waiting(operation, future)
        if self._database is None or self.is_broken:
            item.error = writer._cannot(sqlite3.OperationalError("disk I/O error"))
            self._later(lambda: writer._answer([item]), 1)
            return future
        self._items.append(item)
        if len(self._items) == 1:
            self._later(self._write, self._chance.randrange(4))
        return future

    def _later(self, call: Callable[[], object], turns: int) -> None:
        loop = asyncio.get_running_loop()
        if turns:
            loop.call_soon(self._later, call, turns - 1)
        else:
            loop.call_soon(call)

    def _write(self) -> None:
        items, self._items = self._items, []
        if self._database is not None and items:
            writer._carry_out(self._database, items)
        else:
            for item in items:
                item.error = writer._cannot(sqlite3.ProgrammingError("killed"))
        self._later(lambda: writer._answer(items), self._chance.randrange(2))

    async def close(self) -> None:
        self._write()
        self.die()

    def die(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
            self._unlock()

    def look(self, sql: str) -> list[tuple[Any, ...]]:
        """What is on the disk at this moment."""
        assert self._database is not None
        return self._database.execute(sql).fetchall()
