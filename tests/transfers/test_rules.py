"""The pure rules: retries, places on the wire, speed, outages, the order."""

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transfers.kit import FakeClock

from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ErrorKind,
    NoSuchUpload,
    S3guiError,
    TlsRefused,
)
from s3gui.transfers.concurrency import Slots
from s3gui.transfers.outage import Outage
from s3gui.transfers.retry import POLICIES, Attempts, is_final


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


def test_what_is_no_s3_is_asked_once_more_and_a_success_without_proof_twice() -> None:
    assert waits(*[BadAnswer("html")] * 2) == [0, None]
    assert waits(*[BadAnswer("no ETag", kind=ErrorKind.CORRUPT)] * 3) == [0, 0, None]


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
    assert is_final(error(ErrorKind.PERMANENT, "EntityTooLarge"))
    for kept in (
        AccessDenied("x"),
        TlsRefused("x"),
        BadAnswer("x"),
        NoSuchUpload("x"),
        error(ErrorKind.AUTH),
    ):
        assert not is_final(kept)
    assert not is_final(error(ErrorKind.PERMANENT, "QuotaExceeded"))


# Places on the wire


async def test_the_first_file_gets_a_free_place_first() -> None:
    slots = Slots(1, 4, lambda: 0.0)
    got: list[int] = []
    leave = asyncio.Event()

    async def use(owner: int, rank: int) -> None:
        async with slots.of("c").hold(owner, rank):
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
        async with slots.of("c").hold(owner, owner):
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
        async with slots.of("c").hold(1, 1):
            await asyncio.Event().wait()

    tasks = [asyncio.ensure_future(use()) for _ in range(5)]
    for _ in range(3):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert slots.in_flight == 0
    async with slots.of("c").hold(2, 1):
        assert slots.in_flight == 1


def test_it_halves_once_a_refusal_and_grows_after_clean_seconds() -> None:
    now = SimpleNamespace(s=0.0)
    slots = Slots(8, 4, lambda: now.s)
    for _ in range(8):
        slots.of("c").failed(throttled=True)
    assert slots.of("c").limit == 4
    now.s = 5.0
    slots.of("c").failed(throttled=True)
    assert slots.of("c").limit == 2
    for second in range(5, 300):
        now.s = float(second)
        slots.of("c").went_well()
    assert slots.of("c").limit == 8
    assert not slots.of("c").is_slowed


def test_many_failures_of_the_line_halve_too() -> None:
    slots = Slots(8, 4, lambda: 0.0)
    for number in range(20):
        if number % 4 == 0:
            slots.of("c").failed(throttled=False)
        else:
            slots.of("c").went_well()
    assert slots.of("c").limit == 8
    slots.of("c").failed(throttled=False)
    assert slots.of("c").limit == 4


def test_a_new_setting_counts_at_once_but_not_against_the_server() -> None:
    slots = Slots(8, 4, lambda: 0.0)
    slots.configure(16, 4)
    assert slots.of("c").limit == 16
    slots.of("c").failed(throttled=True)
    slots.configure(32, 4)
    assert slots.of("c").limit == 8
    slots.configure(2, 1)
    assert slots.of("c").limit == 2


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


async def test_the_place_of_a_part_refused_as_too_much_is_not_given_on_before_it_is_told() -> None:
    slots = Slots(2, 2, lambda: 0.0)
    third = asyncio.Event()

    async def wait_for_a_place() -> None:
        async with slots.of("c").hold(1, 1):
            third.set()

    async with asyncio.TaskGroup() as group:
        async with slots.of("c").hold(1, 1):
            try:
                async with slots.of("c").hold(1, 1):
                    group.create_task(wait_for_a_place())
                    await asyncio.sleep(0)
                    raise InterruptedError  # noqa: TRY301  what a part's failure does
            except InterruptedError:
                slots.of("c").failed(throttled=True)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not third.is_set()
        await third.wait()
