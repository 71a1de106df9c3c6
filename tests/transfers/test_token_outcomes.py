"""Where ETags prove nothing an upload finds its own object by a token, when an answer is lost."""

import os

import pytest
from fake_server import MemoryServer
from transfers.existing import KEY, LARGE, SIZES, SMALL, WRITES, settled
from transfers.kit import MD5_ONLY, PART, House, MakeFile, NextStart, content
from transfers.sealed import KMS, LOST, journaled, put_as_long, token, upload

from s3gui.domain.conditions import NOTHING_THERE, Write
from s3gui.domain.encryption import Encryption
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import AccessDenied
from s3gui.domain.integrity import Verified
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State

POLICIES = pytest.mark.parametrize("policy", [IfExists.RENAME, IfExists.FAIL, IfExists.SKIP])


@MD5_ONLY
async def test_a_lost_answer_is_found_at_the_first_look_and_the_level_stays_honest(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", LOST, applied=True)
    transfer = await upload(house, make_file(LARGE))
    await house.done(transfer)
    assert house.clock.slept[-1] == 2
    assert server.counts()["complete"] == 1
    assert transfer.verified is Verified.PART_MD5_AND_SIZE, "it says nothing of the bytes"


@MD5_ONLY
async def test_it_is_certain_even_where_parts_may_not_be_listed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", LOST, applied=True)
    server.fail("parts", AccessDenied("No"), times=float("inf"))
    await house.done(await upload(house, make_file(LARGE)))


@MD5_ONLY
@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_newer_object_of_the_same_size_is_not_taken_for_ours(
    house: House, server: MemoryServer, make_file: MakeFile, carried_out: bool
) -> None:
    gate = server.hold("complete", error=LOST, applied=carried_out)
    path = make_file(LARGE)
    transfer = await upload(house, path)
    await gate.reached.wait()
    server.uploads.clear()
    put_as_long(server, path)
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.error is not None
    assert transfer.error.code == "NotStored"
    assert transfer.verified is None


@MD5_ONLY
async def test_somebody_elses_object_right_behind_an_answered_complete_is_no_success(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("head")
    path = make_file(LARGE)
    transfer = await upload(house, path)
    await gate.reached.wait()
    put_as_long(server, path)
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.error is not None
    assert transfer.error.code == "ObjectDiffers"


@MD5_ONLY
@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_kill_while_completing_is_decided_by_the_token_in_the_journal(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    next_start: NextStart,
    carried_out: bool,
) -> None:
    gate = server.hold("complete", applied=carried_out, error=LOST)
    path = make_file(LARGE)
    await upload(house, path)
    await gate.reached.wait()
    known = journaled(house)
    again = await next_start()
    gate.open()
    path.unlink()
    (row,) = again.queue.transfers
    await again.done(row)
    assert token(server) == known
    assert not server.uploads


@MD5_ONLY
async def test_parts_that_go_on_after_a_kill_belong_to_the_same_token(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart
) -> None:
    gate = server.hold("send_part", part=3)
    transfer = await upload(house, make_file(3 * PART))
    await gate.reached.wait()
    await house.until_parts(transfer, 2)
    known = journaled(house)
    again = await next_start()
    gate.open()
    (row,) = again.queue.transfers
    server.fail("complete", LOST, applied=True)
    await again.done(row)
    assert token(server) == known
    assert server.sends()[1] == 1


@MD5_ONLY
async def test_a_server_that_loses_metadata_is_decided_about_as_before(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = server.new_upload
    monkeypatch.setattr(server, "new_upload", lambda where, _: made(where, ObjectOptions()))
    server.encryption = Encryption.KMS
    await house.done(await upload(house, make_file(LARGE)))
    server.fail("complete", LOST, applied=True)
    await house.done(await upload(house, make_file(LARGE, "b.bin")))
    assert server.counts()["complete"] == 2


# In the way of ourselves


@MD5_ONLY
@SIZES
@POLICIES
async def test_our_own_object_is_no_conflict(
    house: House, server: MemoryServer, make_file: MakeFile, policy: IfExists, size: int
) -> None:
    server.versioned.add("b")
    server.fail(WRITES[size], LOST, applied=True)
    transfer = await upload(house, make_file(size), KMS, policy)
    await house.done(transfer)
    assert transfer.location == KEY
    assert len(server.buckets["b"]["file.bin"]) == 1
    assert server.keys() == ["file.bin"]


@MD5_ONLY
@SIZES
@POLICIES
async def test_a_kill_behind_the_write_finds_its_own_object(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    next_start: NextStart,
    policy: IfExists,
    size: int,
) -> None:
    server.versioned.add("b")
    gate = server.hold(WRITES[size], applied=True)
    await upload(house, make_file(size), KMS, policy)
    await gate.reached.wait()
    again = await next_start()
    gate.open()
    (row,) = again.queue.transfers
    await again.done(row)
    assert row.location == KEY
    assert len(server.buckets["b"]["file.bin"]) == 1


@MD5_ONLY
@SIZES
async def test_somebody_elses_object_of_the_same_size_is_a_conflict(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    gate = server.hold(WRITES[size])
    path = make_file(size)
    transfer = await upload(house, path, KMS, IfExists.SKIP)
    await gate.reached.wait()
    put_as_long(server, path)
    gate.open()
    assert await settled(house, transfer) is State.SKIPPED
    assert server.data("file.bin") == bytes(size)


async def test_what_was_stored_of_a_file_that_changed_since_is_not_taken_for_it(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart
) -> None:
    """A token is of one content: an older one that got there is in the way like anybody's."""
    gate = server.hold("put", applied=True)
    path = make_file(SMALL)
    await upload(house, path, KMS, IfExists.SKIP)
    await gate.reached.wait()
    before = content(path)
    again = await next_start()
    gate.open()
    path.write_bytes(bytes(SMALL))
    os.utime(path, (1, 1))
    (row,) = again.queue.transfers
    assert await settled(again, row) is not State.COMPLETED
    assert server.data("file.bin") == before


async def test_a_bucket_that_hides_md5s_by_default_is_learnt_from_the_first_put(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.encryption = Encryption.KMS
    first = await upload(house, make_file(SMALL, "a.bin"), ObjectOptions(), IfExists.SKIP)
    await house.done(first)
    assert not token(server, "a.bin")
    server.fail("put", LOST, applied=True)
    second = await upload(house, make_file(SMALL), ObjectOptions(), IfExists.FAIL)
    await house.done(second)
    assert token(server)


async def test_without_conditions_the_look_before_knows_its_own_object(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.keeps_conditions = server.knows_conditions = False
    server.conditions.ignored("b", Write.PUT, NOTHING_THERE)
    gate = server.hold("put", applied=True, error=LOST)
    transfer = await upload(house, make_file(SMALL), KMS, IfExists.SKIP)
    await gate.reached.wait()
    house.clock.seconds += 60
    gate.open()
    await house.done(transfer)
    assert server.counts()["put"] == 1
