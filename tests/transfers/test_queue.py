"""The queue: order, several files, folders, duplicates, lists, and storms of commands."""

import asyncio
from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, content, settings

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import AccessDenied, ConnectionBroken, JournalError
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import PartState, State


def tree(root: Path, count: int) -> dict[str, bytes]:
    """A folder of small files, some levels deep; keys to contents."""
    made: dict[str, bytes] = {}
    for number in range(count):
        path = root / f"d{number % 7}" / f"e{number % 3}" / f"файл {number} 🎉.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = b"%d" % number * (number % 50)
        path.write_bytes(data)
        made[f"in/{root.name}/{path.relative_to(root).as_posix()}"] = data
    return made


async def test_a_folder_of_a_thousand_files_arrives(
    house: House, server: MemoryServer, tmp_path: Path
) -> None:
    made = tree(tmp_path / "folder", 1000)
    transfers = await house.upload(tmp_path / "folder", where="in/")
    assert len(transfers) == 1000
    await house.watcher.until(lambda: all(row.state is State.COMPLETED for row in transfers))
    assert {key: server.data(key) for key in server.buckets["b"]} == made
    options = server.latest(Location("b", transfers[0].location.key)).options
    assert options.content_type == "text/plain"
    assert len({row.batch for row in transfers}) == 1


async def test_rows_come_while_the_walk_goes_on_and_stay_when_it_is_stopped(
    house: House, server: MemoryServer, tmp_path: Path
) -> None:
    tree(tmp_path / "folder", 1200)
    server.hold("put")
    walk = asyncio.ensure_future(house.upload(tmp_path / "folder"))
    await house.watcher.until(lambda: bool(house.watcher.added))
    assert not walk.done()
    walk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walk
    rows = len(house.queue.transfers)
    assert 0 < rows < 1200
    assert len(house.watcher.added) == rows
    assert len(await house.journal.load()) == rows


