"""The table over the queue: what is pushed, what is sampled, and what is not emitted."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from ui.transfers.fake_queue import MIB, FakeQueue, finish, fly, make
from ui.transfers.panes import Make as MakePane
from ui.transfers.signals import heard, until

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import ErrorNote, State, Transfer, Waiting
from s3gui.ui.models.transfer_cells import TRANSFER_ROLE
from s3gui.ui.models.transfer_columns import COLUMNS, Column
from s3gui.ui.models.transfers import TransfersModel

Make = Callable[..., tuple[FakeQueue, TransfersModel]]


class Heard:
    """What a model emitted, as plain values."""

    def __init__(self, model: TransfersModel) -> None:
        self.changed: list[tuple[int, int, int, int]] = []
        self.inserted: list[tuple[int, int]] = []
        self.removed: list[tuple[int, int]] = []
        self.laid_out = 0
        self.summaries: list[str] = []
        model.dataChanged.connect(self._on_changed)
        model.rowsInserted.connect(lambda _p, first, last: self.inserted.append((first, last)))
        model.rowsRemoved.connect(lambda _p, first, last: self.removed.append((first, last)))
        model.layoutChanged.connect(self._on_laid_out)
        model.summary_changed.connect(self.summaries.append)

    def _on_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self.changed.append((first.row(), last.row(), first.column(), last.column()))

    def _on_laid_out(self) -> None:
        self.laid_out += 1


def ids(model: TransfersModel) -> list[int]:
    return [model.index(row, 0).data(TRANSFER_ROLE).id for row in range(model.rowCount())]


def running(number: int, parts: int = 4) -> Transfer:
    transfer = make(number, parts=parts, state=State.RUNNING)
    fly(transfer, 1, 0.1)
    return transfer


@pytest.mark.parametrize("count", [0, 1, 30])
def test_the_model_keeps_its_contract_through_every_change(
    qtmodeltester: Any, make_model: Make, count: int
) -> None:
    queue, model = make_model(*(make(n) for n in range(count)))
    qtmodeltester.check(model)
    queue.add(*(make(n) for n in range(100, 120)))
    queue.move([105, 107], -3)
    queue.rows[0].move_to(State.RUNNING)
    model.sample()
    queue.pause([queue.rows[0].id])
    queue.remove([101, 102, 110, 119])
    model.sample()
    qtmodeltester.check(model)
    assert ids(model) == [one.id for one in queue.rows]


def test_a_thousand_new_rows_are_one_insert(make_model: Make) -> None:
    queue, model = make_model(make(1))
    seen = Heard(model)
    queue.add(*(make(n) for n in range(2, 1002)))
    assert seen.inserted == [(1, 1000)]
    assert model.row_of(1001) == 1000


def test_rows_go_range_by_range_from_the_end(make_model: Make) -> None:
    queue, model = make_model(*(make(n, state=State.COMPLETED) for n in range(10)))
    seen = Heard(model)
    queue.remove([0, 1, 5, 8, 9])
    assert seen.removed == [(8, 9), (5, 5), (0, 1)]
    assert ids(model) == [2, 3, 4, 6, 7]


@pytest.mark.parametrize("count", [1_000, 5_000])
async def test_many_scattered_rows_go_and_the_chosen_one_stays_chosen(
    make_pane: MakePane, count: int
) -> None:
    queue, pane = make_pane(*(make(n, state=State.COMPLETED) for n in range(count)))
    pane.table.choose([pane.model.transfer(501)])
    queue.remove(range(0, count, 2))
    # At once for all who ask what there is.
    assert pane.model.tally.total == count // 2
    queue.add(make(count))
    await until(lambda: not pane.model.is_arranging)
    assert ids(pane.model) == [*range(1, count, 2), count]
    assert [one.id for one in pane.table.chosen()] == [501]
    assert pane.model.row_of(501) == 250
    assert pane.model.row_of(500) is None


async def test_the_view_stays_where_it_is_when_thousands_go(make_pane: MakePane) -> None:
    queue, pane = make_pane(*(make(n, state=State.COMPLETED) for n in range(6_000)))
    table = pane.table
    table.scrollTo(pane.model.index(4_001, 0), table.ScrollHint.PositionAtTop)
    queue.remove(range(4_000))
    await until(lambda: not pane.model.is_arranging)
    assert pane.model.transfer(table.rowAt(0)).id == 4_001


async def test_a_new_order_while_rows_leave_is_kept(make_pane: MakePane) -> None:
    queue, pane = make_pane(*(make(n, state=State.COMPLETED) for n in range(9_000)))
    queue.remove(range(0, 9_000, 2))
    queue.rows.reverse()
    for observer in queue.observers:
        observer.order_changed()
    await until(lambda: not pane.model.is_arranging)
    assert ids(pane.model) == list(range(8_999, 0, -2))


def test_a_new_order_takes_the_chosen_row_along(make_model: Make) -> None:
    queue, model = make_model(*(make(n) for n in range(5)))
    chosen = QPersistentModelIndex(model.index(3, 1))
    seen = Heard(model)
    queue.move([3], -2)
    assert ids(model) == [0, 3, 1, 2, 4]
    assert (chosen.row(), model.row_of(3), seen.laid_out) == (1, 1, 1)
    model.reorder()
    assert seen.laid_out == 1


def test_nothing_is_emitted_while_nothing_moves(make_model: Make) -> None:
    _queue, model = make_model(running(1), make(2), running(3))
    model.sample()
    seen = Heard(model)
    model.sample()
    model.sample()
    assert (seen.changed, seen.summaries) == ([], [])


def test_rows_that_move_are_one_range(make_model: Make) -> None:
    rows = [running(n) for n in range(6)]
    _queue, model = make_model(make(90), *rows, make(91))
    model.sample()
    seen = Heard(model)
    for number in (1, 2, 4):
        meter = rows[number].parts[0].meter
        assert meter is not None
        meter.moved += 1000
    model.sample()
    assert seen.changed == [(2, 5, Column.PROGRESS, len(COLUMNS) - 1)]


def test_a_part_that_only_changes_its_state_is_seen(make_model: Make) -> None:
    row = running(1)
    _queue, model = make_model(row)
    model.sample()
    seen = Heard(model)
    row.parts[0].state = row.parts[0].state.SENT
    model.sample()
    assert len(seen.changed) == 1


def test_a_speed_that_changes_is_seen(make_model: Make) -> None:
    queue, model = make_model(running(1))
    model.sample()
    seen = Heard(model)
    queue.rates[1] = Rate(5_000_000, 60)
    model.sample()
    assert len(seen.changed) == 1
    assert model.index(0, Column.SPEED).data() == "5\u00a0MB/s"
    assert model.index(0, Column.LEFT).data() == "1\u00a0min"


def test_sampling_runs_only_while_something_is_on_the_wire(make_model: Make) -> None:
    queue, model = make_model(make(1), make(2))
    assert not model.is_sampling
    queue.rows[0].move_to(State.RUNNING)
    model.sample()
    assert model.is_sampling
    queue.rows[0].move_to(State.PAUSED)
    model.sample()
    assert not model.is_sampling


async def test_the_timers_show_what_was_pushed_and_what_moved(make_model: Make) -> None:
    row = make(1, parts=4)
    _queue, model = make_model(row)
    async with heard(model.dataChanged):
        row.move_to(State.RUNNING)
    assert model.is_sampling
    async with heard(model.dataChanged):
        fly(row, 1, 0.5)
    async with heard(model.summary_changed):
        row.move_to(State.FAILED)
    assert not model.is_sampling


def test_many_state_changes_in_a_moment_are_one_emission(make_model: Make) -> None:
    queue, model = make_model(*(make(n) for n in range(500)))
    seen = Heard(model)
    for transfer in queue.rows:
        transfer.move_to(State.PAUSED)
    assert seen.changed == []
    model.sample()
    assert seen.changed == [(0, 499, 0, len(COLUMNS) - 1)]


def test_a_closed_model_hears_and_samples_nothing(make_model: Make) -> None:
    queue, model = make_model(running(1))
    model.close()
    model.close()
    assert queue.observers == []
    assert not model.is_sampling
    model.note(queue.rows[0])
    assert not model.is_sampling


def test_the_summary_counts_what_is_left_and_follows_the_states(make_model: Make) -> None:
    queue, model = make_model(running(1), make(2), make(3, state=State.PAUSED))
    queue.total = Rate(96_000_000, 240)
    seen = Heard(model)
    model.sample()
    assert seen.summaries == ["96\u00a0MB/s · 2 left · 4\u00a0min · 1 paused"]
    queue.rows[0].move_to(State.FAILED, error=ErrorNote("No"))
    queue.pause([2])
    model.sample()
    assert model.summary == "2 paused · 1 failed"
    queue.remove([1, 2, 3])
    model.sample()
    assert model.summary == ""


def test_a_problem_of_the_queue_is_passed_on(make_model: Make) -> None:
    queue, model = make_model()
    told: list[S3guiError] = []
    model.problem.connect(told.append)
    error = S3guiError("The journal is full")
    queue.observers[0].queue_problem(error)
    assert told == [error]


def test_cells_show_what_there_is_to_know(make_model: Make) -> None:
    transfer = make(1, "dump.sql", parts=4, size=4 * MIB, state=State.RUNNING)
    finish(transfer, [1, 2])
    queue, model = make_model(transfer)
    queue.rates[1] = Rate(2_000_000, 61)
    model.sample()
    shown = [model.index(0, column).data() for column in Column]
    assert shown == [
        "dump.sql", "s3://bucket/backups/", "4.2\u00a0MB", "50\u00a0%", "",
        "2\u00a0MB/s", "1\u00a0min", "2/4", "Uploading", "Normal", "",
    ]  # fmt: skip
    spoken = model.index(0, Column.MAP).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "2 of 4 parts stored"


def test_a_row_that_waits_shows_no_speed(make_model: Make) -> None:
    transfer = running(1)
    queue, model = make_model(transfer)
    queue.rates[1] = Rate(2_000_000, 61)
    transfer.wait_for(Waiting.NETWORK)
    model.sample()
    assert model.index(0, Column.SPEED).data() == ""
    assert model.index(0, Column.LEFT).data() == ""


def test_figures_stand_on_the_right_under_their_titles(make_model: Make) -> None:
    _queue, model = make_model(make(1))
    for column, spec in COLUMNS.items():
        cell = model.index(0, column).data(Qt.ItemDataRole.TextAlignmentRole)
        title = model.headerData(
            column, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole
        )
        assert cell == title
        assert bool(cell & Qt.AlignmentFlag.AlignRight) == spec.is_figure


def test_failed_is_red_in_the_light_and_in_the_dark(make_model: Make, look: Any) -> None:
    note = ErrorNote("<b>No</b>", "why", "do")
    _queue, model = make_model(make(1, state=State.FAILED, error=note))
    index = model.index(0, Column.STATE)
    colors = []
    for theme in ("light", "dark"):
        look.set(theme)
        colors.append(index.data(Qt.ItemDataRole.ForegroundRole))
    for color in colors:
        assert isinstance(color, QColor)
        assert color.red() > 150 > color.blue()
    assert colors[0] != colors[1]
    assert "&lt;b&gt;No" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_every_tooltip_is_escaped(make_model: Make) -> None:
    _queue, model = make_model(make(1, "<img src=x>.bin"))
    for column in (Column.NAME, Column.DESTINATION):
        tip = model.index(0, column).data(Qt.ItemDataRole.ToolTipRole)
        assert "<img" not in tip
        assert "&lt;img" in tip


async def test_a_hundred_thousand_rows_come_change_and_go(make_model: Make) -> None:
    queue, model = make_model(*(make(n) for n in range(100_000)))
    seen = Heard(model)
    for transfer in queue.rows[::1000]:
        transfer.move_to(State.RUNNING)
    model.sample()
    assert seen.changed == [(0, 99_000, 0, len(COLUMNS) - 1)]
    assert len(model.tally.active) == 100
    queue.pause(range(100_000))
    queue.remove(range(0, 100_000, 2))
    await until(lambda: not model.is_arranging)
    assert model.rowCount() == 50_000
    assert model.row_of(99_999) == 49_999
