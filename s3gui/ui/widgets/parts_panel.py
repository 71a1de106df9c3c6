"""What the selected transfer unfolds to: how it goes, its part map, and a bar for each part."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.queueing import Rate
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.ui.format import duration_text, size_text, speed_text
from s3gui.ui.icons import icon
from s3gui.ui.models.parts import PartsModel
from s3gui.ui.models.transfer_columns import name_of
from s3gui.ui.models.transfer_words import parts_sentence
from s3gui.ui.theme import ICON, SPACE, Tone
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel
from s3gui.ui.widgets.part_legend import PartLegend
from s3gui.ui.widgets.part_map_strip import PartMapStrip
from s3gui.ui.widgets.parts_grid import PartsGrid

#: The button and the gaps of the line, in pixels at 100 %.
_BESIDE = 90
#: So much more is wanted before the legend comes back into the line.
_SLACK = 80
#: What unfolds is painted in three turns of the loop: together they hold up a click.
_TURN_MS = 20
_POLISH_MS = 700
#: So much of the height the part map may take to give each part a cell, in percent.
_MAP_SHARE = 45


class PartsPanel(QWidget):
    """Shows one transfer (``show_transfer``); ``refresh`` takes what moved since."""

    #: The person wants to read the error of the transfer.
    details_wanted = Signal()
    #: The number of a part that is to be tried again.
    retry_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PartsModel(self)
        self._name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        bold = self._name.font()
        bold.setWeight(bold.Weight.DemiBold)
        self._name.setFont(bold)
        self._name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._totals = ElidedLabel(tone=Tone.MUTED)
        self._legend = PartLegend()
        #: Where the line has no room for it.
        self._legend_below = PartLegend()
        self._follow = QToolButton()
        self._follow.setIcon(icon("player-track-next"))
        self._follow.setIconSize(QSize(ICON - 4, ICON - 4))
        self._follow.setStyleSheet("QToolButton{padding:2px 5px}")
        self._follow.setAccessibleName(tr("Follow"))
        self._follow.setCheckable(True)
        self._follow.setChecked(True)
        self._follow.setToolTip(tr("Keep the parts on their way in sight"))
        self._follow.toggled.connect(self._on_follow_toggled)
        self._error = _ErrorLine()
        self._error.details_wanted.connect(self.details_wanted)
        self._map = PartMapStrip()
        self._map.part_clicked.connect(self._on_map_part_clicked)
        self._map.retry_wanted.connect(self.retry_wanted)
        self.grid = PartsGrid(self.model)
        self.grid.verticalScrollBar().actionTriggered.connect(self._on_scrolled_by_hand)
        self.grid.resized.connect(self._on_grid_resized)
        self.grid.retry_wanted.connect(self.retry_wanted)
        self._none = ToneLabel(Tone.MUTED)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._unpainted: list[QWidget] = []
        self._next_turn = QTimer(self, interval=_TURN_MS)
        self._next_turn.timeout.connect(self._on_next_turn)
        self._lay_out()
        QTimer.singleShot(_POLISH_MS, self, self._polish)

    def _polish(self) -> None:
        """Style and fonts while nobody waits, not in the turn in which a transfer unfolds."""
        for widget in (self, *self.findChildren(QWidget)):
            widget.ensurePolished()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(SPACE + 2, 2, SPACE, 2)
        head.setSpacing(SPACE + 4)
        head.addWidget(self._name)
        head.addWidget(self._totals, 1)
        head.addWidget(self._legend)
        head.addWidget(self._follow)
        below = QHBoxLayout()
        below.setContentsMargins(SPACE + 2, 0, SPACE, 3)
        below.addWidget(self._legend_below)
        strip = QHBoxLayout()
        strip.setContentsMargins(SPACE, 0, SPACE, 1)
        strip.addWidget(self._map)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._error)
        column.addLayout(below)
        column.addLayout(strip)
        column.addWidget(self.grid, 1)
        column.addWidget(self._none, 1)

    @property
    def follows(self) -> bool:
        """Whether the parts in flight are kept in sight."""
        return self._follow.isChecked()

    @property
    def totals(self) -> str:
        """The line beside the name."""
        return self._totals.full_text

    def show_transfer(self, transfer: Transfer | None, rate: Rate | None) -> None:
        """Unfolds another transfer; ``rate`` is its speed."""
        is_other = transfer is not self.model.transfer
        self.model.show(transfer)
        self._map.show_transfer(transfer)
        if transfer is not None:
            self._name.set_full_text(name_of(transfer))
            self.grid.bars.direction = transfer.direction
            for legend in (self._legend, self._legend_below):
                legend.set_direction(transfer.direction)
            if is_other:
                self._follow.setChecked(True)
                self.grid.scrollToTop()
                self._paint_by_and_by()
            self.refresh(rate or Rate())
            self.grid.go_to_work()

    def _paint_by_and_by(self) -> None:
        """First what gives way to the panel, then the panel, then the bars."""
        self._unpainted = [self, self.grid]
        for widget in self._unpainted:
            widget.setUpdatesEnabled(False)
        self._next_turn.start()

    def _on_next_turn(self) -> None:
        self._unpainted.pop(0).setUpdatesEnabled(True)
        if not self._unpainted:
            self._next_turn.stop()

    def refresh(self, rate: Rate) -> None:
        """Takes what moved since the last time."""
        self.refresh_bars()
        self.refresh_head(rate)

    def refresh_bars(self) -> None:
        """The first half of ``refresh``: the bars."""
        self.model.sample()
        if self.follows:
            self.grid.follow()

    def refresh_head(self, rate: Rate) -> None:
        """The other half: the line with the totals, and the map."""
        transfer = self.model.transfer
        if transfer is None:
            return
        self._map.refresh()
        self._totals.set_full_text(_totals(transfer, rate))
        self._fit()
        self._error.tell(transfer)
        has_rows = bool(transfer.parts)
        self.grid.setVisible(has_rows)
        self._none.setVisible(not has_rows)
        self._none.setText(_why_none(transfer))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the legend below where the line would not hold it."""
        super().resizeEvent(event)
        self._map.set_most_height(self.height() * _MAP_SHARE // 100)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Puts the legend where there is room for it."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        wanted = sum(one.sizeHint().width() for one in (self._name, self._totals, self._legend))
        # The speed changes five times a second, and the legend must not jump with it.
        slack = 0 if self._legend.isVisibleTo(self) else _SLACK
        has_room = wanted + _BESIDE + slack <= self.width()
        self._legend.setVisible(has_room)
        self._legend_below.setVisible(not has_room)

    def _on_follow_toggled(self, follows: bool) -> None:
        if follows:
            self.grid.follow()

    def _on_grid_resized(self) -> None:
        if self.follows:
            self.grid.go_to_work()

    def _on_scrolled_by_hand(self) -> None:
        self._follow.setChecked(False)

    def _on_map_part_clicked(self, number: int) -> None:
        self._follow.setChecked(False)
        index = self.model.index_of(number)
        self.grid.setCurrentIndex(index)
        self.grid.scrollTo(index, PartsGrid.ScrollHint.PositionAtCenter)


class _ErrorLine(QWidget):
    """Why the transfer failed, in one line, and the way to all of it."""

    details_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QLabel()
        drawing = icon("alert-circle", Tone.BAD)
        picture.setPixmap(drawing.pixmap(QSize(ICON, ICON), self.devicePixelRatioF()))
        self._words = ElidedLabel(tone=Tone.BAD)
        details = QPushButton(tr("Details…"))
        details.clicked.connect(self.details_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 2, 0, SPACE + 2, 4)
        row.addWidget(picture)
        row.addWidget(self._words, 1)
        row.addWidget(details)

    def tell(self, transfer: Transfer) -> None:
        """Shows the error of ``transfer``, or nothing."""
        note = transfer.error
        self.setVisible(note is not None)
        if note is not None:
            said = [part.rstrip(".") for part in (note.title, note.detail, note.hint) if part]
            self._words.set_full_text(visible(". ".join(said) + "."))


def _totals(transfer: Transfer, rate: Rate) -> str:
    said = [
        tr("{moved} of {size}").format(
            moved=size_text(transfer.moved), size=size_text(transfer.size)
        )
    ]
    if transfer.parts_total:
        said.append(parts_sentence(transfer))
    if transfer.state is State.RUNNING and rate.bytes_per_s is not None:
        said.append(speed_text(rate.bytes_per_s))
        if rate.left_s is not None:
            said.append(tr("{duration} left").format(duration=duration_text(rate.left_s)))
    return " · ".join(said)


def _why_none(transfer: Transfer) -> str:
    if transfer.parts_total:
        return tr("This transfer has ended; its parts are not listed any more.")
    if transfer.state in ENDED:
        return tr("It was not cut into parts.")
    return tr("It is cut into parts when its turn comes.")
