"""The rows of the object table: the folders and objects of one place, a million if need be."""

from array import array
from collections.abc import Collection, Generator, Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.text import tr
from s3gui.ui.models.arranging import Stepper
from s3gui.ui.models.object_cells import cell_icon, cell_text, cell_tip
from s3gui.ui.models.object_columns import (
    ASKED,
    SORT_KEY,
    TITLES,
    Cell,
    Column,
)
from s3gui.ui.models.object_rows import Order, Rows, arrange_steps, folder_key, object_key
from s3gui.ui.tooltips import tooltip

AnyIndex = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_AIR = "\u00a0\u00a0"
_COLUMNS = tuple(Column)
_Role = Qt.ItemDataRole
_TOLD = (_Role.DisplayRole, _Role.DecorationRole, _Role.ToolTipRole, _Role.TextAlignmentRole)
_ROLES = frozenset(map(int, _TOLD))
#: Up to here a sorted view is sorted again with each page; above, once at the end of the listing.
_RESORT_ROWS = 20_000


class ObjectsModel(QAbstractTableModel):
    """Folders first, then objects; each in the order of the listing, or filtered and sorted."""

    #: Around a change of order or filter; whoever cares for selection keeps it over the gap.
    about_to_arrange = Signal()
    arranged = Signal()
    #: The number or total size of what is listed changed.
    counted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._location: Location | None = None
        self._folders = Rows()
        self._objects = Rows()
        self._cells: dict[tuple[str, Column], Cell] = {}
        self._common: dict[Column, Cell] = {}
        self._bytes = 0
        self._needle = ""
        self._order: Order | None = None
        self._stepper = Stepper(self)
        #: Written, or gone, while the listing is under way; a later page may or may not know.
        self._early: list[ObjectEntry] | None = None
        self._gone: set[str] = set()

    # What there is ------------------------------------------------------------------------------

    @property
    def location(self) -> Location | None:
        """The place whose rows these are."""
        return self._location

    @property
    def object_count(self) -> int:
        """Objects listed so far, filtered out or not."""
        return len(self._objects.items)

    @property
    def folder_count(self) -> int:
        """Folders listed so far, filtered out or not."""
        return len(self._folders.items)

    @property
    def total_bytes(self) -> int:
        """The size of the objects listed so far."""
        return self._bytes

    @property
    def is_arranging(self) -> bool:
        """A filter or an order is being worked out."""
        return self._stepper.is_busy

    @property
    def parts(self) -> tuple[Rows, Rows]:
        """The folders and the objects, to read many of them at once; not to be changed."""
        return self._folders, self._objects

    def entry_at(self, row: int) -> ObjectEntry | None:
        """The object of a row; ``None`` for a folder."""
        folders = self._folders.shown
        if row < folders:
            return None
        entry: ObjectEntry = self._objects.at(row - folders)
        return entry

    def key_at(self, row: int) -> str:
        """The key or the prefix of a row."""
        entry = self.entry_at(row)
        return entry.key if entry else str(self._folders.at(row))

    def location_at(self, row: int) -> Location:
        """Where the object or folder of a row is."""
        bucket = self._location.bucket if self._location else ""
        return Location(bucket, self.key_at(row))

    def name_at(self, row: int) -> str:
        """What a row is called within this place, as the server has it: not safe to show."""
        return self._name(self.key_at(row))

    def source_at(self, row: int) -> int:
        """A number that stays with an object (``n``) or folder (``~n``) while the view changes."""
        folders = self._folders.shown
        if row < folders:
            return ~self._folders.source(row)
        return self._objects.source(row - folders)

    def _name(self, key: str) -> str:
        return key[len(self._location.key) :] if self._location else key

    # Filling ------------------------------------------------------------------------------------

    def show(self, location: Location | None) -> None:
        """Empties the table for another place, or for a fresh listing of the same one."""
        self._stepper.stop()
        self.beginResetModel()
        self._location = location
        empty = array("i") if self._needle or self._order else None
        self._folders = Rows(view=empty)
        self._objects = Rows(view=array("i") if empty is not None else None)
        self._bytes = 0
        self._cells.clear()
        self._common.clear()
        self._early = []
        self.endResetModel()
        self.counted.emit()

    def append(self, page: Page) -> bool:
        """Takes a page of the listing; ``False`` for one of another place (invariant 8)."""
        if page.location != self._location:
            return False
        here = page.location.key
        prefixes = [prefix for prefix in page.prefixes if prefix != here]
        self._add(self._folders, prefixes, prefixes, at=self._folders.shown)
        # The object that stands for the folder itself is no row of it.
        entries = [entry for entry in page.objects if entry.key != here]
        self._bytes += sum(entry.size for entry in entries)
        self._add(self._objects, entries, [entry.key for entry in entries], at=self.rowCount())
        self.counted.emit()
        if self._order and len(self._objects.items) <= _RESORT_ROWS:
            self._arrange()
        return True

    def _add(self, rows: Rows, items: Sequence[Any], keys: Sequence[str], *, at: int) -> None:
        first = len(rows.items)
        shown: Sequence[int] = range(first, first + len(items))
        if self._needle and rows.view is not None:
            needle = self._needle.casefold()
            shown = [i for i in shown if needle in self._name(keys[i - first]).casefold()]
        if shown:
            self.beginInsertRows(_NONE, at, at + len(shown) - 1)
        rows.extend(items, shown, keys)
        if shown:
            self.endInsertRows()

    def finish(self) -> None:
        """The listing ended, at its last page or before: what waited for that is done now."""
        early, self._early = self._early, None
        gone, self._gone = self._gone, set()
        self.discard(gone)
        if early:
            self.upsert(early)
        elif self._order:
            self._arrange()

    def upsert(self, entries: Iterable[ObjectEntry]) -> None:
        """Puts objects in that have just been written, without listing again.

        What lies deeper than this place makes its folder appear.
        """
        if self._early is not None:
            self._early.extend(entries)
            return
        for entry in entries:
            name = self._name(entry.key)
            if self._location is None or not entry.key.startswith(self._location.key) or not name:
                continue
            folder, slash, _ = name.partition(DELIMITER)
            if slash:
                self._upsert_folder(self._location.key + folder + DELIMITER)
            else:
                self._upsert_object(entry)
        if self._order or self._needle:
            self._arrange()
        self.counted.emit()

    def discard(self, keys: Collection[str]) -> None:
        """Takes out objects and folders that are gone, without listing again."""
        if self._early is not None:
            self._gone.update(keys)
            return
        sides = ((self._objects, object_key, self._folders.shown), (self._folders, folder_key, 0))
        for rows, key_of, first in sides:
            found = rows.places(keys, key_of)
            self._bytes -= sum(getattr(rows.items[at], "size", 0) for at in found)
            for span in rows.shown_spans(found):
                self.beginRemoveRows(_NONE, first + span.start, first + span.stop - 1)
                rows.hide(span)
                self.endRemoveRows()
            rows.drop(found)
        self.counted.emit()

    def _upsert_folder(self, prefix: str) -> None:
        at, is_there = self._folders.find(prefix, folder_key)
        if not is_there:
            self._insert(self._folders, at, prefix, row=at)

    def _upsert_object(self, entry: ObjectEntry) -> None:
        at, is_there = self._objects.find(entry.key, object_key)
        self._bytes += entry.size
        if not is_there:
            self._insert(self._objects, at, entry, row=self._folders.shown + at)
            return
        self._bytes -= self._objects.items[at].size
        self._objects.items[at] = entry
        for column in ASKED:
            self._cells.pop((entry.key, column), None)
        if self._objects.view is None:
            row = self._folders.shown + at
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))

    def _insert(self, rows: Rows, at: int, item: Any, *, row: int) -> None:
        if rows.view is not None:
            rows.insert(at, item)
            return
        self.beginInsertRows(_NONE, row, row)
        rows.insert(at, item)
        self.endInsertRows()

    # Order and filter ---------------------------------------------------------------------------

    def set_filter(self, needle: str) -> None:
        """Shows only rows whose name holds ``needle``, whatever the case."""
        if needle != self._needle:
            self._needle = needle
            self._arrange()

    @property
    def filter_text(self) -> str:
        """What ``set_filter`` was given."""
        return self._needle

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; a column of -1, or names ascending, is the order of the listing."""
        reverse = order is Qt.SortOrder.DescendingOrder
        wanted: Order | None = None
        if column in SORT_KEY or (column == Column.NAME and reverse):
            wanted = (Column(column), reverse)
        if wanted != self._order:
            self._order = wanted
            self._arrange()

    def _arrange(self) -> None:
        if self._location is not None:
            self._stepper.run(self._arranging(self._location))

    def _arranging(self, where: Location) -> Generator[None, None, None]:
        """Works the view out aside, and shows it in one go when it is ready."""
        needle, order = self._needle, self._order
        folders = yield from arrange_steps(self._folders, where, needle, order, folders=True)
        objects = yield from arrange_steps(self._objects, where, needle, order, folders=False)
        self.about_to_arrange.emit()
        self.beginResetModel()
        self._folders.view, self._objects.view = folders, objects
        self.endResetModel()
        self._stepper.stop()
        self.arranged.emit()

    # Cells that are asked for -------------------------------------------------------------------

    def cell(self, key: str, column: Column) -> Cell | None:
        """What is known of an asked-for column, ``None`` before the answer."""
        return self._common.get(column) or self._cells.get((key, column))

    def set_cell(self, row: int, key: str, column: Column, cell: Cell) -> None:
        """Fills a cell in. ``row`` is where it was when it was asked; it may have moved since."""
        self._cells[key, column] = cell
        if row < self.rowCount() and self.key_at(row) == key:
            index = self.index(row, column)
            self.dataChanged.emit(index, index)

    def set_common(self, column: Column, cell: Cell) -> None:
        """One word for a whole column: the server lacks the feature, or it is off."""
        self._common[column] = cell
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, column), self.index(rows - 1, column))

    # What Qt asks -------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        """Rows in the view."""
        return 0 if parent.isValid() else self._folders.shown + self._objects.shown

    def columnCount(self, parent: AnyIndex = _NONE) -> int:
        """All columns; the view hides some."""
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Column titles."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[Column(section)])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return _RIGHT if section == Column.SIZE else left
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows. Asked 1 500 times a frame: what is not told is refused first."""
        if role not in _ROLES or not index.isValid():
            return None
        column = _COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            text = cell_text(self, index.row(), column)
            # Air between figures at the right and words at the left of their cells.
            return f"{text}{_AIR}" if column is Column.SIZE else text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column is Column.SIZE else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(cell_tip(self, index.row(), column)) or None
        return cell_icon(self, index.row()) if column is Column.NAME else None
