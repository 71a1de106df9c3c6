"""Where the person is and was, and the listing of it."""

import asyncio
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from s3gui.domain.location import Location
from s3gui.transfers.connections import Connections
from s3gui.ui.tasks import Tasks

_KEPT_STEPS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A connection, and where in it; ``None`` before a bucket was chosen."""

    profile_id: str
    location: Location | None = None


class Browsing(QObject):
    """Goes to a place, remembers the way back, and lists the place page by page.

    A listing ends when the next one begins: its task is cancelled, and a page that still comes
    carries the other location and is dropped (invariant 8).
    """

    #: ``Place | None``: another place, or the same one listed afresh; its rows come next.
    place_changed = Signal(object)
    #: ``Page``
    page_arrived = Signal(object)
    #: ``bool``: complete. Emitted for a listing that came to its end by itself.
    listing_ended = Signal(bool)
    #: The person stopped it.
    listing_stopped = Signal()
    #: ``Exception``
    listing_failed = Signal(object)
    history_changed = Signal()

    def __init__(self, connections: Connections, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._connections = connections
        self._tasks = tasks
        self._place: Place | None = None
        self._back: list[Place] = []
        self._forward: list[Place] = []
        self._listing: asyncio.Task[None] | None = None

    @property
    def place(self) -> Place | None:
        """Where the person is; ``None`` before the first connection was opened."""
        return self._place

    @property
    def can_go_back(self) -> bool:
        """There is a place before this one."""
        return bool(self._back)

    @property
    def can_go_forward(self) -> bool:
        """A step back was taken."""
        return bool(self._forward)

    @property
    def can_go_up(self) -> bool:
        """This is a prefix."""
        return bool(self._place and self._place.location and self._place.location.key)

    @property
    def is_listing(self) -> bool:
        """Pages are still coming."""
        return self._listing is not None

    def go(self, place: Place) -> None:
        """Goes to a place; the same one again is a refresh."""
        if self._place is not None and place != self._place:
            self._back = [*self._back[-_KEPT_STEPS:], self._place]
            self._forward.clear()
        self._arrive(place)

    def back(self) -> None:
        """A step back, if there is one."""
        if self._back and self._place:
            self._forward.append(self._place)
            self._arrive(self._back.pop())

    def forward(self) -> None:
        """A step back taken back."""
        if self._forward and self._place:
            self._back.append(self._place)
            self._arrive(self._forward.pop())

    def up(self) -> None:
        """To the prefix that this one stands in."""
        if self._place and self._place.location and self.can_go_up:
            self.go(Place(self._place.profile_id, self._place.location.parent))

    def refresh(self) -> None:
        """Lists this place again."""
        if self._place:
            self._arrive(self._place)

    def stop(self) -> None:
        """Ends the listing; what has come stays."""
        if self._listing:
            self._listing.cancel()
            self._listing = None
            self.listing_stopped.emit()

    def forget(self, profile_id: str) -> None:
        """A connection was closed or removed: no step leads there any more."""
        self._back = [place for place in self._back if place.profile_id != profile_id]
        self._forward = [place for place in self._forward if place.profile_id != profile_id]
        if self._place and self._place.profile_id == profile_id:
            self._arrive(None)
        else:
            self.history_changed.emit()

    def _arrive(self, place: Place | None) -> None:
        if self._listing:
            self._listing.cancel()
        self._listing = None
        self._place = place
        self.place_changed.emit(place)
        if place and place.location:
            listing = self._list(place, place.location)
            self._listing = self._tasks.start(listing, name=f"list {place.location}")
        self.history_changed.emit()

    async def _list(self, place: Place, where: Location) -> None:
        is_complete = True
        try:
            session = await self._connections.open(place.profile_id)
            async for page in session.listing.pages(where):
                self.page_arrived.emit(page)
                is_complete = not page.incomplete
                # Pages from a fast server would otherwise keep the window from painting.
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001  told to the window, which shows it in the table
            self._listing = None
            self.listing_failed.emit(error)
            return
        self._listing = None
        self.listing_ended.emit(is_complete)
