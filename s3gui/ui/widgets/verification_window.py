"""Verification: what is read again on both sides, how far it is, and what was found."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from s3gui.domain.text import tr, trn
from s3gui.domain.verification import Check, Finding
from s3gui.ui.format import count_text
from s3gui.ui.models.checks import CheckColumn, ChecksModel, details_of
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.column_fit import Width
from s3gui.ui.widgets.labels import ToneLabel, plain_label
from s3gui.ui.widgets.plain_table import PlainTable

_WIDTHS = {
    CheckColumn.NAME: Width(200, 120),
    CheckColumn.NEAR: Width(220, 80, 1),
    CheckColumn.OBJECT: Width(220, 80, 2),
    CheckColumn.RESULT: Width(280, 160, 5),
}


class VerificationWindow(QWidget):
    """A window of its own beside the main one."""

    #: ``list[Check]``: those that have not ended.
    stop_wanted = Signal(list)
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("verificationWindow")
        self.setWindowTitle(tr("Verification"))
        self.model = ChecksModel(self)
        self.table = PlainTable(self.model, tr("Verification"), _WIDTHS, self)
        self._summary = ToneLabel(Tone.MUTED)
        self._details = plain_label("", self, wrap=True)
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details.setMinimumHeight(4 * self._details.fontMetrics().lineSpacing())
        self._details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._details.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 0)
        self.stop = QPushButton(tr("Stop"))
        self.save = QPushButton(tr("Save results…"))
        self.clear = QPushButton(tr("Clear finished"))
        bottom = QHBoxLayout()
        bottom.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        bottom.setSpacing(SPACE)
        bottom.addWidget(self._summary, 1)
        for button in (self.stop, self.clear, self.save):
            bottom.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        line = QWidget()
        line.setObjectName("hairline")
        line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line.setFixedHeight(1)
        column.addWidget(line)
        column.addWidget(self._details)
        column.addLayout(bottom)
        self.resize(940, 420)
        self.table.selectionModel().selectionChanged.connect(self._show_details)
        self.stop.clicked.connect(self._on_stop)
        self.save.clicked.connect(self.save_wanted)
        self.clear.clicked.connect(self._on_clear)
        QShortcut(QKeySequence("Esc"), self).activated.connect(self.close)
        self.refresh()

    def add(self, checks: list[Check]) -> None:
        """More to compare."""
        self.model.add(checks)
        self.table.selectRow(self.model.rowCount() - len(checks))
        self.refresh()

    @property
    def ended(self) -> list[Check]:
        """Those with a result."""
        return [check for check in self.model.checks if check.verdict is not None]

    def refresh(self) -> None:
        """To be called now and then while something runs, and when it ended."""
        self.model.refresh()
        self._show_details()
        ended, all_ = self.ended, self.model.checks
        same = sum(
            check.verdict is not None and check.verdict.finding is Finding.SAME for check in ended
        )
        said = [
            trn("{count} is the same", "{count} are the same", same),
            trn("{count} is not", "{count} are not", len(ended) - same),
            trn("{count} is being read", "{count} are being read", len(all_) - len(ended)),
        ]
        counts = (same, len(ended) - same, len(all_) - len(ended))
        texts = [
            text.format(count=count_text(n)) for text, n in zip(said, counts, strict=True) if n
        ]
        self._summary.setText(", ".join(texts))
        self.stop.setEnabled(len(ended) < len(all_))
        self.save.setEnabled(bool(ended))
        self.clear.setEnabled(bool(ended))

    def _show_details(self) -> None:
        rows = self.table.chosen_rows()
        self._details.setText(details_of(self.model.checks[rows[0]]) if rows else "")

    def _on_stop(self) -> None:
        chosen = [self.model.checks[row] for row in self.table.chosen_rows()]
        running = [check for check in chosen if check.verdict is None]
        rest = [check for check in self.model.checks if check.verdict is None]
        self.stop_wanted.emit(running or rest)

    def _on_clear(self) -> None:
        self.model.remove(set(self.ended))
        self.refresh()
