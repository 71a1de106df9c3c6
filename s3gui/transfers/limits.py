"""The limits in force, set by the clock on the wall and kept to by all transfers together."""

import asyncio
from collections.abc import Callable

from s3gui.domain.limits import NO_LIMIT, Rates, in_force
from s3gui.domain.pace import Pace
from s3gui.domain.parts import Meter
from s3gui.domain.transfer import Direction
from s3gui.settings import Settings
from s3gui.transfers.clock import Clock

_MINUTE_S = 60


class Limiter:
    """One pace for each direction, whatever connection the bytes go to.

    Several connections share the line of this machine, so they share the limit.
    """

    def __init__(self, clock: Clock) -> None:
        self.up = Pace()
        self.down = Pace()
        self._clock = clock
        self._settings = Settings()
        self._rates = NO_LIMIT
        self._watchers: list[Callable[[Rates], None]] = []
        self._changed = asyncio.Event()

    @property
    def rates(self) -> Rates:
        """In force now."""
        return self._rates

    def meter(self, direction: Direction) -> Meter:
        """A meter for the bytes of one attempt.

        Of a copy through this machine, what is read is ``DOWNLOAD`` and what is written ``UPLOAD``.
        """
        return Meter(self.down if direction is Direction.DOWNLOAD else self.up)

    def configure(self, settings: Settings) -> None:
        """New settings; what is on the wire keeps to them with its next block."""
        self._settings = settings
        self._apply()
        self._changed.set()

    def watch(self, watcher: Callable[[Rates], None]) -> Callable[[], None]:
        """``watcher`` is called on the loop with what is in force from now on; returns its end."""
        self._watchers.append(watcher)

        def end() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return end

    async def follow_the_clock(self) -> None:
        """Sets the limits of the hour, until it is cancelled.

        Looks every minute, however long the machine slept or the clock was set forth or back.
        """
        while True:
            self._changed.clear()
            self._apply()
            if self._settings.limit_by_hours and self._settings.limit_hours:
                await self._until_next_minute()
            else:
                await self._changed.wait()

    async def _until_next_minute(self) -> None:
        now = self._clock.now()
        changed = asyncio.ensure_future(self._changed.wait())
        minute = asyncio.ensure_future(
            self._clock.sleep(_MINUTE_S - now.second - now.microsecond / 1e6 + 0.01)
        )
        try:
            await asyncio.wait({changed, minute}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (changed, minute):
                task.cancel()
            await asyncio.gather(changed, minute, return_exceptions=True)

    def _apply(self) -> None:
        settings = self._settings
        hours = settings.limit_hours if settings.limit_by_hours else ()
        wall = self._clock.now().astimezone()
        rates = in_force(settings.limits, hours, wall)
        if rates == self._rates:
            return
        self._rates = rates
        self.up.set_rate(rates.up or None)
        self.down.set_rate(rates.down or None)
        for watcher in list(self._watchers):
            watcher(rates)
