"""The connect dialog: a new connection, or the settings of a saved one."""

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.errors import AccessDenied
from s3gui.domain.location import Location
from s3gui.domain.ports import Gateway, Session
from s3gui.domain.profile import Credentials, Profile
from s3gui.domain.text import tr, trn, visible
from s3gui.ui.dialogs.connect_form import ConnectForm
from s3gui.ui.dialogs.problem import as_problem, problem_text
from s3gui.ui.format import count_text
from s3gui.ui.icons import icon
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import ICON, SPACE, Tone
from s3gui.ui.widgets.busy_line import BusyLine
from s3gui.ui.widgets.labels import ToneLabel

#: The saved keys of a connection, for a test that leaves them as they are.
SavedKeys = Callable[[str], Awaitable[Credentials]]


class ConnectDialog(QDialog):
    """Reads a connection; *Test* tries it without saving anything.

    ``result() == Accepted`` means ``form.profile()`` and ``form.credentials()`` are good to save.
    """

    def __init__(
        self,
        gateway: Gateway,
        saved_keys: SavedKeys,
        tasks: Tasks,
        *,
        profile: Profile | None = None,
        keyring_problem: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("connect")
        self.setWindowTitle(tr("Edit the connection") if profile else tr("Connect to a storage"))
        self._gateway = gateway
        self._saved_keys = saved_keys
        self._tasks = tasks
        self._testing: asyncio.Task[None] | None = None
        self.form = ConnectForm(profile, keyring_problem)
        self._busy = BusyLine()
        self._sign = QLabel()
        self.outcome = ToneLabel(Tone.MUTED)
        self.outcome.setObjectName("outcome")
        self.outcome.setWordWrap(True)
        outcome = QHBoxLayout()
        outcome.setSpacing(SPACE)
        outcome.addWidget(self._sign)
        outcome.addWidget(self.outcome, 1)
        self._outcome = QWidget()
        self._outcome.setLayout(outcome)
        outcome.setContentsMargins(0, 0, 0, 0)
        self._outcome.hide()
        self.test_button = self._button(tr("&Test"))
        # In the order that the desktop has, as in every other dialog.
        box = QDialogButtonBox(self)
        words, roles = tr("Save") if profile else tr("Connect"), QDialogButtonBox.ButtonRole
        self.ok_button = box.addButton(words, roles.AcceptRole)
        self.ok_button.setDefault(True)
        self.cancel_button = box.addButton(tr("Cancel"), roles.RejectRole)
        self.cancel_button.setAutoDefault(False)
        self.test_button.clicked.connect(self._on_test_clicked)
        self.ok_button.clicked.connect(self._on_accepted)
        self.cancel_button.clicked.connect(self.reject)
        self.form.edited.connect(self._on_edited)
        self.finished.connect(self._stop_test)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.test_button)
        buttons.addStretch(1)
        buttons.addWidget(box)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE + 4)
        column.addWidget(self.form)
        column.addStretch(1)
        column.addWidget(self._outcome)
        column.addWidget(self._busy)
        column.addLayout(buttons)
        self.form.name.setFocus()

    def _button(self, words: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setAutoDefault(False)
        return button

    def event(self, event: QEvent) -> bool:
        """Grows with the lines under the fields, which wrap and so have no height of their own."""
        is_done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            layout = self.layout()
            wanted = layout.totalHeightForWidth(self.width()) if layout else 0
            if wanted > self.height():
                self.resize(self.width(), wanted)
        return is_done

    @property
    def is_testing(self) -> bool:
        """A test is under way."""
        return self._testing is not None

    def _is_complete(self) -> bool:
        problems = self.form.problems()
        if problems:
            next(iter(problems)).setFocus()
        return not problems

    def _on_accepted(self) -> None:
        if self._is_complete():
            self.accept()

    def _on_edited(self) -> None:
        """An old outcome says nothing of what is typed now."""
        if not self._testing:
            self._outcome.hide()

    def _on_test_clicked(self) -> None:
        if self._testing:
            self._stop_test()
            self._say(tr("The test was stopped."), Tone.MUTED)
        elif self._is_complete():
            profile, keys = self.form.profile(), self.form.credentials()
            self._testing = self._tasks.start(self._test(profile, keys), name="test connection")
            self._busy.set_busy(True)
            self.test_button.setText(tr("S&top"))
            self._say(tr("Connecting to {host}…").format(host=visible(profile.host)), Tone.MUTED)

    def _stop_test(self) -> None:
        if self._testing:
            self._testing.cancel()
        self._end_test()

    def _end_test(self) -> None:
        self._testing = None
        self._busy.set_busy(False)
        self.test_button.setText(tr("&Test"))

    async def _test(self, profile: Profile, keys: Credentials | None) -> None:
        try:
            if keys is None:
                keys = await self._saved_keys(profile.id)
            async with self._gateway.session(profile, keys) as session:
                words = await _try_out(session)
        except Exception as error:  # noqa: BLE001  every failure is the outcome of the test
            self._say(visible(problem_text(as_problem(error)), 2048), Tone.BAD)
        else:
            self._say(words, Tone.OK)
        self._end_test()

    def _say(self, words: str, tone: Tone) -> None:
        drawings = {Tone.OK: "circle-check", Tone.BAD: "alert-circle", Tone.MUTED: "plug"}
        size = QSize(ICON, ICON)
        self._sign.setPixmap(icon(drawings[tone], tone).pixmap(size, self.devicePixelRatioF()))
        self.outcome.set_tone(tone)
        self.outcome.setText(words)
        self._outcome.show()


async def _try_out(session: Session) -> str:
    """Lists the buckets, or the one bucket that the keys are for."""
    bucket = session.profile.default_bucket
    try:
        buckets = await session.buckets.all()
    except AccessDenied:
        if not bucket:
            raise
        async for _page in session.listing.pages(Location(bucket), page_size=1):
            break
        return tr("Connected. Bucket {bucket} can be read.").format(bucket=visible(bucket))
    count = len(buckets)
    words = trn("Connected: {count} bucket.", "Connected: {count} buckets.", count)
    return words.format(count=count_text(count))
