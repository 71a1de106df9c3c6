"""Pause, quit, kill -9: what is on the disk is not fetched again, and never taken for granted."""

import asyncio
import os

import pytest
from fake_server import MemoryServer
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import ConnectionBroken, S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import State, Transfer, Waiting

SIZE = 4 * PART + 3


async def half(house: Downloads, *, part_bytes: int = 0) -> Transfer:
    """Two ranges are on the disk, the others cannot come."""
    house.stored("file", pattern(SIZE), part_bytes=part_bytes)
    for number in (2, 3, 4):
        house.server.hold("fetch", part=number * PART)
    transfer = await house.begin("file")
    await house.until_parts(transfer, 2)
    return transfer


def fetched(server: MemoryServer) -> list[int]:
    """First bytes of the ranges that were asked for."""
    return [call.part for call in server.calls if call.op == "fetch"]


async def finish(house: Downloads, transfer: Transfer) -> None:
    house.server.clear_rules()
    house.server.calls.clear()
    await house.last.until(transfer, State.COMPLETED, State.FAILED)
    assert transfer.state is State.COMPLETED, transfer.error
    assert (house.target / "file").read_bytes() == house.server.data("file")
    assert house.there() == ["file"]


@pytest.mark.parametrize("part_bytes", [0, PART])
async def test_a_pause_keeps_what_is_there(house: Downloads, part_bytes: int) -> None:
    transfer = await half(house, part_bytes=part_bytes)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    house.queue.resume([transfer.id])
    await finish(house, transfer)
    assert sorted(fetched(house.server)) == [2 * PART, 3 * PART, 4 * PART]
    assert transfer.verified is Verified.ETAG


@pytest.mark.parametrize("part_bytes", [0, PART])
async def test_after_kill_9_only_the_rest_is_fetched(house: Downloads, part_bytes: int) -> None:
    await half(house, part_bytes=part_bytes)
    transfer = await house.restart()
    await finish(house, transfer)
    assert sorted(fetched(house.server)) == [2 * PART, 3 * PART, 4 * PART]
    assert transfer.verified is Verified.ETAG


async def test_what_was_changed_in_the_part_file_is_fetched_again(house: Downloads) -> None:
    await half(house)
    (name,) = house.there()
    with (house.target / name).open("r+b") as file:
        file.seek(PART + 17)
        file.write(b"X")
    transfer = await house.restart()
    await finish(house, transfer)
    assert sorted(fetched(house.server)) == [PART, 2 * PART, 3 * PART, 4 * PART]


@pytest.mark.parametrize("how", ["removed", "replaced", "cut"])
async def test_another_part_file_is_not_gone_on_with(house: Downloads, how: str) -> None:
    await half(house)
    (name,) = house.there()
    path = house.target / name
    if how == "cut":
        os.truncate(path, PART)
    else:
        path.unlink()
    if how == "replaced":
        path.write_bytes(bytes(SIZE))
    transfer = await house.restart()
    await finish(house, transfer)
    assert any(error.code == "PartFileLost" for error in house.last.watcher.problems)


async def test_an_object_that_changed_between_two_runs_is_not_mixed(house: Downloads) -> None:
    await half(house)
    house.server.put_directly(Location("b", "file"), pattern(SIZE, seed=9))
    transfer = await house.restart()
    await house.last.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    await house.last.retry(transfer)
    await finish(house, transfer)


async def test_an_object_that_changes_midway_is_not_mixed(house: Downloads) -> None:
    house.stored("file", pattern(SIZE))
    gate = house.server.hold("fetch", part=2 * PART)
    transfer = await house.begin("file")
    await gate.reached.wait()
    house.server.put_directly(Location("b", "file"), pattern(SIZE, seed=9))
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert not (house.target / "file").exists()
    await house.retry(transfer)
    await finish(house, transfer)


async def test_a_server_that_ignores_if_match_is_seen_through(house: Downloads) -> None:
    house.server.knows_if_match = False
    house.stored("file", pattern(SIZE))
    gate = house.server.hold("fetch", part=2 * PART)
    transfer = await house.begin("file")
    await gate.reached.wait()
    house.server.put_directly(Location("b", "file"), pattern(SIZE, seed=9))
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED


async def test_where_versions_are_kept_the_one_that_was_begun_with_is_finished(
    house: Downloads,
) -> None:
    house.server.versioned.add("b")
    data = house.stored("file", pattern(SIZE))
    gate = house.server.hold("fetch", part=2 * PART)
    transfer = await house.begin("file")
    await gate.reached.wait()
    house.server.put_directly(Location("b", "file"), pattern(SIZE, seed=9))
    gate.open()
    await house.done(transfer)
    assert (house.target / "file").read_bytes() == data


