"""The parts that a chosen transfer unfolds to."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.transfers.fake_queue import finish, fly, make
from ui.transfers.panes import Make, at_work, choose

from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import State
from s3gui.ui.delegates.part_bar import PartBarDelegate
from s3gui.ui.widgets.transfers_pane import TransfersPane


def settle(pane: TransfersPane) -> None:
    """The turns of the loop that what happened is painted in."""
    while pane._turns.isActive():
        pane._on_turn()


def test_the_first_that_comes_shows_its_parts_until_another_is_chosen(make_pane: Make) -> None:
    done = make(9, state=State.COMPLETED)
    queue, pane = make_pane(done)
    assert pane.table.current() is None
    first, second, third = at_work(1), at_work(2), at_work(3)
    queue.add(first)
    settle(pane)
    assert (pane.table.current(), pane.parts.model.transfer) == (first, first)
    queue.add(second)
    settle(pane)
    assert pane.table.current() is first
    first.move_to(State.FAILED)
    queue.add(third)
    settle(pane)
    assert pane.table.current() is third
    choose(pane, 2)
    second.move_to(State.FAILED)
    queue.add(at_work(4))
    settle(pane)
    assert pane.table.current() is second


def test_when_the_unfolded_one_is_done_the_next_that_moves_unfolds(make_pane: Make) -> None:
    queue, pane = make_pane()
    first, second, third = (at_work(n) for n in (1, 2, 3))
    queue.add(first, second, third)
    settle(pane)
    assert pane.table.current() is first
    first.move_to(State.FINISHING)
    first.move_to(State.COMPLETED)
    pane.model.sample()
    assert pane.table.current() is second
    second.move_to(State.FAILED)
    pane.model.sample()
    assert pane.table.current() is second, "its error is to be read"


def test_a_row_that_the_person_chose_stays_unfolded_when_it_is_done(make_pane: Make) -> None:
    queue, pane = make_pane()
    queue.add(at_work(1), at_work(2), at_work(3))
    choose(pane, 2)
    queue.rows[1].move_to(State.FINISHING)
    queue.rows[1].move_to(State.COMPLETED)
    pane.model.sample()
    assert pane.table.current() is queue.rows[1]


def test_the_keyboard_is_seen_among_the_parts(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    QApplication.sendEvent(pane.parts.grid, QFocusEvent(QEvent.Type.FocusIn))
    assert pane.parts.grid.currentIndex().isValid()


def test_the_selected_transfer_unfolds_to_its_parts(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1), make(2))
    queue.rates[1] = Rate(2_000_000, 30)
    pane.model.sample()
    assert not pane.parts.isVisible()
    choose(pane, 1)
    assert pane.parts.isVisible()
    assert pane.parts.grid.isVisible()
    assert "19 of 40 parts stored, 1 on the way · 2\u00a0MB/s · 30\u00a0s left" in pane.parts.totals
    choose(pane, 2)
    assert not pane.parts.grid.isVisible()
    pane.table.clearSelection()
    assert not pane.parts.isVisible()


def sample(pane: TransfersPane) -> None:
    """A sample, and the turns of the loop that it is painted in."""
    pane.model.sample()
    settle(pane)


def test_the_parts_follow_what_is_sampled(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    finish(queue.rows[0], [20])
    sample(pane)
    assert "20 of 40 parts stored" in pane.parts.totals


def test_the_parts_of_a_row_that_is_planned_later_appear(make_pane: Make) -> None:
    queue, pane = make_pane(make(1, size=10 << 20))
    choose(pane, 1)
    assert not pane.parts.grid.isVisible()
    planned = make(1, parts=10)
    queue.rows[0].parts = planned.parts
    queue.rows[0].move_to(State.RUNNING)
    sample(pane)
    assert pane.parts.grid.isVisible()


def in_sight(pane: TransfersPane) -> set[int]:
    grid, model = pane.parts.grid, pane.parts.model
    height = grid.viewport().height()
    rows = [row for row in range(model.rowCount()) if 0 <= grid.rowViewportPosition(row) < height]
    parts = [model.part_at(model.index(r, c)) for r in rows for c in range(model.columnCount())]
    return {part.part.number for part in parts if part is not None}


def test_the_parts_in_flight_are_kept_in_sight_until_somebody_scrolls(make_pane: Make) -> None:
    row = at_work(1, parts=4000)
    _queue, pane = make_pane(row)
    choose(pane, 1)
    QTest.qWait(0)
    assert 2000 in in_sight(pane)
    finish(row, range(2000, 3000))
    fly(row, 3000, 0.1)
    sample(pane)
    assert 3000 in in_sight(pane)
    pane.parts.grid.verticalScrollBar().triggerAction(
        pane.parts.grid.verticalScrollBar().SliderAction.SliderToMinimum
    )
    finish(row, range(3000, 3500))
    fly(row, 3500, 0.1)
    sample(pane)
    assert not pane.parts.follows
    assert 1 in in_sight(pane)
    assert 3500 not in in_sight(pane)


def test_a_click_in_the_map_shows_the_part(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1, parts=4000))
    choose(pane, 1)
    QTest.qWait(0)
    pane.parts._map.part_clicked.emit(3900)
    assert 3900 in in_sight(pane)


def test_as_many_parts_in_a_row_as_fit(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    wanted = PartBarDelegate.wanted_width(pane.parts.grid.fontMetrics())
    assert pane.parts.model.columnCount() == pane.parts.grid.viewport().width() // wanted
    pane.resize(wanted + 40, 400)
    assert pane.parts.model.columnCount() == 1


def test_the_chosen_row_stays_in_sight_when_the_parts_unfold(make_pane: Make) -> None:
    _queue, pane = make_pane(*(at_work(n) for n in range(9)))
    where = pane.table.visualRect(pane.model.index(8, 0)).center()
    QTest.mouseClick(pane.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert pane.parts.isVisible()
    QTest.qWait(0)
    assert pane.table.viewport().rect().contains(pane.table.visualRect(pane.model.index(8, 0)))


def test_what_unfolds_is_painted_by_and_by_and_whole_in_the_end(
    make_pane: Make, qtbot: QtBot
) -> None:
    _queue, pane = make_pane(at_work(1), at_work(2))
    pane.show()
    for number in (1, 2):
        choose(pane, number)
        assert not pane.parts.updatesEnabled()
        assert not pane.parts.grid.updatesEnabled()
        qtbot.waitUntil(pane.parts.grid.updatesEnabled)
        assert pane.parts.updatesEnabled()
    # Chosen one after the other, faster than they are painted.
    choose(pane, 1)
    choose(pane, 2)
    qtbot.waitUntil(pane.parts.grid.updatesEnabled)
    assert not pane.parts._next_turn.isActive()
