"""From one connection to another, through this machine."""

import asyncio

import pytest
from fakes import KEYS, profile
from transfers.copying.kit import PART, Copies, other_profile, pattern
from transfers.downloading.kit import crc32_text
from transfers.kit import MakeFile

from s3gui.domain.entries import AccessList, Grant, GranteeKind, ObjectOptions
from s3gui.domain.errors import ConnectionBroken, NeedsCredentials
from s3gui.domain.existing import Remark
from s3gui.domain.integrity import CRC32, Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.transfers.memory import Memory

SIZES = [0, 9, 3 * PART + 7]
OPTIONS = {"content_type": "text/x", "metadata": {"a": "b"}, "tags": {"one": "1"}}


@pytest.mark.parametrize("size", SIZES)
async def test_bytes_and_what_belongs_to_them_go_over(house: Copies, size: int) -> None:
    data = house.stored("a", pattern(size), **OPTIONS)
    transfer = await house.copy("a", "c", over="q", if_exists=IfExists.OVERWRITE)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.ETAG), transfer.error
    assert house.other.data("c") == data
    assert house.other.latest(Location("b", "c")).options == ObjectOptions(**OPTIONS)
    assert house.server.keys() == ["a"]
    assert house.server.bytes_out == size
    assert not transfer.remarks


