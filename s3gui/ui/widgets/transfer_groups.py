"""What is done with the order of importance of rows, and with all rows of a batch at once."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from s3gui.domain.queueing import TransferCommands
from s3gui.domain.text import tr
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.ui.icons import icon
from s3gui.ui.models.transfer_words import PRIORITIES
from s3gui.ui.models.transfers import TransfersModel
from s3gui.ui.widgets.transfers_table import TransfersTable

_PAUSABLE = frozenset({State.QUEUED, State.RUNNING})


class TransferGroups(QObject):
    """Fills the submenus *Priority* and *Batch* of the rows' menu."""

    #: ``Batch``: only its rows are to be shown.
    only_wanted = Signal(object)
    #: ``list[Transfer]`` to be cancelled, after a question.
    abort_wanted = Signal(list)

    def __init__(
        self, queue: TransferCommands, model: TransfersModel, table: TransfersTable
    ) -> None:
        super().__init__(table)
        self._queue = queue
        self._model = model
        self._table = table

    def fill(self, menu: QMenu) -> None:
        """Adds both, for the selection as it is now."""
        chosen = self._table.chosen()
        self._add_priorities(menu, chosen)
        current = self._table.current()
        if current is not None:
            self._add_batch(menu, current)

    def _add_priorities(self, menu: QMenu, chosen: Sequence[Transfer]) -> None:
        sub = menu.addMenu(icon("gauge"), tr("Priority"))
        sub.menuAction().setObjectName("transferPriority")
        group = QActionGroup(sub)
        now = {one.priority for one in chosen}
        open_ = [one.id for one in chosen if one.state not in ENDED or one.state is State.FAILED]
        for priority, words in PRIORITIES.items():
            action = sub.addAction(tr(words))
            action.setCheckable(True)
            action.setChecked(now == {priority})
            group.addAction(action)
            action.triggered.connect(
                lambda _on=False, priority=priority: self._queue.prioritise(open_, priority)
            )
        sub.setEnabled(bool(open_))

    def _add_batch(self, menu: QMenu, current: Transfer) -> None:
        batch = self._model.tally.batches.of(current)
        if batch is None:
            return
        sub = menu.addMenu(icon("list-check"), tr("Batch"))
        sub.menuAction().setObjectName("transferBatch")
        title = sub.addAction(batch.label())
        title.setEnabled(False)
        sub.addSeparator()
        rows = [one for one in self._queue.transfers if one.batch == batch.id]
        deeds: tuple[tuple[str, str, bool, Callable[[], None]], ...] = (
            ("", tr("Select it"), True, lambda: self._select(batch.id)),
            ("filter", tr("Show only this batch"), True, lambda: self.only_wanted.emit(batch)),
            (
                "player-pause",
                tr("Pause"),
                any(one.state in _PAUSABLE for one in rows),
                lambda: self._queue.pause(_in(rows, _PAUSABLE)),
            ),
            (
                "player-play",
                tr("Resume"),
                any(one.state is State.PAUSED for one in rows),
                lambda: self._queue.resume(_in(rows, {State.PAUSED})),
            ),
            (
                "player-stop",
                tr("Abort…"),
                any(one.state not in ENDED for one in rows),
                lambda: self.abort_wanted.emit(rows),
            ),
        )
        for drawing, words, is_possible, deed in deeds:
            action = QAction(words, sub)
            if drawing:
                action.setIcon(icon(drawing))
            action.setEnabled(is_possible)
            action.triggered.connect(lambda _on=False, deed=deed: deed())
            sub.addAction(action)
        sub.addSeparator()
        for priority, words in PRIORITIES.items():
            action = sub.addAction(tr("Priority: {which}").format(which=tr(words)))
            ids = [one.id for one in rows if one.state not in ENDED]
            action.setEnabled(bool(ids))
            action.triggered.connect(
                lambda _on=False, ids=ids, priority=priority: self._queue.prioritise(ids, priority)
            )

    def _select(self, batch_id: str) -> None:
        rows = range(self._model.rowCount())
        shown = (self._model.transfer(row) for row in rows)
        self._table.choose([one for one in shown if one.batch == batch_id])


def _in(rows: Sequence[Transfer], states: frozenset[State] | set[State]) -> list[int]:
    return [one.id for one in rows if one.state in states]
