"""What the looks of parts mean is seen whole, in any language and at any width."""

import pytest
from PySide6.QtWidgets import QApplication
from ui.transfers.fake_queue import make
from ui.transfers.panes import Make, choose

from s3gui import languages
from s3gui.domain import text as texts
from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import State
from s3gui.ui.delegates.part_looks import Look
from s3gui.ui.theme import SPACE
from s3gui.ui.widgets.part_legend import PartLegend
from s3gui.ui.widgets.transfers_pane import TransfersPane


def legend_in(pane: TransfersPane) -> PartLegend:
    QApplication.sendPostedEvents()
    (legend,) = [one for one in pane.parts.findChildren(PartLegend) if one.isVisible()]
    return legend


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [1400, 1000, 640, 420])
def test_the_legend_of_ten_thousand_parts_is_seen_whole(
    make_pane: Make, language: str, width: int, request: pytest.FixtureRequest
) -> None:
    before = texts._catalogue
    languages.install(language)
    request.addfinalizer(lambda: texts.install(before))
    name = "a name that is as long as names are.mov"
    _queue, pane = make_pane(make(1, name, parts=10_000, state=State.RUNNING))
    pane.resize(width, 420)
    choose(pane, 1)
    pane.parts.refresh(Rate(96_000_000, 245))
    legend = legend_in(pane)
    assert legend.height() >= legend.heightForWidth(legend.width())
    places = legend._places(legend.width())
    ends = [x + legend._advance(legend.word(look)) - 2 * SPACE for look, x, _line in places]
    assert max(ends) <= legend.width()
    assert [look for look, _x, _line in places] == list(Look)
    pane.grab()


def test_it_is_in_the_line_while_there_is_room_and_does_not_jump(make_pane: Make) -> None:
    _queue, pane = make_pane(make(1, parts=10_000, state=State.RUNNING))
    choose(pane, 1)
    pane.resize(1400, 420)
    parts = pane.parts
    assert legend_in(pane) is parts._legend
    wanted = (parts._name, parts._totals, parts._legend)
    least = sum(one.sizeHint().width() for one in wanted) + 90
    parts.setFixedWidth(least)
    assert legend_in(pane) is parts._legend
    parts.setFixedWidth(least - 1)
    assert legend_in(pane) is parts._legend_below
    parts.setFixedWidth(least)
    assert legend_in(pane) is parts._legend_below
    parts.setFixedWidth(least + 80)
    assert legend_in(pane) is parts._legend


def test_where_one_line_is_too_short_it_has_more(qapp: QApplication) -> None:
    legend = PartLegend()
    assert legend.heightForWidth(4000) == legend.sizeHint().height()
    assert legend.heightForWidth(200) > legend.sizeHint().height()
    assert {line for _look, _x, line in legend._places(10)} == set(range(len(Look)))
