"""The pane as a person uses it: choosing, commands, keyboard, parts, details."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from ui.transfers.fake_queue import FakeQueue, finish, fly, make
from ui.transfers.signals import opened, until

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import Direction, ErrorNote, State, Transfer
from s3gui.ui.delegates.part_bar import PartBarDelegate
from s3gui.ui.dialogs.abort import AbortDialog, Parts
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.models.transfer_columns import Column
from s3gui.ui.widgets.transfers_pane import TransfersPane

Make = Callable[..., tuple[FakeQueue, TransfersPane]]
NOTE = ErrorNote("Access denied", "The keys may not write.", "Ask.", "AccessDenied", "R1")


def at_work(number: int = 1, parts: int = 40, state: State = State.RUNNING) -> Transfer:
    transfer = make(number, f"file-{number}.bin", parts=parts, state=state)
    finish(transfer, range(1, parts // 2))
    fly(transfer, parts // 2, 0.5)
    transfer.upload_id = "u"
    return transfer


def choose(pane: TransfersPane, *ids: int) -> None:
    rows = [pane.model.row_of(one) for one in ids]
    pane.table.choose([pane.model.transfer(row) for row in rows if row is not None])


def enabled(pane: TransfersPane) -> set[str]:
    names = ("pause", "resume", "abort", "retry", "clear", "remove", "up", "pause_all")
    return {name for name in names if getattr(pane.actions_, name).isEnabled()}


def test_without_transfers_it_says_where_to_drop(make_pane: Make) -> None:
    queue, pane = make_pane()
    assert not pane.table.isVisible()
    labels = [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]
    assert "Drop files here or on the table to upload" in labels
    queue.add(make(1))
    assert pane.table.isVisible()
    queue.remove([1])
    assert not pane.table.isVisible()


def test_the_first_that_comes_shows_its_parts_until_another_is_chosen(make_pane: Make) -> None:
    done = make(9, state=State.COMPLETED)
    queue, pane = make_pane(done)
    assert pane.table.current() is None
    first, second, third = at_work(1), at_work(2), at_work(3)
    queue.add(first)
    assert (pane.table.current(), pane.parts.model.transfer) == (first, first)
    queue.add(second)
    assert pane.table.current() is first
    first.move_to(State.FAILED)
    queue.add(third)
    assert pane.table.current() is third
    choose(pane, 2)
    second.move_to(State.FAILED)
    queue.add(at_work(4))
    assert pane.table.current() is second


@pytest.mark.parametrize(
    ("state", "can"),
    [
        (State.QUEUED, {"pause", "abort", "up", "pause_all"}),
        (State.RUNNING, {"pause", "abort", "up", "pause_all"}),
        (State.FINISHING, {"up"}),
        (State.COMPLETED, {"clear", "remove", "up"}),
        (State.PAUSED, {"resume", "abort", "up"}),
        (State.FAILED, {"abort", "retry", "up"}),
        (State.CANCELLED, {"abort", "retry", "clear", "up"}),
    ],
)
def test_commands_are_enabled_by_the_state_of_the_selection(
    make_pane: Make, state: State, can: set[str]
) -> None:
    _queue, pane = make_pane(at_work(1, state=state))
    choose(pane, 1)
    assert enabled(pane) == can


def test_without_a_selection_only_what_means_all_is_enabled(make_pane: Make) -> None:
    _queue, pane = make_pane(
        at_work(1), make(2, state=State.FAILED), make(3, state=State.COMPLETED)
    )
    assert enabled(pane) == {"retry", "clear", "pause_all"}


def test_a_state_that_changes_enables_other_commands(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    queue.pause([1])
    pane.model.sample()
    assert "resume" in enabled(pane)
    assert "pause" not in enabled(pane)


def test_a_finishing_row_says_why_it_cannot_be_aborted(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1, state=State.FINISHING))
    choose(pane, 1)
    assert "cannot be stopped any more" in pane.actions_.abort.toolTip()


def test_each_command_asks_the_queue_for_those_who_can_follow(make_pane: Make) -> None:
    queue, pane = make_pane(
        at_work(1), make(2, state=State.PAUSED), make(3, state=State.FAILED), make(4)
    )
    does = pane.actions_
    choose(pane, 1, 2, 3, 4)
    does.pause.trigger()
    choose(pane, 2)
    does.resume.trigger()
    choose(pane, 3)
    does.retry.trigger()
    choose(pane, 4, 1)
    does.up.trigger()
    does.bottom.trigger()
    does.pause_all.trigger()
    does.resume_all.trigger()
    assert queue.asked == [
        ("pause", [1, 4]),
        ("resume", [2]),
        ("retry", [3]),
        ("move", [1, 4], -1),
        ("move", [1, 4], 4),
        ("pause", [2, 3]),
        ("resume", [1, 2, 3, 4]),
    ]


def test_retry_without_failed_ones_selected_takes_all_failed(make_pane: Make) -> None:
    queue, pane = make_pane(
        make(1, state=State.FAILED), make(2, state=State.CANCELLED), make(3, state=State.FAILED)
    )
    pane.actions_.retry.trigger()
    assert queue.asked == [("retry", [1, 3])]


def test_clear_leaves_what_has_parts_on_the_server_and_what_failed(make_pane: Make) -> None:
    queue, pane = make_pane(
        make(1, state=State.COMPLETED),
        make(2, state=State.FAILED),
        make(3, state=State.CANCELLED),
        make(4, state=State.CANCELLED, upload_id="kept"),
    )
    pane.actions_.clear.trigger()
    assert queue.asked == [("remove", [1, 3])]
    assert pane.model.rowCount() == 2


def test_space_pauses_and_resumes(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Space)
    pane.model.sample()
    QTest.keyClick(pane.table, Qt.Key.Key_Space)
    assert queue.asked == [("pause", [1]), ("resume", [1])]


def test_del_takes_an_ended_row_off_the_list(make_pane: Make) -> None:
    queue, pane = make_pane(make(1, state=State.COMPLETED))
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Delete)
    assert queue.asked == [("remove", [1])]


def test_arrow_keys_choose_and_modified_keys_are_left_alone(make_pane: Make) -> None:
    queue, pane = make_pane(make(1), make(2))
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Down)
    assert [one.id for one in pane.table.chosen()] == [2]
    QTest.keyClick(pane.table, Qt.Key.Key_Space, Qt.KeyboardModifier.AltModifier)
    assert queue.asked == []


@pytest.mark.parametrize(("choice", "keep"), [(Parts.KEEP, True), (Parts.REMOVE, False)])
async def test_del_asks_and_aborts(make_pane: Make, choice: Parts, *, keep: bool) -> None:
    queue, pane = make_pane(at_work(1), at_work(2, state=State.FINISHING))
    choose(pane, 1, 2)
    QTest.keyClick(pane.table, Qt.Key.Key_Delete)
    dialog = await opened(AbortDialog)
    assert dialog.choice is Parts.KEEP
    dialog.choose(choice)
    dialog.accept()
    await until(lambda: bool(queue.asked))
    assert queue.asked == [("abort", [1], keep)]


async def test_a_row_that_ends_while_it_is_asked_about_is_left_alone(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1), at_work(2))
    choose(pane, 1, 2)
    pane.actions_.abort.trigger()
    dialog = await opened(AbortDialog)
    queue.rows[0].move_to(State.FINISHING)
    queue.rows[0].move_to(State.COMPLETED)
    dialog.accept()
    await until(lambda: bool(queue.asked))
    assert queue.asked == [("abort", [2], True)]


async def test_cancel_aborts_nothing(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    pane.actions_.abort.trigger()
    dialog = await opened(AbortDialog)
    dialog.reject()
    await until(lambda: not pane._tasks.running)
    assert queue.asked == []


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


def test_the_parts_follow_what_is_sampled(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    finish(queue.rows[0], [20])
    pane.model.sample()
    assert "20 of 40 parts stored" in pane.parts.totals


def test_the_parts_of_a_row_that_is_planned_later_appear(make_pane: Make) -> None:
    queue, pane = make_pane(make(1, size=10 << 20))
    choose(pane, 1)
    assert not pane.parts.grid.isVisible()
    planned = make(1, parts=10)
    queue.rows[0].parts = planned.parts
    queue.rows[0].move_to(State.RUNNING)
    pane.model.sample()
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
    pane.model.sample()
    assert 3000 in in_sight(pane)
    pane.parts.grid.verticalScrollBar().triggerAction(
        pane.parts.grid.verticalScrollBar().SliderAction.SliderToMinimum
    )
    finish(row, range(3000, 3500))
    fly(row, 3500, 0.1)
    pane.model.sample()
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


async def test_a_failed_row_shows_its_error_and_details_on_a_double_click(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1, state=State.FAILED, error=NOTE))
    choose(pane, 1)
    shown = [
        label.accessibleName() for label in pane.parts.findChildren(QLabel) if label.isVisible()
    ]
    assert "Access denied. The keys may not write. Ask." in shown
    where = pane.table.visualRect(pane.model.index(0, Column.STATE)).center()
    QTest.mouseDClick(pane.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    dialog = await opened(ProblemDialog)
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text().splitlines() == [
        "Access denied", "The keys may not write.", "Ask.", "Code: AccessDenied", "Request id: R1",
    ]  # fmt: skip
    dialog.reject()
    await until(lambda: not pane._tasks.running)


def test_enter_on_a_row_without_an_error_asks_for_its_place(make_pane: Make) -> None:
    queue, pane = make_pane(make(1, state=State.COMPLETED))
    wanted: list[Transfer] = []
    pane.place_wanted.connect(wanted.append)
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Return)
    assert wanted == [queue.rows[0]]


def test_the_menu_has_the_commands_and_copies(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    menu = pane.menu()
    said = {action.text(): action for action in menu.actions()}
    assert {"Pause", "Abort…", "Retry failed", "Move up", "Remove from list"} <= set(said)
    said["Copy path"].trigger()
    assert QGuiApplication.clipboard().text() == "/home/me/file-1.bin"
    said["Copy destination"].trigger()
    assert QGuiApplication.clipboard().text() == "s3://bucket/backups/file-1.bin"
    assert not said["Show error details…"].isEnabled()
    menu.deleteLater()


def test_a_name_that_is_not_text_can_be_copied(make_pane: Make) -> None:
    transfer = make(1)
    transfer.path = Path("/home/me/\udcff.bin")
    _queue, pane = make_pane(transfer)
    choose(pane, 1)
    menu = pane.menu()
    next(action for action in menu.actions() if action.text() == "Copy path").trigger()
    assert QGuiApplication.clipboard().text() == "/home/me/?.bin"
    menu.deleteLater()


def test_columns_can_be_hidden_and_are_remembered(make_pane: Make, tmp_path: Path) -> None:
    _queue, pane = make_pane(make(1))
    menu = pane.columns_menu()
    actions = {action.text(): action for action in menu.actions()}
    assert not actions["Name"].isEnabled()
    actions["Part map"].trigger()
    menu.deleteLater()
    assert pane.table.isColumnHidden(Column.MAP)
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    pane.save_layout(settings)
    _queue, other = make_pane(make(1))
    other.restore_layout(settings)
    assert other.table.isColumnHidden(Column.MAP)


def test_every_button_has_a_name_and_a_tooltip(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    buttons = [one for one in pane.findChildren(QToolButton) if one.defaultAction()]
    assert len(buttons) == 9
    assert all(button.accessibleName() and button.toolTip() for button in buttons)


def test_everything_is_reached_by_the_tab_key(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    reached: set[QWidget] = set()
    widget: QWidget | None = pane.table
    while widget is not None and widget not in reached:
        reached.add(widget)
        widget = widget.nextInFocusChain()
    assert {pane.table, pane.parts.grid} <= reached
    assert pane.table.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_summary_is_told(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    told: list[str] = []
    pane.summary_changed.connect(told.append)
    queue.total = Rate(96_000_000, 60)
    pane.model.sample()
    assert told == [pane.summary] == ["96\u00a0MB/s · 1 left · 1\u00a0min"]


def test_a_problem_of_the_queue_is_told(make_pane: Make) -> None:
    queue, pane = make_pane()
    told: list[S3guiError] = []
    pane.problem.connect(told.append)
    error = S3guiError("The journal is full")
    queue.observers[0].queue_problem(error)
    assert told == [error]


def test_the_chosen_row_stays_in_sight_when_the_parts_unfold(make_pane: Make) -> None:
    _queue, pane = make_pane(*(at_work(n) for n in range(9)))
    where = pane.table.visualRect(pane.model.index(8, 0)).center()
    QTest.mouseClick(pane.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert pane.parts.isVisible()
    QTest.qWait(0)
    assert pane.table.viewport().rect().contains(pane.table.visualRect(pane.model.index(8, 0)))


def test_ten_thousand_selected_rows_are_commanded_at_once(make_pane: Make) -> None:
    queue, pane = make_pane(*(make(n) for n in range(10_000)))
    pane.table.selectAll()
    assert pane.table.chosen_count() == 10_000
    assert enabled(pane) == {"pause", "abort", "up", "pause_all"}
    pane.actions_.pause.trigger()
    assert queue.asked == [("pause", list(range(10_000)))]
    pane.table.selectionModel().clear()
    flags = QItemSelectionModel.SelectionFlag
    pane.table.selectionModel().select(pane.model.index(5, 0), flags.Select | flags.Rows)
    assert enabled(pane) == {"resume", "abort", "up"}


@pytest.mark.parametrize("width", [500, 1280])
def test_the_toolbar_gives_up_words_before_buttons(make_pane: Make, width: int) -> None:
    _queue, pane = make_pane(at_work(1))
    pane.resize(width, 300)
    QTest.qWait(0)
    bar = pane.findChild(QWidget, "transfersBar")
    assert bar is not None
    retry = bar.widgetForAction(pane.actions_.retry)  # type: ignore[attr-defined]
    assert retry.isVisible()
    wide = retry.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert wide == (width == 1280)


def test_a_download_speaks_of_receiving(make_pane: Make) -> None:
    transfer = at_work(1)
    transfer.direction = Direction.DOWNLOAD
    _queue, pane = make_pane(transfer)
    choose(pane, 1)
    assert "Receiving" in pane.parts.model.index_of(20).data()


def test_what_the_person_did_not_touch_keeps_its_rows_when_others_go(make_pane: Make) -> None:
    queue, pane = make_pane(*(make(n, state=State.COMPLETED) for n in range(6)))
    choose(pane, 4)
    queue.remove([0, 1, 5])
    assert [one.id for one in pane.table.chosen()] == [4]
    assert pane.parts.model.transfer is queue.rows[2]
    queue.remove([4])
    assert pane.table.chosen_count() in {0, 1}
    shown: Any = pane.parts.model.transfer
    assert shown is None or shown in queue.rows


def test_at_the_width_of_the_window_all_columns_are_in_sight(make_pane: Make) -> None:
    _queue, pane = make_pane(*(at_work(n) for n in range(1, 30)))
    pane.resize(1240, 230)
    choose(pane, 1)
    QTest.qWait(0)
    assert pane.table.horizontalScrollBar().maximum() == 0
    assert pane.table.viewport().height() >= 2 * pane.table.rowHeight(0)
    assert pane.parts.grid.viewport().height() >= 2 * pane.parts.grid.rowHeight(0)
