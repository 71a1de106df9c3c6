"""The rows of the verification window: comparisons that wait, run or have ended."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from s3gui.domain.text import noop, tr, visible
from s3gui.domain.verification import Check, Finding
from s3gui.ui.format import percent_text, size_text
from s3gui.ui.icons import icon
from s3gui.ui.theme import Tone, tone_color
from s3gui.ui.tooltips import tooltip

AnyIndex = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_TONES = {
    Finding.SAME: Tone.OK,
    Finding.DIFFERENT: Tone.BAD,
    Finding.GONE: Tone.BAD,
    Finding.UNREADABLE: Tone.BAD,
}
_ICONS = {Tone.OK: "circle-check", Tone.BAD: "circle-x", Tone.WARN: "alert-triangle"}


class CheckColumn(IntEnum):
    """In the order they stand."""

    NAME = 0
    NEAR = 1
    OBJECT = 2
    RESULT = 3


_TITLES = {
    CheckColumn.NAME: noop("Name"),
    CheckColumn.NEAR: noop("Local"),
    CheckColumn.OBJECT: noop("Object"),
    CheckColumn.RESULT: noop("Result"),
}


class ChecksModel(QAbstractTableModel):
    """In the order they were asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.checks: list[Check] = []

    def add(self, checks: list[Check]) -> None:
        """At the end."""
        first = len(self.checks)
        self.beginInsertRows(_NONE, first, first + len(checks) - 1)
        self.checks += checks
        self.endInsertRows()

    def remove(self, gone: set[Check]) -> None:
        """Takes some out."""
        self.beginResetModel()
        self.checks = [check for check in self.checks if check not in gone]
        self.endResetModel()

    def refresh(self) -> None:
        """The results, and how far those are that run."""
        if self.checks:
            last = self.index(len(self.checks) - 1, CheckColumn.RESULT)
            self.dataChanged.emit(self.index(0, CheckColumn.RESULT), last)

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        """One a comparison."""
        return 0 if parent.isValid() else len(self.checks)

    def columnCount(self, parent: AnyIndex = _NONE) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(CheckColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Column titles."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(CheckColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(_TITLES[CheckColumn(section)])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        if not index.isValid():
            return None
        check, column = self.checks[index.row()], CheckColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(check, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(
                details_of(check) if column is CheckColumn.RESULT else _text(check, column)
            )
        tone = _tone(check)
        if column is not CheckColumn.RESULT or tone is None:
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(_ICONS[tone], tone)
        return tone_color(tone) if role == Qt.ItemDataRole.ForegroundRole else None


def details_of(check: Check) -> str:
    """The result and why, a sentence a line; safe to show."""
    verdict = check.verdict
    if verdict is None:
        return _progress(check)
    return "\n".join([verdict.title, *(visible(note) for note in verdict.notes)])


def _tone(check: Check) -> Tone | None:
    return None if check.verdict is None else _TONES.get(check.verdict.finding, Tone.WARN)


def _text(check: Check, column: CheckColumn) -> str:
    subject = check.subject
    match column:
        case CheckColumn.NAME:
            return visible(subject.location.name, 200)
        case CheckColumn.NEAR:
            return visible(subject.near_text, 300)
        case CheckColumn.OBJECT:
            return visible(str(subject.location), 300)
    return check.verdict.title if check.verdict is not None else _progress(check)


def _progress(check: Check) -> str:
    if not check.is_running:
        return tr("Waiting")
    if not check.total_bytes:
        return tr("Looking…")
    return tr("Reading, {percent} of {size}").format(
        percent=percent_text(check.moved_bytes / check.total_bytes),
        size=size_text(check.total_bytes),
    )
