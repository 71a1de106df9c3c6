"""What the object table costs at a million rows: a page, a filter, a sort, all selected.

Run by hand: ``QT_QPA_PLATFORM=offscreen python tests/bench/rows.py [ROWS]``. Prints milliseconds;
``worst turn`` is the longest the window stood still meanwhile.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.location import Location
from s3gui.ui.models.object_columns import Column
from s3gui.ui.models.objects import ObjectsModel
from s3gui.ui.models.selecting import totals
from s3gui.ui.theme import Theme
from s3gui.ui.widgets.table import ObjectTable

PLACE = Location("bucket", "photos/")
START = datetime(2026, 1, 1, tzinfo=UTC)


def page(first: int, count: int = 1000) -> Page:
    """What one answer of ListObjectsV2 parses to."""
    rows = tuple(
        ObjectEntry(
            f"photos/IMG_{n:08}.jpg",
            (n * 2654435761) % (1 << 30),
            START + timedelta(seconds=(n * 7919) % 31_000_000),
            f"{n:032x}",
        )
        for n in range(first, first + count)
    )
    return Page(PLACE, rows)


def settle(app: QApplication, is_busy: Callable[[], bool]) -> float:
    """Turns the loop until the model is at rest; the longest turn, in milliseconds."""
    worst = 0.0
    while True:
        begin = time.perf_counter()
        app.processEvents()
        worst = max(worst, time.perf_counter() - begin)
        if not is_busy():
            return worst * 1000


def main() -> None:
    """Fills the table and times what a person does with it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    app = QApplication([])
    Theme(app, "light")
    model = ObjectsModel()
    table = ObjectTable(model)
    table.resize(1000, 700)
    table.show()
    model.show(PLACE)
    app.processEvents()
    spent = []
    for first in range(0, count, 1000):
        one = page(first)
        begin = time.perf_counter()
        model.append(one)
        app.processEvents()
        spent.append((time.perf_counter() - begin) * 1000)
    last = sorted(spent[-100:])
    sys.stdout.write(f"append of 1 000 at {count:,}: median {last[50]:.1f}, worst {last[-1]:.1f}\n")
    model.finish()

    def timed(name: str, deed: Callable[[], object]) -> None:
        begin = time.perf_counter()
        deed()
        call = (time.perf_counter() - begin) * 1000
        worst = max(settle(app, lambda: model.is_arranging), call)
        whole = (time.perf_counter() - begin) * 1000
        sys.stdout.write(f"{name}: {whole:.0f}, worst turn {worst:.0f}\n")

    timed("sort by size", lambda: model.sort(Column.SIZE, Qt.SortOrder.DescendingOrder))
    timed("sort by time", lambda: model.sort(Column.MODIFIED))
    timed("back to names", lambda: model.sort(Column.NAME))
    timed("filter", lambda: model.set_filter("0042"))
    sys.stdout.write(f"  {model.rowCount():,} rows\n")
    timed("filter away", lambda: model.set_filter(""))
    timed("select all", table.selectAll)
    timed("count the selection", lambda: totals(model, table.selected_ranges))
    timed("sort by size, all selected", lambda: model.sort(Column.SIZE))
    timed("scroll to the end", table.scrollToBottom)


if __name__ == "__main__":
    main()
