"""Thousands of rows of earlier runs come back in pieces, and nothing gets between them."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_server import MemoryServer
from transfers.kit import House
from transfers.past import done_row

from s3gui.domain.location import Location
from s3gui.domain.queueing import ScanResult
from s3gui.domain.transfer import State
from s3gui.transfers import queue as queues
from s3gui.transfers.drop import Drop
from s3gui.transfers.scan import Batch

MANY = 40


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer()


async def a_past(house: House) -> None:
    """Paused rows that an earlier run left."""
    rows = []
    for number in range(1, MANY + 1):
        row = done_row(number, f"{number:02}.bin")
        row.transfer.state = State.PAUSED
        rows.append(row)
    journal = house.queue._journal
    await journal.open()
    await journal.add(rows)
    await journal.close()


async def test_they_come_in_pieces_in_their_order(
    tmp_path: Path, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "_SHOWN_A_TURN", 15)
    await a_past(House(tmp_path, server))
    house = House(tmp_path, server)
    came: list[list[int]] = []
    monkeypatch.setattr(
        house.watcher, "transfers_added", lambda some: came.append([one.id for one in some])
    )
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while len(came) < 3:
            turns += bool(came)
            await asyncio.sleep(0)

    others = asyncio.ensure_future(turn())
    await house.queue.start()
    await others
    assert [len(some) for some in came] == [15, 15, 10]
    assert [one for some in came for one in some] == list(range(1, MANY + 1))
    assert turns >= 2, "others had their turns between the pieces"
    assert [one.state for one in house.queue.transfers] == [State.PAUSED] * MANY
    await house.close()


async def test_what_is_dropped_meanwhile_finds_every_place_that_is_taken(
    tmp_path: Path, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "_SHOWN_A_TURN", 15)
    await a_past(House(tmp_path, server))
    house = House(tmp_path, server)
    file = tmp_path / f"{MANY:02}.bin"
    file.touch()
    dropped: list[asyncio.Task[ScanResult]] = []
    reached, admit = asyncio.Event(), house.queue._admission.admit

    async def admitting(into: Drop, batch: Batch) -> None:
        reached.set()
        await admit(into, batch)

    async def turn(_seconds: float) -> None:
        await reached.wait()
        await asyncio.sleep(0)

    monkeypatch.setattr(house.queue._admission, "admit", admitting)
    monkeypatch.setattr(queues, "asyncio", SimpleNamespace(sleep=turn))

    def drop(_some: object) -> None:
        if not dropped:
            work = house.queue.upload("p", Location("b"), [file])
            dropped.append(asyncio.ensure_future(work))

    monkeypatch.setattr(house.watcher, "transfers_added", drop)
    await house.queue.start()
    result = await dropped[0]
    assert result.queued == 0
    (skipped,) = result.skipped
    assert skipped.path == file
    assert len(house.queue.transfers) == MANY
    await house.close()
