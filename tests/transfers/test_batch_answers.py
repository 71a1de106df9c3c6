"""One answer for the whole batch, while a row of it is about to ask."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.downloading.kit import Downloads
from transfers.kit import MD5_ONLY, House, MakeFile, NextStart

from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.transfers.journal import StateChange

pytestmark = MD5_ONLY
#: What becomes of a row, by the answer.
ENDS = {
    IfExists.OVERWRITE: State.COMPLETED,
    IfExists.SKIP: State.SKIPPED,
    IfExists.RENAME: State.COMPLETED,
    IfExists.FAIL: State.FAILED,
}


class Answerer:
    """Answers in the moment in which a row's question is on its way to the disk."""

    def __init__(self, house: House, policy: IfExists, monkeypatch: pytest.MonkeyPatch) -> None:
        self._house = house
        self._policy = policy
        self._change = house.journal.change
        self.answered = asyncio.Event()
        self.asked: list[int] = []
        house.queue.watch(self)  # type: ignore[arg-type]
        monkeypatch.setattr(house.journal, "change", self.change)

    def change(self, changes: Sequence[StateChange], at: datetime) -> "asyncio.Future[None]":
        writing = self._change(changes, at)
        if any(item.state is State.PAUSED for item in changes):
            self.answered.set()
            ids = [row.id for row in self._house.queue.transfers]
            self._house.queue.decide(ids, self._policy)
        return writing

    def transfer_changed(self, transfer: Transfer) -> None:
        if transfer.waiting is Waiting.CONFLICT and transfer.state is State.PAUSED:
            self.asked.append(transfer.id)

    def __getattr__(self, _name: str) -> object:
        return lambda *_: None


async def taken(house: House, *paths: Path) -> list[Transfer]:
    for path in paths:
        house.server.put_directly(Location("b", path.name), b"theirs")
    await house.queue.upload("p", Location("b", ""), paths, if_exists=IfExists.ASK)
    return list(house.queue.transfers)


@pytest.mark.parametrize("policy", ENDS)
async def test_an_answer_that_comes_as_a_row_asks_is_followed(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    policy: IfExists,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answerer = Answerer(house, policy, monkeypatch)
    rows = await taken(house, make_file(100, "a"), make_file(100, "b"), make_file(100, "c"))
    for row in rows:
        await house.until(row, ENDS[policy])
    assert answerer.answered.is_set()
    assert not answerer.asked
    (stored, *_) = (row.state for row in await load(house))
    assert stored is ENDS[policy]


async def load(house: House) -> list[Transfer]:
    return [row.transfer for row in await house.journal.load()]


@pytest.mark.parametrize("policy", ENDS)
async def test_an_answer_that_comes_before_a_row_asks_is_followed(
    house: House, server: MemoryServer, make_file: MakeFile, policy: IfExists
) -> None:
    gate = server.hold("head", times=9)
    (row,) = await taken(house, make_file(100, "a"))
    await gate.reached.wait()
    house.queue.decide([row.id], policy)
    gate.open()
    await house.until(row, ENDS[policy])
    assert (row.id, State.PAUSED) not in house.watcher.states


async def test_an_answer_that_comes_after_it_asked_is_followed(
    house: House, make_file: MakeFile
) -> None:
    (row,) = await taken(house, make_file(100, "a"))
    await house.until(row, State.PAUSED)
    house.queue.decide([row.id], IfExists.SKIP)
    await house.until(row, State.SKIPPED)
    assert house.watcher.states.count((row.id, State.PAUSED)) == 1


async def test_an_answer_whose_row_was_written_as_asking_is_followed_at_the_next_start(
    house: House, make_file: MakeFile, next_start: NextStart
) -> None:
    (row,) = await taken(house, make_file(100, "a"))
    await house.until(row, State.PAUSED)
    row.if_exists = IfExists.SKIP
    await house.journal.decided([house.queue._rows[row.id]])
    again = await next_start()
    (transfer,) = again.queue.transfers
    await again.until(transfer, State.SKIPPED)


async def test_a_download_that_is_about_to_ask_follows_the_answer(
    tmp_path: Path, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Downloads(tmp_path, server)
    await house.queue.start()
    try:
        answerer = Answerer(house, IfExists.OVERWRITE, monkeypatch)
        data = house.stored("a", b"of the server")
        (house.target / "a").write_bytes(b"of the disk")
        row = await house.begin("a", IfExists.ASK)
        await house.until(row, State.COMPLETED)
        assert answerer.answered.is_set()
        assert not answerer.asked
        assert (house.target / "a").read_bytes() == data
    finally:
        await house.close()
