"""The limits in force: as the settings say, and as the clock on the wall goes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fake_server import MemoryServer
from transfers.kit import PART, SETTINGS, House, MakeFile

from s3gui.domain.limits import NO_LIMIT, Hours, Rates, parse_minute
from s3gui.domain.transfer import Direction, State
from s3gui.settings import Settings
from s3gui.transfers.limits import Limiter

SLOW = Rates(50_000, 0)


class WallClock:
    """A clock on the wall whose minutes the test lets go by."""

    def __init__(self, clock: str) -> None:
        local = datetime(2026, 11, 23).astimezone() + timedelta(minutes=parse_minute(clock))
        self._now = local.astimezone(UTC)
        self.asked = asyncio.Event()
        self._passed = asyncio.Event()
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asked.set()
        self._passed.clear()
        await self._passed.wait()

    async def go_on(self, minutes: int) -> None:
        """Lets them go by, and waits until somebody has looked."""
        self._now += timedelta(minutes=minutes)
        self.asked.clear()
        self._passed.set()
        await self.asked.wait()


def by_hours(*hours: Hours, always: Rates = NO_LIMIT) -> Settings:
    return Settings(
        limit_up_bytes_s=always.up,
        limit_down_bytes_s=always.down,
        limit_by_hours=True,
        limit_hours=hours,
    )


async def test_the_hours_of_the_day_set_the_limit() -> None:
    clock = WallClock("07:58")
    limiter = Limiter(clock)
    told: list[Rates] = []
    end = limiter.watch(told.append)
    limiter.configure(by_hours(Hours(480, 1080, SLOW), always=Rates(0, 9_000_000)))
    following = asyncio.ensure_future(limiter.follow_the_clock())
    await clock.asked.wait()
    assert limiter.rates == Rates(0, 9_000_000)
    await clock.go_on(1)
    assert limiter.up.bytes_per_s is None
    await clock.go_on(1)
    assert limiter.up.bytes_per_s == 50_000
    assert limiter.down.bytes_per_s is None
    # The machine slept over the evening.
    await clock.go_on(20 * 60)
    assert limiter.down.bytes_per_s == 9_000_000
    assert told == [Rates(0, 9_000_000), SLOW, Rates(0, 9_000_000)]
    assert all(0 < seconds <= 61 for seconds in clock.slept)
    end()
    limiter.configure(Settings())
    assert len(told) == 3
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_a_setting_takes_effect_at_once_and_without_hours_nobody_looks_at_the_clock() -> None:
    clock = WallClock("12:00")
    limiter = Limiter(clock)
    following = asyncio.ensure_future(limiter.follow_the_clock())
    for settings, rates in (
        (Settings(limit_up_bytes_s=70_000), Rates(70_000, 0)),
        (Settings(), NO_LIMIT),
        (replace(by_hours(Hours(0, 0, SLOW)), limit_by_hours=False), NO_LIMIT),
    ):
        limiter.configure(settings)
        assert limiter.rates == rates
        for _ in range(3):
            await asyncio.sleep(0)
    assert clock.slept == []
    limiter.configure(by_hours(Hours(0, 0, SLOW)))
    await clock.asked.wait()
    assert limiter.rates == SLOW
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


def test_each_direction_has_its_own_pace() -> None:
    limiter = Limiter(WallClock("12:00"))
    assert limiter.meter(Direction.UPLOAD).pace is limiter.up
    assert limiter.meter(Direction.DOWNLOAD).pace is limiter.down


async def test_the_parts_of_an_upload_carry_the_limit(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    """And small files too; a setting that changes reaches what is on the wire."""
    gate = server.hold("send_part", part=2)
    told: list[Rates] = []
    house.queue.watch_limits(told.append)
    house.queue.settings = replace(SETTINGS, limit_up_bytes_s=60_000)
    large = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    paces = {part.meter.pace for part in large.parts_flying if part.meter is not None}
    assert {pace.bytes_per_s for pace in paces if pace} == {60_000}
    assert None not in paces
    house.queue.settings = SETTINGS
    assert {pace.bytes_per_s for pace in paces if pace} == {None}
    assert told == [Rates(60_000, 0), NO_LIMIT]
    gate.open()
    await house.until(large, State.COMPLETED)
