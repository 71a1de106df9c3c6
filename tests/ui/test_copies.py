"""The window: objects copied, cut, pasted, renamed, and dragged from place to place."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from ui.conftest import Opener
from ui.hovering import hover
from ui.kit import NOON, PROFILE, SECOND, World
from ui.looking import browse, names, row_of, showcase, tree_lines
from ui.test_downloads import chosen, defaults, select
from ui.transfers.signals import opened, until

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Origin
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.ui.dialogs.place_sheet import PlaceSheet
from s3gui.ui.dialogs.rename import RenameDialog
from s3gui.ui.drag_out import DraggedObjects
from s3gui.ui.flow.objects import moves_by_itself
from s3gui.ui.models.picked import Picked

README = Wanted(Location("backups", "readme.md"), size=4_211)
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


async def asked(world: World) -> tuple[object, ...]:
    await until(lambda: bool(world.queue.asked))
    return world.queue.asked[-1]


async def test_copied_objects_are_pasted_in_another_place(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md", "daily")
    window.does.copy.trigger()
    assert QGuiApplication.clipboard().text() == "s3://backups/daily/\ns3://backups/readme.md"
    await browse(window, "footage")
    await until(window.does.paste.isEnabled)
    window.does.paste.trigger()
    name, source, wanted, target_profile, target, how = await asked(world)
    assert (name, source, target_profile) == ("copy", PROFILE.id, PROFILE.id)
    assert wanted == [Wanted(Location("backups", "daily/")), README]
    assert target == Location("footage")
    assert how["move"] is False  # type: ignore[index]
    # It can be pasted again.
    assert window.does.paste.isEnabled()


async def test_pasted_where_it_is_a_copy_gets_a_free_name(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.copy.trigger()
    window.does.paste.trigger()
    assert (await asked(world))[-1]["if_exists"] is IfExists.RENAME  # type: ignore[index]


async def test_cut_objects_move_once(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.cut.trigger()
    await browse(window, "footage")
    window.does.paste.trigger()
    assert (await asked(world))[-1]["move"] is True  # type: ignore[index]
    await until(lambda: not window.does.paste.isEnabled())


async def test_another_connection_can_be_pasted_into(open_window: Opener) -> None:
    world, window = await open_window(PROFILE, SECOND, fill=showcase)
    world.storages[SECOND.id].buckets["lab"] = {}
    await chosen(window, "readme.md")
    window.does.copy.trigger()
    window.go_to(SECOND.id, Location("lab"))
    await until(lambda: not window.browsing.is_listing)
    window.does.paste.trigger()
    assert (await asked(world))[3:5] == (SECOND.id, Location("lab"))


async def test_what_others_put_on_the_clipboard_is_not_ours(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.copy.trigger()
    QGuiApplication.clipboard().setText("something else")
    await until(lambda: not window.does.paste.isEnabled())
    assert not window.command_flow.objects.paste()
    assert world.queue.asked == []


@pytest.mark.parametrize("many", [False, True], ids=["a folder", "over a hundred objects"])
async def test_a_large_move_says_its_size_first(open_window: Opener, many: bool) -> None:
    def fill(world: World) -> None:
        showcase(world)
        for n in range(101 if many else 0):
            world.storage.put("site-assets", f"{n:03}", 10)
        world.storage.put("site-assets", "old/a", 5)

    world, window = await open_window(fill=fill)
    await browse(window, "site-assets")
    select(window, *[name for name in names(window) if many != (name == "old")])
    await until(window.does.cut.isEnabled)
    window.does.cut.trigger()
    await browse(window, "footage")
    window.does.paste.trigger()
    sheet = await opened(PlaceSheet)
    await until(sheet.go.isEnabled)
    count = "101 objects" if many else "1 object"
    assert sheet.counts.text().startswith(f"{count},")
    assert world.queue.asked == []
    sheet.go.click()
    assert (await asked(world))[4] == Location("footage")


async def test_nothing_moves_before_it_is_counted_or_if_it_cannot_be(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "daily")
    world.storage.is_incomplete = True
    window.does.move_to.trigger()
    sheet = await opened(PlaceSheet)
    sheet.line.setText("s3://footage/")
    await until(lambda: "not complete" in sheet.counts.text())
    assert not sheet.go.isEnabled()
    sheet.reject()
    assert world.queue.asked == []


async def test_copy_to_takes_a_typed_place_and_another_connection(open_window: Opener) -> None:
    world, window = await open_window(PROFILE, SECOND, fill=showcase)
    await chosen(window, "readme.md")
    window.does.copy_to.trigger()
    sheet = await opened(PlaceSheet)
    # Where it is already is no place to go.
    assert not sheet.go.isEnabled()
    assert defaults(sheet) == [sheet.go]
    assert sheet.line.completer().model().rowCount() >= 4
    sheet.connection.setCurrentIndex(sheet.connection.findData(SECOND.id))
    sheet.line.setText("http://nowhere")
    sheet.go.click()
    assert sheet.isVisible()
    sheet.line.setText("lab/new")
    sheet.box.setCurrentIndex(sheet.box.findData(IfExists.NEWER))
    sheet.go.click()
    *_, profile, target, how = await asked(world)
    assert (profile, target) == (SECOND.id, Location("lab", "new/"))
    assert how["if_exists"] is IfExists.NEWER  # type: ignore[index]
    assert window.settings.copy_if_exists == "newer"


async def test_an_object_gets_another_name(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "site.tar.gz")
    window.does.rename.trigger()
    dialog = await opened(RenameDialog)
    assert dialog.line.selectedText() == "site.tar"
    assert defaults(dialog) == [dialog.go]
    assert not dialog.go.isEnabled()
    for bad in ("", "a/b", "..", "x" * 1025):
        dialog.line.setText(bad)
        assert not dialog.go.isEnabled()
    dialog.line.setText("page.tar.gz")
    dialog.go.click()
    _, _, wanted, _, target, how = await asked(world)
    assert wanted == [Wanted(Location("backups", "site.tar.gz"), size=112_233_000)]
    assert target == Location("backups", "page.tar.gz")
    assert (how["exactly"], how["move"]) == (True, True)  # type: ignore[index]


async def test_a_folder_is_renamed_when_it_was_counted(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "daily")
    window.does.rename.trigger()
    dialog = await opened(RenameDialog)
    dialog.line.setText("nightly")
    await until(dialog.go.isEnabled)
    assert dialog.counts.text().startswith("2 objects,")
    dialog.go.click()
    assert (await asked(world))[4] == Location("backups", "nightly/")


async def test_what_the_queue_refuses_is_said(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    world.queue.refusal = S3guiError("It is there already", code="SamePlace")
    await chosen(window, "readme.md")
    window.does.copy.trigger()
    window.does.paste.trigger()
    await until(lambda: bool(window.pane.messages.messages))
    assert "It is there already" in window.pane.messages.messages[-1].text


# Drags


def let_go(
    widget: QWidget, at: QPoint, picked: Picked, keys: Qt.KeyboardModifier = NONE
) -> QDropEvent:
    mime, actions = DraggedObjects(picked), Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    left = Qt.MouseButton.LeftButton
    QApplication.sendEvent(widget, QDragEnterEvent(hover(at), actions, mime, left, keys))
    event = QDropEvent(QPointF(at), actions, mime, left, keys)
    QApplication.sendEvent(widget, event)
    return event


@pytest.mark.parametrize(("keys", "moves"), [(NONE, True), (CTRL, False), (SHIFT, True)])
async def test_a_row_dragged_on_a_folder_asks_and_goes_there(
    open_window: Opener, keys: Qt.KeyboardModifier, moves: bool
) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    picked = window.command_flow.objects.picked
    assert picked is not None
    table = window.pane.table
    at = table.visualRect(window.pane.model.index(row_of(window, "weekly"), 0)).center()
    assert let_go(table.viewport(), at, picked, keys).isAccepted()
    sheet = await opened(PlaceSheet)
    assert sheet.windowTitle() == ("Move" if moves else "Copy")
    assert world.queue.asked == []
    sheet.go.click()
    _, _, wanted, _, target, how = await asked(world)
    assert (wanted, target) == ([README], Location("backups", "weekly/"))
    assert how["move"] is moves  # type: ignore[index]


async def test_dragged_on_another_bucket_of_the_tree_it_is_copied(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    await until(lambda: "  footage" in tree_lines(window))
    node = window.tree_model.find(PROFILE.id, Location("footage"))
    picked = window.command_flow.objects.picked
    assert node is not None
    assert picked is not None
    at = window.tree.visualRect(window.tree_model.index_of(node)).center()
    let_go(window.tree.viewport(), at, picked)
    (await opened(PlaceSheet)).go.click()
    assert (await asked(world))[-1]["move"] is False  # type: ignore[index]


async def test_a_drag_that_comes_in_over_a_place_that_takes_nothing_goes_on(
    open_window: Opener, tmp_path: Path
) -> None:
    """Qt tells a view no more of a drag that it refused as it came in."""
    _, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    picked = window.command_flow.objects.picked
    assert picked is not None
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    words = QMimeData()
    words.setText("text")
    viewport = window.pane.table.viewport()
    connection = window.tree.visualRect(window.tree_model.index(0, 0)).center()
    for view, at, mime, comes in (
        (viewport, QPoint(200, 700), DraggedObjects(picked), True),
        (window.tree.viewport(), connection, files, True),
        (viewport, QPoint(200, 700), words, False),
    ):
        left = Qt.MouseButton.LeftButton
        enter = QDragEnterEvent(hover(at), Qt.DropAction.CopyAction, mime, left, NONE)
        QApplication.sendEvent(view, enter)
        assert enter.isAccepted() is comes
        move = QDragMoveEvent(hover(at), Qt.DropAction.CopyAction, mime, left, NONE)
        QApplication.sendEvent(view, move)
        assert not move.isAccepted()


def test_nothing_can_be_dropped_where_it_is_or_into_itself() -> None:
    entry = ObjectEntry("a/x", 1, NOON, "")
    picked = Picked("p1", Location("b", "a/"), ("a/sub/",), (entry,))
    assert moves_by_itself(picked, "p1", Location("b", "a/")) is None
    assert moves_by_itself(picked, "p1", Location("b", "a/sub/deep/")) is None
    assert moves_by_itself(picked, "p1", Location("b", "c/")) is True
    assert moves_by_itself(picked, "p1", Location("other", "a/")) is False
    assert moves_by_itself(picked, "p2", Location("b", "a/")) is False


# What is seen afterwards


def finished(key: str, source: str, *, move: bool) -> Transfer:
    made = Transfer(1, PROFILE.id, Direction.COPY, Location("backups", key), Path(), 5, 0)
    made.origin = Origin(PROFILE.id, Location("backups", source))
    made.is_move, made.state, made.finished = move, State.COMPLETED, NOON
    return made


def tell(world: World, transfer: Transfer) -> None:
    for observer in world.queue.observers:
        observer.transfer_changed(transfer)


@pytest.mark.parametrize("arranged", [False, True])
@pytest.mark.parametrize("move", [False, True])
async def test_the_table_follows_and_keeps_its_selection(
    open_window: Opener, move: bool, arranged: bool
) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "site.tar.gz")
    if arranged:
        window.filter.setText("e")
        window.pane.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        await until(lambda: "daily" not in names(window))
    lists = world.storage.count("list")
    tell(world, finished("zebra.md", "readme.md", move=move))
    await until(lambda: "zebra.md" in names(window))
    assert ("readme.md" in names(window)) is not move
    assert world.storage.count("list") == lists
    picked = window.command_flow.objects.picked
    assert picked is not None
    assert [one.key for one in picked.objects] == ["site.tar.gz"]
    assert window.pane.model.total_bytes == sum(
        window.pane.model.parts[1].items[at].size for at in range(window.pane.model.object_count)
    )


async def test_a_folder_goes_when_nothing_is_in_it_any_more(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    # One of two objects under it is still there.
    del world.storage.buckets["backups"]["weekly/full.tar"]
    del world.storage.buckets["backups"]["daily/2026-11-21/dump.sql.zst"]
    tell(world, finished("a", "weekly/full.tar", move=True))
    tell(world, finished("b", "daily/2026-11-21/dump.sql.zst", move=True))
    await until(lambda: "weekly" not in names(window))
    assert "daily" in names(window)
