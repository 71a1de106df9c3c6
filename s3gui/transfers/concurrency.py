"""How many parts are on the wire at once: one limit for all files, one a file, and the server's.

What a server can take is a matter of its connection: one that asks to slow down halves its own
``Share`` and nobody else's. All shares together keep to what the person set.

A part in flight costs no memory of its own: it is a slice of a file. What it takes is the block
that its sender thread reads into, 4 MiB (``s3/http/limits.py``): 32 MiB with the 8 parts of the
defaults, 128 MiB with as many as a share grows to by itself, 256 MiB with the 64 of the settings.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from s3gui.domain.parts import Meter

#: After so long without a failure one part more is sent at once, in seconds.
CLEAN_S = 30.0
#: Nobody is asked to set a number for a line that carries more; but no more than this by itself.
MOST_BY_ITSELF = 32
#: One part more has to bring so much of what it would bring if the line were wide enough.
_WORTH_IT = 0.5
#: After one more brought nothing, the next try waits so long, in seconds.
_REST_S = 300.0
#: Eight parts in flight are refused as one; that halves once.
_ONE_REFUSAL_S = 1.0
_RECENT = 20
_MOST_FAILED = 0.2


@dataclass(slots=True, eq=False)
class _Waiter:
    share: "Share"
    owner: int
    rank: int
    granted: asyncio.Future[None] = field(repr=False)


class Slots:
    """Places on the wire. The file that stands first in the queue gets a free one first.

    Args:
        most: parts in flight, of all connections together.
        per_file: parts of one file in flight.
        now: a monotonic clock in seconds.
        grows: whether a connection may go beyond both while that makes it faster.
    """

    def __init__(
        self, most: int, per_file: int, now: Callable[[], float], *, grows: bool = False
    ) -> None:
        self.most = most
        self.per_file = per_file
        self.grows = grows
        self.now = now
        self._held: Counter[int] = Counter()
        self._waiters: list[_Waiter] = []
        self._shares: dict[str, Share] = {}

    @property
    def in_flight(self) -> int:
        """Places that are taken."""
        return self._held.total()

    @property
    def limit(self) -> int:
        """Places there are: what was set, and what connections have grown beyond it."""
        return self.most + sum(share.grown for share in self._shares.values())

    def of(self, connection: str) -> "Share":
        """What a connection may use of them."""
        if connection not in self._shares:
            self._shares[connection] = Share(self)
        return self._shares[connection]

    def configure(self, most: int, per_file: int, *, grows: bool = False) -> None:
        """New settings, from now on; what is on the wire stays there."""
        for share in self._shares.values():
            share.configure(most, may_keep=grows and most == self.most)
        self.most = most
        self.per_file = per_file
        self.grows = grows
        self.grant()

    @asynccontextmanager
    async def take(self, share: "Share", owner: int, rank: int) -> AsyncIterator[None]:
        """A place for one part of one file."""
        waiter = _Waiter(share, owner, rank, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self.grant()
        try:
            await waiter.granted
            yield
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:
                share.in_flight -= 1
                self._held[owner] -= 1
                self._held += Counter()  # drops the owners that hold nothing
                # Not at once: who was refused is about to say so, and that halves the places.
                asyncio.get_running_loop().call_soon(self.grant)

    def grant(self) -> None:
        """Gives the free places to who waits, in the queue's order."""
        for waiter in sorted(self._waiters, key=lambda item: item.rank):
            if self.in_flight >= self.limit:
                # Somebody always waits, also for room that another connection has taken.
                waiter.share.is_full = True
                return
            share = waiter.share
            if waiter.granted.cancelled():
                continue
            if share.in_flight >= share.limit or self._held[waiter.owner] >= share.per_file:
                share.is_full = True
                continue
            share.in_flight += 1
            share.note_peak()
            self._held[waiter.owner] += 1
            self._waiters.remove(waiter)
            waiter.granted.set_result(None)


