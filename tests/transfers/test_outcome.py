"""A Complete whose answer is lost: looked for, never sent twice blindly, never aborted."""

import pytest
from fake_held import crc32_of
from fake_server import MemoryServer
from transfers.kit import MD5_ONLY, PART, House, MakeFile, content, proof

from s3gui.domain.entries import ObjectDetails, StoredPart, UploadRef
from s3gui.domain.errors import AccessDenied, BadAnswer, ConnectionBroken, S3guiError
from s3gui.domain.integrity import CRC32, Digest, Verified
from s3gui.domain.location import Location
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.transfers.outcome import is_exact, judge
from s3gui.transfers.row import Expected

LOST = ConnectionBroken("Reset")


async def test_applied_and_lost_is_found_by_head(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", LOST, applied=True)
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await house.watcher.until(lambda: transfer.waiting is Waiting.OUTCOME_UNKNOWN)
    await house.done(transfer)
    assert server.counts()["complete"] == 1
    assert server.counts()["abort"] == 0
    assert house.clock.slept == [2]
    assert server.data("file.bin") == content(path)
    assert transfer.verified is proof(server)


@pytest.mark.parametrize("error", [LOST, BadAnswer("HTML"), BadAnswer("HTML", code="404")])
async def test_lost_and_not_applied_is_sent_once_more_after_a_minute(
    house: House, server: MemoryServer, make_file: MakeFile, error: S3guiError
) -> None:
    server.fail("complete", error)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert server.counts()["complete"] == 2
    assert house.clock.slept == [2, 3, 10, 15, 30]
    assert server.counts()["create"] == 1


async def test_the_same_content_from_before_is_no_proof(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    path = make_file(2 * PART)
    first = await house.upload_one(path)
    await house.done(first)
    house.queue.remove([first.id])
    server.fail("complete", LOST)
    second = await house.upload_one(path)
    await house.done(second)
    assert not server.uploads, "the second upload would be left on the server"


async def test_an_upload_that_vanished_without_an_object_fails_and_retry_sends_it_anew(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete", error=LOST)
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    server.uploads.clear()
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "NotStored"
    assert house.clock.slept == [2, 3, 10, 15, 30]
    await house.retry(transfer)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)


@MD5_ONLY
async def test_an_older_object_of_the_same_size_is_not_taken_for_ours(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    """Under SSE-KMS an ETag proves nothing, and the file that was there is often as long."""
    server.encryption = "aws:kms"
    path = make_file(2 * PART)
    server.put_directly(Location("b", "file.bin"), bytes(2 * PART), "e" * 32)
    house.clock.seconds += 3600
    gate = server.hold("complete", error=LOST)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    server.uploads.clear()
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.error is not None
    assert transfer.error.code == "NotStored"
    await house.retry(transfer)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)


async def test_an_upload_that_lives_without_parts_is_not_taken_for_gone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete", error=LOST)
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    server.uploads[transfer.upload_id].parts.clear()
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "OutcomeUnknown"
    assert transfer.upload_id in server.uploads
    assert server.counts()["abort"] == 0


async def test_an_upload_that_is_gone_at_the_complete_starts_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete")
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    server.uploads.clear()
    gate.open()
    await house.done(transfer)
    assert server.data("file.bin") == content(path)
    assert server.counts()["create"] == 2


async def test_an_upload_that_another_complete_has_used_up_is_done(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete")
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    held = server.uploads[transfer.upload_id]
    parts = [
        StoredPart(n, part.etag, len(part.data), Digest(crc32=crc32_of(part.data)))
        for n, part in sorted(held.parts.items())
    ]
    whole = Digest(crc32=crc32_of(content(transfer.path))).crc32_text
    ref = UploadRef(transfer.location, transfer.upload_id)
    await house.gateway.sessions[0].uploads.complete(ref, parts, crc32=whole)
    gate.open()
    await house.done(transfer)
    assert server.counts()["create"] == 1


async def unknown(house: House, server: MemoryServer, make_file: MakeFile) -> Transfer:
    """A row that failed because nothing could be found out; the object is stored."""
    server.fail("complete", LOST, applied=True)
    server.fail("head", LOST, times=5)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "OutcomeUnknown"
    assert transfer.waiting is Waiting.OUTCOME_UNKNOWN
    assert transfer.upload_id
    return transfer


async def test_still_unknown_keeps_all_and_retry_looks_first(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    transfer = await unknown(house, server, make_file)
    await house.retry(transfer)
    await house.done(transfer)
    assert server.counts()["complete"] == 1
    assert server.counts()["create"] == 1


async def test_removing_the_parts_of_an_unknown_outcome_looks_first(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    transfer = await unknown(house, server, make_file)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.COMPLETED)
    await house.watcher.until(lambda: bool(house.watcher.problems))
    assert [problem.code for problem in house.watcher.problems] == ["AlreadyStored"]
    assert server.counts()["abort"] == 0


async def test_removing_the_parts_of_an_upload_that_was_not_stored(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", LOST)
    server.fail("head", LOST, times=5)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.CANCELLED)
    assert not server.uploads
    assert not server.keys()
    assert server.counts()["complete"] == 1


async def test_what_cannot_be_found_out_is_not_aborted(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    transfer = await unknown(house, server, make_file)
    server.fail("head", LOST, times=6)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.watcher.until(lambda: bool(house.watcher.problems))
    assert transfer.state is State.FAILED
    assert server.counts()["abort"] == 0


async def test_a_cancel_while_completing_comes_too_late_and_says_so(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete")
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    assert transfer.state is State.FINISHING
    house.queue.pause([transfer.id])
    house.queue.abort([transfer.id], keep_parts=False)
    gate.open()
    await house.until(transfer, State.COMPLETED)
    await house.watcher.until(lambda: bool(house.watcher.problems))
    assert [problem.code for problem in house.watcher.problems] == ["AlreadyStored"]
    assert server.counts()["abort"] == 0
    assert server.keys() == ["file.bin"]


async def test_a_cancel_while_completing_is_carried_out_when_that_fails(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete", error=S3guiError("Quota", code="QuotaExceeded"))
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    house.queue.abort([transfer.id], keep_parts=False)
    gate.open()
    await house.until(transfer, State.CANCELLED)
    assert not server.uploads


async def test_a_pause_while_completing_is_not_followed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete")
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    gate.open()
    await house.done(transfer)


async def test_where_parts_may_not_be_listed_the_etag_decides(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", LOST, applied=True)
    server.fail("parts", AccessDenied("No"), times=9)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert transfer.verified is proof(server)


@pytest.mark.parametrize(
    ("size", "etag", "encryption", "opaque", "level"),
    [
        (5, "a" * 32 + "-2", "", False, Verified.ETAG),
        (4, "a" * 32 + "-2", "", False, None),
        (5, "b" * 32 + "-2", "", False, None),
        (5, "b" * 32, "", False, None),
        (5, "b" * 32 + "-2", "AES256", False, None),
        (5, "b" * 32 + "-2", "aws:kms", False, Verified.PART_MD5_AND_SIZE),
        (5, "b" * 32 + "-2", "", True, Verified.PART_MD5_AND_SIZE),
        (5, "opaque", "", False, Verified.PART_MD5_AND_SIZE),
        (4, "opaque", "", False, None),
    ],
)
def test_what_an_object_proves(
    size: int, etag: str, encryption: str, opaque: bool, level: Verified | None
) -> None:
    details = ObjectDetails(Location("b", "k"), size, f'"{etag}"', encryption=encryption)
    assert judge(details, 5, Expected("a" * 32 + "-2"), opaque=opaque) is level


@pytest.mark.parametrize(
    ("size", "shown", "kind", "level"),
    [
        (5, {CRC32: "AAAAAQ=="}, "FULL_OBJECT", Verified.FULL_CHECKSUM),
        (5, {CRC32: "AAAAAQ=="}, "", Verified.FULL_CHECKSUM),
        (4, {CRC32: "AAAAAQ=="}, "FULL_OBJECT", None),
        (5, {CRC32: "AAAAAg=="}, "FULL_OBJECT", None),
        (5, {CRC32: "AAAAAg=="}, "", None),
        (5, {CRC32: "AAAAAg=="}, "COMPOSITE", Verified.PART_CHECKSUM_AND_SIZE),
        (5, {CRC32: "AAAAAg==-2"}, "", Verified.PART_CHECKSUM_AND_SIZE),
        (5, {"SHA256": "AAAA"}, "FULL_OBJECT", Verified.PART_CHECKSUM_AND_SIZE),
        (5, {}, "", Verified.PART_CHECKSUM_AND_SIZE),
    ],
)
def test_what_a_checksum_proves(
    size: int, shown: dict[str, str], kind: str, level: Verified | None
) -> None:
    details = ObjectDetails(
        Location("b", "k"), size, "a" * 32 + "-2", checksums=shown, checksum_type=kind
    )
    assert judge(details, 5, Expected(crc32="AAAAAQ=="), opaque=False) is level


def test_only_what_is_over_the_whole_tells_an_object_from_any_other_of_its_size() -> None:
    exact = {level for level in Verified if is_exact(level)}
    assert exact == {Verified.ETAG, Verified.FULL_CHECKSUM}
