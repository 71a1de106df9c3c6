"""How many parts are on the wire at once: one limit for all files, one a file, and the server's."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

#: After so long without a failure one part more is sent at once, in seconds.
CLEAN_S = 30.0
#: Eight parts in flight are refused as one; that halves once.
_ONE_REFUSAL_S = 1.0
_RECENT = 20
_MOST_FAILED = 0.2


@dataclass(slots=True, eq=False)
class _Waiter:
    owner: int
    rank: int
    granted: asyncio.Future[None] = field(repr=False)


class Slots:
    """Places on the wire. The file that stands first in the queue gets a free one first.

    ``limit`` is what the person set, less what the server asked for: halved when it throttles or
    when over a fifth of the last twenty attempts failed, and one more after 30 clean seconds.
    """

    def __init__(self, most: int, per_file: int, now: Callable[[], float]) -> None:
        self._most = most
        self.per_file = per_file
        self.limit = most
        self._now = now
        self._held: Counter[int] = Counter()
        self._waiters: list[_Waiter] = []
        self._recent: deque[bool] = deque(maxlen=_RECENT)
        self._clean_since = now()
        self._halved_at: float | None = None

    @property
    def in_flight(self) -> int:
        """Places that are taken."""
        return self._held.total()

    @property
    def is_slowed(self) -> bool:
        """Whether fewer are in flight than the person set, because the server cannot take more."""
        return self.limit < self._most

    def configure(self, most: int, per_file: int) -> None:
        """New settings, from now on; what is on the wire stays there."""
        self.limit = min(most, self.limit) if self.is_slowed else most
        self._most = most
        self.per_file = per_file
        self._grant()

    @asynccontextmanager
    async def hold(self, owner: int, rank: int) -> AsyncIterator[None]:
        """A place for one part.

        Args:
            owner: the transfer's id.
            rank: its position in the queue, lower goes first.
        """
        waiter = _Waiter(owner, rank, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._grant()
        try:
            await waiter.granted
            yield
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:
                self._held[owner] -= 1
                self._held += Counter()  # drops the owners that hold nothing
                # Not at once: who was refused is about to say so, and that halves the places.
                asyncio.get_running_loop().call_soon(self._grant)

    def went_well(self) -> None:
        """An attempt succeeded."""
        self._recent.append(True)
        if self.is_slowed and self._now() - self._clean_since >= CLEAN_S:
            self.limit += 1
            self._clean_since = self._now()
            self._grant()

    def failed(self, *, throttled: bool) -> None:
        """An attempt failed: by the server's word that it is too much, or by the line."""
        self._clean_since = self._now()
        self._recent.append(False)
        lost = self._recent.count(False)
        if throttled or (len(self._recent) == _RECENT and lost > _RECENT * _MOST_FAILED):
            self._halve()

    def _halve(self) -> None:
        now = self._now()
        if self._halved_at is not None and now - self._halved_at < _ONE_REFUSAL_S:
            return
        self._halved_at = now
        self._recent.clear()
        self.limit = max(1, min(self.limit, self._most) // 2)

    def _grant(self) -> None:
        for waiter in sorted(self._waiters, key=lambda item: item.rank):
            if self.in_flight >= self.limit:
                return
            if waiter.granted.cancelled() or self._held[waiter.owner] >= self.per_file:
                continue
            self._held[waiter.owner] += 1
            self._waiters.remove(waiter)
            waiter.granted.set_result(None)
