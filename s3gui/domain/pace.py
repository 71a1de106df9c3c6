"""How fast bytes may move: a token bucket that the sender threads of all transfers share.

Bytes are granted in the order they were asked for, a twentieth of a second's worth at a time, so
that a low limit is a steady trickle and no row of bursts. Without a limit nobody waits and nobody
takes a lock.
"""

import threading
import time
from collections.abc import Callable

#: A block, and what may have been saved up while nothing moved, in seconds of the limit.
BLOCK_S = 0.05
#: No block is smaller: each costs a turn of a thread.
LEAST_BLOCK_BYTES = 1024


class Allowance:
    """The arithmetic, with a clock that the caller holds: never more than rate · time + burst.

    Whoever asks gets a mark on a scale of bytes, and may move them when the scale has come there.
    The scale moves on at ``rate`` and stops a burst beyond what was asked for.
    """

    __slots__ = ("_asked", "_at", "_reached", "rate")

    def __init__(self, now: float) -> None:
        #: Bytes a second; ``None``: no limit.
        self.rate: float | None = None
        self._at = now
        self._asked = 0.0
        self._reached = 0.0

    @property
    def burst(self) -> float:
        """Bytes that may move at once after a rest; the largest block."""
        return max(LEAST_BLOCK_BYTES, (self.rate or 0.0) * BLOCK_S)

    def set_rate(self, rate: float | None, now: float) -> None:
        """Another rate from now on; those who wait come sooner or later by it."""
        if self.rate is None:
            # Whoever still waits was free to go.
            self._reached, self._at = self._asked, now
        else:
            self._advance(now)
        self.rate = rate
        # What was saved up at a higher rate is not spent at a lower one.
        self._reached = min(self._reached, self._asked + self.burst)

    def ask(self, count: int, now: float) -> float:
        """The mark at which ``count`` bytes may move."""
        self._advance(now)
        self._asked += count
        return self._asked

    def missing_s(self, mark: float, now: float) -> float:
        """How long until the scale is at ``mark``, as things are; 0 when it is there."""
        if self.rate is None:
            return 0.0
        self._advance(now)
        # A billionth of a byte is no reason to wait: floats do not sum up exactly.
        return max(0.0, (mark - self._reached - 1e-6) / self.rate)

    def give_back(self, count: int) -> None:
        """Bytes that were asked for and did not move: others may take them."""
        if count and self.rate is not None:
            self._reached = min(self._reached + count, self._asked + self.burst)

    def _advance(self, now: float) -> None:
        gone, self._at = max(0.0, now - self._at), max(now, self._at)
        self._reached = min(self._reached + gone * (self.rate or 0.0), self._asked + self.burst)


class Pace:
    """A limit for one direction; used by any number of threads.

    Args:
        now: a monotonic clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._allowance = Allowance(now())
        self._changed = threading.Condition()
        #: Read without the lock by every block that moves.
        self.is_limited = False

    @property
    def bytes_per_s(self) -> float | None:
        """The limit in force; ``None``: there is none."""
        return self._allowance.rate

    def set_rate(self, bytes_per_s: float | None) -> None:
        """Takes effect with the next block, also for those who wait for theirs."""
        with self._changed:
            if bytes_per_s == self._allowance.rate:
                return
            self._allowance.set_rate(bytes_per_s, self._now())
            self.is_limited = bytes_per_s is not None
            self._changed.notify_all()

    def take(self, most: int, is_stopped: Callable[[], bool]) -> int:
        """Waits for its turn; returns how many bytes may move now, at most ``most``.

        Returns 0 when ``is_stopped`` says so; whoever makes that true calls ``wake``.
        """
        if not self.is_limited:
            return most
        with self._changed:
            allowance = self._allowance
            count = max(1, min(most, int(allowance.burst)))
            mark = allowance.ask(count, self._now())
            while not is_stopped():
                if allowance.rate is not None and count > allowance.burst:
                    # At a lower limit nothing would move for so long that servers hang up.
                    allowance.give_back(count - int(allowance.burst))
                    count = int(allowance.burst)
                    # Who stands behind may have looked before, and would sleep for what was there.
                    self._changed.notify_all()
                missing_s = allowance.missing_s(mark, self._now())
                if not missing_s:
                    return count
                self._changed.wait(missing_s)
            allowance.give_back(count)
            self._changed.notify_all()
            return 0

    def give_back(self, count: int) -> None:
        """Bytes that were taken and did not move: the line took fewer."""
        if count:
            with self._changed:
                self._allowance.give_back(count)

    def wake(self) -> None:
        """Lets those who wait look whether they are stopped."""
        if self.is_limited:
            with self._changed:
                self._changed.notify_all()
