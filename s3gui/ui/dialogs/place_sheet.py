"""The sheet before objects are copied or moved: what, where to, and what exactly will happen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction
from s3gui.ui.dialogs.fitting import FittingDialog
from s3gui.ui.dialogs.listing import counts_text
from s3gui.ui.dialogs.policies import PolicyBox
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel
from s3gui.ui.widgets.path_bar import parse_place

_WIDTH = 540
#: The places of a connection that are known, as addresses to complete.
KnownPlaces = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be copied or moved; ``what`` is safe to show."""

    what: str
    profile_id: str
    place: Location
    move: bool = False
    #: Nothing is done before it is known how much there is.
    must_count: bool = False


class PlaceSheet(FittingDialog):
    """Accepted: ``profile_id``, ``target`` and ``policy`` say what was chosen.

    Args:
        parent: the window it belongs to.
        plan: what is to be done.
        profiles: ids and names of the connections, names safe to show.
        there: the connection and the place that are shown at first.
        policy: what was chosen last.
        known: places to complete what is typed.
    """

    def __init__(
        self,
        parent: QWidget | None,
        plan: Plan,
        profiles: Sequence[tuple[str, str]],
        there: tuple[str, Location],
        policy: IfExists,
        known: KnownPlaces,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Move") if plan.move else tr("Copy"))
        self.setMinimumWidth(_WIDTH)
        self._plan = plan
        self._known = known
        self._is_counted = not plan.must_count
        self.counts = ToneLabel(Tone.MUTED)
        self.connection = QComboBox()
        for id_, name in profiles:
            self.connection.addItem(name, id_)
        self.connection.setCurrentIndex(self.connection.findData(there[0]))
        self.line = QLineEdit(str(there[1]))
        self.line.setObjectName("placeLine")
        self.box = PolicyBox(Direction.COPY, policy)
        self._effect = ToneLabel(Tone.PLAIN)
        self._effect.setWordWrap(True)
        self._problem = ToneLabel(Tone.BAD)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._lay_out()
        self.connection.currentIndexChanged.connect(self._on_connection_changed)
        self.line.textChanged.connect(self._explain)
        self.box.currentIndexChanged.connect(self._explain)
        self._on_connection_changed()
        # Where nothing is left to be typed, Enter does it.
        (self.line if self._stays_where_it_is else self.go).setFocus()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        what, source = ElidedLabel(self._plan.what), ElidedLabel(visible(str(self._plan.place)))
        bold = what.font()
        bold.setWeight(bold.Weight.DemiBold)
        what.setFont(bold)
        several = self.connection.count() > 1
        rows: tuple[tuple[str, QWidget, bool], ...] = (
            (tr("What"), what, True),
            ("", self.counts, self._plan.must_count),
            (tr("Where from"), source, True),
            (tr("&Connection"), self.connection, several),
            (tr("Where &to"), self.line, True),
            (tr("If something e&xists"), self.box, True),
            ("", self.box.explained, True),
        )
        for number, (words, field, shown) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(field)
            for widget in (label, field):
                widget.setVisible(shown)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
        buttons = QDialogButtonBox()
        words = tr("Move") if self._plan.move else tr("Copy")
        self.go = buttons.addButton(words, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addLayout(grid)
        column.addSpacing(SPACE)
        column.addWidget(self._effect)
        column.addWidget(self._problem)
        column.addSpacing(SPACE)
        column.addWidget(buttons)
        # Not before: it has to know of which dialog.
        self.go.setDefault(True)

    def show_count(self, objects: int, n_bytes: int, *, done: bool) -> None:
        """How much there is, as far as it was listed."""
        text = counts_text(objects, n_bytes)
        self.counts.setText(text if done else tr("{counts}, counting…").format(counts=text))
        self.counts.show()
        self.fit()
        self._is_counted = self._is_counted or done
        self._explain()

    def say_count(self, problem: str) -> None:
        """Why it is not known how much there is."""
        self.counts.setText(problem)
        self.counts.set_tone(Tone.BAD)
        self.counts.show()
        self.fit()

    def _on_connection_changed(self) -> None:
        completer = QCompleter(list(self._known(self.profile_id)), self.line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
        self.line.setCompleter(completer)
        self._explain()

    def _explain(self) -> None:
        self._problem.hide()
        stays = self.profile_id == self._plan.profile_id
        ways = (
            tr("The storage copies it; no byte goes over this computer's line.")
            if stays
            else tr("It is read from one connection and written to the other by this computer.")
        )
        if self._plan.move:
            ways += " " + tr("What was copied and verified is deleted where it was.")
        self._effect.setText(ways)
        self.fit()
        typed = bool(self.line.text().strip())
        self.go.setEnabled(self._is_counted and typed and not self._stays_where_it_is)

    @property
    def _stays_where_it_is(self) -> bool:
        """It would go to where it comes from; only a copy under a free name can."""
        plan = self._plan
        is_same = (self.profile_id, self.target) == (plan.profile_id, plan.place)
        return is_same and (plan.move or self.policy is not IfExists.RENAME)

    def _on_accepted(self) -> None:
        target = self.target
        if target is None:
            self._problem.setText(tr("Type a place like s3://bucket/folder/."))
            self._problem.show()
            self.fit()
            self.line.setFocus()
        else:
            self.accept()

    @property
    def profile_id(self) -> str:
        """The connection it goes to."""
        return str(self.connection.currentData() or self._plan.profile_id)

    @property
    def target(self) -> Location | None:
        """The prefix it goes to; ``None`` where what was typed is no place."""
        try:
            return parse_place(self.line.text())
        except ValueError:
            return None

    @property
    def policy(self) -> IfExists:
        """What becomes of objects that exist there."""
        return self.box.policy
