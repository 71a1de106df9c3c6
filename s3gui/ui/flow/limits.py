"""The limits: from the toolbar's menu and the dialog into the settings, and back as words."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from s3gui.domain.limits import Rates
from s3gui.domain.text import tr
from s3gui.domain.transfer import Waiting
from s3gui.ui.widgets.transfers_pane import TransfersPane

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow


class LimitsFlow(QObject):
    """Keeps button and status bar true. ``close`` ends its watching of the queue."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        queue = window.services.queue
        self.close = queue.watch_limits(self._on_limits_changed)
        if not isinstance(window.transfers, TransfersPane):
            return
        self._pane = window.transfers
        button = self._pane.limit
        button.show_settings(window.settings)
        button.chosen.connect(self._on_chosen)
        button.by_hours_wanted.connect(self._on_by_hours_wanted)
        button.more_wanted.connect(self._on_more_wanted)
        window.settings_changed.connect(button.show_settings)
        self._pane.model.sampled.connect(self._on_sampled)
        self._on_limits_changed(queue.limits)

    def _on_limits_changed(self, rates: Rates) -> None:
        self._w.status.show_limits(rates)
        if isinstance(self._w.transfers, TransfersPane):
            self._w.transfers.limit.show_limits(rates)

    def _on_chosen(self, rates: Rates) -> None:
        self._w.change_settings(
            replace(
                self._w.settings,
                limit_up_bytes_s=rates.up,
                limit_down_bytes_s=rates.down,
                limit_by_hours=False,
            )
        )

    def _on_by_hours_wanted(self, wanted: bool) -> None:
        self._w.change_settings(replace(self._w.settings, limit_by_hours=wanted))

    def _on_more_wanted(self, hours: bool) -> None:
        self._w.services.tasks.start(self._ask(hours=hours), name=tr("Limit the speed"))

    async def _ask(self, *, hours: bool) -> None:
        from s3gui.ui.dialogs.limit import ask_limits

        asked = await ask_limits(self._w, self._w.settings, hours=hours)
        if asked is None:
            return
        # Something else may have been set while the dialog stood there.
        self._w.change_settings(
            replace(
                self._w.settings,
                limit_up_bytes_s=asked.limit_up_bytes_s,
                limit_down_bytes_s=asked.limit_down_bytes_s,
                limit_by_hours=asked.limit_by_hours,
                limit_hours=asked.limit_hours,
            )
        )

    def _on_sampled(self) -> None:
        active = self._pane.model.tally.active.values()
        places = [one.places for one in active if one.waiting is Waiting.THROTTLED]
        self._w.status.show_slowed(min((n for n in places if n is not None), default=None))
