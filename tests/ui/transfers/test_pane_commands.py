"""Commands of the transfers pane: what is enabled, what the queue is asked for, keys."""

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolBar, QToolButton
from ui.transfers.fake_queue import make
from ui.transfers.panes import Make, at_work, choose, enabled
from ui.transfers.signals import opened, until

from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import State
from s3gui.ui.dialogs.abort import AbortDialog, Parts
from s3gui.ui.models import arranging


@pytest.mark.parametrize(
    ("state", "can"),
    [
        (State.QUEUED, {"pause", "abort", "pause_all"}),
        (State.RUNNING, {"pause", "abort", "pause_all"}),
        (State.FINISHING, set()),
        (State.COMPLETED, {"clear", "remove"}),
        (State.PAUSED, {"resume", "abort"}),
        (State.FAILED, {"abort", "retry"}),
        (State.CANCELLED, {"abort", "retry", "clear"}),
    ],
)
def test_commands_are_enabled_by_the_state_of_the_selection(
    make_pane: Make, state: State, can: set[str]
) -> None:
    _queue, pane = make_pane(at_work(1, state=state))
    choose(pane, 1)
    assert enabled(pane) == can


def test_without_a_selection_only_what_means_all_is_enabled(make_pane: Make) -> None:
    _queue, pane = make_pane(
        at_work(1), make(2, state=State.FAILED), make(3, state=State.COMPLETED)
    )
    assert enabled(pane) == {"retry", "clear", "pause_all"}


def test_a_state_that_changes_enables_other_commands(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    queue.pause([1])
    pane.model.sample()
    assert "resume" in enabled(pane)
    assert "pause" not in enabled(pane)


def test_what_stands_at_an_edge_cannot_go_further(make_pane: Make) -> None:
    queue, pane = make_pane(*(at_work(n, state=State.QUEUED) for n in (1, 2, 3)))
    does = pane.actions_

    def ways() -> tuple[bool, bool]:
        assert does.up.isEnabled() == does.top.isEnabled()
        assert does.down.isEnabled() == does.bottom.isEnabled()
        return does.up.isEnabled(), does.down.isEnabled()

    assert ways() == (False, False)
    for chosen, can in (
        ((1,), (False, True)),
        ((2,), (True, True)),
        ((3,), (True, False)),
        ((1, 2), (False, True)),
        ((1, 3), (True, True)),
        ((1, 2, 3), (False, False)),
    ):
        choose(pane, *chosen)
        assert ways() == can, chosen
    choose(pane, 2)
    queue.rows.append(queue.rows.pop(1))
    pane.model.reorder()
    assert ways() == (True, False)


def test_a_finishing_row_says_why_it_cannot_be_aborted(make_pane: Make) -> None:
    _queue, pane = make_pane(at_work(1, state=State.FINISHING))
    choose(pane, 1)
    assert "cannot be stopped any more" in pane.actions_.abort.toolTip()


def test_each_command_asks_the_queue_for_those_who_can_follow(make_pane: Make) -> None:
    queue, pane = make_pane(
        at_work(1), make(2, state=State.PAUSED), make(3, state=State.FAILED), make(4)
    )
    does = pane.actions_
    choose(pane, 1, 2, 3, 4)
    does.pause.trigger()
    choose(pane, 2)
    does.resume.trigger()
    choose(pane, 3)
    does.retry.trigger()
    choose(pane, 4, 1)
    does.up.trigger()
    does.bottom.trigger()
    does.pause_all.trigger()
    does.resume_all.trigger()
    assert queue.asked == [
        ("pause", [1, 4]),
        ("resume", [2]),
        ("retry", [3]),
        ("move", [1, 4], -1),
        ("move", [1, 4], 4),
        ("pause", [2, 3]),
        ("resume", [1, 2, 3, 4]),
    ]


def test_retry_without_failed_ones_selected_takes_all_failed(make_pane: Make) -> None:
    queue, pane = make_pane(
        make(1, state=State.FAILED), make(2, state=State.CANCELLED), make(3, state=State.FAILED)
    )
    pane.actions_.retry.trigger()
    assert queue.asked == [("retry", [1, 3])]


def test_clear_leaves_what_has_parts_on_the_server_and_what_failed(make_pane: Make) -> None:
    queue, pane = make_pane(
        make(1, state=State.COMPLETED),
        make(2, state=State.FAILED),
        make(3, state=State.CANCELLED),
        make(4, state=State.CANCELLED, upload_id="kept"),
    )
    pane.actions_.clear.trigger()
    assert queue.asked == [("remove", [1, 3])]
    assert pane.model.rowCount() == 2


def test_space_pauses_and_resumes(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Space)
    pane.model.sample()
    QTest.keyClick(pane.table, Qt.Key.Key_Space)
    assert queue.asked == [("pause", [1]), ("resume", [1])]


def test_del_takes_an_ended_row_off_the_list(make_pane: Make) -> None:
    queue, pane = make_pane(make(1, state=State.COMPLETED))
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Delete)
    assert queue.asked == [("remove", [1])]


