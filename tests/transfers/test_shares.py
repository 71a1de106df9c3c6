"""What each connection may have on the wire: less when its server asks, more while that helps."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from s3gui.domain.parts import MIB, Meter
from s3gui.transfers.concurrency import CLEAN_S, MOST_BY_ITSELF, Share, Slots


class Line:
    """A clock, and uploads that move as many bytes as the line takes.

    Args:
        each: bytes a second that one part in flight can have.
        wide: bytes a second of the whole line.
    """

    def __init__(self, each: float = 1 * MIB, wide: float = float("inf")) -> None:
        self.each = each
        self.wide = wide
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def run(self, share: Share, seconds: float) -> None:
        """Keeps as many parts on the wire as the share allows, and five more waiting."""
        until = self.now + seconds
        while self.now < until:
            end = asyncio.Event()
            meters = [Meter() for _ in range(share.limit)]
            tasks = [asyncio.ensure_future(_send(share, meter, end)) for meter in meters]
            tasks += [asyncio.ensure_future(_send(share, Meter(), end)) for _ in range(5)]
            for _ in range(3):
                await asyncio.sleep(0)
            self.now += 1.0
            for meter in meters:
                meter.moved = int(min(self.each, self.wide / len(meters)))
            end.set()
            await asyncio.gather(*tasks)


async def _send(share: Share, meter: Meter, end: asyncio.Event) -> None:
    async with share.hold(1, 1, meter):
        await end.wait()


def slots_on(line: Line, most: int = 8, *, grows: bool = True) -> Slots:
    slots = Slots(most, 64, line.clock)
    slots.configure(most, 64, grows=grows)
    return slots


def test_a_server_that_asks_to_slow_down_slows_no_other_connection() -> None:
    slots = Slots(8, 4, lambda: 0.0)
    slow, other = slots.of("slow"), slots.of("other")
    slow.failed(throttled=True)
    assert (slow.limit, slow.is_slowed, slow.is_throttled) == (4, True, True)
    assert (other.limit, other.is_slowed, other.is_throttled) == (8, False, False)


async def test_all_connections_together_keep_to_what_was_set() -> None:
    slots = Slots(8, 8, lambda: 0.0)
    leave = asyncio.Event()

    async def use(connection: str) -> None:
        async with slots.of(connection).hold(ord(connection), 1):
            await leave.wait()

    tasks = [asyncio.ensure_future(use("ab"[n % 2])) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert slots.in_flight == 8
    leave.set()
    await asyncio.gather(*tasks)
    assert slots.in_flight == slots.of("a").in_flight == slots.of("b").in_flight == 0


async def test_a_slowed_connection_leaves_its_room_to_the_other() -> None:
    slots = Slots(8, 8, lambda: 0.0)
    leave = asyncio.Event()
    slots.of("a").failed(throttled=True)

    async def use(connection: str, rank: int) -> None:
        async with slots.of(connection).hold(ord(connection), rank):
            await leave.wait()

    tasks = [asyncio.ensure_future(use("a", 1)) for _ in range(9)]
    tasks += [asyncio.ensure_future(use("b", 2)) for _ in range(9)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (slots.of("a").in_flight, slots.of("b").in_flight) == (4, 4)
    leave.set()
    await asyncio.gather(*tasks)


async def test_what_was_really_on_the_wire_is_halved() -> None:
    """One file with four parts in flight is no slower for half of eight places."""
    slots = Slots(8, 4, lambda: 0.0)
    share = slots.of("c")
    async with AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(share.hold(1, 1))
        share.failed(throttled=True)
    assert share.limit == 2


async def test_it_grows_while_one_part_more_makes_it_faster() -> None:
    line = Line(each=1 * MIB)
    share = slots_on(line).of("c")
    await line.run(share, 3 * CLEAN_S + 5)
    assert share.limit == 11
    assert share.per_file == 64 + 3


async def test_it_does_not_grow_on_a_line_that_is_full() -> None:
    """One is tried, brings nothing, and is taken back; the next try is minutes away."""
    line = Line(wide=4 * MIB)
    share = slots_on(line).of("c")
    await line.run(share, CLEAN_S + 2)
    assert share.limit == 9
    await line.run(share, CLEAN_S + 2)
    assert share.limit == 8
    await line.run(share, 240)
    assert share.limit == 8
    await line.run(share, 120)
    assert share.limit in {8, 9}


async def test_it_stops_growing_where_the_line_is_full() -> None:
    line = Line(each=1 * MIB, wide=12 * MIB)
    share = slots_on(line).of("c")
    await line.run(share, 10 * CLEAN_S)
    assert 11 <= share.limit <= 13


async def test_it_grows_to_a_bound() -> None:
    line = Line()
    slots = slots_on(line, MOST_BY_ITSELF - 1)
    share = slots.of("c")
    await line.run(share, 5 * CLEAN_S)
    assert share.limit == MOST_BY_ITSELF
    assert slots.limit == MOST_BY_ITSELF


async def test_it_does_not_grow_beyond_what_was_set_unless_the_setting_says_so() -> None:
    line = Line()
    share = slots_on(line, grows=False).of("c")
    await line.run(share, 3 * CLEAN_S)
    assert share.limit == 8


async def test_places_that_nobody_waits_for_do_not_grow() -> None:
    line = Line()
    slots = slots_on(line)
    share = slots.of("c")
    for _ in range(100):
        line.now += 1
        async with share.hold(1, 1):
            pass
    assert share.limit == 8


async def test_a_failure_ends_the_clean_time_and_a_refusal_takes_what_was_grown() -> None:
    line = Line()
    share = slots_on(line).of("c")
    await line.run(share, 2 * CLEAN_S + 3)
    assert share.limit == 10
    share.failed(throttled=False)
    await line.run(share, CLEAN_S - 2)
    assert share.limit == 10
    share.failed(throttled=True)
    assert share.limit == 5


@pytest.mark.parametrize("grows", [True, False])
async def test_a_slowed_connection_comes_back_one_by_one(grows: bool) -> None:
    """Also over a line that is full: what was set is what the person wanted."""
    line = Line(wide=1 * MIB)
    share = slots_on(line, grows=grows).of("c")
    share.failed(throttled=True)
    assert share.limit == 4
    await line.run(share, CLEAN_S + 1)
    assert share.limit == 5
    assert not share.is_throttled
    await line.run(share, 3 * CLEAN_S + 3)
    assert share.limit == 8


def test_a_new_setting_counts_for_every_connection() -> None:
    slots = Slots(8, 4, lambda: 0.0)
    one, two = slots.of("1"), slots.of("2")
    two.failed(throttled=True)
    slots.configure(2, 1)
    assert (one.limit, two.limit, one.per_file) == (2, 2, 1)
    slots.configure(20, 5)
    assert (one.limit, two.limit, one.per_file) == (20, 20, 5)
