"""Where the cells of a part map lie: a cell a part while there is room, else a few parts a cell."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QRect

#: A cell narrower than this has no room for a gap: then cells stand without one.
_LEAST_CELL = 3
#: A row of cells is at least this high when a map is broken into several.
_LEAST_ROW = 5
#: Without gaps a cell is so wide, so that a single failed part can be seen.
_LEAST_BARE = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """``columns`` times ``rows`` cells for ``count`` parts, row by row, in pixels."""

    count: int
    width: int
    height: int
    columns: int
    rows: int
    #: Cells have no gap to the next, and stand for several parts where there are more of those.
    is_blended: bool = False

    @property
    def cells(self) -> int:
        """Cells that stand for something."""
        return min(self.count, self.columns * self.rows)

    def scaled(self, width: int, height: int) -> "Grid":
        """The same cells in other pixels: those of the device."""
        return Grid(self.count, width, height, self.columns, self.rows, self.is_blended)

    def across(self, column: int) -> range:
        """Pixels from left to right of a column, with the gap to the next."""
        return _span(column, self.columns, self.width)

    def down(self, row: int) -> range:
        """Pixels from top to bottom of a row, with the gap to the next."""
        return _span(row, self.rows, self.height)

    def rect(self, cell: int, gap: int) -> QRect:
        """The pixels of a cell, without the gap to the next."""
        row, column = divmod(cell, self.columns)
        across, down = self.across(column), self.down(row)
        width = len(across) if self.is_blended else less(len(across), gap)
        return QRect(across.start, down.start, width, less(len(down), gap))

    def cell_of(self, index: int) -> int:
        """The cell of the part with this index, from 0."""
        cells = self.columns * self.rows
        return index if self.count <= cells else _place(index, cells, self.count)

    def parts_of(self, cell: int) -> range:
        """The indexes of the parts that a cell stands for."""
        cells = self.columns * self.rows
        if self.count <= cells:
            return range(cell, min(cell + 1, self.count))
        return _span(cell, cells, self.count)

    def parts_at(self, x: int, y: int) -> range:
        """The indexes (from 0) of the parts of the cell there; empty beside them all."""
        if not (0 <= x < self.width and 0 <= y < self.height and self.count):
            return range(0)
        row = _place(y, self.rows, self.height)
        return self.parts_of(row * self.columns + _place(x, self.columns, self.width))


def less(length: int, gap: int) -> int:
    """A length without a gap; something is always left."""
    return max(length - gap, 1)


def _span(place: int, places: int, length: int) -> range:
    return range(place * length // places, (place + 1) * length // places)


def _place(at: int, places: int, length: int) -> int:
    """Whose ``_span`` holds ``at``; ``places`` are not more than ``length``."""
    return ((at + 1) * places - 1) // length


def grid_of(count: int, width: int, height: int) -> Grid:
    """One row of cells where they fit, several where the height allows, else one row, blended."""
    width, height = max(width, 1), max(height, 1)
    for rows in range(1, max(height // _LEAST_ROW, 1) + 1):
        columns = max(math.ceil(count / rows), 1)
        if columns * _LEAST_CELL <= width:
            return Grid(count, width, height, columns, rows)
    columns = max(min(count, width // _LEAST_BARE), 1)
    return Grid(count, width, height, columns, 1, is_blended=True)


def height_for(count: int, width: int, least: int, most: int) -> int:
    """The height, from ``least`` to ``most``, at which every part has a cell; else ``least``."""
    across = max(width // _LEAST_CELL, 1)
    wanted = math.ceil(count / across) * _LEAST_ROW
    return least if wanted > most else max(wanted, least)
