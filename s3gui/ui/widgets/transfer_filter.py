"""What is looked for among the transfers: words, and which states."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from s3gui.domain.text import noop, tr
from s3gui.domain.transfer import State
from s3gui.ui.icons import icon
from s3gui.ui.theme import SPACE, Tone

_WIDTH, _LEAST_WIDTH = 190, 110
_LONGEST = 500
_ALL = noop("All transfers")
_CHOICES: Mapping[str, frozenset[State]] = {
    _ALL: frozenset(),
    noop("Not finished"): frozenset(
        {State.QUEUED, State.RUNNING, State.FINISHING, State.PAUSED, State.FAILED}
    ),
    noop("On the way"): frozenset({State.RUNNING, State.FINISHING}),
    noop("Failed"): frozenset({State.FAILED}),
    noop("Finished"): frozenset({State.COMPLETED, State.SKIPPED}),
    noop("Cancelled"): frozenset({State.CANCELLED}),
}


class TransferFilter(QWidget):
    """A field for words and a button for states; ``changed`` says that either did."""

    changed = Signal()
    #: The person is done with the field.
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = _Field()
        self.field.setObjectName("transfersFilter")
        self.field.setPlaceholderText(tr("Search transfers"))
        self.field.setAccessibleName(tr("Search transfers"))
        self.field.setToolTip(
            tr("By name, folder, destination or state; every word has to be there")
        )
        self.field.setMaxLength(_LONGEST)
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("search", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self.changed)
        self.field.left.connect(self.left)
        self.choice = QToolButton()
        self.choice.setObjectName("transfersStates")
        self.choice.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.choice.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.choice.setIcon(icon("filter"))
        self.choice.setToolTip(tr("Which transfers are shown"))
        self._menu = QMenu(self.choice)
        self._group = QActionGroup(self)
        for title in _CHOICES:
            action = self._menu.addAction(tr(title))
            action.setCheckable(True)
            action.setData(title)
            self._group.addAction(action)
        self._group.actions()[0].setChecked(True)
        self._group.triggered.connect(self._on_group_triggered)
        self.choice.setMenu(self._menu)
        self._chosen = _ALL
        self._choose(_ALL)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE, 0, 0, 0)
        line.setSpacing(SPACE // 2)
        line.addWidget(self.field)
        line.addWidget(self.choice)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def text(self) -> str:
        """The words."""
        return self.field.text()

    @property
    def states(self) -> frozenset[State]:
        """The states that are wanted; empty: all."""
        return _CHOICES[self._chosen]

    def actions_of_states(self) -> list[QAction]:
        """The choices, from *All transfers* on."""
        return self._group.actions()

    def clear(self) -> None:
        """Everything is wanted again."""
        self._group.actions()[0].setChecked(True)
        self._choose(_ALL)
        self.field.clear()

    def _on_group_triggered(self, action: QAction) -> None:
        self._choose(action.data())

    def _choose(self, title: str) -> None:
        self._chosen = title
        # All is the rule and needs no word beside its picture.
        is_all = title == _ALL
        self.choice.setText("" if is_all else tr(title))
        style = Qt.ToolButtonStyle
        self.choice.setToolButtonStyle(
            style.ToolButtonIconOnly if is_all else style.ToolButtonTextBesideIcon
        )
        self.choice.setAccessibleName(tr("Shown: {which}").format(which=tr(title)))
        self.updateGeometry()
        self.changed.emit()


class _Field(QLineEdit):
    """Esc clears it, and leaves it when it is empty."""

    left = Signal()

    def sizeHint(self) -> QSize:
        """Not as wide as its longest text."""
        return QSize(_WIDTH, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A word fits in."""
        return QSize(_LEAST_WIDTH, super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, and Down into the table."""
        key = Qt.Key(event.key())
        if key is Qt.Key.Key_Escape and self.text():
            self.clear()
        elif key in {Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.left.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
