"""The window: columns that are asked for, selection, details."""

import asyncio

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from ui.conftest import Opener
from ui.kit import World
from ui.looking import DENIED, browse, names, row_of, showcase
from ui.transfers.signals import until

from s3gui.ui import details_loading
from s3gui.ui.models.object_columns import Column
from s3gui.ui.widgets.details import Tab


async def test_rows_in_sight_are_filled_in_at_most_six_at_a_time(open_window: Opener) -> None:
    def many(world: World) -> None:
        for n in range(500):
            world.storage.put("b", f"f{n:03}")

    world, window = await open_window(fill=many)
    window.does.show_details.setChecked(False)
    await until(lambda: world.storage.count("region") == 1 and not world.storage.in_flight)
    await browse(window, "b")
    model, table = window.pane.model, window.pane.table
    world.storage.most_in_flight = 0

    def last_cells() -> list[str]:
        last = table.rows_in_sight[-1]
        return [
            str(model.data(model.index(last, column))) for column in (Column.ACL, Column.VERSIONS)
        ]

    await until(lambda: all(last_cells()) and not window.fill.is_filling)
    in_sight = {model.key_at(row) for row in table.rows_in_sight}
    asked = {key for operation, key in world.storage.calls if operation == "acl"}
    assert 0 < len(in_sight) < 60
    assert in_sight <= asked
    assert len(asked) < 60
    assert 1 < world.storage.most_in_flight <= 6
    assert model.data(model.index(0, Column.ACL)) == "Private"
    assert model.data(model.index(400, Column.ACL)) == ""


async def test_going_elsewhere_cancels_what_was_asked(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "empty")
    world.storage.gates["acl"] = asyncio.Event()
    await browse(window, "backups")
    await until(lambda: world.storage.count("acl") > 0)
    await browse(window, "empty")
    await until(lambda: world.storage.in_flight == 0)
    assert not window.fill.is_filling


async def test_what_the_storage_lacks_is_a_dash_with_its_reason(open_window: Opener) -> None:
    def bare(world: World) -> None:
        showcase(world)
        world.storage.has_acl = world.storage.has_versions = False

    world, window = await open_window(fill=bare)
    await browse(window, "backups")
    model = window.pane.model
    await until(lambda: model.data(model.index(5, Column.VERSIONS)) == "—")
    index = model.index(5, Column.ACL)
    assert model.data(index) == "—"
    assert "no access lists" in model.data(index, Qt.ItemDataRole.ToolTipRole)
    assert world.storage.count("acl") == 0


async def test_a_column_that_is_refused_is_given_up(open_window: Opener) -> None:
    from s3gui.domain.errors import AccessDenied

    def refuse(world: World) -> None:
        showcase(world)
        world.storage.failing["acl"] = AccessDenied("May not read the access list")

    world, window = await open_window(fill=refuse)
    await browse(window, "backups")
    await until(lambda: world.storage.count("acl") > 0)
    await until(lambda: not window.fill.is_filling)
    assert world.storage.count("acl") < 12


async def test_the_selection_is_counted(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    window.does.select_all.trigger()
    await until(lambda: window.status.selection.full_text.startswith("38 selected"))
    assert window.details.facts == {
        "Objects": "35",
        "Size": window.details.facts["Size"],
        "Folders": "3",
    }


async def test_a_selection_survives_sorting(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    table, model = window.pane.table, window.pane.model
    for name in ("config.json", "readme.md"):
        index = model.index(row_of(window, name), 0)
        flags = QItemSelectionModel.SelectionFlag
        table.selectionModel().select(index, flags.Select | flags.Rows)
    table.horizontalHeader().setSortIndicator(Column.SIZE, Qt.SortOrder.DescendingOrder)
    await until(lambda: not model.is_arranging)
    rows = [row for first, last in table.selected_ranges for row in range(first, last + 1)]
    assert sorted(model.name_at(row) for row in rows) == ["config.json", "readme.md"]
    assert names(window)[3] == "interview.mp4"


async def test_a_column_that_is_only_known_in_part_does_not_sort(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    header = window.pane.table.horizontalHeader()
    before = names(window)
    header.setSortIndicator(Column.ACL, Qt.SortOrder.DescendingOrder)
    assert header.sortIndicatorSection() == Column.NAME
    assert names(window) == before


async def test_details_of_an_object_are_read_tab_by_tab(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    window.pane.table.selectRow(row_of(window, "interview.mp4"))
    await until(lambda: "Size" in window.details.facts)
    assert window.details.facts["Size"].startswith("7.2")
    assert window.details.rows_of(Tab.METADATA).rowCount() == 3
    window.details.tabs.setCurrentIndex(Tab.PERMISSIONS)
    await until(lambda: window.details.rows_of(Tab.PERMISSIONS).rowCount() == 1)
    window.details.tabs.setCurrentIndex(Tab.VERSIONS)
    await until(lambda: window.details.rows_of(Tab.VERSIONS).rowCount() > 0)
    heads = world.storage.count("head")
    window.details.tabs.setCurrentIndex(Tab.METADATA)
    await asyncio.sleep(0)
    assert world.storage.count("head") == heads


async def test_versions_that_are_not_shown_are_spoken_of(
    open_window: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details_loading, "_MOST_VERSIONS", 1)
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    window.pane.table.selectRow(row_of(window, "interview.mp4"))
    window.details.tabs.setCurrentIndex(Tab.VERSIONS)
    model = window.details.rows_of(Tab.VERSIONS)
    await until(lambda: model.rowCount() == 2)
    assert model.index(1, 0).data() == "Older ones are not shown"


async def test_an_error_stays_inside_its_tab(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    await until(lambda: not window.fill.is_filling and world.storage.count("acl") > 0)
    await until(lambda: not window.fill.is_filling)
    world.storage.failing["acl"] = DENIED
    window.details.tabs.setCurrentIndex(Tab.PERMISSIONS)
    window.pane.table.selectRow(row_of(window, "readme.md"))
    await until(lambda: "May not list" in window.details.text_of(Tab.PERMISSIONS))
    assert not window.pane.messages.messages
    world.storage.failing.clear()
    window.details.tab_wanted.emit(Tab.PERMISSIONS)
    await until(lambda: window.details.rows_of(Tab.PERMISSIONS).rowCount() == 1)


async def test_details_of_a_bucket_have_its_region_and_versioning(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "footage")
    await until(lambda: "Region" in window.details.facts)
    assert window.details.facts["Region"] == "eu-west-1"
    assert window.details.facts["Versioning"] == "On"


async def test_hidden_details_ask_nothing(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    window.does.show_details.setChecked(False)
    for column in (Column.ACL, Column.VERSIONS, Column.METADATA):
        window.pane.table.setColumnHidden(column, True)
    await browse(window, "backups")
    window.pane.table.selectRow(row_of(window, "readme.md"))
    await until(lambda: window.status.selection.full_text != "")
    assert world.storage.count("head") == 0
    window.does.show_details.setChecked(True)
    await until(lambda: world.storage.count("head") == 1)


async def test_nothing_is_asked_for_a_place_that_comes_after_the_window_closed(
    open_window: Opener,
) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    await until(lambda: window.fill._session is not None and not window.fill.is_filling)
    session = window.fill._session
    assert session is not None
    window.close_for_good()
    window.fill.enter(session)  # by a task that had its answer, and has not heard of the end
    assert not window.fill._settle.isActive()
