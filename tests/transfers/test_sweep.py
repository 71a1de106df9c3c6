"""Creates whose answer was lost: what they left on the server is found again and removed."""

import asyncio
import shutil
from datetime import timedelta

import pytest
import pytest_asyncio
from fake_held import HeldPart, HeldUpload
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, NextStart, content

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import (
    AccessDenied,
    ConnectionBroken,
    JournalError,
    Offline,
    S3guiError,
)
from s3gui.domain.location import Location
from s3gui.domain.transfer import State
from s3gui.transfers.journal import Done
from s3gui.transfers.sweep import SKEW, WINDOW

LOST = ConnectionBroken("Reset")
HERE = Location("b", "file.bin")
AFTER = (WINDOW + SKEW).total_seconds()


@pytest_asyncio.fixture(autouse=True)
async def same_time(house: House) -> None:
    """The server's clock and ours: at the start of this year."""
    house.clock.seconds = 0


async def gone(house: House, *upload_ids: str) -> None:
    async with asyncio.timeout(10):
        while set(upload_ids) & house.server.uploads.keys() or await house.journal.lost_creates():
            await house.clock.sleep(0)
        while await house.journal.aborts():
            await house.clock.sleep(0)


async def looked(house: House) -> None:
    """Until the sweep is over, whatever it found."""
    async with asyncio.timeout(10):
        while await house.journal.lost_creates():
            await house.clock.sleep(0)
    assert house.server.counts()["unfinished"] >= 1


async def killed_in_create(
    house: House, server: MemoryServer, make_file: MakeFile
) -> tuple[House, str]:
    """The next start after a kill between the Create and the journal, and what that left."""
    gate = server.hold("create", applied=True, error=AccessDenied("Too late to be read"))
    await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    left = house.folder / "killed"
    shutil.copytree(house.folder / "state", left / "state")
    gate.open()
    await house.close()
    (orphan,) = server.uploads
    return House(left, server), orphan


def other(server: MemoryServer, where: Location = HERE, **since: float) -> str:
    """An upload that somebody else began."""
    upload_id = server.new_upload(where, ObjectOptions())
    server.uploads[upload_id].initiated += timedelta(**since)
    return upload_id


def part_of(held: HeldUpload) -> None:
    held.parts[1] = HeldPart(b"theirs", "e")


