"""Messages above the table: errors and notes, one at a time, never in the way."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.text import tr, visible
from s3gui.ui.dialogs.problem import problem_text
from s3gui.ui.icons import icon
from s3gui.ui.theme import ICON, SPACE, Tone, is_new_look, tone_color
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel

_NOTE_MS = 8_000
_KEPT = 50
_DRAWING = {
    Tone.BAD: "alert-circle",
    Tone.WARN: "alert-triangle",
    Tone.OK: "circle-check",
    Tone.ACCENT: "info-circle",
}


@dataclass(slots=True, eq=False)
class Message:
    """One message; ``error`` is what *Details* shows, ``action`` what its button does."""

    text: str
    tone: Tone
    error: S3guiError | None = None
    caption: str = ""
    action: Callable[[], None] | None = None
    times: int = field(default=1)


class MessageBar(QFrame):
    """A queue of messages. The newest is shown; closing it shows the one before.

    The same message again is counted, not repeated. A note goes by itself, an error stays.
    """

    #: ``S3guiError``
    details_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self._messages: list[Message] = []
        self._drawing = QLabel()
        self._text = ElidedLabel()
        self._text.setObjectName("messageText")
        self._count = ToneLabel(Tone.MUTED)
        self._act = QPushButton()
        self._act.clicked.connect(self._on_act_clicked)
        self._details = QPushButton(tr("Details…"))
        self._details.clicked.connect(self._on_details_clicked)
        self._close = QToolButton()
        self._close.setIcon(icon("x"))
        self._close.setIconSize(QSize(ICON - 2, ICON - 2))
        self._close.setToolTip(tr("Close this message"))
        self._close.setAccessibleName(tr("Close this message"))
        self._close.clicked.connect(self.close_current)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 2, 5, SPACE - 2, 5)
        row.setSpacing(SPACE)
        row.addWidget(self._drawing)
        row.addWidget(self._text, 1)
        for widget in (self._count, self._act, self._details, self._close):
            row.addWidget(widget)
        self._timer = QTimer(self, singleShot=True, interval=_NOTE_MS)
        self._timer.timeout.connect(self._on_timeout)
        self.hide()

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is queued, the one that is shown last."""
        return tuple(self._messages)

    def show_error(
        self, error: S3guiError, *, caption: str = "", action: Callable[[], None] | None = None
    ) -> None:
        """Shows an error until it is closed; ``caption`` names a button that does ``action``."""
        text = visible(problem_text(error, detail=False))
        self._add(Message(text, Tone.BAD, error, caption, action))

    def show_note(
        self,
        text: str,
        *,
        warns: bool = False,
        error: S3guiError | None = None,
    ) -> None:
        """Shows a note; it goes after some seconds unless it warns. ``text`` is safe to show."""
        self._add(Message(text, Tone.WARN if warns else Tone.OK, error))

    def show_warning(self, text: str, error: S3guiError) -> None:
        """Shows a note that stays, with more to read behind *Details*."""
        self.show_note(text, warns=True, error=error)

    def show_choice(
        self, text: str, caption: str, action: Callable[[], None], *, warns: bool = True
    ) -> Message:
        """Shows a note that stays until somebody acts; what is returned can be taken back."""
        message = Message(text, Tone.WARN if warns else Tone.ACCENT, None, caption, action)
        self._add(message)
        return message

    def reword(self, message: Message, text: str) -> None:
        """Says the same message with other words; ``text`` is safe to show."""
        message.text = text
        if message in self._messages:
            self._refresh()

    def take_back(self, message: Message) -> None:
        """Takes one message away, whichever is shown."""
        if message in self._messages:
            self._messages.remove(message)
            self._refresh()

    def close_current(self) -> None:
        """Takes the shown message away."""
        if self._messages:
            self._messages.pop()
        self._refresh()

    def clear(self) -> None:
        """Takes all messages away."""
        self._messages.clear()
        self._refresh()

    def _add(self, message: Message) -> None:
        for held in self._messages:
            if (held.text, held.tone) == (message.text, message.tone):
                message.times = held.times + 1
                self._messages.remove(held)
                break
        self._messages = [*self._messages[-(_KEPT - 1) :], message]
        self._refresh()

    def _refresh(self) -> None:
        self._timer.stop()
        self.setVisible(bool(self._messages))
        if not self._messages:
            return
        message = self._messages[-1]
        self._draw()
        times = f" ×{message.times}" if message.times > 1 else ""
        self._text.set_full_text(message.text + times)
        more = len(self._messages) - 1
        self._count.setText(tr("+{count} more").format(count=more) if more else "")
        self._count.setVisible(bool(more))
        self._details.setVisible(message.error is not None)
        self._act.setText(message.caption)
        self._act.setVisible(message.action is not None and bool(message.caption))
        if message.tone is Tone.OK:
            self._timer.start()
        self.update()

    def _draw(self) -> None:
        tone = self._messages[-1].tone if self._messages else Tone.OK
        drawn = icon(_DRAWING[tone], tone).pixmap(QSize(ICON, ICON), self.devicePixelRatioF())
        self._drawing.setPixmap(drawn)

    def changeEvent(self, event: QEvent) -> None:
        """Draws in the new theme's colours."""
        super().changeEvent(event)
        if is_new_look(event):
            self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A breath of the message's colour over the whole strip, and a line below."""
        if not self._messages:
            return
        painter = QPainter(self)
        tint = QColor(tone_color(self._messages[-1].tone))
        tint.setAlphaF(0.11)
        painter.fillRect(self.rect(), tint)
        line = self.rect()
        line.setTop(line.bottom())
        painter.fillRect(line, tone_color(Tone.LINE))
        painter.end()

    def _on_act_clicked(self) -> None:
        message = self._messages[-1]
        self.close_current()
        if message.action:
            message.action()

    def _on_details_clicked(self) -> None:
        if self._messages and self._messages[-1].error:
            self.details_wanted.emit(self._messages[-1].error)

    def _on_timeout(self) -> None:
        if self._messages and self._messages[-1].tone is Tone.OK:
            self.close_current()
