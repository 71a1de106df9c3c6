"""A dialog that offers a few ways on, each with a sentence that says what it will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.text import tr
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ToneLabel, plain_label

Choice = TypeVar("Choice", bound=Enum)
#: Pixels at 100 %: wide enough for a sentence, narrow enough to read it.
_WIDTH = 460
#: Under the text of a radio button.
_INDENT = 22
#: Else a wrapped label asks for the lines that it would have in a much narrower dialog.
_ANY_HEIGHT = 1


@dataclass(frozen=True, slots=True)
class Offer(Generic[Choice]):
    """One way on."""

    choice: Choice
    title: str
    explanation: str


class ChoicesDialog(QDialog, Generic[Choice]):
    """A question, a radio button an offer, OK and Cancel. The first offer is the default.

    Where there is one offer only, it is told and not asked.
    """

    def __init__(
        self, parent: QWidget | None, title: str, text: str, offers: Sequence[Offer[Choice]]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self._group = QButtonGroup(self)
        self._choices = [offer.choice for offer in offers]
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        self.body.setSpacing(SPACE // 2)
        question = plain_label(text, self, wrap=True)
        question.setMinimumHeight(_ANY_HEIGHT)
        bold = question.font()
        bold.setWeight(bold.Weight.DemiBold)
        question.setFont(bold)
        self.body.addWidget(question)
        self.body.addSpacing(SPACE // 2)
        for number, offer in enumerate(offers):
            self._add(number, offer)
        self._group.button(0).setChecked(True)
        self.buttons = QDialogButtonBox(self)
        self.go = self.buttons.addButton(tr("OK"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setDefault(True)
        self.buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.body.addSpacing(2 * SPACE)
        self.body.addWidget(self.buttons)
        if len(offers) > 1:
            self._group.button(0).setFocus()

    def _add(self, number: int, offer: Offer[Choice]) -> None:
        button = QRadioButton(offer.title, self)
        button.setAccessibleDescription(offer.explanation)
        button.setVisible(len(self._choices) > 1)
        self._group.addButton(button, number)
        self.body.addWidget(button)
        # The margin of a layout, not an indent: a label forgets that when it counts its lines.
        below = QVBoxLayout()
        below.setContentsMargins(_INDENT if len(self._choices) > 1 else 0, 0, 0, SPACE // 2)
        explanation = ToneLabel(Tone.MUTED, offer.explanation, self)
        explanation.setWordWrap(True)
        explanation.setMinimumHeight(_ANY_HEIGHT)
        below.addWidget(explanation)
        self.body.addLayout(below)

    def add_below(self, widget: QWidget) -> None:
        """Puts a widget between the offers and the buttons."""
        self.body.insertWidget(self.body.count() - 2, widget)

    def showEvent(self, event: QShowEvent) -> None:
        """Takes the height that the text has at this width, and not less."""
        super().showEvent(event)
        height = self.body.totalHeightForWidth(self.width())
        self.setMinimumHeight(height)
        self.resize(self.width(), height)

    @property
    def choice(self) -> Choice:
        """The offer that is marked."""
        return self._choices[self._group.checkedId()]

    def choose(self, choice: Choice) -> None:
        """Marks an offer, as a click on it does."""
        self._group.button(self._choices.index(choice)).setChecked(True)
