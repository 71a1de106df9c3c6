"""From files a person dropped, pasted or chose to rows in the queue."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.queueing import ScanResult, TransferCommands
from s3gui.domain.text import tr, trn, visible
from s3gui.ui.dialogs import ask
from s3gui.ui.format import count_text, size_text
from s3gui.ui.tasks import Tasks

#: So many skipped files are named in the details of the message; the rest is counted.
_NAMED = 20


class Uploading(QObject):
    """Asks for files where there are none yet, queues them, and says what became of it."""

    #: Words for the message bar.
    queued = Signal(str)
    #: Words for the message bar, and the ``S3guiError`` that holds the list.
    skipped = Signal(str, object)
    #: ``S3guiError``
    failed = Signal(object)

    def __init__(self, queue: TransferCommands, tasks: Tasks, window: QWidget) -> None:
        super().__init__(window)
        self._queue = queue
        self._tasks = tasks
        self._window = window
        # Where a desktop starts programs is no place of the person.
        self._last_dir = str(Path.home())

    def upload(self, profile_id: str, where: Location, paths: Sequence[Path]) -> None:
        """Queues files and folders under a prefix."""
        if paths:
            work = self._upload(profile_id, where, list(paths))
            self._tasks.start(work, name=f"upload to {where}")

    def choose_files(self, profile_id: str, where: Location) -> None:
        """Asks for files, then queues them."""
        work = self._choose(profile_id, where, QFileDialog.FileMode.ExistingFiles)
        self._tasks.start(work, name="choose files")

    def choose_folder(self, profile_id: str, where: Location) -> None:
        """Asks for a folder, then queues all that is in it."""
        work = self._choose(profile_id, where, QFileDialog.FileMode.Directory)
        self._tasks.start(work, name="choose a folder")

    async def _choose(self, profile_id: str, where: Location, mode: QFileDialog.FileMode) -> None:
        wants_files = mode is QFileDialog.FileMode.ExistingFiles
        title = tr("Upload files to {place}") if wants_files else tr("Upload a folder to {place}")
        words = title.format(place=visible(str(where), 200))
        dialog = QFileDialog(self._window, words, self._last_dir)
        dialog.setFileMode(mode)
        if not wants_files:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, tr("Upload"))
        if await ask(dialog):
            paths = [Path(name) for name in dialog.selectedFiles()]
            self._last_dir = dialog.directory().absolutePath()
            await self._upload(profile_id, where, paths)

    async def _upload(self, profile_id: str, where: Location, paths: Sequence[Path]) -> None:
        try:
            result = await self._queue.upload(profile_id, where, paths)
        except S3guiError as error:
            self.failed.emit(error)
            return
        self._tell(result)

    def _tell(self, result: ScanResult) -> None:
        counts = trn("{count} file queued, {size}", "{count} files queued, {size}", result.queued)
        words = counts.format(count=count_text(result.queued), size=size_text(result.queued_bytes))
        if not result.skipped:
            if result.queued > 1:
                # One file is seen at once in the transfers pane; of many the count is news.
                self.queued.emit(words)
            return
        left_out = len(result.skipped)
        also = trn("{count} was left out", "{count} were left out", left_out)
        also = also.format(count=count_text(left_out))
        lines = [f"{visible(str(one.path))}: {visible(one.why)}" for one in result.skipped[:_NAMED]]
        if left_out > _NAMED:
            more = trn("and {count} more", "and {count} more", left_out - _NAMED)
            lines.append(more.format(count=count_text(left_out - _NAMED)))
        error = S3guiError(also, "\n".join(lines), tr("The other files are uploaded."))
        error.code = "Skipped"
        self.skipped.emit(f"{words}; {also}", error)
