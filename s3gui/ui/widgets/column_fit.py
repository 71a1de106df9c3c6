"""Columns that fill their table exactly: no scroll bar sideways while there is any other way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from PySide6.QtCore import QByteArray, QDataStream, QEvent, QIODevice, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QTableView

_OPEN = QIODevice.OpenModeFlag
_FINE = QDataStream.Status.Ok
#: No table has more columns; a damaged state may say so.
_MOST = 100
#: How often a hand on the header is looked at.
_HOLD_MS = 60

AnyColumn = TypeVar("AnyColumn", bound=int)


@dataclass(frozen=True, slots=True)
class Width:
    """Of one column, in pixels at 100 %.

    Attributes:
        wanted: where there is room.
        least: how far it gives way where there is not.
        order: who gives way first; a column with a higher number holds out longer.
    """

    wanted: int
    least: int
    order: int = 9


class ColumnFit(QObject):
    """Gives one column the room that the others leave; what is too wide gives way in order.

    A width that the person set by hand stays. Did they set the filling column too, the last one
    takes the rest.

    Args:
        table: whose columns these are.
        widths: of each.
        filler: who takes what is left.
        hidden: those that are shown only when a person asks for them.
    """

    def __init__(
        self,
        table: QTableView,
        widths: Mapping[AnyColumn, Width],
        *,
        filler: int = 0,
        hidden: Collection[AnyColumn] = (),
    ) -> None:
        super().__init__(table)
        self._table = table
        self._header = table.horizontalHeader()
        self._filler = filler
        self._widths = {int(column): width for column, width in widths.items()}
        self._hidden = frozenset(int(column) for column in hidden)
        for column in self._hidden:
            self._header.hideSection(column)
        self._header.setMinimumSectionSize(min(width.least for width in widths.values()))
        self._header.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._by_hand: dict[int, int] = {}
        self._is_fitting = False
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._on_timeout)
        self._header.setStretchLastSection(False)
        self._header.sectionResized.connect(self._on_section_resized)
        table.viewport().installEventFilter(self)
        self.fit()

    @property
    def by_hand(self) -> Mapping[int, int]:
        """The columns that the person gave a width, in pixels."""
        return self._by_hand

    def save(self) -> QByteArray:
        """Order, visibility and sorting, and the widths that were set by hand."""
        made = QByteArray()
        stream = QDataStream(made, _OPEN.WriteOnly)
        stream << self._header.saveState()
        stream.writeInt32(len(self._by_hand))
        for column, width in self._by_hand.items():
            stream.writeInt32(column)
            stream.writeInt32(width)
        stream.writeInt32(self._header.count())
        return made

    def restore(self, state: QByteArray) -> bool:
        """Takes them back; ``False`` for a state of another version, which changes nothing."""
        stream = QDataStream(state)
        header = QByteArray()
        stream >> header
        count = stream.readInt32()
        if stream.status() is not _FINE or not 0 <= count <= len(self._widths):
            return False
        by_hand = {stream.readInt32(): stream.readInt32() for _ in range(count)}
        if stream.status() is not _FINE or not by_hand.keys() <= self._widths.keys():
            return False
        known = None if stream.atEnd() else stream.readInt32()
        self._is_fitting = True
        try:
            is_taken = self._take(header, known, by_hand)
            if is_taken:
                self._by_hand = by_hand
        finally:
            self._is_fitting = False
        self._header.setStretchLastSection(False)
        self.fit()
        return is_taken

    def _take(self, state: QByteArray, known: int | None, by_hand: Mapping[int, int]) -> bool:
        """Takes a header's state; columns that it does not know come when they are asked for."""
        header, count = self._header, self._header.count()
        before = _read(state, count, known)
        if before is None:
            return False
        is_old = before.count() < count
        if known is None and not is_old:
            # Columns beside those that it knows have the size that Qt gives them; no other has.
            size = before.defaultSectionSize()
            new = {one for one in self._hidden - by_hand.keys() if before.sectionSize(one) == size}
        else:
            new = {one for one in self._hidden if one >= before.count()}
        if not is_old and not header.restoreState(state):
            return False
        # Qt's own loses the length of a header whose columns were moved where there are more of
        # them now, and nobody can read what it saves from then on.
        for place in range(before.count() if is_old else 0):
            column = before.logicalIndex(place)
            header.moveSection(header.visualIndex(column), place)
            header.setSectionHidden(column, before.isSectionHidden(column))
        if is_old:
            header.setSortIndicator(before.sortIndicatorSection(), before.sortIndicatorOrder())
        for column in new:
            header.hideSection(column)
        return True

    def want(self, column: int, pixels: int) -> None:
        """Changes what a column would have where there is room; ``fit`` follows."""
        width = self._widths[column]
        self._widths[column] = replace(width, wanted=max(pixels, width.least))

    def fit(self) -> None:
        """Lays the widths out for the room there is."""
        widths = self._shrunk(self._table.viewport().width())
        self._is_fitting = True
        try:
            for column, width in widths.items():
                self._header.resizeSection(column, width)
        finally:
            self._is_fitting = False

    def _shrunk(self, room: int) -> dict[int, int]:
        """A width for each column in sight."""
        shown = [one for one in self._widths if not self._header.isSectionHidden(one)]
        widths = {one: self._by_hand.get(one) or self._wanted(one) for one in shown}
        giving = [one for one in shown if one not in self._by_hand]
        for column in sorted(giving, key=lambda one: self._widths[one].order):
            over = max(sum(widths.values()) - room, 0)
            least = min(self._widths[column].least, widths[column])
            widths[column] = max(widths[column] - over, least)
        taker = self._filler if self._filler in giving else self._last(giving)
        if taker is not None:
            widths[taker] += max(room - sum(widths.values()), 0)
        return widths

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fits the columns to the new width of the rows."""
        if event.type() is QEvent.Type.Resize and watched is self._table.viewport():
            self.fit()
        return False

    def _wanted(self, column: int) -> int:
        # In another language or a larger font a title may need more than its cells.
        return max(self._widths[column].wanted, self._header.sectionSizeHint(column))

    def _last(self, columns: list[int]) -> int | None:
        return max(columns, key=self._header.visualIndex, default=None)

    def _on_section_resized(self, column: int, old: int, new: int) -> None:
        if self._is_fitting or column not in self._widths:
            return
        # From or to 0 a column is hidden or shown; all else is a hand on the header.
        if old and new:
            self._by_hand[column] = new
        self._later.start(0)

    def _on_timeout(self) -> None:
        # The border under the hand must not be moved by anybody else.
        if QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._later.start(_HOLD_MS)
        else:
            self.fit()


def _read(state: QByteArray, most: int, known: int | None) -> QHeaderView | None:
    """A header with as many columns as a saved one had, in its state; ``None``: not readable.

    Where nobody knows how many they were: only with that many do the sizes of a moved one add up.
    """
    for count in (min(known, _MOST),) if known is not None else range(most, 0, -1):
        header = QHeaderView(Qt.Orientation.Horizontal)
        header.setModel(QStandardItemModel(0, count, header))
        sizes = (
            sum(header.sectionSize(at) for at in range(count)) if header.restoreState(state) else -1
        )
        if sizes == header.length():
            return header
    return None
