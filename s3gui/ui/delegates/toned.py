"""Cells of words: painted from one answer of the model, in the colour of their meaning."""

from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from s3gui.ui.delegates.painting import paint_background
from s3gui.ui.models.transfer_cells import LOOK_ROLE, CellLook
from s3gui.ui.models.transfer_columns import Column

#: Between a cell's edges and what is in it, and between icon and text, in pixels at 100 %.
_PAD, _GAP = 6, 6
_SENTENCES = frozenset({Column.STATE, Column.BATCH})


class TonedDelegate(QStyledItemDelegate):
    """Paints a cell with one question to the model where Qt's own asks eight.

    Red has to stay red, too: Qt paints selected text in the palette's one colour.
    """

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paints background, icon and text."""
        paint_background(painter, option)
        look = cast("CellLook | None", index.data(LOOK_ROLE))
        if look is None:
            return
        inner = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if look.icon is not None:
            inner = self._paint_icon(painter, option, look, inner)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        painter.setPen(option.palette.color(role) if look.color is None else look.color)
        painter.setFont(option.font)
        # The middle of a name may go; a sentence is cut at its end.
        mode = Qt.TextElideMode
        elided = mode.ElideRight if index.column() in _SENTENCES else mode.ElideMiddle
        text = option.fontMetrics.elidedText(look.text, elided, inner.width())
        painter.drawText(inner, int(look.alignment | Qt.TextFlag.TextSingleLine), text)

    def _paint_icon(
        self, painter: QPainter, option: QStyleOptionViewItem, look: CellLook, inner: QRect
    ) -> QRect:
        """Paints the icon; what is left for the text."""
        size: QSize = option.decorationSize
        where = QRect(inner.left(), 0, size.width(), size.height())
        where.moveTop(inner.center().y() - size.height() // 2)
        if look.icon is not None:
            look.icon.paint(painter, where)
        return inner.adjusted(size.width() + _GAP, 0, 0, 0)
