"""Paints one part: its number and size, and a bar with its state, percentage and attempt inside."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction, PartProgress, PartState
from s3gui.ui.delegates.colors import shades_for
from s3gui.ui.delegates.painting import TEXT_PAD, paint_background, paint_bar
from s3gui.ui.format import count_text, size_text
from s3gui.ui.models.parts import PART_ROLE
from s3gui.ui.models.transfer_words import part_fraction, part_percent, part_state_text
from s3gui.ui.theme import Tone, tone_color

_PAD_X, _PAD_Y = 8, 4
_GAP = 8
_WIDEST_NUMBER = "10" + "\u202f" + "000"
_WIDEST_SIZE = "888.8 MB"
#: The state's words inside the bar, in characters of figures.
_STATE_DIGITS = 24
_CENTRE = Qt.AlignmentFlag.AlignVCenter
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft | _CENTRE, Qt.AlignmentFlag.AlignRight | _CENTRE


class PartBarDelegate(QStyledItemDelegate):
    """The bars of the selected transfer's parts."""

    #: Whose words are used; set by the panel.
    direction = Direction.UPLOAD

    @staticmethod
    def wanted_width(metrics: QFontMetrics) -> int:
        """The width of a cell in which nothing common is cut."""
        words = metrics.horizontalAdvance(_WIDEST_NUMBER + _WIDEST_SIZE)
        return words + 2 * (_PAD_X + _GAP) + metrics.horizontalAdvance("0" * _STATE_DIGITS)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paints the part of the cell, nothing behind the last one."""
        part = index.data(PART_ROLE)
        if not isinstance(part, PartProgress):
            return
        paint_background(painter, option)
        inner = option.rect.adjusted(_PAD_X, 0, -_PAD_X, 0)
        bar = self._paint_labels(painter, option, inner, part)
        shades = shades_for(option.palette)
        left, right = self._words(option, part, bar.width())
        paint_bar(
            painter,
            QRectF(bar),
            1.0 if part.state is PartState.FAILED else part_fraction(part),
            shades.parts[part.state],
            shades.track,
            ((_LEFT, left), (_RIGHT, right)),
            option.palette,
        )

    def _words(
        self, option: QStyleOptionViewItem, part: PartProgress, width: int
    ) -> tuple[str, str]:
        """State on the left; attempt and percentage on the right, a first attempt if it fits."""
        metrics = option.fontMetrics
        state, tries = part_state_text(part, self.direction), _tries(part)
        percent = part_percent(part) if part.meter is not None else ""
        right = " · ".join(word for word in (tries, percent) if word)
        room = width - 2 * TEXT_PAD - _GAP
        if part.attempt == 1 and metrics.horizontalAdvance(state + right) > room:
            right = percent
        left = room - metrics.horizontalAdvance(right)
        return metrics.elidedText(state, Qt.TextElideMode.ElideRight, left), right

    def _paint_labels(
        self, painter: QPainter, option: QStyleOptionViewItem, inner: QRect, part: PartProgress
    ) -> QRect:
        """Paints number and size on the left; returns what is left for the bar."""
        metrics = option.fontMetrics
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        number = QRect(inner)
        number.setWidth(metrics.horizontalAdvance(_WIDEST_NUMBER))
        flying = part.meter is not None
        painter.setPen(
            option.palette.color(QPalette.ColorRole.Text) if flying else tone_color(Tone.MUTED)
        )
        painter.drawText(number, align, count_text(part.part.number))
        size = QRect(inner)
        size.setLeft(number.right() + _GAP)
        size.setWidth(metrics.horizontalAdvance(_WIDEST_SIZE))
        painter.setPen(tone_color(Tone.MUTED))
        painter.drawText(size, align, size_text(part.part.length))
        return QRect(inner).adjusted(size.right() + _GAP - inner.left(), _PAD_Y, 0, -_PAD_Y)


def _tries(part: PartProgress) -> str:
    """The attempt, where it is worth a word."""
    if part.attempt > 1 or part.meter is not None:
        return tr("attempt {attempt}").format(attempt=part.attempt)
    return ""
