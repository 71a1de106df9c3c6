"""The window: connections, buckets, places, and what is shown of them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from ui.conftest import Opener
from ui.kit import PROFILE, World, make_world
from ui.looking import DENIED, browse, names, row_of, showcase, tree_lines
from ui.transfers.signals import opened, until

from s3gui.domain.errors import NeedsCredentials
from s3gui.domain.location import Location
from s3gui.ui.main_window import MainWindow


async def test_without_a_connection_the_window_offers_to_make_one(
    make_window: Callable[[World], MainWindow], tmp_path: Path
) -> None:
    window = make_window(make_world(tmp_path))
    await window.start()
    assert window.pane.empty.title == "Connect to a storage"
    assert not window.pane.is_table_shown
    assert "Choose a bucket" in window.does.upload_files.toolTip()


async def test_the_only_connection_is_opened_and_its_buckets_shown(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await until(lambda: "  backups" in tree_lines(window))
    assert tree_lines(window) == ["Backups", "  backups", "  empty", "  footage", "  site-assets"]
    assert window.pane.empty.title == "Choose a bucket"


async def test_regions_are_filled_in_a_few_at_a_time(open_window: Opener) -> None:
    def many(world: World) -> None:
        for n in range(30):
            world.storage.buckets[f"b{n:02}"] = {}
            world.storage.regions[f"b{n:02}"] = f"region-{n}"
        world.storage.gates["region"] = asyncio.Event()

    world, window = await open_window(fill=many)
    await until(lambda: world.storage.in_flight == 4)
    world.storage.gates["region"].set()
    await until(lambda: world.storage.count("region") == 30 and not world.storage.in_flight)
    assert world.storage.most_in_flight <= 4
    node = window.tree_model.find(PROFILE.id, Location("b29"))
    assert node is not None
    await until(lambda: node.aside == "region-29")


async def test_buckets_that_cannot_be_listed_are_a_line_to_try_again(open_window: Opener) -> None:
    def fail(world: World) -> None:
        world.storage.failing["buckets"] = DENIED

    world, window = await open_window(fill=fail)
    await until(lambda: "  May not list" in tree_lines(window))
    assert window.pane.empty.title == "May not list"
    world.storage.failing.clear()
    world.storage.put("late", "x")
    notice = window.tree_model.connections[0].children[0]
    window.tree._choose(notice)
    await until(lambda: "  late" in tree_lines(window))


async def test_missing_keys_can_be_typed_in_from_the_message(open_window: Opener) -> None:
    def lose_keys(world: World) -> None:
        world.accounts.keys.clear()

    _, window = await open_window(fill=lose_keys)
    await until(lambda: bool(window.pane.messages.messages))
    message = window.pane.messages.messages[-1]
    assert isinstance(message.error, NeedsCredentials)
    assert message.caption == "Edit the connection…"
    assert message.action is not None
    message.action()
    from s3gui.ui.dialogs.connect import ConnectDialog

    dialog = await opened(ConnectDialog)
    assert dialog.form.endpoint.text() == PROFILE.endpoint
    dialog.reject()


async def test_a_bucket_is_listed_folders_first(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    assert names(window)[:3] == ["daily", "weekly", "мастер-копии"]
    assert window.status.content.full_text.startswith("3 folders, 35 objects")


async def test_the_first_page_is_shown_before_the_last_has_come(open_window: Opener) -> None:
    def slow(world: World) -> None:
        world.storage.page_size = 2
        for n in range(6):
            world.storage.put("b", f"f{n}", 10)

    world, window = await open_window(fill=slow)
    seen: list[int] = []

    def hold() -> None:
        seen.append(window.pane.model.rowCount())
        if len(seen) == 1:
            world.storage.gates["list"] = asyncio.Event()

    window.browsing.page_arrived.connect(hold)
    window.go_to(PROFILE.id, Location("b"))
    await until(lambda: bool(seen) and world.storage.in_flight == 1)
    assert seen == [2]
    assert window.pane.is_table_shown
    assert "so far" in window.status.content.full_text
    world.storage.gates.pop("list").set()
    await until(lambda: not window.browsing.is_listing)
    assert seen == [2, 4, 6]


async def test_folders_are_entered_and_left_by_keyboard(open_window: Opener, qtbot: QtBot) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    table = window.pane.table
    table.selectRow(row_of(window, "daily"))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    await until(lambda: not window.browsing.is_listing)
    assert window.place is not None
    assert window.place.location == Location("backups", "daily/")
    assert names(window) == ["2026-11-21", "2026-11-22"]
    qtbot.keyClick(table, Qt.Key.Key_Backspace)
    await until(lambda: not window.browsing.is_listing)
    assert window.place.location == Location("backups")
    window.does.back.trigger()
    await until(lambda: not window.browsing.is_listing)
    assert window.place.location == Location("backups", "daily/")
    assert window.does.forward.isEnabled()


async def test_typing_goes_to_the_next_name(open_window: Opener, qtbot: QtBot) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    table = window.pane.table
    table.selectRow(0)
    table.keyboardSearch("i")
    table.keyboardSearch("n")
    assert window.pane.model.name_at(table.currentIndex().row()) == "interview.mp4"


async def test_a_place_can_be_typed(open_window: Opener, qtbot: QtBot) -> None:
    _, window = await open_window(fill=showcase)
    window.does.edit_path.trigger()
    field = window.pane.path.field
    assert window.pane.path.currentIndex() == 1
    field.setText("backups/weekly")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    await until(lambda: not window.browsing.is_listing)
    assert names(window) == ["full.tar"]


async def test_a_place_that_is_none_is_said_plainly(open_window: Opener, qtbot: QtBot) -> None:
    _, window = await open_window(fill=showcase)
    window.does.edit_path.trigger()
    window.pane.path.field.setText("https://evil\u202e.example.com")
    qtbot.keyClick(window.pane.path.field, Qt.Key.Key_Return)
    text = window.pane.messages.messages[-1].text
    assert "is no place" in text
    assert "‹U+202E›" in text


async def test_a_bucket_that_is_not_there_is_said_in_the_tables_place(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "nowhere")
    assert window.pane.empty.title == "There is no such bucket"
    world.storage.put("nowhere", "x")
    window.pane.empty.action_wanted.emit()
    await until(lambda: names(window) == ["x"])
    assert window.pane.is_table_shown


async def test_an_error_after_rows_is_said_above_them(open_window: Opener) -> None:
    def two_pages(world: World) -> None:
        world.storage.page_size = 1
        world.storage.put("b", "a")
        world.storage.put("b", "b")

    world, window = await open_window(fill=two_pages)
    window.browsing.page_arrived.connect(lambda: world.storage.failing.update(list=DENIED))
    await browse(window, "b")
    assert names(window) == ["a"]
    assert window.pane.is_table_shown
    assert window.pane.messages.messages[-1].error is DENIED
    assert window.pane.messages.messages[-1].caption == "Try again"


async def test_a_list_that_cannot_be_completed_warns(open_window: Opener) -> None:
    def incomplete(world: World) -> None:
        world.storage.put("b", "a")
        world.storage.is_incomplete = True

    _, window = await open_window(fill=incomplete)
    await browse(window, "b")
    assert "not complete" in window.pane.messages.messages[-1].text


async def test_an_empty_bucket_invites_files(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "empty")
    assert window.pane.hint.isVisible()
    assert window.pane.hint.title == "This bucket is empty"
    await browse(window, "backups")
    assert not window.pane.hint.isVisible()


async def test_a_filter_that_finds_nothing_says_so_and_goes_with_the_place(
    open_window: Opener,
) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    window.filter.setText("no such name")
    await until(window.pane.hint.isVisible)
    assert "no such name" in window.pane.hint.title
    await browse(window, "backups", "daily/")
    assert window.filter.text() == ""
    assert names(window) == ["2026-11-21", "2026-11-22"]


async def test_the_listing_can_be_stopped(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    world.storage.gates["list"] = asyncio.Event()
    window.go_to(PROFILE.id, Location("backups"))
    await until(lambda: world.storage.in_flight == 1)
    assert window.does.stop.isEnabled()
    window.does.stop.trigger()
    await until(lambda: world.storage.in_flight == 0)
    assert not window.pane.busy.is_busy
    assert not window.does.stop.isEnabled()
    assert window.pane.messages.messages == ()


async def test_the_tree_follows_the_table(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await until(lambda: "  backups" in tree_lines(window))
    node = window.tree_model.find(PROFILE.id, Location("backups"))
    assert node is not None
    window.tree.open_node(node)
    await until(lambda: "    daily" in tree_lines(window))
    await browse(window, "backups", "daily/")
    current = window.tree.current_node
    assert current is not None
    assert current.location == Location("backups", "daily/")
