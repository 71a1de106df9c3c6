"""The pane as a person uses it: details, menus, columns, words, room."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QWidget
from ui.transfers.fake_queue import make
from ui.transfers.panes import NOTE, Make, at_work, choose
from ui.transfers.signals import opened, until

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.models.transfer_columns import Column
from s3gui.ui.widgets.transfer_menus import columns_menu
from s3gui.ui.window_state import WindowState


def test_without_transfers_it_says_where_to_drop(make_pane: Make) -> None:
    queue, pane = make_pane()
    assert not pane.table.isVisible()
    labels = [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]
    assert "Drop files here or on the table to upload" in labels
    queue.add(make(1))
    assert pane.table.isVisible()
    queue.remove([1])
    assert not pane.table.isVisible()


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
    menu = columns_menu(pane.table)
    actions = {action.text(): action for action in menu.actions()}
    assert not actions["Name"].isEnabled()
    actions["Part map"].trigger()
    menu.deleteLater()
    assert pane.table.isColumnHidden(Column.MAP)
    state = WindowState(tmp_path)
    pane.save_layout(state)
    _queue, other = make_pane(make(1))
    other.restore_layout(state)
    assert other.table.isColumnHidden(Column.MAP)


def test_every_button_has_a_name_and_a_tooltip(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    buttons = [
        one
        for one in pane.findChildren(QToolButton)
        if one.defaultAction() and not isinstance(one.parent(), QLineEdit)
    ]
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
