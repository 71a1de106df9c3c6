"""The history: what was finished and taken off the list, to search and to go on from."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.receipt import Receipt
from s3gui.domain.text import noop, tr, trn
from s3gui.domain.transfer import Direction
from s3gui.transfers.history import EVERYTHING
from s3gui.transfers.history_store import Search
from s3gui.ui.dialogs.problem import as_problem, problem_text
from s3gui.ui.format import count_text
from s3gui.ui.icons import icon
from s3gui.ui.models.history import HistoryColumn, HistoryModel
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.busy_line import BusyLine
from s3gui.ui.widgets.column_fit import Width
from s3gui.ui.widgets.empty_state import EmptyState
from s3gui.ui.widgets.labels import ToneLabel
from s3gui.ui.widgets.menus import passing_menu
from s3gui.ui.widgets.message_bar import MessageBar
from s3gui.ui.widgets.plain_table import PlainTable

_TYPING_MS = 150
_WIDTHS = {
    HistoryColumn.NAME: Width(240, 120),
    HistoryColumn.SOURCE: Width(220, 70, 1),
    HistoryColumn.TARGET: Width(240, 70, 2),
    HistoryColumn.SIZE: Width(90, 70, 5),
    HistoryColumn.FINISHED: Width(150, 110, 4),
    HistoryColumn.LEVEL: Width(210, 80, 3),
}
_DIRECTIONS = (
    (noop("All directions"), None),
    (noop("Uploads"), Direction.UPLOAD),
    (noop("Downloads"), Direction.DOWNLOAD),
    (noop("Copies"), Direction.COPY),
)
_PERIODS = (
    (noop("Any time"), 0),
    (noop("Last 24 hours"), 1),
    (noop("Last 7 days"), 7),
    (noop("Last 30 days"), 30),
    (noop("Last year"), 365),
)
_AGAIN = {
    Direction.UPLOAD: noop("Upload again"),
    Direction.DOWNLOAD: noop("Download again"),
    Direction.COPY: noop("Copy again"),
}
#: What *Delete older than* offers, in days.
_OLDER = (30, 90, 365)


class HistoryWindow(QWidget):
    """A window of its own beside the main one; what its commands do is up to who made it."""

    #: ``Receipt``
    place_wanted = Signal(object)
    folder_wanted = Signal(object)
    #: ``list[Receipt]``
    again_wanted = Signal(list)
    verify_wanted = Signal(list)
    receipt_wanted = Signal(list)
    #: Days, 0: all of it.
    delete_wanted = Signal(int)

    def __init__(self, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("historyWindow")
        self.setWindowTitle(tr("Transfer history"))
        self.model = model
        self.field = QLineEdit()
        self.directions = self._choice([tr(text) for text, _ in _DIRECTIONS], tr("Direction"))
        self.periods = self._choice([tr(text) for text, _ in _PERIODS], tr("When"))
        self.table = PlainTable(model, tr("Transfer history"), _WIDTHS, self)
        self.messages = MessageBar()
        self._count = ToneLabel(Tone.MUTED)
        self._busy = BusyLine()
        self._empty = EmptyState()
        self._stack = QStackedWidget()
        self._lay_out()
        self._typing = QTimer(self, interval=_TYPING_MS, singleShot=True)
        self._typing.timeout.connect(self.reload)
        self._connect()
        self.resize(1200, 600)
        self._on_chosen_changed()

    def _choice(self, texts: list[str], name: str) -> QComboBox:
        box = QComboBox()
        box.addItems(texts)
        box.setAccessibleName(name)
        return box

    def _lay_out(self) -> None:
        self.field.setPlaceholderText(tr("Search names, paths and buckets"))
        self.field.setAccessibleName(tr("Search names, paths and buckets"))
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("search", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        top = QHBoxLayout()
        top.setContentsMargins(SPACE, SPACE, SPACE, SPACE - 2)
        top.setSpacing(SPACE)
        top.addWidget(self.field, 1)
        top.addWidget(self.directions)
        top.addWidget(self.periods)
        self.receipt = QPushButton(tr("Save receipt…"))
        self.verify = QPushButton(tr("Verify again"))
        self.delete = QPushButton(tr("Delete history"))
        menu = QMenu(self.delete)
        for days in _OLDER:
            words = trn("Older than {days} day…", "Older than {days} days…", days)
            menu.addAction(words.format(days=days)).triggered.connect(
                lambda _on=False, days=days: self.delete_wanted.emit(days)
            )
        menu.addSeparator()
        menu.addAction(tr("All of it…")).triggered.connect(lambda: self.delete_wanted.emit(0))
        self.delete.setMenu(menu)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        bottom.setSpacing(SPACE)
        bottom.addWidget(self._count, 1)
        for button in (self.verify, self.receipt, self.delete):
            bottom.addWidget(button)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.messages)
        column.addWidget(self._busy)
        column.addWidget(self._stack, 1)
        column.addLayout(bottom)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._typing.start)
        self.directions.currentIndexChanged.connect(self.reload)
        self.periods.currentIndexChanged.connect(self.reload)
        self.model.loaded.connect(self._on_loaded)
        self.model.failed.connect(self._on_failed)
        self.table.selectionModel().selectionChanged.connect(self._on_chosen_changed)
        self.model.modelReset.connect(self._on_chosen_changed)
        self.table.doubleClicked.connect(self._on_double_clicked)
        self.table.menu_wanted.connect(self._on_menu_wanted)
        self.receipt.clicked.connect(lambda: self.receipt_wanted.emit(self.chosen()))
        self.verify.clicked.connect(lambda: self.verify_wanted.emit(self.chosen()))
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.field.setFocus)
        QShortcut(QKeySequence("Esc"), self).activated.connect(self._on_escape)

    def search(self) -> Search:
        """What the person wants to see."""
        days = _PERIODS[self.periods.currentIndex()][1]
        since = datetime.now(UTC) - timedelta(days=days) if days else None
        direction = _DIRECTIONS[self.directions.currentIndex()][1]
        return Search(self.field.text(), since, None, direction)

    def reload(self) -> None:
        """Asks anew."""
        self._typing.stop()
        self._busy.set_busy(True)
        self.model.show(self.search())

    def chosen(self) -> list[Receipt]:
        """The selected transfers."""
        return [self.model.receipt(row) for row in self.table.chosen_rows()]

    def _on_loaded(self) -> None:
        self._busy.set_busy(False)
        shown = self.model.total if self.model.total is not None else self.model.rowCount()
        words = trn("{count} transfer", "{count} transfers", shown).format(count=count_text(shown))
        self._count.setText(words)
        if self.model.rowCount():
            self._stack.setCurrentIndex(0)
            return
        self._stack.setCurrentIndex(1)
        if self.model.search != EVERYTHING:
            self._empty.say(
                "search",
                tr("Nothing fits"),
                tr("Every word has to be in a name, a path or a bucket."),
            )
        else:
            self._empty.say(
                "clock",
                tr("No history yet"),
                tr("Finished transfers come here when they are taken off the list."),
            )

    def _on_failed(self, error: Exception) -> None:
        self._busy.set_busy(False)
        problem = as_problem(error)
        self._count.setText("")
        self._stack.setCurrentIndex(1)
        self._empty.say("alert-circle", problem.title, problem_text(problem))

    def _on_chosen_changed(self) -> None:
        some = bool(self.table.selectionModel().hasSelection())
        self.receipt.setEnabled(some)
        self.verify.setEnabled(some)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.place_wanted.emit(self.model.receipt(index.row()))

    def _on_escape(self) -> None:
        if self.field.text():
            self.field.clear()
        else:
            self.close()

    def _on_menu_wanted(self, at: QPoint) -> None:
        if self.chosen():
            self.menu().popup(at)

    def menu(self) -> QMenu:
        """The context menu for the selection as it is now."""
        menu, chosen = passing_menu(self), self.chosen()
        first = chosen[0]
        single = (
            ("bucket", tr("Show in bucket"), self.place_wanted, True),
            ("folder", tr("Open the local folder"), self.folder_wanted, first.path is not None),
        )
        for drawing, words, signal, can in single:
            action = menu.addAction(icon(drawing), words)
            action.setEnabled(can and len(chosen) == 1)
            action.triggered.connect(lambda _on=False, signal=signal: signal.emit(first))
        of_one_kind = len({one.direction for one in chosen}) == 1
        words = tr(_AGAIN[first.direction]) if of_one_kind else tr("Transfer again")
        again = menu.addAction(icon("rotate-clockwise"), words)
        again.setEnabled(all(map(_can_repeat, chosen)))
        again.triggered.connect(lambda: self.again_wanted.emit(chosen))
        menu.addSeparator()
        verify = menu.addAction(icon("list-check"), tr("Verify again"))
        verify.triggered.connect(lambda: self.verify_wanted.emit(chosen))
        save = menu.addAction(icon("file-text"), tr("Save receipt…"))
        save.triggered.connect(lambda: self.receipt_wanted.emit(chosen))
        return menu


def _can_repeat(receipt: Receipt) -> bool:
    # A copied marker of a folder would be taken for the folder with all that is in it.
    return receipt.source is None or not receipt.source.is_prefix
