"""The parts of the selected transfer as a grid."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from ui.transfers.fake_queue import MIB, finish, fly, make

from s3gui.domain.parts import PartPlan
from s3gui.domain.transfer import PartState, State, Transfer
from s3gui.ui.models.parts import PART_ROLE, PartsModel


@pytest.fixture
def model(qapp: Any) -> PartsModel:
    return PartsModel()


def shown(transfer: Transfer, model: PartsModel, columns: int = 4) -> list[tuple[int, ...]]:
    """Shows a transfer; returns the list that ranges of changes will be written to."""
    model.set_columns(columns)
    model.show(transfer)
    changes: list[tuple[int, ...]] = []
    model.dataChanged.connect(lambda a, b: changes.append((a.row(), b.row(), b.column())))
    return changes


@pytest.mark.parametrize("parts", [0, 1, 4, 10, 10_000])
def test_the_grid_keeps_the_contract_of_a_model(
    qtmodeltester: Any, model: PartsModel, parts: int
) -> None:
    model.set_columns(4)
    model.show(make(parts=parts))
    qtmodeltester.check(model)
    assert model.rowCount() == -(-parts // 4)
    model.set_columns(3)
    qtmodeltester.check(model)
    model.show(None)
    qtmodeltester.check(model)


def test_cells_behind_the_last_part_are_nothing(model: PartsModel) -> None:
    shown(make(parts=5), model)
    assert model.index(1, 0).data(PART_ROLE).part.number == 5
    assert model.index(1, 1).data(PART_ROLE) is None
    assert model.index(1, 1).data() is None
    assert model.flags(model.index(1, 1)) == Qt.ItemFlag.NoItemFlags


def test_only_the_rows_that_moved_change(model: PartsModel) -> None:
    transfer = make(parts=40, state=State.RUNNING)
    changes = shown(transfer, model)
    assert not model.sample()
    meter = fly(transfer, 9, 0.1)
    fly(transfer, 14, 0.1)
    assert model.sample()
    assert changes.pop() == (2, 3, 3)
    assert not model.sample()
    meter.moved += 5
    assert model.sample()
    assert changes == [(2, 2, 3)]


def test_a_part_that_ends_changes_its_own_row_only(model: PartsModel) -> None:
    transfer = make(parts=40, state=State.RUNNING)
    fly(transfer, 9, 0.1)
    changes = shown(transfer, model)
    finish(transfer, [9])
    model.sample()
    fly(transfer, 20, 0.5)
    model.sample()
    transfer.part_back(20, PartState.FAILED, "reset")
    model.sample()
    assert changes == [(2, 2, 3), (4, 4, 3), (4, 4, 3)]
    assert "Failed: reset" in model.index_of(20).data()


def test_parts_that_came_and_went_between_two_samples_are_not_missed(model: PartsModel) -> None:
    transfer = make(parts=40, state=State.RUNNING)
    changes = shown(transfer, model)
    finish(transfer, [30])
    assert model.sample()
    assert changes == [(7, 7, 3)]


def test_a_new_plan_is_a_new_grid(model: PartsModel) -> None:
    transfer = make(size=5 * MIB, state=State.RUNNING)
    shown(transfer, model)
    assert model.rowCount() == 0
    transfer.lay_out(PartPlan(transfer.size, MIB))
    assert model.sample()
    assert model.rowCount() == 2
    transfer.unplan()
    assert model.sample()
    assert model.rowCount() == 0


def test_the_rows_where_things_happen(model: PartsModel) -> None:
    transfer = make(parts=40, state=State.RUNNING)
    finish(transfer, range(1, 10))
    shown(transfer, model)
    assert model.busy_rows() == range(0)
    assert model.open_rows() == range(2, 3)
    transfer.part_back(22, PartState.FAILED)
    assert model.open_rows() == range(5, 6)
    fly(transfer, 10, 0)
    fly(transfer, 18, 0)
    model.sample()
    assert model.busy_rows() == range(2, 5)


def test_a_part_is_read_out_in_one_line(model: PartsModel) -> None:
    transfer = make(parts=4, size=4 * MIB, state=State.RUNNING)
    fly(transfer, 2, 0.5)
    shown(transfer, model)
    assert model.index_of(2).data() == "Part 2, 1\u00a0MB, Sending, 50\u00a0%, attempt 1"
    assert "<p" in model.index_of(2).data(Qt.ItemDataRole.ToolTipRole)
