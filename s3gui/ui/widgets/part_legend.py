"""What the colours of the part map mean."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from s3gui.domain.transfer import Direction
from s3gui.ui.delegates.colors import PART_STATES, shades_for
from s3gui.ui.models.transfer_words import legend_word
from s3gui.ui.theme import SPACE, Tone, tone_color

_BOX = 9


class PartLegend(QWidget):
    """A small square and a word for each state of a part, in one line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._direction = Direction.UPLOAD
        small = self.font()
        small.setPointSizeF(small.pointSizeF() * 0.92)
        self.setFont(small)

    def set_direction(self, direction: Direction) -> None:
        """Uses the words for this direction."""
        if direction is not self._direction:
            self._direction = direction
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for all words."""
        width = sum(self._advance(word) for word in self._words()) - 2 * SPACE
        return QSize(width, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """All of it or nothing: the panel hides it where there is no room."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints squares and words."""
        painter = QPainter(self)
        shades = shades_for(self.palette())
        x = 0
        for state, word in zip(PART_STATES, self._words(), strict=True):
            box = QRectF(x, (self.height() - _BOX) / 2, _BOX, _BOX)
            painter.fillRect(box, shades.cells[state])
            where = QRect(x + _BOX + SPACE // 2, 0, self._advance(word), self.height())
            painter.setPen(tone_color(Tone.MUTED))
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(where, align, word)
            x += self._advance(word)

    def _words(self) -> list[str]:
        return [legend_word(state, self._direction) for state in PART_STATES]

    def _advance(self, word: str) -> int:
        return _BOX + SPACE // 2 + self.fontMetrics().horizontalAdvance(word) + 2 * SPACE
