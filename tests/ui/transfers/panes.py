"""What the tests of the pane have in common: rows, choosing, what is enabled."""

from collections.abc import Callable

from ui.transfers.fake_queue import FakeQueue, finish, fly, make

from s3gui.domain.transfer import ErrorNote, State, Transfer
from s3gui.ui.widgets.transfers_pane import TransfersPane

Make = Callable[..., tuple[FakeQueue, TransfersPane]]
NOTE = ErrorNote("Access denied", "The keys may not write.", "Ask.", "AccessDenied", "R1")


def at_work(number: int = 1, parts: int = 40, state: State = State.RUNNING) -> Transfer:
    transfer = make(number, f"file-{number}.bin", parts=parts, state=state)
    finish(transfer, range(1, parts // 2))
    fly(transfer, parts // 2, 0.5)
    transfer.upload_id = "u"
    return transfer


def choose(pane: TransfersPane, *ids: int) -> None:
    rows = [pane.model.row_of(one) for one in ids]
    pane.table.choose([pane.model.transfer(row) for row in rows if row is not None])


def enabled(pane: TransfersPane) -> set[str]:
    names = ("pause", "resume", "abort", "retry", "clear", "remove", "up", "pause_all")
    return {name for name in names if getattr(pane.actions_, name).isEnabled()}
