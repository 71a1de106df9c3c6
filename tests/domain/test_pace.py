"""The limit that all senders share, with a clock that the test holds, and with real threads."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3gui.domain.pace import BLOCK_S, LEAST_BLOCK_BYTES, Allowance, Pace

RATES = st.floats(min_value=1024, max_value=1e9)


def never() -> bool:
    return False


@given(
    rate=RATES,
    steps=st.lists(
        st.tuples(st.integers(0, 1 << 22), st.floats(0, 60), st.booleans()), max_size=60
    ),
)
def test_no_more_moves_than_the_rate_and_one_burst(
    rate: float, steps: list[tuple[int, float, bool]]
) -> None:
    """At every moment, whatever was asked when, and whoever gave up."""
    allowance = Allowance(0.0)
    allowance.set_rate(rate, 0.0)
    now, moved = 0.0, 0
    for most, rest_s, gives_up in steps:
        now += rest_s
        count = max(1, min(most, int(allowance.burst)))
        mark = allowance.ask(count, now)
        if gives_up:
            allowance.give_back(count)
            continue
        now += allowance.missing_s(mark, now)
        assert allowance.missing_s(mark, now) == pytest.approx(0.0, abs=1e-6)
        moved += count
        assert moved <= rate * now + allowance.burst + 1


@given(rates=st.lists(st.tuples(RATES, st.floats(0.01, 10)), min_size=1, max_size=8))
def test_a_changed_limit_holds_from_then_on(rates: list[tuple[float, float]]) -> None:
    allowance = Allowance(0.0)
    now, moved, allowed, largest = 0.0, 0, 0.0, 0.0
    for rate, lasts_s in rates:
        allowance.set_rate(rate, now)
        largest = max(largest, allowance.burst)
        until = now + lasts_s
        for _ in range(50):
            count = max(1, int(allowance.burst))
            mark = allowance.ask(count, now)
            wait = allowance.missing_s(mark, now)
            if now + wait > until:
                allowance.give_back(count)
                break
            now += wait
            moved += count
            assert moved <= allowed + rate * (now - until + lasts_s) + largest + 1
        allowed += rate * lasts_s
        now = until


@given(rate=RATES, count=st.integers(2, 64))
@settings(max_examples=50)
def test_a_backlog_is_served_in_its_order_and_at_full_rate(rate: float, count: int) -> None:
    allowance = Allowance(0.0)
    allowance.set_rate(rate, 0.0)
    block = max(1, int(allowance.burst))
    marks = [allowance.ask(block, 0.0) for _ in range(count)]
    assert marks == sorted(marks)
    waits = [allowance.missing_s(mark, 0.0) for mark in marks]
    assert waits[-1] == pytest.approx(count * block / rate, rel=1e-3, abs=1e-3)


def test_a_rest_is_worth_one_block_and_no_more() -> None:
    allowance = Allowance(0.0)
    allowance.set_rate(100_000, 0.0)
    block = int(allowance.burst)
    assert block == 100_000 * BLOCK_S
    assert allowance.missing_s(allowance.ask(block, 3600.0), 3600.0) == 0.0
    assert allowance.missing_s(allowance.ask(block, 3600.0), 3600.0) == pytest.approx(BLOCK_S)


def test_a_low_limit_has_small_blocks() -> None:
    pace = Pace(lambda: 0.0)
    allowance = Allowance(0.0)
    allowance.set_rate(100_000, 0.0)
    assert allowance.burst == 5_000
    allowance.set_rate(2_000, 0.0)
    assert allowance.burst == LEAST_BLOCK_BYTES
    assert pace.take(1 << 22, never) == 1 << 22


def test_without_a_limit_nobody_waits_and_no_lock_is_taken() -> None:
    pace = Pace(lambda: 0.0)
    with pace._changed:  # held by somebody else for ever
        taken: list[int] = []
        thread = threading.Thread(target=lambda: taken.append(pace.take(7, never)))
        thread.start()
        thread.join(5)
    assert taken == [7]


def _waiting(
    pace: Pace, stopped: threading.Event, most: int = 1000
) -> tuple[threading.Thread, list[int]]:
    """A thread that waits for its share of a limit at which that takes minutes."""
    got: list[int] = []
    asked = threading.Event()

    def is_stopped() -> bool:
        asked.set()
        return stopped.is_set()

    thread = threading.Thread(target=lambda: got.append(pace.take(most, is_stopped)))
    thread.start()
    assert asked.wait(5)
    return thread, got


def test_who_is_stopped_leaves_at_once_and_takes_nothing() -> None:
    pace = Pace()
    pace.set_rate(1.0)
    stopped = threading.Event()
    thread, got = _waiting(pace, stopped)
    stopped.set()
    pace.wake()
    thread.join(5)
    assert got == [0]


@pytest.mark.parametrize("rate", [1e9, None])
def test_a_new_limit_reaches_those_who_wait(rate: float | None) -> None:
    pace = Pace()
    pace.set_rate(1.0)
    thread, got = _waiting(pace, threading.Event())
    pace.set_rate(rate)
    thread.join(5)
    assert got == [1000]
    assert pace.bytes_per_s == rate


def test_a_lower_limit_makes_the_blocks_small_that_are_waited_for() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    pace.set_rate(100e6)
    waiting = [_waiting(pace, threading.Event(), 1 << 22) for _ in range(2)]
    pace.set_rate(100e3)
    now = 0.11  # 11,000 bytes; the blocks were forty seconds each
    pace.wake()
    for thread, _ in waiting:
        thread.join(5)
    assert [got for _, got in waiting] == [[5000], [5000]]


def test_who_is_stopped_lets_those_behind_look_again() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    pace.set_rate(1.0)
    stopped = threading.Event()
    first, _ = _waiting(pace, stopped)
    second, got = _waiting(pace, threading.Event())
    now = 1000.0  # enough for one of them
    stopped.set()
    with pace._changed:
        pace._changed.notify(1)
    first.join(5)
    second.join(5)
    assert got == [1000]


def test_who_waited_before_the_limit_was_off_does_not_wait_for_ever_after() -> None:
    allowance = Allowance(0.0)
    allowance.set_rate(1000, 0.0)
    mark = allowance.ask(1000, 0.0)
    allowance.set_rate(None, 0.0)
    allowance.set_rate(1000, 0.0)
    assert allowance.missing_s(mark, 0.0) == 0.0


def test_many_threads_together_keep_to_the_limit() -> None:
    """Counted, with a bound that a busy machine cannot break: too much is never granted."""
    pace = Pace()
    rate = 2_000_000.0
    pace.set_rate(rate)
    over = threading.Event()
    moved = [0] * 8

    def move(which: int) -> None:
        while not over.is_set():
            got = pace.take(1 << 20, over.is_set)
            moved[which] += got // 2
            pace.give_back(got - got // 2)

    began = time.monotonic()
    threads = [threading.Thread(target=move, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    over.wait(0.6)
    over.set()
    pace.wake()
    for thread in threads:
        thread.join(5)
    took = time.monotonic() - began
    assert 0 < sum(moved) <= rate * took + rate * BLOCK_S
    assert min(moved) > 0
