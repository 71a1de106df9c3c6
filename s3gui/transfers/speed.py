"""Speed and time left, out of byte counters that are sampled when somebody looks."""

from collections import deque
from collections.abc import Callable

from s3gui.domain.queueing import Rate

#: How far back the speed looks, in seconds.
WINDOW_S = 5.0
#: Closer together than this samples tell nothing, in seconds.
_APART_S = 0.1
#: Less than this behind it is no speed yet, in seconds.
_LEAST_S = 0.5


class Gauge:
    """The speed of one transfer.

    The counter it is shown may go back, when a part is sent again; the bytes went over the line all
    the same, so the speed never does.

    Args:
        now: a monotonic clock in seconds.
    """

    __slots__ = ("_credit", "_last", "_now", "_samples")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.reset()

    def reset(self) -> None:
        """Forgets: the transfer starts, or goes on from what it had."""
        self._samples: deque[tuple[float, int]] = deque()
        self._last = 0
        self._credit = 0

    def skip(self, count: int) -> None:
        """Bytes that are going to count without having been sent: they were there already."""
        self._credit -= count

    def sample(self, moved: int) -> None:
        """Takes the counter as it stands."""
        if moved < self._last:
            self._credit += self._last - moved
        self._last = moved
        at = self._now()
        if self._samples and at - self._samples[-1][0] < _APART_S:
            return
        self._samples.append((at, moved + self._credit))
        while len(self._samples) > 2 and self._samples[1][0] <= at - WINDOW_S:
            self._samples.popleft()

    def rate(self, left_bytes: int) -> Rate:
        """Bytes a second over the window, and how long ``left_bytes`` take at that."""
        speed = self.bytes_per_s
        return Rate(speed, left_bytes / speed if speed else None)

    @property
    def bytes_per_s(self) -> float | None:
        """``None`` before there is enough to tell."""
        if len(self._samples) < 2:
            return None
        (began, first), (ended, last) = self._samples[0], self._samples[-1]
        took = ended - began
        return max(0.0, (last - first) / took) if took >= _LEAST_S else None
