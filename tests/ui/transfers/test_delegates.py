"""Bars and part maps, painted into an image and looked at pixel by pixel."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView, QToolTip
from ui.transfers.fake_queue import FakeQueue, finish, fly, make

from s3gui.domain.transfer import PartState, State, Transfer
from s3gui.ui.delegates.colors import ink_on, shades_for
from s3gui.ui.delegates.painting import paint_bar
from s3gui.ui.delegates.part_bar import PartBarDelegate
from s3gui.ui.delegates.part_map import PartMapDelegate, map_rect
from s3gui.ui.delegates.progress import ProgressDelegate
from s3gui.ui.models.parts import PartsModel
from s3gui.ui.models.transfer_columns import Column
from s3gui.ui.models.transfers import TransfersModel
from s3gui.ui.theme import palette

Make = Callable[..., tuple[FakeQueue, TransfersModel]]
THEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
WIDTH, HEIGHT = 200, 28


def close(color: QColor, wanted: QColor, by: int = 12) -> bool:
    pairs = zip(color.getRgb()[:3], wanted.getRgb()[:3], strict=True)
    return all(abs(one - other) <= by for one, other in pairs)


def painted(delegate: QStyledItemDelegate, index: Any, *, dark: bool = False) -> QImage:
    look = palette(dark=dark)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(look.base().color())
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, WIDTH, HEIGHT)
    option.palette = look
    painter = QPainter(image)
    delegate.paint(painter, option, index)
    painter.end()
    return image


def contrast(one: QColor, other: QColor) -> float:
    def luminance(color: QColor) -> float:
        linear = [
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in (color.redF(), color.greenF(), color.blueF())
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@THEMES
def test_text_on_every_bar_is_readable(*, dark: bool) -> None:
    shades = shades_for(palette(dark=dark))
    for color in [*shades.bars.values(), *shades.parts.values()]:
        assert contrast(ink_on(color), color) >= 4.5


@THEMES
def test_the_states_of_parts_are_told_apart_by_colour(*, dark: bool) -> None:
    shades = shades_for(palette(dark=dark))
    cells = [*shades.cells.values(), shades.again]
    for place, one in enumerate(cells):
        for other in cells[place + 1 :]:
            far = sum(abs(a - b) for a, b in zip(one.getRgb(), other.getRgb(), strict=True))
            assert far > 80


@pytest.mark.parametrize("state", State)
@THEMES
def test_the_bar_is_filled_as_far_as_the_transfer_is(
    make_model: Make, state: State, *, dark: bool
) -> None:
    transfer = make(1, parts=10, state=State.RUNNING)
    finish(transfer, range(1, 6))
    transfer.state = state
    _queue, model = make_model(transfer)
    image = painted(ProgressDelegate(), model.index(0, Column.PROGRESS), dark=dark)
    wanted = shades_for(palette(dark=dark)).bars[state]
    share = 1.0 if state is State.COMPLETED else 0.5
    end = 6 + (WIDTH - 12) * share
    assert close(image.pixelColor(12, 8), wanted)
    assert close(image.pixelColor(int(end) - 12, 8), wanted)
    if share < 1:
        assert not close(image.pixelColor(int(end) + 4, 8), wanted)


def test_the_percentage_stands_in_the_bar_in_two_inks() -> None:
    image = QImage(200, 24, QImage.Format.Format_ARGB32_Premultiplied)
    look = palette(dark=False)
    blue, track = QColor("#2a66de"), QColor("#e0e0e0")
    text = ((Qt.AlignmentFlag.AlignHCenter, "MMMMMMMM"),)
    painter = QPainter(image)
    paint_bar(painter, QRectF(0, 0, 200, 24), 0.5, blue, track, text, look)
    painter.end()
    left = {image.pixelColor(x, y).name() for x in range(60, 99) for y in range(24)}
    right = {image.pixelColor(x, y).name() for x in range(101, 140) for y in range(24)}
    assert "#ffffff" in left
    assert look.text().color().name() in right
    assert "#ffffff" not in right
    assert look.text().color().name() not in left


@pytest.mark.parametrize("fraction", [-1.0, 0.0, 0.001, 0.999, 1.0, 7.0])
def test_a_bar_of_any_fraction_stays_in_its_place(fraction: float) -> None:
    image = QImage(120, 40, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    color = QColor("#2a66de")
    paint_bar(painter, QRectF(20, 10, 80, 20), fraction, color, color, (), palette(dark=False))
    painter.end()
    for place in ((10, 20), (110, 20), (60, 5), (60, 35)):
        assert image.pixelColor(*place).alpha() == 0


def test_the_pointer_on_the_map_tells_about_the_part(
    make_model: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _where, text, _view: said.append(text))
    transfer = make(1, parts=4, state=State.RUNNING)
    _queue, model = make_model(transfer)
    option = QStyleOptionViewItem()
    option.rect = QRect(300, 50, WIDTH, HEIGHT)
    cell = map_rect(option.rect)
    place = QPoint(cell.x() + cell.width() * 5 // 8, cell.center().y())
    event = QHelpEvent(QEvent.Type.ToolTip, place, place)
    view = QTableView()
    index = model.index(0, Column.MAP)
    assert PartMapDelegate().helpEvent(event, view, option, index)
    assert "Part 3 of 4" in said[0]


@pytest.mark.parametrize(
    ("state", "share"),
    [
        (PartState.WAITING, 0.0),
        (PartState.SENDING, 0.5),
        (PartState.SENT, 1.0),
        (PartState.DONE, 1.0),
        (PartState.FAILED, 1.0),
    ],
)
@THEMES
def test_the_bar_of_a_part_shows_its_state_and_how_much_is_out(
    qapp: Any, state: PartState, share: float, *, dark: bool
) -> None:
    transfer = make(1, parts=3, state=State.RUNNING)
    _put(transfer, state, share)
    model = PartsModel()
    model.show(transfer)
    image = painted(PartBarDelegate(), model.index_of(2), dark=dark)
    wanted = shades_for(palette(dark=dark)).parts[state]
    filled = sum(close(image.pixelColor(x, 6), wanted, 3) for x in range(WIDTH))
    whole = sum(
        not close(image.pixelColor(x, 6), palette(dark=dark).base().color(), 3)
        for x in range(WIDTH)
    )
    assert filled == pytest.approx(whole * share, abs=4)


def _put(transfer: Transfer, state: PartState, share: float) -> None:
    if state is PartState.DONE:
        finish(transfer, [2])
    elif state in {PartState.WAITING, PartState.FAILED}:
        transfer.part_back(2, state)
    else:
        fly(transfer, 2, share, state)


def test_nothing_is_painted_behind_the_last_part(qapp: Any) -> None:
    model = PartsModel()
    model.set_columns(2)
    model.show(make(1, parts=3))
    image = painted(PartBarDelegate(), model.index(1, 1))
    colors = {image.pixelColor(x, y).name() for x in range(WIDTH) for y in range(HEIGHT)}
    assert colors == {"#ffffff"}
