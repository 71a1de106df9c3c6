"""The engine's own threads: one a core for hashes, two for a disk, two that wait for its sync."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from s3gui.background import HASHING_NICE, step_back

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Runs what blocks off the loop, and apart from the loop's own pool, which others fill.

    A call that is cancelled goes on in its thread to the end; what it works on has to stay open so
    long (``LocalSource.close`` sees to that).
    """

    def __init__(self) -> None:
        hashing = max(2, min(8, os.cpu_count() or 2))
        self._hashing = ThreadPoolExecutor(
            hashing, "s3gui-hash", initializer=step_back, initargs=(HASHING_NICE,)
        )
        self._disk = ThreadPoolExecutor(2, "s3gui-disk")
        self._syncing = ThreadPoolExecutor(2, "s3gui-sync")

    async def hash(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Reads and hashes: seconds of work."""
        return await self._run(self._hashing, call, *args, **kwargs)

    async def disk(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Opens, looks, walks: short, unless the disk hangs."""
        return await self._run(self._disk, call, *args, **kwargs)

    async def sync(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Waits for a disk to have what was written: seconds, where the line is the faster one."""
        return await self._run(self._syncing, call, *args, **kwargs)

    async def _run(
        self,
        pool: ThreadPoolExecutor,
        call: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """Lets the threads end; a disk that hangs is not waited for."""
        self._hashing.shutdown(wait=False, cancel_futures=True)
        self._disk.shutdown(wait=False, cancel_futures=True)
        self._syncing.shutdown(wait=False, cancel_futures=True)
