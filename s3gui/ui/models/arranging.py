"""Filtering and sorting a million rows in short steps, so that the window never waits for them."""

from array import array
from collections.abc import Callable, Generator, Iterable, Sequence
from heapq import merge
from itertools import islice
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QTimer

#: What one step handles; measured at about 4 ms each.
_FILTER_STEP = 16_000
_SORT_STEP = 12_000
_MERGE_STEP = 4_000
#: How long one turn of the event loop may be kept busy, in seconds.
_BUDGET_S = 0.006

#: Yields between steps and returns the arranged indices.
Steps = Generator[None, None, "array[int]"]


def filter_steps(names: Callable[[int], str], count: int, needle: str) -> Steps:
    """Indices below ``count`` whose name holds ``needle``, whatever the case."""
    folded = needle.casefold()
    kept = array("i")
    for first in range(0, count, _FILTER_STEP):
        last = min(first + _FILTER_STEP, count)
        kept.extend(i for i in range(first, last) if folded in names(i).casefold())
        yield
    return kept


def sort_steps(indices: Sequence[int], key: Callable[[int], Any], *, reverse: bool) -> Steps:
    """``indices`` sorted by ``key``, stable: runs are sorted one a step, then merged.

    One ``sorted()`` over a million keys holds the interpreter for most of a second, in a thread
    too; this never does for more than a few milliseconds.
    """
    runs: list[list[int]] = []
    for first in range(0, len(indices), _SORT_STEP):
        runs.append(sorted(indices[first : first + _SORT_STEP], key=key, reverse=reverse))
        yield
    if len(runs) < 2:
        return array("i", runs[0] if runs else ())
    merged = array("i")
    rest = merge(*runs, key=key, reverse=reverse)
    while step := list(islice(rest, _MERGE_STEP)):
        merged.extend(step)
        yield
    return merged


def ranges_of_rows(rows: Iterable[int], close: int = 1) -> list[range]:
    """Sorted rows as ranges; rows that are no more than ``close`` apart share one."""
    found: list[range] = []
    for row in rows:
        if found and row - found[-1].stop < close:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found


class Stepper(QObject):
    """Runs one generator at a time, a few milliseconds a turn of the event loop."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)
        self._work: Generator[None, None, None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is left to do."""
        return self._work is not None

    def run(self, work: Generator[None, None, None]) -> None:
        """Begins ``work`` and drops what was running; what is short is done at once."""
        self._work = work
        self._turn()

    def stop(self) -> None:
        """Drops what was running."""
        self._work = None
        self._timer.stop()

    def _turn(self) -> None:
        work = self._work
        if work is None:
            return
        until = perf_counter() + _BUDGET_S
        for _ in work:
            if perf_counter() >= until:
                if self._work is work and not self._timer.isActive():
                    self._timer.start()
                return
        if self._work is work:
            self.stop()
