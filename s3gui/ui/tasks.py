"""Coroutines that a slot starts: kept, their error told once, cancelled at shutdown."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_log = logging.getLogger(__name__)

#: Told of an error and the name of the task it came from.
OnError = Callable[[Exception, str], None]


class Tasks:
    """The window's running coroutines.

    asyncio itself keeps only weak references to tasks, so one that nobody holds may vanish in
    mid-air; and a slot cannot await, so nobody would see its error. Both are cared for here.
    """

    def __init__(self, on_error: OnError) -> None:
        self._on_error = on_error
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Runs ``coro`` on the running loop. ``name`` tells in logs and error texts what it did."""
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    @property
    def running(self) -> frozenset[str]:
        """The names of what runs now."""
        return frozenset(task.get_name() for task in self._running)

    async def cancel_all(self) -> None:
        """Cancels everything and returns when nothing runs any more, whatever it did to clean up.

        The task that calls this is left alone, so a shutdown may itself be a task of ours.
        """
        current = asyncio.current_task()
        while rest := self._running - {current}:
            for task in rest:
                task.cancel()
            await asyncio.wait(rest)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Exception):
            _log.debug("task %s failed", task.get_name(), exc_info=error)
            self._on_error(error, task.get_name())
