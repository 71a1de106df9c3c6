"""The window: connections that go, what is remembered, text from elsewhere."""

import stat
from collections.abc import Callable
from itertools import product
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from ui.conftest import Opener
from ui.kit import PROFILE, SECOND, Storage, World, fill_showcase, make_world
from ui.looking import browse, names, showcase, tree_lines
from ui.transfers.signals import opened, until

from s3gui.domain.errors import S3guiError
from s3gui.ui.main_window import MainWindow
from s3gui.ui.models.object_columns import Column
from s3gui.ui.models.tree import NodeKind
from s3gui.ui.widgets.details import Tab


async def test_a_connection_is_removed_only_after_asking(open_window: Opener) -> None:
    world, window = await open_window(PROFILE, SECOND, fill=showcase)
    for press, left in (("Cancel", 2), ("Remove", 1)):
        window.connecting.remove(PROFILE.id)
        box = await opened(QMessageBox)
        next(button for button in box.buttons() if button.text() == press).click()
        await until(lambda: not world.tasks.running)
        assert len(world.accounts.saved) == left
    assert [node.profile_id for node in window.tree_model.connections] == [SECOND.id]


async def test_disconnecting_closes_the_session_and_folds_the_tree(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await until(lambda: "  backups" in tree_lines(window))
    window.does.close_connection.trigger()
    await until(lambda: world.gateway.open_now == 0)
    assert window.tree_model.connections[0].children == []
    assert window.place is None
    assert window.pane.empty.title == "No connection is open"


async def test_an_open_line_and_unsaved_keys_are_badges(open_window: Opener) -> None:
    _, window = await open_window(SECOND)
    await until(window.status.insecure.isVisible)
    assert not window.status.unsaved.isVisible()
    window.connecting.note_unsaved_keys(SECOND.id)
    window.browsing.refresh()
    assert window.status.unsaved.isVisible()


async def test_the_last_place_and_the_columns_are_remembered(
    make_window: Callable[[World], MainWindow], tmp_path: Path
) -> None:
    world = make_world(tmp_path, PROFILE)
    fill_showcase(world.storage)
    first = make_window(world)
    await first.start()
    await browse(first, "backups", "daily/")
    table = first.pane.table
    table.setColumnHidden(Column.TYPE, True)
    table.setColumnHidden(Column.ETAG, False)
    table.horizontalHeader().resizeSection(Column.NAME, 333)
    first.does.show_details.setChecked(False)
    first.save_state()
    mode = stat.S_IMODE((tmp_path / "window.ini").stat().st_mode)
    assert mode == 0o600
    again = make_window(world)
    await again.start()
    await until(lambda: names(again) == ["2026-11-21", "2026-11-22"])
    assert again.pane.table.isColumnHidden(Column.TYPE)
    assert not again.pane.table.isColumnHidden(Column.ETAG)
    assert again.pane.table.columnWidth(Column.NAME) == 333
    assert again.details_dock.isHidden()
    assert not again.does.show_details.isChecked()


async def test_nothing_secret_is_in_the_remembered_state(
    open_window: Opener, tmp_path: Path
) -> None:
    world, window = await open_window(fill=showcase)
    await until(lambda: bool(world.gateway.opened))
    window.save_state()
    assert world.gateway.opened[0][1].secret_key not in (tmp_path / "window.ini").read_text()


async def test_closing_is_left_to_the_program(open_window: Opener) -> None:
    _, window = await open_window()
    asked: list[bool] = []
    window.close_requested.connect(lambda: asked.append(window.isVisible()))
    window.close()
    assert asked == [True]
    assert window.isVisible()


async def test_the_theme_is_chosen_at_once_and_kept(open_window: Opener, tmp_path: Path) -> None:
    from s3gui import settings

    _, window = await open_window()
    window.does.themes.actions()[2].trigger()
    assert window.settings.theme == "dark"
    await until(lambda: settings.load(tmp_path).theme == "dark")
    await until(lambda: window.palette().window().color().lightness() < 60)


async def test_no_label_takes_markup_from_a_server(open_window: Opener) -> None:
    def hostile(world: World) -> None:
        storage: Storage = world.storage
        storage.put("b", "<img src=x>\u202egpj.exe", 1)
        storage.put("b", "<b>folder</b>/x", 1)
        storage.failing["acl"] = S3guiError("<h1>Denied</h1>", "<a href=x>y</a>")

    _, window = await open_window(fill=hostile)
    await browse(window, "b")
    window.pane.table.selectRow(1)
    await until(lambda: "Size" in window.details.facts)
    window.details.tabs.setCurrentIndex(Tab.PERMISSIONS)
    await until(lambda: "Denied" in window.details.text_of(Tab.PERMISSIONS))
    window.show_error(S3guiError("<img src=x>\u202e", hint="<b>z</b>"))
    await until(window.pane.messages.isVisible)
    for label in window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or not label.text(), label.text()
        assert "\u202e" not in label.text()


async def test_no_tooltip_takes_markup_from_a_server(open_window: Opener) -> None:
    def hostile(world: World) -> None:
        storage: Storage = world.storage
        storage.put("b", f"<img src=x>{'y' * 300}", 1)
        storage.put("b", "<b>folder</b>/x", 1)
        storage.metadata["b/x"] = {"<i>": "<img src=x>"}

    _, window = await open_window(fill=hostile)
    await browse(window, "b", "<b>folder</b>/")
    await browse(window, "b")
    window.pane.table.selectRow(1)
    await until(lambda: "Size" in window.details.facts)
    window.show_error(S3guiError(f"<img src=x>{'z' * 300}"))
    window.details.set_rows(Tab.METADATA, [("<i>", "<img src=x>")], if_none="")
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    models = (window.pane.model, window.tree_model, window.details.rows_of(Tab.METADATA))
    for model in models:
        cells = product(range(model.rowCount()), range(model.columnCount()))
        tips += [model.index(*cell).data(Qt.ItemDataRole.ToolTipRole) or "" for cell in cells]
    foreign = [tip for tip in tips if "img" in tip or "folder" in tip.lower()]
    assert len([tip for tip in foreign if "img" in tip]) >= 4
    for tip in foreign:
        assert "<img" not in tip
        assert "<b>" not in tip


async def test_what_is_chosen_in_the_last_moment_is_kept(
    open_window: Opener, tmp_path: Path
) -> None:
    from s3gui import settings

    _, window = await open_window()
    window.remember_on_close("pause")
    window.close_for_good()
    assert settings.load(tmp_path).on_close == "pause"


async def test_a_place_is_written_without_the_window_waiting(
    open_window: Opener, tmp_path: Path
) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups", "daily/")
    assert "daily" not in (tmp_path / "window.ini").read_text()
    window._save_later.setInterval(0)
    window._save_later.start()
    await until(lambda: "daily" in (tmp_path / "window.ini").read_text())


async def test_an_unexpected_error_is_shown_once_with_its_details(open_window: Opener) -> None:
    world, window = await open_window()

    async def fail() -> None:
        raise ZeroDivisionError("nil")

    world.tasks._on_error = window.show_error
    world.tasks.start(fail(), name="sums")
    await until(lambda: bool(window.pane.messages.messages))
    assert len(window.pane.messages.messages) == 1
    error = window.pane.messages.messages[0].error
    assert error is not None
    assert "ZeroDivisionError" in error.detail


async def test_no_bucket_node_is_a_notice(open_window: Opener) -> None:
    _, window = await open_window()
    await until(lambda: "  No buckets" in tree_lines(window))
    assert window.tree_model.connections[0].children[0].kind is NodeKind.NOTICE
