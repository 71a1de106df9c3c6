"""The transfers as a table: state changes are pushed in, byte counters are sampled.

Nothing is emitted when nothing changed; what changed in one sample is emitted as one range.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Rate, TransferCommands
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.ui.models.arranging import Stepper, ranges_of_rows
from s3gui.ui.models.row_index import RowIndex
from s3gui.ui.models.sample_clock import SampleClock
from s3gui.ui.models.tally import Tally
from s3gui.ui.models.transfer_cells import ROLES, TRANSFER_ROLE, batch_cell, cell, header_cell
from s3gui.ui.models.transfer_columns import COLUMNS, Column
from s3gui.ui.models.transfer_feed import Feed
from s3gui.ui.models.transfer_samples import TransferSamples
from s3gui.ui.models.transfer_search import SORTABLE, TransferSearch

#: More ranges than this are removed, or shown, as one.
_MOST_RANGES = 32
#: More rows than these are removed, or brought into another order, by and by.
_MOST_AT_ONCE = 1_000
#: Rows that changed and stand so close are shown as one range.
_CLOSE = 8

_Index = QModelIndex | QPersistentModelIndex
_COLUMN_OF = tuple(Column)
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class TransfersModel(QAbstractTableModel):
    """One row a transfer, in the person's order, or those that are looked for, in another.

    ``close`` ends the watching.
    """

    #: The line for the status bar, "" when nothing is to be told.
    summary_changed = Signal(str)
    #: An ``S3guiError`` that belongs to no row.
    problem = Signal(object)
    #: Something of what is shown changed; the parts of the selected row may have too.
    sampled = Signal()
    #: Rows came or went, shown or not.
    counted = Signal()
    #: Around a change of what is shown that leaves no row where it was.
    about_to_arrange = Signal()
    arranged = Signal()

    def __init__(self, commands: TransferCommands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        #: In the queue's order, and what is shown of them.
        self._all = list(commands.transfers)
        self._rows = list(self._all)
        self._search = TransferSearch()
        self._stepper = Stepper(self)
        self._row_of: RowIndex | None = None
        #: They left the queue, and leave what is shown as soon as that is worked out.
        self._leaving: set[int] = set()
        self.tally = Tally()
        for transfer in self._rows:
            self.tally.note(transfer)
        self.summary = ""
        self._samples = TransferSamples()
        self._changed: dict[int, Transfer] = {}
        self._late: dict[int, Transfer] = {}
        self._clock = SampleClock(self)
        self._clock.due.connect(self.sample)
        self._unwatch: Callable[[], None] | None = commands.watch(Feed(self))
        self.sample()

    def close(self) -> None:
        """Stops watching the queue and sampling. Safe to call twice."""
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        self._clock.close()
        self._stepper.stop()

    @property
    def is_sampling(self) -> bool:
        """Whether the 5 Hz timer runs."""
        return self._clock.is_running

    # What the queue tells.

    def add(self, transfers: Sequence[Transfer]) -> None:
        """Appends rows, all in one insert."""
        if not transfers:
            return
        for transfer in transfers:
            # Before anybody is told: the commands ask the tally what they may do.
            self.tally.note(transfer)
        self._all.extend(transfers)
        if not self._stepper.is_busy:
            self._append([one for one in transfers if self._search.shows(one)])
        self.counted.emit()
        self._clock.gather()

    def _append(self, transfers: Sequence[Transfer]) -> None:
        if not transfers:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(transfers) - 1)
        self._rows.extend(transfers)
        if self._row_of is not None:
            self._row_of.append([one.id for one in transfers])
        self.endInsertRows()

    def note(self, transfer: Transfer) -> None:
        """Takes note of a row's change; it is shown with what else changes in this moment."""
        self.tally.note(transfer)
        self._changed[transfer.id] = transfer
        self._clock.gather()

    def remove(self, ids: Collection[int]) -> None:
        """Takes rows away: a few at once, range by range from the end, many by and by."""
        for transfer_id in ids:
            self.tally.forget(transfer_id)
            self._search.forget(transfer_id)
            self._changed.pop(transfer_id, None)
            self._samples.forget(transfer_id)
        spans: list[range] = []
        if len(ids) <= _MOST_AT_ONCE:
            spans = self._spans_of(ids)
            gone = frozenset(ids)
            self._all = [one for one in self._all if one.id not in gone]
        if len(ids) > _MOST_AT_ONCE or len(spans) > _MOST_RANGES:
            self._leaving.update(ids)
            self._arrange()
        else:
            self._take_out(spans)
            if self._stepper.is_busy:
                self._arrange()
        self.counted.emit()
        self._clock.gather()

    def _spans_of(self, ids: Iterable[int]) -> list[range]:
        index_of = self._index_of()
        rows = (index_of.get(one) for one in ids)
        return ranges_of_rows(sorted(row for row in rows if row is not None))

    def _take_out(self, spans: Sequence[range]) -> None:
        for span in reversed(spans):
            self.beginRemoveRows(QModelIndex(), span.start, span.stop - 1)
            if not self._index_of().remove(one.id for one in self._rows[span.start : span.stop]):
                self._row_of = None
            del self._rows[span.start : span.stop]
            self.endRemoveRows()

    def reorder(self) -> None:
        """Takes the queue's order; selection and current row go with their rows."""
        known = {one.id for one in self._all} - self._leaving
        ordered = [one for one in self._commands.transfers if one.id in known]
        if len(ordered) != len(known) or ordered == self._all:
            return
        self._all = ordered
        self._leaving.clear()
        in_order = self._search.column is None
        if self._stepper.is_busy or (in_order and len(ordered) > _MOST_AT_ONCE):
            self._arrange()
        elif in_order:
            shown = self._index_of()
            self._lay_out([one for one in ordered if one.id in shown])

    def tell_problem(self, error: S3guiError) -> None:
        """Passes on what belongs to no row."""
        self.problem.emit(error)

    def _lay_out(self, rows: list[Transfer]) -> None:
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        moved = [self._rows[index.row()].id for index in old]
        self._rows = rows
        self._row_of = None
        places = (self.row_of(transfer_id) or 0 for transfer_id in moved)
        new = [self.index(row, at.column()) for row, at in zip(places, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    # What is looked for.

    @property
    def search(self) -> TransferSearch:
        """What is shown and in what order; change it by ``look_for`` and ``sort``."""
        return self._search

    @property
    def is_arranging(self) -> bool:
        """Whether what was asked for last is not shown yet."""
        return self._stepper.is_busy

    def look_for(self, text: str, *kinds: Collection[State | Direction], batch: str = "") -> None:
        """Shows rows with all these words, of these states, directions, batch; none: all rows."""
        if self._search.want(text, batch, *kinds):
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column, once; -1 or one that cannot be sorted by: the queue's order."""
        chosen = Column(column) if column >= 0 else None
        self._search.column = chosen if chosen in SORTABLE else None
        self._search.descending = order is Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> None:
        self._stepper.run(self._arranging(self._all, len(self._all)))

    def _arranging(self, rows: list[Transfer], count: int) -> Generator[None, None, None]:
        # The list may grow meanwhile; whatever else happens to it begins this anew.
        if self._leaving:
            kept = yield from self._search.without(rows[:count], self._leaving)
            self._all = kept + rows[count:]
            self._leaving.clear()
            rows, count = self._all, len(kept)
        shown = yield from self._search.steps(rows[:count])
        index_of = yield from RowIndex.made_of([one.id for one in shown])
        came = list(filter(self._search.shows, rows[count:]))
        index_of.append([one.id for one in came])
        self.about_to_arrange.emit()
        self.beginResetModel()
        self._rows, self._row_of = shown + came, index_of
        self.endResetModel()
        self.arranged.emit()

    def _update_view(self) -> None:
        """Rows that changed may be wanted now, or not any more."""
        if not self._search.is_filtering or self._stepper.is_busy:
            return
        index_of = self._index_of()
        wanted = {one.id: self._search.shows(one) for one in self._changed.values()}
        came = {one for one, shown in wanted.items() if shown and one not in index_of}
        spans = self._spans_of(one for one, shown in wanted.items() if not shown)
        for span in spans[_MOST_RANGES:]:
            # The others with the next sample.
            self._late |= {one.id: one for one in self._rows[span.start : span.stop]}
        self._take_out(spans[:_MOST_RANGES])
        if not came:
            return
        if self._search.column is None and self._rows:
            # In the queue's order: they may stand anywhere.
            self._arrange()
        else:
            self._append([one for one in self._changed.values() if one.id in came])

    # Sampling.

    def sample(self) -> None:
        """Looks at what runs and at what was noted; emits one range, or nothing."""
        self._clock.note_sample()
        self._update_view()
        index_of = self._index_of()
        rows = {row for one in self._changed if (row := index_of.get(one)) is not None}
        # What only moved has the name, the destination and the size that it had.
        first = Column.NAME if rows else Column.PROGRESS
        if not self._stepper.is_busy:
            self._changed, self._late = self._late, {}
        if self._changed:
            self._clock.gather()
        for transfer in self.tally.active.values():
            moved = self._samples.take(transfer, self._commands.rate_of(transfer))
            if moved and (row := index_of.get(transfer.id)) is not None:
                rows.add(row)
        if rows:
            self._tell_rows(sorted(rows), first)
            self.sampled.emit()
        self._tell_summary()
        self._clock.run(moves=bool(self.tally.active))
        if not self.tally.active:
            self._samples.clear()

    def _tell_rows(self, rows: Sequence[int], first: Column) -> None:
        """One range where the rows stand together: what lies between them is not painted again."""
        spans = ranges_of_rows(rows, _CLOSE)
        if len(spans) > _MOST_RANGES:
            spans = [range(rows[0], rows[-1] + 1)]
        for span in spans:
            last = self.index(span.stop - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(span.start, first), last)

    def _tell_summary(self) -> None:
        summary = self.tally.summary(self._commands.rate())
        if summary != self.summary:
            self.summary = summary
            self.summary_changed.emit(summary)

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

    def transfers(self, rows: range) -> list[Transfer]:
        """The transfers shown in these rows."""
        return self._rows[rows.start : rows.stop]

    def rate_of(self, transfer: Transfer) -> Rate:
        """The speed as last sampled."""
        return self._samples.rate_of(transfer)

    def row_of(self, transfer_id: int) -> int | None:
        """Where a transfer stands; ``None`` when it is no more."""
        return self._index_of().get(transfer_id)

    def _index_of(self) -> RowIndex:
        if self._row_of is None:
            self._row_of = RowIndex(one.id for one in self._rows)
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
        return header_cell(Column(section), role)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, icons and colours of a cell, and the transfer itself (``TRANSFER_ROLE``)."""
        # A view asks thousands of times a second: what is not told is refused first.
        if role not in ROLES or not index.isValid() or index.row() >= len(self._rows):
            return None
        transfer, column = self._rows[index.row()], _COLUMN_OF[index.column()]
        if column is Column.BATCH and role != TRANSFER_ROLE:
            return batch_cell(self.tally.batches.of(transfer), role)
        return cell(transfer, self.rate_of(transfer), column, role)