@pytest.mark.parametrize("small", [True, False])
async def test_a_damaged_byte_is_fetched_once_more(house: Downloads, small: bool) -> None:
    data = house.stored("file", pattern(1000 if small else SIZE))
    house.server.lie("fetch", "flip", part=1)
    transfer = await house.download("file")
    assert transfer.state is State.COMPLETED, transfer.error
    assert (house.target / "file").read_bytes() == data


@pytest.mark.parametrize("size", [1000, SIZE])
@pytest.mark.parametrize("listed", [True, False])
async def test_what_is_damaged_again_and_again_is_no_file(
    house: Downloads, size: int, listed: bool
) -> None:
    house.stored("dir/file", pattern(size))
    house.server.lie("fetch", "flip", part=1, times=99)
    await house.ask("dir/" if listed else "dir/file")
    transfer = house.queue.transfers[-1]
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "Corrupt"
    assert house.there() == []


async def test_a_range_that_fails_is_fetched_again_alone(house: Downloads) -> None:
    house.stored("file", pattern(SIZE))
    house.server.fail("fetch", ConnectionBroken("Reset"), part=PART, after_bytes=1 << 20)
    transfer = await house.download("file")
    assert transfer.state is State.COMPLETED
    assert fetched(house.server).count(PART) == 2
    assert len(fetched(house.server)) == 6


async def test_a_failed_row_goes_on_with_what_it_has(house: Downloads) -> None:
    house.stored("file", pattern(SIZE))
    denied = S3guiError("No", code="AccessDenied")
    house.server.fail("fetch", denied, part=3 * PART)
    gate = house.server.hold("fetch", part=4 * PART)
    transfer = await house.download("file")
    assert transfer.state is State.FAILED
    gate.open()
    done = transfer.parts_done
    house.server.calls.clear()
    await house.retry(transfer)
    await house.done(transfer)
    assert len(fetched(house.server)) == 5 - done


@pytest.mark.parametrize("after_crash", [False, True])
async def test_a_cancel_removes_the_part_file(house: Downloads, after_crash: bool) -> None:
    transfer = await half(house)
    if after_crash:
        transfer = await house.restart()
    house.last.queue.abort([transfer.id], keep_parts=False)
    await house.last.until(transfer, State.CANCELLED)
    assert house.there() == []
    house.last.queue.remove([transfer.id])
    assert not house.last.queue.transfers


async def test_a_cancel_that_keeps_can_be_retried(house: Downloads) -> None:
    transfer = await half(house)
    house.queue.abort([transfer.id], keep_parts=True)
    await house.until(transfer, State.CANCELLED)
    assert transfer.keeps_parts
    await house.retry(transfer)
    await finish(house, transfer)
    assert sorted(fetched(house.server)) == [2 * PART, 3 * PART, 4 * PART]


async def test_what_was_kept_can_be_given_up_later(house: Downloads) -> None:
    transfer = await half(house)
    house.queue.abort([transfer.id], keep_parts=True)
    await house.until(transfer, State.CANCELLED)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.watcher.until(lambda: not transfer.keeps_parts)
    assert house.there() == []


async def test_a_small_object_leaves_nothing_when_it_is_paused(house: Downloads) -> None:
    house.stored("dir/file", pattern(1000))
    gate = house.server.hold("fetch")
    await house.ask("dir/")
    transfer = house.queue.transfers[-1]
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    assert house.there() == []
    gate.open()
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert house.there() == ["dir/file"]


async def test_a_small_object_leaves_nothing_but_itself_after_kill_9(house: Downloads) -> None:
    house.stored("dir/file", pattern(1000))
    gate = house.server.hold("fetch")
    await house.ask("dir/")
    await gate.reached.wait()
    assert len(house.there()) == 1
    transfer = await house.restart()
    gate.open()
    await house.last.done(transfer)
    assert house.there() == ["dir/file"]


async def test_an_archived_object_fails_with_the_reason_and_holds_no_room(
    house: Downloads,
) -> None:
    house.stored("file", pattern(SIZE))
    house.server.fail("fetch", S3guiError("Archived", code="InvalidObjectState"), times=99)
    transfer = await house.download("file")
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "InvalidObjectState"
    assert house.there() == []


async def test_what_needs_a_key_says_so_after_a_restart(house: Downloads) -> None:
    key = CustomerKey(bytes(32))
    options = ObjectOptions(customer_key=key)
    house.server.store(Location("b", "file"), pattern(SIZE), "opaque", options)
    gate = house.server.hold("fetch")
    await house.queue.download(
        "p", [Wanted(Location("b", "file"), size=SIZE)], house.target, customer_key=key
    )
    async with asyncio.timeout(20):
        await gate.reached.wait()
    transfer = await house.restart()
    await house.last.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "NeedsCustomerKey"
    gate.open()
    house.last.queue.give_key([transfer.id], key)
    await house.last.until(transfer, State.COMPLETED)
    assert (house.target / "file").read_bytes() == house.server.data("file")
