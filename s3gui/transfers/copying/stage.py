"""Between the copy and the deletion of the original: what a move has in the journal there.

A row with an ETag that is not Completed was copied and proved; all that is left is to delete what
it was made of. A program that ends there goes on with that at its next start.
"""

import json
import sqlite3
from dataclasses import replace

from s3gui.domain.entries import Stored
from s3gui.domain.integrity import Verified
from s3gui.transfers.finish import proof_of
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Expected, Row

_COPIED = (
    "UPDATE transfer SET completing = 0, upload_id = '', create_intent_at = NULL, size = ?,"
    " part_bytes = ?, is_single = ?, etag = ?, version_id = ?, verified = ?, proof_json = ?,"
    " agreed_etag = ? WHERE id = ?"
)
_NOT_COPIED = (
    "UPDATE transfer SET etag = '', version_id = NULL, verified = NULL, proof_json = '',"
    " part_bytes = 0, is_single = 0 WHERE id = ?"
)


async def copied(row: Row, stored: Stored, verified: Verified, kit: Kit) -> None:
    """The copy is there and was proved; durable before the original is touched."""
    item = row.transfer
    proof = proof_of(row, stored, verified, looked=True)
    agreed = None if row.agreed_etag is None else stored.etag
    values = (
        *(item.size, item.part_bytes, item.is_single, stored.etag, stored.version_id),
        *(verified.value, json.dumps(proof), agreed, item.id),
    )

    def write(database: sqlite3.Connection) -> None:
        database.execute(_COPIED, values)
        database.execute("DELETE FROM part WHERE transfer_id = ?", (item.id,))

    def follow() -> None:
        item.etag, item.version_id, item.verified = stored.etag, stored.version_id, verified
        item.upload_id, row.completing = "", False
        row.proof, row.agreed_etag = proof, agreed
        row.kept.clear()

    await durable(kit.journal.read(write), follow)


async def forget(row: Row, kit: Kit) -> None:
    """The copy is not there any more, or the original is another one: it is copied anew."""

    def write(database: sqlite3.Connection) -> None:
        database.execute(_NOT_COPIED, (row.id,))

    def follow() -> None:
        row.transfer.etag, row.transfer.version_id, row.transfer.verified = "", None, None
        row.transfer.unplan()
        row.expected, row.proof = Expected(), {}
        if row.transfer.origin is not None:
            row.transfer.origin = replace(row.transfer.origin, etag="", modified=None)

    await durable(kit.journal.read(write), follow)
