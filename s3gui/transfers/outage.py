"""A line that is down: one look after the other whether it is back, for all parts together."""

import asyncio

from s3gui.transfers.clock import Clock
from s3gui.transfers.retry import PROBE_S


class Outage:
    """What the transfers of one connection share while its server cannot be reached.

    One of them waits and tries, the others wait for it; the first success lets all of them go on.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._over = asyncio.Event()
        self._looks = 0
        self._ended = 0

    def over(self) -> None:
        """Something got through."""
        if self._looks:
            self._looks = 0
            self._ended += 1
            self._over.set()

    async def hold_off(self) -> None:
        """Returns when it is the caller's turn to try, or when the line is back."""
        ended = self._ended
        self._looks = max(self._looks, 1)
        async with self._turn:
            if self._ended != ended:
                return
            self._over.clear()
            wait = PROBE_S[min(self._looks, len(PROBE_S)) - 1]
            self._looks += 1
            await self._first_of(wait)

    async def _first_of(self, wait_s: float) -> None:
        tasks = [
            asyncio.ensure_future(self._clock.sleep(wait_s)),
            asyncio.ensure_future(self._over.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
