"""One row's upload: opens the file, and chooses how it goes up."""

import asyncio
from pathlib import Path

from s3gui.domain.ports import Session
from s3gui.transfers.aborts import give_up_upload
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.multipart import MultipartUpload
from s3gui.transfers.outage import Outage
from s3gui.transfers.row import Row
from s3gui.transfers.single import SinglePut
from s3gui.transfers.source import LocalSource
from s3gui.transfers.threads import Threads


async def upload(row: Row, session: Session, kit: Kit, outage: Outage) -> None:
    """Brings a running row to Completed.

    Raises:
        S3guiError: it failed; what was sent is kept or given up, as ``MultipartUpload`` says.
        StartAgain: the server lost the upload; the row has forgotten it.
        Withdrawn: it was cancelled, and nothing was stored.
    """
    patience = Patience(row.transfer, kit, outage)
    if row.completing:
        async with MultipartUpload(row, session, None, kit, patience):
            return
    source = await _open(row.transfer.path, kit.threads)
    try:
        await _send(row, session, source, kit, patience)
    finally:
        source.close()


async def _send(
    row: Row, session: Session, source: LocalSource, kit: Kit, patience: Patience
) -> None:
    if row.transfer.upload_id and row.takes_change and _other_size(row, source):
        await give_up_upload(row, session, kit)
    row.takes_change = False
    single = source.identity.size <= kit.settings.single_put_bytes
    if single and not row.transfer.upload_id:
        await SinglePut(row, session, source, kit, patience).run()
        return
    async with MultipartUpload(row, session, source, kit, patience) as multipart:
        await multipart.send_parts()


def _other_size(row: Row, source: LocalSource) -> bool:
    known = row.transfer.identity
    return known is not None and known.size != source.identity.size


async def _open(path: Path, threads: Threads) -> LocalSource:
    opening = asyncio.ensure_future(threads.disk(LocalSource.open, path))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # A disk that hangs is not waited for; the file is closed whenever it comes.
        opening.add_done_callback(_close)
        raise


def _close(opening: "asyncio.Future[LocalSource]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
