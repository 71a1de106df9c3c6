"""A command is given: what it does, when it can be given, and where its menus open."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut

from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.ui.actions import Situation
from s3gui.ui.drop import paths_from_clipboard
from s3gui.ui.flow.conflicts import ConflictsFlow
from s3gui.ui.flow.objects import ObjectsFlow
from s3gui.ui.models.tree import Node, NodeKind
from s3gui.ui.widgets.menus import node_menu, objects_menu

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

_FILTER_MS = 150
#: Addresses of more rows than this are not worth a clipboard.
_MOST_COPIED = 10_000
_FILES = ("text/uri-list", "x-special/gnome-copied-files")


class CommandsFlow(QObject):
    """Gives every command of ``Actions`` its deed, and keeps it enabled only while it has one."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self._filter_later = QTimer(self, interval=_FILTER_MS, singleShot=True)
        self._filter_later.timeout.connect(self._apply_filter)
        self._conflicts = ConflictsFlow(window)
        self.objects = ObjectsFlow(window)
        self._connect_commands()
        self._connect_uploads()
        self._connect_filter()
        browsing = window.browsing
        browsing.history_changed.connect(self.refresh)
        browsing.listing_ended.connect(self.refresh)
        browsing.listing_stopped.connect(self.refresh)
        browsing.listing_failed.connect(self.refresh)
        window.connecting.profiles_changed.connect(self.refresh)
        window.connecting.opened_or_closed.connect(self.refresh)
        window.selection_flow.counted.connect(self.refresh)
        window.pane.model.counted.connect(self.refresh)
        QGuiApplication.clipboard().dataChanged.connect(self.refresh)
        window.tree.menu_wanted.connect(self._on_node_menu)
        window.pane.menu_wanted.connect(self._on_objects_menu)
        self.refresh()

    def close(self) -> None:
        """Ends what would go on after the window."""
        self._filter_later.stop()
        self._conflicts.close()
        self.objects.close()
        QGuiApplication.clipboard().dataChanged.disconnect(self.refresh)

    def _connect_commands(self) -> None:
        w, does = self._w, self._w.does
        deeds: tuple[tuple[QAction, Callable[[], None]], ...] = (
            (does.back, w.browsing.back),
            (does.forward, w.browsing.forward),
            (does.up, w.browsing.up),
            (does.refresh, w.place_flow.retry),
            (does.stop, w.browsing.stop),
            (does.edit_path, w.pane.path.edit),
            (does.upload_files, self._choose_files),
            (does.upload_folder, self._choose_folder),
            (does.paste, self._paste),
            (does.copy_address, self._copy_address),
            (does.select_all, w.pane.table.selectAll),
            (does.filter, self._focus_filter),
        )
        for action, deed in deeds:
            action.triggered.connect(deed)
        # Ctrl+C, Ctrl+A, Ctrl+V and Esc mean something else in every other pane.
        for action in (does.copy_address, does.select_all, does.paste, does.stop):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            w.pane.addAction(action)
        w.tree.addAction(does.paste)

    def _connect_uploads(self) -> None:
        w = self._w
        w.pane.files_dropped.connect(self._on_files_dropped)
        w.pane.upload_wanted.connect(self._choose_files)
        w.tree.files_dropped.connect(w.uploading.upload)
        w.uploading.queued.connect(w.pane.messages.show_note)
        w.uploading.skipped.connect(w.pane.messages.show_warning)
        w.uploading.failed.connect(w.pane.messages.show_error)

    def _connect_filter(self) -> None:
        field = self._w.filter
        field.textChanged.connect(self._filter_later.start)
        field.returnPressed.connect(self._w.pane.table.setFocus)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), field)
        leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        leave.activated.connect(self._leave_filter)

    # When ---------------------------------------------------------------------------------------

    def situation(self) -> Situation:
        """What the commands go by."""
        w, place = self._w, self._w.place
        return Situation(
            has_connections=bool(w.connecting.profiles),
            is_open=place is not None and w.connecting.is_open(place.profile_id),
            has_place=place is not None,
            in_bucket=place is not None and place.location is not None,
            can_go_back=w.browsing.can_go_back,
            can_go_forward=w.browsing.can_go_forward,
            can_go_up=w.browsing.can_go_up,
            is_listing=w.browsing.is_listing,
            rows=w.pane.model.rowCount(),
            selected=w.selection_flow.totals.count,
            clipboard_files=_clipboard_has_files(),
            clipboard_objects=self.objects.copying.has_kept,
        )

    def refresh(self) -> None:
        """Enables what can be done now."""
        self._w.does.update(self.situation())
        self._w.filter.setEnabled(self._w.does.filter.isEnabled())

    # Deeds --------------------------------------------------------------------------------------

    def on_files_dropped_here(self, paths: list[Path]) -> None:
        """Files were dropped where no place is named: they go to the one that is shown."""
        place = self._w.place
        if place is not None and place.location is not None:
            self._w.uploading.upload(place.profile_id, place.location, paths)

    def _on_files_dropped(self, where: Location, paths: list[Path]) -> None:
        if self._w.place is not None:
            self._w.uploading.upload(self._w.place.profile_id, where, paths)

    def _choose_files(self) -> None:
        place = self._w.place
        if place is not None and place.location is not None:
            self._w.uploading.choose_files(place.profile_id, place.location)

    def _choose_folder(self) -> None:
        place = self._w.place
        if place is not None and place.location is not None:
            self._w.uploading.choose_folder(place.profile_id, place.location)

    def _paste(self) -> None:
        if self.objects.paste():
            return
        paths = paths_from_clipboard()
        if paths:
            self.on_files_dropped_here(paths)
        else:
            words = tr("There are no files of this computer, and no objects, on the clipboard.")
            self._w.pane.messages.show_note(words, warns=True)

    def _copy_address(self) -> None:
        """The true addresses, one a line; what is shown may have been made safe to show."""
        ranges = self._w.pane.table.selected_ranges
        rows = [row for first, last in ranges for row in range(first, last + 1)][:_MOST_COPIED]
        addresses = [str(self._w.pane.model.location_at(row)) for row in rows]
        if addresses:
            QGuiApplication.clipboard().setText("\n".join(addresses))

    # Filter -------------------------------------------------------------------------------------

    def clear_filter(self) -> None:
        """Shows everything again, at once."""
        if self._w.filter.text() or self._w.pane.model.filter_text:
            self._w.filter.clear()
            self._apply_filter()

    def _focus_filter(self) -> None:
        self._w.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._w.filter.selectAll()

    def _leave_filter(self) -> None:
        self.clear_filter()
        self._w.pane.table.setFocus()

    def _apply_filter(self) -> None:
        self._filter_later.stop()
        self._w.pane.model.set_filter(self._w.filter.text())

    # Menus --------------------------------------------------------------------------------------

    def _on_objects_menu(self, at: QPoint) -> None:
        w = self._w
        if w.place is None or w.place.location is None:
            return
        index = w.pane.table.currentIndex()
        can_open = bool(w.selection_flow.totals.folders == 1 == w.selection_flow.totals.count)
        where = w.pane.model.location_at(index.row()) if index.isValid() and can_open else None
        opens = (lambda: w.go_to_here(where)) if where is not None else None
        objects_menu(w.does, w, opens).popup(at)

    def _on_node_menu(self, node: Node | None, at: QPoint) -> None:
        w = self._w
        if node is None or node.kind is NodeKind.NOTICE:
            node_menu(w, [("plug", tr("&New connection…"), w.connecting.add)]).popup(at)
            return
        entries: list[tuple[str, str, Callable[[], None]] | None] = [
            ("folder", tr("&Open"), lambda: w.go_to(node.profile_id, node.location)),
            ("refresh", tr("&Refresh"), lambda: w.tree_loading.load(node)),
            None,
        ]
        entries += self._place_entries(node) if node.location else self._connection_entries(node)
        node_menu(w, entries).popup(at)

    def _place_entries(self, node: Node) -> list[tuple[str, str, Callable[[], None]] | None]:
        w, where = self._w, node.location or Location("")
        upload = w.uploading
        address = str(where)
        return [
            *self.objects.node_entries(node),
            (
                "file-upload",
                tr("Upload &files…"),
                lambda: upload.choose_files(node.profile_id, where),
            ),
            (
                "folder-up",
                tr("Upload f&older…"),
                lambda: upload.choose_folder(node.profile_id, where),
            ),
            None,
            (
                "copy",
                tr("Copy the addr&ess"),
                lambda: QGuiApplication.clipboard().setText(address),
            ),
        ]

    def _connection_entries(self, node: Node) -> list[tuple[str, str, Callable[[], None]] | None]:
        connecting, key = self._w.connecting, node.profile_id
        entries: list[tuple[str, str, Callable[[], None]] | None] = [
            ("pencil", tr("&Edit the connection…"), lambda: connecting.edit(key)),
            ("trash", tr("Re&move the connection…"), lambda: connecting.remove(key)),
        ]
        if node.is_open:
            entries.insert(0, ("plug-x", tr("&Disconnect"), lambda: self._disconnect(key)))
        return entries

    def _disconnect(self, profile_id: str) -> None:
        self._w.browsing.forget(profile_id)
        self._w.connecting.close(profile_id)


def _clipboard_has_files() -> bool:
    """Asks for the formats alone: the contents may have to be fetched from a slow program."""
    mime: QMimeData | None = QGuiApplication.clipboard().mimeData()
    return mime is not None and any(mime.hasFormat(name) for name in _FILES)
