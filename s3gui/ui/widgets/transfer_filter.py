"""What is looked for among the transfers: words, and which states."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from s3gui.domain.text import noop, tr
from s3gui.domain.transfer import Direction, State
from s3gui.ui.icons import icon
from s3gui.ui.models.batches import Batch
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


_DIRECTIONS: Mapping[Direction, str] = {
    Direction.UPLOAD: noop("Uploads"),
    Direction.DOWNLOAD: noop("Downloads"),
    Direction.COPY: noop("Copies and moves"),
}


class TransferFilter(QWidget):
    """A field for words, a button for states, directions and a batch.

    ``changed`` says that any of them did.
    """

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
        self._menu.addSeparator()
        self._directions = [self._check(tr(words), way) for way, words in _DIRECTIONS.items()]
        self._menu.addSeparator()
        #: Seen while the rows of one batch are shown.
        self._only = self._check("", None)
        self._only.setVisible(False)
        self._menu.triggered.connect(self._on_menu_triggered)
        self.choice.setMenu(self._menu)
        self._batch: Batch | None = None
        self._tell()
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
        return _CHOICES[self._title]

    @property
    def directions(self) -> frozenset[Direction]:
        """The directions that are wanted; empty: all."""
        return frozenset(one.data() for one in self._directions if one.isChecked())

    @property
    def batch_id(self) -> str:
        """The batch that is wanted; "": all."""
        return self._batch.id if self._batch is not None else ""

    @property
    def _title(self) -> str:
        checked = self._group.checkedAction()
        return str(checked.data())

    def actions_of_states(self) -> list[QAction]:
        """The choices, from *All transfers* on."""
        return self._group.actions()

    def actions_of_directions(self) -> list[QAction]:
        """Uploads, downloads, copies; none of them checked is as good as all."""
        return self._directions

    def show_batch(self, batch: Batch | None) -> None:
        """Only the rows of a batch are wanted; ``None``: those of all."""
        self._batch = batch
        self._only.setVisible(batch is not None)
        self._only.setChecked(batch is not None)
        if batch is not None:
            self._only.setText(tr("Only: {batch}").format(batch=batch.label()))
        self._tell()

    def clear(self) -> None:
        """Everything is wanted again."""
        self._group.actions()[0].setChecked(True)
        for action in self._directions:
            action.setChecked(False)
        self.show_batch(None)
        self.field.clear()

    def _check(self, text: str, data: object) -> QAction:
        action = self._menu.addAction(text)
        action.setCheckable(True)
        action.setData(data)
        return action

    def _on_menu_triggered(self, action: QAction) -> None:
        if action is self._only:
            self.show_batch(None)
        else:
            self._tell()

    def _tell(self) -> None:
        # All is the rule and needs no word beside its picture.
        words = [] if self._title == _ALL else [tr(self._title)]
        words += [tr(_DIRECTIONS[one.data()]) for one in self._directions if one.isChecked()]
        if self._batch is not None:
            words.append(tr("One batch"))
        self.choice.setText(", ".join(words))
        style = Qt.ToolButtonStyle
        self.choice.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly
        )
        spoken = ", ".join(words) or tr(_ALL)
        self.choice.setAccessibleName(tr("Shown: {which}").format(which=spoken))
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
