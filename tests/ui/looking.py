"""Looking at a window from a test, and dropping files on it."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from ui.hovering import hover
from ui.kit import PROFILE, World, fill_showcase
from ui.transfers.signals import until

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.ui.main_window import MainWindow
from s3gui.ui.models.tree import Node

DENIED = S3guiError("May not list", "The keys may not.", "Ask the owner.", code="AccessDenied")


def showcase(world: World) -> None:
    fill_showcase(world.storage)


def names(window: MainWindow) -> list[str]:
    model = window.pane.model
    return [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]


def row_of(window: MainWindow, name: str) -> int:
    return names(window).index(name)


def tree_lines(window: MainWindow) -> list[str]:
    """Every line that is unfolded, by depth."""
    lines: list[str] = []

    def walk(node: Node, depth: int) -> None:
        lines.append("  " * depth + node.label)
        if window.tree.isExpanded(window.tree_model.index_of(node)):
            for child in node.children:
                walk(child, depth + 1)

    for node in window.tree_model.connections:
        walk(node, 0)
    return lines


async def browse(window: MainWindow, bucket: str, key: str = "") -> None:
    window.go_to(PROFILE.id, Location(bucket, key))
    await until(lambda: not window.browsing.is_listing)


def drop(widget: QWidget, at: QPoint, *paths: Path) -> QDropEvent:
    """A drag that enters and lets go, as a file manager's arrives."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(hover(at), action, mime, left, none)
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(QPointF(at), action, mime, left, none)
    QApplication.sendEvent(widget, event)
    return event
