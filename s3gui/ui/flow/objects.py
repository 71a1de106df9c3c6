"""What is done with objects: downloads, copies, moves, new names, and drags in and out."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.ui.copying import Copying
from s3gui.ui.downloading import Downloading
from s3gui.ui.drag_out import DragOut
from s3gui.ui.models.picked import Picked, pick, pick_place
from s3gui.ui.models.tree import Node
from s3gui.ui.widgets.row_drag import RowDrag
from s3gui.ui.widgets.view_drop import ViewDrop

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

#: An entry of a node's menu: icon, words and what is done; ``None`` is a line.
Entry = tuple[str, str, Callable[[], None]] | None


class ObjectsFlow(QObject):
    """Gives the commands over objects their deeds."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self.downloading = Downloading(window)
        self.copying = Copying(window)
        self._drag = DragOut(window)
        self._connect_commands()
        self._connect_drags()
        window.pane.table.object_opened.connect(self._on_object_opened)
        window.details_loading.version_wanted.connect(self._on_version_wanted)

    def close(self) -> None:
        """Ends what would go on after the window."""
        self.copying.close()

    def _connect_commands(self) -> None:
        does, copying = self._w.does, self.copying
        deeds: tuple[tuple[QAction, Callable[[Picked], None]], ...] = (
            (does.download, self.downloading.download),
            (does.download_as, self.downloading.download_as),
            (does.copy, lambda picked: copying.keep(picked, cut=False)),
            (does.cut, lambda picked: copying.keep(picked, cut=True)),
            (does.copy_to, lambda picked: copying.carry(picked, _here(picked), move=False)),
            (does.move_to, lambda picked: copying.carry(picked, _here(picked), move=True)),
            (does.rename, copying.rename),
        )
        for action, deed in deeds:
            action.triggered.connect(lambda _on=False, deed=deed: self._do(deed))
        # The same keys mean something else in fields and in other panes.
        for action in (does.copy, does.cut, does.rename):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._w.pane.addAction(action)

    def _connect_drags(self) -> None:
        w = self._w
        RowDrag(w.pane.table).begun.connect(lambda: self._do(self._drag.start))
        RowDrag(w.tree).begun.connect(self._on_node_drag)
        self._drag.dropped_in_folder.connect(self._on_dropped_in_folder)
        self._drag.unreachable.connect(self._on_unreachable)
        self._drag.refused.connect(self._on_refused)
        zones: tuple[tuple[ViewDrop, Callable[[], str]], ...] = (
            (w.pane.table.drop_zone, self._profile_here),
            *((zone, self._profile_here) for zone in w.pane.drop_zones),
            (w.tree.drop_zone, lambda: w.tree.dropped_on),
        )
        for zone, profile in zones:
            self._open_zone(zone, profile)

    def _open_zone(self, zone: ViewDrop, profile: Callable[[], str]) -> None:
        zone.takes_objects = lambda picked, where: moves_by_itself(picked, profile(), where)
        zone.objects_dropped.connect(
            lambda picked, where, move: self.copying.carry(picked, (profile(), where), move=move)
        )

    # What is picked -----------------------------------------------------------------------------

    @property
    def picked(self) -> Picked | None:
        """The rows that are selected; ``None`` where there are none."""
        w = self._w
        if w.place is None or w.place.location != w.pane.model.location:
            return None
        return pick(w.pane.model, w.place.profile_id, w.pane.table.selected_ranges)

    def _do(self, deed: Callable[[Picked], None]) -> None:
        picked = self.picked
        if picked is not None and picked.count:
            deed(picked)

    def _profile_here(self) -> str:
        return self._w.place.profile_id if self._w.place is not None else ""

    def paste(self) -> bool:
        """Pastes objects that are on the clipboard; ``False`` where there are none."""
        place = self._w.place
        if not self.copying.has_kept or place is None or place.location is None:
            return False
        self.copying.paste(place.profile_id, place.location)
        return True

    # A double click, a version ------------------------------------------------------------------

    def _on_object_opened(self, _where: Location) -> None:
        does = self._w.settings.open_object
        if does == "details":
            self._w.does.show_details.setChecked(True)
        elif does == "download":
            self._do(self.downloading.download)

    def _on_version_wanted(
        self, profile_id: str, where: Location, version_id: str, n_bytes: int
    ) -> None:
        entry = ObjectEntry(where.key, n_bytes, None, "")
        picked = Picked(profile_id, where.parent, (), (entry,), version_id)
        self.downloading.download(picked)

    # Drags --------------------------------------------------------------------------------------

    def _on_node_drag(self) -> None:
        node = self._w.tree.pressed_node
        if node is not None and node.location is not None:
            self._drag.start(pick_place(node.profile_id, node.location))

    def _on_dropped_in_folder(self, picked: Picked, folder: Path) -> None:
        self.downloading.download_into(picked, folder)

    def _on_unreachable(self, picked: Picked, place: str) -> None:
        if place:
            words = tr("{place} is no folder of this computer, as far as s3gui can see.")
            why = words.format(place=visible(unquote(place), 300))
        else:
            why = tr("The file manager did not say into which folder.")
        error = S3guiError(
            tr("Nothing was downloaded there"),
            why,
            tr("Download to a folder of your choice."),
            code="NoFolder",
        )
        self._w.pane.messages.show_error(
            error, caption=tr("Download…"), action=lambda: self.downloading.download(picked)
        )

    def _on_refused(self) -> None:
        words = tr("Objects cannot be dropped there. Use Download to choose a folder.")
        self._w.pane.messages.show_note(words, warns=True)

    # The tree's menu ----------------------------------------------------------------------------

    def node_entries(self, node: Node) -> list[Entry]:
        """What can be done with all that is in a bucket or under a prefix."""
        where = node.location
        if where is None:
            return []
        picked, copying = pick_place(node.profile_id, where), self.copying
        entries: list[Entry] = [
            ("download", tr("Down&load…"), lambda: self.downloading.download(picked)),
            ("copy", tr("&Copy"), lambda: copying.keep(picked, cut=False)),
            ("copy", tr("Copy t&o…"), lambda: copying.carry(picked, _here(picked), move=False)),
        ]
        if where.key:
            move = tr("&Move to…")
            entries += [
                (
                    "arrow-move-right",
                    move,
                    lambda: copying.carry(picked, _here(picked), move=True),
                ),
                ("pencil", tr("Re&name…"), lambda: copying.rename(picked)),
            ]
        if copying.has_kept:
            paste = ("clipboard", tr("&Paste"), lambda: copying.paste(node.profile_id, where))
            entries.append(paste)
        return [*entries, None]


def _here(picked: Picked) -> tuple[str, Location]:
    return picked.profile_id, picked.place


def moves_by_itself(picked: Picked, profile_id: str, where: Location) -> bool | None:
    """What a drag does without a key, as file managers have it; ``None``: it cannot be there.

    Within a bucket it moves, as within a disk; to another bucket or connection it copies.
    """
    if profile_id != picked.profile_id or where.bucket != picked.place.bucket:
        return False
    if where == picked.place or any(where.key.startswith(prefix) for prefix in picked.folders):
        return None
    return True
