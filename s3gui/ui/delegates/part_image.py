"""Draws thousands of parts into one image: a cell a part while there is room, blended beyond.

The parts come as one byte each (a code, its place in ``PART_STATES``), so that Qt does the work
that grows with their number.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette

from s3gui.domain.transfer import PartProgress, PartState, State, Transfer
from s3gui.ui.delegates.colors import PART_STATES, shades_for
from s3gui.ui.models.transfer_words import part_fraction

_CODES = {state: code for code, state in enumerate(PART_STATES)}
#: A member of an enumeration is one object, and its own hash is four times as dear.
_STATE_OF = attrgetter("state")
_CODES_BY_ID = {id(state): code for state, code in _CODES.items()}
_DONE, _FAILED, _SENDING = (
    _CODES[PartState.DONE],
    _CODES[PartState.FAILED],
    _CODES[PartState.SENDING],
)
#: A cell narrower than this has no room for a gap: parts are blended then. Pixels of the window.
_LEAST_CELL = 3
#: A row of cells is at least this high when a map is broken into several.
_LEAST_ROW = 5
#: What stands out of a blended map is drawn at least this wide.
_MARK = 2
#: From this cell width a failed part carries a notch, so that it is told without its colour.
_NOTCH_FROM = 5
#: Opacity of what is still to be sent of a part on its way.
_PALE = 0.4


@dataclass(frozen=True, slots=True)
class Grid:
    """Where ``count`` cells lie in ``width`` by ``height`` pixels, row by row."""

    count: int
    width: int
    height: int
    columns: int
    rows: int

    @property
    def is_blended(self) -> bool:
        """Several parts share a pixel, or cells have no gap."""
        return self.width < self.columns * _LEAST_CELL

    def cell(self, index: int, gap: int) -> QRect:
        """The pixels of one cell, without the gap to the next."""
        row, column = divmod(index, self.columns)
        left, right = self._edges(column, self.columns, self.width)
        top, bottom = self._edges(row, self.rows, self.height)
        return QRect(left, top, _less(right - left, gap), _less(bottom - top, gap))

    def cells(self, gap: int) -> Iterator[QRect]:
        """All cells in their order, row by row."""
        across = [self._edges(column, self.columns, self.width) for column in range(self.columns)]
        spans = [(left, _less(right - left, gap)) for left, right in across]
        left_over = self.count
        for row in range(self.rows):
            top, bottom = self._edges(row, self.rows, self.height)
            height = _less(bottom - top, gap)
            for left, width in spans[:left_over]:
                yield QRect(left, top, width, height)
            left_over -= self.columns

    @staticmethod
    def _edges(place: int, places: int, length: int) -> tuple[int, int]:
        return place * length // places, (place + 1) * length // places

    def parts_at(self, x: int, y: int) -> range:
        """The indexes (from 0) of the parts that share the pixel there; empty beside them all."""
        if not (0 <= x < self.width and 0 <= y < self.height and self.count):
            return range(0)
        row = min(y * self.rows // self.height, self.rows - 1)
        first = row * self.columns + x * self.columns // self.width
        last = row * self.columns + max(math.ceil((x + 1) * self.columns / self.width) - 1, 0)
        return range(min(first, self.count), min(last + 1, self.count))


def _less(length: int, gap: int) -> int:
    return max(length - gap, 1)


def grid_of(count: int, width: int, height: int) -> Grid:
    """One row of cells where they fit, several where the height allows, else one row, blended."""
    for rows in range(1, max(height // _LEAST_ROW, 1) + 1):
        columns = max(math.ceil(count / rows), 1)
        if columns * _LEAST_CELL <= width:
            return Grid(count, width, height, columns, rows)
    return Grid(count, width, height, max(count, 1), 1)


def codes_of(transfer: Transfer) -> bytes:
    """One byte a part; all done for a completed transfer, loaded or not."""
    if transfer.parts and transfer.state is not State.COMPLETED:
        # Ten thousand parts, five times a second: no bytecode for each of them.
        return bytes(map(_CODES_BY_ID.__getitem__, map(id, map(_STATE_OF, transfer.parts))))
    return bytes([_DONE]) * transfer.parts_done


def part_map(
    transfer: Transfer, width: int, height: int, palette: QPalette, ratio: float = 1.0
) -> QImage:
    """The map of a transfer's parts.

    Args:
        transfer: whose parts.
        width: of the map, in pixels of the window.
        height: the same.
        palette: whose theme; cells never take the colour of a selected row.
        ratio: pixels of the device per pixel of the window.
    """
    codes = codes_of(transfer)
    grid = grid_of(len(codes), width, height)
    image = QImage(
        max(1, round(width * ratio)),
        max(1, round(height * ratio)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    scaled = Grid(grid.count, image.width(), image.height(), grid.columns, grid.rows)
    shades = shades_for(palette)
    colors = [shades.cells[state] for state in PART_STATES]
    painter = QPainter(image)
    if not codes:
        painter.fillRect(image.rect(), colors[0])
    elif grid.is_blended:
        _paint_blended(painter, scaled, codes, colors, round(_MARK * ratio))
    else:
        _paint_cells(painter, scaled, codes, colors, max(1, round(ratio)))
        _fill_flying(painter, scaled, transfer.parts_flying, colors, max(1, round(ratio)))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def _paint_cells(
    painter: QPainter, grid: Grid, codes: bytes, colors: Sequence[QColor], gap: int
) -> None:
    by_code: dict[int, list[QRect]] = {}
    for code, rect in zip(codes, grid.cells(gap), strict=True):
        by_code.setdefault(code, []).append(rect)
    painter.setPen(Qt.PenStyle.NoPen)
    for code, rects in by_code.items():
        painter.setBrush(colors[code])
        painter.drawRects(rects)
    for rect in by_code.get(_FAILED, ()):
        if rect.width() >= _NOTCH_FROM * gap:
            _notch(painter, rect, gap)


def _notch(painter: QPainter, rect: QRect, thickness: int) -> None:
    """A clear bar across the middle: a failed part looks broken."""
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.fillRect(
        rect.x(), rect.center().y() - thickness + 1, rect.width(), thickness * 2, QColor(0, 0, 0, 0)
    )
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _fill_flying(
    painter: QPainter,
    grid: Grid,
    flying: Iterable[PartProgress],
    colors: Sequence[QColor],
    gap: int,
) -> None:
    """Parts on the way fill from below: pale where the bytes are still here."""
    pale = QColor(colors[_SENDING])
    pale.setAlphaF(_PALE)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    for part in flying:
        if part.state is not PartState.SENDING:
            continue
        rect = grid.cell(part.part.number - 1, gap)
        gone = round(rect.height() * (1 - part_fraction(part)))
        painter.fillRect(rect.x(), rect.y(), rect.width(), gone, pale)


def _paint_blended(
    painter: QPainter, grid: Grid, codes: bytes, colors: Sequence[QColor], mark: int
) -> None:
    line = QImage(codes, len(codes), 1, len(codes), QImage.Format.Format_Indexed8)
    line.setColorTable([color.rgba() for color in colors])
    mode = Qt.TransformationMode
    strip = line.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied).scaled(
        grid.width,
        1,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        mode.SmoothTransformation if len(codes) > grid.width else mode.FastTransformation,
    )
    painter.drawImage(QRect(0, 0, grid.width, grid.height), strip)
    # One failed part among eighty would be averaged away; what is on the way would too.
    for code in (_CODES[PartState.HASHING], _CODES[PartState.SENT], _SENDING, _FAILED):
        index = codes.find(code)
        while index >= 0:
            x = index * grid.width // len(codes)
            painter.fillRect(min(x, grid.width - mark), 0, mark, grid.height, colors[code])
            index = codes.find(code, index + 1)
