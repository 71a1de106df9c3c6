"""The sheet before a download: what, where to, and what becomes of files that exist."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.origin import IfExists
from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction
from s3gui.ui.dialogs.fitting import FittingDialog
from s3gui.ui.dialogs.listing import counts_text
from s3gui.ui.dialogs.policies import PolicyBox
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel

_WIDTH = 520
#: Called with what is wrong with the folder, "" for nothing.
Verdict = Callable[[str], None]
CheckFolder = Callable[[Path, Verdict], None]
#: Called with the folder that was chosen.
ChooseFolder = Callable[["DownloadSheet", Callable[[str], None]], None]


class DownloadSheet(FittingDialog):
    """Accepted: ``folder``, ``policy`` and ``asks_again`` say what was chosen.

    Args:
        parent: the window it belongs to.
        what: what is downloaded, safe to show.
        folder: where the last ones went.
        policy: what was chosen last.
        check: looks off the loop whether a folder can be used, and calls back.
        choose: opens the dialog for folders, and calls back with what was chosen there.
    """

    def __init__(
        self,
        parent: QWidget | None,
        what: str,
        folder: str,
        policy: IfExists,
        check: CheckFolder,
        choose: ChooseFolder,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Download"))
        self.setMinimumWidth(_WIDTH)
        self._check = check
        self._choose = choose
        self.counts = ToneLabel(Tone.MUTED)
        self.counts.hide()
        self.line = QLineEdit(folder)
        self.line.setObjectName("downloadFolder")
        self.box = PolicyBox(Direction.DOWNLOAD, policy)
        self.quiet = QCheckBox(tr("&Do not show this again; ask for the folder only"))
        self._problem = ToneLabel(Tone.BAD)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._lay_out(what)

    def _lay_out(self, what: str) -> None:
        name = ElidedLabel(what)
        bold = name.font()
        bold.setWeight(bold.Weight.DemiBold)
        name.setFont(bold)
        choose = QPushButton(tr("&Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(lambda: self._choose(self, self.line.setText))
        folder = QHBoxLayout()
        folder.setSpacing(SPACE)
        folder.addWidget(self.line, 1)
        folder.addWidget(choose)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        to, policy = QLabel(tr("Where &to")), QLabel(tr("If a file e&xists"))
        to.setBuddy(self.line)
        policy.setBuddy(self.box)
        grid.addWidget(QLabel(tr("What")), 0, 0)
        grid.addWidget(name, 0, 1)
        grid.addWidget(self.counts, 1, 1)
        grid.addWidget(to, 2, 0)
        grid.addLayout(folder, 2, 1)
        grid.addWidget(self._problem, 3, 1)
        grid.addWidget(policy, 4, 0)
        grid.addWidget(self.box, 4, 1)
        grid.addWidget(self.box.explained, 5, 1)
        grid.addWidget(self.quiet, 6, 1)
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(tr("Download"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addLayout(grid)
        column.addSpacing(SPACE)
        column.addWidget(buttons)
        # Not before: it has to know of which dialog.
        self.go.setDefault(True)
        self.box.currentIndexChanged.connect(self.fit)
        self.go.setFocus()

    def show_count(self, objects: int, n_bytes: int, *, done: bool) -> None:
        """How much there is, as far as it was listed."""
        text = counts_text(objects, n_bytes)
        self.counts.setText(text if done else tr("{counts}, counting…").format(counts=text))
        self.counts.show()
        self.fit()

    def say_count(self, problem: str) -> None:
        """Why it is not known how much there is."""
        self.counts.setText(problem)
        self.counts.show()
        self.fit()

    def _on_accepted(self) -> None:
        text = self.line.text().strip()
        if not text:
            self._complain(tr("Choose a folder of this computer."))
            return
        self.go.setEnabled(False)
        self._check(self.folder, self._on_checked)

    def _on_checked(self, problem: str) -> None:
        self.go.setEnabled(True)
        if problem:
            self._complain(problem)
        else:
            self.accept()

    def _complain(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.show()
        self.fit()
        self.line.setFocus()

    @property
    def folder(self) -> Path:
        """Where to."""
        return Path(self.line.text().strip()).expanduser().absolute()

    @property
    def policy(self) -> IfExists:
        """What becomes of files that exist."""
        return self.box.policy

    @property
    def asks_again(self) -> bool:
        """The sheet is to come before the next download, too."""
        return not self.quiet.isChecked()
