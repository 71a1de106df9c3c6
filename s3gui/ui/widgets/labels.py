"""Labels that show foreign text safely, and that shorten it instead of widening the window."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from s3gui.ui.theme import Tone, is_new_look, tone_color
from s3gui.ui.tooltips import tooltip


def plain_label(text: str = "", parent: QWidget | None = None, *, wrap: bool = False) -> QLabel:
    """A label that never takes its text for markup."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    label.setText(text)
    return label


class ToneLabel(QLabel):
    """A plain label in the colour of a meaning, in any theme."""

    _tone = Tone.PLAIN

    def __init__(self, tone: Tone, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        # On a white page a label would take the page's own colour for text.
        self.setForegroundRole(QPalette.ColorRole.WindowText)
        self.setText(text)
        self._tint()

    def set_tone(self, tone: Tone) -> None:
        """Changes the meaning."""
        self._tone = tone
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the theme."""
        super().changeEvent(event)
        if is_new_look(event):
            self._tint()

    def _tint(self) -> None:
        palette = self.palette()
        colour = tone_color(self._tone)
        if palette.color(QPalette.ColorRole.WindowText) != colour:
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self.setPalette(palette)


class ElidedLabel(ToneLabel):
    """One line; what does not fit ends in an ellipsis, and the tooltip has all of it."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        tone: Tone = Tone.PLAIN,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(tone, "", parent)
        self._mode = mode
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.set_full_text(text)

    @property
    def full_text(self) -> str:
        """What it would show if there were room."""
        return self._full

    def set_full_text(self, text: str) -> None:
        """Shows ``text``, as much of it as there is room for."""
        self._full = text
        self.setAccessibleName(text)
        self._fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Wide enough for all of it, where that may be had."""
        width = self.fontMetrics().horizontalAdvance(self._full) + 2
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Narrow."""
        return QSize(min(40, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the text to the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(self.contentsRect().width(), 1)
        shown = self.fontMetrics().elidedText(self._full, self._mode, room)
        self.setText(shown)
        self.setToolTip(tooltip(self._full) if shown != self._full else "")


class ValueField(QLineEdit):
    """A value to read, select and copy: looks like text, moves and speaks like a field."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setReadOnly(True)
        self.setFrame(False)
        self.setObjectName("value")
        self.setAccessibleName(name)
        self.setTextMargins(-2, 0, 0, 0)
        self.setCursorPosition(0)
        self.setToolTip(tooltip(text) if len(text) > 28 else "")
