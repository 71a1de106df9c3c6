"""One part that somebody wants to be tried again: now, or with its row."""

import asyncio

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, content

from s3gui.domain.errors import ConnectionBroken, Offline
from s3gui.domain.transfer import PartState, State, Waiting


class Sleeper:
    """A clock's sleep that nobody ends."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.reached = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.reached.set()
        await asyncio.Event().wait()


@pytest.fixture
def sleeper(house: House, monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    sleeper = Sleeper()
    monkeypatch.setattr(house.clock, "sleep", sleeper)
    return sleeper


@pytest.mark.parametrize(("size", "number"), [(3 * PART, 2), (1000, 1)], ids=["parts", "single"])
async def test_a_part_that_waits_is_tried_at_once(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    sleeper: Sleeper,
    size: int,
    number: int,
) -> None:
    call = "send_part" if size > PART else "put"
    server.fail(call, ConnectionBroken("Reset"), part=number if size > PART else None, times=1)
    path = make_file(size)
    transfer = await house.upload_one(path)
    await sleeper.reached.wait()
    assert transfer.parts[number - 1].state is PartState.WAITING
    assert transfer.parts[number - 1].problem
    house.queue.retry_part(transfer.id, number)
    # Twice is once.
    house.queue.retry_part(transfer.id, number)
    await house.done(transfer)
    assert transfer.parts[number - 1].attempt == 2
    assert server.data("file.bin") == content(path)
    assert len(sleeper.asked) == 1


async def test_somebody_who_sees_the_line_is_back_need_not_wait_for_the_next_look(
    house: House, server: MemoryServer, make_file: MakeFile, sleeper: Sleeper
) -> None:
    server.fail("send_part", Offline("No route"), part=1, times=1)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.watcher.until(lambda: transfer.waiting is Waiting.NETWORK)
    await sleeper.reached.wait()
    house.queue.retry_part(transfer.id, 1)
    await house.done(transfer)
    assert transfer.waiting is None


async def test_a_part_of_a_failed_row_takes_its_row_along(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", ConnectionBroken("Reset"), part=2, times=8)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.parts[1].state is PartState.FAILED
    house.queue.retry_part(transfer.id, 2)
    await house.watcher.until(lambda: transfer.state is not State.FAILED)
    await house.done(transfer)
    # What was stopped with it may have been sent twice; what was confirmed was not.
    assert server.sends()[2] == 9


async def test_what_does_not_wait_is_left_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    for number in (0, 1, 2, 99):
        house.queue.retry_part(transfer.id, number)
    house.queue.retry_part(transfer.id + 1, 1)
    gate.open()
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 1}
    house.queue.retry_part(transfer.id, 1)
    assert transfer.state is State.COMPLETED


async def test_a_pause_ends_a_wait_that_was_to_be_hurried(
    house: House, server: MemoryServer, make_file: MakeFile, sleeper: Sleeper
) -> None:
    server.fail("send_part", ConnectionBroken("Reset"), part=1, times=1)
    transfer = await house.upload_one(make_file(2 * PART))
    await sleeper.reached.wait()
    house.queue.retry_part(transfer.id, 1)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    house.queue.resume([transfer.id])
    await house.done(transfer)
