"""Columns that fill their table."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QApplication, QTableView
from ui.transfers.signals import until

from s3gui.ui.widgets.column_fit import ColumnFit, Width

WIDTHS = {0: Width(200, 150, order=4), 1: Width(100, 60, order=1), 2: Width(120, 80, order=2)}


@pytest.fixture
def table(qapp: QApplication) -> Iterator[QTableView]:
    view = QTableView()
    view.setModel(QStandardItemModel(3, 3, view))
    view.verticalHeader().hide()
    view.resize(600, 200)
    view.show()
    yield view
    view.close()
    view.deleteLater()


def widths(table: QTableView) -> list[int]:
    return [table.columnWidth(column) for column in range(3)]


def room(table: QTableView, pixels: int) -> None:
    table.resize(table.width() + pixels - table.viewport().width(), table.height())
    assert table.viewport().width() == pixels


def test_the_filler_takes_what_is_left(table: QTableView) -> None:
    ColumnFit(table, WIDTHS)
    room(table, 700)
    assert widths(table) == [480, 100, 120]


def test_columns_give_way_in_order_and_no_further_than_they_can(table: QTableView) -> None:
    ColumnFit(table, WIDTHS)
    room(table, 400)
    assert widths(table) == [200, 80, 120]
    room(table, 370)
    assert widths(table) == [200, 60, 110]
    room(table, 300)
    assert widths(table) == [160, 60, 80]
    assert table.horizontalScrollBar().maximum() == 0
    room(table, 200)
    assert widths(table) == [150, 60, 80]


async def test_a_width_set_by_hand_stays(table: QTableView) -> None:
    ColumnFit(table, WIDTHS)
    table.horizontalHeader().resizeSection(1, 222)
    await until(lambda: sum(widths(table)) == table.viewport().width())
    room(table, 500)
    assert widths(table) == [198, 222, 80]


async def test_the_last_takes_the_rest_when_the_filler_was_set(table: QTableView) -> None:
    ColumnFit(table, WIDTHS)
    table.horizontalHeader().resizeSection(0, 180)
    await until(lambda: widths(table)[0] == 180 and sum(widths(table)) > 500)
    room(table, 640)
    assert widths(table) == [180, 100, 360]


async def test_a_column_that_is_hidden_leaves_its_room_to_the_others(table: QTableView) -> None:
    fit = ColumnFit(table, WIDTHS)
    room(table, 600)
    table.setColumnHidden(2, True)
    await until(lambda: widths(table) == [500, 100, 0])
    table.setColumnHidden(2, False)
    await until(lambda: widths(table) == [380, 100, 120])
    assert not fit.by_hand


async def test_what_was_set_by_hand_is_remembered(table: QTableView) -> None:
    first = ColumnFit(table, WIDTHS)
    room(table, 600)
    table.horizontalHeader().resizeSection(1, 222)
    await until(lambda: sum(widths(table)) == 600)
    state = first.save()
    other = QTableView()
    other.setModel(QStandardItemModel(3, 3, other))
    other.verticalHeader().hide()
    other.show()
    again = ColumnFit(other, WIDTHS)
    assert again.restore(state)
    assert again.by_hand == {1: 222}
    room(other, 500)
    assert widths(other) == [198, 222, 80]
    other.close()
    other.deleteLater()


@pytest.mark.parametrize("state", [b"", b"nonsense", b"\x00\x00\x00\x02ab\x00\x00\x00\x09"])
def test_a_state_of_another_version_changes_nothing(table: QTableView, state: bytes) -> None:
    fit = ColumnFit(table, WIDTHS)
    room(table, 600)
    assert not fit.restore(QByteArray(state))
    assert widths(table) == [380, 100, 120]


def test_what_the_cells_need_can_be_told(table: QTableView) -> None:
    fit = ColumnFit(table, WIDTHS)
    room(table, 600)
    fit.want(1, 140)
    fit.fit()
    assert widths(table) == [340, 140, 120]
    fit.want(1, 10)
    fit.fit()
    assert widths(table)[1] >= 60


def test_a_column_that_is_new_comes_only_when_it_is_asked_for(table: QTableView) -> None:
    fit = ColumnFit(table, WIDTHS)
    table.horizontalHeader().setSectionsMovable(True)
    table.horizontalHeader().moveSection(2, 0)
    saved = fit.save()
    newer = QTableView()
    newer.setModel(QStandardItemModel(3, 5, newer))
    widths = {**WIDTHS, 3: Width(90, 60), 4: Width(90, 60)}
    fit = ColumnFit(newer, widths, hidden={1, 3})
    assert fit.restore(saved)
    header = newer.horizontalHeader()
    # The first was asked for once; the other is not known to that state.
    assert [header.isSectionHidden(column) for column in range(5)] == [False] * 3 + [True, False]
    assert header.visualIndex(2) == 0
    header.showSection(3)
    assert fit.restore(fit.save())
    assert not header.isSectionHidden(3)
    newer.deleteLater()


@pytest.mark.parametrize("moved", [False, True])
def test_a_state_that_does_not_tell_how_many_columns_there_were(
    table: QTableView, moved: bool
) -> None:
    widths = {**WIDTHS, 1: Width(84, 60)}
    fit = ColumnFit(table, widths)
    room(table, 700)
    table.horizontalHeader().setSectionsMovable(True)
    table.horizontalHeader().moveSection(2, 0 if moved else 2)
    before = QByteArray(fit.save().data()[:-4])
    newer = QTableView()
    newer.setModel(QStandardItemModel(3, 4, newer))
    fit = ColumnFit(newer, {**widths, 3: Width(90, 60)}, hidden={1, 3})
    assert fit.restore(before)
    hidden = [newer.isColumnHidden(column) for column in range(4)]
    assert hidden == [False, False, False, True]
    assert newer.horizontalHeader().visualIndex(2) == (0 if moved else 2)
    assert fit.restore(fit.save())
    newer.deleteLater()
