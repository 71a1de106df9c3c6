"""Rows that came together, rows that matter more, and rows that go another way."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QMenu
from ui.transfers.fake_queue import make
from ui.transfers.panes import Make, choose
from ui.transfers.signals import opened, until

from s3gui.domain.location import Location
from s3gui.domain.origin import Origin, Priority
from s3gui.domain.transfer import Direction, State, Transfer, Waiting
from s3gui.ui.dialogs.abort import AbortDialog
from s3gui.ui.models.batches import Batches
from s3gui.ui.models.transfer_cells import TRANSFER_ROLE
from s3gui.ui.models.transfer_columns import Column, destination_of, name_of
from s3gui.ui.models.transfer_words import state_text
from s3gui.ui.widgets.transfer_menus import columns_menu
from s3gui.ui.widgets.transfers_pane import TransfersPane

DOWN, COPY = Direction.DOWNLOAD, Direction.COPY


def copied(number: int, *, move: bool = False, **values: object) -> Transfer:
    made = make(number, "copy.bin", direction=COPY, is_move=move, **values)
    made.path, made.origin = Path(), Origin("p", Location("old", "from/original.bin"))
    return made


def entries(menu: QMenu, name: str = "") -> dict[str, QAction]:
    """A menu's entries by their words, or those of the submenu of that name."""
    if name:
        inner = next(one for one in menu.actions() if one.objectName() == name).menu()
        assert isinstance(inner, QMenu)
        menu = inner
    return {one.text(): one for one in menu.actions() if one.text()}


def shown(pane: TransfersPane) -> list[int]:
    return [pane.model.transfer(row).id for row in range(pane.model.rowCount())]


@pytest.mark.parametrize(
    ("rows", "label"),
    [
        ([make(1, "a", batch="b"), make(2, "deep/b", batch="b")], "2 files to s3://bucket/backups"),
        ([make(1, "x/a", batch="b"), make(2, "xy/b", batch="b")], "2 files to s3://bucket/backups"),
        ([make(1, "a", batch="b")], "1 file to s3://bucket/backups"),
        ([copied(1, batch="b")], "1 object copied to s3://bucket/backups"),
        ([copied(1, batch="b", move=True)], "1 object moved to s3://bucket/backups"),
    ],
)
def test_a_batch_says_how_much_where_to_and_when(rows: list[Transfer], label: str) -> None:
    batches = Batches()
    for row in rows:
        batches.add(row)
    batch = batches.of(rows[0])
    assert batch is not None
    assert batch.label() == label
    batch.created = datetime.now(UTC)
    assert batch.label().startswith(f"{label}, today ")
    batch.created = datetime(2020, 2, 1, 12, tzinfo=UTC)
    assert "1 Feb 2020" in batch.label()


def test_a_batch_of_downloads_names_its_folder_and_goes_with_its_last_row() -> None:
    batches, rows = Batches(), [make(n, "a", batch="b", direction=DOWN) for n in (1, 2)]
    rows[0].path, rows[1].path = Path("/home/me/x/a"), Path("/home/me/y/z/b")
    for row in rows:
        batches.add(row)
    batch = batches.of(rows[1])
    assert batch is not None
    assert batch.label() == f"2 objects to {os.sep}home{os.sep}me"
    batches.forget(1)
    assert batch.count == 1
    batches.forget(2)
    assert batches.of(rows[1]) is None


def test_the_priority_of_the_selection_is_set_and_seen(make_pane: Make) -> None:
    queue, pane = make_pane(*(make(n, state=State.QUEUED) for n in (1, 2, 3)))
    choose(pane, 1, 3)
    menu = pane.menu()
    group = entries(menu, "transferPriority")
    assert group["Normal"].isChecked()
    group["High"].trigger()
    assert queue.asked[-1] == ("prioritise", [1, 3], Priority.HIGH)
    pane.model.sample()
    words = [pane.model.index(row, Column.STATE).data() for row in range(3)]
    assert words == ["Queued, high priority", "Queued", "Queued, high priority"]
    assert pane.model.index(0, Column.PRIORITY).data() == "High"
    assert pane.table.isColumnHidden(Column.PRIORITY)
    menu.close()


def test_what_has_ended_well_has_no_priority(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1, state=State.COMPLETED))
    choose(pane, 1)
    menu = pane.menu()
    sub = next(one for one in menu.actions() if one.objectName() == "transferPriority").menu()
    assert isinstance(sub, QMenu)
    assert not sub.isEnabled()
    menu.close()


def test_rows_can_be_sorted_by_priority(make_pane: Make) -> None:
    rows = [make(n, priority=one) for n, one in enumerate(Priority, 1)]
    _queue, pane = make_pane(*rows)
    pane.model.sort(Column.PRIORITY)
    assert shown(pane) == [3, 2, 1]


