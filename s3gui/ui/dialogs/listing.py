"""While something is being listed: how far it is, and a way to stop it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialogButtonBox, QProgressBar, QVBoxLayout, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import STOPPED
from s3gui.domain.text import tr, trn
from s3gui.ui.counting import Counted
from s3gui.ui.dialogs.fitting import FittingDialog
from s3gui.ui.format import count_text, size_text
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel, plain_label

T = TypeVar("T")
#: What is over sooner shows no dialog.
_PATIENCE_MS = 500


def counts_text(objects: int, n_bytes: int) -> str:
    """``1,234 objects, 5.6 GB``."""
    words = trn("{count} object, {size}", "{count} objects, {size}", objects)
    return words.format(count=count_text(objects), size=size_text(n_bytes))


class ListingDialog(FittingDialog):
    """Tells what was found so far; *Cancel* stops it.

    Args:
        parent: the window.
        title: what is being done.
        what: of what, safe to show.
    """

    def __init__(self, parent: QWidget | None, title: str, what: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(400)
        name = ElidedLabel(what)
        bold = name.font()
        bold.setWeight(bold.Weight.DemiBold)
        name.setFont(bold)
        self.counts = plain_label(tr("Listing…"), self)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedHeight(6)
        bar.setAccessibleName(tr("Listing…"))
        hint = ToneLabel(Tone.MUTED, tr("Transfers begin when the list is complete."))
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(self)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        for widget in (name, self.counts, bar, hint):
            column.addWidget(widget)
        column.addSpacing(SPACE)
        column.addWidget(buttons)

    def count(self, objects: int, n_bytes: int) -> None:
        """So much was found so far."""
        self.counts.setText(tr("Found: {counts}").format(counts=counts_text(objects, n_bytes)))


async def listing(
    parent: QWidget | None,
    tasks: Tasks,
    title: str,
    what: str,
    work: Callable[[Counted], Awaitable[T]],
) -> T | None:
    """Runs ``work``, with the dialog if it takes a while; ``None``: the person stopped it.

    Raises:
        S3guiError: as ``work`` does.
    """
    dialog = ListingDialog(parent, title, what)
    came: list[T] = []
    failed: list[S3guiError] = []

    async def run() -> None:
        try:
            came.append(await work(dialog.count))
        except S3guiError as error:
            failed.append(error)

    task = tasks.start(run(), name=title)

    def stop() -> None:
        task.cancel(STOPPED)

    dialog.rejected.connect(stop)
    opening = QTimer(dialog, singleShot=True, interval=_PATIENCE_MS)
    opening.timeout.connect(dialog.open)
    opening.start()
    try:
        await asyncio.wait([task])
    finally:
        opening.stop()
        task.cancel()
        dialog.rejected.disconnect(stop)
        dialog.close()
        dialog.deleteLater()
    if failed:
        raise failed[0]
    return came[0] if came else None
