"""One thread for everything that talks to the keyring.

One, because concurrent Secret Service calls were seen to lose items; a thread, because a locked
keyring asks the person and blocks meanwhile; a daemon, because a prompt that nobody answers must
not keep the program from ending.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    undo: Callable[[], object] | None
    done: "Future[Any]" = field(default_factory=Future)
    #: Nobody waits for the outcome any more; what it changed is taken back.
    given_up: bool = False


class Worker:
    """Runs one call after the other in its own thread, each with a limit. Starts with the first."""

    def __init__(self, name: str, limit_s: float) -> None:
        self.limit_s = limit_s
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._current: _Job | None = None

    async def run(self, work: Callable[[], _T], *, undo: Callable[[], object] | None = None) -> _T:
        """The outcome of ``work()``, called in the thread.

        Args:
            work: what to call; whatever it raises is raised here.
            undo: called in the thread if ``work`` succeeds after its caller was told that it
                did not; errors in it are dropped, as nobody is there to hear them.

        Raises:
            TimeoutError: no answer within the limit, or the one before is still being waited for.
        """
        with self._lock:
            if self._current is not None and self._current.given_up:
                raise TimeoutError
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
                self._thread.start()
        job = _Job(work, undo)
        self._jobs.put(job)
        try:
            async with asyncio.timeout(self.limit_s):
                outcome: _T = await asyncio.wrap_future(job.done)
        except (TimeoutError, asyncio.CancelledError) as error:
            # A call that is running cannot be stopped; one that is waiting never starts now.
            with self._lock:
                job.given_up = True
                came_after_all = job.done.done() and not job.done.cancelled()
            if came_after_all and isinstance(error, TimeoutError):
                outcome = job.done.result()
            else:
                raise
        return outcome

    def close(self) -> None:
        """Ends the thread after what it has in hand; does not wait for it."""
        with self._lock:
            if self._thread is not None:
                self._jobs.put(None)
                self._thread = None

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.done.set_running_or_notify_cancel():
                continue
            with self._lock:
                self._current = job
            try:
                self._carry_out(job)
            finally:
                with self._lock:
                    self._current = None

    def _carry_out(self, job: _Job) -> None:
        try:
            outcome = job.work()
        except BaseException as error:  # noqa: BLE001  handed to the caller, whatever it is
            job.done.set_exception(error)
            return
        with self._lock:
            given_up = job.given_up
            if not given_up:
                job.done.set_result(outcome)
        if given_up and job.undo is not None:
            with contextlib.suppress(Exception):
                job.undo()
