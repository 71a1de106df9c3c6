"""Which confirmed parts still count when an upload goes on: by journal, file and server."""

import asyncio

from s3gui.domain.entries import StoredPart
from s3gui.domain.errors import NoSuchUpload, S3guiError
from s3gui.domain.integrity import Digest, clean_etag
from s3gui.domain.parts import Meter
from s3gui.domain.ports import Session
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.row import KeptPart, Row
from s3gui.transfers.source import LocalSource, source_changed, what_changed


async def compare(
    row: Row, session: Session, source: LocalSource, kit: Kit, patience: Patience
) -> dict[int, StoredPart]:
    """Takes back the parts that the server lacks, or whose bytes in the file are others now.

    Returns:
        What the server holds beside the parts we know: a part whose answer was lost. It may be
        counted when the file's bytes prove to be the same.

    Raises:
        NoSuchUpload: the server has the upload no more.
        SourceChanged: the file has another size.
    """
    transfer = row.transfer
    known = transfer.identity
    if known is not None and known.size != source.identity.size:
        raise source_changed(transfer.path, what_changed(known, source.identity))
    stored = await _stored(row, session, patience)
    lost = _missing(row, stored)
    if known != source.identity:
        lost |= await _rewritten(row, source, kit, lost)

    def follow() -> None:
        transfer.identity = source.identity
        for number in lost:
            del row.kept[number]
            transfer.part_back(number)

    if lost or known != source.identity:
        await durable(kit.journal.compared(row.id, source.identity, lost), follow)
    return {n: part for n, part in (stored or {}).items() if n not in row.kept}


async def compare_server(row: Row, session: Session, kit: Kit, patience: Patience) -> None:
    """Takes back the parts that the server lacks; what they were made of is looked at elsewhere.

    Raises:
        NoSuchUpload: the server has the upload no more.
    """
    lost = _missing(row, await _stored(row, session, patience))

    def follow() -> None:
        for number in lost:
            del row.kept[number]
            row.transfer.part_back(number)

    if lost:
        await durable(kit.journal.parts_lost(row.id, lost), follow)


def _missing(row: Row, stored: dict[int, StoredPart] | None) -> set[int]:
    return {
        number
        for number, kept in row.kept.items()
        if stored is not None and not _same(row, stored.get(number), number, kept.etag)
    }


async def _stored(row: Row, session: Session, patience: Patience) -> dict[int, StoredPart] | None:
    async def read() -> dict[int, StoredPart]:
        return {part.number: part async for part in session.uploads.parts(row.ref)}

    try:
        return await patience.call(read)
    except NoSuchUpload:
        raise
    except S3guiError as error:
        if can_degrade(error):
            return None
        raise


def _same(row: Row, stored: StoredPart | None, number: int, etag: str) -> bool:
    if stored is None:
        return False
    length = row.transfer.parts[number - 1].part.length
    return stored.size == length and clean_etag(stored.etag) == clean_etag(etag)


async def _rewritten(row: Row, source: LocalSource, kit: Kit, lost: set[int]) -> set[int]:
    """Hashes the confirmed parts again: the file was touched, and keeps its size."""
    meter = Meter()
    differ: set[int] = set()
    numbers = iter(sorted(set(row.kept) - lost))

    async def lane() -> None:
        for number in numbers:
            part, kept = row.transfer.parts[number - 1].part, row.kept[number]
            crc32 = bool(row.checksum)
            now = await kit.threads.hash(source.digest, part, meter, md5=True, crc32=crc32)
            if not _same_bytes(kept, now):
                differ.add(number)

    try:
        await asyncio.gather(lane(), lane())
    finally:
        meter.stop()
    return differ


def _same_bytes(kept: KeptPart, now: Digest) -> bool:
    """Whether a confirmed part holds what the file has there now.

    32 bits alone are too few to keep bytes of a file that was written to: beside them the server's
    ETag has to be the MD5 of what is there now.
    """
    if kept.digest.md5:
        return now.md5 == kept.digest.md5
    return now.crc32 == kept.digest.crc32 and KeptPart(now, kept.etag).is_proved
