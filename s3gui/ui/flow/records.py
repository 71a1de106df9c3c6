"""Looking back: receipts, the history, and verifying again, from the list and from the menus."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import State
from s3gui.domain.verification import Check, Finding, Subject, Verdict
from s3gui.transfers.history import History
from s3gui.transfers.verifying import Verifier
from s3gui.ui.dialogs import ask, confirm
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.format import count_text
from s3gui.ui.icons import icon
from s3gui.ui.widgets.transfers_pane import TransfersPane

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow
    from s3gui.ui.widgets.history_window import HistoryWindow
    from s3gui.ui.widgets.verification_window import VerificationWindow

_SAMPLE_MS = 250
_DIALOG_MS = 500
Source = Callable[[], AsyncIterator[Receipt]]


class RecordsFlow(QObject):
    """Adds its commands to the pane's menu and to the window's; ``close`` before the window goes.

    Args:
        window: whose place is changed, and that says what came of it.
        pane: whose selection is looked back at.
        history: the journal's.
        verifier: reads both sides again.
    """

    def __init__(
        self, window: "MainWindow", pane: TransfersPane, history: History, verifier: Verifier
    ) -> None:
        super().__init__(window)
        self._w = window
        self._pane = pane
        self._history = history
        self._verifier = verifier
        self._tasks = window.services.tasks
        self._folder = Path.home()
        self._history_window: HistoryWindow | None = None
        self._verification: VerificationWindow | None = None
        self._running: dict[Check, asyncio.Task[Verdict]] = {}
        self._sampling = QTimer(self, interval=_SAMPLE_MS)
        self._sampling.timeout.connect(self._on_sample)
        self.save_selection = self._action("transferReceipt", "file-text", tr("Save receipt…"))
        self.save_batch = self._action("batchReceipt", "", tr("Save receipt of the batch…"))
        self.verify = self._action("transferVerify", "list-check", tr("Verify again"))
        self.save_selection.triggered.connect(self._on_save_selection)
        self.save_batch.triggered.connect(self._on_save_batch)
        self.verify.triggered.connect(self._on_verify)
        pane.actions_.more += [self.verify, self.save_selection, self.save_batch]
        pane.table.menu_wanted.connect(self.refresh)
        pane.add_command(window.does.history)
        window.does.history.triggered.connect(self.show_history)
        window.does.verification.triggered.connect(self.show_verification)
        self.refresh()

    def _action(self, name: str, drawing: str, text: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        if drawing:
            action.setIcon(icon(drawing))
        return action

    def close(self) -> None:
        """Nothing of it goes on after the window."""
        self._sampling.stop()
        if self._history_window is not None:
            self._history_window.model.stop()
        for one in (self._history_window, self._verification):
            if one is not None:
                one.close()
        for task in self._running.values():
            task.cancel()
        self._verifier.close()

    def refresh(self) -> None:
        """Enables what can be done with the selection."""
        done = [one for one in self._pane.table.chosen() if one.state is State.COMPLETED]
        self.save_selection.setEnabled(bool(done))
        self.verify.setEnabled(bool(done))
        current = self._pane.table.current()
        self.save_batch.setEnabled(current is not None and bool(current.batch))

    # From the list --------------------------------------------------------------------------------

    def _chosen_ids(self) -> list[int]:
        return [one.id for one in self._pane.table.chosen() if one.state is State.COMPLETED]

    def _on_save_selection(self) -> None:
        ids = self._chosen_ids()
        total = sum(one.size for one in self._pane.table.chosen() if one.state is State.COMPLETED)
        self._start(self._save(self._w, partial(self._history.receipts, ids), total), "receipt")

    def _on_save_batch(self) -> None:
        current = self._pane.table.current()
        if current is not None:
            source = partial(self._history.batch, current.batch)
            self._start(self._save(self._w, source, 0), "receipt")

    def _on_verify(self) -> None:
        self._start(self._verify_ids(self._chosen_ids()), "verify again")

    async def _verify_ids(self, ids: Sequence[int]) -> None:
        self._verify([one async for one in self._history.receipts(ids)])

    # Receipts -------------------------------------------------------------------------------------

    async def _save(self, parent: QWidget, source: Source, total_bytes: int) -> None:
        from s3gui.transfers.receipts import Saving, save
        from s3gui.ui.dialogs.receipt import SavingDialog, ask_place, left_out_box

        place = await ask_place(parent, self._folder)
        if place is None:
            return
        path, kind = place
        self._folder = path.parent
        profiles = {one.id: one for one in await self._w.services.accounts.profiles()}
        saving = Saving()
        writing = self._tasks.start(save(source(), path, kind, profiles, saving), name="receipt")
        dialog = SavingDialog(saving, total_bytes, parent)
        opening = QTimer(dialog, singleShot=True, interval=_DIALOG_MS)
        opening.timeout.connect(dialog.open)
        opening.start()
        dialog.rejected.connect(writing.cancel)
        try:
            await asyncio.wait([writing])
        finally:
            opening.stop()
            dialog.rejected.disconnect(writing.cancel)
            dialog.close()
            dialog.deleteLater()
        if writing.cancelled() or writing.exception() is not None:
            return  # the error has been told where all errors of tasks are
        if saving.left_out:
            await ask(left_out_box(saving, parent))
        self._say_saved(path, saving.written)

    def _say_saved(self, path: Path, count: int) -> None:
        words = trn(
            "A receipt of {count} transfer is in {path}.",
            "A receipt of {count} transfers is in {path}.",
            count,
        )
        shown = words.format(count=count_text(count), path=visible(str(path), 200))
        self._w.pane.messages.show_note(shown)

    # Verifying ------------------------------------------------------------------------------------

    def show_verification(self) -> "VerificationWindow":
        """Opens the window, or brings it to the front."""
        from s3gui.ui.widgets.verification_window import VerificationWindow

        if self._verification is None:
            self._verification = VerificationWindow(self._w)
            self._verification.stop_wanted.connect(self._on_stop)
            self._verification.save_wanted.connect(self._on_save_results)
        _bring(self._verification)
        return self._verification

    def _verify(self, receipts: Sequence[Receipt]) -> None:
        checks = [Check(Subject.of(one)) for one in receipts]
        if not checks:
            return
        self.show_verification().add(checks)
        for check in checks:
            task = self._tasks.start(self._verifier.verify(check), name="verify again")
            self._running[check] = task
            task.add_done_callback(partial(self._ended, check))
        self._sampling.start()

    def _ended(self, check: Check, _task: "asyncio.Task[Verdict]") -> None:
        self._running.pop(check, None)
        if not self._running:
            self._sampling.stop()
        if check.verdict is None:
            stopped = tr("It was stopped before all was read.")
            check.verdict = Verdict(Finding.UNREADABLE, datetime.now(UTC), (stopped,))
        self._on_sample()

    def _on_sample(self) -> None:
        if self._verification is not None:
            self._verification.refresh()

    def _on_stop(self, checks: Sequence[Check]) -> None:
        for check in checks:
            if task := self._running.get(check):
                task.cancel()

    def _on_save_results(self) -> None:
        if self._verification is not None:
            self._start(self._save_results(self._verification), "results")

    async def _save_results(self, window: "VerificationWindow") -> None:
        from s3gui.transfers.receipt_formats import Format, verdicts_json
        from s3gui.transfers.receipts import save_text
        from s3gui.ui.dialogs.receipt import ask_place

        place = await ask_place(window, self._folder, (Format.JSON,))
        if place is None:
            return
        self._folder = place[0].parent
        ended = [(one.subject, one.verdict) for one in window.ended if one.verdict is not None]
        await save_text(verdicts_json(ended, datetime.now(UTC)), place[0])
        self._say_saved(place[0], len(ended))

    # History --------------------------------------------------------------------------------------

    def show_history(self) -> "HistoryWindow":
        """Opens the window with what is there now, or brings it to the front."""
        if self._history_window is None:
            self._history_window = self._make_history()
        _bring(self._history_window)
        self._history_window.reload()
        self._history_window.field.setFocus()
        return self._history_window

    def _make_history(self) -> "HistoryWindow":
        from s3gui.ui.models.history import HistoryModel
        from s3gui.ui.widgets.history_window import HistoryWindow

        made = HistoryWindow(HistoryModel(self._history, self._tasks, self), self._w)
        made.place_wanted.connect(self._show_place)
        made.folder_wanted.connect(_open_folder)
        made.again_wanted.connect(self._on_again)
        made.verify_wanted.connect(self._verify)
        made.receipt_wanted.connect(self._on_history_receipt)
        made.delete_wanted.connect(self._on_delete)
        made.messages.details_wanted.connect(partial(self._on_details, made))
        return made

    def _on_details(self, window: "HistoryWindow", error: S3guiError) -> None:
        self._w.ask_later(ProblemDialog(error, window), "details of a problem")

    def _show_place(self, receipt: Receipt) -> None:
        self._w.place_flow.on_transfer_place_wanted(receipt)
        _bring(self._w)

    def _on_again(self, receipts: list[Receipt]) -> None:
        self._start(self._repeat(receipts), "transfer again")

    async def _repeat(self, receipts: Sequence[Receipt]) -> None:
        from s3gui.ui.flow.again import Again

        messages = self.show_history().messages
        try:
            came = await Again(self._w, self._history).repeat(receipts)
        except S3guiError as error:
            messages.show_error(error)
            return
        if came.note:
            messages.show_note(came.note)
        if came.error is not None:
            messages.show_error(came.error)

    def _on_history_receipt(self, receipts: list[Receipt]) -> None:
        async def chosen() -> AsyncIterator[Receipt]:
            for one in receipts:
                yield one

        window = self._history_window or self._w
        total = sum(one.size for one in receipts)
        self._start(self._save(window, chosen, total), "receipt")

    def _on_delete(self, days: int) -> None:
        self._start(self._delete(days), "delete history")

    async def _delete(self, days: int) -> None:
        window = self._history_window
        title = tr("Delete history")
        older = trn(
            "What was finished more than {days} day ago is forgotten.",
            "What was finished more than {days} days ago is forgotten.",
            days,
        )
        text = older.format(days=days) if days else tr("All of the history is forgotten.")
        hint = tr("Files and objects stay. Receipts of these transfers cannot be saved any more.")
        if not await confirm(window, title, text, action=tr("Delete"), hint=hint, risky=True):
            return
        before = datetime.now(UTC) - timedelta(days=days) if days else None
        await self._history.delete(before)
        if window is not None:
            window.reload()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.start(work, name=name)


def _bring(window: QWidget) -> None:
    window.show()
    window.raise_()
    window.activateWindow()


def _open_folder(receipt: Receipt) -> None:
    if receipt.path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(receipt.path.parent)))
