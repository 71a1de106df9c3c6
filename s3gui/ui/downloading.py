"""From objects a person picked to rows in the queue that bring them to this computer."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.origin import IfExists, policy_of
from s3gui.domain.queueing import ScanResult
from s3gui.domain.text import tr, visible
from s3gui.ui.counting import Counted, count_into
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.listing import listing
from s3gui.ui.models.picked import Picked
from s3gui.ui.outcomes import tell

if TYPE_CHECKING:
    from s3gui.ui.dialogs.download_sheet import DownloadSheet, Verdict
    from s3gui.ui.main_window import MainWindow


class Downloading(QObject):
    """Asks where to and how, queues, and says what became of it."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self._tasks = window.services.tasks

    def download(self, picked: Picked) -> None:
        """Asks for a folder and how, then queues."""
        self._tasks.start(self._download(picked), name=f"download from {picked.place}")

    def download_as(self, picked: Picked) -> None:
        """Asks for the name that a single thing gets, then queues."""
        self._tasks.start(self._download_as(picked), name=f"download from {picked.place}")

    def download_into(self, picked: Picked, folder: Path) -> None:
        """Queues without a question: the person has let go of it over that folder."""
        work = self._queue(picked, folder, policy_of(self._w.settings.download_if_exists))
        self._tasks.start(work, name=f"download from {picked.place}")

    # Asking -------------------------------------------------------------------------------------

    async def _download(self, picked: Picked) -> None:
        asked = await self._ask_folder() if self._is_quiet else await self._ask_sheet(picked)
        if asked is None:
            return
        folder, policy = asked
        changes = {"download_folder": str(folder), "download_if_exists": policy.value}
        self._w.remember(**changes)
        await self._queue(picked, folder, policy)

    @property
    def _is_quiet(self) -> bool:
        return self._w.settings.ask_before_download == "never"

    async def _ask_folder(self) -> tuple[Path, IfExists] | None:
        chosen = await _choose_folder(self._w, self._folder())
        if not chosen:
            return None
        return Path(chosen), policy_of(self._w.settings.download_if_exists)

    async def _ask_sheet(self, picked: Picked) -> tuple[Path, IfExists] | None:
        from s3gui.ui.dialogs.download_sheet import DownloadSheet

        policy = policy_of(self._w.settings.download_if_exists)
        sheet = DownloadSheet(
            *(self._w, picked.words(), self._folder(), policy), self._check, self._choose
        )
        # Of single objects the sheet says all there is to say.
        counting = self._start_counting(sheet, picked) if picked.folders else None
        try:
            accepted = await ask(sheet)
        finally:
            if counting is not None:
                counting.cancel()
        if not accepted:
            return None
        if not sheet.asks_again:
            self._w.remember(ask_before_download="never")
        return sheet.folder, sheet.policy

    def _start_counting(self, sheet: "DownloadSheet", picked: Picked) -> asyncio.Task[None]:
        work = count_into(sheet, self._w.services.connections, picked)
        return self._tasks.start(work, name="counting objects")

    def _check(self, folder: Path, tell_verdict: "Verdict") -> None:
        async def look() -> None:
            there = await asyncio.to_thread(folder.is_dir)
            words = tr("There is no folder {path}.").format(path=visible(str(folder), 200))
            tell_verdict("" if there else words)

        self._tasks.start(look(), name="looking at a folder")

    def _choose(self, sheet: "DownloadSheet", tell_folder: Callable[[str], None]) -> None:
        async def choose() -> None:
            if chosen := await _choose_folder(sheet, sheet.line.text() or self._folder()):
                tell_folder(chosen)

        self._tasks.start(choose(), name="choose a folder")

    async def _download_as(self, picked: Picked) -> None:
        if picked.only is None:
            return
        words = tr("Download {name} as").format(name=visible(picked.only.name, 120))
        dialog = QFileDialog(self._w, words, self._folder())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, tr("Download"))
        # What exists is asked about by the row itself, and by then it may be another file.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.selectFile(picked.only.name)
        if not await ask(dialog):
            return
        path = Path(dialog.selectedFiles()[0])
        self._w.remember(download_folder=str(path.parent))
        await self._queue(picked, path.parent, IfExists.ASK, as_name=path.name)

    def _folder(self) -> str:
        kept = self._w.settings.download_folder
        if kept:
            return kept
        places = QStandardPaths.StandardLocation
        return QStandardPaths.writableLocation(places.DownloadLocation) or str(Path.home())

    # Queueing -----------------------------------------------------------------------------------

    async def _queue(
        self, picked: Picked, folder: Path, policy: IfExists, *, as_name: str = ""
    ) -> None:
        wanted = await picked.wanted()

        async def work(counted: Counted) -> ScanResult:
            return await self._w.services.queue.download(
                *(picked.profile_id, wanted, folder),
                as_name=as_name,
                if_exists=policy,
                counted=counted,
            )

        try:
            result = await listing(self._w, self._tasks, tr("Download"), picked.words(), work)
        except S3guiError as error:
            self._w.show_problem(error)
            return
        if result is None:
            self._w.pane.messages.show_note(tr("Stopped. What was queued by then goes on."))
            return
        tell(self._w.pane.messages, result)


async def _choose_folder(parent: QWidget, start: str) -> str:
    """The folder that was chosen; "" for none."""
    dialog = QFileDialog(parent, tr("Download into a folder"), start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, tr("Choose"))
    return dialog.selectedFiles()[0] if await ask(dialog) else ""
