"""Dialogs that are awaited."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox
from shiboken6 import isValid
from ui.transfers.signals import opened, until

from s3gui.ui.dialogs import ask, confirm, question
from s3gui.ui.tasks import Tasks


async def test_the_loop_turns_while_a_dialog_is_open(qapp: QApplication) -> None:
    dialog, ticks = QDialog(), []
    answer = asyncio.ensure_future(ask(dialog))

    async def tick() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
            ticks.append(True)

    await tick()
    assert dialog.isVisible()
    assert len(ticks) == 5
    dialog.accept()
    assert await answer == QDialog.DialogCode.Accepted


async def test_a_cancelled_question_closes_its_dialog(qapp: QApplication) -> None:
    dialog = QDialog()
    tasks = Tasks(lambda _error, _name: None)
    task = tasks.start(ask(dialog), name="ask")
    await until(dialog.isVisible)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not isValid(dialog) or not dialog.isVisible()


@pytest.mark.parametrize(("press", "expected"), [("Remove", True), ("Cancel", False)])
async def test_confirm_tells_the_verb_from_cancel(
    qapp: QApplication, press: str, expected: bool
) -> None:
    tasks = Tasks(lambda _error, _name: None)
    answer = tasks.start(
        confirm(None, "Remove", "Remove it?", action="Remove", risky=True), name="confirm"
    )
    box = await opened(QMessageBox)
    next(button for button in box.buttons() if button.text() == press).click()
    assert await answer is expected


async def test_a_risky_question_has_cancel_as_its_default(qapp: QApplication) -> None:
    box = question(None, "Remove", "<b>x</b>", action="Remove", risky=True)
    assert box.defaultButton().text() == "Cancel"
    assert box.textFormat() is Qt.TextFormat.PlainText
    box.deleteLater()
