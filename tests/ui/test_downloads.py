"""The window: downloads by command, by double click, of a version, and what is said of them."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton
from ui.conftest import Opener
from ui.kit import PROFILE, World
from ui.looking import browse, row_of, showcase
from ui.transfers.signals import opened, until

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import STOPPED, Mapped, Skipped, Wanted
from s3gui.settings import load
from s3gui.ui.dialogs.download_sheet import DownloadSheet
from s3gui.ui.dialogs.listing import ListingDialog
from s3gui.ui.main_window import MainWindow
from s3gui.ui.widgets.details import Tab


def select(window: MainWindow, *names: str) -> None:
    table, flags = window.pane.table, window.pane.table.selectionModel().SelectionFlag
    table.clearSelection()
    for name in names:
        index = window.pane.model.index(row_of(window, name), 0)
        table.selectionModel().select(index, flags.Select | flags.Rows)


async def chosen(window: MainWindow, *names: str) -> None:
    await browse(window, "backups")
    select(window, *names)
    await until(window.does.copy.isEnabled)


async def accept_sheet(folder: Path) -> None:
    sheet = await opened(DownloadSheet)
    sheet.line.setText(str(folder))
    sheet.go.click()


def defaults(dialog: QDialog) -> list[QPushButton]:
    """What Enter presses."""
    return [one for one in dialog.findChildren(QPushButton) if one.isDefault()]


async def test_objects_and_folders_are_downloaded_into_the_folder_of_the_sheet(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "daily", "readme.md")
    window.does.download.trigger()
    await accept_sheet(tmp_path)
    await until(lambda: bool(world.queue.asked))
    name, profile, wanted, folder, how = world.queue.asked[0]
    assert (name, profile, folder) == ("download", PROFILE.id, tmp_path)
    assert wanted == [
        Wanted(Location("backups", "daily/")),
        Wanted(Location("backups", "readme.md"), size=4_211),
    ]
    assert how["if_exists"] is IfExists.ASK


async def test_the_sheet_counts_what_is_in_a_folder(open_window: Opener) -> None:
    _, window = await open_window(fill=showcase)
    await chosen(window, "daily")
    window.does.download.trigger()
    sheet = await opened(DownloadSheet)
    await until(lambda: sheet.counts.text().startswith("2 objects, 169"))
    assert "counting" not in sheet.counts.text()
    assert defaults(sheet) == [sheet.go]
    sheet.reject()


async def test_counting_ends_with_the_sheet(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "daily")
    world.storage.gates["list"] = asyncio.Event()
    window.does.download.trigger()
    sheet = await opened(DownloadSheet)
    await until(lambda: "counting objects" in world.tasks.running)
    sheet.reject()
    await until(lambda: "counting objects" not in world.tasks.running)
    assert world.queue.asked == []


async def test_a_folder_that_cannot_be_counted_says_why(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "daily")
    world.storage.failing["list"] = S3guiError("May not list", "The keys may not.")
    window.does.download.trigger()
    sheet = await opened(DownloadSheet)
    await until(lambda: "May not list" in sheet.counts.text())
    sheet.reject()


async def test_a_folder_that_is_not_there_is_said_in_the_sheet(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.download.trigger()
    await accept_sheet(tmp_path / "gone")
    sheet = await opened(DownloadSheet)
    await until(sheet.go.isEnabled)
    assert sheet.isVisible()
    assert world.queue.asked == []
    sheet.reject()


async def test_folder_policy_and_silence_are_remembered(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.download.trigger()
    sheet = await opened(DownloadSheet)
    sheet.quiet.setChecked(True)
    sheet.box.setCurrentIndex(sheet.box.findData(IfExists.SKIP))
    await accept_sheet(tmp_path)
    await until(lambda: bool(world.queue.asked))
    await until(lambda: load(window.services.state_dir).download_folder == str(tmp_path))
    window.does.download.trigger()
    dialog = await opened(QFileDialog)
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.accept()
    await until(lambda: len(world.queue.asked) == 2)
    assert world.queue.asked[1][-1]["if_exists"] is IfExists.SKIP


async def test_a_single_thing_can_get_another_name(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md", "notes.txt")
    assert not window.does.download_as.isEnabled()
    select(window, "readme.md")
    await until(window.does.download_as.isEnabled)
    window.does.download_as.trigger()
    dialog = await opened(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("other.md")
    dialog.accept()
    await until(lambda: bool(world.queue.asked))
    assert world.queue.asked[0][3] == tmp_path
    assert world.queue.asked[0][-1]["as_name"] == "other.md"


@pytest.mark.parametrize("choice", ["details", "download", "nothing"])
async def test_a_double_click_does_what_was_chosen(open_window: Opener, choice: str) -> None:
    _, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.show_details.setChecked(False)
    action = window.findChild(QObject, f"open-{choice}")
    action.trigger()  # type: ignore[attr-defined]
    assert window.settings.open_object == choice
    table = window.pane.table
    table.doubleClicked.emit(window.pane.model.index(row_of(window, "readme.md"), 0))
    if choice == "download":
        (await opened(DownloadSheet)).reject()
    assert window.does.show_details.isChecked() is (choice == "details")


async def test_a_version_is_downloaded_as_that_version(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "config.json")
    window.details.tabs.setCurrentIndex(Tab.VERSIONS)
    await until(lambda: window.details.rows_of(Tab.VERSIONS).rowCount() > 1)
    table = next(
        view for view in window.details.findChildren(QObject)
        if getattr(view, "facts", None) is window.details.rows_of(Tab.VERSIONS)
    )  # fmt: skip
    assert not window.details.download_version.isEnabled()
    table.selectRow(1)  # type: ignore[attr-defined]
    window.details.download_version.trigger()
    await accept_sheet(tmp_path)
    await until(lambda: bool(world.queue.asked))
    assert world.queue.asked[0][2] == [Wanted(Location("backups", "config.json"), "v-0001")]


async def test_names_that_could_not_be_kept_are_listed(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    where = Location("backups", "daily/con")
    world.queue.mapped = (Mapped(where, tmp_path / "con_", "the name is reserved"),)
    world.queue.skipped = (Skipped(tmp_path, "nothing is there", where),)
    window.does.download.trigger()
    await accept_sheet(tmp_path)
    await until(lambda: bool(window.pane.messages.messages))
    message = window.pane.messages.messages[-1]
    assert "1 was left out; 1 got another name" in message.text
    assert message.error is not None
    assert "s3://backups/daily/con is called con_: the name is reserved" in message.error.detail
    assert "s3://backups/daily/con: nothing is there" in message.error.detail


async def test_what_the_queue_refuses_is_an_error_in_the_window(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    world.queue.refusal = S3guiError("The list is incomplete", code="IncompleteList")
    window.does.download.trigger()
    await accept_sheet(tmp_path)
    await until(lambda: bool(window.pane.messages.messages))
    assert "The list is incomplete" in window.pane.messages.messages[-1].text
    assert world.errors == []


async def test_a_long_listing_can_be_stopped(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "daily")
    world.queue.gate = asyncio.Event()
    window.does.download.trigger()
    await accept_sheet(tmp_path)
    dialog = await opened(ListingDialog)
    world.queue.asked[0][-1]["counted"](1_234, 5_000_000)
    assert dialog.counts.text() == "Found: 1\u202f234 objects, 5\u00a0MB"
    dialog.reject()
    await until(lambda: bool(window.pane.messages.messages))
    assert window.pane.messages.messages[-1].text.startswith("Stopped")
    # So that the next start does not go on with it.
    assert world.queue.stopped_with == [(STOPPED,)]
    assert world.errors == []


async def test_a_bucket_is_downloaded_from_the_tree(open_window: Opener, tmp_path: Path) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    await _download_node(world, window, tmp_path)
    assert world.queue.asked[0][2] == [Wanted(Location("backups"))]


async def _download_node(world: World, window: MainWindow, folder: Path) -> None:
    node = window.tree_model.find(PROFILE.id, Location("backups"))
    assert node is not None
    entries = [one for one in window.command_flow.objects.node_entries(node) if one is not None]
    next(one for one in entries if one[0] == "download")[2]()
    await accept_sheet(folder)
    await until(lambda: bool(world.queue.asked))
