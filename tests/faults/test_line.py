"""A line that breaks, stands still or drips while parts are on it (rows 1 to 6)."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import CALLS, LINE, PART, THREE, Seen, part
from servers.front import Forward, Front
from servers.lies import (
    DeadWhenKept,
    Drip,
    ReadSlowly,
    Reset,
    Silence,
    StopReading,
    WithoutContinue,
)
from servers.lying import head_of
from transfers.kit import settings

from s3gui.domain.transfer import Transfer
from s3gui.s3.config import Timeouts as Calls
from s3gui.s3.http import Timeouts
from s3gui.transfers.retry import POLICIES, ErrorKind


class Progress:
    """Looks at what a row shows, as often as the loop turns."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self.shown: list[int] = []

    async def __aenter__(self) -> "Progress":
        self._task = asyncio.create_task(self._look())  # noqa: TID251  cancelled below
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _look(self) -> None:
        while True:
            if not self.shown or self.shown[-1] != self._transfer.moved:
                self.shown.append(self._transfer.moved)
            await asyncio.sleep(0)


@pytest.mark.fault(1)
async def test_a_part_that_a_reset_cut_is_sent_again_and_no_other(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(Reset(after_body=1_000_000), query=part(2), attempt=1)
    either.on(Reset(after_body=PART), query=part(2), attempt=1)
    path = make_file(4 * PART - 7)
    async with engine(either) as program:
        transfer = await program.upload(path, bucket)
        async with Progress(transfer) as progress:
            await program.done(transfer)
    seen = Seen(either, bucket)
    assert seen.content() == path.read_bytes()
    assert seen.sends() == {1: 1, 2: 3, 3: 1, 4: 1}
    assert seen.bytes_of(2)[0] < PART
    assert not seen.unfinished()
    assert program.clock.slept == [0.5, 1.0]
    assert max(progress.shown) == transfer.size == transfer.moved
    assert any(later < earlier for earlier, later in pairwise(progress.shown))


@pytest.mark.fault(1)
async def test_a_part_that_is_cut_every_time_fails_after_eight_and_the_others_are_kept(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Reset(after_body=100_000), query=part(2))
    async with engine(front) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "ConnectionBroken"
        seen = Seen(front, bucket)
        assert seen.sends()[2] == 8
        assert seen.parts() == [1, 3]
        front.forget()
        program.queue.retry([transfer.id])
        await program.watcher.until(lambda: transfer.error is None)
        await program.done(transfer)
    assert seen.sends() == {1: 1, 2: 9, 3: 1}
    assert not seen.unfinished()


@pytest.mark.fault(2)
async def test_a_kept_connection_that_the_server_closed_costs_no_attempt(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(DeadWhenKept(), query=r"\bpartNumber=")
    path = make_file(4 * PART)
    async with engine(either, settings=settings(parts_per_file=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    assert seen.content() == path.read_bytes()
    assert max(seen.sends().values()) == 2, "none met a connection that was closed"
    answered = [request.part for request in seen.log if request.part and request.status == 200]
    assert sorted(answered) == [1, 2, 3, 4]
    assert program.clock.slept == []


@pytest.mark.fault(2)
async def test_connections_that_end_behind_each_answer_cost_nothing(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(Forward(then="close"))
    path = make_file(4 * PART)
    async with engine(either, settings=settings(parts_per_file=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    assert Seen(either, bucket).content() == path.read_bytes()
    assert program.clock.slept == []


@pytest.mark.fault(3)
async def test_a_server_that_stops_reading_is_left_and_the_part_goes_over_a_new_connection(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(StopReading(after=700_000), query=part(2), attempt=1)
    path = make_file(4 * PART)
    async with engine(either, line=replace(LINE, idle_s=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    first, second = (request for request in seen.log if request.part == 2)
    assert not first.whole
    assert second.connection != first.connection
    assert seen.sends() == {1: 1, 2: 2, 3: 1, 4: 1}
    assert program.clock.slept == [0.5], "a stall counts as an attempt"
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(4)
async def test_a_server_that_never_says_100_is_asked_without_it_from_then_on(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(WithoutContinue(), query=r"\bpartNumber=")
    path = make_file(6 * PART)
    line = replace(LINE, continue_s=0.5)
    async with engine(either, line=line, settings=settings(parts_per_file=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    waited = [request for request in seen.log if "expect" in request.headers and request.part]
    assert [request.body_bytes for request in waited] == [0], "it is remembered"
    assert sorted(seen.sends().values()) == [1, 1, 1, 1, 1, 2]
    assert program.clock.slept == []
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(5)
async def test_a_part_whose_answer_never_comes_is_sent_again(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(Forward(then="silence"), query=part(2), attempt=1)
    either.on(Silence(), query=part(3), attempt=1)
    path = make_file(THREE)
    calls = replace(CALLS, data_read_s=1)
    async with engine(either, calls=calls) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    assert seen.sends() == {1: 1, 2: 2, 3: 2}
    assert seen.bytes_of(2) == [PART, PART]
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(6)
async def test_an_answer_that_drips_is_a_stall(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(
        Drip(b"x" * 10_000, 0.05, first=head_of(200, {"Content-Length": "10000"})),
        query=part(2),
        attempt=1,
    )
    path = make_file(THREE)
    line, calls = replace(LINE, rate_window_s=1), replace(CALLS, data_read_s=1)
    async with engine(either, line=line, calls=calls) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    assert seen.sends() == {1: 1, 2: 2, 3: 1}
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(6)
async def test_a_body_that_is_taken_too_slowly_is_a_stall(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(ReadSlowly(0.05), query=part(2), attempt=1)
    path = make_file(THREE)
    # 64 KiB each 50 ms are 1.3 MB/s: too slow where 100 MB/s are the least.
    line = replace(LINE, rate_window_s=0.5, least_rate=10e6)
    async with engine(front, line=line) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(front, bucket)
    assert seen.sends()[2] == 2
    assert seen.bytes_of(2)[0] < PART
    assert seen.content() == path.read_bytes()


def test_the_limits_are_those_of_the_matrix() -> None:
    """The tests above run with small ones."""
    line, calls = Timeouts(), Calls()
    assert (line.idle_s, line.continue_s, line.connect_s) == (60, 10, 10)
    assert (line.least_rate, line.rate_window_s) == (1024, 300)
    assert (calls.data_read_s, calls.commit_read_s, calls.control_read_s) == (120, 900, 60)
    assert (calls.connect_s, calls.control_attempts) == (10, 4)
    for kind in (ErrorKind.TRANSIENT, ErrorKind.STALL):
        assert (POLICIES[kind].again, POLICIES[kind].base_s, POLICIES[kind].cap_s) == (7, 0.5, 20)
    assert (POLICIES[ErrorKind.THROTTLE].base_s, POLICIES[ErrorKind.THROTTLE].cap_s) == (1, 60)
    assert POLICIES[ErrorKind.CORRUPT].again == 2
