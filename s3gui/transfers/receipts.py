"""Receipts of finished transfers, written out: whole or not at all."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BufferedWriter
from pathlib import Path

from s3gui.domain.errors import LocalFileError, S3guiError
from s3gui.domain.parts import Meter
from s3gui.domain.profile import Profile
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, visible
from s3gui.transfers import receipt_formats as formats
from s3gui.transfers.journal import unbroken
from s3gui.transfers.receipt_formats import Format
from s3gui.transfers.rereading import FileDigests, digests_of
from s3gui.transfers.source import reason
from s3gui.transfers.threads import Threads

#: Bytes that are collected before the disk is bothered.
_PIECE_BYTES = 1 << 18


@dataclass(slots=True)
class Saving:
    """How far a receipt is, to be sampled while it is written; afterwards what came of it."""

    #: Transfers that are in it.
    written: int = 0
    #: Transfers that could not be, and why.
    left_out: list[tuple[Receipt, S3guiError]] = field(default_factory=list)
    #: Bytes of local files that were read.
    bytes_read: int = 0
    _meter: Meter | None = None

    @property
    def bytes_now(self) -> int:
        """``bytes_read`` and what is read of the file at hand."""
        return self.bytes_read + (self._meter.moved if self._meter else 0)

    def begin(self) -> Meter:
        """Counts the next file."""
        self._meter = Meter()
        return self._meter

    def end(self) -> None:
        """That file is read, or is not to be read."""
        self.bytes_read, self._meter = self.bytes_now, None


async def content(
    receipts: AsyncIterator[Receipt],
    kind: Format,
    profiles: Mapping[str, Profile],
    saving: Saving,
    *,
    folder: Path | None = None,
) -> AsyncGenerator[bytes]:
    """The receipt, piece by piece.

    Args:
        receipts: which transfers.
        kind: what it looks like.
        profiles: the connections by id.
        saving: is kept up to date.
        folder: where the list will be: names of files in it are written from there.

    Raises:
        JournalError: the journal cannot be read.
    """
    if kind in {Format.SHA256, Format.CRC32}:
        threads = Threads()
        try:
            async for receipt in receipts:
                if line := await _line(receipt, kind, saving, threads, folder):
                    saving.written += 1
                    yield line
        finally:
            threads.close()
        return
    is_json = kind is Format.JSON
    yield formats.json_head(datetime.now(UTC)) if is_json else formats.csv_head()
    async for receipt in receipts:
        values = formats.cells(receipt, profiles)
        is_first = not saving.written
        saving.written += 1
        yield formats.json_item(values, is_first=is_first) if is_json else formats.csv_item(values)
    if is_json:
        yield formats.JSON_TAIL


async def _line(
    receipt: Receipt, kind: Format, saving: Saving, threads: Threads, folder: Path | None
) -> bytes | None:
    try:
        return await _line_of(receipt, kind, saving, threads, folder)
    except S3guiError as error:
        saving.left_out.append((receipt, error))
        return None


async def _line_of(
    receipt: Receipt, kind: Format, saving: Saving, threads: Threads, folder: Path | None
) -> bytes:
    path = receipt.path
    if path is None:
        raise _cannot_list(receipt, tr("A copy on the server has no local file."))
    name = formats.named(path, folder)
    if kind is Format.CRC32:
        known = formats.crc32_of(receipt)
        if known is None:
            known = (await _read(receipt, path, saving, threads, sha256=False)).crc32
        line = formats.crc32_line(name, known)
        if line is None:
            raise _cannot_list(receipt, tr("Its name has a line break."))
        return line
    found = await _read(receipt, path, saving, threads, sha256=True)
    return formats.sha256_line(name, found.sha256)


async def _read(
    receipt: Receipt, path: Path, saving: Saving, threads: Threads, *, sha256: bool
) -> FileDigests:
    meter = saving.begin()
    try:
        return await digests_of(receipt, path, threads, meter, sha256=sha256)
    finally:
        saving.end()


def _cannot_list(receipt: Receipt, why: str) -> S3guiError:
    title = tr("{name} cannot be in this list").format(name=visible(receipt.to_text))
    return S3guiError(title, why, tr("Save the receipt as JSON or CSV."), code="NotListed")


async def save(
    receipts: AsyncIterator[Receipt],
    to: Path,
    kind: Format,
    profiles: Mapping[str, Profile],
    saving: Saving,
) -> None:
    """Writes a receipt to a file in one step: cancelled or failed, the old file is still there.

    Raises:
        LocalFileError: it cannot be written.
        JournalError: the journal cannot be read.
    """
    draft = _Draft(absolute(to))
    try:
        try:
            await _in_thread(draft.open)
            pieces = content(receipts, kind, profiles, saving, folder=draft.target.parent)
            async with aclosing(pieces):
                await _fill(draft, pieces)
            await _in_thread(draft.finish)
        finally:
            await _in_thread(draft.close)
    except OSError as error:
        raise _cannot_write(draft.target, error) from error


async def save_text(text: str, to: Path) -> None:
    """Writes a short text in one step, as ``save`` does.

    Raises:
        LocalFileError: it cannot be written.
    """
    draft = _Draft(absolute(to))
    try:
        try:
            await _in_thread(draft.open)
            await _in_thread(partial(draft.write, text.encode()))
            await _in_thread(draft.finish)
        finally:
            await _in_thread(draft.close)
    except OSError as error:
        raise _cannot_write(draft.target, error) from error


def absolute(path: Path) -> Path:
    """From the root, without ``..``; links are not followed, so names stay as they were given."""
    return Path(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps ".."


async def _in_thread(call: Callable[[], None]) -> None:
    # To the end also when cancelled: what follows works on the same file.
    await unbroken(asyncio.to_thread(call))


async def _fill(draft: "_Draft", pieces: AsyncIterator[bytes]) -> None:
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= _PIECE_BYTES:
            await _in_thread(partial(draft.write, bytes(waiting)))
            waiting.clear()
    await _in_thread(partial(draft.write, bytes(waiting)))


class _Draft:
    """A file beside the one it is to become. All calls are made in threads."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._path = target.with_name(f".{target.name[:40]}.{secrets.token_hex(4)}.part")
        self._file: BufferedWriter | None = None

    def open(self) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        # Who may read it is up to the person's umask, as with any file that is saved.
        self._file = os.fdopen(os.open(self._path, flags, 0o666), "wb")

    def write(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)

    def finish(self) -> None:
        """It is whole: on the disk, and in its place."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(self.target)
        self._file = None

    def close(self) -> None:
        """Removes what was not finished."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # what a full disk did not take is not wanted
                self._file.close()
            self._path.unlink(missing_ok=True)


def _cannot_write(path: Path, error: OSError) -> LocalFileError:
    return LocalFileError(
        tr("The receipt cannot be written"),
        f"{visible(str(path))}: {reason(error)}",
        tr("Choose another place."),
    )
