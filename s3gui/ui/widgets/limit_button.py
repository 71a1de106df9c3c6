"""The toolbar's *Limit*: what is in force, a few speeds to choose at once, and the way to more."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from s3gui.domain.limits import NO_LIMIT, Rates
from s3gui.domain.text import tr
from s3gui.domain.words import limits_words
from s3gui.settings import Settings
from s3gui.ui.format import speed_text
from s3gui.ui.icons import icon
from s3gui.ui.theme import Tone

#: For each way, in bytes a second.
OFFERED = (250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 50_000_000)


def limits_text(rates: Rates) -> str:
    """``at most 500 kB/s up``; "" where nothing is limited."""
    return limits_words(rates, speed_text)


class LimitButton(QToolButton):
    """A button with a menu. It changes nothing itself: whoever keeps the settings does."""

    #: ``Rates`` for all hours, from now on.
    chosen = Signal(object)
    #: Whether the hours of the day decide.
    by_hours_wanted = Signal(bool)
    #: All limits are to be shown; ``True``: those of the hours.
    more_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transfersLimit")
        self.setText(tr("Limit"))
        self.setAccessibleName(tr("Limit"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._settings = Settings()
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        self.show_limits(NO_LIMIT)

    def show_settings(self, settings: Settings) -> None:
        """What the menu marks."""
        self._settings = settings

    def show_limits(self, rates: Rates) -> None:
        """What is in force now."""
        self.setIcon(icon("gauge", Tone.PLAIN if rates == NO_LIMIT else Tone.WARN))
        said = limits_text(rates)
        tip = tr("Speed: {limits}").format(limits=said) if said else tr("Speed: no limit")
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)

    def _fill(self) -> None:
        menu, settings = self._menu, self._settings
        menu.clear()
        group = QActionGroup(menu)
        offers = [NO_LIMIT, *(Rates(rate, rate) for rate in OFFERED)]
        if settings.limits not in offers:
            offers.insert(1, settings.limits)
        for rates in offers:
            action = menu.addAction(_offer_text(rates))
            action.setCheckable(True)
            action.setChecked(not settings.limit_by_hours and rates == settings.limits)
            action.triggered.connect(lambda _on, rates=rates: self.chosen.emit(rates))
            group.addAction(action)
        if settings.limit_hours:
            by_hours = menu.addAction(tr("By the hours of the day"))
            by_hours.setCheckable(True)
            by_hours.setChecked(settings.limit_by_hours)
            by_hours.triggered.connect(lambda: self.by_hours_wanted.emit(True))
            group.addAction(by_hours)
        menu.addSeparator()
        menu.addAction(tr("Other limit…")).triggered.connect(lambda: self.more_wanted.emit(False))
        menu.addAction(tr("Hours of the day…")).triggered.connect(
            lambda: self.more_wanted.emit(True)
        )


def _offer_text(rates: Rates) -> str:
    if rates == NO_LIMIT:
        return tr("No limit")
    if rates.up == rates.down:
        return speed_text(rates.up)
    text = limits_text(rates)
    return text[:1].upper() + text[1:]
