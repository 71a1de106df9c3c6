"""A table of lines to choose from, as all tables of the window look."""

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtCore import QAbstractItemModel, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from s3gui.ui.theme import ROW_HEIGHT
from s3gui.ui.widgets.column_fit import ColumnFit, Width

AnyColumn = TypeVar("AnyColumn", bound=int)


class PlainTable(QTableView):
    """Rows are selected whole; columns fill the width.

    Args:
        model: the rows.
        name: what a screen reader says.
        widths: of the columns; the first one takes what is left.
        parent: the owner.
    """

    #: ``QPoint`` of the screen.
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        model: QAbstractItemModel,
        name: str,
        widths: Mapping[AnyColumn, Width],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setStyleSheet("QTableView::item{padding:0 5px}QHeaderView::section{padding:4px 8px}")
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.hide()
        self.horizontalHeader().setHighlightSections(False)
        self.columns = ColumnFit(self, widths, filler=0)

    def chosen_rows(self) -> list[int]:
        """The selected rows from top to bottom."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the menu, by the mouse or by the keyboard's key."""
        self.menu_wanted.emit(event.globalPos())
        event.accept()
