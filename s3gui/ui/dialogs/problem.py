"""All that is known of an error, to read and to quote."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.errors import S3guiError, Unexpected
from s3gui.domain.text import tr, visible
from s3gui.ui.icons import icon
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ToneLabel, ValueField, plain_label

#: Pixels at 100 %: the ids of all storages known to us fit, nonsense does not widen the dialog.
_VALUE_WIDTH = 480


def as_problem(error: BaseException) -> S3guiError:
    """The error itself, or a fault of ours in the words for one."""
    if isinstance(error, S3guiError):
        return error
    return Unexpected(
        tr("Something went wrong in s3gui"),
        f"{type(error).__name__}: {error}",
        tr("Try again. If it stays, report it with these details."),
    )


def problem_text(error: S3guiError, *, detail: bool = True) -> str:
    """An error in one line: what happened, why, what to do. Not yet safe to show."""
    parts = (error.title, error.detail if detail else "", error.hint)
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


class ProblemDialog(QDialog):
    """Title, cause, what to do, code and request id; *Copy details* takes all of it."""

    def __init__(self, error: S3guiError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Details of the problem"))
        self.setMinimumWidth(460)
        self._error = error
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE)
        head = QHBoxLayout()
        head.setSpacing(SPACE + 2)
        picture = QLabel()
        drawing = icon("alert-circle", Tone.BAD)
        picture.setPixmap(drawing.pixmap(QSize(28, 28), self.devicePixelRatioF()))
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        title = plain_label(visible(error.title), wrap=True)
        bold = title.font()
        bold.setWeight(bold.Weight.DemiBold)
        title.setFont(bold)
        words.addWidget(title)
        for text in (error.detail, error.hint):
            if text:
                words.addWidget(self._selectable(text))
        head.addLayout(words, 1)
        column.addLayout(head)
        column.addLayout(self._facts())
        column.addStretch(1)
        self.copy_button = QPushButton(icon("copy"), tr("&Copy details"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column.addSpacing(SPACE)
        column.addLayout(buttons)
        close.setFocus()

    def _selectable(self, text: str) -> QLabel:
        label = plain_label(visible(text, 4096), wrap=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(28 + SPACE + 2, 0, 0, 0)
        facts = ((tr("Code"), self._error.code), (tr("Request id"), self._error.request_id))
        for row, (name, value) in enumerate(fact for fact in facts if fact[1]):
            grid.addWidget(ToneLabel(Tone.MUTED, name), row, 0)
            field = ValueField(visible(value), name)
            # A request id is there to be read out and copied: all of it in sight.
            wide = field.fontMetrics().horizontalAdvance(field.text()) + SPACE
            field.setMinimumWidth(min(wide, _VALUE_WIDTH))
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._error.as_text())
