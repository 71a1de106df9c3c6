"""The part map of the selected transfer over the whole width of the pane."""

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from s3gui.domain.text import tr
from s3gui.domain.transfer import PartProgress, PartState, Transfer
from s3gui.ui.delegates.part_grid import Grid, grid_of, height_for
from s3gui.ui.delegates.part_image import PartMap
from s3gui.ui.models.parts import is_retriable, part_line
from s3gui.ui.models.transfer_words import map_details, parts_sentence
from s3gui.ui.tooltips import tooltip

_HEIGHT = 20
#: Page Up and Page Down go over so many parts of the whole.
_PAGES = 10
#: Room around the cells for the frame of the one that the keyboard is on.
_PAD = 2


class PartMapStrip(QWidget):
    """A cell a part, painted anew when ``refresh`` is called.

    The mouse or the keyboard choose a part: arrows go from part to part, Ctrl+arrow to the next
    that failed, Enter and a click have a failed part tried again and show any other.
    """

    #: The number of a part, from 1, that is to be shown.
    part_clicked = Signal(int)
    #: The number of a part that is to be tried again.
    retry_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfer: Transfer | None = None
        self._map = PartMap()
        #: The part that the keyboard is on, by number; 0: none.
        self._at = 0
        self._most_height = _HEIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(_HEIGHT + 2 * _PAD)
        self._name()

    @property
    def current(self) -> PartProgress | None:
        """The part that the keyboard is on."""
        parts = self._transfer.parts if self._transfer is not None else []
        return parts[self._at - 1] if 0 < self._at <= len(parts) else None

    def show_transfer(self, transfer: Transfer | None) -> None:
        """Shows the parts of another transfer."""
        if transfer is not self._transfer:
            self._transfer = transfer
            self._at = 0
            self._name()
        self.refresh()

    def set_most_height(self, height: int) -> None:
        """How high the map may grow, in pixels, so that every part has a cell of its own."""
        self._most_height = height
        self._fit()

    def refresh(self) -> None:
        """Paints what the parts are now."""
        if self._transfer is not None:
            self.setAccessibleDescription(parts_sentence(self._transfer))
            if self.hasFocus():
                self._name()
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as may be."""
        return QSize(400, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the map, and a frame around the part that the keyboard is on."""
        if self._transfer is None:
            return
        painter = QPainter(self)
        where = self._inner()
        ratio = self.devicePixelRatioF()
        image = self._map.image(
            self._transfer, where.width(), where.height(), self.palette(), ratio
        )
        painter.drawImage(where.topLeft(), image)
        if self.hasFocus() and self.current is not None:
            cell = self._grid().rect(self._grid().cell_of(self._at - 1), 1)
            frame = cell.translated(where.topLeft()).adjusted(-2, -2, 1, 1)
            painter.setPen(self.palette().color(QPalette.ColorRole.Text))
            painter.drawRect(frame)

    def event(self, event: QEvent) -> bool:
        """Tells about the part under the pointer."""
        if isinstance(event, QHelpEvent) and self._transfer is not None:
            span = self._span(event.pos())
            QToolTip.showText(event.globalPos(), tooltip(self._details(span)), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Makes room for a cell a part."""
        super().resizeEvent(event)
        self._fit()

    # The mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the part that was clicked, and tries it again if it failed."""
        span = self._span(event.position().toPoint())
        if span and event.button() is Qt.MouseButton.LeftButton:
            failed = self._retriable(span)
            self._go_to(span.start + 1 if failed is None else failed)
            self._activate()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what a click tries again."""
        over = self._retriable(self._span(event.position().toPoint()))
        self.setCursor(
            Qt.CursorShape.ArrowCursor if over is None else Qt.CursorShape.PointingHandCursor
        )

    # The keyboard.

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begins where something failed, else where things happen."""
        super().focusInEvent(event)
        if self.current is None and self._transfer is not None and self._transfer.parts:
            flying = (part.part.number for part in self._transfer.parts_flying)
            self._go_to(self._next_failed(0, 1) or min(flying, default=1))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Takes the frame away."""
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and the pages move; Enter and Space act."""
        count = len(self._transfer.parts) if self._transfer is not None else 0
        key, grid = Qt.Key(event.key()), self._grid()
        down = len(grid.parts_of(0)) if grid.rows == 1 else grid.columns
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -down,
            Qt.Key.Key_Down: down,
            Qt.Key.Key_PageUp: -max(count // _PAGES, 1),
            Qt.Key.Key_PageDown: max(count // _PAGES, 1),
            Qt.Key.Key_Home: -count,
            Qt.Key.Key_End: count,
        }
        if not count or (key not in steps and key not in _ACTS):
            super().keyPressEvent(event)
            return
        event.accept()
        if key in _ACTS:
            self._activate()
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._go_to(self._next_failed(self._at, 1 if steps[key] > 0 else -1) or self._at)
            self._tell()
        else:
            self._go_to(min(max(self._at + steps[key], 1), count))
            self._tell()

    def _next_failed(self, number: int, step: int) -> int | None:
        parts = self._transfer.parts if self._transfer is not None else []
        where = range(number, len(parts)) if step > 0 else range(number - 2, -1, -1)
        return next((at + 1 for at in where if _failed(parts[at])), None)

    def _activate(self) -> None:
        part = self.current
        if part is None or self._transfer is None:
            return
        if is_retriable(part, self._transfer):
            self.retry_wanted.emit(part.part.number)
        else:
            self.part_clicked.emit(part.part.number)

    def _go_to(self, number: int) -> None:
        self._at = number
        self._name()
        self.update()

    def _tell(self) -> None:
        """What the pointer is told, for the keyboard."""
        cell = self._grid().rect(self._grid().cell_of(self._at - 1), 1)
        below = self.mapToGlobal(cell.bottomLeft() + self._inner().topLeft())
        QToolTip.showText(below, tooltip(self._details(range(self._at - 1, self._at))), self)

    def _name(self) -> None:
        """The name is what is read out when it changes under the keyboard."""
        name, part = tr("Part map"), self.current
        if part is not None and self._transfer is not None:
            name += ". " + part_line(part, self._transfer)
            if is_retriable(part, self._transfer):
                name += ". " + tr("Press Enter to try it again now")
        if name != self.accessibleName():
            self.setAccessibleName(name)

    # Where things are.

    def _details(self, span: range) -> str:
        if self._transfer is None:
            return ""
        text = map_details(self._transfer, span)
        if self._retriable(span) is not None:
            text += "\n" + tr("Click to try it again now")
        return text

    def _retriable(self, span: range) -> int | None:
        if self._transfer is None:
            return None
        parts = self._transfer.parts[span.start : span.stop]
        found = (part.part.number for part in parts if is_retriable(part, self._transfer))
        return next(found, None)

    def _inner(self) -> QRect:
        return self.rect().adjusted(_PAD, _PAD, -_PAD, -_PAD)

    def _grid(self) -> Grid:
        count = len(self._transfer.parts) if self._transfer is not None else 0
        return grid_of(count, self._inner().width(), self._inner().height())

    def _span(self, at: QPoint) -> range:
        place = at - self._inner().topLeft()
        return self._grid().parts_at(place.x(), place.y())

    def _fit(self) -> None:
        count = len(self._transfer.parts) if self._transfer is not None else 0
        height = height_for(count, self._inner().width(), _HEIGHT, self._most_height)
        if height + 2 * _PAD != self.height():
            self.setFixedHeight(height + 2 * _PAD)


_ACTS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


def _failed(part: PartProgress) -> bool:
    return bool(part.problem) and part.state in {PartState.FAILED, PartState.WAITING}
