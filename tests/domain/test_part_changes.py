"""What a transfer remembers for those who draw its parts."""

from collections.abc import Callable

from ui.transfers.fake_queue import fly, make

from s3gui.domain.parts import PartPlan
from s3gui.domain.transfer import PartState, Transfer


def changes_after(transfer: Transfer, deed: Callable[[], object]) -> list[int] | None:
    mark = transfer.part_log.mark
    deed()
    changed = transfer.part_log.since(mark)
    return None if changed is None else list(changed)


def test_a_transfer_remembers_which_of_its_parts_changed() -> None:
    transfer = make(1, parts=5000)
    assert changes_after(transfer, lambda: None) == []
    assert changes_after(transfer, lambda: fly(transfer, 7, 0.5)) == [7]
    assert changes_after(transfer, lambda: transfer.part_done(7, "e")) == [7]
    assert changes_after(transfer, lambda: transfer.part_back(7, PartState.FAILED, "x")) == [7]
    assert changes_after(transfer, transfer.unplan) is None
    assert changes_after(transfer, lambda: transfer.lay_out(PartPlan(10, 1))) is None
    assert changes_after(transfer, lambda: [transfer.part_done(1, "") for _ in range(5000)]) is None
    assert changes_after(transfer, lambda: transfer.part_done(3, "")) == [3]
