"""From files a person dropped, pasted or chose to rows in the queue."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from s3gui.domain.encryption import CustomerKey, Encryption
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import NeedsCustomerKey, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import ScanResult
from s3gui.domain.text import tr, trn, visible
from s3gui.transfers.content_types import parse_rules
from s3gui.ui import upload_choices
from s3gui.ui.dialogs import ask
from s3gui.ui.existence import something_exists
from s3gui.ui.format import count_text, size_text
from s3gui.ui.upload_choices import UploadChoices

if TYPE_CHECKING:
    from s3gui.ui.dialogs.upload_sheet import KeyRead, UploadSheet
    from s3gui.ui.main_window import MainWindow

#: So many skipped files are named in the details of the message; the rest is counted.
_NAMED = 20


class Uploading(QObject):
    """Asks for files where there are none yet, and how; queues them, says what became of it."""

    #: Words for the message bar.
    queued = Signal(str)
    #: Words for the message bar, and the ``S3guiError`` that holds the list.
    skipped = Signal(str, object)
    #: ``S3guiError``
    failed = Signal(object)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._queue = window.services.queue
        self._tasks = window.services.tasks
        self._turn = asyncio.Lock()
        self._remembered: dict[str, UploadChoices] | None = None
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
            # One after the other, as they were dropped; two sheets at once would be a riddle.
            async with self._turn:
                choices = await self._how(profile_id, where, paths)
            if choices is None:
                return
            if (key := choices.options.customer_key) is not None:
                self._queue.give_key(self._without_key(profile_id, paths), key)
            result = await self._queue.upload(
                profile_id,
                where,
                paths,
                choices.options,
                if_exists=choices.if_exists,
                content_types=parse_rules(choices.content_types),
                part_bytes=choices.part_bytes,
            )
        except S3guiError as error:
            self.failed.emit(error)
            return
        self._tell(result)

    async def repeat(
        self,
        profile_id: str,
        where: Location,
        paths: Sequence[Path],
        options: ObjectOptions,
        part_bytes: int,
        as_name: str = "",
    ) -> ScanResult | None:
        """Queues files for the prefix that they once went to, as objects made as they were then.

        What is there by now is treated as the connection's uploads are; a customer key is asked
        for. ``None``: the person changed their mind.

        Raises:
            S3guiError: it cannot be queued.
        """
        remembered = (await self._load()).get(profile_id, UploadChoices())
        choices = UploadChoices(remembered.if_exists, options, part_bytes=part_bytes)
        if options.lacks_key:
            async with self._turn:
                asked = await self._ask(profile_id, where, paths, choices)
            if asked is None:
                return None
            choices = asked
        kind = [("*", options.content_type)] if options.content_type else []
        return await self._queue.upload(
            profile_id,
            where,
            paths,
            choices.options,
            if_exists=choices.if_exists,
            content_types=[*parse_rules(choices.content_types), *kind],
            part_bytes=choices.part_bytes,
            as_name=as_name,
        )

    def _without_key(self, profile_id: str, paths: Sequence[Path]) -> list[int]:
        """Rows of these files that came back from the journal without their key."""
        return [
            row.id
            for row in self._queue.transfers
            if row.profile_id == profile_id
            and row.error is not None
            and row.error.code == NeedsCustomerKey.default_code
            and any(path == row.path or path in row.path.parents for path in paths)
        ]

    # How ----------------------------------------------------------------------------------------

    async def _how(
        self, profile_id: str, where: Location, paths: Sequence[Path]
    ) -> UploadChoices | None:
        """What was chosen now or earlier; ``None``: the person changed their mind."""
        choices = (await self._load()).get(profile_id, UploadChoices())
        asks = self._window.settings.ask_before_upload
        # A key is never kept, so a connection that is used with one always asks for it.
        if choices.options.encryption == Encryption.CUSTOMER:
            asks = "always"
        if asks == "never":
            return choices
        if asks == "always":
            return await self._ask(profile_id, where, paths, choices)
        exists = await something_exists(
            self._window.services.connections, profile_id, where, [path.name for path in paths]
        )
        if exists:
            return await self._ask(profile_id, where, paths, choices, exists=True)
        # Nothing to mind: no question for each file. Where nobody could tell, each one is asked.
        known = exists is not None
        return replace(choices, if_exists=IfExists.OVERWRITE if known else IfExists.ASK)

    async def _ask(
        self,
        profile_id: str,
        where: Location,
        paths: Sequence[Path],
        choices: UploadChoices,
        *,
        exists: bool = False,
    ) -> UploadChoices | None:
        from s3gui.ui.dialogs.upload_sheet import UploadSheet

        before = self._window.settings
        sheet = UploadSheet(self._window, where, choices, before, self._read_key, exists=exists)
        counting = self._tasks.start(self._count(sheet, paths), name="counting files")
        try:
            accepted = await ask(sheet)
        finally:
            counting.cancel()
        if not accepted:
            return None
        chosen = sheet.choices
        if sheet.settings != before:
            self._window.change_settings(sheet.settings)
        if sheet.remembers:
            self._remember(profile_id, chosen)
        return chosen

    async def _count(self, sheet: "UploadSheet", paths: Sequence[Path]) -> None:
        told = (0, 0)

        def count(files: int, n_bytes: int) -> None:
            nonlocal told
            told = (files, n_bytes)
            sheet.show_count(files, n_bytes, done=False)

        await self._queue.measure(paths, count)
        sheet.show_count(*told, done=True)

    def _read_key(self, path: Path, tell: "KeyRead") -> None:
        async def read() -> None:
            try:
                key = await asyncio.to_thread(CustomerKey.from_file, path)
            except OSError as error:
                tell(None, f"{visible(str(path))}: {error.strerror or type(error).__name__}")
            except ValueError:
                tell(None, tr("The file holds no key of 32 bytes."))
            else:
                tell(key, "")

        self._tasks.start(read(), name="reading a key")

    async def _load(self) -> dict[str, UploadChoices]:
        if self._remembered is None:
            state_dir = self._window.services.state_dir
            self._remembered = await asyncio.to_thread(upload_choices.load, state_dir)
        return self._remembered

    def _remember(self, profile_id: str, chosen: UploadChoices) -> None:
        kept = {**(self._remembered or {}), profile_id: chosen.without_key()}
        self._remembered = kept
        state_dir = self._window.services.state_dir

        async def save() -> None:
            with contextlib.suppress(OSError):  # they are in force until the end all the same
                await asyncio.to_thread(upload_choices.save, state_dir, kept)

        self._tasks.start(save(), name="saving the upload options")

    # What became of it --------------------------------------------------------------------------

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
