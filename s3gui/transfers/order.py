"""The person's order: who goes first, and how rows are moved up and down."""

import heapq
from collections.abc import Callable, Collection, Sequence

from s3gui.domain.parts import MIB
from s3gui.domain.transfer import ACTIVE, Direction, State, Waiting
from s3gui.settings import Settings
from s3gui.transfers import disks
from s3gui.transfers.row import Row

#: So many downloads of one small object each may run for each place on the wire: most of their time
#: they wait for the disk and for the journal, which serves several at once.
BRIEF_A_PLACE = 2
_BRIEF_BYTES = 1 * MIB
#: So many copies of small objects for each place that their connection has on the wire: they cost
#: this machine a few short requests one after the other, and of a server that asks to slow down
#: the places are halved.
LIGHT_A_PLACE = 4
_LIGHT_BYTES = 16 * MIB
#: The connections that rows need, the lane that is for them ("": none), and the disk that they were
#: seen to be held by.
Place = tuple[tuple[str, ...], str, str]


class Backlog:
    """The queued rows of each connection, or pair of them, first in order first.

    Those for which there is a lane stand apart.

    Heaps that are not tidied: a row that left the queue, or has moved, is dropped when it comes up.
    So is one that is about to leave: the removal of its parts is its task already. A row of a disk
    that does not answer is put apart when it comes up, until the disk does.

    Args:
        lane_of: the lane that is for a row, see ``SmallLanes``; "" for none.
    """

    def __init__(self, lane_of: Callable[[Row], str] = lambda _: "") -> None:
        self._lane_of = lane_of
        self._heaps: dict[Place, list[tuple[int, int, Row]]] = {}
        #: Disks that do not answer: nothing of theirs starts.
        self.hung: frozenset[str] = frozenset()

    def put(self, row: Row) -> None:
        """A row that is queued, or whose rank changed while it is."""
        item = row.transfer
        place = (row.profile_ids, self._lane_of(row), self._held_by(row))
        heap = self._heaps.setdefault(place, [])
        heapq.heappush(heap, (item.rank, item.id, row))

    def _held_by(self, row: Row) -> str:
        """The disk that the row would have to wait for; "" for none."""
        disk = disk_of(row) if self.hung else ""
        return disk if disk in self.hung else ""

    def take(
        self,
        may_start: Callable[[tuple[str, ...], str], bool],
        suits: Callable[[Row], bool] = lambda _: True,
    ) -> Row | None:
        """The first queued row that may start, if it suits; it is in the backlog no more.

        Args:
            may_start: asked for the ids of connections, and the lane that it is about.
            suits: asked about the first; no other is looked for.
        """
        best: Place | None = None
        rank = (0, 0)
        for place in list(self._heaps):
            profile_ids, lane, disk = place
            starts = disk not in self.hung and may_start(profile_ids, lane)
            row = self._first(place) if starts else None
            if row is not None and (best is None or _rank(row) < rank):
                best, rank = place, _rank(row)
        if best is None or not suits(self._heaps[best][0][2]):
            return None
        return heapq.heappop(self._heaps[best])[2]

    def first(self, profile_id: str) -> Row | None:
        """The first queued row that needs a connection; it stays."""
        rows = [self._first(place) for place in list(self._heaps) if profile_id in place[0]]
        return min((row for row in rows if row is not None), key=_rank, default=None)

    def _first(self, place: Place) -> Row | None:
        heap, (_, lane, disk) = self._heaps.get(place, []), place
        while heap:
            rank, _, row = heap[0]
            stays = row.transfer.state is State.QUEUED and row.task is None
            stays = stays and row.transfer.rank == rank
            if stays and self._lane_of(row) == lane and self._held_by(row) in {"", disk}:
                return row
            heapq.heappop(heap)
            if stays:
                self.put(row)  # it has become another kind
        self._heaps.pop(place, None)
        return None


def is_brief(row: Row) -> bool:
    """Whether it is the download of a small object, which has no other request before it."""
    transfer, origin = row.transfer, row.transfer.origin
    known = origin is not None and bool(origin.etag)
    is_new = row.part_path is None and not row.completing
    is_small = transfer.direction is Direction.DOWNLOAD and transfer.size <= _BRIEF_BYTES
    return is_small and known and is_new


def is_light(row: Row) -> bool:
    """Whether it is a copy that its server makes in one request, none of which was made yet."""
    transfer, origin = row.transfer, row.transfer.origin
    within = origin is not None and origin.profile_id == transfer.profile_id
    is_small = transfer.direction is Direction.COPY and transfer.size <= _LIGHT_BYTES
    begun = bool(transfer.etag or transfer.upload_id or row.completing)
    return within and is_small and not begun


def next_alone(
    backlog: Backlog,
    settings: Settings,
    alone: int,
    may_start: Callable[[tuple[str, ...], str], bool],
    places: Callable[[str], int],
) -> Row | None:
    """The first row for a runner of its own, where there is room beside those that run.

    Args:
        backlog: it is taken from.
        settings: how many may run.
        alone: how many do.
        may_start: see ``Backlog.take``.
        places: of a connection, on the wire.
    """

    def may_copy(profile_ids: tuple[str, ...], lane: str) -> bool:
        return alone < places(profile_ids[0]) * LIGHT_A_PLACE and may_start(profile_ids, lane)

    if alone < settings.files_in_flight:
        return backlog.take(may_start)
    row = None
    if alone < settings.parts_in_flight * BRIEF_A_PLACE:
        row = backlog.take(may_start, is_brief)
    return row or backlog.take(may_copy, is_light)


def disk_of(row: Row) -> str:
    """The disk that a transfer reads or writes here; "" for none."""
    transfer = row.transfer
    return "" if transfer.direction is Direction.COPY else disks.LOCAL.of(transfer.path)


def tell_of_disk(row: Row, *, is_silent: bool) -> None:
    """Says of a row at work that its disk does not answer, or that it does again."""
    transfer = row.transfer
    if transfer.state in ACTIVE and transfer.waiting in {None, Waiting.DISK_SILENT}:
        transfer.wait_for(Waiting.DISK_SILENT if is_silent else None)


def _rank(row: Row) -> tuple[int, int]:
    return (row.transfer.rank, row.transfer.id)


def moved(rows: Sequence[Row], ids: Collection[int], steps: int) -> list[Row]:
    """``rows`` with those in ``ids`` moved by ``steps`` (negative: up), in their own order.

    At the end of the list they close up instead of passing each other.
    """
    chosen = [index for index, row in enumerate(rows) if row.id in ids]
    places = _places(chosen, steps, len(rows))
    others = iter([row for row in rows if row.id not in ids])
    taken = dict(zip(places, chosen, strict=True))
    return [rows[taken[place]] if place in taken else next(others) for place in range(len(rows))]


def _places(chosen: list[int], steps: int, count: int) -> list[int]:
    if steps > 0:
        mirrored = [count - 1 - index for index in reversed(chosen)]
        return [count - 1 - place for place in reversed(_places(mirrored, -steps, count))]
    places: list[int] = []
    for index in chosen:
        least = places[-1] + 1 if places else 0
        places.append(max(least, index + steps))
    return places
