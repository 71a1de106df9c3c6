"""The middle of the window: path, messages, and the table or what stands in its place."""

from PySide6.QtCore import QEvent, QObject, QPoint, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from s3gui.domain.entries import Page
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.ui.dialogs.problem import as_problem
from s3gui.ui.models.objects import ObjectsModel
from s3gui.ui.theme import Tone
from s3gui.ui.widgets.busy_line import BusyLine
from s3gui.ui.widgets.empty_state import EmptyState
from s3gui.ui.widgets.message_bar import MessageBar
from s3gui.ui.widgets.path_bar import PathBar
from s3gui.ui.widgets.table import ObjectTable
from s3gui.ui.widgets.view_drop import ViewDrop


class ObjectPane(QWidget):
    """Shows one place. Which one and with what rows is told from outside."""

    connect_wanted = Signal()
    retry_wanted = Signal()
    upload_wanted = Signal()
    #: ``S3guiError``
    details_wanted = Signal(object)
    #: ``Location`` and ``list[Path]``
    files_dropped = Signal(object, list)
    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ObjectsModel(self)
        self.table = ObjectTable(self.model)
        self.path = PathBar()
        self.messages = MessageBar()
        self.busy = BusyLine()
        #: In the table's place: nothing is open, or the listing failed.
        self.empty = EmptyState()
        self.empty.setAutoFillBackground(True)
        self.empty.setBackgroundRole(QPalette.ColorRole.Base)
        #: Over the table's rows: there are none.
        self.hint = EmptyState(self.table)
        self.hint.hide()
        self._error: S3guiError | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        line = QFrame()
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.path, line, self.messages, self.busy):
            column.addWidget(widget)
        column.addWidget(self._stack, 1)
        self._listing = False
        self._action = self.connect_wanted
        self.empty.action_wanted.connect(self._on_action_wanted)
        self.hint.action_wanted.connect(self.upload_wanted)
        self.empty.details_wanted.connect(self._on_details_wanted)
        for state in (self.hint, self.empty):
            state.menu_wanted.connect(self.menu_wanted)
        self.messages.details_wanted.connect(self.details_wanted)
        self.table.files_dropped.connect(self.files_dropped)
        self.table.menu_wanted.connect(self.menu_wanted)
        self.model.arranged.connect(self._choose)
        self.model.counted.connect(self._choose)
        self.drop_zones = [
            ViewDrop(state, lambda _at: self._here()) for state in (self.hint, self.empty)
        ]
        for zone in self.drop_zones:
            zone.dropped.connect(self.files_dropped)
        self.table.viewport().installEventFilter(self)
        self.show_welcome(has_connections=False)

    @property
    def has_failed(self) -> bool:
        """The place could not be listed, and no row of it came."""
        return self._error is not None

    @property
    def is_table_shown(self) -> bool:
        """Rows, rather than a sentence in their place."""
        return self._stack.currentWidget() is self.table

    # What is told from outside ------------------------------------------------------------------

    def show_welcome(self, *, has_connections: bool) -> None:
        """Nothing is open yet."""
        self._begin(None)
        if has_connections:
            title = tr("No connection is open")
            text = tr("Choose a connection in the tree on the left.")
            self.empty.say("plug", title, text)
            return
        self._action = self.connect_wanted
        self.empty.say(
            "cloud-upload",
            tr("Connect to a storage"),
            tr(
                "AWS S3 or any provider that speaks its protocol. You need an address and two keys."
            ),
            action=tr("Connect to a storage…"),
            tone=Tone.ACCENT,
        )

    def show_connection(self, name: str) -> None:
        """A connection is open, and no bucket is chosen."""
        self._begin(None)
        title = tr("Choose a bucket")
        text = tr("The buckets of {name} are in the tree on the left.")
        self.empty.say("bucket", title, text.format(name=visible(name)))

    def begin(self, where: Location) -> None:
        """A listing of this place begins."""
        self._begin(where)

    def append(self, page: Page) -> None:
        """A page came."""
        if self.model.append(page):
            self._choose()

    def end(self, *, is_complete: bool) -> None:
        """The listing ended."""
        self._listing = False
        self.busy.set_busy(False)
        self.model.finish()
        self._choose()
        if not is_complete and self.model.rowCount():
            self.messages.show_note(
                tr("The list is not complete: the server did not say how it goes on."), warns=True
            )

    def stop(self) -> None:
        """The person stopped the listing."""
        self._listing = False
        self.busy.set_busy(False)
        self.model.finish()
        self._choose()

    def fail(self, error: Exception) -> None:
        """The listing failed: said in the place of the rows, or above those that came."""
        self._listing = False
        self.busy.set_busy(False)
        self.model.finish()
        problem = as_problem(error)
        if self.model.rowCount():
            self.messages.show_error(
                problem, caption=tr("Try again"), action=self.retry_wanted.emit
            )
            return
        self._error = problem
        self._action = self.retry_wanted
        parts = (problem.detail, problem.hint)
        words = " ".join(f"{part.rstrip('.')}." for part in parts if part)
        self.empty.say(
            "alert-triangle",
            visible(problem.title),
            visible(words),
            action=tr("Try again"),
            details=tr("Details…"),
            tone=Tone.BAD,
        )
        self._stack.setCurrentWidget(self.empty)

    def _begin(self, where: Location | None) -> None:
        self._error = None
        self._listing = where is not None
        self.busy.set_busy(where is not None)
        self.model.show(where)
        self.path.set_location(where)
        self._stack.setCurrentWidget(self.table if where else self.empty)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The hint covers the rows' room, whatever its size."""
        if event.type() is QEvent.Type.Resize and watched is self.table.viewport():
            self.hint.setGeometry(self.table.viewport().geometry())
        return super().eventFilter(watched, event)

    def _choose(self) -> None:
        """Says why there are no rows, where there are none."""
        where = self.model.location
        is_settled = not (self._listing or self.model.rowCount() or self.model.is_arranging)
        if where is None or not is_settled:
            self.hint.hide()
            return
        if self.model.object_count or self.model.folder_count:
            title = tr("Nothing here matches “{text}”").format(text=visible(self.model.filter_text))
            self.hint.say("search", title, tr("Clear the filter to see everything."))
        else:
            title = tr("This folder is empty") if where.key else tr("This bucket is empty")
            text = tr("Drop files or folders here, or choose them.")
            self.hint.say("cloud-upload", title, text, action=tr("Upload files…"))
        self.hint.setGeometry(self.table.viewport().geometry())
        self.hint.show()
        self.hint.raise_()

    def _here(self) -> tuple[Location, None] | None:
        where = self.model.location
        return (where, None) if where is not None else None

    def _on_action_wanted(self) -> None:
        self._action.emit()

    def _on_details_wanted(self) -> None:
        if self._error is not None:
            self.details_wanted.emit(self._error)
