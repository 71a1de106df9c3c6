"""The transfers pane: commands, the table, and the parts of the transfer that is selected."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMenu,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.queueing import TransferCommands
from s3gui.domain.text import tr
from s3gui.domain.transfer import ENDED, State
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.drop import DropArea
from s3gui.ui.models.transfers import TransfersModel
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import ICON, SPACE, Tone
from s3gui.ui.widgets.empty_state import EmptyState
from s3gui.ui.widgets.fitting_toolbar import FittingToolBar
from s3gui.ui.widgets.labels import ToneLabel
from s3gui.ui.widgets.limit_button import LimitButton
from s3gui.ui.widgets.menus import passing_menu
from s3gui.ui.widgets.parts_panel import PartsPanel
from s3gui.ui.widgets.transfer_actions import TransferActions
from s3gui.ui.widgets.transfer_filter import TransferFilter
from s3gui.ui.widgets.transfer_groups import TransferGroups
from s3gui.ui.widgets.transfer_menus import (
    add_decision,
    add_singular,
    columns_menu,
    problem_of,
)
from s3gui.ui.widgets.transfers_empty import say_why_empty
from s3gui.ui.widgets.transfers_table import TransfersTable
from s3gui.ui.window_state import WindowState

_KEY = "transfers"
#: Between the pieces of one sample, which come 200 ms apart.
_TURN_MS = 50
#: The summary may shrink by so many pixels before the buttons get the room.
_SLACK = 80


def _nowhere() -> str:
    return ""


class TransfersPane(QWidget):
    """Everything about transfers in one widget; ``close_feed`` ends its watching of the queue.

    Args:
        queue: whose transfers are shown and commanded.
        tasks: runs the questions that the commands ask.
        drop_hint: where a drop on the pane would go, in words; "" while it can go nowhere.
        parent: the owner.
    """

    #: One line for the status bar, "" when nothing is to be told.
    summary_changed = Signal(str)
    #: ``list[Path]`` that were dropped on the pane.
    files_dropped = Signal(list)
    #: An ``S3guiError`` that belongs to no row.
    problem = Signal(object)
    #: The ``Transfer`` whose object the person wants to see in its bucket.
    place_wanted = Signal(object)
    #: ``list[Transfer]`` whose destination is taken, to be decided.
    decision_wanted = Signal(list)

    def __init__(
        self,
        queue: TransferCommands,
        tasks: Tasks,
        drop_hint: Callable[[], str] = _nowhere,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("transfersPane")
        self._queue = queue
        self._tasks = tasks
        #: What is still to be painted, a turn of the loop each.
        self._pieces: list[Callable[[], None]] = []
        self._turns = QTimer(self, interval=_TURN_MS)
        self._turns.timeout.connect(self._on_turn)
        #: The row that was unfolded by itself.
        self._unfolded: int | None = None
        #: The row that is to be unfolded next.
        self._came: int | None = None
        self.model = TransfersModel(queue, self)
        self.table = TransfersTable(self.model)
        self.parts = PartsPanel()
        self.parts.hide()
        self.actions_ = TransferActions(queue, self.model.tally, tasks, self.table, self)
        self.groups = TransferGroups(queue, self.model, self.table)
        self.filter = TransferFilter()
        self.limit = LimitButton()
        self._summary = ToneLabel(Tone.MUTED)
        #: What the toolbar's other parts leave to it, in pixels.
        self._summary_room = 0
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.parts)
        self._splitter.setSizes([1000, 1000])
        self._empty = EmptyState()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._splitter)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._bar = self._make_toolbar()
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        self.drop_area = DropArea(self, drop_hint)
        self._connect()
        self._on_rows_changed()

    def _make_toolbar(self) -> FittingToolBar:
        bar = FittingToolBar(tr("Transfers"), self)
        bar.setObjectName("transfersBar")
        bar.setMovable(False)
        bar.setStyleSheet("QToolBar{padding:1px 6px}")
        bar.setIconSize(QSize(ICON - 2, ICON - 2))
        does = self.actions_
        for group in (
            (does.pause, does.resume, does.abort),
            (does.retry, does.clear),
            (does.up, does.down),
        ):
            bar.addActions(list(group))
            bar.addSeparator()
        bar.addWidget(self.filter)
        limit = bar.addWidget(self.limit)
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spring)
        self._summary.setContentsMargins(SPACE, 0, SPACE, 0)
        summary = bar.addWidget(self._summary)
        bar.addActions([does.pause_all, does.resume_all])
        bar.name_buttons()
        for action in (does.up, does.down):
            bar.narrow(action)
        # The status bar says the summary too.
        bar.set_shrinks(
            [does.clear, does.retry, does.resume_all, does.pause_all, limit, summary, does.abort]
        )
        return bar

    def _connect(self) -> None:
        self.model.summary_changed.connect(self._on_summary_changed)
        self.model.summary_changed.connect(self.summary_changed)
        self.model.problem.connect(self.problem)
        self.model.sampled.connect(self._on_sampled)
        self.model.rowsInserted.connect(self._on_rows_changed)
        self.model.rowsInserted.connect(self._on_rows_inserted)
        self.model.rowsRemoved.connect(self._on_rows_changed)
        self.model.modelReset.connect(self._on_rows_changed)
        self.model.counted.connect(self._on_rows_changed)
        self.model.layoutChanged.connect(self.actions_.refresh)
        self.filter.changed.connect(self._on_filter_changed)
        self.filter.left.connect(self.table.setFocus)
        self.groups.only_wanted.connect(self.filter.show_batch)
        self.groups.abort_wanted.connect(self.actions_.abort_rows)
        self._empty.action_wanted.connect(self.filter.clear)
        self.table.chosen_changed.connect(self._on_chosen_changed)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        self.table.toggle_wanted.connect(self.actions_.toggle)
        self.table.delete_wanted.connect(self.actions_.delete)
        self.table.details_wanted.connect(self._on_details_wanted)
        self.table.menu_wanted.connect(self._on_menu_wanted)
        self.table.columns_wanted.connect(self._on_columns_wanted)
        self.parts.details_wanted.connect(self._on_details_wanted)
        self.parts.retry_wanted.connect(self._on_part_retry_wanted)
        self.drop_area.dropped.connect(self.files_dropped)
        self._on_summary_changed(self.model.summary)

    @property
    def summary(self) -> str:
        """What ``summary_changed`` said last."""
        return self.model.summary

    def add_command(self, action: QAction) -> None:
        """A command of the window's among the toolbar's buttons, as its picture."""
        self._bar.insertAction(self.actions_.up, action)
        self._bar.insertSeparator(self.actions_.up)
        self._bar.narrow(action)
        self._bar.name_buttons()

    def close_feed(self) -> None:
        """Stops watching the queue. Safe to call twice."""
        self._turns.stop()
        self.actions_.close()
        self.model.close()

    def save_layout(self, state: WindowState) -> None:
        """Remembers columns and splitter."""
        state.set_blob(f"{_KEY}/columns", self.table.columns.save())
        state.set_blob(f"{_KEY}/splitter", self._splitter.saveState())

    def restore_layout(self, state: WindowState) -> None:
        """Brings them back; what is not there or not understood is left as it is."""
        columns, splitter = state.blob(f"{_KEY}/columns"), state.blob(f"{_KEY}/splitter")
        if not columns.isEmpty():
            self.table.restore_columns(columns)
        if not splitter.isEmpty():
            self._splitter.restoreState(splitter)

    def _on_summary_changed(self, text: str) -> None:
        self._summary.setText(text)
        width = self._summary.sizeHint().width()
        # Figures change five times a second, and the buttons must not dance.
        if not self._summary_room - _SLACK <= width <= self._summary_room:
            self._summary_room = width
            self._bar.refit()

    def _on_rows_changed(self) -> None:
        if not self.model.rowCount():
            say_why_empty(self._empty, self.model)
        self._stack.setCurrentIndex(0 if self.model.rowCount() else 1)
        self.actions_.refresh()

    def _on_filter_changed(self) -> None:
        wanted = self.filter
        self.model.look_for(wanted.text, wanted.states, wanted.directions, batch=wanted.batch_id)

    def _on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        """Unfolds what came when its row was painted, unless a person has unfolded another."""
        if self._may_unfold():
            came = (self.model.transfer(row) for row in range(first, last + 1))
            moving = (one.id for one in came if one.state not in ENDED)
            self._came = self._came or next(moving, None)
            self._later(self._unfold)

    def _may_unfold(self) -> bool:
        current = self.table.current()
        return current is None or (current.id == self._unfolded and current.state in ENDED)

    def _unfold(self) -> None:
        row = self.model.row_of(self._came) if self._came is not None else None
        self._came = None
        if row is not None and self._may_unfold():
            self._unfold_row(row)

    def _unfold_row(self, row: int) -> None:
        transfer = self.model.transfer(row)
        self._unfolded = transfer.id
        self.table.choose([transfer])

    def _on_chosen_changed(self) -> None:
        self._show_parts()
        self.actions_.refresh()

    def _on_current_row_changed(self) -> None:
        if self.table.current() is not self.parts.model.transfer:
            self._on_chosen_changed()

    def _follow_the_work(self) -> None:
        """From a row that unfolded by itself and is done to the first that still moves."""
        current = self.table.current()
        if current is None or current.id != self._unfolded or self.table.hasFocus():
            return
        if current.state is not State.COMPLETED:
            return
        rows = (self.model.row_of(one) for one in self.model.tally.active)
        first = min((row for row in rows if row is not None), default=None)
        if first is not None:
            self._unfold_row(first)

    def _on_sampled(self) -> None:
        self._follow_the_work()
        self.actions_.refresh()
        self._show_parts()
        if self.parts.model.transfer is not None:
            self._later(self.parts.refresh_bars, self._refresh_head)

    def _later(self, *pieces: Callable[[], None]) -> None:
        """Paints piece by piece: all at once it would hold up a click for 30 ms."""
        self._pieces += [piece for piece in pieces if piece not in self._pieces]
        if not self._turns.isActive():
            self._turns.start()

    def _on_turn(self) -> None:
        self._pieces.pop(0)()
        if not self._pieces:
            self._turns.stop()

    def _refresh_head(self) -> None:
        transfer = self.parts.model.transfer
        if transfer is not None:
            self.parts.refresh_head(self.model.rate_of(transfer))

    def _show_parts(self) -> None:
        transfer = self.table.current()
        self.parts.setVisible(transfer is not None)
        if transfer is not self.parts.model.transfer:
            rate = self.model.rate_of(transfer) if transfer is not None else None
            self.parts.show_transfer(transfer, rate)

    def _on_part_retry_wanted(self, number: int) -> None:
        transfer = self.parts.model.transfer
        if transfer is not None:
            self._queue.retry_part(transfer.id, number)

    def _on_details_wanted(self) -> None:
        transfer = self.table.current()
        if transfer is None:
            return
        if transfer.error is None:
            self.place_wanted.emit(transfer)
            return
        dialog = ProblemDialog(problem_of(transfer), self.window())
        self._tasks.start(ask(dialog), name=tr("Show error details"))

    def _on_menu_wanted(self, where: QPoint) -> None:
        if self.table.chosen_count():
            self.menu().popup(where)

    def _on_columns_wanted(self, where: QPoint) -> None:
        columns_menu(self.table).popup(where)

    def menu(self) -> QMenu:
        """The context menu for the selection as it is now; it goes when it is closed."""
        menu = passing_menu(self)
        does = self.actions_
        menu.addActions([does.pause, does.resume, does.abort, does.retry])
        menu.addSeparator()
        menu.addActions([does.top, does.up, does.down, does.bottom])
        self.groups.fill(menu)
        menu.addSeparator()
        add_decision(menu, self.table.chosen(), self.decision_wanted.emit)
        transfer = self.table.current()
        if transfer is not None:
            add_singular(menu, transfer, self.place_wanted.emit, self._on_details_wanted)
        menu.addActions([*does.more, does.remove, does.clear])
        return menu
