"""The engine's own threads; of each disk: one a core for hashes, two to ask it, two for its sync.

Not ``ThreadPoolExecutor``: the interpreter waits for its threads at exit, and nothing interrupts a
thread that a disk holds. These are daemons.
"""

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from s3gui.background import HASHING_NICE, step_back
from s3gui.transfers import disks

_log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
#: A thread without work ends after this, in seconds.
_IDLE_S = 30.0
_Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What threads are for."""

    name: str
    #: Of one disk.
    most: int
    nice: int = 0
    #: A call is short, so that one that is not tells of the disk.
    is_short: bool = False


class Crew:
    """Up to ``kind.most`` threads, started as work comes in and ended when there is none."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        #: Jobs that wait or run.
        self._busy = 0
        self._closed = False

    def put(self, job: _Job) -> None:
        """Runs it in a thread.

        Raises:
            RuntimeError: the crew is closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the threads are closed")
            self._busy += 1
            self._jobs.put(job)
            if self._threads >= min(self._busy, self._kind.most):
                return
            self._threads += 1
        threading.Thread(target=self._serve, name=self._kind.name, daemon=True).start()

    def close(self) -> None:
        """The threads end behind what was put; one that is held is not waited for."""
        with self._lock:
            self._closed = True
            for _ in range(self._threads):
                self._jobs.put(None)

    def done(self) -> None:
        """A job ran; called before its result is out, for who gets that needs no new thread."""
        with self._lock:
            self._busy -= 1

    def _serve(self) -> None:
        if self._kind.nice:
            step_back(self._kind.nice)
        while True:
            try:
                job = self._jobs.get(timeout=_IDLE_S)
            except queue.Empty:
                if self._leave():
                    return
                continue
            if job is None:
                return
            job()
            # Without this the thread would hold the last file.
            del job

    def _leave(self) -> bool:
        with self._lock:
            # What was put there meanwhile counted on this thread.
            if self._closed or not self._jobs.empty():
                return False
            self._threads -= 1
            return True


class Threads:
    """Runs what blocks off the loop, and apart from the loop's own pool, which others fill.

    A disk that does not answer holds its own threads: those of the others go on. Which disk a call
    is of, ``disks.working_at`` says. A call that is cancelled goes on in its thread to the end;
    what it works on has to stay open so long (``LocalSource.close`` sees to that).
    """

    def __init__(self) -> None:
        self._hashing = Kind("s3gui-hash", max(2, min(8, os.cpu_count() or 2)), HASHING_NICE)
        self._disk = Kind("s3gui-disk", 2, is_short=True)
        self._syncing = Kind("s3gui-sync", 2)
        self._crews: dict[tuple[Kind, str], Crew] = {}
        self._is_closed = False
        #: The disks that do not answer, as of the last look.
        self.hung: frozenset[str] = frozenset()
        #: Called when that has changed.
        self.on_hung: Callable[[], None] = lambda: None
        #: Whether others ask disks in threads of their own, as those do that send and receive.
        self.is_needed: Callable[[], bool] = lambda: False
        self._look: asyncio.TimerHandle | None = None

    async def hash(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Reads and hashes: seconds of work."""
        return await self._run(self._hashing, call, *args, **kwargs)

    async def disk(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Opens, looks, walks: short, unless the disk hangs."""
        return await self._run(self._disk, call, *args, **kwargs)

    async def sync(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Waits for a disk to have what was written: seconds, where the line is the faster one."""
        return await self._run(self._syncing, call, *args, **kwargs)

    def leave(self, call: Callable[[], None]) -> None:
        """Does what nobody waits for and what may be held, too: the close of a file."""
        if self._is_closed:
            call()
            return
        crew = self._crew(self._disk, disks.here())

        def job() -> None:
            try:
                call()
            except OSError:
                _log.exception("not carried out to its end")
            finally:
                crew.done()

        crew.put(job)

    async def _run(self, kind: Kind, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        future: Future[T] = Future()
        disk = disks.here()
        crew = self._crew(kind, disk)

        def ask() -> T:
            if not (kind.is_short and disk):
                return call(*args, **kwargs)
            asked = disks.LOCAL.begin(disk)
            try:
                return call(*args, **kwargs)
            finally:
                disks.LOCAL.end(asked)

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                crew.done()
                return
            try:
                result = ask()
            except BaseException as error:  # noqa: BLE001  it is handed to who waits
                crew.done()
                future.set_exception(error)
            else:
                crew.done()
                future.set_result(result)

        crew.put(job)
        self._watch()
        return await asyncio.wrap_future(future)

    def _crew(self, kind: Kind, disk: str) -> Crew:
        crew = self._crews.get((kind, disk))
        if crew is None:
            crew = self._crews[kind, disk] = Crew(kind)
            if self._is_closed:
                crew.close()
        return crew

    def close(self) -> None:
        """Lets the threads end; a disk that hangs is not waited for."""
        self._is_closed = True
        for crew in self._crews.values():
            crew.close()
        if self._look is not None:
            self._look.cancel()
            self._look = None

    # Disks that hang

    def _watch(self) -> None:
        if self._look is None and not self._is_closed:
            loop = asyncio.get_running_loop()
            self._look = loop.call_later(disks.HUNG_S / 2, self._looked)

    def _looked(self) -> None:
        self._look = None
        hung = disks.LOCAL.hung()
        if disks.LOCAL.is_busy or self.is_needed():
            self._watch()
        if hung != self.hung:
            self.hung = hung
            self.on_hung()
