"""Everything is given up and the program is left: what the server still holds is told."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import TransferCommands
from s3gui.domain.text import tr, trn
from s3gui.domain.transfer import ACTIVE, State, Transfer
from s3gui.ui.dialogs import confirm
from s3gui.ui.format import count_text

#: What is not aborted on the server by then is on the list that the next start works off.
ABORT_WITHIN_S = 10.0
#: A server that answers at once needs no box that flashes up.
_BOX_AFTER_MS = 700
_UNDONE = ACTIVE | {State.QUEUED}


async def abort_all(window: QWidget, queue: TransferCommands, ids: Collection[int]) -> bool:
    """Cancels transfers and waits, within bounds, until the server has let their parts go.

    Returns:
        Whether the program may end: what is not confirmed was told to the person, who may stay.
    """
    queue.abort(ids, keep_parts=False)
    await _cancelled(window, queue, ids)
    unfinished = sum(row.id in ids and row.state in _UNDONE for row in queue.transfers)
    if unfinished:
        text = trn(
            "{count} transfer is not cancelled yet.",
            "{count} transfers are not cancelled yet.",
            unfinished,
        ).format(count=count_text(unfinished))
        hint = tr("The server has not answered. The next start finds out what became of it.")
        return await _may_quit(window, text, hint)
    left = await _still_to_abort(queue)
    if not left:
        return True
    text = trn(
        "The parts of {count} cancelled upload may still be on the server.",
        "The parts of {count} cancelled uploads may still be on the server.",
        left,
    ).format(count=count_text(left))
    hint = tr("The server has not confirmed that they are removed. The next start tries again.")
    return await _may_quit(window, text, hint)


async def _may_quit(window: QWidget, text: str, hint: str) -> bool:
    return await confirm(window, tr("Close s3gui"), text, action=tr("Quit"), hint=hint)


async def _still_to_abort(queue: TransferCommands) -> int:
    try:
        return await queue.still_to_abort()
    except S3guiError:
        # The journal's own trouble is told where it happens; the window is not held for it.
        return 0


async def _cancelled(window: QWidget, queue: TransferCommands, ids: Collection[int]) -> None:
    """Until the rows say that they are cancelled, or the time is over, or nobody wants to wait."""
    changed = asyncio.Event()
    unwatch = queue.watch(_Changes(changed))
    try:
        with _waiting_box(window, changed.set) as hurried:
            async with asyncio.timeout(ABORT_WITHIN_S):
                while not hurried and any(
                    row.id in ids and row.state in _UNDONE for row in queue.transfers
                ):
                    changed.clear()
                    await changed.wait()
    except TimeoutError:
        return
    finally:
        unwatch()


@contextlib.contextmanager
def _waiting_box(window: QWidget, wake: Callable[[], None]) -> Iterator[list[bool]]:
    """Says what is waited for; the list that is yielded is filled when the person would not."""
    hurried: list[bool] = []

    def hurry() -> None:
        hurried.append(True)
        wake()

    box = QMessageBox(window)
    box.setWindowTitle(tr("Close s3gui"))
    box.setText(tr("The transfers are being cancelled."))
    box.setInformativeText(tr("What was sent is being removed from the server."))
    box.addButton(tr("Quit now"), QMessageBox.ButtonRole.AcceptRole)
    box.finished.connect(hurry)
    opening = QTimer(box, singleShot=True, interval=_BOX_AFTER_MS)
    opening.timeout.connect(box.open)
    opening.start()
    try:
        yield hurried
    finally:
        opening.stop()
        box.finished.disconnect(hurry)
        box.close()
        box.deleteLater()


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
