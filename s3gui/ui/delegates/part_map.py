"""Paints the part map of a transfer in its row, and tells about the part under the pointer."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from s3gui.domain.transfer import Transfer
from s3gui.ui.delegates.painting import paint_background
from s3gui.ui.delegates.part_grid import grid_of
from s3gui.ui.delegates.part_image import PartMaps
from s3gui.ui.models.transfer_cells import TRANSFER_ROLE
from s3gui.ui.models.transfer_words import map_details
from s3gui.ui.tooltips import tooltip

#: Between the map and the edges of its cell, in pixels at 100 %.
_PAD_X, _PAD_Y = 6, 7


class PartMapDelegate(QStyledItemDelegate):
    """One image a row, however many parts there are; kept while the row is about in sight."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._maps = PartMaps()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paints the cells of the row's parts."""
        paint_background(painter, option)
        transfer = index.data(TRANSFER_ROLE)
        where = map_rect(option.rect)
        if isinstance(transfer, Transfer) and not where.isEmpty():
            ratio = painter.device().devicePixelRatioF()
            kept = self._maps.of(transfer)
            image = kept.image(transfer, where.width(), where.height(), option.palette, ratio)
            painter.drawImage(where.topLeft(), image)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Shows number, range, attempt, state, ETag and milliseconds of the part pointed at."""
        transfer = index.data(TRANSFER_ROLE)
        if event.type() is not QEvent.Type.ToolTip or not isinstance(transfer, Transfer):
            return super().helpEvent(event, view, option, index)
        where = map_rect(option.rect)
        grid = grid_of(len(transfer.parts), where.width(), where.height())
        place = event.pos() - where.topLeft()
        text = map_details(transfer, grid.parts_at(place.x(), place.y()))
        QToolTip.showText(event.globalPos(), tooltip(text), view)
        return True


def map_rect(cell: QRect) -> QRect:
    """Where in its cell the map is."""
    return cell.adjusted(_PAD_X, _PAD_Y, -_PAD_X, -_PAD_Y)
