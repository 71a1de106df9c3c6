"""Asks for another name of an object or a folder, and says what a rename is in S3."""

from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.text import tr, visible
from s3gui.ui.dialogs.fitting import FittingDialog
from s3gui.ui.dialogs.listing import counts_text
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ToneLabel

_WIDTH = 440
_MOST_KEY_BYTES = 1024


class RenameDialog(FittingDialog):
    """Accepted: ``target`` is the new place. A folder is renamed when it was counted, not before.

    Args:
        parent: the window it belongs to.
        where: the object, or the prefix.
        is_folder: whether everything under it is renamed.
    """

    def __init__(self, parent: QWidget | None, where: Location, *, is_folder: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Rename"))
        self.setMinimumWidth(_WIDTH)
        self._where = where
        self._is_folder = is_folder
        self._is_counted = not is_folder
        self._name = where.name
        self.line = QLineEdit(self._name)
        self.line.setObjectName("newName")
        label = QLabel(tr("&New name"))
        label.setBuddy(self.line)
        effect = ToneLabel(Tone.MUTED, self._effect())
        effect.setWordWrap(True)
        self.counts = ToneLabel(Tone.MUTED)
        self.counts.setVisible(is_folder)
        self._problem = ToneLabel(Tone.BAD)
        self._problem.setWordWrap(True)
        self._problem.hide()
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(tr("Rename"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        for widget in (label, self.line, self._problem, self.counts, effect):
            column.addWidget(widget)
        column.addSpacing(SPACE)
        column.addWidget(buttons)
        # Not before: it has to know of which dialog.
        self.go.setDefault(True)
        self.line.textChanged.connect(self._look)
        self._select_stem()
        self._look()

    def _effect(self) -> str:
        if self._is_folder:
            return tr(
                "Storages have no folders to rename: every object in it is copied to its new name, "
                "verified, and then deleted under the old one."
            )
        return tr(
            "It is copied to its new name, verified, and then deleted under the old one. "
            "Links to the old name no longer work."
        )

    def _select_stem(self) -> None:
        """The part that people change: all but what a program goes by."""
        stem, dot, _ = self._name.rpartition(".")
        if dot and stem and not self._is_folder:
            self.line.setSelection(0, len(stem))
        else:
            self.line.selectAll()
        self.line.setFocus()

    def show_count(self, objects: int, n_bytes: int, *, done: bool) -> None:
        """How much there is, as far as it was listed."""
        text = counts_text(objects, n_bytes)
        self.counts.setText(text if done else tr("{counts}, counting…").format(counts=text))
        self._is_counted = self._is_counted or done
        self._look()

    def say_count(self, problem: str) -> None:
        """Why it is not known how much there is."""
        self.counts.set_tone(Tone.BAD)
        self.counts.setText(problem)
        self.fit()

    def _look(self) -> None:
        problem = self._find_problem()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.fit()
        name = self.line.text()
        self.go.setEnabled(self._is_counted and not problem and name not in {"", self._name})

    def _find_problem(self) -> str:
        name = self.line.text()
        if DELIMITER in name:
            return tr("A name cannot hold “/”. Use Move to… for another folder.")
        if name in {".", ".."}:
            return tr("“{name}” is no name that other programs can handle.").format(
                name=visible(name)
            )
        if (length := len(self.target.key.encode())) > _MOST_KEY_BYTES:
            words = tr("The key would have {n} bytes; {most} are allowed.")
            return words.format(n=length, most=_MOST_KEY_BYTES)
        return ""

    @property
    def target(self) -> Location:
        """Where it is to be."""
        end = DELIMITER if self._is_folder else ""
        head = self._where.parent
        return Location(head.bucket, head.key + self.line.text() + end)
