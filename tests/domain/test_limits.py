"""Limits by the hours of the day, as the clock on the wall shows them."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3gui.domain.limits import (
    LEAST_BYTES_S,
    NO_LIMIT,
    Hours,
    Rates,
    in_force,
    minute_text,
    parse_minute,
)

SLOW = Rates(100_000, 200_000)
#: A Monday.
MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  the clock on the wall


def at(days: int, clock: str) -> datetime:
    return MONDAY + timedelta(days=days, minutes=parse_minute(clock))


@pytest.mark.parametrize(
    ("clock", "holds"), [("07:59", False), ("08:00", True), ("17:59", True), ("18:00", False)]
)
def test_hours_hold_from_their_first_minute_to_before_their_last(clock: str, holds: bool) -> None:
    assert Hours(480, 1080, SLOW).holds(at(0, clock)) is holds


def test_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    night = Hours(22 * 60, 6 * 60, SLOW, frozenset({4}))  # Friday night
    assert [night.holds(at(day, "23:00")) for day in range(7)] == [day == 4 for day in range(7)]
    assert [night.holds(at(day, "05:59")) for day in range(7)] == [day == 5 for day in range(7)]
    assert not night.holds(at(4, "05:59"))
    assert not night.holds(at(5, "06:00"))


def test_sunday_night_ends_on_monday() -> None:
    night = Hours(22 * 60, 6 * 60, SLOW, frozenset({6}))
    assert night.holds(at(0, "03:00"))
    assert not night.holds(at(1, "03:00"))


def test_from_a_time_to_the_same_is_a_whole_day() -> None:
    day = Hours(600, 600, SLOW, frozenset({0}))
    assert not day.holds(at(0, "09:59"))
    assert day.holds(at(0, "10:00"))
    assert day.holds(at(1, "09:59"))
    assert not day.holds(at(1, "10:00"))


def test_the_first_that_holds_counts_and_else_what_holds_always() -> None:
    hours = [Hours(480, 720, SLOW), Hours(480, 1080, NO_LIMIT)]
    always = Rates(1_000_000, 0)
    assert in_force(always, hours, at(0, "09:00")) == SLOW
    assert in_force(always, hours, at(0, "13:00")) == NO_LIMIT
    assert in_force(always, hours, at(0, "20:00")) == always


@given(
    begins=st.integers(0, 1439),
    ends=st.integers(0, 1439),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    up=st.integers(0, 1 << 40),
    down=st.integers(0, 1 << 40),
)
def test_what_is_written_is_read(
    begins: int, ends: int, days: frozenset[int], up: int, down: int
) -> None:
    hours = Hours(begins, ends, Rates(up, down), days)
    assert Hours.from_mapping(hours.as_mapping()) == hours


@given(
    hours=st.builds(
        Hours,
        st.integers(0, 1439),
        st.integers(0, 1439),
        st.just(SLOW),
        st.frozensets(st.integers(0, 6), min_size=1),
    )
)
@settings(max_examples=20, deadline=None)
def test_a_week_has_as_many_minutes_of_it_as_it_says(hours: Hours) -> None:
    held = sum(hours.holds(MONDAY + timedelta(minutes=minute)) for minute in range(10_080))
    length = (hours.ends_min - hours.begins_min) % 1440 or 1440
    assert held == length * len(hours.days)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"from": "08:00"},
        {"from": "8 o'clock", "to": "09:00"},
        {"from": "08:60", "to": "09:00"},
        {"from": "25:00", "to": "09:00"},
        {"from": 8, "to": "09:00"},
        {"from": "08:00", "to": "09:00", "days": ["someday"]},
        {"from": "08:00", "to": "09:00", "days": 5},
        {"from": "08:00", "to": "09:00", "up": "fast"},
        {"from": "08:00", "to": "09:00", "up": True},
        [],
        None,
    ],
)
def test_what_cannot_be_read_is_refused(raw: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any of them
        Hours.from_mapping(raw)  # type: ignore[arg-type]


def test_hours_without_days_are_of_every_day() -> None:
    hours = Hours.from_mapping({"from": "00:00", "to": "24:00", "up": 5})
    assert hours.is_every_day
    assert hours.rates == Rates(LEAST_BYTES_S, 0)
    assert minute_text(hours.ends_min) == "00:00"


@pytest.fixture
def berlin() -> Iterator[None]:
    """Summer time ends on 25 October 2026 at 3:00 and begins on 28 March 2027 at 2:00."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_an_hour_that_is_there_twice_holds_twice() -> None:
    hours = [Hours(2 * 60, 3 * 60, SLOW)]
    begins = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    held = [
        in_force(NO_LIMIT, hours, (begins + timedelta(minutes=minute)).astimezone()) == SLOW
        for minute in range(180)
    ]
    assert held == [True] * 120 + [False] * 60


@pytest.mark.usefixtures("berlin")
def test_an_hour_that_is_left_out_does_not_hold_and_what_goes_over_it_does() -> None:
    begins = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    walls = [(begins + timedelta(minutes=minute)).astimezone() for minute in range(60)]
    assert {wall.hour for wall in walls} == {1, 3}
    assert not any(Hours(2 * 60, 3 * 60, SLOW).holds(wall) for wall in walls)
    assert all(Hours(90, 3 * 60 + 30, SLOW).holds(wall) for wall in walls)
