"""Commands in any order, many at once: the last one wins, and nothing is left behind."""

import asyncio
import random

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, content

from s3gui.domain.transfer import State, Transfer

COMMANDS = ["pause", "resume", "retry", "keep", "drop"]


def command(house: House, row: Transfer, name: str) -> None:
    queue = house.queue
    match name:
        case "pause":
            queue.pause([row.id])
        case "resume":
            queue.resume([row.id])
        case "retry":
            queue.retry([row.id])
        case _:
            queue.abort([row.id], keep_parts=name == "keep")


@pytest.mark.parametrize("seed", range(6))
async def test_in_a_storm_the_last_command_wins_and_no_part_goes_up_twice(
    house: House, server: MemoryServer, make_file: MakeFile, seed: int
) -> None:
    chance = random.Random(seed)
    row = await house.upload_one(make_file(6 * PART))
    server.hold("send_part", part=6, times=999)  # so that it cannot end
    for _ in range(300):
        command(house, row, chance.choice(["pause", "resume"]))
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        assert len(server.uploads) <= 1
    command(house, row, "pause")
    await house.until(row, State.PAUSED)
    assert server.in_flight == 0
    server.clear_rules()
    command(house, row, "resume")
    await house.done(row)
    assert server.counts()["create"] == 1
    confirmed = [call.part for call in server.confirmed]
    assert sorted(confirmed) == sorted(set(confirmed))


async def drop_what_is_left(house: House, server: MemoryServer, rows: list[Transfer]) -> None:
    for row in rows:
        if row.state is not State.COMPLETED:
            command(house, row, "drop")
    for _ in range(5):
        await house.journal.load()  # behind what is being carried out
    await house.watcher.until(
        lambda: all(row.state in {State.CANCELLED, State.COMPLETED} for row in rows)
    )
    await house.watcher.until(lambda: not server.uploads)


@pytest.mark.parametrize("seed", range(6))
async def test_in_a_storm_of_everything_nothing_is_left_behind(
    house: House, server: MemoryServer, make_file: MakeFile, seed: int
) -> None:
    chance = random.Random(seed)
    paths = [make_file(3 * PART, name, index) for index, name in enumerate("ab")]
    rows = await house.upload(*paths)
    for _ in range(200):
        command(house, chance.choice(rows), chance.choice(COMMANDS))
        for _ in range(chance.randrange(8)):
            await asyncio.sleep(0)
        held = [upload.location for upload in server.uploads.values()]
        assert len(held) <= 2 * len(rows)  # one that is being aborted, one that began
    await drop_what_is_left(house, server, rows)
    for row in rows:
        if row.state is State.CANCELLED:
            await house.retry(row)
    await house.watcher.until(lambda: all(row.state is State.COMPLETED for row in rows))
    for path in paths:
        assert server.data(path.name) == content(path)
    assert not server.uploads
