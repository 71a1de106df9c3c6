"""Cells whose text keeps the colour of its meaning when their row is selected."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from s3gui.ui.models.transfer_columns import Column


class TonedDelegate(QStyledItemDelegate):
    """Qt paints selected text in the palette's one colour; red has to stay red."""

    def initStyleOption(  # noqa: N802  Qt's own name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Gives the selected text the colour of the unselected."""
        super().initStyleOption(option, index)
        if index.column() == Column.STATE:
            # The middle of a name may go; a sentence is cut at its end.
            option.textElideMode = Qt.TextElideMode.ElideRight
        color = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(color, QColor):
            option.palette.setColor(QPalette.ColorRole.HighlightedText, color)
