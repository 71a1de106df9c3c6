"""A window, a pane and a journal with a past: what the history is tried on."""

import asyncio
from datetime import UTC, datetime

from ui.kit import World
from ui.transfers.fake_queue import FakeQueue
from ui.transfers.signals import until

from s3gui.domain.verification import Check, Finding, Verdict
from s3gui.transfers.history import History
from s3gui.transfers.journal import Journal
from s3gui.ui.flow.records import RecordsFlow
from s3gui.ui.main_window import MainWindow
from s3gui.ui.widgets.history_window import HistoryWindow
from s3gui.ui.widgets.transfers_pane import TransfersPane


class FakeVerifier:
    """Finds the same, once it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.closed = False

    async def verify(self, check: Check) -> Verdict:
        check.is_running, check.total_bytes = True, 100
        await self.go.wait()
        check.verdict = Verdict(Finding.SAME, datetime.now(UTC))
        return check.verdict

    def close(self) -> None:
        self.closed = True


class Stage:
    def __init__(self, world: World, window: MainWindow, journal: Journal) -> None:
        self.world = world
        self.window = window
        self.journal = journal
        self.queue = FakeQueue([])
        self.pane = TransfersPane(self.queue, world.tasks)
        self.pane.show()
        self.history = History(journal)
        self.verifier = FakeVerifier()
        self.flow = RecordsFlow(window, self.pane, self.history, self.verifier)  # type: ignore[arg-type]
        self.flow._folder = journal.path.parent

    async def history_window(self, rows: int) -> HistoryWindow:
        made = self.flow.show_history()
        await until(lambda: made.model.total == rows)
        return made
