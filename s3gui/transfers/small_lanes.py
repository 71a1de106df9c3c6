"""The lanes of what is small and many: files that go up, objects that come down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from s3gui.domain.transfer import Direction
from s3gui.transfers.connections import Connections
from s3gui.transfers.downloading.small import SmallObjects, Spawn
from s3gui.transfers.kit import Kit
from s3gui.transfers.outage import Outage
from s3gui.transfers.row import Row
from s3gui.transfers.small import SmallFiles

#: Their names for ``Backlog``.
UP, DOWN = "up", "down"
_LANES = {Direction.UPLOAD: UP, Direction.DOWNLOAD: DOWN}


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What the dispatcher does for them; see ``SmallFiles`` and ``SmallObjects``."""

    go_on: Callable[[Row], None]
    finished: Callable[[Row, "asyncio.Future[None]"], None]
    wake: Callable[[], None]
    spawn: Spawn


class SmallLanes:
    """Owned by the dispatcher, which asks and tells them as one; see ``SmallFiles``."""

    def __init__(
        self,
        kit: Kit,
        connections: Connections,
        outage: Callable[[str], Outage],
        out: WaysOut,
    ) -> None:
        self._up = SmallFiles(kit, connections, outage, out.go_on, out.finished, out.wake)
        self._down = SmallObjects(
            kit, connections, outage, out.go_on, out.finished, out.wake, out.spawn
        )
        self._lanes: dict[str, SmallFiles | SmallObjects] = {UP: self._up, DOWN: self._down}

    @property
    def count(self) -> int:
        """Rows that were started here and are not finished."""
        return self._up.count + self._down.count

    def lane_of(self, row: Row) -> str:
        """The lane that a queued row is for; "" for none."""
        lane = _LANES.get(row.transfer.direction, "")
        return lane if lane and self._lanes[lane].takes(row) else ""

    def serves(self, profile_id: str, lane: str) -> bool:
        """Whether what is for this lane goes through it."""
        return bool(lane) and self._lanes[lane].serves(profile_id)

    def has_room(self, profile_id: str, lane: str) -> bool:
        """Whether another row may start in it."""
        return bool(lane) and self._lanes[lane].has_room(profile_id)

    def start(self, row: Row) -> None:
        """Takes a row that was moved to Running; in the end ``left`` has to be called for it."""
        self._lanes[_LANES[row.transfer.direction]].start(row)

    def left(self, row: Row) -> None:
        """A row is finished, wherever it was."""
        # What was not taken up is no answer to what is sent next.
        row.tried = None
        if lane := _LANES.get(row.transfer.direction):
            self._lanes[lane].left(row)

    def close(self) -> None:
        """The threads end when they have left what they do."""
        self._up.close()
        self._down.close()
