"""The status bar: where, how much is there, how much is selected, what moves, and warnings."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStatusBar, QWidget

from s3gui.domain.limits import Rates
from s3gui.domain.profile import Profile
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Waiting
from s3gui.domain.words import limits_words, waiting_word
from s3gui.ui.format import count_text, size_text, speed_text
from s3gui.ui.icons import icon
from s3gui.ui.models.selecting import Totals
from s3gui.ui.theme import SPACE, Tone, is_new_look
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel


class _Badge(QWidget):
    """A small warning that stays."""

    def __init__(self, drawing: str, text: str, tip: str) -> None:
        super().__init__()
        self._drawing = drawing
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._picture = QLabel()
        self._text = ToneLabel(Tone.WARN, text)
        row.addWidget(self._picture)
        row.addWidget(self._text)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)
        self._draw()
        self.hide()

    def say(self, text: str, tip: str) -> None:
        """Other words."""
        if text != self._text.text():
            self._text.setText(text)
            self.setToolTip(tip)
            self.setAccessibleName(text)
            self.setAccessibleDescription(tip)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_new_look(event):
            self._draw()

    def _draw(self) -> None:
        drawn = icon(self._drawing, Tone.WARN).pixmap(QSize(14, 14), self.devicePixelRatioF())
        self._picture.setPixmap(drawn)


class StatusStrip(QStatusBar):
    """Its parts are filled one by one; what is empty takes no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self.setContentsMargins(SPACE, 0, 0, 0)
        self.connection = ElidedLabel()
        self.content = ElidedLabel(tone=Tone.MUTED)
        self.selection = ElidedLabel(tone=Tone.MUTED)
        self.moving = ElidedLabel(tone=Tone.ACCENT)
        #: What moves is held back: by the person, and by the server.
        self.limit = ElidedLabel(tone=Tone.MUTED)
        self.slowed = _Badge("hourglass", "", "")
        self.insecure = _Badge(
            "lock-open",
            tr("http: not encrypted"),
            tr("Everybody on the way can read what you send and receive."),
        )
        self.unsaved = _Badge(
            "key-off",
            tr("Keys not saved"),
            tr("The keys of this connection are held in memory until you quit."),
        )
        self.connection.setMaximumWidth(260)
        row = QHBoxLayout()
        # A status bar gives its own widgets no room at its right end: all are in one row of ours.
        row.setContentsMargins(0, 2, SPACE + 4, 2)
        row.setSpacing(SPACE * 2)
        for label in (self.connection, self.content, self.selection):
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            row.addWidget(label)
        row.addStretch(1)
        self.moving.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.limit.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        for widget in (self.moving, self.limit, self.slowed, self.insecure, self.unsaved):
            row.addWidget(widget)
        holder = QWidget()
        holder.setLayout(row)
        self.addWidget(holder, 1)

    def show_connection(self, profile: Profile | None, *, has_unsaved_keys: bool) -> None:
        """Which connection is shown, and what is to be known of it."""
        self.connection.set_full_text(visible(profile.name) if profile else "")
        self.connection.setVisible(profile is not None)
        is_open_line = profile is not None and not profile.is_secure and not profile.is_loopback
        self.insecure.setVisible(is_open_line)
        self.unsaved.setVisible(profile is not None and has_unsaved_keys)

    def show_content(
        self, folders: int, objects: int, size: int, *, is_listing: bool, in_bucket: bool
    ) -> None:
        """What is listed; "so far" while pages still come."""
        if not in_bucket:
            self.content.set_full_text("")
            return
        parts = []
        if folders:
            words = trn("{count} folder", "{count} folders", folders)
            parts.append(words.format(count=count_text(folders)))
        if objects or not folders:
            words = trn("{count} object", "{count} objects", objects)
            parts.append(words.format(count=count_text(objects)))
            parts.append(size_text(size))
        text = ", ".join(parts)
        self.content.set_full_text(
            tr("{counts} so far…").format(counts=text) if is_listing else text
        )

    def show_selection(self, totals: Totals) -> None:
        """How many rows are selected and how large they are."""
        if not totals.count:
            self.selection.set_full_text("")
            return
        words = trn("{count} selected", "{count} selected", totals.count)
        text = words.format(count=count_text(totals.count))
        if totals.objects:
            text = f"{text}, {size_text(totals.size)}"
        self.selection.set_full_text(text)

    def show_limits(self, rates: Rates) -> None:
        """What a person lets move at most; nothing where there is no limit."""
        said = limits_words(rates, speed_text)
        self.limit.set_full_text(tr("Speed: {limits}").format(limits=said) if said else "")
        self.limit.setVisible(bool(said))

    def show_slowed(self, places: int | None) -> None:
        """How many parts the server leaves in flight; ``None``: it asks for nothing."""
        if places is not None:
            tip = tr("Fewer parts are sent at once for a while. It goes on by itself.")
            self.slowed.say(waiting_word(Waiting.THROTTLED, places), tip)
        self.slowed.setVisible(places is not None)

    def show_moving(self, summary: str) -> None:
        """What the queue does, as the transfers pane says it; "" while it rests."""
        self.moving.set_full_text(summary)
