"""Rows that were cut and are not pasted yet: pale, as in every file manager."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

if TYPE_CHECKING:
    from s3gui.ui.widgets.table import ObjectTable


class CutDelegate(QStyledItemDelegate):
    """In use only while something of what is shown is cut: it is asked for every cell."""

    def __init__(self, table: "ObjectTable") -> None:
        super().__init__(table)
        self._table = table

    def initStyleOption(  # noqa: N802  Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Words and icon in the colours of what is out of use, selected or not."""
        super().initStyleOption(option, index)
        if self._table.is_cut(index.row()):
            option.state &= ~QStyle.StateFlag.State_Enabled
            group, role = QPalette.ColorGroup.Disabled, QPalette.ColorRole
            pale = option.palette.color(group, role.Text)
            option.palette.setColor(group, role.HighlightedText, pale)
