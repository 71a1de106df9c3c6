"""The parts of one transfer, laid out as a grid: part after part, row by row.

A table and not a wrapping list: Qt lays a list out anew whenever an item changes, a table of equal
cells never, so that 10,000 parts cost what is in sight.
"""

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from s3gui.domain.text import tr
from s3gui.domain.transfer import PartProgress, PartState, State, Transfer
from s3gui.ui.format import count_text, size_text
from s3gui.ui.models.transfer_words import (
    part_details,
    part_percent,
    part_state_text,
)
from s3gui.ui.tooltips import tooltip

#: Gives the ``PartProgress`` of a cell, ``None`` behind the last part.
PART_ROLE = Qt.ItemDataRole.UserRole + 1

_Index = QModelIndex | QPersistentModelIndex
#: A part in flight, as far as its bar shows it.
_Look = tuple[int, PartState, int, int]


def was_tried(part: PartProgress) -> bool:
    """Whether a part is sent again, was, or will be."""
    return part.attempt > 1 or (part.state is PartState.WAITING and bool(part.problem))


def is_retriable(part: PartProgress, transfer: Transfer) -> bool:
    """Whether a part can be tried again now: it failed for good, or waits for its next attempt."""
    if transfer.state is State.FAILED:
        return part.state is PartState.FAILED
    waits = part.state is PartState.WAITING and bool(part.problem)
    return waits and transfer.state is State.RUNNING


def part_line(part: PartProgress, transfer: Transfer) -> str:
    """A part in one line, for who has it read out."""
    return tr("Part {number}, {size}, {state}, {percent}, attempt {attempt}").format(
        number=count_text(part.part.number),
        size=size_text(part.part.length),
        state=part_state_text(part, transfer.direction),
        percent=part_percent(part),
        attempt=part.attempt,
    )


class PartsModel(QAbstractTableModel):
    """Follows one transfer at a time (``show``); ``sample`` says what moved since the last time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._transfer: Transfer | None = None
        self._parts: list[PartProgress] = []
        self._columns = 1
        self._looks: dict[int, _Look] = {}
        self._mark = 0

    @property
    def transfer(self) -> Transfer | None:
        """Whose parts are shown."""
        return self._transfer

    def show(self, transfer: Transfer | None) -> None:
        """Shows the parts of another transfer, or of none."""
        if transfer is self._transfer and (transfer is None or transfer.parts is self._parts):
            return
        self.beginResetModel()
        self._transfer = transfer
        self._parts = transfer.parts if transfer is not None else []
        self._remember()
        self.endResetModel()

    def set_columns(self, columns: int) -> None:
        """Lays the parts out anew, so many in a row."""
        columns = max(columns, 1)
        if columns != self._columns:
            self.beginResetModel()
            self._columns = columns
            self.endResetModel()

    def sample(self) -> bool:
        """Emits one range for the parts that moved; says whether any did."""
        if self._transfer is None:
            return False
        if self._transfer.parts is not self._parts:
            # Planned, or planned anew: the rows are others.
            self.show(self._transfer)
            return True
        old, changed = self._looks, self._transfer.part_log.since(self._mark)
        self._remember()
        if old == self._looks and changed is not None and not changed:
            return False
        if changed is None:
            moved = {1, len(self._parts)}
        else:
            moved = {number for number, _ in set(old.items()) ^ set(self._looks.items())}
            moved.update(changed)
        first, last = min(moved) - 1, max(moved) - 1
        columns = self._columns
        self.dataChanged.emit(
            self.index(first // columns, 0), self.index(last // columns, columns - 1)
        )
        return True

    def _remember(self) -> None:
        flying = self._transfer.parts_flying if self._transfer is not None else ()
        self._looks = {
            part.part.number: (part.part.number, part.state, part.moved, part.attempt)
            for part in flying
        }
        self._mark = self._transfer.part_log.mark if self._transfer is not None else 0

    def busy_rows(self) -> range:
        """The rows from the first part in flight to the last; empty when none is."""
        numbers = self._looks
        return self._rows_of(min(numbers), max(numbers)) if numbers else range(0)

    def open_rows(self) -> range:
        """The row of the first failed part, else of the first that is not done."""
        for states in ({PartState.FAILED}, frozenset(PartState) - {PartState.DONE}):
            for part in self._parts:
                if part.state in states:
                    return self._rows_of(part.part.number, part.part.number)
        return range(0)

    def _rows_of(self, first: int, last: int) -> range:
        return range((first - 1) // self._columns, (last - 1) // self._columns + 1)

    def part_at(self, index: _Index) -> PartProgress | None:
        """The part of a cell."""
        place = index.row() * self._columns + index.column()
        return self._parts[place] if index.isValid() and place < len(self._parts) else None

    def index_of(self, number: int) -> QModelIndex:
        """The cell of the part with this number, from 1."""
        row, column = divmod(number - 1, self._columns)
        return self.index(row, column)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """As many as the parts need."""
        return 0 if parent.isValid() else math.ceil(len(self._parts) / self._columns)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """As set by ``set_columns``."""
        return 0 if parent.isValid() else self._columns

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Parts can be chosen; what lies behind the last one cannot."""
        if self.part_at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A part in one line; in the tooltip all of it; the part itself (``PART_ROLE``)."""
        part = self.part_at(index)
        if part is None or self._transfer is None:
            return None
        if role == PART_ROLE:
            return part
        if role == Qt.ItemDataRole.DisplayRole:
            return part_line(part, self._transfer)
        if role == Qt.ItemDataRole.ToolTipRole:
            text = part_details(part, self._transfer)
            if is_retriable(part, self._transfer):
                text += "\n" + tr("Double-click to try it again now")
            return tooltip(text)
        return None
