"""The window: files that are dropped, pasted, and arrive."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication
from ui.conftest import Opener
from ui.kit import NOON, PROFILE
from ui.looking import browse, drop, names, row_of, showcase, tree_lines
from ui.transfers.signals import until

from s3gui.domain.location import Location
from s3gui.domain.queueing import Skipped
from s3gui.domain.transfer import Direction, State, Transfer


async def test_files_dropped_on_the_table_go_here_and_on_a_folder_into_it(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    table, file = window.pane.table, tmp_path / "a.bin"
    file.touch()
    row = table.visualRect(window.pane.model.index(row_of(window, "weekly"), 0)).center()
    assert drop(table.viewport(), row, file).isAccepted()
    row = table.visualRect(window.pane.model.index(row_of(window, "readme.md"), 0)).center()
    drop(table.viewport(), row, file)
    await until(lambda: len(world.queue.uploads) == 2)
    assert [(where, paths) for _, where, paths in world.queue.uploads] == [
        (Location("backups", "weekly/"), [file]),
        (Location("backups"), [file]),
    ]


async def test_files_dropped_on_an_empty_bucket_go_into_it(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "empty")
    hint = window.pane.hint
    drop(hint, hint.rect().center(), tmp_path)
    await until(lambda: bool(world.queue.uploads))
    assert world.queue.uploads[0][1] == Location("empty")


async def test_files_dropped_on_a_line_of_the_tree_go_there(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await until(lambda: "  footage" in tree_lines(window))
    node = window.tree_model.find(PROFILE.id, Location("footage"))
    assert node is not None
    at = window.tree.visualRect(window.tree_model.index_of(node)).center()
    drop(window.tree.viewport(), at, tmp_path)
    await until(lambda: bool(world.queue.uploads))
    assert world.queue.uploads[0][:2] == (PROFILE.id, Location("footage"))


async def test_nothing_can_be_dropped_where_there_is_no_place(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await until(lambda: "  footage" in tree_lines(window))
    connection = window.tree_model.index_of(window.tree_model.connections[0])
    event = drop(window.tree.viewport(), window.tree.visualRect(connection).center(), tmp_path)
    assert not event.isAccepted()
    assert world.queue.uploads == []


async def test_pasted_files_go_here(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    QGuiApplication.clipboard().setMimeData(mime)
    assert window.does.paste.isEnabled()
    window.does.paste.trigger()
    await until(lambda: bool(world.queue.uploads))
    assert world.queue.uploads[0][1:] == (Location("backups"), [tmp_path])
    QGuiApplication.clipboard().clear()
    assert not window.does.paste.isEnabled()


async def test_files_that_were_left_out_are_named(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    world.queue.skipped = (Skipped(Path("/dev/zero"), "It is a device."),)
    window.command_flow.on_files_dropped_here([tmp_path])
    await until(lambda: bool(window.pane.messages.messages))
    message = window.pane.messages.messages[-1]
    assert "1 was left out" in message.text
    assert message.error is not None
    assert "/dev/zero: It is a device." in message.error.detail


async def test_an_upload_that_ends_appears_in_the_table(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "empty")
    transfer = Transfer(
        1, PROFILE.id, Direction.UPLOAD, Location("empty", "new.bin"), Path("new.bin"), 5, 0
    )
    transfer.state, transfer.finished = State.COMPLETED, NOON
    lists = world.storage.count("list")
    for observer in world.queue.observers:
        observer.transfer_changed(transfer)
    await until(lambda: names(window) == ["new.bin"])
    assert not window.pane.hint.isVisible()
    assert world.storage.count("list") == lists


async def test_a_transfer_leads_to_its_object(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    where = Location("backups", "weekly/full.tar")
    transfer = Transfer(1, PROFILE.id, Direction.UPLOAD, where, Path("full.tar"), 5, 0)
    window.place_flow.on_transfer_place_wanted(transfer)
    await until(lambda: window.status.selection.full_text.startswith("1 selected"))
    assert window.place is not None
    assert window.place.location == Location("backups", "weekly/")
