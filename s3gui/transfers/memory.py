"""What all transfers together may hold of objects in memory at one moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from s3gui.domain.parts import MIB

#: Of bodies that are read before they are sent.
MOST_BYTES = 256 * MIB


class Memory:
    """Bytes that are given out in the order they are asked for, and given back.

    One body that is larger than all of it goes alone.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self.held = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def hold(self, count: int) -> AsyncIterator[None]:
        """Waits until ``count`` bytes may be held, and holds them."""
        async with self._turn:
            while self.held and self.held + count > self._most:
                self._freed.clear()
                await self._freed.wait()
            self.held += count
        try:
            yield
        finally:
            self.held -= count
            self._freed.set()
