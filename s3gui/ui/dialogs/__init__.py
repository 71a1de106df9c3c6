"""Dialogs, and the one way to ask with them: ``await ask(dialog)``, never a nested loop."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from s3gui.domain.text import tr


async def ask(dialog: QDialog) -> int:
    """Opens a dialog over its window and returns its result when it is closed.

    ``exec()`` inside a coroutine breaks every other task of the loop (invariant 6), so the dialog
    is opened and a future waits. A cancelled question closes its dialog. What the dialog holds has
    to be read by the caller before the next await: it is deleted later.
    """
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answer.done():
            answer.set_result(result)

    dialog.finished.connect(finished)
    dialog.open()
    try:
        return await answer
    finally:
        dialog.finished.disconnect(finished)
        if dialog.isVisible():
            dialog.close()
        dialog.deleteLater()


def question(
    parent: QWidget | None,
    title: str,
    text: str,
    *,
    action: str,
    hint: str = "",
    risky: bool = False,
) -> QMessageBox:
    """A question with one verb and *Cancel*, everything in it plain text.

    With ``risky`` the keyboard's default is *Cancel*.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(hint)
    box.setIcon(QMessageBox.Icon.Warning if risky else QMessageBox.Icon.Question)
    does = box.addButton(action, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel if risky else does)
    box.setEscapeButton(cancel)
    return box


async def confirm(
    parent: QWidget | None,
    title: str,
    text: str,
    *,
    action: str,
    hint: str = "",
    risky: bool = False,
) -> bool:
    """Asks ``question`` and says whether the verb was chosen."""
    box = question(parent, title, text, action=action, hint=hint, risky=risky)
    chosen: list[bool] = []
    box.buttonClicked.connect(
        lambda button: chosen.append(box.buttonRole(button) is QMessageBox.ButtonRole.AcceptRole)
    )
    await ask(box)
    return bool(chosen and chosen[-1])
