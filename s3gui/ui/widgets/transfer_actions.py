"""Every command over transfers, once: for the pane's toolbar, the menus and the keyboard."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence, Set
from typing import Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from s3gui.domain.queueing import TransferCommands
from s3gui.domain.text import tr
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.ui.dialogs.abort import Parts, ask_abort, can_abort, finishing_text
from s3gui.ui.icons import icon
from s3gui.ui.models.arranging import Stepper
from s3gui.ui.models.tally import Tally
from s3gui.ui.tasks import Tasks

_PAUSABLE = frozenset({State.QUEUED, State.RUNNING})
_RESUMABLE = frozenset({State.PAUSED})
_ABORTABLE = frozenset(State) - {State.FINISHING, State.COMPLETED, State.SKIPPED}
#: So many rows leave the list in one turn of the loop; some milliseconds.
_STEP = 2_000
#: A larger selection is taken for all rows when it is asked what can be done with it.
_MOST_LOOKED_AT = 1000
_RETRIABLE = frozenset({State.FAILED, State.CANCELLED, State.SKIPPED})
#: What *Clear finished* takes off the list; failed rows stay until somebody has looked at them.
_FINISHED = frozenset({State.COMPLETED, State.CANCELLED, State.SKIPPED})


def can_remove(transfer: Transfer) -> bool:
    """Whether a row may leave the list: ended, and nothing of it left on the server unseen."""
    if transfer.state is State.COMPLETED:
        return True
    return transfer.state in _RETRIABLE and not transfer.upload_id


class Selection(Protocol):
    """What is selected."""

    def chosen(self) -> list[Transfer]:
        """The selected transfers, in the queue's order."""

    def chosen_count(self) -> int:
        """How many there are, without looking at each."""

    def can_move(self, step: int) -> bool:
        """Whether there is room above (-1) or below (1)."""


