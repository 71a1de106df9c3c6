"""What the transfers table costs at a hundred thousand rows while 2,000 a second complete.

Run by hand: ``QT_QPA_PLATFORM=offscreen PYTHONPATH=tests python tests/bench/transfer_rows.py [N]``.
Prints milliseconds. A timer of 10 ms on the window's loop notes how late it comes, while 32 rows
run and others take their places; and what painting a map of 10,000 parts costs. Medians of 5.
"""

import statistics
import sys
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication
from ui.transfers.fake_queue import MIB, FakeQueue, finish, fly, make

from s3gui.domain.transfer import ACTIVE, State, Transfer
from s3gui.ui.delegates.part_image import PartMap
from s3gui.ui.models.transfer_columns import Column
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import Theme, palette
from s3gui.ui.widgets.transfers_pane import TransfersPane

TICK_MS = 10
#: Ten completions each 5 ms.
FEED_MS, AT_ONCE = 5, 10
RUNNING = 32
CHURN_MS = 4000
ROUNDS = 5
UNFINISHED = frozenset({State.QUEUED, State.RUNNING, State.FINISHING})


class Queue(FakeQueue):
    """Removes thousands at once."""

    def remove(self, ids: Collection[int]) -> None:
        wanted = set(ids)
        gone = {one.id for one in self.rows if one.id in wanted and one.state not in ACTIVE}
        self.rows = [one for one in self.rows if one.id not in gone]
        for observer in self.observers:
            observer.transfers_removed(gone)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def rss_mib() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


def spent_ms(deed: Callable[[], object]) -> float:
    begin = time.perf_counter()
    deed()
    return (time.perf_counter() - begin) * 1000


class Churn:
    """Completes rows and lets the next ones run, and counts how late the loop is meanwhile."""

    def __init__(self, rows: list[Transfer]) -> None:
        self._rows = rows
        self._tail, self.head = 0, 0
        self._late: list[float] = []
        self._last = 0.0
        self._tick, self._feed = QTimer(interval=TICK_MS), QTimer(interval=FEED_MS)
        for timer in (self._tick, self._feed):
            timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._on_tick_timeout)
        self._feed.timeout.connect(self._on_feed_timeout)
        while self.head < RUNNING:
            self._begin()

    def _begin(self) -> None:
        self._rows[self.head].move_to(State.RUNNING)
        self.head += 1

    def _on_tick_timeout(self) -> None:
        now = time.perf_counter()
        self._late.append(max(0.0, (now - self._last) * 1000 - TICK_MS))
        self._last = now

    def _on_feed_timeout(self) -> None:
        for _ in range(AT_ONCE):
            done = self._rows[self._tail]
            self._tail += 1
            done.move_to(State.FINISHING)
            done.move_to(State.COMPLETED)
            self._begin()

    def run(self, name: str) -> None:
        """Prints p99 and maximum of how late a click would have been."""
        self._late.clear()
        began = self.head
        self._last = time.perf_counter()
        self._tick.start()
        self._feed.start()
        loop = QEventLoop()
        QTimer.singleShot(CHURN_MS, loop.quit)
        loop.exec()
        self._tick.stop()
        self._feed.stop()
        late = sorted(self._late)
        rate = (self.head - began) * 1000 // CHURN_MS
        p99 = late[int(len(late) * 0.99)]
        say(f"{name}: {rate:,} rows/s, late p99 {p99:.1f}, max {late[-1]:.1f}")


def settled(pane: TransfersPane, deed: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds until what was asked for is shown, and the longest turn of the loop."""
    begin = time.perf_counter()
    worst = spent_ms(deed)
    while pane.model.is_arranging or pane.actions_.is_clearing:
        worst = max(worst, spent_ms(QApplication.processEvents))
    return (time.perf_counter() - begin) * 1000, worst


def timed(name: str, pane: TransfersPane, deed: Callable[[], object]) -> None:
    whole, worst = settled(pane, deed)
    say(f"{name}: {whole:.0f}, worst turn {worst:.0f}; {pane.model.rowCount():,} rows")


def maps() -> None:
    """Ten thousand parts: an image drawn anew, and one mended after 32 of them moved."""
    transfer = make(1, parts=10_000, state=State.RUNNING)
    finish(transfer, range(1, 5_001))
    meters = [fly(transfer, number, 0.1) for number in range(5_001, 5_033)]
    look = palette(dark=False)
    for width, height, ratio in ((138, 14, 1.0), (1240, 20, 1.0), (1240, 125, 1.0), (1240, 125, 2)):
        new, mended = [], []
        for turn in range(ROUNDS):
            kept = PartMap()
            paint = partial(kept.image, transfer, width, height, look, ratio)
            new.append(spent_ms(paint))
            for meter in meters:
                meter.moved = MIB * (turn + 2) // 8
            mended.append(spent_ms(paint))
        say(
            f"map {width} x {height} at {ratio:.0%}: new {statistics.median(new):.2f}, "
            f"mended {statistics.median(mended):.2f} ({kept.painted} cells)"
        )


def main() -> None:
    """Fills the table and times what a person does with it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    app = QApplication([])
    Theme(app, "light")
    maps()
    before = rss_mib()
    rows = [make(n, f"file-{n:06}.bin", size=4096 + n) for n in range(1, count + 1)]
    queue = Queue()
    pane = TransfersPane(queue, Tasks(lambda error, _name: say(repr(error))))
    pane.resize(1280, 400)
    pane.show()
    app.processEvents()
    adds = []
    for first in range(0, count, 1000):
        adds.append(spent_ms(partial(queue.add, *rows[first : first + 1000])))
        app.processEvents()
    say(f"add of 1 000: median {statistics.median(adds):.1f}, worst {max(adds):.1f}")
    again = spent_ms(lambda: TransfersPane(queue, Tasks(lambda _e, _n: None)).close_feed())
    say(f"a pane over {count:,} rows at the start: {again:.0f}")
    churn = Churn(rows)
    churn.run("at the top")
    pane.table.scrollTo(pane.model.index(churn.head + 3000, 0))
    churn.run("in sight")
    say(f"select all: {spent_ms(pane.table.selectAll):.1f}")
    churn.run("all selected")
    pane.table.clearSelection()
    find = pane.model.look_for
    timed("search, the first", pane, lambda: find("file-09"))
    timed("search, the next", pane, lambda: find("file-099"))
    timed("search by state", pane, lambda: find("queued"))
    timed("not finished", pane, lambda: find("", UNFINISHED))
    churn.run("while finished rows leave the view")
    timed("all", pane, lambda: find(""))
    timed("sort by size", pane, lambda: pane.model.sort(Column.SIZE, Qt.SortOrder.DescendingOrder))
    timed("the queue's order", pane, lambda: pane.model.sort(-1))
    timed("remove what is completed", pane, pane.actions_.clear.trigger)
    say(f"memory: {rss_mib() - before} MiB for rows and window, {rss_mib()} MiB in all")
    pane.close_feed()


if __name__ == "__main__":
    main()
