"""The object table: a list of rows to select, open, sort and drop files on."""

from collections.abc import Set as AbstractSet

from PySide6.QtCore import (
    QByteArray,
    QElapsedTimer,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.ui.delegates.cut import CutDelegate
from s3gui.ui.models.object_columns import ASKED, TITLES, Column
from s3gui.ui.models.objects import ObjectsModel
from s3gui.ui.models.selecting import Range, ranges_of, rows_of, sources_of
from s3gui.ui.theme import ICON, ROW_HEIGHT
from s3gui.ui.widgets.column_fit import ColumnFit, Width
from s3gui.ui.widgets.menus import passing_menu
from s3gui.ui.widgets.view_drop import ViewDrop

#: What tells least gives way first; a date that is cut tells nothing.
_WIDTHS = {
    Column.NAME: Width(200, 132, order=6),
    Column.SIZE: Width(80, 68, order=8),
    Column.TYPE: Width(140, 64, order=2),
    Column.MODIFIED: Width(146, 134, order=7),
    Column.STORAGE_CLASS: Width(104, 82, order=3),
    Column.ACL: Width(90, 78, order=4),
    Column.VERSIONS: Width(76, 64, order=5),
    Column.METADATA: Width(150, 70, order=1),
    Column.ETAG: Width(250, 90, order=0),
}
_HIDDEN_AT_FIRST = (Column.ETAG,)
#: Type-ahead looks this far; beyond it the filter is the tool.
_SEARCH_ROWS = 200_000
_FLAGS = QItemSelectionModel.SelectionFlag


class ObjectTable(QTableView):
    """Rows are selected whole; a folder is entered by Enter or a double click."""

    #: ``Location`` of a folder, of an object.
    folder_opened = Signal(object)
    object_opened = Signal(object)
    up_wanted = Signal()
    #: The position on the screen.
    menu_wanted = Signal(QPoint)
    #: ``Location`` and ``list[Path]``
    files_dropped = Signal(object, list)
    selected = Signal()
    #: Esc, which nobody else wanted.
    escaped = Signal()
    #: Other rows or columns are in sight.
    view_moved = Signal()

    def __init__(self, model: ObjectsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("objects")
        self.setAccessibleName(tr("Objects"))
        self._rows = model
        self._cut: AbstractSet[str] = frozenset()
        self._plain, self._pale = self.itemDelegate(), CutDelegate(self)
        self._typed = ""
        self._typing = QElapsedTimer()
        self._kept: tuple[frozenset[int] | None, int | None] = (frozenset(), None)
        self._order = (int(Column.NAME), Qt.SortOrder.AscendingOrder)
        self.setModel(model)
        self._set_up()
        self._set_up_header()
        self.drop_zone = ViewDrop(self, self._drop_target)
        self.drop_zone.dropped.connect(self.files_dropped)
        self.selectionModel().selectionChanged.connect(self.selected)
        self.doubleClicked.connect(self._open)
        model.about_to_arrange.connect(self._keep_selection)
        model.arranged.connect(self._restore_selection)
        model.modelReset.connect(self.view_moved)
        model.rowsInserted.connect(self.view_moved)
        self.customContextMenuRequested.connect(
            lambda where: self.menu_wanted.emit(self.viewport().mapToGlobal(where))
        )

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setIconSize(QSize(ICON, ICON))
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.hide()

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        # Headers ask the selection about every row: 10 s for a million. They get an empty one.
        nothing = QItemSelectionModel(self._rows, self)
        header.setSelectionModel(nothing)
        self.verticalHeader().setSelectionModel(nothing)
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(*self._order)
        header.setMinimumSectionSize(48)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_columns_menu)
        header.sortIndicatorChanged.connect(self._on_sort_indicator_changed)
        header.sectionResized.connect(self.view_moved)
        self._columns = ColumnFit(self, _WIDTHS, filler=Column.NAME, hidden=_HIDDEN_AT_FIRST)

    # Columns ------------------------------------------------------------------------------------

    def save_columns(self) -> QByteArray:
        """Widths, order, visibility and sorting, for the next start."""
        return self._columns.save()

    def restore_columns(self, state: QByteArray) -> bool:
        """Takes them back; ``False`` where they are of another version."""
        header = self.horizontalHeader()
        if not self._columns.restore(state) or header.count() != len(Column):
            return False
        header.showSection(Column.NAME)
        header.setSortIndicatorShown(True)
        column = header.sortIndicatorSection()
        self._on_sort_indicator_changed(column, header.sortIndicatorOrder())
        return True

    def fill_columns_menu(self, menu: QMenu) -> None:
        """A tick for each column; the name stays."""
        menu.clear()
        for column in Column:
            if column is Column.NAME:
                continue
            act = menu.addAction(tr(TITLES[column]))
            act.setCheckable(True)
            act.setChecked(not self.isColumnHidden(column))
            act.toggled.connect(lambda on, column=column: self._show_column(column, on))

    def _show_column(self, column: Column, on: bool) -> None:
        self.setColumnHidden(column, not on)
        self.view_moved.emit()

    def _show_columns_menu(self, where: QPoint) -> None:
        menu = passing_menu(self)
        self.fill_columns_menu(menu)
        menu.popup(self.horizontalHeader().mapToGlobal(where))

    def _on_sort_indicator_changed(self, column: int, order: Qt.SortOrder) -> None:
        if column in ASKED:
            # Known only of the rows in sight: an order by it would be a lie.
            self.horizontalHeader().setSortIndicator(*self._order)
            return
        self._order = (column, order)
        self._rows.sort(column, order)

    # Rows ---------------------------------------------------------------------------------------

    @property
    def selected_ranges(self) -> list[Range]:
        """The selected rows."""
        return ranges_of(self.selectionModel().selection())

    @property
    def rows_in_sight(self) -> range:
        """The rows that are on the screen, at least partly."""
        count = self._rows.rowCount()
        first = self.rowAt(0)
        if first < 0:
            return range(0)
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, count if last < 0 else min(last + 1, count))

    @property
    def asked_columns(self) -> list[Column]:
        """The columns on show that cost a request a row."""
        return [column for column in ASKED if not self.isColumnHidden(column)]

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Says that other rows came into sight."""
        super().scrollContentsBy(dx, dy)
        if dy:
            self.view_moved.emit()

    def mark_cut(self, keys: AbstractSet[str]) -> None:
        """Paints the rows of these keys and prefixes as cut."""
        if keys or self._cut:
            self._cut = keys
            self.setItemDelegate(self._pale if keys else self._plain)
            self.viewport().update()

    def is_cut(self, row: int) -> bool:
        """Whether a row is painted so."""
        return self._rows.key_at(row) in self._cut

    def select_key(self, key: str) -> bool:
        """Selects one row and shows it; ``False`` where it is not listed (yet)."""
        for row in range(self._rows.rowCount()):
            if self._rows.key_at(row) == key:
                self.selectRow(row)
                self.scrollTo(self._rows.index(row, 0))
                return True
        return False

    def _keep_selection(self) -> None:
        ranges = self.selected_ranges
        current = self.currentIndex()
        at = self._rows.source_at(current.row()) if current.isValid() else None
        everything = sum(last - first + 1 for first, last in ranges) == self._rows.rowCount()
        if everything and ranges:
            self._kept = (None, at)
        else:
            self._kept = (sources_of(self._rows, ranges), at)

    def _restore_selection(self) -> None:
        sources, at = self._kept
        last = len(Column) - 1
        if at is not None and (found := rows_of(self._rows, frozenset({at}))):
            index = self._rows.index(found[0][0], 0)
            self.selectionModel().setCurrentIndex(index, _FLAGS.NoUpdate)
            self.scrollTo(index)
        if sources is None:
            ranges = [(0, self._rows.rowCount() - 1)] if self._rows.rowCount() else []
        else:
            ranges = rows_of(self._rows, sources) if sources else []
        selection = QItemSelection()
        for top, bottom in ranges:
            one = QItemSelectionRange(self._rows.index(top, 0), self._rows.index(bottom, last))
            selection.append(one)
        self.selectionModel().select(selection, _FLAGS.ClearAndSelect)
        self.selected.emit()

    # Keyboard and mouse -------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Backspace leaves, Home and End go to the first and last row."""
        key = event.key()
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier(0)
        enter = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and plain and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        if key == Qt.Key.Key_Backspace and plain:
            self.up_wanted.emit()
            return
        if key == Qt.Key.Key_Escape and plain:
            self.escaped.emit()
            return
        if key in {Qt.Key.Key_Home, Qt.Key.Key_End} and plain and self._rows.rowCount():
            row = 0 if key == Qt.Key.Key_Home else self._rows.rowCount() - 1
            self.setCurrentIndex(self._rows.index(row, 0))
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802  Qt's name
        """Type-ahead: the next row whose name begins with what was typed."""
        interval = QApplication.keyboardInputInterval()
        goes_on = self._typing.isValid() and self._typing.elapsed() < interval
        self._typing.start()
        self._typed = self._typed + search if goes_on else search
        wanted = self._typed.casefold()
        count = self._rows.rowCount()
        if not wanted.strip() or not count:
            return
        here = max(self.currentIndex().row(), 0)
        first = here if goes_on else here + 1
        for step in range(min(count, _SEARCH_ROWS)):
            row = (first + step) % count
            if self._rows.name_at(row).casefold().startswith(wanted):
                self.setCurrentIndex(self._rows.index(row, 0))
                return

    def _open(self, index: QModelIndex) -> None:
        where = self._rows.location_at(index.row())
        if self._rows.entry_at(index.row()) is None:
            self.folder_opened.emit(where)
        else:
            self.object_opened.emit(where)

    def _drop_target(self, at: QPoint) -> tuple[Location, QRect | None] | None:
        here = self._rows.location
        if here is None:
            return None
        index = self.indexAt(at)
        if index.isValid() and self._rows.entry_at(index.row()) is None:
            top = self.visualRect(index).top()
            row = QRect(0, top, self.viewport().width(), self.rowHeight(index.row()))
            return self._rows.location_at(index.row()), row
        return here, None
