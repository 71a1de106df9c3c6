"""Whether an object has the bytes of a local file, as far as ETag and checksums tell."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from s3gui.domain import crc
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import (
    Digest,
    clean_etag,
    composite_etag,
    is_composite,
    is_md5,
)
from s3gui.domain.parts import Meter, Part, PartPlan
from s3gui.domain.ports import Session
from s3gui.domain.receipt import CRC_PROOFS
from s3gui.transfers.kit import Kit
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.source import LocalSource


async def same_content(
    source: LocalSource,
    there: ObjectDetails,
    session: Session,
    kit: Kit,
    key: CustomerKey | None = None,
) -> bool | None:
    """Hashes the file off the loop and compares; ``None``: the server tells too little.

    Args:
        source: the open file.
        there: HeadObject's answer, asked for checksums.
        session: asked for the size of the parts where the ETag is made of several.
        kit: its hashing threads, and the part size that is tried where the server tells none.
        key: what the object is encrypted with.

    Raises:
        SourceChanged: the file changed while it was read.
        LocalFileError: it cannot be read.
    """
    size = source.identity.size
    if there.size != size:
        return False
    whole, checksums = Part(1, 0, size), there.whole_checksums
    if name := next((one for one in CRC_PROOFS if one in checksums and crc.is_known(one)), ""):
        digest = await _digest(source, whole, kit, crc_name=name)
        return crc.text(digest.crc(name)) == checksums[name]
    etag = clean_etag(there.etag).lower()
    if there.opaque_etag:
        return None
    if is_md5(etag):
        return (await _digest(source, whole, kit)).md5.hex() == etag
    if not is_composite(etag):
        return None
    part_bytes, is_told = await _part_bytes(there, etag, session, kit, key)
    if not part_bytes:
        return None
    digests = [await _digest(source, part, kit) for part in PartPlan(size, part_bytes)]
    if composite_etag(digest.md5 for digest in digests) == etag:
        return True
    # Parts of another size give another ETag out of the same bytes.
    return False if is_told else None


async def _part_bytes(
    there: ObjectDetails, etag: str, session: Session, kit: Kit, key: CustomerKey | None
) -> tuple[int, bool]:
    """Bytes of a part, 0 if nothing fits the count; and whether the server told it."""
    count = int(etag.rpartition("-")[2])
    try:
        layout = await session.objects.part_layout(
            there.location, there.version_id, if_match=there.etag, customer_key=key
        )
    except S3guiError as error:
        if not can_degrade(error):
            raise
        layout = None
    told = layout.first_bytes if layout is not None else 0
    wanted = told or (kit.settings.part_bytes if count > 1 else there.size)
    fits = wanted > 0 and PartPlan(there.size, wanted).count == count
    return (wanted if fits else 0), bool(told)


async def _digest(source: LocalSource, part: Part, kit: Kit, *, crc_name: str = "") -> Digest:
    """The CRC of this name, or else the MD5."""
    crc32 = crc_name == crc.CRC32
    other = "" if crc32 else crc_name
    async with _stopped_at_the_end() as meter:
        return await kit.threads.hash(
            source.digest, part, meter, md5=not crc_name, crc32=crc32, other=other
        )


@asynccontextmanager
async def _stopped_at_the_end() -> AsyncIterator[Meter]:
    """So that a thread does not read on after somebody cancelled."""
    meter = Meter()
    try:
        yield meter
    finally:
        meter.stop()
