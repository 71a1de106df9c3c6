"""The view of the transfers: a table that paints what is in sight, however many rows there are."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QByteArray,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from s3gui.domain.text import tr
from s3gui.domain.transfer import Transfer
from s3gui.ui.delegates.part_map import PartMapDelegate
from s3gui.ui.delegates.progress import ProgressDelegate
from s3gui.ui.delegates.toned import TonedDelegate
from s3gui.ui.models.arranging import ranges_of_rows
from s3gui.ui.models.transfer_columns import COLUMNS, HIDDEN_AT_FIRST, Column
from s3gui.ui.models.transfer_search import SORTABLE
from s3gui.ui.models.transfers import TransfersModel
from s3gui.ui.theme import ROW_HEIGHT
from s3gui.ui.widgets.column_fit import ColumnFit, Width

_LEAST_ROWS = 2
#: Room between a column of figures and the words beside it.
_SHEET = """
QTableView::item{padding:0 5px}
QHeaderView::section{padding:4px 8px}
"""


class TransfersTable(QTableView):
    """Rows to choose; says what the person chose and which keys they pressed on it."""

    chosen_changed = Signal()
    #: Space on the selection.
    toggle_wanted = Signal()
    #: Del on the selection.
    delete_wanted = Signal()
    #: Enter or a double click on the current row.
    details_wanted = Signal()
    #: ``QPoint`` of the screen.
    menu_wanted = Signal(QPoint)
    #: ``QPoint`` of the screen: which columns to show.
    columns_wanted = Signal(QPoint)

    def __init__(self, model: TransfersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfers = model
        #: What is selected and current, while rows are arranged anew; by id.
        self._kept: tuple[frozenset[int], int | None] = (frozenset(), None)
        #: The row at the top of what is seen.
        self._top: int | None = None
        self.setObjectName("transfers")
        self.setAccessibleName(tr("Transfers"))
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setStyleSheet(_SHEET)
        self._set_up_headers()
        # Kept here: a view does not own its delegates.
        self._bar = ProgressDelegate(self)
        self._map = PartMapDelegate(self)
        self._words = TonedDelegate(self)
        self.setItemDelegate(self._words)
        self.setItemDelegateForColumn(Column.PROGRESS, self._bar)
        self.setItemDelegateForColumn(Column.MAP, self._map)
        model.about_to_arrange.connect(self._keep_selection)
        model.arranged.connect(self._restore_selection)
        model.counted.connect(self._on_counted)

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.hide()
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionsMovable(True)
        columns.setMinimumSectionSize(48)
        # Headers ask the selection model about every row, unless they have one of their own.
        alone = QItemSelectionModel(self._transfers, self)
        rows.setSelectionModel(alone)
        columns.setSelectionModel(alone)
        widths = {
            column: Width(spec.width, spec.least, spec.order) for column, spec in COLUMNS.items()
        }
        self.columns = ColumnFit(self, widths, filler=Column.NAME, hidden=HIDDEN_AT_FIRST)
        self.setMinimumHeight(columns.sizeHint().height() + _LEAST_ROWS * ROW_HEIGHT)
        self._make_sortable()
        columns.sortIndicatorChanged.connect(self._on_sort_indicator_changed)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(self._on_header_menu_requested)

    def _make_sortable(self) -> None:
        """A click sorts, another the other way round, a third brings the queue's order back."""
        columns = self.horizontalHeader()
        columns.setSectionsClickable(True)
        columns.setSortIndicatorClearable(True)
        columns.setSortIndicatorShown(True)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def restore_columns(self, state: QByteArray) -> None:
        """Takes columns back as they were saved; the order is always the queue's at first."""
        self.columns.restore(state)
        self._make_sortable()

    def _on_sort_indicator_changed(self, column: int, order: Qt.SortOrder) -> None:
        if column >= 0 and column not in SORTABLE:
            # What changes five times a second has no order.
            self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            return
        self._transfers.sort(column, order)

    def _keep_selection(self) -> None:
        at = self.currentIndex()
        current = self._transfers.transfer(at.row()).id if at.isValid() else None
        self._kept = (frozenset(one.id for one in self.chosen()), current)
        top = self.rowAt(0)
        self._top = self._transfers.transfer(top).id if top > 0 else None

    def _restore_selection(self) -> None:
        chosen, current = self._kept
        model, last, flags = self._transfers, len(COLUMNS) - 1, QItemSelectionModel.SelectionFlag
        at = model.row_of(current) if current is not None else None
        if at is not None:
            self.selectionModel().setCurrentIndex(model.index(at, 0), flags.NoUpdate)
        selection = QItemSelection()
        for span in self._rows_of(chosen):
            first, end = model.index(span.start, 0), model.index(span.stop - 1, last)
            selection.append(QItemSelectionRange(first, end))
        self.selectionModel().select(selection, flags.ClearAndSelect)
        if at is not None:
            self.scrollTo(model.index(at, 0))
        elif self._top is not None and (top := model.row_of(self._top)) is not None:
            self.scrollTo(model.index(top, 0), self.ScrollHint.PositionAtTop)
        self.chosen_changed.emit()

    def _rows_of(self, ids: frozenset[int]) -> list[range]:
        count = self._transfers.rowCount()
        shown = self._transfers.transfers(range(count))
        if count and len(ids) >= count and all(one.id in ids for one in shown):
            # All were chosen, and none came.
            return [range(count)]
        rows = (self._transfers.row_of(one) for one in ids)
        return ranges_of_rows(sorted(row for row in rows if row is not None))

    def chosen(self) -> list[Transfer]:
        """The selected transfers, from top to bottom."""
        spans = sorted(self._spans(), key=lambda span: span.start)
        return [one for span in spans for one in self._transfers.transfers(span)]

    def chosen_count(self) -> int:
        """How many rows are selected."""
        return sum(len(span) for span in self._spans())

    def can_move(self, step: int) -> bool:
        """Whether the selection is not yet all at the top (``step`` -1) or at the bottom (1)."""
        spans, count = self._spans(), self.chosen_count()
        if not count or self._transfers.search.column is not None:
            return False
        if step < 0:
            return max(span.stop for span in spans) > count
        return min(span.start for span in spans) < self._transfers.rowCount() - count

    def _spans(self) -> list[range]:
        chosen = self.selectionModel().selection()
        spans = [chosen.at(number) for number in range(chosen.size())]
        return [range(span.top(), span.bottom() + 1) for span in spans]

    def current(self) -> Transfer | None:
        """The selected transfer whose parts are to be shown: the current one if it is selected."""
        index = self.currentIndex()
        if index.isValid() and self.selectionModel().isRowSelected(index.row()):
            return self._transfers.transfer(index.row())
        return next(iter(self.chosen()), None)

    def choose(self, transfers: Sequence[Transfer]) -> None:
        """Selects these rows and shows the first."""
        selection = QItemSelection()
        for transfer in transfers:
            row = self._transfers.row_of(transfer.id)
            if row is not None:
                first = self._transfers.index(row, 0)
                selection.select(first, self._transfers.index(row, len(COLUMNS) - 1))
        flags, indexes = QItemSelectionModel.SelectionFlag, selection.indexes()
        if indexes:
            # First, while it is not selected: whoever watches both has to do nothing twice.
            self.selectionModel().setCurrentIndex(indexes[0], flags.NoUpdate)
        self.selectionModel().select(selection, flags.ClearAndSelect)
        if indexes:
            self.scrollTo(indexes[0])

    def selectionChanged(  # noqa: N802  Qt's own name
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        """Passes it on."""
        super().selectionChanged(selected, deselected)
        self.chosen_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space, Del and Enter; all other keys move."""
        wanted = {
            Qt.Key.Key_Space: self.toggle_wanted,
            Qt.Key.Key_Delete: self.delete_wanted,
            Qt.Key.Key_Return: self.details_wanted,
            Qt.Key.Key_Enter: self.details_wanted,
        }.get(Qt.Key(event.key()))
        if wanted is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        wanted.emit()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the current row in sight if it was, as when the parts unfold below."""
        row = self.visualRect(self.currentIndex())
        was_seen = row.isValid() and 0 <= row.top() < event.oldSize().height()
        super().resizeEvent(event)
        if was_seen:
            self.scrollTo(self.currentIndex().siblingAtColumn(0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the rows chooses none."""
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Asks for details."""
        super().mouseDoubleClickEvent(event)
        if self.indexAt(event.position().toPoint()).isValid():
            self.details_wanted.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the menu, by the mouse or by the keyboard's key."""
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    def _on_counted(self) -> None:
        # How many are in a batch stands in each of its rows.
        if not self.isColumnHidden(Column.BATCH):
            self.viewport().update()

    def _on_header_menu_requested(self, where: QPoint) -> None:
        self.columns_wanted.emit(self.horizontalHeader().mapToGlobal(where))