class TransferActions(QObject):
    """The commands as actions, enabled by what is selected and by what there is.

    ``refresh`` has to be called when either changed.
    """

    def __init__(
        self,
        queue: TransferCommands,
        tally: Tally,
        tasks: Tasks,
        selection: Selection,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._tally = tally
        self._tasks = tasks
        self._selection = selection
        self._window = parent
        self._clearing = Stepper(self)
        #: Rows that are to be taken off the list, and the states in which they may go.
        self._leaving: deque[tuple[Sequence[Transfer], Set[State]]] = deque()
        self.pause = self._action("transferPause", "player-pause", tr("Pause"), self._on_pause)
        self.resume = self._action("transferResume", "player-play", tr("Resume"), self._on_resume)
        self.abort = self._action("transferAbort", "player-stop", tr("Abort…"), self._on_abort)
        self.retry = self._action(
            "transferRetry", "rotate-clockwise", tr("Retry failed"), self._on_retry
        )
        self.clear = self._action("transferClear", "eraser", tr("Clear finished"), self._on_clear)
        self.remove = self._action("transferRemove", "x", tr("Remove from list"), self._on_remove)
        self.up = self._action("transferUp", "arrow-up", tr("Move up"), lambda: self._move(-1))
        self.down = self._action(
            "transferDown", "arrow-down", tr("Move down"), lambda: self._move(1)
        )
        self.top = self._action("transferTop", "", tr("Move to the top"), self._on_top)
        self.bottom = self._action("transferBottom", "", tr("Move to the end"), self._on_bottom)
        self.pause_all = self._action(
            "transferPauseAll", "player-pause", tr("Pause all"), self._on_pause_all
        )
        self.resume_all = self._action(
            "transferResumeAll", "player-play", tr("Resume all"), self._on_resume_all
        )
        #: Of others, for the context menu.
        self.more: list[QAction] = []
        self.up.setShortcut(QKeySequence("Ctrl+Shift+Up"))
        self.down.setShortcut(QKeySequence("Ctrl+Shift+Down"))
        for action in (self.up, self.down):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            parent.addAction(action)
        self.refresh()

    def _action(self, name: str, drawing: str, text: str, slot: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        if drawing:
            action.setIcon(icon(drawing))
        action.triggered.connect(slot)
        return action

    def refresh(self) -> None:
        """Enables what can be done now, and says of Abort why it cannot."""
        count = self._selection.chosen_count()
        chosen = self._selection.chosen() if count <= _MOST_LOOKED_AT else None
        self.pause.setEnabled(self._can(chosen, _PAUSABLE))
        self.resume.setEnabled(self._can(chosen, _RESUMABLE))
        self.abort.setEnabled(self._can(chosen, _ABORTABLE, can_abort))
        self.remove.setEnabled(self._can(chosen, ENDED, can_remove))
        failed = bool(self._tally.count(State.FAILED))
        self.retry.setEnabled(failed or self._can(chosen, _RETRIABLE))
        self.clear.setEnabled(self._can(None, _FINISHED))
        for step, actions in ((-1, (self.up, self.top)), (1, (self.down, self.bottom))):
            can_move = self._selection.can_move(step)
            for action in actions:
                action.setEnabled(can_move)
        self.pause_all.setEnabled(self._can(None, _PAUSABLE))
        self.resume_all.setEnabled(self._can(None, _RESUMABLE))
        self._explain(chosen or [])

    def _can(
        self,
        chosen: Sequence[Transfer] | None,
        states: Set[State],
        if_so: Callable[[Transfer], bool] = lambda _transfer: True,
    ) -> bool:
        """Whether a command has somebody to follow it; ``None`` stands for all there are."""
        if chosen is None:
            return bool(self._tally.count(*states))
        return any(one.state in states and if_so(one) for one in chosen)

    def _explain(self, chosen: Sequence[Transfer]) -> None:
        tips = {
            self.pause: tr("Pause the selected transfers; what was sent is kept (Space)"),
            self.resume: tr("Go on with the selected transfers (Space)"),
            self.abort: tr("Cancel the selected transfers (Del)"),
            self.retry: tr("Try the failed transfers again, with the parts that are kept"),
            self.clear: tr("Take completed and cancelled transfers off the list"),
            self.up: tr("Let the selected transfers go earlier (Ctrl+Shift+Up)"),
            self.down: tr("Let the selected transfers go later (Ctrl+Shift+Down)"),
            self.pause_all: tr("Pause all transfers"),
            self.resume_all: tr("Go on with all paused transfers"),
        }
        finishing = sum(one.state is State.FINISHING for one in chosen)
        if finishing and not self.abort.isEnabled():
            tips[self.abort] = finishing_text(finishing)
        for action, tip in tips.items():
            action.setToolTip(tip)
            action.setStatusTip(tip)

    @property
    def is_clearing(self) -> bool:
        """Rows are being taken off the list."""
        return self._clearing.is_busy

    def close(self) -> None:
        """What is being cleared stays as far as it is."""
        self._clearing.stop()

    # The keyboard.

    def toggle(self) -> None:
        """Pauses what runs of the selection; where nothing does, goes on with what is paused."""
        (self.pause if self.pause.isEnabled() else self.resume).trigger()

    def delete(self) -> None:
        """Cancels what can be cancelled of the selection, else takes it off the list."""
        (self.abort if self.abort.isEnabled() else self.remove).trigger()

    # Slots.

    def _on_pause(self) -> None:
        self._queue.pause(_ids(one for one in self._selection.chosen() if one.state in _PAUSABLE))

    def _on_resume(self) -> None:
        self._queue.resume(
            _ids(one for one in self._selection.chosen() if one.state is State.PAUSED)
        )

    def _on_retry(self) -> None:
        chosen = _ids(one for one in self._selection.chosen() if one.state in _RETRIABLE)
        self._queue.retry(chosen or self._all({State.FAILED}))

    def _on_remove(self) -> None:
        self._take_off(self._selection.chosen(), ENDED)

    def _on_clear(self) -> None:
        self._take_off(list(self._queue.transfers), _FINISHED)

    def _take_off(self, rows: Sequence[Transfer], states: Set[State]) -> None:
        pieces = range(0, len(rows), _STEP)
        self._leaving += [(rows[first : first + _STEP], states) for first in pieces]
        if not self._clearing.is_busy:
            self._clearing.run(self._remove_steps())

    def _remove_steps(self) -> Generator[None, None, None]:
        """A hundred thousand rows at once would hold the window up for a fifth of a second."""
        while self._leaving:
            rows, states = self._leaving.popleft()
            if ids := _ids(one for one in rows if one.state in states and can_remove(one)):
                self._queue.remove(ids)
            yield

    def _on_pause_all(self) -> None:
        self._queue.pause(self._all(_PAUSABLE))

    def _on_resume_all(self) -> None:
        self._queue.resume(self._all({State.PAUSED}))

    def _on_top(self) -> None:
        self._move(-len(self._queue.transfers))

    def _on_bottom(self) -> None:
        self._move(len(self._queue.transfers))

    def _move(self, steps: int) -> None:
        self._queue.move(_ids(self._selection.chosen()), steps)

    def _on_abort(self) -> None:
        self.abort_rows(list(self._selection.chosen()))

    def abort_rows(self, rows: list[Transfer]) -> None:
        """Asks what becomes of their parts, and cancels them."""
        self._tasks.start(self._abort(rows), name=tr("Abort"))

    async def _abort(self, chosen: Sequence[Transfer]) -> None:
        answer = await ask_abort(self._window, chosen)
        # Some may have ended while the question stood there.
        still = _ids(one for one in chosen if can_abort(one))
        if answer is not None and still:
            self._queue.abort(still, keep_parts=answer is Parts.KEEP)

    def _all(self, states: Iterable[State]) -> list[int]:
        wanted = frozenset(states)
        return _ids(one for one in self._queue.transfers if one.state in wanted)


def _ids(transfers: Iterable[Transfer]) -> list[int]:
    return [one.id for one in transfers]