async def test_a_create_whose_answer_was_lost_leaves_nothing(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", LOST, applied=True, times=2)
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.counts()["create"] == 3
    await gone(house, *server.uploads)
    assert server.counts()["abort"] == 2
    assert server.counts()["unfinished"] == 1
    assert server.data("file.bin") == content(path)
    assert house.watcher.problems == []


async def test_nothing_is_looked_for_before_it_can_have_arrived(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", LOST, applied=True)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    await gone(house, *server.uploads)
    assert house.clock.slept[0] == 0.5, "before the Create is tried again"
    assert sum(house.clock.slept[1:]) >= AFTER - 0.5


async def test_a_kill_between_the_create_and_the_journal_leaves_nothing(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    again, orphan = await killed_in_create(house, server, make_file)
    await again.queue.start()
    (transfer,) = again.queue.transfers
    await again.done(transfer)
    await gone(again, orphan)
    assert not server.uploads
    assert server.data("file.bin") == content(transfer.path)
    await again.close()


async def test_the_row_need_not_be_there_any_more(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", LOST, applied=True)
    server.fail("create", AccessDenied("No"))
    transfer = await house.upload_one(make_file(2 * PART))
    sweep = server.hold("unfinished")
    await house.until(transfer, State.FAILED)
    house.queue.remove([transfer.id])
    await sweep.reached.wait()
    again = await next_start()
    assert list(again.queue.transfers) == []
    await gone(again, *server.uploads)
    assert not server.uploads


@pytest.mark.parametrize("error", [AccessDenied("No"), Offline("No route")])
async def test_a_create_that_was_not_carried_out_is_not_looked_for(
    house: House, server: MemoryServer, make_file: MakeFile, error: S3guiError
) -> None:
    server.fail("create", error)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert await house.journal.lost_creates() == []
    assert server.counts()["unfinished"] == 0


async def test_what_others_began_is_left_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    theirs = [
        other(server, Location("b", "file.bin.2")),
        other(server, Location("b", "file")),
        other(server, seconds=-SKEW.total_seconds() - 5),
        other(server, seconds=AFTER + 5),
    ]
    server.fail("create", LOST, applied=True)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    await looked(house)
    await gone(house)
    assert sorted(server.uploads) == sorted(theirs)


async def test_an_upload_with_a_part_is_left_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    theirs = other(server)
    part_of(server.uploads[theirs])
    server.fail("create", LOST)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    await looked(house)
    assert list(server.uploads) == [theirs]
    assert server.counts()["abort"] == 0


async def test_where_it_cannot_be_told_whose_it_is_all_are_left_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    theirs = other(server)
    server.fail("create", LOST, applied=True)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    await looked(house)
    assert theirs in server.uploads
    assert len(server.uploads) == 2
    assert server.counts()["abort"] == 0


async def test_our_own_upload_of_the_same_name_is_left_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    """It was begun in the same minutes, and has no part yet."""
    server.fail("create", LOST)
    part = server.hold("send_part", part=1)
    server.hold("send_part", part=2)
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await part.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    await looked(house)
    assert list(server.uploads) == [transfer.upload_id]
    server.clear_rules()
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert server.counts()["create"] == 2


async def test_nothing_is_swept_while_a_create_of_the_same_name_is_under_way(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    again, orphan = await killed_in_create(house, server, make_file)
    creating = server.hold("create", applied=True)
    await again.queue.start()
    await creating.reached.wait()
    await again.queue.drain()
    for _ in range(200):
        await again.clock.sleep(0)
    assert len(await again.journal.lost_creates()) == 1
    assert server.counts()["abort"] == 0
    creating.open()
    (transfer,) = again.queue.transfers
    await again.done(transfer)
    await gone(again, orphan)
    assert not server.uploads
    await again.close()


@pytest.mark.parametrize("op", ["unfinished", "parts"])
async def test_who_may_not_look_leaves_it(
    house: House, server: MemoryServer, make_file: MakeFile, op: str
) -> None:
    server.fail("create", LOST, applied=True)
    transfer = await house.upload_one(make_file(2 * PART))
    server.fail(op, AccessDenied("No"), times=99)
    await house.done(transfer)
    await looked(house)
    assert len(server.uploads) == 1
    assert server.counts()["abort"] == 0
    assert house.watcher.problems == []


async def test_a_look_that_fails_is_made_again_when_the_connection_is_opened(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", LOST, applied=True)
    server.fail("unfinished", LOST)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    while not server.counts()["unfinished"]:
        await house.clock.sleep(0)
    await house.adopt()
    await gone(house, *server.uploads)
    assert not server.uploads


async def test_a_start_that_leaves_rows_alone_looks_for_nothing(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    looking, _ = await killed_in_create(house, server, make_file)
    await looking.queue.start(go_on=False)
    assert len(await looking.journal.lost_creates()) == 1
    assert looking.gateway.sessions == []
    await looking.close()


async def test_a_command_that_wants_its_server_tidy_looks_there_and_nowhere_else(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    looking, orphan = await killed_in_create(house, server, make_file)
    looking.clock.seconds = house.clock.seconds + AFTER + 1
    await looking.connections.open("p")  # before the queue knows of it, as the command line does
    await looking.queue.start(go_on=False)
    await looking.queue.drain(["another"])
    assert orphan in server.uploads
    await looking.queue.drain(["p"])
    assert orphan not in server.uploads
    assert not await looking.journal.lost_creates()
    await looking.close()


@pytest.mark.parametrize("then", ["retry", "remove"])
async def test_an_id_that_neither_the_disk_nor_the_server_took_is_looked_for_again(
    house: House,
    next_start: NextStart,
    server: MemoryServer,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
    then: str,
) -> None:
    """A disk that was full for a moment, and a line that broke in the same one."""

    def full(*_: object) -> Done:
        future: Done = asyncio.get_running_loop().create_future()
        future.set_exception(JournalError("The disk is full", code="SQLITE_FULL"))
        return future

    server.fail("abort", LOST)
    with monkeypatch.context() as patch:
        patch.setattr(house.journal, "created", full)
        transfer = await house.upload_one(make_file(2 * PART))
        await house.until(transfer, State.FAILED)
    (orphan,) = server.uploads
    if then == "retry":
        await house.retry(transfer)
        await house.done(transfer)
    else:
        house.queue.remove([transfer.id])
        await house.journal.load()  # behind that
    again = await next_start()
    again.clock.seconds = house.clock.seconds
    await again.connections.open("p")
    await gone(again, orphan)
    assert not server.uploads
