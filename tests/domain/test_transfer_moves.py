"""The state table, over all pairs, and the counters of the parts."""

import itertools
from pathlib import Path

import pytest

from s3gui.domain.location import Location
from s3gui.domain.parts import Meter, plan_parts
from s3gui.domain.transfer import (
    MOVES,
    Direction,
    PartState,
    State,
    Transfer,
    Waiting,
    WrongMoveError,
)

MIB = 1 << 20


def make(state: State = State.QUEUED, size: int = 40 * MIB) -> Transfer:
    return Transfer(
        id=1,
        profile_id="p",
        direction=Direction.UPLOAD,
        location=Location("b", "k"),
        path=Path("/f"),
        size=size,
        position=1,
        state=state,
    )


@pytest.mark.parametrize(("old", "new"), list(itertools.product(State, State)))
def test_only_the_moves_of_the_table_are_made(old: State, new: State) -> None:
    transfer = make(old)
    seen: list[State] = []
    transfer.observer = lambda moved: seen.append(moved.state)
    if old is new or new in MOVES[old]:
        transfer.move_to(new)
        assert (transfer.state, seen) == (new, [new])
    else:
        with pytest.raises(WrongMoveError):
            transfer.move_to(new)
        assert (transfer.state, seen) == (old, [])


def test_finishing_can_be_neither_paused_nor_cancelled() -> None:
    assert not MOVES[State.FINISHING] & {State.PAUSED, State.CANCELLED}


def test_a_move_clears_the_reason_to_wait() -> None:
    transfer = make(State.RUNNING)
    transfer.wait_for(Waiting.NETWORK)
    transfer.move_to(State.PAUSED)
    assert transfer.waiting is None


def test_shown_bytes_are_the_sum_of_the_parts_and_a_retry_resets_its_part() -> None:
    transfer = make(State.RUNNING)
    transfer.lay_out(plan_parts(transfer.size, 16 * MIB))
    meter = Meter()
    transfer.part_flying(1, meter)
    meter.moved = 5 * MIB
    assert transfer.moved == 5 * MIB
    transfer.part_back(1, PartState.FAILED, "reset")
    assert (transfer.moved, transfer.parts[0].problem) == (0, "reset")
    row = transfer.part_flying(1, Meter())
    assert (row.attempt, row.problem, transfer.moved) == (2, "", 0)
    transfer.part_done(1, "etag")
    transfer.part_done(3, "etag")
    assert (transfer.moved, transfer.parts_done, transfer.parts_total) == (24 * MIB, 2, 3)
    transfer.part_back(3)
    assert (transfer.moved, transfer.parts_done) == (16 * MIB, 1)


def test_a_meter_never_counts_more_than_its_part() -> None:
    transfer = make(State.RUNNING)
    transfer.lay_out(plan_parts(transfer.size, 16 * MIB))
    meter = Meter()
    transfer.part_flying(3, meter)
    meter.moved = 99 * MIB
    assert transfer.moved == 8 * MIB
