"""Rows whose destination is taken: a message that counts them, and the question behind it."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from s3gui.domain.errors import S3guiError
from s3gui.domain.text import tr, trn
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.ui.format import count_text
from s3gui.ui.widgets.message_bar import Message
from s3gui.ui.widgets.transfers_pane import TransfersPane

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

_GATHER_MS = 300
#: States in which a row of the batch may still come to the question.
_TO_COME = frozenset({State.QUEUED, State.RUNNING, State.PAUSED})


class ConflictsFlow(QObject):
    """Watches the queue for rows that wait for a decision. ``close`` ends that."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self._queue = window.services.queue
        self._waiting: dict[int, Transfer] = {}
        self._message: Message | None = None
        self._is_asking = False
        self._gather = QTimer(self, interval=_GATHER_MS, singleShot=True)
        self._gather.timeout.connect(self._tell)
        self._unwatch = self._queue.watch(self)
        self.transfers_added(self._queue.transfers)
        if isinstance(window.transfers, TransfersPane):
            window.transfers.decision_wanted.connect(self.ask)

    def close(self) -> None:
        """Ends what would go on after the window."""
        self._gather.stop()
        self._unwatch()

    def ask(self, rows: Sequence[Transfer] = ()) -> None:
        """Asks about these rows, or about all that wait."""
        if not self._is_asking:
            self._w.services.tasks.start(self._ask(list(rows)), name="asking what becomes of rows")

    async def _ask(self, rows: list[Transfer]) -> None:
        from s3gui.ui.dialogs.conflicts import ask_conflicts

        chosen = rows or list(self._waiting.values())
        if not chosen:
            return
        self._is_asking = True
        try:
            decided = await ask_conflicts(self._w, chosen)
        finally:
            self._is_asking = False
        if decided is None:
            self._later()
            return
        ids = {row.id for row in chosen}
        if decided.for_batch:
            batches = {row.batch for row in chosen if row.batch}
            ids |= {
                row.id
                for row in self._queue.transfers
                if row.batch in batches and row.state in _TO_COME
            }
        self._queue.decide(ids, decided.policy)

    # QueueObserver

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Those of an earlier run may wait already."""
        for transfer in transfers:
            self.transfer_changed(transfer)

    def transfer_changed(self, transfer: Transfer) -> None:
        """Notes a row that began or ceased to wait."""
        waits = transfer.state is State.PAUSED and transfer.waiting is Waiting.CONFLICT
        if waits == (transfer.id in self._waiting):
            return
        if waits:
            self._waiting[transfer.id] = transfer
        else:
            del self._waiting[transfer.id]
        self._later()

    def transfers_removed(self, ids: Collection[int]) -> None:
        """They wait for nothing any more."""
        for id_ in ids:
            self._waiting.pop(id_, None)
        self._later()

    def order_changed(self) -> None:
        """Who waits does not care."""

    def queue_problem(self, error: S3guiError) -> None:
        """Told by the transfers pane."""

    def _later(self) -> None:
        if not self._gather.isActive():
            self._gather.start()

    def _tell(self) -> None:
        messages = self._w.pane.messages
        if self._message is not None:
            messages.take_back(self._message)
            self._message = None
        count = len(self._waiting)
        if not count or self._is_asking:
            return
        words = trn(
            "{count} transfer waits: it exists there already",
            "{count} transfers wait: they exist there already",
            count,
        ).format(count=count_text(count))
        self._message = messages.show_choice(words, tr("Decide…"), self.ask)
