"""The main window: its panes, what it remembers, and how it is closed."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

from s3gui import settings as stored_settings
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.settings import Settings
from s3gui.ui.actions import Actions
from s3gui.ui.browsing import Browsing, Place
from s3gui.ui.connecting import Connecting
from s3gui.ui.details_loading import DetailsLoading
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.about import about_box
from s3gui.ui.dialogs.problem import ProblemDialog, as_problem
from s3gui.ui.filling import VisibleFill
from s3gui.ui.flow.commands import CommandsFlow
from s3gui.ui.flow.connections import ConnectionsFlow
from s3gui.ui.flow.limits import LimitsFlow
from s3gui.ui.flow.places import PlacesFlow
from s3gui.ui.flow.selection import SelectionFlow
from s3gui.ui.models.tree import TreeModel
from s3gui.ui.services import Services
from s3gui.ui.theme import Theme
from s3gui.ui.tree_loading import TreeLoading
from s3gui.ui.uploading import Uploading
from s3gui.ui.widgets.details import DetailsPane
from s3gui.ui.widgets.dock import Dock
from s3gui.ui.widgets.menus import fill_menu_bar, make_toolbar
from s3gui.ui.widgets.object_pane import ObjectPane
from s3gui.ui.widgets.status import StatusStrip
from s3gui.ui.widgets.transfers_pane import TransfersPane
from s3gui.ui.widgets.tree import ConnectionTree
from s3gui.ui.window_state import WindowState

_SAVE_MS = 2_000


class MainWindow(QMainWindow):
    """Puts the panes together; what follows from what is in ``flow``.

    Args:
        services: the parts of the program it works with.
        transfers_pane: the pane at the bottom; ``None`` leaves it out.
        theme: the look, for the choice in the menu; made here where none is given.
    """

    #: The person closed the window; whoever runs the program decides what becomes of it.
    close_requested = Signal()
    #: The person wants to leave the program.
    quit_requested = Signal()
    #: ``Settings``; they are being saved.
    settings_changed = Signal(object)

    def __init__(
        self,
        services: Services,
        *,
        transfers_pane: QWidget | None = None,
        theme: Theme | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("main")
        self.setWindowTitle("s3gui")
        self.services = services
        self._settings = services.settings
        app = QApplication.instance()
        if theme is None and isinstance(app, QApplication):
            theme = Theme(app, services.settings.theme)
        self._theme = theme
        self._may_close = False
        self._saving = asyncio.Lock()
        self._unsaved: Settings | None = None
        self.state = WindowState(services.state_dir)
        self.does = Actions(self)
        tasks, connections = services.tasks, services.connections
        self.browsing = Browsing(connections, tasks, self)
        self.connecting = Connecting(services, self)
        self.uploading = Uploading(self)
        self.tree_model = TreeModel(self)
        self.tree = ConnectionTree(self.tree_model)
        self.tree_loading = TreeLoading(self.tree_model, connections, tasks, self)
        self.pane = ObjectPane()
        self.fill = VisibleFill(self.pane.table, self.pane.model, tasks)
        self.details = DetailsPane()
        self.details_loading = DetailsLoading(self.details, connections, tasks)
        self.status = StatusStrip()
        self.transfers = transfers_pane
        self._lay_out()
        self.place_flow = PlacesFlow(self)
        self.connection_flow = ConnectionsFlow(self)
        self.selection_flow = SelectionFlow(self)
        self.command_flow = CommandsFlow(self)
        self.limits_flow = LimitsFlow(self)
        self._connect()
        self._restore()

    # Building -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.saved_menu = fill_menu_bar(
            self.menuBar(), self.does, self.pane.table.fill_columns_menu
        )
        self.toolbar, self.connect_menu, self.filter = make_toolbar(self.does, self)
        self.addToolBar(self.toolbar)
        self.setCentralWidget(self.pane)
        self.setStatusBar(self.status)
        self.setDockNestingEnabled(True)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.tree_dock = Dock("treeDock", tr("Connections"), self.tree, self)
        self.details_dock = Dock("detailsDock", tr("Details"), self.details, self)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.tree_dock)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.details_dock)
        self._docks: list[tuple[Dock, QAction]] = [
            (self.tree_dock, self.does.show_tree),
            (self.details_dock, self.does.show_details),
        ]
        if self.transfers is not None:
            dock = Dock("transfersDock", tr("Transfers"), self.transfers, self)
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            self._docks.append((dock, self.does.show_transfers))
            self.resizeDocks([dock], [310], Qt.Orientation.Vertical)
        else:
            self.does.show_transfers.setVisible(False)
        room = self.screen().availableSize()
        self.setTabOrder(self.tree, self.pane.table)
        self.setTabOrder(self.pane.table, self.details.tabs)
        self.resize(min(1440, room.width() * 9 // 10), min(900, room.height() * 9 // 10))

    def _connect(self) -> None:
        for dock, action in self._docks:
            action.toggled.connect(dock.setVisible)
            dock.visibilityChanged.connect(
                lambda _shown, dock=dock, action=action: action.setChecked(not dock.isHidden())
            )
        self.does.quit.triggered.connect(self.quit_requested)
        self.does.about.triggered.connect(
            lambda _on=False: self.ask_later(about_box(self), "about")
        )
        self._connect_choice(self.does.themes, self._settings.theme, self._on_theme_chosen)
        opens, does = self.does.opens, self._settings.open_object
        self._connect_choice(opens, does, lambda one: self.remember(open_object=one.data()))
        self._connect_choice(self.does.languages, self._settings.language, self._on_language_chosen)
        if isinstance(self.transfers, TransfersPane):
            self.transfers.files_dropped.connect(self.command_flow.on_files_dropped_here)
            self.transfers.problem.connect(self.show_problem)
            self.transfers.place_wanted.connect(self.place_flow.on_transfer_place_wanted)
            self.transfers.summary_changed.connect(self.status.show_moving)
            self.status.show_moving(self.transfers.summary)
        self._save_later = QTimer(self, interval=_SAVE_MS, singleShot=True)
        self._save_later.timeout.connect(self._on_save_due)
        self.browsing.place_changed.connect(self._on_place_changed)
        self.pane.details_wanted.connect(self.show_details)

    def _connect_choice(
        self, group: QActionGroup, value: str, slot: Callable[[QAction], None]
    ) -> None:
        for action in group.actions():
            action.setChecked(action.data() == value)
        group.triggered.connect(slot)

    # What others call ---------------------------------------------------------------------------

    async def start(self, place: Place | None = None) -> None:
        """Reads the saved connections and goes to ``place``, or to where the person was last."""
        await self.connecting.reload()
        wanted = place or self.state.place()
        if wanted is not None and self.connecting.profile(wanted.profile_id):
            self.browsing.go(wanted)
        elif len(self.connecting.profiles) == 1:
            self.browsing.go(Place(self.connecting.profiles[0].id))

    def go_to(self, profile_id: str, where: Location | None = None) -> None:
        """Shows a place of a saved connection."""
        self.browsing.go(Place(profile_id, where))

    def go_to_here(self, where: Location) -> None:
        """Shows another place of the connection that is shown, or of the only one there is."""
        profiles = self.connecting.profiles
        if self.place is not None:
            self.browsing.go(Place(self.place.profile_id, where))
        elif len(profiles) == 1:
            self.browsing.go(Place(profiles[0].id, where))
        else:
            self.pane.messages.show_note(tr("Open a connection first."), warns=True)

    @property
    def place(self) -> Place | None:
        """Where the person is."""
        return self.browsing.place

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._settings

    def drop_hint(self) -> str:
        """Where files dropped on the transfers pane would go, in words; "" for nowhere."""
        place = self.browsing.place
        if place is None or place.location is None:
            return ""
        return tr("Upload to {place}").format(place=visible(str(place.location), 200))

    def show_error(self, error: Exception, _name: str = "") -> None:
        """Shows an error that nobody else showed; ``Tasks`` may be given this."""
        self.show_problem(as_problem(error))

    def show_problem(self, error: S3guiError) -> None:
        """Shows an error in the message bar."""
        self.pane.messages.show_error(error)

    def show_details(self, error: S3guiError) -> None:
        """Opens all that is known of an error."""
        self.ask_later(ProblemDialog(error, self), "details of a problem")

    def ask_later(self, dialog: QDialog, name: str) -> None:
        """Opens a dialog whose answer nobody waits for."""

        async def asking() -> None:
            await ask(dialog)

        self.services.tasks.start(asking(), name=name)

    def remember_on_close(self, choice: str) -> None:
        """Keeps what a closed window with work in flight is to do (``Settings.on_close``)."""
        self.change_settings(replace(self._settings, on_close=choice))

    def close_for_good(self) -> None:
        """Closes the window without asking anybody; its state is saved. Safe to call twice."""
        if self._may_close:
            return
        self._may_close = True
        self._save_later.stop()
        if self._unsaved is not None:
            # Chosen in the last moment, as with "do not ask again": this task may not get its turn.
            with contextlib.suppress(OSError):
                stored_settings.save(self.services.state_dir, self._unsaved)
        self.command_flow.close()
        self.limits_flow.close()
        self.selection_flow.close()
        self.fill.close()
        self.browsing.stop()
        self.close()

    # State --------------------------------------------------------------------------------------

    def save_state(self) -> None:
        """Remembers geometry, docks, columns and the place, on disk when it returns."""
        self._note_state()
        self.state.save()

    def _note_state(self) -> None:
        self.state.set_blob("geometry", self.saveGeometry())
        self.state.set_blob("docks", self.saveState())
        self.state.set_blob("columns", self.pane.table.save_columns())
        if isinstance(self.transfers, TransfersPane):
            self.transfers.save_layout(self.state)

    def _restore(self) -> None:
        geometry: QByteArray = self.state.blob("geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        docks = self.state.blob("docks")
        self._is_laid_out = not docks.isEmpty() and self.restoreState(docks)
        columns = self.state.blob("columns")
        if not columns.isEmpty():
            self.pane.table.restore_columns(columns)
        if isinstance(self.transfers, TransfersPane):
            self.transfers.restore_layout(self.state)
        for dock, action in self._docks:
            action.setChecked(not dock.isHidden())

    def showEvent(self, event: QShowEvent) -> None:
        """Gives the docks their first sizes; before a window is shown it would not keep them."""
        super().showEvent(event)
        if self._is_laid_out:
            return
        self._is_laid_out = True
        sides = [self.tree_dock, self.details_dock]
        self.resizeDocks(sides, [236, 312], Qt.Orientation.Horizontal)
        below = [dock for dock, _ in self._docks if dock not in sides]
        # Some rows and some of the parts that one unfolds to; the larger part is for browsing.
        height = max(min(self.height() * 2 // 5, 330), self.height() // 3)
        self.resizeDocks(below, [height] * len(below), Qt.Orientation.Vertical)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leaves the decision to whoever runs the program."""
        self.save_state()
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()

    # Choices ------------------------------------------------------------------------------------

    def _on_place_changed(self, place: Place | None) -> None:
        if place is not None:
            self.state.set_place(place)
        self._save_later.start()

    def _on_save_due(self) -> None:
        self._note_state()
        # A disk may let us wait for a second: never in the window's thread.
        self.services.tasks.start(asyncio.to_thread(self.state.save), name="saving the layout")

    def remember(self, **changes: str) -> None:
        """Other values of some settings that are texts; no change is not saved."""
        texts: dict[str, Any] = dict(changes)
        settings = replace(self._settings, **texts)
        if settings != self._settings:
            self.change_settings(settings)

    def change_settings(self, settings: Settings) -> None:
        """Other settings, from now on; they are being saved."""
        self._settings = self._unsaved = settings
        self.services.tasks.start(self._save_settings(), name="saving the settings")
        self.settings_changed.emit(settings)

    async def _save_settings(self) -> None:
        """Writes the newest settings, one time after the other."""
        async with self._saving:
            if (newest := self._unsaved) is None:
                return
            try:
                await asyncio.to_thread(stored_settings.save, self.services.state_dir, newest)
            except OSError as error:
                self.show_error(error)
            if self._unsaved is newest:
                self._unsaved = None

    def _on_theme_chosen(self, action: QAction) -> None:
        if self._theme is not None:
            self._theme.set(action.data())
        self.change_settings(replace(self._settings, theme=action.data()))

    def _on_language_chosen(self, action: QAction) -> None:
        self.change_settings(replace(self._settings, language=action.data()))
        self.pane.messages.show_note(tr("The language changes when s3gui is started again."))