@pytest.mark.parametrize("size", SIZES)
async def test_a_move_between_connections(house: Copies, size: int) -> None:
    data = house.stored("a", pattern(size))
    transfer = await house.copy("a", "a", over="q", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == []
    assert house.other.data("a") == data


async def test_progress_is_counted_in_bytes(house: Copies) -> None:
    house.stored("a", pattern(3 * PART))
    gate = house.other.hold("send_part", part=3)
    transfer = await house.begin("a", "c", over="q")
    await gate.reached.wait()
    await house.until_parts(transfer, 2)
    assert transfer.moved == 2 * PART
    gate.open()
    await house.done(transfer)


async def test_a_flipped_byte_on_the_way_here_is_noticed(house: Copies) -> None:
    data = house.stored("a", pattern(3 * PART))
    house.server.latest(Location("b", "a")).checksums = {CRC32: crc32_text(data)}
    house.server.lie("fetch", "flipped", part=PART)
    transfer = await house.copy("a", "c", over="q", move=True)
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "Corrupt"
    assert house.server.keys() == ["a"]
    assert house.other.keys() == []


async def test_a_flipped_byte_of_a_small_one_is_read_again(house: Copies) -> None:
    data = house.stored("a", b"content")
    house.server.lie("fetch", "flipped")
    transfer = await house.copy("a", "c", over="q")
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.other.data("c") == data


@pytest.mark.parametrize("side", ["server", "other"])
async def test_a_broken_line_costs_a_part(house: Copies, side: str) -> None:
    data = house.stored("a", pattern(4 * PART))
    op = "fetch" if side == "server" else "send_part"
    broken = ConnectionBroken("Broken")
    getattr(house, side).fail(op, broken, times=3, after_bytes=1000)
    transfer = await house.copy("a", "c", over="q")
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.other.data("c") == data


async def test_parts_that_were_sent_are_kept_over_a_kill(house: Copies) -> None:
    data = house.stored("a", pattern(5 * PART))
    gate = house.other.hold("send_part", part=5)
    transfer = await house.begin("a", "c", over="q", move=True)
    await gate.reached.wait()
    await house.until_parts(transfer, 4)
    house.other.clear_rules()
    transfer = await house.restart()
    await house.last.until(transfer, State.COMPLETED, State.FAILED)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.other.data("c") == data
    assert house.server.keys() == []
    assert max(house.other.sends()[number] for number in (1, 2, 3, 4)) == 1


async def test_a_source_that_changes_is_never_mixed(house: Copies) -> None:
    house.stored("a", pattern(3 * PART, seed=1))
    house.server.knows_if_match = False
    gate = house.other.hold("send_part", part=2)
    transfer = await house.begin("a", "c", over="q", move=True)
    await gate.reached.wait()
    new = house.stored("a", pattern(3 * PART, seed=9))
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert house.other.keys() == []
    await house.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.other.data("c") == new


async def test_a_small_source_that_changes_is_noticed_by_the_answer(house: Copies) -> None:
    """Its ETag, of a part, says nothing of the bytes, and the server ignores If-Match."""
    house.stored("a", pattern(500, seed=1), part_bytes=500)
    house.server.knows_if_match = False
    gate = house.server.hold("fetch")
    transfer = await house.begin("a", "c", over="q")
    await gate.reached.wait()
    house.stored("a", pattern(500, seed=9), part_bytes=500)
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert house.other.keys() == []


async def test_names_of_people_mean_nothing_elsewhere(house: Copies) -> None:
    house.stored("a")
    friend = Grant(GranteeKind.USER, "friend", "Friend", "READ")
    everybody = Grant(GranteeKind.GROUP, "http://x/groups/global/AllUsers", "", "READ")
    mine = Grant(GranteeKind.USER, "me", "Me", "FULL_CONTROL")
    held = house.server.latest(Location("b", "a"))
    held.access = AccessList("me", "Me", (mine, friend, everybody))
    transfer = await house.copy("a", "c", over="q")
    assert Remark.ACL_LEFT in transfer.remarks
    there = house.other.latest(Location("b", "c")).access
    assert there is not None
    assert there.grants == (mine, everybody)


async def test_one_storage_behind_two_addresses_loses_nothing(house: Copies) -> None:
    """Deleting the original would delete the copy: they are one object."""
    house.gateway.servers["q"] = house.server
    house.server.now = lambda: house.clock.now().replace(microsecond=0)  # type: ignore[method-assign]
    data = house.stored("a")
    transfer = await house.copy("a", "a", over="q", move=True, if_exists=IfExists.OVERWRITE)
    assert transfer.state is State.FAILED
    assert house.server.data("a") == data


# Keys that are refused


async def _waits_for_keys(house: Copies, transfer: Transfer) -> None:
    await house.watcher.until(
        lambda: (transfer.state, transfer.waiting) == (State.QUEUED, Waiting.CREDENTIALS)
    )


async def test_the_keys_of_the_source_stop_only_its_connection(
    house: Copies, make_file: MakeFile
) -> None:
    data = house.stored("a", pattern(3 * PART))
    house.server.fail("fetch", lambda: NeedsCredentials("No", code="ExpiredToken"), times=99)
    transfer = await house.begin("a", "c", over="q")
    await _waits_for_keys(house, transfer)
    asked = house.server.counts()["fetch"]
    await house.queue.upload("q", Location("b"), [make_file(10)])
    await house.done(house.queue.transfers[-1])
    assert house.server.counts()["fetch"] == asked
    house.server.clear_rules()
    await house.connections.adopt(profile(), KEYS)
    await house.done(transfer)
    assert house.other.data("c") == data


async def test_the_keys_of_the_target_stop_only_its_connection(
    house: Copies, make_file: MakeFile
) -> None:
    data = house.stored("a", pattern(3 * PART))
    house.other.fail("send_part", lambda: NeedsCredentials("No", code="ExpiredToken"), times=99)
    transfer = await house.begin("a", "c", over="q")
    await _waits_for_keys(house, transfer)
    await house.queue.upload("p", Location("b"), [make_file(10)])
    await house.done(house.queue.transfers[-1])
    house.other.clear_rules()
    await house.connections.adopt(other_profile(), KEYS)
    await house.done(transfer)
    assert house.other.data("c") == data


async def test_keys_of_the_source_that_are_missing_are_waited_for(house: Copies) -> None:
    house.stored("a")
    transfer = await _queued_for_later(house)
    house.accounts.keys["p"] = None
    await house.connections.close("p")
    house.queue.resume([transfer.id])
    await _waits_for_keys(house, transfer)
    await house.connections.adopt(profile(), KEYS)
    await house.done(transfer)
    assert house.other.keys() == ["c"]


async def _queued_for_later(house: Copies) -> Transfer:
    gate = house.other.hold("put")
    transfer = await house.begin("a", "c", over="q")
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    return transfer


async def test_memory_is_given_out_in_turn() -> None:
    memory = Memory(10)
    order: list[str] = []

    async def take(name: str, count: int, end: asyncio.Event) -> None:
        async with memory.hold(count):
            order.append(name)
            await end.wait()

    first, rest = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(take("a", 8, first))
        group.create_task(take("larger than all", 99, rest))
        group.create_task(take("b", 1, rest))
        await asyncio.sleep(0)
        assert (order, memory.held) == (["a"], 8)
        first.set()
        rest.set()
    assert order == ["a", "larger than all", "b"]
    assert memory.held == 0


async def test_somebody_who_stops_waiting_takes_nothing() -> None:
    memory = Memory(10)
    async with memory.hold(10):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), memory.hold(1):
                raise AssertionError
    assert memory.held == 0
    async with memory.hold(10):
        assert memory.held == 10