class Share:
    """What one connection may have on the wire: additive increase, multiplicative decrease.

    ``limit`` starts at what the person set. It is halved when the server throttles, or when over a
    fifth of the last twenty attempts failed, and comes back one by one, after 30 clean seconds
    each. Beyond what was set it goes only where the setting says so, and only while goodput grows:
    one part more that does not bring half of its share is taken back, for five minutes.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.limit = slots.most
        self.in_flight = 0
        #: Somebody had to wait since the window began, so that one place more would be used.
        self.is_full = False
        self._peak = 0
        self._recent: deque[bool] = deque(maxlen=_RECENT)
        self._halved_at: float | None = None
        self._throttled_at: float | None = None
        self._rests_until = slots.now()
        self._meters: set[Meter] = set()
        self._confirmed = 0
        self._before: float | None = None
        self._restart()

    @property
    def is_slowed(self) -> bool:
        """Whether fewer may be in flight than the person set."""
        return self.limit < self._slots.most

    @property
    def is_throttled(self) -> bool:
        """Whether the server asked to slow down, and not 30 seconds were clean since."""
        at = self._throttled_at
        return at is not None and self._slots.now() - at < CLEAN_S

    @property
    def grown(self) -> int:
        """Places beyond those that were set."""
        return max(0, self.limit - self._slots.most)

    @property
    def per_file(self) -> int:
        """Parts of one file that may be in flight."""
        return self._slots.per_file + self.grown

    def configure(self, most: int, *, may_keep: bool) -> None:
        """What the person sets counts at once, but not against the server."""
        if self.is_slowed:
            self.limit = min(most, self.limit)
        elif not (may_keep and self.grown):
            self.limit = most
        self._before = None
        self._restart()

    @asynccontextmanager
    async def hold(self, owner: int, rank: int, meter: Meter | None = None) -> AsyncIterator[None]:
        """A place for one part; what leaves it without an error got through.

        Args:
            owner: the transfer's id.
            rank: its place in the queue, lower goes first.
            meter: counts the bytes, for the goodput.
        """
        async with self._slots.take(self, owner, rank):
            if meter is not None:
                self._meters.add(meter)
            try:
                yield
                self._confirmed += meter.moved if meter is not None else 0
            finally:
                if meter is not None:
                    self._meters.discard(meter)
        self.went_well()

    def went_well(self) -> None:
        """An attempt succeeded."""
        self._recent.append(True)
        if self._slots.now() - self._since < CLEAN_S:
            return
        if self.is_slowed:
            self._set(self.limit + 1)
        elif self._slots.grows and self.is_full:
            self._grow()
        self._restart()

    def failed(self, *, throttled: bool) -> None:
        """An attempt failed: by the server's word that it is too much, or by the line."""
        if throttled:
            self._throttled_at = self._slots.now()
        self._before = None
        self._restart()
        self._recent.append(False)
        lost = self._recent.count(False)
        if throttled or (len(self._recent) == _RECENT and lost > _RECENT * _MOST_FAILED):
            self._halve()

    def note_peak(self) -> None:
        """Remembers how many were on the wire at once."""
        self._peak = max(self._peak, self.in_flight)

    def _halve(self) -> None:
        now = self._slots.now()
        if self._halved_at is not None and now - self._halved_at < _ONE_REFUSAL_S:
            return
        self._halved_at = now
        self._recent.clear()
        # Of what was really on the wire: half of eight places is nothing to one file with four.
        self._set(max(1, min(self.limit, self._peak or self.limit) // 2))

    def _grow(self) -> None:
        """One part more, or back by one where the last one more was not worth it."""
        now = self._slots.now()
        speed = (self._total() - self._total_then) / (now - self._since)
        worth = 1 + _WORTH_IT / max(1, self._peak - 1)
        if self._before is not None and speed < self._before * worth:
            self._before = None
            self._rests_until = now + _REST_S
            self._set(self.limit - 1)
        elif now >= self._rests_until and self.limit < max(MOST_BY_ITSELF, self._slots.most):
            self._before = speed
            self._set(self.limit + 1)
        else:
            self._before = None

    def _set(self, limit: int) -> None:
        self.limit = limit
        self._peak = self.in_flight
        self._slots.grant()

    def _restart(self) -> None:
        """A new window: clean from here on, and with its own goodput."""
        self._since = self._slots.now()
        self._total_then = self._total()
        self.is_full = False

    def _total(self) -> int:
        return self._confirmed + sum(meter.moved for meter in self._meters)
