"""Files out of a drop or off the clipboard, and the area of the window that takes them.

Only files and folders of this machine are taken, and only to be copied: text, web addresses and
files of another machine are refused before the person lets go.
"""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QEvent, QMimeData, QObject, QRect, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDropEvent,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from s3gui.ui.icons import paint_icon
from s3gui.ui.theme import ICON, RADIUS, SPACE, Tone, tone_color

#: What the file managers of GNOME and its relatives copy when they give no list of addresses.
_COPIED_FILES = "x-special/gnome-copied-files"
_TINT = 0.10


def paths_from_mime(mime: QMimeData | None) -> list[Path]:
    """The local files and folders in ``mime``, each once, in their order.

    Empty when there is anything else in it: half a drop would be a riddle to the person.
    """
    if mime is None:
        return []
    urls = mime.urls() if mime.hasUrls() else _copied_urls(mime)
    paths = [_local_path(url) for url in urls]
    if not all(paths):
        return []
    return list(dict.fromkeys(Path(path) for path in paths if path))


def accepts(mime: QMimeData | None) -> bool:
    """Whether ``paths_from_mime`` would give something."""
    return bool(paths_from_mime(mime))


def paths_from_clipboard() -> list[Path]:
    """The files that were copied in a file manager; cut ones are copied as well, never moved."""
    return paths_from_mime(QGuiApplication.clipboard().mimeData())


def _copied_urls(mime: QMimeData) -> list[QUrl]:
    if not mime.hasFormat(_COPIED_FILES):
        return []
    lines = bytes(mime.data(_COPIED_FILES).data()).splitlines()[1:]
    return [QUrl.fromEncoded(line) for line in lines if line.strip()]


def _local_path(url: QUrl) -> str:
    """The path of a ``file:`` address; "" for any other, and for one of another machine."""
    if not url.isLocalFile():
        return ""
    if os.name == "nt":
        return url.toLocalFile()
    if url.host() and url.host() not in {"localhost", socket.gethostname().lower()}:
        return ""
    # Not toLocalFile(): a name that is not UTF-8 would lose its bytes in a QString.
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return os.fsdecode(unquote_to_bytes(encoded))


class DropArea(QObject):
    """Lets files be dropped on a widget, shows where they would go, and says which they were.

    An event filter, so that the widget itself need not know. While files hover, the widget is
    covered by a frame with ``hint``; where that is empty nothing can be dropped now.
    """

    #: ``list[Path]``, never empty.
    dropped = Signal(list)

    def __init__(self, target: QWidget, hint: Callable[[], str]) -> None:
        super().__init__(target)
        self._target = target
        self._hint = hint
        self._cover = _Cover(target)
        watched = target.viewport() if isinstance(target, QAbstractScrollArea) else target
        watched.setAcceptDrops(True)
        watched.installEventFilter(self)

    @property
    def is_highlighted(self) -> bool:
        """Whether files hover over it."""
        return self._cover.isVisibleTo(self._target)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes the four events of a drag; all others go on."""
        kind = event.type()
        if kind is QEvent.Type.DragLeave:
            self._cover.hide()
        elif isinstance(event, QDropEvent):
            # Enter and move are drop events too.
            self._on_drag(event)
            return True
        return super().eventFilter(watched, event)

    def _on_drag(self, event: QDropEvent) -> None:
        hint = self._hint()
        possible = bool(event.possibleActions() & Qt.DropAction.CopyAction)
        if not (hint and possible and accepts(event.mimeData())):
            self._cover.hide()
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() is QEvent.Type.Drop:
            self._cover.hide()
            self.dropped.emit(paths_from_mime(event.mimeData()))
        else:
            self._cover.cover(hint)


class _Cover(QWidget):
    """A frame over the target with a hint in its middle; the pointer goes through it."""

    def __init__(self, target: QWidget) -> None:
        super().__init__(target)
        self._target = target
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint = ""
        self.hide()

    def cover(self, hint: str) -> None:
        """Shows itself over the whole target."""
        if self.isHidden() or hint != self._hint:
            self._hint = hint
            self.setAccessibleName(hint)
            self.setGeometry(self._target.rect())
            self.raise_()
            self.show()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints tint, frame and hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = tone_color(Tone.ACCENT)
        tint = QColor(accent)
        tint.setAlphaF(_TINT)
        painter.setPen(QPen(accent, 2))
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), RADIUS, RADIUS)
        self._paint_hint(painter, accent)

    def _paint_hint(self, painter: QPainter, accent: QColor) -> None:
        metrics = QFontMetrics(self.font())
        room = max(self.width() - 2 * (ICON + 4 * SPACE), 0)
        text = metrics.elidedText(self._hint, Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(text) + ICON + 4 * SPACE
        pill = QRect(0, 0, width, metrics.height() + 2 * SPACE)
        pill.moveCenter(self.rect().center())
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(QPen(accent, 1))
        painter.drawRoundedRect(QRectF(pill), RADIUS, RADIUS)
        top_left = pill.topLeft()
        top_left += type(top_left)(SPACE + 2, (pill.height() - ICON) // 2)
        paint_icon(painter, "cloud-upload", top_left, ICON, Tone.ACCENT)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        inner = pill.adjusted(ICON + 2 * SPACE, 0, -SPACE, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, text)
