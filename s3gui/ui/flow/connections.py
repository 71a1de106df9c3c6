"""A connection is opened, closed, edited, removed: the tree, the menus and the place follow."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from s3gui.domain.entries import Bucket
from s3gui.domain.errors import NeedsCredentials
from s3gui.domain.text import tr
from s3gui.ui.browsing import Place
from s3gui.ui.models.tree import Node, NodeKind
from s3gui.ui.widgets.menus import fill_connections_menu

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow


class ConnectionsFlow(QObject):
    """Keeps what is shown of connections true."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        connecting = window.connecting
        connecting.profiles_changed.connect(self._on_profiles_changed)
        connecting.opened_or_closed.connect(self._on_opened_or_closed)
        connecting.connected.connect(self._on_connected)
        connecting.removed.connect(window.browsing.forget)
        connecting.failed.connect(window.pane.messages.show_error)
        window.tree_loading.buckets_listed.connect(self._on_buckets_listed)
        window.tree_loading.failed.connect(self._on_node_failed)
        window.pane.connect_wanted.connect(connecting.add)
        window.place_flow.failed.connect(self.offer_keys)
        window.does.connect_new.triggered.connect(connecting.add)
        window.does.close_connection.triggered.connect(self._close_connection)
        window.does.edit_connection.triggered.connect(self._edit_connection)
        window.does.remove_connection.triggered.connect(self._remove_connection)

    def _on_profiles_changed(self) -> None:
        w = self._w
        profiles = w.connecting.profiles
        w.tree_model.set_profiles(profiles)
        for profile in profiles:
            is_open = w.connecting.is_open(profile.id)
            w.tree_model.set_open(profile.id, is_open=is_open)
        for menu, new in ((w.connect_menu, w.does.connect_new), (w.saved_menu, None)):
            fill_connections_menu(menu, profiles, w.connecting.is_open, w.go_to, new)
        if w.place is None:
            w.pane.show_welcome(has_connections=bool(profiles))

    def _on_opened_or_closed(self, profile_id: str, is_open: bool) -> None:
        w = self._w
        if not is_open:
            w.tree_loading.forget(profile_id)
        w.tree_model.set_open(profile_id, is_open=is_open)
        self._on_profiles_changed()

    def _on_connected(self, profile_id: str) -> None:
        """The person just entered it: its buckets are asked for with the new keys."""
        w = self._w
        if (node := w.tree_model.connection(profile_id)) is not None:
            w.tree_loading.forget(profile_id)
            w.tree_model.clear(node)
        w.browsing.go(Place(profile_id))

    def _on_buckets_listed(self, profile_id: str, buckets: list[Bucket]) -> None:
        self._w.details_loading.know_buckets(profile_id, buckets)
        place = self._w.place
        if place is not None and place.profile_id == profile_id:
            self._w.tree.show_place(profile_id, place.location)

    def _on_node_failed(self, node: Node, error: Exception) -> None:
        w, place = self._w, self._w.place
        shown_here = place is not None and place.profile_id == node.profile_id
        if node.kind is NodeKind.CONNECTION and shown_here and place and place.location is None:
            w.pane.fail(error)
        if node.kind is NodeKind.CONNECTION:
            self.offer_keys(error, node.profile_id)

    def offer_keys(self, error: Exception, profile_id: str = "") -> None:
        """Keys that are missing or wrong can be typed in on the spot."""
        key = profile_id or (self._w.place.profile_id if self._w.place else "")
        if isinstance(error, NeedsCredentials) and self._w.connecting.profile(key):
            self._w.pane.messages.show_error(
                error,
                caption=tr("Edit the connection…"),
                action=lambda: self._w.connecting.edit(key),
            )

    def _close_connection(self) -> None:
        if (place := self._w.place) is not None:
            self._w.browsing.forget(place.profile_id)
            self._w.connecting.close(place.profile_id)

    def _edit_connection(self) -> None:
        if (place := self._w.place) is not None:
            self._w.connecting.edit(place.profile_id)

    def _remove_connection(self) -> None:
        if (place := self._w.place) is not None:
            self._w.connecting.remove(place.profile_id)
