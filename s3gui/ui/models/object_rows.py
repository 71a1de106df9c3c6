"""What was listed of one place, and the view on it: plain lists, no Qt."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.location import Location
from s3gui.ui.models.arranging import filter_steps, ranges_of_rows, sort_steps
from s3gui.ui.models.object_columns import SORT_KEY, Column

#: A column and whether it runs downwards.
Order = tuple[Column, bool]


@dataclass(slots=True)
class Rows:
    """Folders or objects as they were listed, and which of them are shown in what order.

    ``view`` of ``None`` shows all in the order of the listing; nothing is copied then, and a page
    costs the same at a million rows as at none.
    """

    items: list[Any] = field(default_factory=list)
    view: "array[int] | None" = None
    #: Keys ascend, as S3 lists them; directory buckets and some servers do not.
    is_ordered: bool = True
    _last_key: str = ""

    @property
    def shown(self) -> int:
        """Rows in the view."""
        return len(self.items) if self.view is None else len(self.view)

    def source(self, at: int) -> int:
        """The index among the items of a row in the view."""
        return at if self.view is None else self.view[at]

    def at(self, at: int) -> Any:
        """The item of a row in the view."""
        return self.items[self.source(at)]

    def find(self, key: str, key_of: Callable[[Any], str]) -> tuple[int, bool]:
        """Where ``key`` stands or belongs, and whether it is there."""
        if not self.is_ordered:
            for i, item in enumerate(self.items):
                if key_of(item) == key:
                    return i, True
            return len(self.items), False
        at = bisect_left(self.items, key, key=key_of)
        return at, at < len(self.items) and key_of(self.items[at]) == key

    def extend(self, items: Sequence[Any], shown: Sequence[int], keys: Sequence[str]) -> None:
        """Adds a page's rows; ``shown`` are the indices that the view takes."""
        if keys:
            steps = pairwise((self._last_key, *keys))
            self.is_ordered = self.is_ordered and all(one < after for one, after in steps)
            self._last_key = keys[-1]
        self.items.extend(items)
        if self.view is not None:
            self.view.extend(shown)

    def insert(self, at: int, item: Any) -> None:
        """Adds one row; a view does not show it until it is worked out again."""
        self.items.insert(at, item)
        if self.view is not None:
            self.view = array("i", (i + 1 if i >= at else i for i in self.view))

    def places(self, keys: Iterable[str], key_of: Callable[[Any], str]) -> list[int]:
        """The indices among the items of those keys that are there, ascending."""
        found = (self.find(key, key_of) for key in keys)
        return sorted({at for at, is_there in found if is_there})

    def shown_spans(self, places: Sequence[int]) -> list[range]:
        """The rows of the view that show them, the last first."""
        if self.view is None:
            return ranges_of_rows(places)[::-1]
        wanted = frozenset(places)
        return ranges_of_rows(row for row, at in enumerate(self.view) if at in wanted)[::-1]

    def hide(self, span: range) -> None:
        """Takes rows out of the view, and without one out of the items."""
        del (self.items if self.view is None else self.view)[span.start : span.stop]

    def drop(self, places: Sequence[int]) -> None:
        """Takes items out that no row shows any more."""
        if self.view is None:
            return
        for at in reversed(places):
            del self.items[at]
        self.view = array("i", (i - bisect_left(places, i) for i in self.view))


def object_key(entry: ObjectEntry) -> str:
    """The key an object is found by."""
    return entry.key


def folder_key(prefix: str) -> str:
    """The key a folder is found by: its prefix."""
    return prefix


def arrange_steps(
    rows: Rows, location: Location, needle: str, order: Order | None, *, folders: bool
) -> Generator[None, None, "array[int] | None"]:
    """Works a view out in short steps; rows that arrive meanwhile stand at its end."""
    if not needle and order is None:
        return None
    items, known, cut = rows.items, len(rows.items), len(location.key)

    def name(i: int) -> str:
        item = items[i]
        key: str = item if isinstance(item, str) else item.key
        return key[cut:]

    found: Sequence[int] = range(known)
    if needle:
        found = yield from filter_steps(name, known, needle)
    column, reverse = order or (Column.NAME, False)
    sort_key = None if folders else SORT_KEY.get(column)
    if sort_key is not None:
        key = sort_key  # bound for the closure: mypy forgets a narrowed name inside it
        view = yield from sort_steps(found, lambda i: key(items[i]), reverse=reverse)
    else:
        backwards = reverse and column is Column.NAME
        view = array("i", reversed(found) if backwards else found)
    folded = needle.casefold()
    view.extend(i for i in range(known, len(items)) if folded in name(i).casefold())
    return view
