"""What holds for everything in the window: names, labels, loops, languages."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QToolButton,
    QWidget,
)
from ui.conftest import Opener
from ui.kit import PROFILE, World
from ui.looking import browse, showcase
from ui.transfers.signals import opened, until

from s3gui import languages
from s3gui.domain import text as texts
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.ui.dialogs.connect import ConnectDialog
from s3gui.ui.main_window import MainWindow
from s3gui.ui.widgets.labels import ElidedLabel

UI = Path(__file__).resolve().parents[2] / "s3gui" / "ui"


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.name)
def test_no_loop_is_nested(path: Path) -> None:
    """``exec`` and the ready-made boxes that call it wedge every coroutine (invariant 6)."""
    banned = {"exec", "exec_", "processEvents", "getOpenFileName", "getOpenFileNames"}
    boxes = {"information", "question", "warning", "critical", "about", "aboutQt", "getText"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        is_box = owner in {"QMessageBox", "QInputDialog"} and node.func.attr in boxes
        # A drag has no other way; it begins in a mouse event, where the coroutines go on meanwhile.
        if (path.name, owner) == ("drag_out.py", "drag"):
            continue
        assert node.func.attr not in banned, f"{path}:{node.lineno}"
        assert not is_box, f"{path}:{node.lineno}"


def _spoken(widget: QWidget) -> str:
    """What a screen reader says of it."""
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.text()
    return widget.accessibleName()


async def _everything(open_window: Opener) -> tuple[MainWindow, ConnectDialog]:
    """A window with rows, details and a message, and the connect dialog over it."""
    _, window = await open_window(fill=showcase)
    await browse(window, "backups", "daily/")
    window.pane.messages.show_error(
        S3guiError("A title", "why", "what to do"), caption="Try", action=lambda: None
    )
    window.pane.table.selectRow(0)
    await until(lambda: bool(window.details.facts))
    window.connecting.add()
    return window, await opened(ConnectDialog)


async def test_every_control_has_a_name_to_speak(open_window: Opener) -> None:
    window, dialog = await _everything(open_window)
    own = QAbstractButton | QLineEdit | QComboBox
    for top in (window, dialog):
        labelled = {label.buddy() for label in top.findChildren(QLabel)}
        nameless = [
            f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
            for widget in top.findChildren(QWidget)
            if isinstance(widget, own)
            and widget.isVisible()
            and not widget.objectName().startswith("qt_")
            and not _spoken(widget)
            and not isinstance(widget.parentWidget(), QLineEdit | QTabBar)
            and widget not in labelled
        ]
        assert nameless == []
    for view in (window.tree, window.pane.table):
        assert view.accessibleName()
    dialog.reject()


async def test_every_button_can_be_reached_by_keyboard(open_window: Opener) -> None:
    window, dialog = await _everything(open_window)
    shortcuts = {action for action in window.does.all if action.shortcuts()}
    for button in window.findChildren(QAbstractButton):
        if not button.isVisible() or isinstance(button.parentWidget(), QLineEdit | QTabBar):
            continue
        by_tab = bool(button.focusPolicy() & Qt.FocusPolicy.TabFocus)
        action = button.defaultAction() if isinstance(button, QToolButton) else None
        in_a_menu = action in shortcuts
        # A dock is hidden by its own command; the overflow of a toolbar shows what it hides.
        is_aid = button.accessibleName().startswith("Hide ") or button.objectName().startswith(
            "qt_"
        )
        assert by_tab or in_a_menu or is_aid, button.toolTip() or button.text()
    dialog.reject()


def _is_cut(label: QLabel) -> bool:
    metrics = QFontMetrics(label.font())
    room = label.contentsRect()
    if label.wordWrap():
        flags = Qt.TextFlag.TextWordWrap
        return metrics.boundingRect(room, flags, label.text()).height() > room.height() + 1
    words = label.text().replace("&", "") if label.buddy() else label.text()
    return metrics.horizontalAdvance(words) > room.width() + 1


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_no_label_is_cut(
    open_window: Opener, language: str, request: pytest.FixtureRequest
) -> None:
    before = texts._catalogue
    languages.install(language)
    request.addfinalizer(lambda: texts.install(before))
    window, dialog = await _everything(open_window)
    for top in (window, dialog):
        for label in top.findChildren(QLabel):
            if label.isVisible() and label.text() and not isinstance(label, ElidedLabel):
                assert not _is_cut(label), label.text()
        for button in top.findChildren(QPushButton):
            if button.isVisible():
                needed = QFontMetrics(button.font()).horizontalAdvance(button.text())
                assert needed <= button.width(), button.text()
        for bar in top.findChildren(QTabBar):
            for at in range(bar.count()):
                needed = QFontMetrics(bar.font()).horizontalAdvance(bar.tabText(at))
                assert needed <= bar.tabRect(at).width(), bar.tabText(at)
    dialog.reject()


async def test_words_of_an_empty_state_are_whole(open_window: Opener) -> None:
    def fail(world: World) -> None:
        world.storage.failing["list"] = S3guiError(
            "The bucket cannot be listed",
            "A long reason that does not fit on one line, for it tells all that the server said",
            "And what to do about it is just as long, so that it certainly takes three lines",
        )

    _, window = await open_window(fill=fail)
    await browse(window, "b")
    for label in window.pane.empty.findChildren(QLabel):
        assert not label.text() or not _is_cut(label), label.text()


async def test_closing_leaves_no_task(
    make_window: Callable[[World], MainWindow], world: World
) -> None:
    window = make_window(world)
    showcase(world)
    await window.start()
    window.go_to(PROFILE.id, Location("backups"))
    window.close_for_good()
    await world.tasks.cancel_all()
    assert world.tasks.running == frozenset()
    assert world.errors == []
    assert world.queue.observers == []


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)
async def test_menus_open_without_a_loop_of_their_own(open_window: Opener) -> None:
    window, dialog = await _everything(open_window)
    dialog.reject()
    node = window.tree_model.connections[0]
    window.tree.menu_wanted.emit(node, QPoint(10, 10))
    window.tree.menu_wanted.emit(node.children[0], QPoint(10, 10))
    window.tree.menu_wanted.emit(None, QPoint(10, 10))
    window.pane.menu_wanted.emit(QPoint(10, 10))
    window.pane.table.horizontalHeader().customContextMenuRequested.emit(QPoint(5, 5))
    while popup := QApplication.activePopupWidget():
        popup.close()
