"""A thin line that moves while something is being waited for."""

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from s3gui.ui.theme import Tone, tone_color

_HEIGHT = 2
_FRAME_MS = 33
_CYCLE = 45
#: An answer that comes sooner than this shows no line at all: it would only flicker.
_DELAY_MS = 150


class BusyLine(QWidget):
    """Takes its two pixels always, so that nothing jumps; paints and ticks only while busy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._step = 0
        self._moving = False
        self._busy = False
        self._delay = QTimer(self, interval=_DELAY_MS, singleShot=True)
        self._delay.timeout.connect(self._begin)
        self._frames = QTimer(self, interval=_FRAME_MS)
        self._frames.timeout.connect(self._tick)

    @property
    def is_busy(self) -> bool:
        """Whether it was switched on."""
        return self._busy

    def set_busy(self, busy: bool) -> None:
        """Switches it on (after a moment) or off."""
        if busy == self._busy:
            return
        self._busy = busy
        if busy:
            self._delay.start()
        else:
            self._delay.stop()
            self._frames.stop()
            self._moving = False
            self.update()

    def sizeHint(self) -> QSize:
        """Two pixels high."""
        return QSize(40, _HEIGHT)

    def showEvent(self, event: QShowEvent) -> None:
        """Moves again."""
        if self._moving:
            self._frames.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Costs nothing while nobody sees it."""
        self._frames.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A third of the line, wandering."""
        if not self._moving:
            return
        painter = QPainter(self)
        width = self.width() / 3
        left = (self._step / _CYCLE) * (self.width() + width) - width
        painter.fillRect(QRectF(0, 0, self.width(), _HEIGHT), tone_color(Tone.TRACK))
        painter.fillRect(QRectF(left, 0, width, _HEIGHT), tone_color(Tone.ACCENT))
        painter.end()

    def _begin(self) -> None:
        self._moving = True
        self._step = 0
        if self.isVisible():
            self._frames.start()

    def _tick(self) -> None:
        self._step = (self._step + 1) % _CYCLE
        self.update()
