"""Paints how far a transfer is, with the percentage inside the bar."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from s3gui.domain.transfer import Transfer
from s3gui.ui.delegates.colors import shades_for
from s3gui.ui.delegates.painting import paint_background, paint_bar
from s3gui.ui.models.transfer_cells import TRANSFER_ROLE
from s3gui.ui.models.transfer_words import fraction_of

#: Between the bar and the edges of its cell, in pixels at 100 %.
_PAD_X, _PAD_Y = 6, 5


class ProgressDelegate(QStyledItemDelegate):
    """The bar of a row; its text comes from the model, so it is what is read out too."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paints the bar of the row's transfer in the colour of its state."""
        paint_background(painter, option)
        transfer = index.data(TRANSFER_ROLE)
        if not isinstance(transfer, Transfer):
            return
        shades = shades_for(option.palette)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        paint_bar(
            painter,
            QRectF(option.rect).adjusted(_PAD_X, _PAD_Y, -_PAD_X, -_PAD_Y),
            fraction_of(transfer),
            shades.bars[transfer.state],
            shades.track,
            ((Qt.AlignmentFlag.AlignCenter, text),),
            option.palette,
        )
