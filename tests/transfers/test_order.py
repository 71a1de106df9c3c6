"""The person's order, and the backlog that gives out by it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.origin import Priority
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.transfers import disks
from s3gui.transfers.order import Backlog, moved
from s3gui.transfers.row import Row


def rows(count: int) -> list[Row]:
    return [
        Row(
            Transfer(n, "p", Direction.UPLOAD, Location("b", str(n)), Path("/x"), 1, n),
            ObjectOptions(),
        )
        for n in range(count)
    ]


@given(st.integers(0, 12), st.sets(st.integers(0, 11)), st.integers(-20, 20))
def test_moving_keeps_everybody_and_the_order_among_the_moved(
    count: int, ids: set[int], steps: int
) -> None:
    before = rows(count)
    after = [row.id for row in moved(before, ids, steps)]
    assert sorted(after) == list(range(count))
    assert [id_ for id_ in after if id_ in ids] == sorted(ids & set(after))
    assert [id_ for id_ in after if id_ not in ids] == sorted(set(after) - ids)
    for id_ in set(after) & ids:
        if steps < 0:
            assert after.index(id_) <= id_
        else:
            assert after.index(id_) >= id_


def test_moves_stop_at_the_ends() -> None:
    before = rows(5)
    assert [row.id for row in moved(before, {1, 3}, -2)] == [1, 3, 0, 2, 4]
    assert [row.id for row in moved(before, {1, 3}, 99)] == [0, 2, 4, 1, 3]
    assert [row.id for row in moved(before, {2}, 1)] == [0, 1, 3, 2, 4]
    assert [row.id for row in moved(before, set(), 1)] == [0, 1, 2, 3, 4]


def test_the_backlog_gives_out_who_is_still_queued_where_it_is_now() -> None:
    backlog = Backlog()
    first, second, third = rows(3)
    third.transfer.profile_id = "q"
    for row in (third, second, first):
        backlog.put(row)
    first.transfer.state = State.PAUSED
    second.transfer.position = 7
    backlog.put(second)
    assert backlog.take(lambda profiles, _: "q" in profiles) is third
    assert backlog.take(lambda *_: True) is second
    assert backlog.take(lambda *_: True) is None


def test_a_higher_priority_goes_first_and_the_order_counts_within_one() -> None:
    backlog, all_rows = Backlog(), rows(4)
    all_rows[2].transfer.priority = all_rows[3].transfer.priority = Priority.HIGH
    all_rows[0].transfer.priority = Priority.LOW
    for row in all_rows:
        backlog.put(row)
    taken = [backlog.take(lambda *_: True) for _ in all_rows]
    assert taken == [all_rows[2], all_rows[3], all_rows[1], all_rows[0]]


def test_the_first_is_taken_only_if_it_suits_and_nobody_instead() -> None:
    backlog, (first, second) = Backlog(), rows(2)
    backlog.put(first)
    backlog.put(second)
    assert backlog.take(lambda *_: True, lambda row: row is second) is None
    assert backlog.take(lambda *_: True, lambda row: row is first) is first
    assert backlog.take(lambda *_: True, lambda row: row is second) is second
    assert backlog.take(lambda *_: True, lambda _: False) is None


def test_a_priority_that_changed_counts_from_now_on() -> None:
    backlog, all_rows = Backlog(), rows(2)
    for row in all_rows:
        backlog.put(row)
    all_rows[1].transfer.priority = Priority.HIGH
    backlog.put(all_rows[1])
    assert backlog.take(lambda *_: True) is all_rows[1]
    assert backlog.take(lambda *_: True) is all_rows[0]
    assert backlog.take(lambda *_: True) is None


@pytest.mark.parametrize("hung_from_the_start", [True, False])
def test_rows_of_a_disk_that_hangs_wait_for_it(
    hung_from_the_start: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "LOCAL", disks.Disks(lambda: ["/", "/nas"]))
    backlog = Backlog(lambda row: "up" if row.id == 1 else "")
    large, small, alive = rows(3)
    large.transfer.path = small.transfer.path = Path("/nas/x")
    if hung_from_the_start:
        backlog.hung = frozenset({"/nas"})
    for row in (large, small, alive):
        backlog.put(row)
    backlog.hung = frozenset({"/nas"})
    assert backlog.take(lambda *_: True) is alive
    assert backlog.take(lambda *_: True) is None
    backlog.hung = frozenset()
    assert backlog.take(lambda *_: True) is large
    assert backlog.take(lambda *_: True) is small
