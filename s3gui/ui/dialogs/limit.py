"""Asks how fast bytes may move: always, and at some hours of the day."""

from dataclasses import replace

from PySide6.QtCore import Qt, QTime
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTimeEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.limits import DAYS, Hours, Rates
from s3gui.domain.text import noop, tr, trc
from s3gui.settings import Settings
from s3gui.ui.dialogs import ask
from s3gui.ui.icons import icon
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ToneLabel, plain_label

_KB = 1000
_MOST_KB = 10_000_000
_WORKDAYS = frozenset(range(5))
#: More would not fit on a screen; a settings file may hold them.
_MOST_HOURS = 8
_DAY_NAMES = (
    noop("Monday"),
    noop("Tuesday"),
    noop("Wednesday"),
    noop("Thursday"),
    noop("Friday"),
    noop("Saturday"),
    noop("Sunday"),
)
#: What a first stretch of hours is offered as.
_FIRST = Hours(8 * 60, 18 * 60, Rates(1_000_000, 1_000_000), _WORKDAYS)


class RateBox(QSpinBox):
    """Kilobytes a second, 0 for no limit."""

    def __init__(self, bytes_per_s: int, name: str) -> None:
        super().__init__()
        self.setRange(0, _MOST_KB)
        self.setSuffix(" " + tr("kB/s"))
        self.setSpecialValueText(tr("no limit"))
        self.setGroupSeparatorShown(True)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setValue(-(-bytes_per_s // _KB))
        self.setAccessibleName(name)

    @property
    def bytes_per_s(self) -> int:
        """As it stands now."""
        return self.value() * _KB


class _DaysBox(QComboBox):
    """Every day, the working week, the weekend, one day, or what the settings file says."""

    def __init__(self, days: frozenset[int]) -> None:
        super().__init__()
        self.setAccessibleName(tr("Days"))
        self._offer(tr("Every day"), frozenset(range(7)))
        self._offer(tr("Monday to Friday"), _WORKDAYS)
        self._offer(tr("Saturday and Sunday"), frozenset({5, 6}))
        for number, name in enumerate(_DAY_NAMES):
            self._offer(tr(name), frozenset({number}))
        if self._index(days) < 0:
            self._offer(", ".join(tr(_DAY_NAMES[day]) for day in sorted(days)), days)
        self.setCurrentIndex(self._index(days))

    def _offer(self, text: str, days: frozenset[int]) -> None:
        self.addItem(text, [DAYS[day] for day in sorted(days)])

    def _index(self, days: frozenset[int]) -> int:
        return self.findData([DAYS[day] for day in sorted(days)])

    @property
    def days(self) -> frozenset[int]:
        """As it stands now."""
        return frozenset(DAYS.index(name) for name in self.currentData())


class _HoursRow:
    """The widgets of one stretch of hours."""

    def __init__(self, hours: Hours) -> None:
        self.begins = _clock(hours.begins_min, tr("From"))
        self.ends = _clock(hours.ends_min, tr("To"))
        self.days = _DaysBox(hours.days)
        self.up = RateBox(hours.rates.up, trc("direction", "Upload"))
        self.down = RateBox(hours.rates.down, trc("direction", "Download"))
        self.remove = QToolButton()
        self.remove.setIcon(icon("x"))
        self.remove.setAutoRaise(True)
        self.remove.setToolTip(tr("Remove these hours"))
        self.remove.setAccessibleName(tr("Remove these hours"))

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return (self.begins, self.ends, self.days, self.up, self.down, self.remove)

    @property
    def hours(self) -> Hours:
        rates = Rates(self.up.bytes_per_s, self.down.bytes_per_s)
        return Hours(_minute(self.begins), _minute(self.ends), rates, self.days.days)


class LimitDialog(QDialog):
    """The limits of all hours, and under them those of some."""

    def __init__(self, parent: QWidget | None, settings: Settings, *, hours: bool = False) -> None:
        """Shows ``settings``; ``hours``: the person wants to set those."""
        super().__init__(parent)
        self.setWindowTitle(tr("Limit the speed"))
        self._settings = settings
        self.up = RateBox(settings.limits.up, trc("direction", "Upload"))
        self.down = RateBox(settings.limits.down, trc("direction", "Download"))
        self.by_hours = QCheckBox(tr("&Other limits at these hours"))
        self.by_hours.setChecked(settings.limit_by_hours or hours)
        self.add = QPushButton(icon("clock"), tr("&Add hours"))
        self.rows: list[_HoursRow] = []
        self._grid = QGridLayout()
        self._area = QWidget()
        self._lay_out()
        for one in settings.limit_hours or ((_FIRST,) if hours else ()):
            self._add(one)
        self.by_hours.toggled.connect(self._on_by_hours_toggled)
        self.add.clicked.connect(self._on_add_clicked)
        self._on_by_hours_toggled(self.by_hours.isChecked())
        if hours and self.rows:
            self.rows[0].begins.setFocus()
        else:
            self.up.setFocus()
            self.up.selectAll()

    @property
    def settings(self) -> Settings:
        """With the limits as they are typed now."""
        hours = tuple(row.hours for row in self.rows)
        return replace(
            self._settings,
            limit_up_bytes_s=self.up.bytes_per_s,
            limit_down_bytes_s=self.down.bytes_per_s,
            limit_by_hours=self.by_hours.isChecked() and bool(hours),
            limit_hours=hours,
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        always = QHBoxLayout()
        always.setSpacing(SPACE)
        for text, box in (
            (trc("direction", "&Upload"), self.up),
            (trc("direction", "&Download"), self.down),
        ):
            label = QLabel(text)
            label.setBuddy(box)
            always.addWidget(label)
            always.addWidget(box)
            always.addSpacing(2 * SPACE)
        always.addStretch(1)
        column.addLayout(always)
        note = tr("All transfers together keep to it. Each way is counted for itself.")
        column.addWidget(ToneLabel(Tone.MUTED, note))
        column.addSpacing(SPACE)
        column.addWidget(self.by_hours)
        inside = QVBoxLayout(self._area)
        inside.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        titles = (
            tr("From"),
            tr("To"),
            tr("Days"),
            trc("direction", "Upload"),
            trc("direction", "Download"),
        )
        for number, title in enumerate(titles):
            self._grid.addWidget(plain_label(title), 0, number)
        inside.addLayout(self._grid)
        inside.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addWidget(
            ToneLabel(
                Tone.MUTED,
                tr("By the clock of this computer. Where hours overlap, the upper line counts."),
            )
        )
        column.addWidget(self._area)
        column.addStretch(1)
        buttons = QDialogButtonBox(self)
        buttons.addButton(tr("OK"), QDialogButtonBox.ButtonRole.AcceptRole).setDefault(True)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addSpacing(SPACE)
        column.addWidget(buttons)

    def _add(self, hours: Hours) -> None:
        row = _HoursRow(hours)
        line = self._grid.rowCount()
        for number, widget in enumerate(row.widgets):
            self._grid.addWidget(widget, line, number)
        row.remove.clicked.connect(lambda: self._remove(row))
        self.rows.append(row)
        self.add.setEnabled(len(self.rows) < _MOST_HOURS)

    def _remove(self, row: _HoursRow) -> None:
        self.rows.remove(row)
        for widget in row.widgets:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.add.setEnabled(True)
        self.add.setFocus()
        self._fit()

    def _on_add_clicked(self) -> None:
        self._add(self.rows[-1].hours if self.rows else _FIRST)
        self.rows[-1].begins.setFocus()
        self._fit()

    def _on_by_hours_toggled(self, on: bool) -> None:
        if on and not self.rows:
            self._add(_FIRST)
        self._area.setVisible(on)
        self._fit()

    def _fit(self) -> None:
        # The layout knows its new size only when it was asked to think again.
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.adjustSize()


def _clock(minute: int, name: str) -> QTimeEdit:
    edit = QTimeEdit(QTime(minute // 60, minute % 60))
    edit.setDisplayFormat("HH:mm")
    edit.setAccessibleName(name)
    return edit


def _minute(edit: QTimeEdit) -> int:
    return edit.time().hour() * 60 + edit.time().minute()


async def ask_limits(
    parent: QWidget | None, settings: Settings, *, hours: bool = False
) -> Settings | None:
    """The settings with other limits; ``None`` when they are to stay."""
    dialog = LimitDialog(parent, settings, hours=hours)
    accepted = await ask(dialog)
    return dialog.settings if accepted else None
