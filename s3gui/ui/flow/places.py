"""A place is chosen: it is listed, shown, marked in the tree."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from s3gui.domain.entries import Page
from s3gui.domain.location import Location
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Transfer
from s3gui.ui.browsing import Place
from s3gui.ui.models.tree import Load, Node

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow


class PlacesFlow(QObject):
    """From the tree, the path bar and the table to a listing, and from its pages to the table."""

    #: ``Exception``: the place cannot be listed.
    failed = Signal(object)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        #: Selected when it is listed.
        self._wanted_key = ""
        browsing, tree, pane = window.browsing, window.tree, window.pane
        browsing.place_changed.connect(self._on_place_changed)
        browsing.page_arrived.connect(self._on_page_arrived)
        browsing.listing_ended.connect(self._on_listing_ended)
        browsing.listing_stopped.connect(pane.stop)
        browsing.listing_failed.connect(self._on_listing_failed)
        tree.chosen.connect(self._on_node_chosen)
        tree.load_wanted.connect(window.tree_loading.load)
        tree.retry_wanted.connect(window.tree_loading.load)
        pane.path.chosen.connect(self._on_path_chosen)
        pane.path.refused.connect(self._on_path_refused)
        pane.table.folder_opened.connect(self._w.go_to_here)
        pane.table.up_wanted.connect(browsing.up)
        pane.retry_wanted.connect(self.retry)

    def _on_node_chosen(self, node: Node) -> None:
        self._w.browsing.go(Place(node.profile_id, node.location))

    def _on_place_changed(self, place: Place | None) -> None:
        w = self._w
        w.fill.leave()
        is_other = place is None or place.location != w.pane.model.location
        if is_other:
            w.command_flow.clear_filter()
        if place is None:
            w.pane.show_welcome(has_connections=bool(w.connecting.profiles))
        elif place.location is None:
            profile = w.connecting.profile(place.profile_id)
            w.pane.show_connection(profile.name if profile else "")
        else:
            w.pane.begin(place.location)
        if place is not None:
            self._show_in_tree(place)

    def _show_in_tree(self, place: Place) -> None:
        w = self._w
        node = w.tree_model.connection(place.profile_id)
        if node is not None and node.load is Load.UNKNOWN:
            w.tree.open_node(node)
        elif node is not None and node.load is Load.FAILED and place.location is None:
            w.tree_loading.load(node)
        w.tree.show_place(place.profile_id, place.location)

    def _on_page_arrived(self, page: Page) -> None:
        w = self._w
        is_first = not w.pane.model.rowCount()
        w.pane.append(page)
        if w.place is not None:
            w.tree_loading.page_seen(w.place.profile_id, page)
        if self._wanted_key and any(entry.key == self._wanted_key for entry in page.objects):
            w.pane.table.select_key(self._wanted_key)
            self._wanted_key = ""
        elif is_first and w.pane.model.rowCount() and not w.pane.table.currentIndex().isValid():
            self._select_nothing_but_stand_on_first()
        if w.place is not None and (session := w.services.connections.get(w.place.profile_id)):
            w.fill.enter_if_new(session)

    def _select_nothing_but_stand_on_first(self) -> None:
        """The keyboard has a row to start from, and nothing is selected by itself."""
        table = self._w.pane.table
        flags = table.selectionModel().SelectionFlag.NoUpdate
        table.selectionModel().setCurrentIndex(self._w.pane.model.index(0, 0), flags)

    def _on_listing_ended(self, is_complete: bool) -> None:
        self._w.pane.end(is_complete=is_complete)
        self._wanted_key = ""

    def _on_listing_failed(self, error: Exception) -> None:
        self._w.pane.fail(error)
        self.failed.emit(error)

    def retry(self) -> None:
        """Lists the place again; of a connection, its buckets."""
        w, place = self._w, self._w.place
        if place is None:
            return
        if place.location is None and (node := w.tree_model.connection(place.profile_id)):
            w.browsing.refresh()
            w.tree_loading.load(node)
            return
        w.browsing.refresh()

    def _on_path_chosen(self, where: Location) -> None:
        self._w.go_to_here(where)
        self._w.pane.table.setFocus()

    def _on_path_refused(self, typed: str) -> None:
        words = tr("“{text}” is no place. Type s3://bucket/folder/ or bucket/folder.")
        shown = words.format(text=visible(typed, 120))
        self._w.pane.messages.show_note(shown, warns=True)

    def on_transfer_place_wanted(self, transfer: Transfer | Receipt) -> None:
        """Shows the object of a transfer, also of one that is history, in its folder."""
        self._wanted_key = transfer.location.key
        self._w.browsing.go(Place(transfer.profile_id, transfer.location.parent))
