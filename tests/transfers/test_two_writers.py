"""Somebody else writes there too: races, lost answers, kills, servers without conditions."""

import os

import pytest
from fake_server import MemoryServer
from transfers.existing import KEY, LARGE, OTHER, SIZES, SMALL, WRITES, send, settled
from transfers.kit import THEIRS_STAYS, House, MakeFile, NextStart, content

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import AccessDenied, ConnectionBroken
from s3gui.domain.existing import Remark
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting

# Somebody else writes between the look and the write


@SIZES
@THEIRS_STAYS
async def test_who_comes_first_keeps_what_they_wrote(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    policy: IfExists,
    state: State,
    size: int,
) -> None:
    server.versioned.add("b")
    gate = server.hold(WRITES[size])
    path = make_file(size)
    transfer = await send(house, path, policy)
    await gate.reached.wait()
    server.put_directly(KEY, OTHER)
    gate.open()
    assert await settled(house, transfer) is state
    assert [held.data for held in server.buckets["b"]["file.bin"]] == [OTHER], "no version of ours"
    if policy is IfExists.RENAME:
        assert server.data("file (1).bin") == content(path)
    # Only a row that waits for a decision has use for its parts.
    assert len(server.uploads) == (size == LARGE and state in {State.PAUSED, State.FAILED})


@SIZES
async def test_a_newer_one_that_came_meanwhile_is_not_replaced(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    held = server.put_directly(KEY, b"old")
    path = make_file(size)
    stamp = held.modified.timestamp() + 0.5
    os.utime(path, (stamp, stamp))
    gate = server.hold(WRITES[size])
    transfer = await send(house, path, IfExists.NEWER)
    await gate.reached.wait()
    server.put_directly(KEY, OTHER)
    gate.open()
    assert await settled(house, transfer) is State.SKIPPED
    assert server.data("file.bin") == OTHER


@SIZES
async def test_a_decision_to_overwrite_is_about_what_was_shown(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    server.put_directly(KEY, OTHER)
    path = make_file(size)
    transfer = await send(house, path, IfExists.ASK)
    assert await settled(house, transfer) is State.PAUSED
    assert transfer.waiting is Waiting.CONFLICT
    assert transfer.there is not None
    assert transfer.there.size == len(OTHER)
    gate = server.hold(WRITES[size])
    house.queue.decide([transfer.id], IfExists.OVERWRITE)
    await gate.reached.wait()
    server.put_directly(KEY, b"a third one")
    gate.open()
    await house.watcher.until(lambda: transfer.waiting is Waiting.CONFLICT)
    assert server.data("file.bin") == b"a third one"
    house.queue.decide([transfer.id], IfExists.OVERWRITE)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)
    if size == LARGE:
        assert max(server.sends().values()) == 1, "the parts were kept for the decision"


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (IfExists.SKIP, State.SKIPPED),
        (IfExists.RENAME, State.COMPLETED),
        (IfExists.NEWER, State.COMPLETED),
    ],
)
async def test_the_whole_batch_is_decided_at_once(
    house: House, server: MemoryServer, make_file: MakeFile, policy: IfExists, state: State
) -> None:
    paths = [make_file(SMALL, f"{number}.bin") for number in range(8)]
    for path in paths[::2]:
        server.put_directly(Location("b", path.name), OTHER)
    await house.queue.upload("p", Location("b"), paths, if_exists=IfExists.ASK)
    rows = list(house.queue.transfers)
    for row in rows:
        await settled(house, row)
    assert [row.state for row in rows] == [State.PAUSED, State.COMPLETED] * 4
    house.queue.decide([row.id for row in rows], policy)
    for row in rows:
        await house.until(row, state, State.COMPLETED)
    assert [row.state for row in rows[::2]] == [state] * 4
    kept = policy is not IfExists.NEWER
    assert all((server.data(path.name) == OTHER) is kept for path in paths[::2])


async def test_a_skipped_row_can_be_decided_otherwise(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.put_directly(KEY, OTHER)
    path = make_file(SMALL)
    transfer = await send(house, path, IfExists.SKIP)
    assert await settled(house, transfer) is State.SKIPPED
    house.queue.decide([transfer.id], IfExists.OVERWRITE)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)


# Answers that are lost


