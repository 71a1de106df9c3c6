"""The person's order: who goes first, and how rows are moved up and down."""

import heapq
from collections.abc import Callable, Collection, Sequence

from s3gui.domain.transfer import State
from s3gui.transfers.row import Row


class Backlog:
    """The queued rows of each connection, first in order first.

    Heaps that are not tidied: a row that left the queue, or has moved, is dropped when it comes up.
    So is one that is about to leave: the removal of its parts is its task already.
    """

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[int, int, Row]]] = {}

    def put(self, row: Row) -> None:
        """A row that is queued, or whose rank changed while it is."""
        item = row.transfer
        heapq.heappush(self._heaps.setdefault(item.profile_id, []), (item.rank, item.id, row))

    def take(self, may_start: Callable[[str], bool]) -> Row | None:
        """The first queued row of the connections that may start; it is in the backlog no more."""
        best: Row | None = None
        for profile_id in list(self._heaps):
            if not may_start(profile_id):
                continue
            row = self.first(profile_id)
            if row is not None and (best is None or _rank(row) < _rank(best)):
                best = row
        if best is not None:
            heapq.heappop(self._heaps[best.transfer.profile_id])
        return best

    def first(self, profile_id: str) -> Row | None:
        """The first queued row of one connection; it stays."""
        heap = self._heaps.get(profile_id, [])
        while heap:
            rank, _, row = heap[0]
            stays = row.transfer.state is State.QUEUED and row.task is None
            if stays and row.transfer.rank == rank:
                return row
            heapq.heappop(heap)
        self._heaps.pop(profile_id, None)
        return None


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
