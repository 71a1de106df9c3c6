"""Something is selected or arrives: the status bar and the details follow."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.ui.arrivals import Arrivals
from s3gui.ui.models.details import Subject, Target
from s3gui.ui.models.selecting import Totals, totals

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

_SETTLE_MS = 40
_QUIET_S = 0.7


class SelectionFlow(QObject):
    """Counts what is shown and selected, and says what the details are about."""

    #: The selection was counted anew.
    counted = Signal()

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self._totals = Totals()
        #: Folders that may be empty by now.
        self._asked: set[Location] = set()
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._show_selection)
        self._arrivals = Arrivals(window.services.queue, self)
        self._arrivals.left.connect(self._on_left)
        self._arrivals.arrived.connect(self._on_arrived)
        window.pane.table.selected.connect(self._settle.start)
        window.pane.model.counted.connect(self._show_content)
        window.pane.model.arranged.connect(self._settle.start)
        window.browsing.place_changed.connect(self._on_place_changed)
        window.browsing.history_changed.connect(self._show_content)
        window.browsing.listing_ended.connect(self._show_content)
        window.browsing.listing_stopped.connect(self._show_content)
        window.browsing.listing_failed.connect(self._show_content)
        window.connecting.profiles_changed.connect(self._show_connection)
        window.details_dock.visibilityChanged.connect(self._on_details_shown)

    @property
    def totals(self) -> Totals:
        """What is selected."""
        return self._totals

    def close(self) -> None:
        """Stops watching the queue."""
        self._arrivals.close()
        self._settle.stop()

    def _on_place_changed(self) -> None:
        self._show_connection()
        self._show_content()
        self._show_selection()

    def _show_connection(self) -> None:
        connecting, place = self._w.connecting, self._w.place
        profile = connecting.profile(place.profile_id) if place else None
        unsaved = bool(place and connecting.has_unsaved_keys(place.profile_id))
        self._w.status.show_connection(profile, has_unsaved_keys=unsaved)

    def _show_content(self) -> None:
        model = self._w.pane.model
        self._w.status.show_content(
            model.folder_count,
            model.object_count,
            model.total_bytes,
            is_listing=self._w.browsing.is_listing,
            in_bucket=model.location is not None and not self._w.pane.has_failed,
        )

    def _show_selection(self) -> None:
        self._totals = totals(self._w.pane.model, self._w.pane.table.selected_ranges)
        self._w.status.show_selection(self._totals)
        self._w.details_loading.show(self.target())
        self.counted.emit()

    def target(self) -> Target:
        """What the details are about: the selection, or the place itself where there is none."""
        place, model = self._w.place, self._w.pane.model
        if place is None or place.location is None or place.location != model.location:
            return Target()
        if self._totals.count > 1:
            return Target(Subject.MANY, place.profile_id, place.location, self._totals)
        where = place.location
        if self._totals.count == 1:
            where = model.location_at(self._w.pane.table.selected_ranges[0][0])
        if self._totals.objects:
            subject = Subject.OBJECT
        else:
            subject = Subject.FOLDER if where.key else Subject.BUCKET
        return Target(subject, place.profile_id, where)

    def _on_details_shown(self, shown: bool) -> None:
        if shown:
            self._w.details_loading.wake()

    def _on_left(self, profile_id: str, bucket: str, keys: list[str]) -> None:
        """Takes objects out of sight; a folder goes when the server says that nothing is in it."""
        w, place = self._w, self._w.place
        if place is None or place.location is None:
            return
        where = place.location
        if (place.profile_id, where.bucket) != (profile_id, bucket):
            return
        below = [key[len(where.key) :] for key in keys if key.startswith(where.key)]
        w.pane.model.discard([where.key + name for name in below if DELIMITER not in name])
        for name in {name.partition(DELIMITER)[0] for name in below if DELIMITER in name}:
            folder = where.child(name + DELIMITER)
            if folder not in self._asked:
                self._asked.add(folder)
                w.services.tasks.start(self._look_into(profile_id, folder), name="empty folder")

    async def _look_into(self, profile_id: str, folder: Location) -> None:
        try:
            # The others of its batch have most likely gone by then: one question, not hundreds.
            await asyncio.sleep(_QUIET_S)
        finally:
            self._asked.discard(folder)
        session = self._w.services.connections.get(profile_id)
        if session is None:
            return
        with contextlib.suppress(S3guiError):  # a folder that stays in sight is no harm
            async for page in session.listing.pages(folder, recursive=True, page_size=1):
                if not page.objects and not page.prefixes and page.last:
                    self._forget_folder(profile_id, folder)
                return

    def _forget_folder(self, profile_id: str, folder: Location) -> None:
        model = self._w.pane.model
        if model.location == folder.parent:
            model.discard([folder.key])
        node = self._w.tree_model.find(profile_id, folder)
        if node is not None and node.location == folder and node.parent is not None:
            kept = {one.location.key for one in node.parent.children if one.location} - {folder.key}
            self._w.tree_model.end_prefixes(node.parent, seen=kept)

    def _on_arrived(self, profile_id: str, bucket: str, entries: list[ObjectEntry]) -> None:
        w, place = self._w, self._w.place
        if place is None or place.profile_id != profile_id or place.location is None:
            return
        where = place.location
        if where.bucket != bucket:
            return
        w.pane.model.upsert(entries)
        node = w.tree_model.find(profile_id, where)
        if node is None or node.location != where:
            return
        below = [entry.key for entry in entries if entry.key.startswith(where.key)]
        heads = [key[len(where.key) :].partition(DELIMITER) for key in below]
        folders = {where.key + name + slash for name, slash, _ in heads if slash}
        w.tree_loading.folders_seen(node, sorted(folders))
