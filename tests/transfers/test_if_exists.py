"""Uploads whose destination is taken: looked at, decided, and written under a condition."""

import asyncio
import os

import pytest
from fake_server import MemoryServer
from transfers.existing import KEY, LARGE, OTHER, SIZES, SMALL, send, settled
from transfers.kit import MD5_ONLY, PART, House, MakeFile, content

from s3gui.domain.errors import ConnectionBroken, JournalError
from s3gui.domain.existing import Remark
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.journal import Done
from s3gui.transfers.row import Row


@SIZES
async def test_overwriting_asks_the_server_nothing(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    server.put_directly(KEY, OTHER)
    transfer = await send(house, make_file(size), IfExists.OVERWRITE)
    await house.done(transfer)
    assert transfer.remarks == ()
    assert server.counts()["head"] == (size == LARGE), "but the one that verifies"


@SIZES
@pytest.mark.parametrize("policy", [item for item in IfExists if item is not IfExists.OVERWRITE])
async def test_where_nothing_is_every_policy_uploads(
    house: House, server: MemoryServer, make_file: MakeFile, policy: IfExists, size: int
) -> None:
    path = make_file(size)
    transfer = await send(house, path, policy)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)


@SIZES
async def test_what_is_there_is_left_alone_before_a_byte_is_sent(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    server.put_directly(KEY, OTHER)
    transfer = await send(house, make_file(size), IfExists.SKIP)
    assert await settled(house, transfer) is State.SKIPPED
    assert (server.data("file.bin"), server.bytes_in) == (OTHER, 0)
    assert server.counts() == {"head": 1}
    assert transfer.error is not None
    assert transfer.error.detail == "Something is there already."
    house.queue.remove([transfer.id])
    assert not house.queue.transfers


@pytest.mark.parametrize("keep", [True, False])
async def test_to_cancel_what_was_left_alone_changes_nothing_and_hinders_nobody(
    house: House, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    server.put_directly(KEY, OTHER)
    skipped = await send(house, make_file(SMALL), IfExists.SKIP)
    assert await settled(house, skipped) is State.SKIPPED
    house.queue.abort([skipped.id], keep_parts=keep)
    other = await send(house, make_file(SMALL, "other.bin"), IfExists.SKIP)
    await house.done(other)
    assert skipped.state is State.SKIPPED
    assert server.data("file.bin") == OTHER
    assert await house.journal.load()


async def test_the_row_fails_where_that_is_the_policy(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.put_directly(KEY, OTHER)
    transfer = await send(house, make_file(SMALL), IfExists.FAIL)
    assert await settled(house, transfer) is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "Exists"
    assert server.data("file.bin") == OTHER


@SIZES
async def test_a_free_name_beside_it(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    server.put_directly(Location("b", "to/file.bin"), OTHER)
    server.put_directly(Location("b", "to/file (1).bin"), OTHER)
    path = make_file(size)
    transfer = await send(house, path, IfExists.RENAME, "to/")
    await house.done(transfer)
    assert transfer.location.key == "to/file (2).bin"
    assert server.data("to/file (2).bin") == content(path)
    assert server.data("to/file.bin") == server.data("to/file (1).bin") == OTHER


async def test_two_rows_of_one_batch_do_not_take_the_same_free_name(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.put_directly(KEY, OTHER)
    first = make_file(SMALL, "file.bin")
    other = first.parent / "file (1).bin"
    other.write_bytes(b"its own name")
    await house.queue.upload("p", Location("b"), [first, other], if_exists=IfExists.RENAME)
    for transfer in house.queue.transfers:
        await house.done(transfer)
    assert server.data("file (1).bin") == b"its own name"
    assert server.data("file (2).bin") == content(first)


@pytest.mark.parametrize(("age_s", "state"), [(-1, State.SKIPPED), (3600, State.COMPLETED)])
async def test_only_what_is_newer_replaces(
    house: House, server: MemoryServer, make_file: MakeFile, age_s: int, state: State
) -> None:
    held = server.put_directly(KEY, OTHER)
    path = make_file(SMALL)
    stamp = held.modified.timestamp() + age_s
    os.utime(path, (stamp, stamp))
    transfer = await send(house, path, IfExists.NEWER)
    assert await settled(house, transfer) is state


async def test_only_another_size_replaces(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.put_directly(KEY, bytes(SMALL))
    assert await settled(house, await send(house, make_file(SMALL), IfExists.SIZE)) is (
        State.SKIPPED
    )
    assert await settled(house, await send(house, make_file(SMALL + 1), IfExists.SIZE)) is (
        State.COMPLETED
    )


@SIZES
async def test_the_same_content_is_not_sent_again(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    path = make_file(size)
    await house.done(await send(house, path, IfExists.CONTENT))
    sent = server.bytes_in
    again = await send(house, path, IfExists.CONTENT)
    assert await settled(house, again) is State.SKIPPED
    assert server.bytes_in == sent
    with path.open("r+b") as file:
        file.write(b"another")
    await house.done(await send(house, path, IfExists.CONTENT))
    assert server.data("file.bin") == content(path)


@MD5_ONLY
@pytest.mark.parametrize("tells", [True, False])
async def test_parts_of_another_size_are_compared_where_the_server_tells_it(
    house: House, server: MemoryServer, make_file: MakeFile, tells: bool
) -> None:
    path = make_file(4 * PART)
    await house.queue.upload("p", Location("b"), [path], part_bytes=2 * PART)
    await house.done(house.queue.transfers[0])
    assert len(server.sends()) == 2, "the batch's own part size"
    server.tells_parts = tells
    again = await send(house, path, IfExists.CONTENT)
    assert await settled(house, again) is (State.SKIPPED if tells else State.COMPLETED)
    assert again.remarks[:1] == (() if tells else (Remark.NOT_COMPARED,))


@MD5_ONLY
async def test_an_etag_that_is_no_md5_counts_as_different_and_that_is_said(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.encryption = "aws:kms"
    path = make_file(SMALL)
    await house.done(await send(house, path, IfExists.CONTENT))
    again = await send(house, path, IfExists.CONTENT)
    await house.done(again)
    assert Remark.NOT_COMPARED in again.remarks


@SIZES
async def test_a_free_name_that_cannot_be_journaled_is_not_taken(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    """The journal would call something done that is somebody else's, and lose the upload id."""
    server.put_directly(KEY, OTHER)
    path = make_file(size)
    destination, asked = house.journal.destination, 0

    def full_once(row: Row) -> Done:
        nonlocal asked
        asked += 1
        if asked > 1:
            return destination(row)
        future: Done = asyncio.get_running_loop().create_future()
        future.set_exception(JournalError("The disk is full", code="SQLITE_FULL"))
        return future

    monkeypatch.setattr(house.journal, "destination", full_once)
    transfer = await send(house, path, IfExists.RENAME)
    assert await settled(house, transfer) is State.FAILED
    assert transfer.location == KEY
    await house.retry(transfer)
    await house.done(transfer)
    (kept,) = await house.journal.load()
    assert kept.transfer.location == transfer.location == Location("b", "file (1).bin")
    assert server.data("file (1).bin") == content(path)
    assert server.data("file.bin") == OTHER


@SIZES
async def test_another_policy_undoes_what_the_one_before_it_agreed_to(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    """``upload --if-exists size``, Ctrl-C, and then ``upload --if-exists skip``."""
    server.put_directly(KEY, OTHER)
    gate = server.hold("put" if size == SMALL else "send_part")
    transfer = await send(house, make_file(size), IfExists.SIZE)
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    server.clear_rules()
    house.queue.decide([transfer.id], IfExists.SKIP)
    house.queue.resume([transfer.id])
    await house.until(transfer, State.SKIPPED, State.COMPLETED)
    assert (transfer.state, server.data("file.bin")) == (State.SKIPPED, OTHER)
    assert not server.uploads


async def test_another_policy_does_not_undo_what_a_complete_was_sent_with(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    """It may be under way still; one without a condition would replace what came meanwhile."""
    server.put_directly(KEY, OTHER)
    server.fail("complete", ConnectionBroken("Reset"), times=2)
    transfer = await send(house, make_file(LARGE), IfExists.SIZE)
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.OUTCOME_UNKNOWN
    server.put_directly(KEY, b"a third one")
    house.queue.decide([transfer.id], IfExists.SKIP)
    await house.retry(transfer)
    await house.until(transfer, State.SKIPPED, State.COMPLETED)
    assert (transfer.state, server.data("file.bin")) == (State.SKIPPED, b"a third one")
