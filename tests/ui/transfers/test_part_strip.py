"""The part map as mouse, keyboard and screen reader meet it."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from ui.transfers.fake_queue import finish, fly, make
from ui.transfers.panes import Make, choose

from s3gui.domain.transfer import Direction, PartState, State, Transfer
from s3gui.ui.delegates.part_grid import grid_of
from s3gui.ui.delegates.part_looks import Look
from s3gui.ui.widgets.part_legend import PartLegend
from s3gui.ui.widgets.part_map_strip import PartMapStrip

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
WIDTH = 804


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tooltips."""
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _where, text, *_more: said.append(text))
    return said


@pytest.fixture
def make_strip(qapp: QApplication) -> Iterator[Callable[[Transfer], PartMapStrip]]:
    made: list[PartMapStrip] = []

    def make_one(transfer: Transfer) -> PartMapStrip:
        strip = PartMapStrip()
        strip.resize(WIDTH, 24)
        strip.show()
        strip.show_transfer(transfer)
        strip.activateWindow()
        strip.setFocus()
        QTest.qWait(0)
        made.append(strip)
        return strip

    yield make_one
    for strip in made:
        strip.close()
        strip.deleteLater()


def broken(parts: int = 40, state: State = State.FAILED) -> Transfer:
    """Half done; part 21 failed, part 30 too, part 35 waits to be tried again."""
    transfer = make(1, parts=parts, state=state)
    finish(transfer, range(1, parts // 2))
    for number in (21, 30):
        fly(transfer, number, 0)
        transfer.part_back(number, PartState.FAILED, "Connection reset")
    fly(transfer, 35, 0)
    transfer.part_back(35, PartState.WAITING, "Slow down")
    return transfer


def place_of(strip: PartMapStrip, number: int) -> QPoint:
    count = len(strip._transfer.parts) if strip._transfer else 0
    inner = strip.rect().adjusted(2, 2, -2, -2)
    grid = grid_of(count, inner.width(), inner.height())
    rect: QRect = grid.rect(grid.cell_of(number - 1), 1)
    return rect.center() + inner.topLeft()


def wanted(strip: PartMapStrip) -> tuple[list[int], list[int]]:
    retried: list[int] = []
    shown: list[int] = []
    strip.retry_wanted.connect(retried.append)
    strip.part_clicked.connect(shown.append)
    return retried, shown


def test_a_click_tries_a_failed_part_again_and_shows_any_other(
    make_strip: Callable[[Transfer], PartMapStrip],
) -> None:
    strip = make_strip(broken())
    retried, shown = wanted(strip)
    for number in (5, 21, 25, 30):
        QTest.mouseClick(strip, LEFT, pos=place_of(strip, number))
    assert (retried, shown) == ([21, 30], [5, 25])
    QTest.mouseClick(strip, Qt.MouseButton.RightButton, pos=place_of(strip, 21))
    assert retried == [21, 30]


@pytest.mark.parametrize(
    ("state", "number", "goes"),
    [
        (State.RUNNING, 35, True),
        (State.RUNNING, 21, False),
        (State.FAILED, 35, False),
        (State.PAUSED, 35, False),
        (State.PAUSED, 21, False),
        (State.CANCELLED, 21, False),
    ],
)
def test_only_what_can_be_tried_now_is(
    make_strip: Callable[[Transfer], PartMapStrip], state: State, number: int, goes: bool
) -> None:
    strip = make_strip(broken(state=state))
    retried, shown = wanted(strip)
    QTest.mouseClick(strip, LEFT, pos=place_of(strip, number))
    assert (retried, shown) == (([number], []) if goes else ([], [number]))


def test_a_cell_of_many_parts_tries_the_one_that_failed(
    make_strip: Callable[[Transfer], PartMapStrip],
) -> None:
    transfer = make(1, parts=10_000, size=10_000, state=State.FAILED)
    finish(transfer, range(1, 10_001))
    fly(transfer, 7_123, 0)
    transfer.part_back(7_123, PartState.FAILED, "Reset")
    strip = make_strip(transfer)
    retried, _shown = wanted(strip)
    QTest.mouseClick(strip, LEFT, pos=place_of(strip, 7_123))
    assert retried == [7_123]


def test_the_keyboard_goes_from_part_to_part_and_acts(
    make_strip: Callable[[Transfer], PartMapStrip], said: list[str]
) -> None:
    strip = make_strip(broken())
    retried, shown = wanted(strip)

    def at() -> int:
        return strip.current.part.number if strip.current else 0

    assert at() == 21, "it begins at what failed"
    QTest.keyClick(strip, Qt.Key.Key_Return)
    for key, place in (
        (Qt.Key.Key_Right, 22),
        (Qt.Key.Key_Left, 21),
        (Qt.Key.Key_PageDown, 25),
        (Qt.Key.Key_PageUp, 21),
        (Qt.Key.Key_End, 40),
        (Qt.Key.Key_Right, 40),
        (Qt.Key.Key_Home, 1),
        (Qt.Key.Key_Left, 1),
    ):
        QTest.keyClick(strip, key)
        assert at() == place
        assert f"Part {place} of 40" in said[-1]
    for key, place in (
        (Qt.Key.Key_Right, 21),
        (Qt.Key.Key_Right, 30),
        (Qt.Key.Key_Right, 35),
        (Qt.Key.Key_Right, 35),
        (Qt.Key.Key_Left, 30),
    ):
        QTest.keyClick(strip, key, CTRL)
        assert at() == place
    QTest.keyClick(strip, Qt.Key.Key_Space)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Enter)
    assert (retried, shown) == ([21, 30], [31])


def test_up_and_down_go_by_rows_of_cells(
    make_strip: Callable[[Transfer], PartMapStrip], said: list[str]
) -> None:
    transfer = make(1, parts=800, state=State.RUNNING)
    strip = make_strip(transfer)
    columns = grid_of(800, strip.width() - 4, strip.height() - 4).columns
    assert columns < 800
    QTest.keyClick(strip, Qt.Key.Key_Down)
    assert strip.current is transfer.parts[columns]
    QTest.keyClick(strip, Qt.Key.Key_Up)
    assert strip.current is transfer.parts[0]


def test_the_part_under_the_keyboard_is_read_out(
    make_strip: Callable[[Transfer], PartMapStrip], said: list[str]
) -> None:
    transfer = broken()
    strip = make_strip(transfer)
    assert strip.accessibleName() == (
        "Part map. Part 21, 1\u00a0MB, Failed: Connection reset, 0\u00a0%, attempt 1."
        " Press Enter to try it again now"
    )
    assert strip.accessibleDescription() == "19 of 40 parts stored"
    QTest.keyClick(strip, Qt.Key.Key_Home)
    assert "Part 1, 1\u00a0MB, Stored" in strip.accessibleName()
    transfer.part_back(1)
    strip.refresh()
    assert "Part 1, 1\u00a0MB, Waiting" in strip.accessibleName()


def test_a_frame_shows_where_the_keyboard_is(
    make_strip: Callable[[Transfer], PartMapStrip], said: list[str]
) -> None:
    strip = make_strip(broken())
    framed = strip.grab().toImage()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    moved = strip.grab().toImage()
    strip.clearFocus()
    bare = strip.grab().toImage()
    assert framed != moved != bare != framed


def test_the_pointer_tells_all_of_a_part_and_what_a_click_does(
    make_strip: Callable[[Transfer], PartMapStrip],
) -> None:
    strip = make_strip(broken())
    text = strip._details(range(20, 21))
    assert (
        text.splitlines()
        == [
            "Part 21 of 40",
            "Failed: Connection reset, 0\u00a0%",
            "Size: 1\u00a0MB (1,048,576 bytes)",
            "Bytes: 20,971,520 to 22,020,095",
            "Attempt: 1",
            "Click to try it again now",
        ]
        or "Click to try it again now" in text
    )
    QTest.mouseMove(strip, place_of(strip, 21))
    assert "Click" not in strip._details(range(1))


def test_another_transfer_is_another_map(make_strip: Callable[[Transfer], PartMapStrip]) -> None:
    strip = make_strip(broken())
    strip.show_transfer(make(2))
    assert strip.current is None
    assert strip.accessibleName() == "Part map"
    retried, shown = wanted(strip)
    QTest.keyClick(strip, Qt.Key.Key_Return)
    QTest.mouseClick(strip, LEFT, pos=QPoint(50, 10))
    strip.show_transfer(None)
    QTest.mouseClick(strip, LEFT, pos=QPoint(50, 10))
    assert retried == shown == []


def test_the_map_grows_where_that_gives_every_part_a_cell(
    make_strip: Callable[[Transfer], PartMapStrip],
) -> None:
    strip = make_strip(make(1, parts=10_000, state=State.RUNNING))
    assert strip.height() == 24
    strip.set_most_height(250)
    assert 150 < strip.height() <= 254
    strip.show_transfer(make(2, parts=4))
    assert strip.height() == 24


def test_the_legend_has_a_word_for_every_look_in_both_directions(qapp: QApplication) -> None:
    legend = PartLegend()
    up = [legend.word(look) for look in Look]
    assert up == ["Waiting", "Reading", "Sending", "Sent", "Stored", "Failed", "Tried again"]
    legend.set_direction(Direction.DOWNLOAD)
    down = [legend.word(look) for look in Look]
    assert len(set(down)) == len(Look)
    assert "Receiving" in down


def test_the_queue_is_asked_from_the_map_and_from_the_bars(make_pane: Make) -> None:
    queue, pane = make_pane(broken())
    choose(pane, 1)
    pane.parts._map.retry_wanted.emit(21)
    grid = pane.parts.grid
    grid.setCurrentIndex(pane.parts.model.index_of(30))
    QTest.keyClick(grid, Qt.Key.Key_Return)
    grid.setCurrentIndex(pane.parts.model.index_of(3))
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert queue.asked == [("retry_part", 1, 21), ("retry_part", 1, 30)]
