"""Finding transfers: by words, by state, sorted; and what changes meanwhile."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from ui.transfers.fake_queue import FakeQueue, make
from ui.transfers.panes import Make as MakePane
from ui.transfers.panes import choose

from s3gui.domain.transfer import ErrorNote, State, Waiting
from s3gui.ui.models.transfer_cells import TRANSFER_ROLE
from s3gui.ui.models.transfer_columns import Column
from s3gui.ui.models.transfers import TransfersModel

Make = Callable[..., tuple[FakeQueue, TransfersModel]]
UNFINISHED = {State.QUEUED, State.RUNNING, State.PAUSED}


def ids(model: TransfersModel) -> list[int]:
    return [model.index(row, 0).data(TRANSFER_ROLE).id for row in range(model.rowCount())]


def settle(model: TransfersModel) -> None:
    """Shows what was asked for, and what changed."""
    while model.is_arranging:
        QTest.qWait(0)
    model.sample()
    while model.is_arranging:
        QTest.qWait(0)


NOTE = ErrorNote("Access denied")
ROWS = (
    make(1, "Отчёт 2026.pdf", batch="monday"),
    make(2, "dump.sql.zst", state=State.COMPLETED),
    make(3, "photo.JPG", state=State.FAILED, error=NOTE),
    make(4, "dump-old.sql", waiting=Waiting.NETWORK),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [1, 2, 3, 4]),
        ("   ", [1, 2, 3, 4]),
        ("DUMP", [2, 4]),
        ("отчёт", [1]),
        ("jpg", [3]),
        ("sql backups", [2, 4]),
        ("backups/photo", [3]),
        ("/home/me", [1, 2, 3, 4]),
        ("monday", [1]),
        ("access DENIED", [3]),
        ("dump network", [4]),
        ("stored", [2]),
        ("queued", [1]),
        ("nothing of the kind", []),
    ],
)
def test_every_word_has_to_be_in_a_row_somewhere(
    make_model: Make, text: str, found: list[int]
) -> None:
    _queue, model = make_model(*ROWS)
    model.look_for(text)
    settle(model)
    assert ids(model) == found


def test_states_and_words_are_looked_for_together(make_model: Make) -> None:
    _queue, model = make_model(*ROWS)
    model.look_for("", {State.COMPLETED, State.FAILED})
    settle(model)
    assert ids(model) == [2, 3]
    model.look_for("dump", {State.COMPLETED, State.FAILED})
    settle(model)
    assert ids(model) == [2]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (Column.NAME, [4, 2, 3, 1]),
        (Column.SIZE, [2, 4, 1, 3]),
        (Column.STATE, [1, 4, 2, 3]),
        (Column.SPEED, [1, 2, 3, 4]),
        (-1, [1, 2, 3, 4]),
    ],
)
def test_rows_are_sorted_by_a_column_and_equal_ones_stay_as_they_were(
    make_model: Make, column: int, order: list[int]
) -> None:
    _queue, model = make_model(*ROWS)
    for row, size in zip(ROWS, (3, 1, 4, 2), strict=True):
        row.size = size
    model.sort(column)
    settle(model)
    assert ids(model) == order
    model.sort(-1)
    settle(model)
    assert ids(model) == [1, 2, 3, 4]


def test_what_comes_changes_and_goes_is_shown_if_it_is_wanted(make_model: Make) -> None:
    queue, model = make_model(*(make(n, f"a-{n}") for n in range(1, 11)))
    model.look_for("", UNFINISHED)
    queue.add(make(11, "b", state=State.COMPLETED), make(12, "b"))
    settle(model)
    assert ids(model) == [*range(1, 11), 12]
    for number in (2, 3, 7):
        queue.rows[number - 1].move_to(State.CANCELLED)
    settle(model)
    assert ids(model) == [1, 4, 5, 6, 8, 9, 10, 12]
    queue.rows[2].move_to(State.QUEUED)
    settle(model)
    assert ids(model) == [1, 3, 4, 5, 6, 8, 9, 10, 12], "where it stood"
    queue.rows[0].move_to(State.FAILED)
    queue.remove([1, 4, 2])
    settle(model)
    assert ids(model) == [3, 5, 6, 8, 9, 10, 12]
    model.look_for("")
    settle(model)
    assert ids(model) == [one.id for one in queue.rows]


def test_moves_in_the_queue_are_followed_where_its_order_is_shown(make_model: Make) -> None:
    queue, model = make_model(*(make(n, f"a-{n % 2}") for n in range(1, 9)))
    model.look_for("a-1")
    settle(model)
    queue.move([7], -6)
    assert ids(model) == [7, 1, 3, 5]
    model.sort(Column.NAME)
    queue.move([7], 6)
    settle(model)
    assert set(ids(model)) == {1, 3, 5, 7}
    model.sort(-1)
    settle(model)
    assert ids(model) == [1, 3, 5, 7]


def happen(chance: random.Random, queue: FakeQueue, model: TransfersModel, number: int) -> None:
    """Something that a person or the queue does; ``number`` is free for new rows from there on."""
    match chance.randrange(5):
        case 0:
            words = chance.choice(["", "f-3", "queued", "f-1"])
            model.look_for(words, chance.choice([(), UNFINISHED, {State.CANCELLED}]))
        case 1:
            queue.add(*(make(number + n, f"f-{n % 7}") for n in range(5)))
        case 2:
            gone = [one.id for one in queue.rows if one.state is State.CANCELLED]
            queue.remove(chance.sample(gone, min(5, len(gone))))
        case 3:
            for one in chance.sample(queue.rows, 12):
                queued = one.state is State.QUEUED
                one.move_to(State.CANCELLED if queued else State.QUEUED)
        case _:
            queue.move([chance.choice(queue.rows).id], chance.randint(-9, 9) or 1)


def test_it_shows_what_it_would_if_it_were_asked_anew_whatever_happens(
    qtmodeltester: Any, make_model: Make
) -> None:
    chance = random.Random(4)
    queue, model = make_model(*(make(n, f"f-{n % 7}") for n in range(1, 40)))
    qtmodeltester.check(model)
    for turn in range(150):
        happen(chance, queue, model, 100 + turn * 10)
        if chance.random() < 0.3:
            settle(model)
            wanted = [one.id for one in queue.rows if model.search.shows(one)]
            assert ids(model) == wanted
            assert [model.row_of(one) for one in wanted] == list(range(len(wanted)))


def test_rows_that_come_while_a_search_goes_on_are_not_missed(make_model: Make) -> None:
    queue, model = make_model(*(make(n, f"f-{n % 2}") for n in range(60_000)))
    model.look_for("f-1")
    assert model.is_arranging, "it takes several turns of the loop"
    queue.add(make(70_000, "f-1"), make(70_001, "f-0"))
    queue.rows[1].move_to(State.CANCELLED)
    queue.remove([1])
    settle(model)
    wanted = [one.id for one in queue.rows if one.path.name == "f-1"]
    assert ids(model) == wanted
    assert wanted[-1] == 70_000


# In the pane.


def find(pane: Any, text: str) -> None:
    pane.findChild(QLineEdit, "transfersFilter").setText(text)
    settle(pane.model)


def test_the_selection_stays_with_its_rows(make_pane: MakePane) -> None:
    _queue, pane = make_pane(*(make(n, f"f-{n % 2}") for n in range(1, 9)))
    choose(pane, 1, 2, 3)
    find(pane, "f-1")
    assert [one.id for one in pane.table.chosen()] == [1, 3]
    header = pane.table.horizontalHeader()
    header.setSortIndicator(Column.NAME, Qt.SortOrder.DescendingOrder)
    assert sorted(one.id for one in pane.table.chosen()) == [1, 3]
    assert not pane.actions_.up.isEnabled(), "the order on show is not the queue's"
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    find(pane, "")
    assert pane.table.chosen_count() == 2


def test_a_column_that_has_no_order_gives_none(make_pane: MakePane) -> None:
    _queue, pane = make_pane(make(2), make(1))
    header = pane.table.horizontalHeader()
    header.setSortIndicator(Column.SPEED, Qt.SortOrder.AscendingOrder)
    assert header.sortIndicatorSection() == -1
    assert ids(pane.model) == [2, 1]


def test_nothing_found_says_so_and_offers_all(make_pane: MakePane) -> None:
    queue, pane = make_pane(make(1), make(2))
    find(pane, "nowhere")
    labels = [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]
    assert "No transfer is like that" in labels
    assert "2 are hidden by the search." in labels
    pane._empty.action_wanted.emit()
    settle(pane.model)
    assert ids(pane.model) == [1, 2]
    find(pane, "nowhere")
    queue.remove([1, 2])
    settle(pane.model)
    labels = [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]
    assert "Drop files here or on the table to upload" in labels


def test_the_states_are_chosen_in_a_menu(make_pane: MakePane) -> None:
    _queue, pane = make_pane(make(1), make(2, state=State.FAILED))
    names = [action.text() for action in pane.filter.actions_of_states()]
    assert names[0] == "All transfers"
    failed = pane.filter.actions_of_states()[names.index("Failed")]
    failed.trigger()
    settle(pane.model)
    assert ids(pane.model) == [2]
    assert pane.filter.choice.text() == "Failed"
    assert pane.filter.choice.accessibleName() == "Shown: Failed"
    assert set().union(*(_states(pane, name) for name in range(1, len(names)))) == set(State)


def _states(pane: Any, place: int) -> frozenset[State]:
    pane.filter.actions_of_states()[place].trigger()
    return frozenset(pane.filter.states)


def test_esc_clears_the_field_and_leaves_it(make_pane: MakePane) -> None:
    _queue, pane = make_pane(make(1))
    pane.filter.field.setFocus()
    find(pane, "file")
    QTest.keyClick(pane.filter.field, Qt.Key.Key_Escape)
    assert pane.filter.text == ""
    left: list[bool] = []
    pane.filter.left.connect(lambda: left.append(True))
    QTest.keyClick(pane.filter.field, Qt.Key.Key_Escape)
    assert left


def test_thousands_of_rows_are_all_selected_and_searched(make_pane: MakePane) -> None:
    _queue, pane = make_pane(*(make(n, f"f-{n}") for n in range(20_000)))
    pane.table.selectAll()
    find(pane, "f-99")
    assert pane.model.rowCount() == pane.table.chosen_count() == 111
    find(pane, "")
    assert (pane.model.rowCount(), pane.table.chosen_count()) == (20_000, 111)
