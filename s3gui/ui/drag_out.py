"""Objects that are dragged: onto another place of the window, or out of it into a file manager.

On X11 a file manager is asked by Direct Save (XDS) *where* it would put a file; that file is never
made. It says the folder, and a download into it is queued like any other: it can be of any size,
and of any number of objects. Elsewhere a drag has to hand over finished files, which is no way for
100 GB; there the person is told of *Download*.
"""

import os
import secrets
import socket
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from PySide6.QtCore import QByteArray, QMimeData, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor, QDrag, QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from s3gui.ui.icons import paint_icon
from s3gui.ui.models.picked import Picked
from s3gui.ui.theme import ICON, RADIUS, SPACE, Tone, tone_color
from s3gui.ui.x11 import NoDisplayError, display, is_x11

#: Only this program takes it.
FORMAT = "application/x-s3gui-dragged"
_XDS = "XdndDirectSave0"
_SELECTION = "XdndSelection"
_SAVED, _FAILED = b"S", b"E"
_LOOK_WIDTH = 260
#: A slow file manager asks after the drag has ended as if nobody had taken it.
_PATIENCE_MS = 800
#: One that took it asks at once, or when its own question is answered; after so long it never will.
_ASKING_MS = 15_000


class DraggedObjects(QMimeData):
    """What is on its way; on X11 it also asks a file manager for its folder."""

    #: ``Path``: the folder that a file manager named.
    folder_told = Signal(object)
    #: ``str``: what a file manager named that is no folder of this machine; "" for nothing.
    no_folder_told = Signal(str)

    def __init__(self, picked: Picked) -> None:
        super().__init__()
        self.picked = picked
        #: A file manager took it, and asked for what it wants of it.
        self.was_asked = False
        self._formats = [FORMAT, _XDS] if is_x11() else [FORMAT]
        # No file of this name exists, so no file manager asks whether to replace it.
        self._name = f".s3gui-{secrets.token_hex(6)}"

    def formats(self) -> list[str]:
        """What can be asked for."""
        return self._formats

    def hasFormat(self, mimetype: str) -> bool:  # noqa: N802  Qt's name
        """Whether it is among them."""
        return mimetype in self._formats

    def arm(self) -> None:
        """Writes the name where a file manager looks for it, once the drag has begun."""
        if _XDS not in self._formats:
            return
        try:
            with display() as screen:
                if owner := screen.owner(_SELECTION):
                    screen.set_text(owner, _XDS, self._name.encode())
        except NoDisplayError:
            self._formats.remove(_XDS)

    def retrieveData(self, mimetype: str, _kind: object) -> object:  # noqa: N802  Qt's name
        """Reads the folder that was named. Asked for by whoever it was dropped on."""
        if mimetype == FORMAT:
            return QByteArray(b"1")
        if mimetype != _XDS:
            return None
        self.was_asked = True
        told = self._told()
        folder = folder_of(told, self._name)
        # Later: it is a file manager that waits for the answer, and a dialog would keep it waiting.
        if folder is None:
            QTimer.singleShot(0, self, lambda: self.no_folder_told.emit(self._place(told)))
            return QByteArray(_FAILED)
        QTimer.singleShot(0, self, lambda: self.folder_told.emit(folder))
        return QByteArray(_SAVED)

    def _told(self) -> bytes:
        try:
            with display() as screen:
                owner = screen.owner(_SELECTION)
                return screen.text(owner, _XDS) if owner else b""
        except NoDisplayError:
            return b""

    def _place(self, told: bytes) -> str:
        place = told.rstrip(b"\0").decode("utf-8", "replace").removesuffix(self._name)
        return place if "/" in place else ""


def folder_of(told: bytes, name: str) -> Path | None:
    """The local folder in what a file manager wrote; ``None``: it named none of this machine."""
    parts = urlsplit(told.rstrip(b"\0"))
    host = parts.netloc.decode("ascii", "replace").lower()
    if parts.scheme != b"file" or host not in {"", "localhost", socket.gethostname().lower()}:
        return None
    path = Path(os.fsdecode(unquote_to_bytes(parts.path)))
    return path.parent if path.is_absolute() and path.name == name else None


class DragOut(QObject):
    """Runs a drag; says what came of it."""

    #: ``Picked`` and the ``Path`` of a folder.
    dropped_in_folder = Signal(object, object)
    #: ``Picked``, and a ``str``: what a file manager named instead of a folder of this machine.
    unreachable = Signal(object, str)
    #: It was let go over something outside that takes no objects.
    refused = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        # A file manager may ask after the drag has returned.
        self._last: DraggedObjects | None = None

    def start(self, picked: Picked) -> None:
        """Drags until the person lets go. Called from a mouse event, never from a coroutine."""
        mime = self.prepare(picked)
        drag = QDrag(self._window)
        drag.setMimeData(mime)
        drag.setPixmap(_picture(self._window, picked))
        drag.setHotSpot(QPoint(-SPACE, -SPACE))
        QTimer.singleShot(0, mime, mime.arm)
        actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        done = drag.exec(actions, Qt.DropAction.CopyAction)
        if self._was_let_go_outside():
            refused = done is Qt.DropAction.IgnoreAction
            wait_ms = _PATIENCE_MS if refused else _ASKING_MS
            # Not in the name of what was dragged: that goes with the drag.
            QTimer.singleShot(wait_ms, self, lambda: self._tell_silent(mime, refused=refused))

    def _tell_silent(self, mime: DraggedObjects, *, refused: bool) -> None:
        """Nobody has asked for anything of it, so nothing will come of it."""
        if mime.was_asked:
            return
        if refused:
            self.refused.emit()
        else:
            self.unreachable.emit(mime.picked, "")

    def prepare(self, picked: Picked) -> DraggedObjects:
        """What is dragged, kept until the next drag."""
        mime = DraggedObjects(picked)
        mime.folder_told.connect(lambda folder: self.dropped_in_folder.emit(picked, folder))
        mime.no_folder_told.connect(lambda place: self.unreachable.emit(picked, place))
        self._last = mime
        return mime

    def _was_let_go_outside(self) -> bool:
        # After Esc the button is still held, and nobody wanted anything.
        held = QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton
        return not held and QApplication.topLevelAt(QCursor.pos()) is None


def _picture(window: QWidget, picked: Picked) -> QPixmap:
    """What hangs on the pointer: an icon and how much it is."""
    metrics = window.fontMetrics()
    text = metrics.elidedText(picked.words(), Qt.TextElideMode.ElideMiddle, _LOOK_WIDTH)
    size = QSize(metrics.horizontalAdvance(text) + ICON + 4 * SPACE, metrics.height() + SPACE * 2)
    scale = window.devicePixelRatioF()
    pixmap = QPixmap(size * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(window.font())
    ground = QColor(window.palette().base().color())
    painter.setBrush(ground)
    painter.setPen(tone_color(Tone.ACCENT))
    painter.drawRoundedRect(1, 1, size.width() - 2, size.height() - 2, RADIUS, RADIUS)
    drawing = "folder" if picked.folders and not picked.objects else "file"
    tone = Tone.FOLDER if drawing == "folder" else Tone.PLAIN
    paint_icon(painter, drawing, QPoint(SPACE, (size.height() - ICON) // 2), ICON, tone)
    painter.setPen(window.palette().text().color())
    room = pixmap.rect().adjusted(0, 0, 0, 0)
    room.setSize(size)
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(room.adjusted(ICON + 2 * SPACE, 0, -SPACE, 0), align, text)
    painter.end()
    return pixmap
