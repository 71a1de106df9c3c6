"""The path bar: crumbs to click, and a field to type a place into."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from s3gui.domain.location import DELIMITER, SCHEME, Location
from s3gui.domain.text import tr, visible
from s3gui.ui.icons import icon
from s3gui.ui.models.labels import place_label
from s3gui.ui.theme import ICON, Tone
from s3gui.ui.tooltips import tooltip

_LONGEST_CRUMB = 40


def parse_place(text: str) -> Location:
    """Reads ``s3://bucket/prefix/`` or ``bucket/prefix``; a place always ends in ``/``.

    Raises:
        ValueError: there is no bucket in it.
    """
    typed = text.strip()
    if "://" in typed and not typed.lower().startswith(SCHEME):
        raise ValueError(text)
    if not typed.lower().startswith(SCHEME):
        typed = SCHEME + typed
    where = Location.parse(typed)
    return where if where.is_prefix else Location(where.bucket, where.key + DELIMITER)


class PathBar(QStackedWidget):
    """Crumbs until it is clicked or Ctrl+L is pressed, then a field; Esc gives the crumbs back."""

    #: ``Location``
    chosen = Signal(object)
    #: What was typed and is no place.
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("path")
        self.setFixedHeight(36)
        self._where: Location | None = None
        self._crumbs = QWidget()
        self._row = QHBoxLayout(self._crumbs)
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(0)
        self._field = QLineEdit()
        self._field.setObjectName("pathField")
        self._field.setAccessibleName(tr("Path"))
        self._field.setPlaceholderText(tr("s3://bucket/folder/"))
        self._field.returnPressed.connect(self._on_return_pressed)
        # Last: the filter asks for both, and the widgets get events from now on.
        for watched in (self._crumbs, self._field):
            watched.installEventFilter(self)
        holder = QWidget()
        around = QHBoxLayout(holder)
        around.setContentsMargins(8, 3, 8, 3)
        around.addWidget(self._field)
        self.addWidget(self._crumbs)
        self.addWidget(holder)
        for widget in (self._crumbs, self._field):
            widget.installEventFilter(self)

    @property
    def field(self) -> QLineEdit:
        """Where a place is typed."""
        return self._field

    def set_location(self, where: Location | None) -> None:
        """Shows another place."""
        self._where = where
        self.setCurrentIndex(0)
        self._lay_out()

    def edit(self) -> None:
        """Turns to the field, all of it selected."""
        self._field.setText(visible(str(self._where), 4096) if self._where else SCHEME)
        self.setCurrentIndex(1)
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self._where:
            self._field.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shows as many crumbs as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click beside the crumbs edits; Esc or leaving the field ends that."""
        if watched is self._crumbs and isinstance(event, QMouseEvent):
            is_left = event.button() is Qt.MouseButton.LeftButton
            if event.type() == QEvent.Type.MouseButtonRelease and is_left:
                self.edit()
                return True
        if watched is self._field and event.type() == QEvent.Type.FocusOut:
            self.setCurrentIndex(0)
        if watched is self._field and isinstance(event, QKeyEvent):
            is_escape = event.key() == Qt.Key.Key_Escape
            if event.type() == QEvent.Type.KeyPress and is_escape:
                self.setCurrentIndex(0)
                return True
        return super().eventFilter(watched, event)

    def _on_return_pressed(self) -> None:
        typed = self._field.text()
        shown = visible(str(self._where), 4096) if self._where else ""
        if self._where and typed == shown:
            # Unchanged: the true key, not the text that was made safe to show.
            self.setCurrentIndex(0)
            self.chosen.emit(self._where)
            return
        try:
            where = parse_place(typed)
        except ValueError:
            self.refused.emit(typed)
            return
        self.setCurrentIndex(0)
        self.chosen.emit(where)

    def _lay_out(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        places = self._where.ancestors() if self._where else []
        buttons = [self._crumb(place, is_first=i == 0) for i, place in enumerate(places)]
        hidden = self._too_many(buttons)
        for i, button in enumerate(buttons):
            if 0 < i <= hidden:
                button.deleteLater()
                if i == 1:
                    self._add_arrow()
                    self._row.addWidget(self._overflow(places[1 : hidden + 1]))
                continue
            if i:
                self._add_arrow()
            self._row.addWidget(button)
        self._row.addStretch(1)

    def _too_many(self, buttons: list[QToolButton]) -> int:
        """How many after the first have to go for the last ones to fit."""
        room = self.width() - 70
        widths = [button.sizeHint().width() + 14 for button in buttons]
        hidden = 0
        while sum(widths) > room and hidden < len(widths) - 2:
            hidden += 1
            widths[hidden] = 0
        return hidden

    def _crumb(self, place: Location, *, is_first: bool) -> QToolButton:
        button = QToolButton(self._crumbs)
        name = visible(place_label(place), 200)
        short = name if len(name) <= _LONGEST_CRUMB else name[: _LONGEST_CRUMB - 1] + "…"
        button.setText(short.replace("&", "&&"))
        button.setAccessibleName(name)
        button.setToolTip(tooltip(visible(str(place))))
        if is_first:
            button.setIcon(icon("bucket"))
            button.setIconSize(QSize(ICON - 2, ICON - 2))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda: self.chosen.emit(place))
        return button

    def _overflow(self, places: list[Location]) -> QToolButton:
        button = QToolButton(self._crumbs)
        button.setIcon(icon("dots"))
        button.setToolTip(tr("Folders in between"))
        button.setAccessibleName(tr("Folders in between"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for place in places:
            act = menu.addAction(visible(place_label(place), 200).replace("&", "&&"))
            act.triggered.connect(lambda _checked=False, place=place: self.chosen.emit(place))
        button.setMenu(menu)
        return button

    def _add_arrow(self) -> None:
        arrow = QLabel(self._crumbs)
        drawn = icon("chevron-right", Tone.MUTED).pixmap(QSize(12, 12), self.devicePixelRatioF())
        arrow.setPixmap(drawn)
        self._row.addWidget(arrow)
