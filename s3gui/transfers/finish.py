"""The last step of every transfer: what is there is what was moved, and the journal has it."""

from datetime import datetime

from s3gui.domain.entries import Stored
from s3gui.domain.integrity import Verified, clean_etag, is_md5
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import Direction, FileIdentity, State
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row


async def record_done(
    row: Row, stored: Stored, verified: Verified, kit: Kit, *, looked: bool = False
) -> None:
    """Journals a verified transfer with its proof; the row says Completed only after that.

    Args:
        row: ``row.proof`` may hold digests of the whole already (names of ``Proof``); what the row
            itself knows is added.
        stored: what the server answered.
        verified: how that was checked.
        kit: whose journal and clock.
        looked: HeadObject has seen what is stored.
    """
    at = kit.clock.now()
    row.proof = proof_of(row, stored, verified, looked=looked)

    await durable(
        kit.journal.done(row, stored, verified, at), lambda: follow_done(row, stored, verified, at)
    )


def follow_done(row: Row, stored: Stored, verified: Verified, at: datetime) -> None:
    """The memory follows what the journal has."""
    transfer = row.transfer
    transfer.etag = stored.etag
    transfer.version_id = stored.version_id
    transfer.verified = verified
    transfer.finished = at
    transfer.upload_id = ""
    row.completing = False
    row.kept.clear()
    transfer.move_to(State.COMPLETED)


def proof_of(row: Row, stored: Stored, verified: Verified, *, looked: bool) -> dict[str, str]:
    """What a receipt can say of the content beside ETag and level, as the journal keeps it."""
    transfer, proof = row.transfer, dict(row.proof)
    if transfer.direction is Direction.UPLOAD and not transfer.is_single:
        # Of an earlier try, when the file was small enough for one body.
        proof.pop(Proof.MD5, None)
    if row.expected.etag:
        proof[Proof.COMPOSITE_ETAG] = row.expected.etag
    crc32 = row.expected.crc32 or stored.crc32
    if crc32 and "-" not in crc32:
        proof.setdefault(Proof.CRC32, crc32)
    etag = clean_etag(stored.etag).lower()
    if transfer.is_single and verified is Verified.ETAG and is_md5(etag):
        proof.setdefault(Proof.MD5, etag)
    proof |= _of_file(transfer.identity)
    if again := sum(max(0, part.attempt - 1) for part in transfer.parts):
        proof[Proof.PARTS_AGAIN] = str(again)
    if transfer.remarks:
        proof[Proof.REMARKS] = ",".join(remark.value for remark in transfer.remarks)
    if looked:
        proof[Proof.LOOKED] = "head"
    return proof


def _of_file(identity: FileIdentity | None) -> dict[str, str]:
    if identity is None:
        return {}
    return {
        Proof.FILE_SIZE: str(identity.size),
        Proof.FILE_MTIME_NS: str(identity.mtime_ns),
    }
