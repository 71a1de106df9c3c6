"""The last step of every upload: what is stored is what was sent, and the journal has it."""

from s3gui.domain.entries import Stored
from s3gui.domain.integrity import Verified
from s3gui.domain.transfer import State
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row


async def record_done(row: Row, stored: Stored, verified: Verified, kit: Kit) -> None:
    """Journals a verified upload; the row says Completed only after that."""
    transfer = row.transfer
    at = kit.clock.now()

    def follow() -> None:
        transfer.etag = stored.etag
        transfer.version_id = stored.version_id
        transfer.verified = verified
        transfer.finished = at
        transfer.upload_id = ""
        row.completing = False
        row.kept.clear()
        transfer.move_to(State.COMPLETED)

    await durable(kit.journal.done(row, stored, verified, at), follow)
