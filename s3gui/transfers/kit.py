"""What a runner works with, and how it bears what fails."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.parts import Meter
from s3gui.domain.transfer import ACTIVE, Transfer, Waiting
from s3gui.settings import Settings
from s3gui.transfers.clock import Clock
from s3gui.transfers.concurrency import Slots
from s3gui.transfers.journal import Journal
from s3gui.transfers.limits import Limiter
from s3gui.transfers.memory import Memory
from s3gui.transfers.outage import Outage
from s3gui.transfers.retry import Attempts
from s3gui.transfers.threads import Threads
from s3gui.transfers.wishes import Live

T = TypeVar("T")
_log = logging.getLogger(__name__)
#: Failures that say something about how much the line or the server can take.
_OF_THE_LINE = {ErrorKind.THROTTLE, ErrorKind.TRANSIENT, ErrorKind.STALL}


@dataclass(slots=True)
class Kit:
    """Shared by all runners of a queue."""

    journal: Journal
    threads: Threads
    slots: Slots
    clock: Clock
    #: A random number from 0 to 1.
    jitter: Callable[[], float]
    settings: Settings
    #: Says what belongs to no row, or what a person should know of a row that goes on.
    tell: Callable[[S3guiError], None]
    limiter: Limiter
    #: The destinations that are taken; the queue's own.
    live: Live
    #: For bodies on their way through this machine.
    memory: Memory = field(default_factory=Memory)

    def configure(self, settings: Settings) -> None:
        """New settings: they count from the next part, the next file, the next block."""
        self.settings = settings
        self.slots.configure(
            settings.parts_in_flight, settings.parts_per_file, grows=settings.parts_grow
        )
        self.limiter.configure(settings)


class Patience:
    """Waits out the failures of one transfer, as ``retry.py`` says, and tells why nothing moves."""

    def __init__(self, transfer: Transfer, kit: Kit, outage: Outage) -> None:
        self._transfer = transfer
        self._kit = kit
        self._outage = outage
        #: What its connection may have on the wire.
        self._share = kit.slots.of(transfer.profile_id)

    def attempts(self) -> Attempts:
        """A fresh count, for one part or one call."""
        return Attempts(self._kit.clock.monotonic, self._kit.jitter)

    @property
    def per_file(self) -> int:
        """Parts of the file that may be in flight."""
        return self._share.per_file

    def meter(self) -> Meter:
        """For one attempt: its bytes keep to the limit of their direction."""
        return self._kit.limiter.meter(self._transfer.direction)

    @asynccontextmanager
    async def place(self, meter: Meter) -> AsyncIterator[None]:
        """A place on the wire for one attempt; what leaves it without an error got through."""
        async with self._share.hold(self._transfer.id, self._transfer.rank, meter):
            yield
        self.went_well()

    async def hold_off(self, error: S3guiError, attempts: Attempts) -> None:
        """Waits before the next try.

        Raises:
            S3guiError: ``error`` itself, when there is to be no other try.
        """
        if error.kind in _OF_THE_LINE:
            self._share.failed(throttled=error.kind is ErrorKind.THROTTLE)
        wait = attempts.wait_s(error)
        if wait is None:
            raise error
        _log.info("transfer %d: %s; again in %.1f s", self._transfer.id, error.code, wait)
        if error.kind is ErrorKind.OFFLINE:
            self._wait_for(Waiting.NETWORK)
            await self._outage.hold_off()
            return
        if error.kind is ErrorKind.THROTTLE:
            self._wait_for(Waiting.THROTTLED)
        if wait:
            await self._kit.clock.sleep(wait)

    def went_well(self) -> None:
        """Something got through."""
        self._outage.over()
        waiting = self._transfer.waiting
        if waiting is Waiting.THROTTLED and self._share.is_throttled:
            # Something gets through all the time; what the server asked for still holds.
            self._wait_for(waiting)
        elif waiting in {Waiting.NETWORK, Waiting.THROTTLED}:
            self._wait_for(None)

    async def call(self, make: Callable[[], Awaitable[T]]) -> T:
        """Makes a request until it succeeds or there is no more patience for its failures."""
        attempts = self.attempts()
        while True:
            try:
                answer = await make()
            except S3guiError as error:
                await self.hold_off(error, attempts)
            else:
                self.went_well()
                return answer

    def _wait_for(self, reason: Waiting | None) -> None:
        if self._transfer.state in ACTIVE:
            self._transfer.wait_for(
                reason, places=self._share.limit if reason is Waiting.THROTTLED else None
            )