def test_arrow_keys_choose_and_modified_keys_are_left_alone(make_pane: Make) -> None:
    queue, pane = make_pane(make(1), make(2))
    choose(pane, 1)
    QTest.keyClick(pane.table, Qt.Key.Key_Down)
    assert [one.id for one in pane.table.chosen()] == [2]
    QTest.keyClick(pane.table, Qt.Key.Key_Space, Qt.KeyboardModifier.AltModifier)
    assert queue.asked == []


@pytest.mark.parametrize(("choice", "keep"), [(Parts.KEEP, True), (Parts.REMOVE, False)])
async def test_del_asks_and_aborts(make_pane: Make, choice: Parts, *, keep: bool) -> None:
    queue, pane = make_pane(at_work(1), at_work(2, state=State.FINISHING))
    choose(pane, 1, 2)
    QTest.keyClick(pane.table, Qt.Key.Key_Delete)
    dialog = await opened(AbortDialog)
    assert dialog.choice is Parts.KEEP
    dialog.choose(choice)
    dialog.accept()
    await until(lambda: bool(queue.asked))
    assert queue.asked == [("abort", [1], keep)]


async def test_a_row_that_ends_while_it_is_asked_about_is_left_alone(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1), at_work(2))
    choose(pane, 1, 2)
    pane.actions_.abort.trigger()
    dialog = await opened(AbortDialog)
    queue.rows[0].move_to(State.FINISHING)
    queue.rows[0].move_to(State.COMPLETED)
    dialog.accept()
    await until(lambda: bool(queue.asked))
    assert queue.asked == [("abort", [2], True)]


async def test_cancel_aborts_nothing(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    choose(pane, 1)
    pane.actions_.abort.trigger()
    dialog = await opened(AbortDialog)
    dialog.reject()
    await until(lambda: not pane._tasks.running)
    assert queue.asked == []


def test_ten_thousand_selected_rows_are_commanded_at_once(make_pane: Make) -> None:
    queue, pane = make_pane(*(make(n) for n in range(10_000)))
    pane.table.selectAll()
    assert pane.table.chosen_count() == 10_000
    assert enabled(pane) == {"pause", "abort", "pause_all"}
    pane.actions_.pause.trigger()
    assert queue.asked == [("pause", list(range(10_000)))]
    pane.table.selectionModel().clear()
    flags = QItemSelectionModel.SelectionFlag
    pane.table.selectionModel().select(pane.model.index(5, 0), flags.Select | flags.Rows)
    assert enabled(pane) == {"resume", "abort", "up"}


async def test_thousands_are_cleared_in_pieces_and_a_second_click_loses_none(
    make_pane: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arranging, "_BUDGET_S", 0.0)
    rows = [make(n, state=State.COMPLETED) for n in range(9_000)]
    rows += [make(n, state=State.FAILED) for n in range(9_000, 9_003)]
    queue, pane = make_pane(*rows)
    choose(pane, 9_000, 9_001)
    pane.actions_.clear.trigger()
    assert pane.actions_.is_clearing
    pane.actions_.remove.trigger()
    await until(lambda: not pane.actions_.is_clearing and not pane.model.is_arranging)
    pieces = [ids for name, ids in queue.asked if name == "remove"]
    assert max(map(len, pieces)) <= 2_000
    assert sorted(one for ids in pieces for one in ids) == [*range(9_000), 9_000, 9_001]
    assert [one.id for one in queue.rows] == [9_002]
    assert pane.model.rowCount() == 1


async def test_what_goes_on_meanwhile_is_not_cleared(
    make_pane: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arranging, "_BUDGET_S", 0.0)
    rows = [make(n, state=State.CANCELLED) for n in range(9_000)]
    queue, pane = make_pane(*rows)
    pane.actions_.clear.trigger()
    rows[-1].state = State.QUEUED
    await until(lambda: not pane.actions_.is_clearing and not pane.model.is_arranging)
    assert queue.rows == [rows[-1]]


def test_rows_of_an_earlier_start_can_be_cleared_at_once(make_pane: Make) -> None:
    queue, pane = make_pane()
    queue.add(make(1, state=State.COMPLETED), make(2, state=State.PAUSED))
    assert pane.actions_.clear.isEnabled()
    assert pane.actions_.resume_all.isEnabled()


def test_all_buttons_stay_when_the_summary_grows(make_pane: Make) -> None:
    queue, pane = make_pane(at_work(1))
    pane.resize(900, 400)
    queue.total = Rate(123_456_789, 36_000)
    pane.model.sample()
    QTest.qWait(0)
    bar = pane.findChild(QToolBar, "transfersBar")
    assert bar.sizeHint().width() <= bar.width()
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    buttons = bar.findChildren(QToolButton, options=direct)
    assert all(button.isVisible() for button in buttons if button.defaultAction())
