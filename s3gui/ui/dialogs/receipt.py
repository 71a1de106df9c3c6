"""Saving receipts: where to and as what, how far it is, and what could not be in it."""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QMessageBox,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.text import noop, tr, trn, visible
from s3gui.transfers.receipt_formats import Format
from s3gui.transfers.receipts import Saving
from s3gui.ui.dialogs import ask
from s3gui.ui.format import count_text, size_text
from s3gui.ui.theme import SPACE
from s3gui.ui.widgets.labels import plain_label

_SAMPLE_MS = 200
#: So many of those that were left out are named.
_MOST_NAMED = 200
_FILTERS = {
    Format.JSON: (noop("Receipt as JSON"), "*.json"),
    Format.CSV: (noop("Receipt as a CSV table"), "*.csv"),
    Format.SHA256: (noop("SHA-256 sums, for sha256sum -c"), "SHA256SUMS *.sha256"),
    Format.CRC32: (noop("CRC-32 list (SFV)"), "*.sfv"),
}


async def ask_place(
    parent: QWidget, folder: Path, kinds: tuple[Format, ...] = tuple(Format)
) -> tuple[Path, Format] | None:
    """Where to and as what; ``None`` when it was cancelled."""
    dialog = QFileDialog(parent, tr("Save receipt"), str(folder))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    filters = {f"{tr(_FILTERS[kind][0])} ({_FILTERS[kind][1]})": kind for kind in kinds}
    dialog.setNameFilters(list(filters))
    dialog.selectFile(kinds[0].file_name)

    def on_filter(words: str) -> None:
        dialog.selectFile(filters[words].file_name)

    dialog.filterSelected.connect(on_filter)
    if not await ask(dialog):
        return None
    kind = filters.get(dialog.selectedNameFilter(), kinds[0])
    path = Path(dialog.selectedFiles()[0])
    suffix = Path(kind.file_name).suffix
    if suffix and not path.suffix:
        path = path.with_name(path.name + suffix)
    return path, kind


class SavingDialog(QDialog):
    """Files are read for their sums; *Cancel* leaves what was there before.

    Args:
        saving: how far it is.
        total_bytes: of the files, 0 where nobody knows.
        parent: the window.
    """

    def __init__(self, saving: Saving, total_bytes: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Save receipt"))
        self.setMinimumWidth(380)
        self._saving = saving
        self._total = total_bytes
        self._words = plain_label(tr("Reading the files…"), self)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._bar.setRange(0, 1000 if total_bytes else 0)
        buttons = QDialogButtonBox(self)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self._words)
        column.addWidget(self._bar)
        column.addSpacing(SPACE)
        column.addWidget(buttons)
        timer = QTimer(self, interval=_SAMPLE_MS)
        timer.timeout.connect(self._on_timeout)
        timer.start()

    def _on_timeout(self) -> None:
        read = self._saving.bytes_now
        files = trn("{count} file read", "{count} files read", self._saving.written)
        self._words.setText(
            f"{files.format(count=count_text(self._saving.written))}, {size_text(read)}"
        )
        if self._total:
            self._bar.setValue(min(1000, read * 1000 // self._total))


def left_out_box(saving: Saving, parent: QWidget) -> QMessageBox:
    """What could not be in the receipt, and why."""
    box = QMessageBox(parent)
    box.setWindowTitle(tr("Save receipt"))
    box.setIcon(QMessageBox.Icon.Warning)
    count = len(saving.left_out)
    words = trn(
        "{count} transfer is not in the receipt.",
        "{count} transfers are not in the receipt.",
        count,
    )
    box.setText(words.format(count=count_text(count)))
    first, error = saving.left_out[0]
    box.setInformativeText(f"{visible(first.to_text, 200)}\n{visible(str(error), 400)}")
    box.setDetailedText(
        "\n".join(
            f"{visible(receipt.to_text)}: {visible(str(error))}"
            for receipt, error in saving.left_out[:_MOST_NAMED]
        )
    )
    box.addButton(tr("Close"), QMessageBox.ButtonRole.RejectRole)
    return box
