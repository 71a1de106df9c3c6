"""The pure rules: retries, places on the wire, speed, outages, the order."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transfers.kit import FakeClock

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ErrorKind,
    NoSuchUpload,
    S3guiError,
    TlsRefused,
)
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.transfers.concurrency import Slots
from s3gui.transfers.order import Backlog, moved
from s3gui.transfers.outage import Outage
from s3gui.transfers.retry import POLICIES, Attempts, is_final
from s3gui.transfers.row import Row
from s3gui.transfers.speed import WINDOW_S, Gauge


def error(kind: ErrorKind, code: str = "", retry_after_s: float | None = None) -> S3guiError:
    return S3guiError("x", kind=kind, code=code, retry_after_s=retry_after_s)


def waits(*errors: S3guiError, jitter: float = 1.0) -> list[float | None]:
    attempts = Attempts(lambda: 0.0, lambda: jitter)
    return [attempts.wait_s(item) for item in errors]


# Retries


def test_every_kind_has_a_policy() -> None:
    assert set(POLICIES) == set(ErrorKind)


def test_a_part_is_tried_eight_times() -> None:
    assert waits(*[error(ErrorKind.TRANSIENT)] * 8) == [0.5, 1, 2, 4, 8, 16, 20, None]


def test_stalls_and_broken_lines_count_together() -> None:
    mixed = [error(ErrorKind.STALL), error(ErrorKind.TRANSIENT)] * 4
    assert waits(*mixed)[6:] == [20, None]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ErrorKind.CORRUPT, [0, 0, None]),
        (ErrorKind.SKEW, [0, None]),
        (ErrorKind.REGION, [0, None]),
        (ErrorKind.CONFLICT, [1, 2, 4, None]),
        (ErrorKind.AUTH, [None]),
        (ErrorKind.GONE, [None]),
        (ErrorKind.PERMANENT, [None]),
        (ErrorKind.LOCAL, [None]),
        (ErrorKind.BUG, [None]),
    ],
)
def test_waits_by_kind(kind: ErrorKind, expected: list[float | None]) -> None:
    assert waits(*[error(kind)] * len(expected), jitter=0.0 if kind.value == "x" else 1.0) == (
        expected
    )


def test_kinds_are_counted_apart() -> None:
    assert waits(error(ErrorKind.CORRUPT), *[error(ErrorKind.TRANSIENT)] * 7)[-1] is not None


def test_a_condition_that_failed_is_not_tried_again() -> None:
    assert waits(error(ErrorKind.CONFLICT, "PreconditionFailed")) == [None]


def test_an_answer_that_is_no_s3_is_tried_like_a_damaged_one() -> None:
    assert waits(*[BadAnswer("html")] * 3) == [0, 0, None]


def test_throttling_is_not_counted_for_half_an_hour() -> None:
    now = SimpleNamespace(s=0.0)
    attempts = Attempts(lambda: now.s, lambda: 1.0)
    for _ in range(1000):
        assert attempts.wait_s(error(ErrorKind.THROTTLE)) is not None
    now.s = 1799.0
    assert attempts.wait_s(error(ErrorKind.THROTTLE)) == 60
    now.s = 1800.0
    assert attempts.wait_s(error(ErrorKind.THROTTLE)) is None


@given(
    st.lists(st.sampled_from(list(ErrorKind)), max_size=60),
    st.floats(0, 1),
    st.none() | st.floats(0, 1e6),
)
def test_waits_stay_within_their_bounds(
    kinds: list[ErrorKind], jitter: float, retry_after_s: float | None
) -> None:
    attempts = Attempts(lambda: 0.0, lambda: jitter)
    for kind in kinds:
        wait = attempts.wait_s(error(kind, retry_after_s=retry_after_s))
        if wait is None:
            continue
        least = min(retry_after_s or 0, 120)
        assert least <= wait <= max(POLICIES[kind].cap_s, least)


def test_what_is_given_up_for_good() -> None:
    assert is_final(AccessDenied("x"))
    assert is_final(error(ErrorKind.PERMANENT, "EntityTooLarge"))
    for kept in (TlsRefused("x"), BadAnswer("x"), NoSuchUpload("x"), error(ErrorKind.AUTH)):
        assert not is_final(kept)
    assert not is_final(error(ErrorKind.PERMANENT, "QuotaExceeded"))


# Places on the wire


async def test_the_first_file_gets_a_free_place_first() -> None:
    slots = Slots(1, 4, lambda: 0.0)
    got: list[int] = []
    leave = asyncio.Event()

    async def use(owner: int, rank: int) -> None:
        async with slots.hold(owner, rank):
            got.append(owner)
            await leave.wait()

    tasks = [asyncio.ensure_future(use(owner, rank)) for owner, rank in ((1, 9), (2, 5), (3, 1))]
    await asyncio.sleep(0)
    leave.set()
    await asyncio.gather(*tasks)
    assert got == [1, 3, 2]
    assert slots.in_flight == 0


async def test_one_file_does_not_take_all_places() -> None:
    slots = Slots(8, 2, lambda: 0.0)
    leave = asyncio.Event()

    async def use(owner: int) -> None:
        async with slots.hold(owner, owner):
            await leave.wait()

    tasks = [asyncio.ensure_future(use(owner)) for owner in (1, 1, 1, 2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert slots.in_flight == 3
    leave.set()
    await asyncio.gather(*tasks)


async def test_a_waiter_that_is_cancelled_gives_nothing_away() -> None:
    slots = Slots(1, 1, lambda: 0.0)

    async def use() -> None:
        async with slots.hold(1, 1):
            await asyncio.Event().wait()

    tasks = [asyncio.ensure_future(use()) for _ in range(5)]
    for _ in range(3):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert slots.in_flight == 0
    async with slots.hold(2, 1):
        assert slots.in_flight == 1


def test_it_halves_once_a_refusal_and_grows_after_clean_seconds() -> None:
    now = SimpleNamespace(s=0.0)
    slots = Slots(8, 4, lambda: now.s)
    for _ in range(8):
        slots.failed(throttled=True)
    assert slots.limit == 4
    now.s = 5.0
    slots.failed(throttled=True)
    assert slots.limit == 2
    for second in range(5, 300):
        now.s = float(second)
        slots.went_well()
    assert slots.limit == 8
    assert not slots.is_slowed


def test_many_failures_of_the_line_halve_too() -> None:
    slots = Slots(8, 4, lambda: 0.0)
    for number in range(20):
        if number % 4 == 0:
            slots.failed(throttled=False)
        else:
            slots.went_well()
    assert slots.limit == 8
    slots.failed(throttled=False)
    assert slots.limit == 4


def test_a_new_setting_counts_at_once_but_not_against_the_server() -> None:
    slots = Slots(8, 4, lambda: 0.0)
    slots.configure(16, 4)
    assert slots.limit == 16
    slots.failed(throttled=True)
    slots.configure(32, 4)
    assert slots.limit == 8
    slots.configure(2, 1)
    assert slots.limit == 2


# Speed


class Time:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_speed_needs_a_moment_and_follows_the_window() -> None:
    time = Time()
    gauge = Gauge(time)
    gauge.sample(0)
    assert gauge.bytes_per_s is None
    for second in range(1, 21):
        time.s = float(second)
        gauge.sample(second * 100)
    assert gauge.bytes_per_s == pytest.approx(100)
    assert gauge.rate(500).left_s == pytest.approx(5)
    for second in range(21, 40):
        time.s = float(second)
        gauge.sample(2000)
    assert gauge.rate(500).bytes_per_s == 0
    assert gauge.rate(500).left_s is None


def test_a_part_that_is_sent_again_does_not_turn_the_speed_round() -> None:
    time = Time()
    gauge = Gauge(time)
    for second, moved_bytes in enumerate([0, 100, 200, 50, 150, 250]):
        time.s = float(second)
        gauge.sample(moved_bytes)
    assert gauge.bytes_per_s == pytest.approx(400 / 5)


def test_what_was_there_already_is_no_speed() -> None:
    time = Time()
    gauge = Gauge(time)
    gauge.sample(0)
    gauge.skip(1000)
    time.s = 1.0
    gauge.sample(1100)
    assert gauge.bytes_per_s == pytest.approx(100)


@given(st.lists(st.tuples(st.floats(0.001, 30), st.integers(0, 10**12)), max_size=80))
def test_speed_is_never_negative(samples: list[tuple[float, int]]) -> None:
    time = Time()
    gauge = Gauge(time)
    for step, moved_bytes in samples:
        time.s += step
        gauge.sample(moved_bytes)
        assert (gauge.bytes_per_s or 0) >= 0
    assert len(gauge._samples) <= WINDOW_S / 0.1 + 3


# Outages


async def test_one_looks_for_all_and_all_go_on() -> None:
    clock = FakeClock()
    outage = Outage(clock)
    tries: list[int] = []

    async def use(number: int) -> None:
        while True:
            tries.append(number)
            if len(tries) > 12:
                outage.over()
                return
            await outage.hold_off()

    await asyncio.gather(*[use(number) for number in range(4)])
    assert clock.slept[:7] == [5, 10, 20, 40, 60, 60, 60]
    assert len(tries) <= 16


async def test_after_an_outage_the_waits_begin_anew() -> None:
    clock = FakeClock()
    outage = Outage(clock)
    await outage.hold_off()
    await outage.hold_off()
    outage.over()
    await outage.hold_off()
    assert clock.slept == [5, 10, 5]


# The order


def rows(count: int) -> list[Row]:
    return [
        Row(
            Transfer(n, "p", Direction.UPLOAD, Location("b", str(n)), Path("/x"), 1, n),
            ObjectOptions(),
        )
        for n in range(count)
    ]


@given(st.integers(0, 12), st.sets(st.integers(0, 11)), st.integers(-20, 20))
def test_moving_keeps_everybody_and_the_order_among_the_moved(
    count: int, ids: set[int], steps: int
) -> None:
    before = rows(count)
    after = [row.id for row in moved(before, ids, steps)]
    assert sorted(after) == list(range(count))
    assert [id_ for id_ in after if id_ in ids] == sorted(ids & set(after))
    assert [id_ for id_ in after if id_ not in ids] == sorted(set(after) - ids)
    for id_ in set(after) & ids:
        if steps < 0:
            assert after.index(id_) <= id_
        else:
            assert after.index(id_) >= id_


def test_moves_stop_at_the_ends() -> None:
    before = rows(5)
    assert [row.id for row in moved(before, {1, 3}, -2)] == [1, 3, 0, 2, 4]
    assert [row.id for row in moved(before, {1, 3}, 99)] == [0, 2, 4, 1, 3]
    assert [row.id for row in moved(before, {2}, 1)] == [0, 1, 3, 2, 4]
    assert [row.id for row in moved(before, set(), 1)] == [0, 1, 2, 3, 4]


def test_the_backlog_gives_out_who_is_still_queued_where_it_is_now() -> None:
    backlog = Backlog()
    first, second, third = rows(3)
    third.transfer.profile_id = "q"
    for row in (third, second, first):
        backlog.put(row)
    first.transfer.state = State.PAUSED
    second.transfer.position = 7
    backlog.put(second)
    assert backlog.take(lambda profile: profile == "q") is third
    assert backlog.take(lambda _: True) is second
    assert backlog.take(lambda _: True) is None
