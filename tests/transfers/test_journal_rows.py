"""What the journal keeps of rows beside their upload: what they read, who goes first, history."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from transfers.test_journal import NOW, reopened, row

from s3gui.domain.entries import Stored
from s3gui.domain.integrity import Digest, Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Origin, Priority
from s3gui.domain.parts import MIB, PartPlan
from s3gui.domain.transfer import Direction, State
from s3gui.transfers.row import KeptPart, Row

ORIGIN = Origin("other", Location("src", "к/a"), "v1", "etag", NOW)


def download(id_: int, name: str = "a") -> Row:
    item = row(id_)
    item.transfer.direction = Direction.DOWNLOAD
    item.transfer.path = Path("/in") / name
    item.transfer.origin = ORIGIN
    item.transfer.is_move = True
    item.transfer.priority = Priority.HIGH
    item.transfer.if_exists = IfExists.NEWER
    return item


async def test_what_a_row_reads_and_how_it_is_wanted_comes_back(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.add([download(1)])
    await journal.close()
    journal, (back,) = await reopened(tmp_path)
    transfer = back.transfer
    assert (transfer.origin, transfer.is_move) == (ORIGIN, True)
    assert (transfer.priority, transfer.if_exists) == (Priority.HIGH, IfExists.NEWER)
    assert back.destination == transfer.path
    await journal.close()


async def test_a_download_comes_back_as_far_as_it_was(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    item = download(1)
    await journal.add([item])
    item.transfer.origin = replace(ORIGIN, etag="pinned", version_id="v2")
    item.transfer.lay_out(PartPlan(20 * MIB, 5 * MIB))
    item.part_path = Path("/in/.s3gui-1.part")
    item.checksum = "CRC32"
    await journal.reads(item)
    await journal.part_done(1, 2, KeptPart(Digest(crc32=b"2222"), ""))
    await journal.part_done(1, 3, KeptPart(Digest(crc32=b"3333"), ""))
    await journal.parts_lost(1, [3])
    await journal.close()
    journal, (back,) = await reopened(tmp_path)
    assert back.transfer.origin == item.transfer.origin
    assert (back.part_path, back.checksum) == (item.part_path, "CRC32")
    assert back.kept == {2: KeptPart(Digest(crc32=b"2222"), "")}
    assert (back.transfer.parts_done, back.transfer.moved) == (1, 5 * MIB)
    await journal.close()


async def test_what_was_decided_about_a_destination_comes_back(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    item = row(1)
    await journal.add([item])
    await journal.agreed(1, "seen")
    item.transfer.location = Location("b", "k1 (1)")
    item.transfer.if_exists = IfExists.RENAME
    await journal.destination(item)
    item.transfer.priority = Priority.LOW
    await journal.priorities([item])
    await journal.close()
    journal, (back,) = await reopened(tmp_path)
    assert (back.agreed_etag, back.transfer.location.key) == ("seen", "k1 (1)")
    assert (back.transfer.if_exists, back.transfer.priority) == (IfExists.RENAME, Priority.LOW)
    await journal.close()


async def test_what_was_stored_stays_as_history_and_its_id_is_not_given_again(
    tmp_path: Path,
) -> None:
    journal, _ = await reopened(tmp_path)
    stored, failed = row(1), row(2, state=State.FAILED)
    stored.proof = {"crc32": "AAAA"}
    stored.transfer.started = NOW
    await journal.add([failed, stored])
    end = NOW + timedelta(seconds=5)
    await journal.done(stored, Stored("etag", "v"), Verified.ETAG, end)
    await journal.remove([1, 2], end)
    await journal.close()
    journal, rows = await reopened(tmp_path)
    assert rows == []
    assert await journal.last_id() == 1
    kept = "SELECT id, etag, proof_json, started_at, unlisted_at FROM transfer"
    found = await journal.read(lambda database: database.execute(kept).fetchall())
    assert found == [(1, "etag", '{"crc32": "AAAA"}', NOW.timestamp(), end.timestamp())]
    await journal.close()
