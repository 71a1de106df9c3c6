"""A bar for each part of the selected transfer, in a grid; paints what is in sight."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from s3gui.domain.text import tr
from s3gui.ui.delegates.part_bar import PartBarDelegate
from s3gui.ui.models.parts import PartsModel, is_retriable

_ROW_HEIGHT = 26
_LEAST_ROWS = 2


class PartsGrid(QTableView):
    """A cell a part, as many in a row as fit; follows the parts in flight until it is scrolled."""

    #: Parts may have gone out of sight.
    resized = Signal()
    #: The number of a part that is to be tried again.
    retry_wanted = Signal(int)

    def __init__(self, model: PartsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = model
        self.setObjectName("parts")
        self.setAccessibleName(tr("Parts of the selected transfer"))
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.bars = PartBarDelegate(self)
        self.setItemDelegate(self.bars)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(_ROW_HEIGHT)
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        rows.hide()
        self.setMinimumHeight(_LEAST_ROWS * _ROW_HEIGHT)
        columns = self.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits as many parts into a row as there is room for."""
        wanted = PartBarDelegate.wanted_width(self.fontMetrics())
        self._parts.set_columns(self.viewport().width() // wanted)
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Marks a part, so that it is seen where the keyboard is."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.indexAt(self.viewport().rect().topLeft()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter tries the part again that failed."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._retry_current()
            event.accept()
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tries the part again that failed."""
        super().mouseDoubleClickEvent(event)
        if self.indexAt(event.position().toPoint()) == self.currentIndex():
            self._retry_current()

    def _retry_current(self) -> None:
        part, transfer = self._parts.part_at(self.currentIndex()), self._parts.transfer
        if part is not None and transfer is not None and is_retriable(part, transfer):
            self.retry_wanted.emit(part.part.number)

    def follow(self) -> None:
        """Brings the parts in flight into sight; where they do not all fit, the last of them.

        It moves only when it must: bars that stand still are easier to read.
        """
        self._show_rows(self._parts.busy_rows())

    def go_to_work(self) -> None:
        """Shows where things happen, or where they stopped."""
        self._show_rows(self._parts.busy_rows() or self._parts.open_rows())

    def _show_rows(self, rows: range) -> None:
        if not rows:
            return
        in_sight = max(self.viewport().height() // _ROW_HEIGHT, 1)
        top = math.ceil(self.verticalOffset() / _ROW_HEIGHT)
        if top <= rows.start and rows.stop <= top + in_sight:
            return
        spare = in_sight - len(rows)
        top = rows.stop - in_sight if spare < 0 else rows.start - min(spare // 2, 1)
        self.verticalScrollBar().setValue(top * _ROW_HEIGHT)
