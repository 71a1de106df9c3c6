"""The rows of the history: pages that are fetched as they come into sight."""

import asyncio
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from s3gui.domain.integrity import VERIFIED_TEXT
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import noop, tr, visible
from s3gui.domain.transfer import Direction
from s3gui.transfers.history import EVERYTHING, History
from s3gui.transfers.history_store import Mark, Search
from s3gui.ui.format import date_text, exact_date_text, exact_size_text, size_text
from s3gui.ui.icons import icon
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import Tone
from s3gui.ui.tooltips import tooltip

AnyIndex = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ICONS = {
    Direction.UPLOAD: "arrow-up",
    Direction.DOWNLOAD: "arrow-down",
    Direction.COPY: "copy",
}


class HistoryColumn(IntEnum):
    """In the order they stand."""

    NAME = 0
    SOURCE = 1
    TARGET = 2
    SIZE = 3
    FINISHED = 4
    LEVEL = 5


_TITLES = {
    HistoryColumn.NAME: noop("Name"),
    HistoryColumn.SOURCE: noop("Source"),
    HistoryColumn.TARGET: noop("Destination"),
    HistoryColumn.SIZE: noop("Size"),
    HistoryColumn.FINISHED: noop("Time finished"),
    HistoryColumn.LEVEL: noop("Verified"),
}


class HistoryModel(QAbstractTableModel):
    """Newest first. What is asked for next makes what was asked before forget itself."""

    #: A page or a count has come.
    loaded = Signal()
    #: The ``Exception`` of a question that failed.
    failed = Signal(object)

    def __init__(self, history: History, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._tasks = tasks
        self._rows: list[Receipt] = []
        self._search = EVERYTHING
        self._end: Mark | None = None
        self._asking: asyncio.Task[None] | None = None
        #: Rows that are wanted, fetched or not; ``None`` while they are counted.
        self.total: int | None = None

    @property
    def search(self) -> Search:
        """What is shown."""
        return self._search

    @property
    def is_loading(self) -> bool:
        """A page is under way."""
        return self._asking is not None and not self._asking.done()

    def receipt(self, row: int) -> Receipt:
        """The transfer of a row."""
        return self._rows[row]

    def show(self, search: Search) -> None:
        """Asks for other rows, or for the same anew; the old ones stay until the answer."""
        self.stop()
        self._search = search
        self.total = None
        self._asking = self._tasks.start(self._first(search), name="history")

    def stop(self) -> None:
        """Nothing is asked any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _first(self, search: Search) -> None:
        try:
            page = await self._history.page(search)
            self._reset(page.receipts, page.end)
            self.total = len(self._rows) if page.end is None else None
            self.loaded.emit()
            if page.end is not None:
                self.total = await self._history.count(search)
                self.loaded.emit()
        except Exception as error:  # noqa: BLE001  shown in the place of the rows
            self._reset((), None)
            self.failed.emit(error)

    def _reset(self, rows: Sequence[Receipt], end: Mark | None) -> None:
        self.beginResetModel()
        self._rows, self._end = list(rows), end
        self.endResetModel()

    def canFetchMore(self, parent: AnyIndex) -> bool:
        """Whether there are rows below."""
        return not parent.isValid() and self._end is not None

    def fetchMore(self, parent: AnyIndex) -> None:
        """The view has come to the end of what is here."""
        if self.canFetchMore(parent) and not self.is_loading and self._end is not None:
            self._asking = self._tasks.start(self._next(self._end), name="history")

    async def _next(self, after: Mark) -> None:
        try:
            page = await self._history.page(self._search, after)
        except Exception as error:  # noqa: BLE001  shown beside the rows that are there
            self._end = None
            self.failed.emit(error)
            return
        first = len(self._rows)
        if page.receipts:
            self.beginInsertRows(_NONE, first, first + len(page.receipts) - 1)
            self._rows += page.receipts
            self.endInsertRows()
        self._end = page.end
        self.loaded.emit()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        """Rows that were fetched."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _NONE) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(HistoryColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Column titles."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HistoryColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(_TITLES[HistoryColumn(section)])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return _RIGHT if section == HistoryColumn.SIZE else left
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        if not index.isValid():
            return None
        receipt, column = self._rows[index.row()], HistoryColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(receipt, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column is HistoryColumn.SIZE else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(_tip(receipt, column)) or None
        if role == Qt.ItemDataRole.DecorationRole and column is HistoryColumn.NAME:
            return icon(_ICONS[receipt.direction], Tone.MUTED)
        return None


def _text(receipt: Receipt, column: HistoryColumn) -> str:
    match column:
        case HistoryColumn.NAME:
            name = receipt.path.name if receipt.path is not None else receipt.location.name
            return visible(name, 200)
        case HistoryColumn.SOURCE:
            return visible(receipt.from_text, 300)
        case HistoryColumn.TARGET:
            return visible(receipt.to_text, 300)
        case HistoryColumn.SIZE:
            return size_text(receipt.size)
        case HistoryColumn.FINISHED:
            return date_text(receipt.finished)
    return tr(VERIFIED_TEXT[receipt.level]) if receipt.level else tr("Stored, not verified")


def _tip(receipt: Receipt, column: HistoryColumn) -> str:
    match column:
        case HistoryColumn.SIZE:
            return exact_size_text(receipt.size)
        case HistoryColumn.FINISHED:
            return exact_date_text(receipt.finished)
        case HistoryColumn.NAME:
            return f"{visible(receipt.from_text)}\n→ {visible(receipt.to_text)}"
    return _text(receipt, column)