@SIZES
async def test_our_own_object_in_the_way_is_no_conflict(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    """412 against ourselves: the first write was carried out, and its answer lost."""
    server.versioned.add("b")
    server.fail(WRITES[size], ConnectionBroken("Reset"), applied=True)
    path = make_file(size)
    transfer = await send(house, path, IfExists.RENAME)
    await house.done(transfer)
    assert transfer.location == KEY
    assert len(server.buckets["b"]["file.bin"]) == 1
    assert server.keys() == ["file.bin"]


@SIZES
@pytest.mark.parametrize("policy", [IfExists.RENAME, IfExists.FAIL, IfExists.SKIP])
async def test_a_kill_behind_the_write_finds_its_own_object(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    next_start: NextStart,
    policy: IfExists,
    size: int,
) -> None:
    gate = server.hold(WRITES[size], applied=True)
    path = make_file(size)
    transfer = await send(house, path, policy)
    await gate.reached.wait()
    again = await next_start()
    gate.open()
    (row,) = again.queue.transfers
    await again.done(row)
    assert server.keys() == ["file.bin"]
    assert transfer.location == row.location == KEY


@SIZES
async def test_what_was_agreed_survives_a_kill(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart, size: int
) -> None:
    gate = server.hold(WRITES[size], error=ConnectionBroken("Reset"))
    await send(house, make_file(size), IfExists.FAIL)
    await gate.reached.wait()
    again = await next_start()
    server.put_directly(KEY, OTHER)
    gate.open()
    (row,) = again.queue.transfers
    assert await settled(again, row) is State.FAILED
    assert server.data("file.bin") == OTHER


async def test_a_row_that_waits_for_a_decision_still_does_after_a_kill(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart
) -> None:
    server.put_directly(KEY, OTHER)
    path = make_file(SMALL)
    assert await settled(house, await send(house, path, IfExists.ASK)) is State.PAUSED
    again = await next_start()
    (row,) = again.queue.transfers
    assert (row.state, row.waiting) == (State.PAUSED, Waiting.CONFLICT)
    again.queue.decide([row.id], IfExists.RENAME)
    await again.done(row)
    assert server.data("file (1).bin") == content(path)


# Servers without conditions, and keys that may not look


@SIZES
@pytest.mark.parametrize("knows", [True, False], ids=["ignores", "refuses"])
async def test_without_conditions_a_look_comes_right_before_the_write(
    house: House, server: MemoryServer, make_file: MakeFile, knows: bool, size: int
) -> None:
    server.keeps_conditions, server.knows_conditions = False, knows
    transfer = await send(house, make_file(size), IfExists.SKIP)
    await house.done(transfer)
    assert transfer.remarks == (Remark.UNPROVED if knows else Remark.LOOKED,)
    calls = [call.op for call in server.calls]
    assert "head" in calls[: len(calls) - 1 - calls[::-1].index(WRITES[size])]
    assert transfer.verified in {Verified.ETAG, Verified.FULL_CHECKSUM}


async def test_without_conditions_a_long_upload_sees_what_came_meanwhile(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.keeps_conditions = server.knows_conditions = False
    gate = server.hold("send_part", part=2)
    transfer = await send(house, make_file(LARGE), IfExists.SKIP)
    await gate.reached.wait()
    house.clock.seconds += 60
    server.put_directly(KEY, OTHER)
    gate.open()
    assert await settled(house, transfer) is State.SKIPPED
    assert server.data("file.bin") == OTHER
    assert not server.uploads


async def test_the_remark_is_there_after_a_restart(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart
) -> None:
    server.keeps_conditions = server.knows_conditions = False
    await house.done(await send(house, make_file(SMALL), IfExists.SKIP))
    (row,) = (await next_start()).queue.transfers
    assert row.remarks == (Remark.LOOKED,)


async def test_a_server_that_was_seen_to_keep_conditions_needs_no_remark(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("put")
    first = await send(house, make_file(SMALL), IfExists.SKIP)
    await gate.reached.wait()
    server.put_directly(KEY, OTHER)
    gate.open()
    assert await settled(house, first) is State.SKIPPED
    second = await send(house, make_file(SMALL, "other.bin"), IfExists.SKIP)
    await house.done(second)
    assert second.remarks == ()


@SIZES
@pytest.mark.parametrize("there", [True, False])
async def test_who_may_not_look_lets_the_server_decide(
    house: House, server: MemoryServer, make_file: MakeFile, there: bool, size: int
) -> None:
    server.fail("head", AccessDenied("No"), times=float("inf"))
    if there:
        server.put_directly(KEY, OTHER)
    transfer = await send(house, make_file(size), IfExists.SKIP)
    state = await settled(house, transfer)
    assert state is (State.SKIPPED if there else State.COMPLETED), transfer.error


async def test_who_may_not_look_and_has_no_conditions_overwrites_nothing(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.keeps_conditions = server.knows_conditions = False
    server.fail("head", AccessDenied("No"), times=float("inf"))
    transfer = await send(house, make_file(SMALL), IfExists.SKIP)
    assert await settled(house, transfer) is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "CannotLook"


# The person's key


@SIZES
async def test_a_customer_key_is_asked_for_again_after_a_restart(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart, size: int
) -> None:
    key = CustomerKey(bytes(range(32)))
    gate = server.hold("send_part" if size == LARGE else "put", times=float("inf"))
    path = make_file(size)
    await house.queue.upload("p", Location("b"), [path], ObjectOptions(customer_key=key))
    await gate.reached.wait()
    again = await next_start()
    server.clear_rules()
    (row,) = again.queue.transfers
    assert await settled(again, row) is State.FAILED
    assert row.error is not None
    assert row.error.code == "NeedsCustomerKey"
    again.queue.give_key([row.id], key)
    await again.watcher.until(lambda: row.state is not State.FAILED)
    await again.done(row)
    assert server.data("file.bin") == content(path)
    for left in house.folder.rglob("transfers.sqlite3*"):
        assert key.base64.encode() not in left.read_bytes()
        assert bytes(range(32)) not in left.read_bytes()