async def test_files_go_in_the_persons_order(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.queue.settings = settings(files_in_flight=1)
    gate = server.hold("put")
    rows = await house.upload(*[make_file(10, name) for name in "abcde"])
    await gate.reached.wait()
    house.queue.move([rows[3].id, rows[4].id], -2)
    house.queue.move([rows[1].id], 100)
    assert [row.path.name for row in house.queue.transfers] == ["a", "d", "e", "c", "b"]
    assert house.watcher.reordered == 2
    gate.open()
    await house.watcher.until(lambda: all(row.state is State.COMPLETED for row in rows))
    assert [call.key for call in server.calls if call.op == "put"] == ["a", "d", "e", "c", "b"]


async def test_the_order_survives_a_restart(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.hold("put", times=9)
    rows = await house.upload(*[make_file(10, name) for name in "abc"])
    house.queue.move([rows[2].id], -5)
    await house.journal.load()  # behind the move
    again = await house.crash()
    await again.queue.start()
    assert [row.path.name for row in again.queue.transfers] == ["c", "a", "b"]
    server.clear_rules()
    await again.close()


async def test_only_so_many_files_and_parts_are_in_flight(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.queue.settings = settings(files_in_flight=2, parts_per_file=2, parts_in_flight=3)
    files = [make_file(5 * PART, name, seed) for seed, name in enumerate("abcd")]
    gate = server.hold("send_part", times=999, after_bytes=1)
    rows = await house.upload(*files)
    await house.until_flying(3)
    flying = [part for row in rows for part in row.parts_flying if part.moved]
    assert len(flying) == 3
    most = 0

    def watch() -> bool:
        nonlocal most
        most = max(most, sum(row.state is State.RUNNING for row in rows))
        return all(row.state is State.COMPLETED for row in rows)

    gate.open()
    await house.watcher.until(watch)
    assert most == 2
    assert server.most_in_flight == 3
    for path in files:
        assert server.data(path.name) == content(path)


async def test_settings_count_from_the_next_part(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.queue.settings = settings(parts_per_file=1, parts_in_flight=1)
    first = server.hold("send_part", after_bytes=1)
    row = await house.upload_one(make_file(20 * PART))
    await first.reached.wait()
    assert server.in_flight == 1
    house.queue.settings = settings(parts_per_file=6, parts_in_flight=6)
    others = server.hold("send_part", times=999, after_bytes=1)
    first.open()
    await house.until_flying(6)
    others.open()
    await house.done(row)
    assert server.most_in_flight == 6


async def test_one_failure_does_not_stop_the_others(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", ConnectionBroken("Reset"), times=8)
    house.queue.settings = settings(files_in_flight=1)
    first, second = await house.upload(make_file(2 * PART, "a"), make_file(2 * PART, "b"))
    await house.done(second)
    assert first.state is State.FAILED


async def test_the_same_file_twice_and_two_files_for_one_key(
    house: House, server: MemoryServer, make_file: MakeFile, tmp_path: Path
) -> None:
    gate = server.hold("put")
    path, other = make_file(10, "one"), tmp_path / "elsewhere" / "one"
    other.parent.mkdir()
    other.write_bytes(b"other")
    first = await house.queue.upload("p", Location("b"), [path])
    second = await house.queue.upload("p", Location("b"), [path, other])
    assert (first.queued, second.queued) == (1, 0)
    assert [skipped.why for skipped in second.skipped] == [
        "is in the list already",
        "another file goes to the same key",
    ]
    gate.open()
    await house.done(house.queue.transfers[0])
    third = await house.queue.upload("p", Location("b"), [other])
    assert third.queued == 1, "once it is done the key is free again"
    await house.done(house.queue.transfers[1])
    assert server.data("one") == b"other"


async def test_options_reach_the_object_and_survive_a_restart(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    options = ObjectOptions(
        content_type="x/y", metadata={"a": "ж"}, cache_control="no-store", tags={"t": "1"}
    )
    gate = server.hold("put")
    await house.queue.upload("p", Location("b"), [make_file(10)], options)
    await gate.reached.wait()
    again = await house.crash()
    await again.queue.start()
    await again.done(again.queue.transfers[0])
    assert server.latest(Location("b", "file.bin")).options == options
    await again.close()


async def test_cancelled_with_its_parts_it_goes_on_by_retry(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    row = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    await house.until_parts(row, 2)
    house.queue.abort([row.id], keep_parts=True)
    await house.until(row, State.CANCELLED)
    assert row.upload_id in server.uploads
    house.queue.remove([row.id])
    assert list(house.queue.transfers) == [row], "its parts would be left unseen"
    gate.open()
    await house.retry(row)
    await house.done(row)
    assert server.sends() == {1: 1, 2: 1, 3: 2}


async def test_kept_parts_can_be_removed_later(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    row = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    house.queue.abort([row.id], keep_parts=True)
    await house.until(row, State.CANCELLED)
    house.queue.abort([row.id], keep_parts=False)
    await house.watcher.until(lambda: not server.uploads)
    house.queue.remove([row.id])
    assert house.watcher.removed == [row.id]
    assert list(house.queue.transfers) == []


async def test_a_key_that_is_taken_again_is_not_retried(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("put", ConnectionBroken("Reset"), times=8)
    path = make_file(10)
    row = await house.upload_one(path)
    await house.until(row, State.FAILED)
    gate = server.hold("put")
    (other,) = await house.upload(path)
    await gate.reached.wait()
    house.queue.retry([row.id])
    await house.watcher.until(lambda: bool(house.watcher.problems))
    assert row.state is State.FAILED
    assert house.watcher.problems[0].code == "DestinationTaken"
    gate.open()
    await house.done(other)


async def test_removed_rows_do_not_come_back(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    row = await house.upload_one(make_file(10))
    await house.done(row)
    house.queue.remove([row.id, 99])
    assert not house.queue.transfers
    assert await house.journal.load() == []


async def test_a_row_that_was_asked_to_go_on_is_not_taken_off_the_list(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", AccessDenied("Not yet"))
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    house.queue.retry([transfer.id])
    house.queue.remove([transfer.id])
    assert list(house.queue.transfers) == [transfer]
    await house.until(transfer, State.COMPLETED)
    house.queue.remove([transfer.id])
    assert not house.queue.transfers


async def test_queued_rows_are_paused_and_cancelled_without_having_run(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.queue.settings = settings(files_in_flight=1)
    gate = server.hold("put")
    first, second, third = await house.upload(*[make_file(9, name) for name in "abc"])
    await gate.reached.wait()
    house.queue.pause([second.id, third.id])
    await house.until(third, State.PAUSED)
    house.queue.abort([third.id], keep_parts=False)
    await house.until(third, State.CANCELLED)
    gate.open()
    await house.done(first)
    assert second.state is State.PAUSED
    assert server.keys() == ["a"]


async def test_speed_and_time_left_are_told_while_it_runs(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=1, after_bytes=4 * MIB)
    row = await house.upload_one(make_file(8 * PART))
    assert house.queue.rate_of(row).bytes_per_s is None
    await gate.reached.wait()
    house.queue.rate()
    house.clock.seconds += 1
    await house.until_parts(row, 7)
    house.clock.seconds += 1
    rate = house.queue.rate()
    assert rate.bytes_per_s
    assert rate.left_s == pytest.approx((row.size - row.moved) / rate.bytes_per_s)
    gate.open()
    await house.done(row)
    assert house.queue.rate().bytes_per_s is None


async def test_a_part_that_is_out_and_not_confirmed_is_told_apart(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=1, applied=True)
    row = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    house.queue.rate_of(row)
    assert row.parts[0].state is PartState.SENT
    gate.open()
    await house.done(row)
    assert row.parts[0].state is PartState.DONE


async def test_a_journal_that_cannot_be_written_stops_the_queue_and_says_so(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = server.hold("send_part", part=1)
    row = await house.upload_one(make_file(3 * PART))
    waiting = await house.upload_one(make_file(10, "waits"))
    await house.done(waiting)
    await gate.reached.wait()

    def full(*_args: object) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(JournalError("Disk full"))
        return future

    with monkeypatch.context() as patch:
        patch.setattr(house.journal, "part_done", full)
        gate.open()
        await house.until(row, State.FAILED)
    assert row.error is not None
    assert row.error.code == "Journal"
    assert [type(problem) for problem in house.watcher.problems] == [JournalError]
    await house.retry(row)
    await house.done(row)
    assert server.counts()["create"] == 1


async def test_a_pause_that_cannot_be_journaled_stops_the_bytes_and_is_not_forgotten(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = server.hold("send_part", part=2)
    row = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()

    def full(*_args: object) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(JournalError("Disk full"))
        return future

    with monkeypatch.context() as patch:
        patch.setattr(house.journal, "change", full)
        house.queue.pause([row.id])
        await house.watcher.until(lambda: bool(house.watcher.problems))
        assert server.in_flight == 0
        assert row.state is State.RUNNING, "what cannot be made durable is not shown"
    await house.upload_one(make_file(1, "something else"))
    await house.until(row, State.PAUSED)
