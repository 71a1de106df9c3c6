"""How fast the queue's rows move, what holds them back, and how long the rest takes."""

from collections.abc import Callable, Collection

from s3gui.domain.limits import Rates
from s3gui.domain.parts import Meter
from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import ACTIVE, Direction, PartState, Transfer
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row


class Speeds:
    """The part of ``TransferQueue`` that tells speeds and limits."""

    _kit: Kit
    _rows: dict[int, Row]
    _active: Collection[Row]
    #: Of all rows that are queued or run.
    _pending_bytes: int

    def parts_limit(self, profile_id: str) -> int:
        """Parts of a connection that may be in flight now: fewer while its server asks for it."""
        return self._kit.slots.of(profile_id).limit

    @property
    def limits(self) -> Rates:
        """In force now, in bytes a second of all transfers together."""
        return self._kit.limiter.rates

    def meter(self, direction: Direction) -> Meter:
        """For bytes that no row moves, and that keep to the limit of their direction."""
        return self._kit.limiter.meter(direction)

    def watch_limits(self, watcher: Callable[[Rates], None]) -> Callable[[], None]:
        """``watcher`` is told when other limits are in force; what is returned ends it."""
        return self._kit.limiter.watch(watcher)

    def rate_of(self, transfer: Transfer) -> Rate:
        """Speed and time left of one row, as of now; ask a few times a second while it runs."""
        row = self._rows.get(transfer.id)
        if row is None or row.gauge is None or transfer.state not in ACTIVE:
            return Rate()
        row.gauge.sample(transfer.moved)
        for part in transfer.parts_flying:
            # Seen when it is looked at: the sender counts bytes and calls nobody.
            if part.state is PartState.SENDING and part.moved >= part.part.length:
                part.state = PartState.SENT
        return row.gauge.rate(transfer.size - transfer.moved)

    def rate(self) -> Rate:
        """Speed and time left of all rows together."""
        speeds = [self.rate_of(row.transfer).bytes_per_s for row in self._active]
        known = [speed for speed in speeds if speed is not None]
        if not known:
            return Rate()
        left = self._pending_bytes - sum(row.transfer.moved for row in self._active)
        speed = sum(known)
        return Rate(speed, max(0, left) / speed if speed else None)
