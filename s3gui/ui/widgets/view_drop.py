"""Files dropped on a row of a view, or on the view itself: shows where they would go."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QWidget

from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.ui.drag_out import DraggedObjects
from s3gui.ui.drop import accepts, paths_from_mime
from s3gui.ui.models.picked import Picked
from s3gui.ui.theme import RADIUS, SPACE, Tone, tone_color

#: Under a position: where files would go, and the row to frame (``None``: the whole view).
TargetAt = Callable[[QPoint], tuple[Location, QRect | None] | None]
#: Of objects: whether a drag to a place moves them if no key is held; ``None``: it is refused.
TakesObjects = Callable[[Picked, Location], bool | None]


def _refuses(_picked: Picked, _where: Location) -> bool | None:
    return None


class ViewDrop(QObject):
    """Takes the four drag events of a view (or a plain widget), which itself need not know."""

    #: ``Location`` and ``list[Path]``
    dropped = Signal(object, list)
    #: ``Picked``, ``Location`` and whether they are to be moved.
    objects_dropped = Signal(object, object, bool)

    def __init__(self, view: QWidget, target_at: TargetAt) -> None:
        super().__init__(view)
        self.takes_objects: TakesObjects = _refuses
        self._target_at = target_at
        surface = view.viewport() if isinstance(view, QAbstractItemView) else view
        self._frame = _Frame(surface)
        surface.setAcceptDrops(True)
        surface.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes drags, lets everything else through."""
        if event.type() is QEvent.Type.DragLeave:
            self._frame.hide()
            return True
        if isinstance(event, QDropEvent):
            self._on_drag(event)
            return True
        return super().eventFilter(watched, event)

    def _on_drag(self, event: QDropEvent) -> None:
        target = self._target_at(event.position().toPoint())
        mime = event.mimeData()
        if isinstance(mime, DraggedObjects):
            self._on_objects(event, mime.picked, target)
            return
        can_copy = bool(event.possibleActions() & Qt.DropAction.CopyAction)
        if not can_copy or not accepts(mime) or target is None:
            self._refuse(event, forever=not can_copy or not accepts(mime))
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() is QEvent.Type.Drop:
            self._frame.hide()
            self.dropped.emit(target[0], paths_from_mime(event.mimeData()))
        else:
            self._frame.surround(*target, tr("Upload to {place}"))

    def _refuse(self, event: QDropEvent, *, forever: bool) -> None:
        """Takes nothing here; a view that refused a drag as it came in would see no more of it."""
        self._frame.hide()
        if event.type() is QEvent.Type.DragEnter and not forever:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def _on_objects(
        self, event: QDropEvent, picked: Picked, target: tuple[Location, QRect | None] | None
    ) -> None:
        moves = self.takes_objects(picked, target[0]) if target is not None else None
        if target is None or moves is None:
            self._refuse(event, forever=False)
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            moves = False
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moves = True
        event.setDropAction(Qt.DropAction.MoveAction if moves else Qt.DropAction.CopyAction)
        event.accept()
        if event.type() is QEvent.Type.Drop:
            self._frame.hide()
            self.objects_dropped.emit(picked, target[0], moves)
        else:
            self._frame.surround(*target, tr("Move to {place}") if moves else tr("Copy to {place}"))


class _Frame(QWidget):
    """A frame around a row, or around everything with the name of the place in its middle."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint = ""
        self.hide()

    def surround(self, where: Location, row: QRect | None, words: str) -> None:
        hint = "" if row else words.format(place=visible(str(where), 200))
        rect = row or self._view.rect()
        if rect != self.geometry() or hint != self._hint or self.isHidden():
            self._hint = hint
            self.setGeometry(rect)
            self.show()
            self.raise_()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = tone_color(Tone.ACCENT)
        tint = QColor(accent)
        tint.setAlphaF(0.12)
        painter.setPen(QPen(accent, 2))
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        if self._hint:
            self._paint_hint(painter, accent)
        painter.end()

    def _paint_hint(self, painter: QPainter, accent: QColor) -> None:
        metrics = self.fontMetrics()
        room = max(self.width() - 6 * SPACE, 0)
        text = metrics.elidedText(self._hint, Qt.TextElideMode.ElideMiddle, room)
        pill = QRect(
            0, 0, metrics.horizontalAdvance(text) + 4 * SPACE, metrics.height() + 2 * SPACE
        )
        pill.moveCenter(self.rect().center())
        painter.setPen(QPen(accent, 1))
        painter.setBrush(self.palette().base())
        painter.drawRoundedRect(QRectF(pill), RADIUS, RADIUS)
        painter.setPen(self.palette().text().color())
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
