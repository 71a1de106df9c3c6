"""One row's upload: opens the file, and chooses how it goes up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from s3gui.domain.errors import PreconditionFailed
from s3gui.domain.ports import Session
from s3gui.transfers.aborts import give_up_upload
from s3gui.transfers.guard import Guard
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.multipart import MultipartUpload, StartAgain
from s3gui.transfers.outage import Outage
from s3gui.transfers.problems import customer_key_missing
from s3gui.transfers.row import Row
from s3gui.transfers.single import SinglePut
from s3gui.transfers.source import LocalSource
from s3gui.transfers.supply import FileSupply
from s3gui.transfers.threads import Threads


async def upload(row: Row, session: Session, kit: Kit, outage: Outage) -> None:
    """Brings a running row to Completed, or to rest where its policy leaves alone what is there.

    Raises:
        S3guiError: it failed; what was sent is kept or given up, as ``MultipartUpload`` says.
        StartAgain: the server lost the upload, and the row has forgotten it; or somebody else
            wrote to its destination, and what becomes of it is to be decided anew.
        Withdrawn: it was cancelled, and nothing was stored.
    """
    patience = Patience(row.transfer, kit, outage)
    if row.options.lacks_key:
        raise customer_key_missing()
    if row.completing:
        guard = Guard(row, session, None, kit, patience)
        async with decided_anew(guard), MultipartUpload(row, session, None, kit, patience, guard):
            return
    source = await _open(row.transfer.path, kit.threads)
    try:
        await _send(row, session, source, kit, patience)
    finally:
        # A disk that hangs holds a close, too.
        kit.threads.leave(source.close)


async def _send(
    row: Row, session: Session, source: LocalSource, kit: Kit, patience: Patience
) -> None:
    if row.transfer.upload_id and row.takes_change and _other_size(row, source):
        await give_up_upload(row, session, kit)
    row.takes_change = False
    supply = FileSupply(row, session, source, kit, patience)
    guard = Guard(row, session, supply, kit, patience)
    if not await guard.admit():
        return
    single = source.identity.size <= (row.wanted_part_bytes or kit.settings.single_put_bytes)
    async with decided_anew(guard):
        if single and not row.transfer.upload_id:
            await SinglePut(row, session, source, kit, patience, guard).run()
            return
        async with MultipartUpload(row, session, supply, kit, patience, guard) as multipart:
            await multipart.send_parts()


@asynccontextmanager
async def decided_anew(guard: Guard) -> AsyncIterator[None]:
    """Somebody else wrote to the destination after it was looked at.

    Raises:
        StartAgain: the policy decides about what is there now.
    """
    try:
        yield
    except PreconditionFailed as error:
        await guard.beaten(error)
        raise StartAgain from error


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
