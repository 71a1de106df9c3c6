"""Where a transfer stands among a hundred thousand, while rows leave and others come."""

from bisect import bisect_left
from collections.abc import Generator, Iterable, Sequence

#: So many rows may have left before the places are counted anew.
_MOST_GONE = 20_000
_STEP = 4_000


class RowIndex:
    """Rows by id. What leaves is noted, so that nobody behind it has to be counted again."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._places = {one: place for place, one in enumerate(ids)}
        self._next = len(self._places)
        #: Places of those that left, in order.
        self._gone: list[int] = []

    @classmethod
    def made_of(cls, ids: Sequence[int]) -> Generator[None, None, "RowIndex"]:
        """An index of as many as there may be, made in steps of a millisecond."""
        made = cls(())
        for first in range(0, len(ids), _STEP):
            made.append(ids[first : first + _STEP])
            yield
        return made

    def get(self, id_: int) -> int | None:
        """The row of a transfer."""
        place = self._places.get(id_)
        return None if place is None else place - bisect_left(self._gone, place)

    def __contains__(self, id_: int) -> bool:
        return id_ in self._places

    def append(self, ids: Sequence[int]) -> None:
        """These came, at the end."""
        for one in ids:
            self._places[one] = self._next
            self._next += 1

    def remove(self, ids: Iterable[int]) -> bool:
        """These left; ``False``: so many did that an index made anew is cheaper."""
        self._gone += [self._places.pop(one) for one in ids]
        self._gone.sort()
        return len(self._gone) <= _MOST_GONE
