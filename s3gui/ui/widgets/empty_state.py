"""What stands where rows would be: why there are none, and what to do about it."""

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from s3gui.ui.icons import icon
from s3gui.ui.theme import SPACE, Tone, is_new_look
from s3gui.ui.widgets.labels import ToneLabel, plain_label

_PICTURE = 44
_WIDEST = 520


class EmptyState(QWidget):
    """A picture, a line in bold, a line of help and at most two buttons, in the middle."""

    action_wanted = Signal()
    details_wanted = Signal()
    #: The position on the screen.
    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(self.mapToGlobal(at))
        )
        self._drawing = ("bucket", Tone.MUTED)
        self._picture = QLabel()
        self._title = plain_label(wrap=True)
        bold = self._title.font()
        bold.setPointSizeF(bold.pointSizeF() * 1.2)
        bold.setWeight(bold.Weight.DemiBold)
        self._title.setFont(bold)
        self._text = ToneLabel(Tone.MUTED)
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._button.setDefault(True)
        self._button.clicked.connect(self.action_wanted)
        self._details = QPushButton()
        self._details.clicked.connect(self.details_wanted)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        column.addStretch(2)
        for label in (self._picture, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(SPACE // 2)
        for button in (self._button, self._details):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    @property
    def title(self) -> str:
        """The line in bold."""
        return self._title.text()

    @property
    def text(self) -> str:
        """The line of help."""
        return self._text.text()

    def say(
        self,
        drawing: str,
        title: str,
        text: str,
        *,
        action: str = "",
        details: str = "",
        tone: Tone = Tone.MUTED,
    ) -> None:
        """Shows another state; a button without a text is not shown."""
        self._drawing = (drawing, tone)
        self._draw()
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        for label in (self._title, self._text):
            # A wrapped label asks for a width of its own choice, and gets too little.
            label.ensurePolished()
            metrics = label.fontMetrics()
            wanted = metrics.horizontalAdvance(label.text()) + 8
            width = min(_WIDEST, max(wanted, 200))
            room = QRect(0, 0, width - 4, 1000)
            lines = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, label.text())
            label.setFixedSize(width, lines.height() + 4)
        for button, caption in ((self._button, action), (self._details, details)):
            button.setText(caption)
            button.setVisible(bool(caption))

    def changeEvent(self, event: QEvent) -> None:
        """Draws the picture in the new theme's colour."""
        super().changeEvent(event)
        if is_new_look(event):
            self._draw()

    def _draw(self) -> None:
        name, tone = self._drawing
        scale = self.devicePixelRatioF()
        self._picture.setPixmap(icon(name, tone).pixmap(QSize(_PICTURE, _PICTURE), scale))
