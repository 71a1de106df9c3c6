"""From objects a person copied, cut, dragged or renamed to rows in the queue that do it."""

import asyncio
import secrets
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QMimeData, QObject
from PySide6.QtGui import QGuiApplication

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, policy_of
from s3gui.domain.queueing import ScanResult
from s3gui.domain.text import tr, visible
from s3gui.ui.counting import Counted, ShowsCount, count_into
from s3gui.ui.cut_rows import CutRows
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.listing import listing
from s3gui.ui.models.picked import Picked
from s3gui.ui.outcomes import tell

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

#: On the clipboard: the objects that were copied here. Other programs get their addresses as text.
FORMAT = "application/x-s3gui-objects"
#: A move of more than this is asked about first.
MOST_UNASKED = 100
#: Addresses of more things than this are not worth a clipboard.
_MOST_ADDRESSES = 10_000
_MOST_KNOWN = 2_000


class Copying(QObject):
    """Asks where there is something to ask, queues, and says what became of it."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self._tasks = window.services.tasks
        self._kept: Picked | None = None
        self._is_cut = False
        #: What tells our objects on the clipboard from those of another window or an earlier copy.
        self._token = b""
        self._rows = CutRows(window)
        QGuiApplication.clipboard().dataChanged.connect(self._on_clipboard_changed)
        window.pane.table.escaped.connect(self.uncut)

    # The clipboard ------------------------------------------------------------------------------

    def keep(self, picked: Picked, *, cut: bool) -> None:
        """Puts objects on the clipboard, to be pasted in another place of any connection."""
        self._kept, self._is_cut, self._token = picked, cut, secrets.token_bytes(8)
        mime = QMimeData()
        mime.setText("\n".join(str(where) for where in picked.first(_MOST_ADDRESSES)))
        mime.setData(FORMAT, QByteArray(self._token))
        QGuiApplication.clipboard().setMimeData(mime)
        if cut:
            self._rows.show(picked)
        else:
            self._rows.clear()

    def uncut(self) -> None:
        """What was cut stays where it is, and cannot be pasted any more."""
        if self._is_cut and self.has_kept:
            QGuiApplication.clipboard().clear()

    def close(self) -> None:
        """Hears of the clipboard no more."""
        QGuiApplication.clipboard().dataChanged.disconnect(self._on_clipboard_changed)
        self._rows.close()

    def _on_clipboard_changed(self) -> None:
        if not self.has_kept:
            self._rows.clear()

    @property
    def has_kept(self) -> bool:
        """Objects that can be pasted are on the clipboard."""
        mime: QMimeData | None = QGuiApplication.clipboard().mimeData()
        if self._kept is None or mime is None or not mime.hasFormat(FORMAT):
            return False
        return bytes(mime.data(FORMAT).data()) == self._token

    def paste(self, profile_id: str, where: Location) -> None:
        """Copies or moves what is on the clipboard to a prefix."""
        if self._kept is None or not self.has_kept:
            return
        picked, cut = self._kept, self._is_cut
        if cut:
            QGuiApplication.clipboard().clear()
            self._kept = None
        if cut and asks_first(picked):
            self.carry(picked, (profile_id, where), move=True)
            return
        policy = policy_of(self._w.settings.copy_if_exists)
        if not cut and (profile_id, where) == (picked.profile_id, picked.place):
            # Into the place where it is: another copy of it, as in every file manager.
            policy = IfExists.RENAME
        self._start(self._queue(picked, profile_id, where, policy, move=cut))

    # Questions ----------------------------------------------------------------------------------

    def carry(self, picked: Picked, there: tuple[str, Location], *, move: bool) -> None:
        """Shows what will happen, with ``there`` as the place, and does it."""
        self._start(self._carry(picked, there, move=move))

    async def _carry(self, picked: Picked, there: tuple[str, Location], *, move: bool) -> None:
        from s3gui.ui.dialogs.place_sheet import PlaceSheet, Plan

        must_count = move and asks_first(picked)
        plan = Plan(picked.words(), picked.profile_id, picked.place, move, must_count)
        profiles = [(one.id, visible(one.name, 80)) for one in self._w.connecting.profiles]
        policy = policy_of(self._w.settings.copy_if_exists)
        sheet = PlaceSheet(self._w, plan, profiles, there, policy, self._known_places)
        counting = self._count(sheet, picked) if picked.folders or must_count else None
        try:
            accepted = await ask(sheet)
        finally:
            if counting is not None:
                counting.cancel()
        target = sheet.target
        if not accepted or target is None:
            return
        self._remember(sheet.policy)
        await self._queue(picked, sheet.profile_id, target, sheet.policy, move=move)

    def rename(self, picked: Picked) -> None:
        """Asks for another name and gives it."""
        if picked.only is not None:
            self._start(self._rename(picked, picked.only))

    async def _rename(self, picked: Picked, where: Location) -> None:
        from s3gui.ui.dialogs.rename import RenameDialog

        is_folder = bool(picked.folders)
        dialog = RenameDialog(self._w, where, is_folder=is_folder)
        counting = self._count(dialog, picked) if is_folder else None
        try:
            accepted = await ask(dialog)
        finally:
            if counting is not None:
                counting.cancel()
        if accepted:
            policy = IfExists.ASK
            target = dialog.target
            await self._queue(picked, picked.profile_id, target, policy, move=True, exactly=True)

    def _known_places(self, profile_id: str) -> list[str]:
        """What the tree knows of a connection, to complete what is typed."""
        top = self._w.tree_model.connection(profile_id)
        nodes, places = [top] if top is not None else [], list[str]()
        while nodes and len(places) < _MOST_KNOWN:
            node = nodes.pop()
            nodes += node.children
            if node.location is not None:
                places.append(str(node.location))
        return sorted(places)

    def _count(self, sheet: ShowsCount, picked: Picked) -> asyncio.Task[None]:
        work = count_into(sheet, self._w.services.connections, picked)
        return self._tasks.start(work, name="counting objects")

    def _remember(self, policy: IfExists) -> None:
        self._w.remember(copy_if_exists=policy.value)

    # Queueing -----------------------------------------------------------------------------------

    async def _queue(
        self,
        picked: Picked,
        profile_id: str,
        target: Location,
        policy: IfExists,
        *,
        move: bool,
        exactly: bool = False,
    ) -> None:
        wanted = await picked.wanted()

        async def work(counted: Counted) -> ScanResult:
            return await self._w.services.queue.copy(
                *(picked.profile_id, wanted, profile_id, target),
                exactly=exactly,
                move=move,
                if_exists=policy,
                counted=counted,
            )

        title = tr("Move") if move else tr("Copy")
        try:
            result = await listing(self._w, self._tasks, title, picked.words(), work)
        except S3guiError as error:
            self._w.show_problem(error)
            return
        if result is None:
            self._w.pane.messages.show_note(tr("Stopped. What was queued by then goes on."))
            return
        tell(self._w.pane.messages, result)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(work, name="copy objects")


def asks_first(picked: Picked) -> bool:
    """Whether a move is large enough, or can be, that its size has to be said first."""
    return bool(picked.folders) or picked.count > MOST_UNASKED