def test_the_column_of_batches_is_there_for_who_asks_for_it(make_pane: Make) -> None:
    queue, pane = make_pane(make(1, batch="x"), make(3), make(4, batch="y"))
    assert pane.table.isColumnHidden(Column.BATCH)
    menu = columns_menu(pane.table)
    next(one for one in menu.actions() if one.text() == "Batch").trigger()
    menu.close()
    assert not pane.table.isColumnHidden(Column.BATCH)
    queue.add(make(5, batch="x"))
    shown_now = [pane.model.index(row, Column.BATCH).data() for row in range(4)]
    first = "2 files to s3://bucket/backups"
    assert shown_now == [first, "", "1 file to s3://bucket/backups", first]
    tip = pane.model.index(0, Column.BATCH).data(Qt.ItemDataRole.ToolTipRole)
    assert "2 files to" in tip
    assert pane.model.index(1, Column.BATCH).data(TRANSFER_ROLE) is queue.rows[1]
    pane.grab()


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_rows_are_sorted_by_batch_as_they_came(make_pane: Make, order: Qt.SortOrder) -> None:
    rows = [make(1, batch="z"), make(2), make(3, batch="a"), make(4, batch="z")]
    _queue, pane = make_pane(*rows)
    pane.model.sort(Column.BATCH, order)
    is_up = order is Qt.SortOrder.AscendingOrder
    assert shown(pane) == ([1, 4, 3, 2] if is_up else [2, 3, 1, 4])


async def test_a_batch_is_commanded_as_one(make_pane: Make) -> None:
    queue, pane = make_pane(
        make(1, batch="a", state=State.RUNNING),
        make(2, batch="b", state=State.RUNNING),
        make(3, batch="a", state=State.PAUSED),
        make(4, batch="a", state=State.COMPLETED),
    )
    choose(pane, 1)
    menu = pane.menu()
    group = entries(menu, "transferBatch")
    group["Pause"].trigger()
    assert queue.asked[-1] == ("pause", [1])
    group["Resume"].trigger()
    assert queue.asked[-1] == ("resume", [1, 3])
    group["Priority: Low"].trigger()
    assert queue.asked[-1] == ("prioritise", [1, 3], Priority.LOW)
    group["Select it"].trigger()
    assert [one.id for one in pane.table.chosen()] == [1, 3, 4]
    group["Abort…"].trigger()
    (await opened(AbortDialog)).accept()
    await until(lambda: queue.asked[-1][0] == "abort")
    assert queue.asked[-1][1] == [1, 3]
    menu.close()


def test_only_the_rows_of_a_batch_are_shown_until_it_is_left(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1, batch="a"), make(2, batch="b"), make(3, batch="a"))
    choose(pane, 1)
    menu = pane.menu()
    entries(menu, "transferBatch")["Show only this batch"].trigger()
    assert shown(pane) == [1, 3]
    assert pane.filter.choice.text() == "One batch"
    only = next(text for text in entries(pane.filter.choice.menu()) if text.startswith("Only: "))
    assert only == "Only: 2 files to s3://bucket/backups"
    entries(pane.filter.choice.menu())[only].trigger()
    assert shown(pane) == [1, 2, 3]
    menu.close()


def test_a_row_without_a_batch_has_no_batch_menu(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1))
    choose(pane, 1)
    menu = pane.menu()
    assert "transferBatch" not in {one.objectName() for one in menu.actions()}
    menu.close()


def test_rows_are_filtered_by_direction(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1), make(2, direction=DOWN), copied(3))
    up, down, _copies = pane.filter.actions_of_directions()
    down.trigger()
    assert shown(pane) == [2]
    up.trigger()
    assert shown(pane) == [1, 2]
    assert pane.filter.choice.text() == "Uploads, Downloads"
    pane.filter.clear()
    assert shown(pane) == [1, 2, 3]


def test_a_copy_is_found_by_where_it_comes_from(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1), copied(2))
    pane.filter.field.setText("from/original")
    assert shown(pane) == [2]


def test_copies_and_downloads_read_right() -> None:
    copy, down = copied(1), make(2, "файл", direction=DOWN)
    down.path = Path("/home/me/файл_")
    assert (name_of(copy), destination_of(copy)) == ("original.bin", "s3://bucket/backups/copy.bin")
    assert (name_of(down), destination_of(down)) == ("файл", "/home/me/файл_")
    down.state, down.waiting = State.PAUSED, Waiting.CONFLICT
    assert state_text(down) == "A file of that name is there"
    copy.state, copy.waiting = State.PAUSED, Waiting.SOURCE_CHANGED
    assert state_text(copy) == "The object changed"
    moved = copied(3, move=True, state=State.RUNNING)
    assert state_text(moved) == "Moving"


@pytest.mark.parametrize("state", [State.RUNNING, State.COMPLETED])
def test_a_file_can_be_opened_when_it_is_whole(
    make_pane: Make, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    opened_urls: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened_urls.append)
    _queue, pane = make_pane(make(1, "a#?.txt", direction=DOWN, state=state))
    choose(pane, 1)
    menu = pane.menu()
    assert entries(menu)["Open file"].isEnabled() is (state is State.COMPLETED)
    entries(menu)["Open file"].trigger()
    entries(menu)["Open folder"].trigger()
    expected = ["/home/me/a#?.txt"] * (state is State.COMPLETED) + ["/home/me"]
    assert [url.toLocalFile() for url in opened_urls] == expected
    menu.close()


def test_an_upload_opens_nothing_and_a_copy_has_no_path(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1), copied(2))
    for row, has_path in ((1, True), (2, False)):
        choose(pane, row)
        menu = pane.menu()
        texts = entries(menu)
        assert "Open file" not in texts
        assert ("Copy path" in texts) is has_path
        assert "Show in bucket" in texts
        menu.close()
