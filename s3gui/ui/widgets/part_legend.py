"""What the looks of the part map mean."""

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction, PartState
from s3gui.ui.delegates.part_image import look_image
from s3gui.ui.delegates.part_looks import Look
from s3gui.ui.models.transfer_words import legend_word
from s3gui.ui.theme import SPACE, Tone, tone_color

_BOX = 10
_STATES = {
    Look.WAITING: PartState.WAITING,
    Look.HASHING: PartState.HASHING,
    Look.SENDING: PartState.SENDING,
    Look.SENT: PartState.SENT,
    Look.DONE: PartState.DONE,
    Look.FAILED: PartState.FAILED,
}


class PartLegend(QWidget):
    """A small cell and a word for each look of a part, in as many lines as the width asks for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._direction = Direction.UPLOAD
        small = self.font()
        small.setPointSizeF(small.pointSizeF() * 0.92)
        self.setFont(small)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_direction(self, direction: Direction) -> None:
        """Uses the words for this direction."""
        if direction is not self._direction:
            self._direction = direction
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for all words in one line."""
        width = sum(self._advance(self.word(look)) for look in Look) - 2 * SPACE
        return QSize(width, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """It is in nobody's way: the panel has another below the line."""
        return QSize(0, self.sizeHint().height())

    def heightForWidth(self, width: int) -> int:  # noqa: N802  Qt's name
        """As high as its lines are at this width."""
        last = max(line for _look, _x, line in self._places(width))
        return (last + 1) * self.fontMetrics().height()

    def _places(self, width: int) -> list[tuple[Look, int, int]]:
        """Where each look stands: its left edge and its line."""
        places, x, line = [], 0, 0
        for look in Look:
            advance = self._advance(self.word(look))
            if x and x + advance - 2 * SPACE > width:
                x, line = 0, line + 1
            places.append((look, x, line))
            x += advance
        return places

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints cells and words."""
        painter = QPainter(self)
        painter.setPen(tone_color(Tone.MUTED))
        ratio, height = self.devicePixelRatioF(), self.fontMetrics().height()
        above = (self.height() - self.heightForWidth(self.width())) // 2
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for look, x, line in self._places(self.width()):
            word, top = self.word(look), above + line * height
            image = look_image(look.value, _BOX, self.palette(), ratio)
            painter.drawImage(QPointF(x, top + (height - _BOX) // 2), image)
            where = QRect(x + _BOX + SPACE // 2, top, self._advance(word), height)
            painter.drawText(where, align, word)

    def word(self, look: Look) -> str:
        """What a look means."""
        state = _STATES.get(look)
        return tr("Tried again") if state is None else legend_word(state, self._direction)

    def _advance(self, word: str) -> int:
        return _BOX + SPACE // 2 + self.fontMetrics().horizontalAdvance(word) + 2 * SPACE
