"""Speed and time left, out of samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.transfers.speed import WINDOW_S, Gauge


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
