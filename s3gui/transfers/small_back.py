"""The way back from the threads to the loop: many at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
T = TypeVar("T")
#: Rows that start, or end, between two turns of the loop: a millisecond, then others have one.
A_TURN = 32
#: What is finished is looked at so often, in seconds.
_GATHER_S = 0.01


class Back(Generic[T]):
    """What came to an end in threads.

    Args:
        gather: called on the loop when there is something.
    """

    def __init__(self, gather: Callable[[], None]) -> None:
        self._gather = gather
        self._loop = asyncio.get_running_loop()
        self._ended: deque[T] = deque()
        self._told = False

    def put(self, one: T) -> None:
        """From any thread."""
        self._ended.append(one)
        if self._told:
            return
        self._told = True
        try:
            self._loop.call_soon_threadsafe(self._loop.call_later, _GATHER_S, self._gather)
        except RuntimeError:
            # The loop is closed: nobody waits for it any more, and the next start sends it again.
            _log.warning("a small file was moved after the loop had ended")

    def take(self) -> list[T]:
        """What has ended since the last time; not too much for one turn of the loop."""
        self._told = False
        taken: list[T] = []
        while self._ended and len(taken) < A_TURN:
            taken.append(self._ended.popleft())
        if self._ended:
            self._loop.call_soon(self._gather)
        return taken
