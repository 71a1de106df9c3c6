"""What becomes of what exists already: the same choices for every direction, in its own words."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from s3gui.domain.origin import IfExists
from s3gui.domain.text import noop, tr
from s3gui.domain.transfer import Direction
from s3gui.ui.dialogs.upload_sheet import POLICIES
from s3gui.ui.theme import Tone
from s3gui.ui.widgets.labels import ToneLabel

_DOWN: Mapping[IfExists, str] = {
    IfExists.ASK: noop("The others go on; a file that exists waits until you decide."),
    IfExists.SKIP: noop("A file that exists stays as it is."),
    IfExists.OVERWRITE: noop("Files that exist are replaced, without a question."),
    IfExists.RENAME: noop("What comes down gets a free name: name (1).txt."),
    IfExists.NEWER: noop("Only files that are older than the object."),
    IfExists.SIZE: noop("A file of the same size counts as the same."),
    IfExists.CONTENT: noop("Files that exist are read and compared with the object's checksums."),
    IfExists.FAIL: noop("Files that exist are left alone and their transfers fail."),
}
_COPY: Mapping[IfExists, str] = {
    IfExists.ASK: noop("The others go on; what exists waits until you decide."),
    IfExists.SKIP: noop("What exists stays as it is."),
    IfExists.OVERWRITE: noop("What exists is replaced, without a question."),
    IfExists.RENAME: noop("The copy gets a free name: name (1).txt."),
    IfExists.NEWER: noop("Only what is older than the object that is copied."),
    IfExists.SIZE: noop("What has the same size counts as the same."),
    IfExists.CONTENT: noop("ETags and checksums that the storage has are compared."),
    IfExists.FAIL: noop("What exists is left alone and its transfer fails."),
}
_WORDS = {Direction.DOWNLOAD: _DOWN, Direction.COPY: _COPY}


class PolicyBox(QComboBox):
    """The choice; ``explained`` is a label that says what it means, to be put below it."""

    def __init__(self, direction: Direction, chosen: IfExists) -> None:
        super().__init__()
        self._words = _WORDS[direction]
        self.explained = ToneLabel(Tone.MUTED)
        self.explained.setWordWrap(True)
        self.explained.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        for policy in self._words:
            self.addItem(tr(POLICIES[policy][0]), policy)
        self.currentIndexChanged.connect(self._explain)
        self.setCurrentIndex(self.findData(chosen))
        self._explain()

    @property
    def policy(self) -> IfExists:
        """What was chosen."""
        chosen: IfExists = self.currentData()
        return chosen

    def _explain(self) -> None:
        self.explained.setText(tr(self._words[self.policy]))
        self.setAccessibleDescription(self.explained.text())
