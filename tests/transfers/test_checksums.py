"""Uploads with a checksum over the whole object: what counts, what is refused, what is kept."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fake_held import crc32_of
from fake_server import MemoryServer
from transfers.kit import CRC32_ONLY, PART, House, MakeFile, NextStart, content

from s3gui.domain.errors import ChecksumRefused, ConnectionBroken, Corrupt, ErrorKind
from s3gui.domain.integrity import CRC32, Digest, Verified
from s3gui.domain.transfer import State, Waiting

pytestmark = CRC32_ONLY


async def paused_after(house: House, server: MemoryServer, path: Path, parts: int) -> int:
    """An upload that is paused with so many parts confirmed; returns its id."""
    gate = server.hold("send_part", part=parts + 1)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(transfer, parts)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    server.clear_rules()
    return transfer.id


def touch(path: Path) -> None:
    """Writes nothing, and looks as if something had been written."""
    facts = path.stat()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1_000_000_000))


async def test_a_part_that_arrived_damaged_is_sent_again_twice(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", Corrupt("Damaged"), part=2, times=2)
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 3, 3: 1}
    assert server.data("file.bin") == content(path)
    assert transfer.verified is Verified.FULL_CHECKSUM


async def test_a_part_that_stays_damaged_fails_and_is_never_completed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", Corrupt("Damaged"), part=2, times=3)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.until(transfer, State.FAILED)
    assert server.counts()["complete"] == 0
    assert transfer.upload_id in server.uploads


@pytest.mark.parametrize("where", ["send_part", "complete"])
async def test_a_server_that_does_not_keep_to_it_gets_the_file_anew_with_md5s(
    house: House, server: MemoryServer, make_file: MakeFile, where: str
) -> None:
    server.breaks_checksums_at = where
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)
    assert transfer.verified is Verified.ETAG
    assert (server.counts()["create"], server.counts()["complete"]) == (
        2,
        1 if where == "send_part" else 2,
    )
    assert not server.uploads, "the first one is aborted"
    assert await house.journal.aborts() == []
    assert house.watcher.problems == []


async def test_a_server_that_refuses_again_and_again_is_given_up(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    refused = ChecksumRefused("Unknown header", code="InvalidRequest")
    server.fail("send_part", refused, times=99)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "InvalidRequest"
    assert server.counts()["create"] == 3
    assert not server.uploads


async def test_an_answer_without_proof_does_not_count_and_keeps_what_was_proved(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    id_ = await paused_after(house, server, make_file(3 * PART), 2)
    missing = ChecksumRefused("No proof", kind=ErrorKind.CORRUPT)
    server.fail("send_part", missing, part=3, times=3)
    house.queue.resume([id_])
    (transfer,) = house.queue.transfers
    await house.until(transfer, State.FAILED)
    assert server.sends()[3] == 1 + 3
    assert transfer.parts_done == 2
    await house.retry(transfer)
    await house.done(transfer)
    assert server.counts()["create"] == 1
    assert server.sends() == {1: 1, 2: 1, 3: 5}


async def test_another_checksum_at_the_end_is_no_success(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.shown_checksum = "AAAAAA=="
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "ObjectDiffers"
    assert "AAAAAA==" in transfer.error.detail
    assert Digest(crc32=crc32_of(content(path))).crc32_text in transfer.error.detail
    assert server.keys() == ["file.bin"], "what is stored is left as evidence"


async def test_a_server_that_shows_no_checksum_of_the_whole_proves_less(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.shown_checksum = ""
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert transfer.verified is Verified.PART_CHECKSUM_AND_SIZE


async def test_encryption_with_keys_of_the_server_does_not_hide_the_checksum(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.encryption = "aws:kms"
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert transfer.verified is Verified.FULL_CHECKSUM


async def test_a_lost_complete_is_not_proved_by_an_object_of_the_same_size(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", ConnectionBroken("Reset"), applied=True)
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await house.watcher.until(lambda: transfer.waiting is Waiting.OUTCOME_UNKNOWN)
    stored = server.latest(transfer.location)
    stored.checksums = {CRC32: Digest(crc32=crc32_of(b"other")).crc32_text}
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "NotStored"
    assert server.counts()["complete"] == 1


async def test_what_a_complete_has_to_give_survives_a_crash(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete", applied=True)
    await house.upload_one(make_file(3 * PART + 5))
    await gate.reached.wait()
    again = await next_start()
    (transfer,) = again.queue.transfers
    await again.done(transfer)
    assert transfer.verified is Verified.FULL_CHECKSUM
    assert server.counts()["complete"] == 1


async def test_an_upload_goes_on_with_what_it_was_created_with(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    path = make_file(4 * PART)
    id_ = await paused_after(house, server, path, 2)
    server.takes_checksums = False
    again = await next_start()
    again.queue.resume([id_])
    (transfer,) = again.queue.transfers
    await again.done(transfer)
    assert transfer.verified is Verified.FULL_CHECKSUM
    assert server.counts()["create"] == 1
    assert (server.sends()[1], server.sends()[2]) == (1, 1)


async def test_the_parts_of_a_touched_file_are_kept_where_their_etags_are_md5s(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    path = make_file(3 * PART)
    id_ = await paused_after(house, server, path, 2)
    touch(path)
    house.queue.resume([id_])
    (transfer,) = house.queue.transfers
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 1, 3: 2}


@pytest.mark.parametrize("why", ["encrypted", "opaque", "0" * 32])
async def test_32_bits_alone_do_not_keep_a_part_of_a_touched_file(
    house: House, server: MemoryServer, make_file: MakeFile, why: str
) -> None:
    if why == "encrypted":
        server.encryption = "aws:kms"
    path = make_file(3 * PART)
    id_ = await paused_after(house, server, path, 2)
    (transfer,) = house.queue.transfers
    if why != "encrypted":
        kept = house.queue._rows[id_].kept
        for number, held in server.uploads[transfer.upload_id].parts.items():
            held.etag = why
            kept[number] = replace(kept[number], etag=why)
    touch(path)
    house.queue.resume([id_])
    await house.done(transfer)
    assert server.sends() == {1: 2, 2: 2, 3: 2}
    assert server.data("file.bin") == content(path)


async def test_a_part_that_was_written_to_is_sent_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    path = make_file(3 * PART)
    id_ = await paused_after(house, server, path, 2)
    with path.open("r+b") as file:
        file.seek(PART + 7)
        file.write(b"other")
    house.queue.resume([id_])
    (transfer,) = house.queue.transfers
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 2, 3: 2}
    assert server.data("file.bin") == content(path)
