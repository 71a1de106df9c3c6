"""Draws the parts of a transfer into an image, and mends it where parts changed.

An image that is new is drawn a line of pixels at a time, by C; one that is kept costs what the
parts cost that changed since, never a look at all of them.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPalette

from s3gui.domain.transfer import PartProgress, PartState, State, Transfer
from s3gui.ui.delegates.colors import is_dark
from s3gui.ui.delegates.part_grid import Grid, grid_of, less
from s3gui.ui.delegates.part_looks import (
    DONE,
    DONE_AGAIN,
    FAILED,
    NOTHING,
    WAITING,
    bands_of,
    blend,
    code_of,
    colors_for,
    tables_for,
)
from s3gui.ui.models.parts import was_tried

_STATE_OF = attrgetter("state")
#: By identity: a member of an enumeration is one object, and its own hash is four times as dear.
#: Those that fly, or were tried again, are looked at one by one.
_CODES_BY_ID = {id(state): WAITING for state in PartState} | {
    id(PartState.DONE): DONE,
    id(PartState.FAILED): FAILED,
}
#: From so many cells on it is cheaper to draw all of them.
_MOST_DIRTY = 200
#: Images of rows that are kept: more than are in sight.
_MOST_KEPT = 64


def codes_of(transfer: Transfer) -> bytearray:
    """One byte a part; all done for a completed transfer, loaded or not."""
    parts = transfer.parts
    if not parts:
        return bytearray([DONE]) * transfer.parts_done
    if transfer.state is State.COMPLETED:
        return bytearray(DONE_AGAIN if part.attempt > 1 else DONE for part in parts)
    # Ten thousand parts: no bytecode for each of them that is just done, or just waits.
    codes = bytearray(map(_CODES_BY_ID.__getitem__, map(id, map(_STATE_OF, parts))))
    for part in [part for part in parts if part.attempt > 1 or part.problem]:
        codes[part.part.number - 1] = code_of(part)
    for part in transfer.parts_flying:
        codes[part.part.number - 1] = code_of(part)
    return codes


@dataclass(frozen=True, slots=True)
class _Frame:
    """What an image was drawn for; for anything else it is drawn anew."""

    width: int
    height: int
    ratio: float
    dark: bool
    is_completed: bool
    count: int


class PartMap:
    """The image of one transfer's parts."""

    def __init__(self) -> None:
        self._frame: _Frame | None = None
        self._parts: list[PartProgress] | None = None
        self._grid = self._device = grid_of(0, 1, 1)
        self._image = QImage()
        #: Of the parts, and of the cells that stand for them.
        self._codes = bytearray()
        self._cells = bytearray()
        self._mark = 0
        self._flying: set[int] = set()
        self._line = 1
        #: How many cells the last ``image`` painted; for tests and for the bench.
        self.painted = 0

    def image(
        self, transfer: Transfer, width: int, height: int, palette: QPalette, ratio: float = 1.0
    ) -> QImage:
        """The map as the parts are now; valid until it is asked for again.

        Args:
            transfer: whose parts.
            width: of the map, in pixels of the window.
            height: the same.
            palette: whose theme; cells never take the colour of a selected row.
            ratio: pixels of the device per pixel of the window.
        """
        is_completed = transfer.state is State.COMPLETED
        count = len(transfer.parts) or transfer.parts_done
        frame = _Frame(width, height, ratio, is_dark(palette), is_completed, count)
        changed = transfer.part_log.since(self._mark)
        flying = {part.part.number for part in transfer.parts_flying}
        if frame != self._frame or transfer.parts is not self._parts or changed is None:
            self._begin(transfer, frame)
            self._draw(palette)
        else:
            self._mend(transfer, flying | self._flying | set(changed), palette)
        self._flying = flying
        self._mark = transfer.part_log.mark
        return self._image

    def _begin(self, transfer: Transfer, frame: _Frame) -> None:
        self._frame, self._parts = frame, transfer.parts
        self._codes = codes_of(transfer)
        self._grid = grid_of(frame.count, frame.width, frame.height)
        self._line = max(1, round(frame.ratio))
        self._device = self._grid.scaled(
            max(1, round(frame.width * frame.ratio)), max(1, round(frame.height * frame.ratio))
        )
        if self._grid.count > self._grid.cells:
            cells = map(self._grid.parts_of, range(self._grid.cells))
            self._cells = bytearray(blend(self._codes[one.start : one.stop]) for one in cells)
        else:
            # Before there is a plan: all of it waits.
            self._cells = bytearray(self._codes or [WAITING])

    def _mend(self, transfer: Transfer, numbers: Collection[int], palette: QPalette) -> None:
        cells = set()
        is_completed = transfer.state is State.COMPLETED
        for number in numbers:
            part = transfer.parts[number - 1]
            done = DONE_AGAIN if was_tried(part) else DONE
            code = done if is_completed else code_of(part)
            if self._codes[number - 1] != code:
                self._codes[number - 1] = code
                cells.add(self._grid.cell_of(number - 1))
        dirty = []
        for cell in cells:
            span = self._grid.parts_of(cell)
            code = blend(self._codes[span.start : span.stop])
            if self._cells[cell] != code:
                self._cells[cell] = code
                dirty.append(cell)
        if len(dirty) > _MOST_DIRTY:
            self._draw(palette)
        else:
            self._paint(dirty, palette)

    def _paint(self, dirty: Collection[int], palette: QPalette) -> None:
        self.painted = len(dirty)
        if not dirty:
            return
        colors = colors_for(palette)
        ratio = self._image.devicePixelRatio()
        self._image.setDevicePixelRatio(1)  # painted in pixels of the device
        painter = QPainter(self._image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for cell in dirty:
            rect = self._device.rect(cell, self._line)
            y = rect.y()
            for ink, height in bands_of(self._cells[cell], rect.height(), self._line):
                painter.fillRect(rect.x(), y, rect.width(), height, colors[ink])
                y += height
        painter.end()
        self._image.setDevicePixelRatio(ratio)

    def _draw(self, palette: QPalette) -> None:
        grid, line = self._device, self._line
        self.painted = self._grid.cells
        pixels = bytearray()
        place = _places(grid, line)
        behind = bytes([NOTHING]) * (grid.columns + 1)
        for row in range(grid.rows):
            codes = self._cells[row * grid.columns : (row + 1) * grid.columns]
            codes += behind[len(codes) :]
            across = bytes(place(codes)) if grid.width > 1 else bytes(codes[:1])
            down = len(grid.down(row))
            inside = less(down, line)
            for table in tables_for(inside, line):
                pixels += across.translate(table)
            pixels += bytes((down - inside) * grid.width)
        flat = QImage(
            bytes(pixels), grid.width, grid.height, grid.width, QImage.Format.Format_Indexed8
        )
        flat.setColorTable([color.rgba() for color in colors_for(palette)])
        self._image = flat.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self._image.setDevicePixelRatio(self._frame.ratio if self._frame is not None else 1.0)


def _places(grid: Grid, gap: int) -> "itemgetter[tuple[int, ...]]":
    """Takes from the codes of a row one for each pixel across; the last for what is between."""
    places: list[int] = []
    for column in range(grid.columns):
        width = len(grid.across(column))
        inside = width if grid.is_blended else less(width, gap)
        places += [column] * inside + [grid.columns] * (width - inside)
    return itemgetter(*places)


def part_map(
    transfer: Transfer, width: int, height: int, palette: QPalette, ratio: float = 1.0
) -> QImage:
    """The map of a transfer's parts, drawn anew; arguments as those of ``PartMap.image``."""
    return PartMap().image(transfer, width, height, palette, ratio)


class PartMaps:
    """The images of the rows in sight, by transfer."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, PartMap] = OrderedDict()

    def of(self, transfer: Transfer) -> PartMap:
        """The map of a transfer, kept since it was last in sight."""
        found = self._kept.pop(transfer.id, None) or PartMap()
        self._kept[transfer.id] = found
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found


def look_image(code: int, size: int, palette: QPalette, ratio: float) -> QImage:
    """A single cell, for the legend: a square of ``size`` pixels of the window."""
    side = max(1, round(size * ratio))
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    colors, painter, y = colors_for(palette), QPainter(image), 0
    for ink, height in bands_of(code, side, max(1, round(ratio))):
        painter.fillRect(0, y, side, height, colors[ink])
        y += height
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
