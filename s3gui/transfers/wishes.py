"""What a wish does to a row that nobody works on: a table, and the destinations that are taken."""

from collections.abc import Callable
from dataclasses import dataclass

from s3gui.domain.errors import Conflict, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import ACTIVE, ENDED, Direction, State
from s3gui.transfers.row import SIZE_ONLY, Destination, Row, Wish

_NOTHING_TO_CANCEL = frozenset({State.COMPLETED, State.CANCELLED, State.SKIPPED})


@dataclass(frozen=True, slots=True)
class Step:
    """A move to be journaled and made; ``to`` of ``None``: the row cannot follow and stays."""

    row: Row
    to: State | None = None
    #: What was sent is removed from the server.
    drop: bool = False
    #: The cancel that waits until it is known whether it was stored.
    reconcile: Wish | None = None

    @property
    def discards(self) -> bool:
        """Whether what a download has on the disk is removed."""
        return self.drop or (self.to is State.CANCELLED and self.row.may_have_left)


class Live:
    """Destinations of the transfers that are under way: one each, as the journal insists."""

    def __init__(self) -> None:
        self._rows: dict[Destination, Row] = {}

    def at(self, destination: Destination) -> Row | None:
        """The transfer to this place, if there is one."""
        return self._rows.get(destination)

    def claim(self, row: Row) -> bool:
        """Takes the row's destination. False if another transfer has it."""
        return self._rows.setdefault(row.destination, row) is row

    def move(self, row: Row, location: Location) -> bool:
        """Sends the row elsewhere. False, and it stays, if another transfer goes there."""
        if (row.transfer.profile_id, location) in self._rows:
            return False
        self.release(row)
        row.transfer.location = location
        return self.claim(row)

    def release(self, row: Row) -> None:
        """Frees the row's destination."""
        if self._rows.get(row.destination) is row:
            del self._rows[row.destination]


def next_step(row: Row, wish: Wish | None, live: Live, tell: Callable[[S3guiError], None]) -> Step:
    """Where a row goes that no runner works on.

    A row in RUNNING or FINISHING is one whose runner was stopped: without a wish it is queued.
    """
    state = row.transfer.state
    stopped = state in ACTIVE
    match wish:
        case None:
            return Step(row, State.QUEUED if stopped else None)
        case Wish.PAUSE:
            return Step(row, State.PAUSED if stopped or state is State.QUEUED else None)
        case Wish.GO:
            return _go_on(row, live, tell)
        case Wish.RETRY:
            return _retry(row, live, tell)
        case Wish.CANCEL_KEEP:
            if stopped and row.completing:
                return Step(row, State.QUEUED, reconcile=wish)
            goes = state not in _NOTHING_TO_CANCEL
            return Step(row, State.CANCELLED if goes else None)
        case Wish.CANCEL_DROP:
            return _cancel(row, live, tell)


def _go_on(row: Row, live: Live, tell: Callable[[S3guiError], None]) -> Step:
    state = row.transfer.state
    if state is State.CANCELLED:
        return _retry(row, live, tell)  # asked while it was on its way there
    goes = state in ACTIVE | {State.PAUSED} or (state is State.QUEUED and row.held)
    return Step(row, State.QUEUED if goes else None)


def _retry(row: Row, live: Live, tell: Callable[[S3guiError], None]) -> Step:
    state = row.transfer.state
    # A paused one was still running when it was asked.
    if state not in ENDED | ACTIVE | {State.PAUSED} or state is State.COMPLETED:
        return Step(row)
    if not live.claim(row):
        tell(_taken(row))
        return Step(row)
    error = row.transfer.error
    code = error.code if error is not None else ""
    row.takes_change, row.may_read = code == "SourceChanged", code == SIZE_ONLY
    row.restarts = row.beaten = 0
    return Step(row, State.QUEUED)


def _cancel(row: Row, live: Live, tell: Callable[[S3guiError], None]) -> Step:
    state = row.transfer.state
    kept = row.transfer.upload_id or row.part_path
    if state in _NOTHING_TO_CANCEL and not (state is State.CANCELLED and kept):
        return Step(row)
    if not row.completing:
        return Step(row, State.CANCELLED, drop=True)
    if not live.claim(row):
        tell(_taken(row))
        return Step(row)
    return Step(row, State.QUEUED, reconcile=Wish.CANCEL_DROP)


def _taken(row: Row) -> Conflict:
    transfer = row.transfer
    place = transfer.path if transfer.direction is Direction.DOWNLOAD else transfer.location
    return Conflict(
        tr("Another transfer to {place} is in the list").format(place=visible(str(place))),
        hint=tr("Wait for it, or cancel it, then try again."),
        code="DestinationTaken",
    )
