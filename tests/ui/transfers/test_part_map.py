"""The part map, looked at pixel by pixel, and what it costs when parts change."""

import random
from collections.abc import Iterable

import pytest
from PySide6.QtGui import QColor, QImage
from ui.transfers.fake_queue import MIB, finish, fly, make

from s3gui.domain.parts import PartPlan
from s3gui.domain.transfer import PartState, State, Transfer
from s3gui.ui.delegates.colors import shades_for
from s3gui.ui.delegates.part_grid import grid_of, height_for
from s3gui.ui.delegates.part_image import PartMap, PartMaps, look_image, part_map
from s3gui.ui.delegates.part_looks import Look, profile
from s3gui.ui.theme import palette

THEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
RATIOS = pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
CELL, HEIGHT = 20, 20


def close(color: QColor, wanted: QColor, by: int = 12) -> bool:
    pairs = zip(color.getRgb(), wanted.getRgb(), strict=True)
    return all(abs(one - other) <= by for one, other in pairs)


def fail(transfer: Transfer, numbers: Iterable[int]) -> None:
    for number in numbers:
        transfer.part_back(number, PartState.FAILED, "Reset")


def all_looks() -> Transfer:
    """A part a look, in the order of ``Look``; the last waits to be tried again."""
    transfer = make(1, parts=8, state=State.RUNNING)
    fly(transfer, 2, 0, PartState.HASHING)
    fly(transfer, 3, 0.5, PartState.SENDING)
    fly(transfer, 4, 1, PartState.SENT)
    finish(transfer, [5])
    fail(transfer, [6])
    for _ in range(2):
        fly(transfer, 7, 0)
    finish(transfer, [7])
    fly(transfer, 8, 0)
    transfer.part_back(8, PartState.WAITING, "Reset")
    return transfer


def column(image: QImage, cell: int, ratio: float) -> list[QColor]:
    """The middle of a cell from top to bottom, without the gap below."""
    x = round((cell + 0.5) * CELL * ratio)
    return [image.pixelColor(x, y) for y in range(image.height() - max(1, round(ratio)))]


