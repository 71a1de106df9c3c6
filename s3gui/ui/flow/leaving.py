"""What becomes of the work in flight when the window is closed: on in the tray, paused, aborted."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import TransferCommands
from s3gui.domain.text import tr
from s3gui.domain.transfer import ACTIVE, State, Transfer
from s3gui.ui.dialogs.closing import Closing, ClosingAnswer, ask_closing
from s3gui.ui.tasks import Tasks
from s3gui.ui.tray import Tray, tray_available

#: What is not aborted on the server by then is on the list that the next start works off.
ABORT_WITHIN_S = 10.0
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
        """Shows the window again, on top."""
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def stop(self) -> None:
        """Stops watching the queue. Safe to call twice."""
        self._unwatch()
        if self._tray is not None:
            self._tray.hide()

    # QueueObserver: all that is of interest is the end of the work while nobody looks.

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Nothing to do."""

    def transfer_changed(self, transfer: Transfer) -> None:
        """Says in the tray that all is done."""
        if self._tray is None or transfer.state in _UNDONE or self._undone():
            return
        failed = any(row.state is State.FAILED for row in self._queue.transfers)
        text = tr("Some of them failed. Open the window to see why.") if failed else ""
        self._tray.announce(tr("All transfers have ended"), text)

    def transfers_removed(self, ids: Collection[int]) -> None:
        """Nothing to do."""

    def order_changed(self) -> None:
        """Nothing to do."""

    def queue_problem(self, error: S3guiError) -> None:
        """Shown in the window, which is there whenever somebody looks."""

    def _undone(self) -> list[Transfer]:
        return [row for row in self._queue.transfers if row.state in _UNDONE]

    def _begin(self, *, background: bool) -> None:
        if self._question is not None and not self._question.done():
            return
        if not self._undone():
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
        if answer.choice is Closing.ABORT:
            await self._abort()
        self.left.emit()

    async def _answer(self, *, background: bool) -> ClosingAnswer | None:
        kept = self._on_close()
        if kept in {choice.value for choice in Closing}:
            choice = Closing(kept)
            if background or choice is not Closing.BACKGROUND:
                return ClosingAnswer(choice, remember=False)
        if self.is_hidden:
            self.come_back()
        return await ask_closing(self._window, len(self._undone()), self._summary, tray=background)

    def _go_to_tray(self) -> None:
        if self._tray is None:
            self._tray = Tray(QApplication.windowIcon(), self)
            self._tray.show_requested.connect(self.come_back)
            self._tray.pause_all_requested.connect(self._on_pause_all_requested)
            self._tray.quit_requested.connect(self.quit)
        self._tray.tell(self._summary)
        self._tray.show()
        self._window.hide()

    def _on_pause_all_requested(self) -> None:
        self._queue.pause([row.id for row in self._undone()])

    async def _abort(self) -> None:
        """Cancels what is undone and waits, within bounds, until the rows say that they are."""
        self._queue.abort([row.id for row in self._undone()], keep_parts=False)
        changed = asyncio.Event()
        unwatch = self._queue.watch(_Changes(changed))
        try:
            async with asyncio.timeout(ABORT_WITHIN_S):
                while self._undone():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return
        finally:
            unwatch()


class _Changes:
    """Sets an event at whatever happens in the queue."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        self._event.set()

    def transfer_changed(self, transfer: Transfer) -> None:
        self._event.set()

    def transfers_removed(self, ids: Collection[int]) -> None:
        self._event.set()

    def order_changed(self) -> None:
        self._event.set()

    def queue_problem(self, error: S3guiError) -> None:
        self._event.set()
