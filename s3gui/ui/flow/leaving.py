"""What becomes of the work in flight when the window is closed: on in the tray, paused, aborted."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import TransferCommands
from s3gui.domain.text import tr
from s3gui.domain.transfer import ACTIVE, State, Transfer, Waiting
from s3gui.domain.words import waiting_word
from s3gui.ui.dialogs.closing import Closing, ClosingAnswer, ask_closing
from s3gui.ui.flow.aborting import abort_all
from s3gui.ui.models.tally import Tally
from s3gui.ui.tasks import Tasks
from s3gui.ui.tray import Tray, tray_available

_UNDONE = ACTIVE | {State.QUEUED}


class Leaving(QObject):
    """Answers the window's wish to close. ``left`` is emitted once, when the program may end.

    Args:
        window: is hidden while the work goes on in the tray.
        queue: whose work it is about.
        tasks: runs the question.
        on_close: the setting: "ask", or one of ``Closing``.
        remember: is called with the setting to be kept.
    """

    left = Signal()

    def __init__(
        self,
        window: QWidget,
        queue: TransferCommands,
        tasks: Tasks,
        on_close: Callable[[], str],
        remember: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._queue = queue
        self._tasks = tasks
        self._on_close = on_close
        self._remember = remember
        self._question: asyncio.Task[None] | None = None
        self._tray: Tray | None = None
        self._summary = ""
        self._tally = Tally()
        #: Rows that had failed when the window was hidden are no news.
        self._failed_before = 0
        self._asked_for_keys = False
        self.transfers_added(queue.transfers)
        self._unwatch = queue.watch(self)

    @property
    def is_hidden(self) -> bool:
        """The window is closed and the work goes on."""
        return self._tray is not None

    def close_window(self) -> None:
        """The window was closed by its button."""
        self._begin(background=tray_available())

    def quit(self) -> None:
        """The person wants to leave the program, not only its window."""
        self._begin(background=False)

    def tell(self, summary: str) -> None:
        """How things go, for the question and the tray."""
        self._summary = summary
        if self._tray is not None:
            self._tray.tell(summary)

    def come_back(self) -> None:
        """Shows the window again, on top, also when it was minimized."""
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def stop(self) -> None:
        """Stops watching the queue. Safe to call twice."""
        self._unwatch()
        if self._tray is not None:
            self._tray.hide()

    # QueueObserver: of interest is what a person would want to know who does not see the window.

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Counts them."""
        for transfer in transfers:
            self._tally.note(transfer)
        self._offer()

    def transfer_changed(self, transfer: Transfer) -> None:
        """Says in the tray that all is done, or that nothing goes on without the person."""
        was_undone = self._tally.left
        self._tally.note(transfer)
        self._offer()
        if self._tray is None:
            return
        if transfer.waiting is Waiting.CREDENTIALS and not self._asked_for_keys:
            self._asked_for_keys = True
            self._tray.announce(
                waiting_word(Waiting.CREDENTIALS),
                tr("The keys are not accepted any more. Enter new ones, then resume."),
            )
        if was_undone and not self._tally.left and not self._tally.count(State.PAUSED):
            failed = self._tally.count(State.FAILED) > self._failed_before
            text = (
                tr("Some of them failed. Open the window to see why.")
                if failed
                else tr("Click here to see them.")
            )
            self._tray.announce(tr("All transfers have ended"), text)

    def transfers_removed(self, ids: Collection[int]) -> None:
        """Counts them no more."""
        for transfer_id in ids:
            self._tally.forget(transfer_id)
        self._offer()

    def order_changed(self) -> None:
        """Nothing to do."""

    def queue_problem(self, error: S3guiError) -> None:
        """Shown in the window, which is there whenever somebody looks."""

    def _offer(self) -> None:
        if self._tray is not None:
            count = self._tally.count
            self._tray.offer(
                pause=bool(count(State.QUEUED, State.RUNNING)), resume=bool(count(State.PAUSED))
            )

    def _ids(self, *states: State) -> list[int]:
        return [row.id for row in self._queue.transfers if row.state in states]

    def _begin(self, *, background: bool) -> None:
        if self._question is not None and not self._question.done():
            return
        if not self._tally.left:
            self.left.emit()
            return
        self._question = self._tasks.start(self._decide(background=background), name="closing")

    async def _decide(self, *, background: bool) -> None:
        answer = await self._answer(background=background)
        if answer is None:
            return
        if answer.remember:
            self._remember(answer.choice.value)
        if answer.choice is Closing.BACKGROUND:
            self._go_to_tray()
            return
        if answer.choice is Closing.ABORT and not await self._abort():
            return
        self.left.emit()

    async def _abort(self) -> bool:
        if self.is_hidden:
            # What it takes its time for, and what it could not do, is told over the window.
            self.come_back()
        if not await abort_all(self._window, self._queue, self._ids(*_UNDONE)):
            return False
        self._queue.stop_reading()
        return True

    async def _answer(self, *, background: bool) -> ClosingAnswer | None:
        kept = self._on_close()
        if kept in {choice.value for choice in Closing}:
            choice = Closing(kept)
            if background or choice is not Closing.BACKGROUND:
                return ClosingAnswer(choice, remember=False)
        if self.is_hidden:
            self.come_back()
        return await ask_closing(self._window, self._tally.left, self._summary, tray=background)

    def _go_to_tray(self) -> None:
        if self._tray is None:
            self._tray = Tray(QApplication.windowIcon(), self)
            self._tray.show_requested.connect(self.come_back)
            self._tray.lost.connect(self.come_back)
            self._tray.pause_all_requested.connect(self._on_pause_all_requested)
            self._tray.resume_all_requested.connect(self._on_resume_all_requested)
            self._tray.quit_requested.connect(self.quit)
        self._failed_before = self._tally.count(State.FAILED)
        self._asked_for_keys = False
        self._tray.tell(self._summary)
        self._offer()
        self._tray.show()
        self._window.hide()

    def _on_pause_all_requested(self) -> None:
        self._queue.pause(self._ids(*_UNDONE))

    def _on_resume_all_requested(self) -> None:
        self._queue.resume(self._ids(State.PAUSED))
