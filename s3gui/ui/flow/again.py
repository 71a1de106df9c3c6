"""Once more what the history knows: the same way, from the same place to the same place."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.queueing import ScanResult, Wanted
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction
from s3gui.transfers.history import History
from s3gui.ui.dialogs.policies import policy_of

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow


class Again:
    """Queues a finished transfer anew; what is there by now is treated as the person chose it.

    Args:
        window: whose queue, connections and choices it goes by.
        history: knows what the object was made with.
    """

    def __init__(self, window: "MainWindow", history: History) -> None:
        self._w = window
        self._history = history

    async def repeat(self, receipt: Receipt) -> str:
        """Queues it, and says so in words; "" where the person changed their mind.

        Raises:
            S3guiError: the connection, the file, the object or the folder is gone; or it cannot be
                found out.
        """
        self._check_connections(receipt)
        kept = await self._history.options(receipt.id)
        options, part_bytes = kept or (ObjectOptions(), 0)
        match receipt.direction:
            case Direction.UPLOAD:
                result = await self._upload(receipt, options, part_bytes)
            case Direction.DOWNLOAD:
                result = await self._download(receipt)
            case _:
                result = await self._copy(receipt, options)
        if result is None:
            return ""
        if not result.queued:
            raise _left_out(receipt, result)
        return tr("Queued again: {name}").format(name=_name(receipt))

    def _check_connections(self, receipt: Receipt) -> None:
        ids = {receipt.profile_id, receipt.source_profile_id} - {""}
        if any(self._w.connecting.profile(one) is None for one in ids):
            raise S3guiError(
                tr("{name} cannot be transferred again").format(name=_name(receipt)),
                tr("Its connection is not saved any more."),
                tr("Make the connection anew and transfer it from there."),
                code="NoConnection",
            )

    async def _upload(
        self, receipt: Receipt, options: ObjectOptions, part_bytes: int
    ) -> ScanResult | None:
        path = _path(receipt)
        if not await asyncio.to_thread(path.is_file):
            raise S3guiError(
                tr("{name} cannot be uploaded again: there is no such file any more").format(
                    name=_name(receipt)
                ),
                tr("There is no file {path} any more.").format(path=visible(str(path), 300)),
                tr("Bring the file back to this place, or upload it from where it is now."),
                code="FileGone",
            )
        return await self._w.uploading.repeat(
            receipt.profile_id, receipt.location, path, options, part_bytes
        )

    async def _download(self, receipt: Receipt) -> ScanResult:
        path = _path(receipt)
        if not await asyncio.to_thread(path.parent.is_dir):
            where = visible(str(path.parent), 300)
            raise S3guiError(
                tr("{name} cannot be downloaded again: its folder is gone").format(
                    name=_name(receipt)
                ),
                tr("There is no folder {path} any more.").format(path=where),
                tr("Make the folder again, or download the object from its bucket to another."),
                code="FolderGone",
            )
        wanted = await self._object(receipt)
        same_name = path.name == receipt.location.name
        return await self._w.services.queue.download(
            *(receipt.profile_id, [wanted], path.parent),
            as_name="" if same_name else path.name,
            if_exists=policy_of(self._w.settings.download_if_exists),
        )

    async def _object(self, receipt: Receipt) -> Wanted:
        """The very version that was read, where the storage keeps versions."""
        session = await self._w.services.connections.open(receipt.profile_id)
        where, version_id = receipt.location, receipt.version_id
        try:
            now = await session.objects.head(where)
            if version_id is None or now.version_id in {None, version_id}:
                return Wanted(where, size=now.size)
        except NotFound as error:
            if version_id is None:
                raise _object_gone(receipt, error) from error
        try:
            then = await session.objects.head(where, version_id)
        except NotFound as error:
            raise _object_gone(receipt, error) from error
        return Wanted(where, version_id, then.size)

    async def _copy(self, receipt: Receipt, options: ObjectOptions) -> ScanResult:
        source = receipt.source
        if source is None:
            raise ValueError(receipt.id)
        return await self._w.services.queue.copy(
            *(receipt.source_profile_id, [Wanted(source)], receipt.profile_id, receipt.location),
            exactly=True,
            if_exists=policy_of(self._w.settings.copy_if_exists),
            options=options,
        )


def _path(receipt: Receipt) -> Path:
    if receipt.path is None:
        raise ValueError(receipt.id)
    return receipt.path


def _name(receipt: Receipt) -> str:
    if receipt.direction is Direction.UPLOAD and receipt.path is not None:
        return visible(receipt.path.name, 200)
    what: Location = receipt.source or receipt.location
    return visible(what.name, 200)


def _object_gone(receipt: Receipt, error: S3guiError) -> S3guiError:
    where = visible(str(receipt.location), 300)
    why = tr("There is no object {place} any more.")
    if receipt.version_id:
        why = tr("The version of {place} that was downloaded is no more.")
    return NotFound(
        tr("{name} cannot be downloaded again: there is no such object any more").format(
            name=_name(receipt)
        ),
        why.format(place=where),
        tr("Show its bucket: there may be a newer one, or one of another name."),
        code=error.code,
        request_id=error.request_id,
    )


def _left_out(receipt: Receipt, result: ScanResult) -> S3guiError:
    why = result.skipped[0].why if result.skipped else ""
    return S3guiError(
        tr("{name} cannot be transferred again").format(name=_name(receipt)),
        visible(why, 400),
        tr("Show its bucket to see what is there now."),
        code="Skipped",
    )
