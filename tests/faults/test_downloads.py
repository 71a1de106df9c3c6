"""Downloads from behind a liar: what is in the file is what is stored, or there is none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from faults.conftest import MakeEngine
from faults.down import OTHER, RANGE, WHOLE, Down, OnRange
from servers.front import Forward, Front
from servers.lies import Answer, Drip, Reset, Silence, redirect, throttle, web_page
from servers.lying import Action

from s3gui.domain.integrity import Verified
from s3gui.domain.transfer import State, Waiting


@pytest_asyncio.fixture
async def down(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> AsyncIterator[Down]:
    (tmp_path / "down").mkdir()
    async with engine(front) as program:
        yield Down(program, front, bucket, tmp_path / "down")


def ranged(body: bytes, *, length: int | str | None = "right", first: int = RANGE) -> Answer:
    span = f"bytes {first}-{first + RANGE - 1}/{len(WHOLE)}"
    return Answer(206, body, {"Content-Range": span}, etag='"x"', length=length)


PIECE = WHOLE[RANGE : 2 * RANGE]
ONCE_WRONG: dict[str, Action] = {
    "reset before an answer": Reset(),
    "reset in the head": Reset(after_answer=20),
    "cut in the body": ranged(PIECE[:300_000], length=RANGE),
    "cut, and no length": ranged(PIECE[:300_000], length=None),
    "no answer": Silence(),
    "500": Answer(500),
    "503": throttle(503, 1),
    "429": throttle(429),
    "closed behind the answer": Forward(then="close"),
}


@pytest.mark.fault(11, 12)
@pytest.mark.parametrize("what", ONCE_WRONG)
async def test_a_range_that_does_not_come_is_fetched_again_alone(down: Down, what: str) -> None:
    down.put("big")
    down.front.on(OnRange(RANGE, ONCE_WRONG[what]), method="GET", path="/big$")
    await down.done(await down.begin())
    again = 0 if what.startswith("closed") else 1
    assert down.ranges().count(RANGE) == 1 + again
    assert len(down.ranges()) == 4 + again


@pytest.mark.fault(6)
async def test_a_range_that_drips_is_a_stall(front: Front, down: Down) -> None:
    down.put("big")
    head = b"HTTP/1.1 206 OK\r\nContent-Length: 99\r\n\r\n"
    front.on(OnRange(RANGE, Drip(head, every_s=0.3)), method="GET", path="/big$")
    await down.done(await down.begin())


WRONG: dict[str, Action] = {
    "the whole": Answer(200, WHOLE, etag='"x"'),
    "200 of the right length": Answer(200, PIECE, etag='"x"'),
    "another place": ranged(PIECE, first=0),
    "too little": ranged(PIECE[:-1]),
    "too much": ranged(PIECE + b"1"),
    "nothing said": Answer(206, PIECE, etag='"x"'),
}


@pytest.mark.fault(44)
@pytest.mark.parametrize("what", WRONG)
async def test_another_range_than_was_asked_for_is_never_in_the_file(down: Down, what: str) -> None:
    down.put("big")
    down.front.on(OnRange(RANGE, WRONG[what]), method="GET", path="/big$")
    await down.done(await down.begin())


@pytest.mark.fault(44)
async def test_a_server_without_ranges_fails_the_row_and_nothing_is_called_done(
    down: Down,
) -> None:
    down.put("big")
    down.front.on(Answer(200, WHOLE, etag='"x"'), method="GET", path="/big$")
    transfer = await down.begin()
    assert await down.engine.failed(transfer) == "BadAnswer"
    assert not (down.folder / "big").exists()


@pytest.mark.fault(10)
async def test_the_page_of_a_hotel_is_not_the_object(down: Down) -> None:
    down.put("dir/big")
    await down.ask("dir/")
    (transfer,) = down.engine.queue.transfers
    await down.engine.done(transfer)
    down.put("dir/small", b"1")
    down.front.on(web_page(), method="GET", path="/(small|big)$")
    down.front.on(web_page(), method="HEAD", path="/(small|big)$")
    await down.ask("dir/")
    transfer = down.engine.queue.transfers[-1]
    await down.engine.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.state is State.FAILED
    assert down.names() == ["dir/big"]


@pytest.mark.fault(33)
async def test_bytes_of_another_host_are_not_the_object(down: Down) -> None:
    down.put("big")
    there = redirect(307, "http://127.0.0.1:1/big")
    down.front.on(OnRange(RANGE, there), method="GET", path="/big$")
    assert await down.engine.failed(await down.begin()) == "RedirectRefused"
    assert not (down.folder / "big").exists()


@pytest.mark.fault(14)
async def test_a_byte_that_was_flipped_is_fetched_once_more(down: Down) -> None:
    down.put("big")
    down.front.on(OnRange(RANGE, Forward(flip_answer=9)), method="GET", path="/big$")
    transfer = await down.begin()
    await down.done(transfer)
    assert transfer.verified is Verified.ETAG
    assert down.ranges().count(RANGE) == 2


@pytest.mark.fault(14)
@pytest.mark.parametrize("key", ["big", "dir/small"])
async def test_what_is_flipped_each_time_is_no_file(down: Down, key: str) -> None:
    down.put(key, WHOLE if key == "big" else b"small")
    down.front.on(Forward(flip_answer=0), method="GET", path="/(big|small)$")
    await down.ask("big" if key == "big" else "dir/")
    assert await down.engine.failed(down.engine.queue.transfers[-1]) == "Corrupt"
    assert down.names() == []


@pytest.mark.fault(45)
async def test_an_object_that_is_replaced_midway_is_not_mixed(down: Down) -> None:
    down.put("big")
    change = Forward(before=lambda: down.put("big", OTHER))
    down.front.on(OnRange(RANGE, change), method="GET", path="/big$")
    transfer = await down.begin()
    assert await down.engine.failed(transfer) == "SourceChanged"
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert not (down.folder / "big").exists()
    down.engine.queue.retry([transfer.id])
    await down.engine.until(transfer, State.COMPLETED)
    await down.done(transfer, OTHER)


@pytest.mark.fault(45)
async def test_an_object_that_is_replaced_between_two_starts_is_not_mixed(down: Down) -> None:
    await down.three_quarters()
    down.put("big", OTHER)
    async with down.next_start() as again:
        (row,) = again.queue.transfers
        again.queue.resume([row.id])
        assert await again.failed(row) == "SourceChanged"
        assert not (down.folder / "big").exists()
        again.queue.retry([row.id])
        await again.until(row, State.COMPLETED)
    assert (down.folder / "big").read_bytes() == OTHER


@pytest.mark.fault(75)
@pytest.mark.parametrize("touched", [False, True])
async def test_what_was_downloaded_before_is_looked_through_and_not_fetched_again(
    down: Down, touched: bool
) -> None:
    await down.three_quarters()
    if touched:
        (name,) = down.names()
        with (down.folder / name).open("r+b") as file:
            file.seek(5)
            file.write(b"X")
    before = len(down.ranges())
    async with down.next_start() as again:
        (row,) = again.queue.transfers
        again.queue.resume([row.id])
        await again.until(row, State.COMPLETED)
    assert sorted(down.ranges()[before:]) == ([0] if touched else []) + [3 * RANGE]
    assert (down.folder / "big").read_bytes() == WHOLE


@pytest.mark.fault(75)
async def test_another_file_in_its_place_is_not_gone_on_with(down: Down) -> None:
    await down.three_quarters()
    (name,) = down.names()
    (down.folder / name).unlink()
    (down.folder / name).write_bytes(bytes(len(WHOLE)))
    async with down.next_start() as again:
        (row,) = again.queue.transfers
        again.queue.resume([row.id])
        await again.until(row, State.COMPLETED)
    assert (down.folder / "big").read_bytes() == WHOLE