@THEMES
@RATIOS
def test_every_look_has_its_colour_and_its_shape(ratio: float, *, dark: bool) -> None:
    look = palette(dark=dark)
    image = part_map(all_looks(), 8 * CELL, HEIGHT, look, ratio)
    assert image.devicePixelRatio() == ratio
    shades = shades_for(look)
    cells, clear = shades.cells, QColor(0, 0, 0, 0)
    columns = [column(image, cell, ratio) for cell in range(8)]
    middles = [one[len(one) // 2] for one in columns]
    tops, feet = [one[1] for one in columns], [one[-1] for one in columns]
    waiting, hashing, sending, sent, done, failed, again, to_try = range(8)
    assert all(close(one, cells[PartState.WAITING]) for one in columns[waiting])
    assert close(middles[hashing], cells[PartState.HASHING])
    assert close(tops[hashing], cells[PartState.WAITING])
    assert close(feet[sending], cells[PartState.SENDING])
    assert 0 < tops[sending].alpha() < 255
    assert close(tops[sent], cells[PartState.SENT])
    assert close(feet[sent], cells[PartState.SENT])
    assert sum(close(one, clear) for one in columns[sent]) == max(1, round(ratio))
    assert all(close(one, cells[PartState.DONE]) for one in columns[done])
    assert close(tops[failed], cells[PartState.FAILED])
    assert close(middles[failed], clear)
    assert close(tops[again], shades.again)
    assert close(feet[again], cells[PartState.DONE])
    assert close(tops[to_try], shades.again)
    assert close(middles[to_try], clear)
    for cell in range(7):
        between = image.pixelColor(round((cell + 1) * CELL * ratio) - 1, 2)
        assert close(between, clear)


@pytest.mark.parametrize(
    ("height", "line"), [(n, line) for line in (1, 2) for n in range(5 * line - 1, 30)]
)
def test_no_two_looks_have_the_same_shape(height: int, line: int) -> None:
    """Without colours: which pixels are full, faint or clear."""
    tone = bytes.maketrans(bytes(range(9)), b"cfwwfwwwa")
    shapes = {profile(look.value, height, line).translate(tone) for look in Look}
    assert len(shapes) == len(Look)
    assert {len(shape) for shape in shapes} == {height}


def test_a_part_on_its_way_fills_from_below() -> None:
    transfer = make(1, parts=2, state=State.RUNNING)
    meter = fly(transfer, 1, 0)
    maps, fills = PartMap(), []
    for moved in range(0, MIB + 1, MIB // 4):
        meter.moved = moved
        image = maps.image(transfer, 100, 20, palette(dark=False))
        fills.append(sum(image.pixelColor(20, y).alpha() == 255 for y in range(20)))
    assert fills == sorted(set(fills))
    assert (fills[0], fills[-1]) == (0, 19)


@pytest.mark.parametrize("failed", [1, 5_000, 9_999, 10_000])
def test_one_failed_part_of_ten_thousand_is_seen(failed: int) -> None:
    transfer = make(1, parts=10_000, size=10_000, state=State.RUNNING)
    finish(transfer, range(1, 10_001))
    fail(transfer, [failed])
    look = palette(dark=False)
    image = part_map(transfer, 140, 12, look)
    wanted = shades_for(look).cells[PartState.FAILED]
    reds = [x for x in range(140) if close(image.pixelColor(x, 2), wanted)]
    assert len(reds) == 2
    assert abs(reds[0] - (failed - 1) * 140 // 10_000) <= 1


def test_a_blended_map_shows_how_far_it_is() -> None:
    transfer = make(1, parts=10_000, size=10_000, state=State.RUNNING)
    finish(transfer, range(1, 5_001))
    look = palette(dark=False)
    image = part_map(transfer, 200, 12, look)
    assert close(image.pixelColor(90, 6), shades_for(look).cells[PartState.DONE])
    assert image.pixelColor(110, 6).alpha() < 60


def test_a_cell_of_several_parts_is_filled_as_far_as_they_are_done() -> None:
    transfer = make(1, parts=1000, state=State.RUNNING)
    finish(transfer, range(1, 1001, 2))
    image = part_map(transfer, 20, 12, palette(dark=False))
    full = [image.pixelColor(10, y).alpha() == 255 for y in range(11)]
    assert full == sorted(full)
    assert sum(full) in {5, 6}


def test_a_completed_transfer_is_all_done_though_its_parts_are_not_loaded() -> None:
    look = palette(dark=False)
    transfer = make(1, size=100, state=State.COMPLETED, part_bytes=10)
    image = part_map(transfer, 100, 12, look)
    done = shades_for(look).cells[PartState.DONE]
    assert close(image.pixelColor(5, 5), done)
    assert close(image.pixelColor(95, 5), done)


def test_what_is_not_planned_yet_is_faint_all_over() -> None:
    image = part_map(make(1), 100, 12, palette(dark=False))
    assert len({image.pixel(x, y) for x in range(99) for y in range(11)}) == 1
    assert 0 < image.pixelColor(50, 5).alpha() < 60


@pytest.mark.parametrize("count", [0, 1, 2, 39, 40, 41, 300, 1250, 9_999, 10_000])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (140, 12), (1240, 20), (1240, 125)])
def test_every_pixel_of_a_map_leads_to_parts_and_every_part_to_a_pixel(
    count: int, width: int, height: int
) -> None:
    grid = grid_of(count, width, height)
    met: set[int] = set()
    for y in range(height):
        for x in range(width):
            parts = grid.parts_at(x, y)
            met.update(parts)
            assert not parts or grid.cell_of(parts.start) == grid.cell_of(parts.stop - 1)
    assert met == set(range(count))
    assert len(grid.parts_at(-1, 0)) == len(grid.parts_at(0, height)) == 0
    for cell in range(0, grid.cells, 7):
        center = grid.rect(cell, 1).center()
        assert grid.parts_at(center.x(), center.y()) == grid.parts_of(cell)


def test_ten_thousand_parts_have_a_cell_each_where_there_is_room() -> None:
    height = height_for(10_000, 1240, 20, 200)
    assert not grid_of(10_000, 1240, height).is_blended
    assert grid_of(10_000, 1240, 20).is_blended
    assert height_for(10_000, 1240, 20, 100) == 20 == height_for(10, 1240, 20, 200)


# What it costs.


@pytest.mark.parametrize(("width", "height"), [(138, 14), (1240, 20), (1240, 125)])
def test_only_the_cells_that_changed_are_painted_again(width: int, height: int) -> None:
    transfer = make(1, parts=10_000, state=State.RUNNING)
    finish(transfer, range(1, 5_001))
    flown = [fly(transfer, number, 0) for number in range(5_001, 5_033)]
    kept, look = PartMap(), palette(dark=False)

    def painted() -> int:
        kept.image(transfer, width, height, look)
        return kept.painted

    cells = grid_of(10_000, width, height).cells
    assert painted() == cells
    assert painted() == 0
    flown[0].moved = MIB // 2
    assert painted() == 1
    for number in range(5_001, 5_033):
        transfer.part_done(number, "e")
    assert 1 <= painted() <= 32
    fail(transfer, [9_000])
    assert painted() == 1
    kept.image(transfer, width, height, palette(dark=True))
    assert kept.painted == cells, "another theme is another image"


@RATIOS
@pytest.mark.parametrize(("count", "width"), [(40, 300), (40, 100), (700, 620), (9_999, 140)])
def test_a_mended_map_is_the_one_that_would_be_drawn_anew(
    count: int, width: int, ratio: float
) -> None:
    chance = random.Random(count)
    transfer = make(1, parts=count, state=State.RUNNING)
    kept, look = PartMap(), palette(dark=False)
    for _ in range(40):
        for _ in range(chance.randrange(12)):
            number = chance.randint(1, count)
            match chance.randrange(4):
                case 0:
                    states = (PartState.HASHING, PartState.SENDING, PartState.SENT)
                    fly(transfer, number, chance.random(), chance.choice(states))
                case 1:
                    finish(transfer, [number])
                case 2:
                    fail(transfer, [number])
                case _:
                    transfer.part_back(number, PartState.WAITING, chance.choice(["", "Reset"]))
        mended = kept.image(transfer, width, 20, look, ratio)
        assert mended == part_map(transfer, width, 20, look, ratio)


def test_another_plan_and_the_end_are_drawn_anew() -> None:
    transfer = make(1, parts=10, state=State.RUNNING)
    kept, look = PartMap(), palette(dark=False)
    kept.image(transfer, 100, 20, look)
    transfer.lay_out(PartPlan(10, 1))
    kept.image(transfer, 100, 20, look)
    assert kept.painted == 10
    transfer.state = State.COMPLETED
    kept.image(transfer, 100, 20, look)
    assert kept.painted == 10


def test_more_changes_than_are_remembered_are_not_missed() -> None:
    transfer = make(1, parts=6000, state=State.RUNNING)
    kept, look = PartMap(), palette(dark=False)
    kept.image(transfer, 1240, 125, look)
    finish(transfer, range(1, 6001))
    mended = kept.image(transfer, 1240, 125, look)
    assert mended == part_map(transfer, 1240, 125, look)


def test_so_many_images_are_kept_as_rows_are_in_sight() -> None:
    maps = PartMaps()
    first = maps.of(make(1))
    assert maps.of(make(1)) is first
    for number in range(2, 100):
        maps.of(make(number))
    assert maps.of(make(1)) is not first


@THEMES
def test_the_legend_shows_what_the_cells_show(*, dark: bool) -> None:
    images = [look_image(look.value, 10, palette(dark=dark), 2.0) for look in Look]
    assert {(one.width(), one.devicePixelRatio()) for one in images} == {(20, 2.0)}
    assert len({bytes(one.constBits()) for one in images}) == len(Look)
