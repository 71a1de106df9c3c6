"""Local files of finished transfers, read once more: are they still what was moved?"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from s3gui.domain import crc
from s3gui.domain.errors import SourceChanged
from s3gui.domain.parts import MIB, Meter
from s3gui.domain.receipt import Proof, Receipt
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import FileIdentity
from s3gui.transfers.disks import working_at
from s3gui.transfers.source import HashStopped, LocalSource
from s3gui.transfers.threads import Threads

_BLOCK_BYTES = 4 * MIB
#: Some file systems keep whole or even seconds only.
_CLOCK_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FileDigests:
    """Over all bytes of a file; what was not asked for is empty."""

    sha256: bytes = b""
    md5: bytes = b""
    crc32: bytes = b""
    #: Other CRCs, by the names that S3 has for them.
    others: Mapping[str, bytes] = field(default_factory=dict)

    def crc(self, name: str) -> bytes:
        """The CRC of this name."""
        return self.crc32 if name == crc.CRC32 else self.others.get(name, b"")


async def open_source(path: Path, threads: Threads) -> LocalSource:
    """Opens a file off the loop. Cancelled, it is closed whenever a disk that hangs lets go.

    Raises:
        LocalFileError: it is not there, may not be read, or is no regular file.
    """
    with working_at(path):
        opening = asyncio.ensure_future(threads.disk(LocalSource.open, path))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


def _close(opening: "asyncio.Future[LocalSource]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def changed_since(receipt: Receipt, now: FileIdentity) -> str:
    """How the file differs from the one that was moved, in words; "" if it does not."""
    if now.size != receipt.size:
        return tr("it became longer") if now.size > receipt.size else tr("it became shorter")
    known = receipt.proof.get(Proof.FILE_MTIME_NS)
    if known is not None:
        return "" if now.mtime_ns == int(known) else tr("it was written to")
    # A row of an older s3gui: whatever was written before it was finished is what was moved.
    if receipt.finished is None:
        return ""
    is_newer = now.mtime_ns > int(receipt.finished.timestamp() * 1e9) + _CLOCK_NS
    return tr("it was written to") if is_newer else ""


async def digests_of(
    receipt: Receipt, path: Path, threads: Threads, meter: Meter, *, sha256: bool
) -> FileDigests:
    """Reads the whole file of a receipt and hashes it.

    Args:
        receipt: the file has to be the one it speaks of.
        path: where the file is.
        threads: where it is read.
        meter: counts the bytes read; stopped when this is cancelled.
        sha256: whether that is wanted, beside the CRC-32.

    Raises:
        LocalFileError: it cannot be read.
        SourceChanged: it is another one, or was changed.
    """
    source = await open_source(path, threads)
    try:
        if what := changed_since(receipt, source.identity):
            raise changed(path, what)
        wants_md5 = Proof.MD5 in receipt.proof
        others = [name for name in receipt.crcs if name != crc.CRC32]
        found = await threads.hash(
            _hash, source, meter, sha256=sha256, md5=wants_md5, others=others
        )
        await threads.disk(source.check_path)
    finally:
        meter.stop()
        source.close()
    if not is_same_content(receipt, found):
        raise changed(path, tr("its content is another one, though size and time are the same"))
    return found


def is_same_content(receipt: Receipt, found: FileDigests) -> bool:
    """Whether digests of the whole are those of the receipt, as far as it has any."""
    known = receipt.proof
    pairs = (
        (known.get(Proof.MD5), found.md5.hex()),
        (known.get(Proof.SHA256), found.sha256.hex()),
        *((value, crc.text(found.crc(name))) for name, value in receipt.crcs.items()),
    )
    return all(old == new for old, new in pairs if old and new)


def changed(path: Path, what: str) -> SourceChanged:
    """The error for a file that is not the one that was moved."""
    return SourceChanged(
        tr("The file changed after the transfer"),
        f"{visible(str(path))}: {what}",
        tr("Transfer it again, or use Verify again to see what is stored."),
    )


def _hash(
    source: LocalSource, meter: Meter, *, sha256: bool, md5: bool, others: Sequence[str]
) -> FileDigests:
    sha, md, check = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    sums = {name: crc.Sum(name) for name in others}
    buffer = memoryview(bytearray(min(_BLOCK_BYTES, max(1, source.identity.size))))
    offset, end = 0, source.identity.size
    while offset < end:
        if meter.stopped:
            raise HashStopped
        count = source.read_into(offset, buffer[: min(len(buffer), end - offset)])
        block = buffer[:count]
        if sha256:
            sha.update(block)
        if md5:
            md.update(block)
        check = crc.crc32(block, check)
        for sum_ in sums.values():
            sum_.update(block)
        offset += count
        meter.moved = offset
    return FileDigests(
        sha.digest() if sha256 else b"",
        md.digest() if md5 else b"",
        check.to_bytes(4, "big"),
        {name: sum_.digest() for name, sum_ in sums.items()},
    )
