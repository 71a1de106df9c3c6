"""The threads that hold the sockets.

Not ``ThreadPoolExecutor``: the interpreter waits for its threads at exit, and nothing interrupts a
thread that hangs in a DNS query. These are daemons; ``close`` gives them a bounded time.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar, cast

from s3gui.background import SENDING_NICE, step_back

_Result = TypeVar("_Result")


class Workspace:
    """What a sender thread keeps from one exchange to the next: one buffer, made when needed."""

    def __init__(self, block_bytes: int) -> None:
        self._block_bytes = block_bytes
        self._buffer: memoryview | None = None

    @property
    def buffer(self) -> memoryview:
        """One block."""
        if self._buffer is None:
            self._buffer = memoryview(bytearray(self._block_bytes))
        return self._buffer


_Job = Callable[[Workspace], None]


class Senders:
    """Up to ``most`` threads, started as work comes in; what is over that waits in a queue."""

    def __init__(self, most: int, block_bytes: int) -> None:
        self._most = most
        self._block_bytes = block_bytes
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._closed = False

    def submit(self, work: Callable[[Workspace], _Result]) -> "Future[_Result]":
        """Runs ``work`` in a thread. The future can be cancelled while it waits in the queue."""
        future: Future[_Result] = Future()

        def job(space: Workspace) -> None:
            if not future.set_running_or_notify_cancel():
                with self._lock:
                    self._busy -= 1
                return
            outcome = _run(work, space)
            with self._lock:
                # Before the result is out: who gets it may submit at once, and needs no new thread.
                self._busy -= 1
            _settle(future, outcome)

        with self._lock:
            if self._closed:
                raise RuntimeError("the session is closed")
            self._busy += 1
            if self._busy > len(self._threads) < self._most:
                thread = threading.Thread(
                    target=self._serve, name=f"s3-sender-{len(self._threads) + 1}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
            self._jobs.put(job)
        return future

    def close(self, within_s: float) -> int:
        """Waits until the threads are through with what was submitted; returns how many are not."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._jobs.put(None)
        until = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return sum(thread.is_alive() for thread in self._threads)

    def _serve(self) -> None:
        step_back(SENDING_NICE)
        space = Workspace(self._block_bytes)
        while (job := self._jobs.get()) is not None:
            job(space)
            # Without this the thread would hold the last exchange, its file and its answer.
            del job


def _run(
    work: Callable[[Workspace], _Result], space: Workspace
) -> tuple[_Result | None, BaseException | None]:
    try:
        return work(space), None
    except BaseException as error:  # noqa: BLE001  it is handed to who waits
        return None, error


def _settle(
    future: "Future[_Result]", outcome: tuple[_Result | None, BaseException | None]
) -> None:
    result, error = outcome
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(cast("_Result", result))
