"""When the transfers are looked at: five times a second while some move, else when some change."""

from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

SAMPLE_MS = 200
#: After a quiet moment what comes together is shown together, so soon; else with the next sample.
GATHER_MS = 40


class SampleClock(QObject):
    """Says when a sample is due; ``close`` ends it for good."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._sampled_at = 0.0
        self._is_closed = False
        self._sampler = QTimer(self, interval=SAMPLE_MS)
        self._gatherer = QTimer(self, interval=GATHER_MS, singleShot=True)
        for timer in (self._sampler, self._gatherer):
            timer.timeout.connect(self.due)

    @property
    def is_running(self) -> bool:
        """Whether samples are due at 5 Hz."""
        return self._sampler.isActive()

    def gather(self) -> None:
        """Something changed: a sample soon, together with what else changes."""
        if self._is_closed or self._gatherer.isActive():
            return
        since_ms = round((monotonic() - self._sampled_at) * 1000)
        self._gatherer.start(max(GATHER_MS, SAMPLE_MS - since_ms))

    def note_sample(self) -> None:
        """A sample is taken now."""
        self._sampled_at = monotonic()

    def run(self, *, moves: bool) -> None:
        """Goes on while something moves, and rests else."""
        if not moves:
            self._sampler.stop()
        elif not self._sampler.isActive() and not self._is_closed:
            self._sampler.start()

    def close(self) -> None:
        """Safe to call twice."""
        self._is_closed = True
        self._sampler.stop()
        self._gatherer.stop()
