"""The transfers as a table: state changes are pushed in, byte counters are sampled.

Nothing is emitted when nothing changed; what changed in one sample is emitted as one range.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Rate, TransferCommands
from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction, Transfer
from s3gui.ui.format import duration_text, speed_text
from s3gui.ui.icons import icon
from s3gui.ui.models.tally import Tally
from s3gui.ui.models.transfer_columns import COLUMNS, Column
from s3gui.ui.models.transfer_words import state_look, state_text
from s3gui.ui.theme import Tone, tone_color
from s3gui.ui.tooltips import tooltip

#: Gives the ``Transfer`` of a row; for delegates and the pane.
TRANSFER_ROLE = Qt.ItemDataRole.UserRole + 1
SAMPLE_MS = 200
#: State changes that come closer together are shown together.
GATHER_MS = 40
#: More ranges than this are first moved to the end and then removed as one.
_MOST_RANGES = 32

_Index = QModelIndex | QPersistentModelIndex
_ARROWS = {
    Direction.UPLOAD: ("arrow-narrow-up", Tone.ACCENT),
    Direction.DOWNLOAD: ("arrow-narrow-down", Tone.ACCENT),
    Direction.COPY: ("copy", Tone.ACCENT),
}
_NO_RATE = Rate()
_COLUMN_OF = tuple(Column)
_ROLES = frozenset(
    {
        TRANSFER_ROLE,
        *(
            int(role)
            for role in (
                Qt.ItemDataRole.DisplayRole,
                Qt.ItemDataRole.DecorationRole,
                Qt.ItemDataRole.ForegroundRole,
                Qt.ItemDataRole.ToolTipRole,
                Qt.ItemDataRole.TextAlignmentRole,
                Qt.ItemDataRole.AccessibleTextRole,
                Qt.ItemDataRole.AccessibleDescriptionRole,
            )
        ),
    }
)
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_CENTRE = Qt.AlignmentFlag.AlignVCenter
_RIGHT, _LEFT = Qt.AlignmentFlag.AlignRight | _CENTRE, Qt.AlignmentFlag.AlignLeft | _CENTRE


class _Feed:
    """The observer that the queue calls; plain, so that the model stays a Qt class only."""

    def __init__(self, model: "TransfersModel") -> None:
        self.transfers_added: Callable[[Sequence[Transfer]], None] = model.add
        self.transfer_changed: Callable[[Transfer], None] = model.note
        self.transfers_removed: Callable[[Collection[int]], None] = model.remove
        self.order_changed: Callable[[], None] = model.reorder
        self.queue_problem: Callable[[S3guiError], None] = model.tell_problem


class TransfersModel(QAbstractTableModel):
    """One row a transfer, in the person's order. ``close`` ends the watching."""

    #: The line for the status bar, "" when nothing is to be told.
    summary_changed = Signal(str)
    #: An ``S3guiError`` that belongs to no row.
    problem = Signal(object)
    #: Something of what is shown changed; the parts of the selected row may have too.
    sampled = Signal()

    def __init__(self, commands: TransferCommands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._rows = list(commands.transfers)
        self._row_of: dict[int, int] | None = None
        self.tally = Tally()
        for transfer in self._rows:
            self.tally.note(transfer)
        self.summary = ""
        self._rates: dict[int, Rate] = {}
        self._looks: dict[int, tuple[object, ...]] = {}
        self._changed: set[int] = set()
        self._sampler = QTimer(self)
        self._sampler.setInterval(SAMPLE_MS)
        self._sampler.timeout.connect(self.sample)
        self._gatherer = QTimer(self)
        self._gatherer.setInterval(GATHER_MS)
        self._gatherer.setSingleShot(True)
        self._gatherer.timeout.connect(self.sample)
        self._unwatch: Callable[[], None] | None = commands.watch(_Feed(self))
        self.sample()

    def close(self) -> None:
        """Stops watching the queue and sampling. Safe to call twice."""
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        self._sampler.stop()
        self._gatherer.stop()

    @property
    def is_sampling(self) -> bool:
        """Whether the 5 Hz timer runs."""
        return self._sampler.isActive()

    # What the queue tells.

    def add(self, transfers: Sequence[Transfer]) -> None:
        """Appends rows, all in one insert."""
        if not transfers:
            return
        for transfer in transfers:
            # Before anybody is told: the commands ask the tally what they may do.
            self.tally.note(transfer)
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(transfers) - 1)
        self._rows.extend(transfers)
        if self._row_of is not None:
            self._row_of |= {one.id: first + n for n, one in enumerate(transfers)}
        self.endInsertRows()
        self._gather()

    def note(self, transfer: Transfer) -> None:
        """Takes note of a row's change; it is shown with what else changes in this moment."""
        self.tally.note(transfer)
        self._changed.add(transfer.id)
        self._gather()

    def remove(self, ids: Collection[int]) -> None:
        """Takes rows away, range by range from the end."""
        rows = sorted(row for one in ids if (row := self.row_of(one)) is not None)
        for transfer_id in ids:
            self.tally.forget(transfer_id)
            self._changed.discard(transfer_id)
            self._rates.pop(transfer_id, None)
            self._looks.pop(transfer_id, None)
        ranges = _ranges(rows)
        if len(ranges) > _MOST_RANGES:
            gone = set(rows)
            kept = [one for row, one in enumerate(self._rows) if row not in gone]
            self._arrange(kept + [self._rows[row] for row in rows])
            ranges = [range(len(kept), len(self._rows))]
        for span in reversed(ranges):
            self.beginRemoveRows(QModelIndex(), span.start, span.stop - 1)
            del self._rows[span.start : span.stop]
            self._row_of = None
            self.endRemoveRows()
        self._gather()

    def reorder(self) -> None:
        """Takes the queue's order; selection and current row go with their rows."""
        known = {one.id for one in self._rows}
        ordered = [one for one in self._commands.transfers if one.id in known]
        if len(ordered) == len(self._rows) and ordered != self._rows:
            self._arrange(ordered)

    def tell_problem(self, error: S3guiError) -> None:
        """Passes on what belongs to no row."""
        self.problem.emit(error)

    def _arrange(self, rows: list[Transfer]) -> None:
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        moved = [self._rows[index.row()].id for index in old]
        self._rows = rows
        self._row_of = None
        index_of = self._index_of()
        new = [
            self.index(index_of[transfer_id], index.column())
            for transfer_id, index in zip(moved, old, strict=True)
        ]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    # Sampling.

    def _gather(self) -> None:
        if self._unwatch is not None and not self._gatherer.isActive():
            self._gatherer.start()

    def sample(self) -> None:
        """Looks at what runs and at what was noted; emits one range, or nothing."""
        rows = [row for one in self._changed if (row := self.row_of(one)) is not None]
        # What only moved has the name, the destination and the size that it had.
        first = Column.NAME if rows else Column.PROGRESS
        self._changed.clear()
        for transfer in self.tally.active.values():
            row = self.row_of(transfer.id)
            if row is not None and self._has_moved(transfer):
                rows.append(row)
        if rows:
            last = self.index(max(rows), len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(min(rows), first), last)
            self.sampled.emit()
        self._tell_summary()
        self._run_or_rest()

    def _has_moved(self, transfer: Transfer) -> bool:
        rate = self._rates[transfer.id] = self._commands.rate_of(transfer)
        look = (
            transfer.moved,
            transfer.parts_done,
            speed_text(rate.bytes_per_s),
            duration_text(rate.left_s),
            *((part.part.number, part.state) for part in transfer.parts_flying),
        )
        if self._looks.get(transfer.id) == look:
            return False
        self._looks[transfer.id] = look
        return True

    def _tell_summary(self) -> None:
        summary = self.tally.summary(self._commands.rate())
        if summary != self.summary:
            self.summary = summary
            self.summary_changed.emit(summary)

    def _run_or_rest(self) -> None:
        if not self.tally.active:
            self._sampler.stop()
            self._rates.clear()
            self._looks.clear()
        elif not self._sampler.isActive() and self._unwatch is not None:
            self._sampler.start()

    # What views ask.

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """One row a transfer."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """See ``Column``."""
        return 0 if parent.isValid() else len(COLUMNS)

    def transfer(self, row: int) -> Transfer:
        """The transfer shown in ``row``."""
        return self._rows[row]

    def rate_of(self, transfer: Transfer) -> Rate:
        """The speed as last sampled."""
        return self._rates.get(transfer.id, _NO_RATE)

    def row_of(self, transfer_id: int) -> int | None:
        """Where a transfer stands; ``None`` when it is no more."""
        return self._index_of().get(transfer_id)

    def _index_of(self) -> dict[int, int]:
        if self._row_of is None:
            self._row_of = {one.id: row for row, one in enumerate(self._rows)}
        return self._row_of

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Rows are chosen, never edited."""
        return _FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles of the columns; figures have theirs on the right as well."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        spec = COLUMNS[Column(section)]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(spec.title)
        return _alignment(spec.is_figure) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, icons and colours of a cell, and the transfer itself (``TRANSFER_ROLE``)."""
        # A view asks thousands of times a second: what is not told is refused first.
        if role not in _ROLES or not index.isValid() or index.row() >= len(self._rows):
            return None
        transfer = self._rows[index.row()]
        column = _COLUMN_OF[index.column()]
        if role == TRANSFER_ROLE:
            return transfer
        if role == Qt.ItemDataRole.DecorationRole:
            return _decoration(transfer, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _ink(transfer, column)
        return self._text(transfer, column, role)

    def _text(self, transfer: Transfer, column: Column, role: int) -> Any:
        spec = COLUMNS[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return spec.text(transfer, self.rate_of(transfer))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(spec.tip(transfer))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(spec.is_figure)
        if role == Qt.ItemDataRole.AccessibleTextRole and spec.spoken is not None:
            return spec.spoken(transfer)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and column is Column.NAME:
            return state_text(transfer)
        return None


def _alignment(is_figure: bool) -> Qt.AlignmentFlag:
    return _RIGHT if is_figure else _LEFT


def _decoration(transfer: Transfer, column: Column) -> Any:
    if column is Column.NAME:
        return icon(*_ARROWS[transfer.direction])
    if column is Column.STATE:
        name, tone = state_look(transfer)
        return icon(name, tone) if name else None
    return None


def _ink(transfer: Transfer, column: Column) -> Any:
    if column is Column.STATE:
        tone = state_look(transfer)[1]
    elif column in {Column.DESTINATION, Column.SIZE, Column.PARTS}:
        tone = Tone.MUTED
    else:
        tone = Tone.PLAIN
    return None if tone is Tone.PLAIN else tone_color(tone)


def _ranges(rows: Iterable[int]) -> list[range]:
    """Sorted rows as ranges without holes."""
    found: list[range] = []
    for row in rows:
        if found and found[-1].stop == row:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found
