"""The part map of the selected transfer over the whole width of the pane."""

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from s3gui.domain.text import tr
from s3gui.domain.transfer import Transfer
from s3gui.ui.delegates.part_image import grid_of, part_map
from s3gui.ui.models.transfer_words import map_details, parts_sentence
from s3gui.ui.tooltips import tooltip

_HEIGHT = 20


class PartMapStrip(QWidget):
    """One image, painted anew when ``refresh`` is called; a click says which part it hit."""

    #: The number of a part, from 1.
    part_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfer: Transfer | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Part map"))

    def show_transfer(self, transfer: Transfer | None) -> None:
        """Shows the parts of another transfer."""
        self._transfer = transfer
        self.refresh()

    def refresh(self) -> None:
        """Paints what the parts are now."""
        if self._transfer is not None:
            self.setAccessibleDescription(parts_sentence(self._transfer))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as may be."""
        return QSize(400, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the map."""
        if self._transfer is None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        image = part_map(self._transfer, self.width(), self.height(), self.palette(), ratio)
        painter.drawImage(0, 0, image)

    def event(self, event: QEvent) -> bool:
        """Tells about the part under the pointer."""
        if isinstance(event, QHelpEvent) and self._transfer is not None:
            span = self._span(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), tooltip(map_details(self._transfer, span)), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Says which part was clicked."""
        span = self._span(int(event.position().x()), int(event.position().y()))
        if span:
            self.part_clicked.emit(span.start + 1)

    def _span(self, x: int, y: int) -> range:
        count = len(self._transfer.parts) if self._transfer is not None else 0
        return grid_of(count, self.width(), self.height()).parts_at(x, y)
