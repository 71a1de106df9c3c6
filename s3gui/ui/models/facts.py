"""A small read-only table of words: metadata, grants, versions."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from s3gui.domain.text import tr
from s3gui.ui.tooltips import tooltip

AnyIndex = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


class FactsModel(QAbstractTableModel):
    """Rows of cells that are safe to show, under a header of literals."""

    def __init__(self, header: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._header = tuple(header)
        self._rows: list[tuple[str, ...]] = []
        self._tips = self._rows

    def set_rows(
        self, rows: Sequence[tuple[str, ...]], tips: Sequence[tuple[str, ...]] | None = None
    ) -> None:
        """Shows other rows; ``tips`` are as many, where a cell says less than is known."""
        self.beginResetModel()
        self._rows = list(rows)
        self._tips = self._rows if tips is None else list(tips)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        """Rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _NONE) -> int:
        """As many as the header has."""
        return 0 if parent.isValid() else len(self._header)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Column titles, at the left."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._header):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(self._header[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell, and all of it as its tooltip."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self._tips[index.row()][index.column()]) or None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        return None
