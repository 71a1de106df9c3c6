"""The real program with a stop-watch in it: uploads one file through its queue, and measures.

``python -m bench.window ARGUMENTS`` starts s3gui as ``python -m s3gui ARGUMENTS`` does, and a probe
that, once the window stands, gives the file of ``BENCH_FILE`` to the window's own queue. While it
is on its way a timer of 10 ms on the window's loop notes how late it comes: so late a click would
be. At the end it reports a line ``bench``.
"""

import asyncio
import os
import resource
import runpy
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from s3gui.domain.location import Location
from s3gui.domain.queueing import TransferCommands
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.ui import probe

_TICK_MS = 10
#: Until what is loaded behind the window is loaded.
_SETTLE_MS = 2500


class StopWatch(probe.Probe):
    """A probe that starts one upload; it looks at nothing while it runs."""

    def __init__(self, window: QWidget, queue: TransferCommands, path: Path) -> None:
        super().__init__(window, queue, path)
        self._late_ms: list[float] = []
        self._last = self._began = self._cpu = 0.0
        self._task: asyncio.Task[object] | None = None
        self._tick = QTimer(self)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick_timeout)

    def _on_first_frame(self) -> None:
        super()._on_first_frame()
        QTimer.singleShot(_SETTLE_MS, self, self._begin)

    def _on_timer_timeout(self) -> None:
        """Walking over all widgets is for tests; here it would be measured."""

    def _begin(self) -> None:
        file = Path(os.environ["BENCH_FILE"])
        where = Location(os.environ["BENCH_BUCKET"])
        self._began = self._last = time.perf_counter()
        self._cpu = time.process_time()
        self._tick.start()
        upload = self._queue.upload(os.environ["BENCH_PROFILE"], where, [file])
        self._task = asyncio.get_running_loop().create_task(upload, name="bench")

    def _on_tick_timeout(self) -> None:
        now = time.perf_counter()
        self._late_ms.append(max(0.0, (now - self._last) * 1000 - _TICK_MS))
        self._last = now

    def transfer_changed(self, transfer: Transfer) -> None:
        """Reports the row, and the figures with its last state."""
        super().transfer_changed(transfer)
        if transfer.state in ENDED and self._tick.isActive():
            self._tick.stop()
            self._write(
                "bench",
                ok=transfer.state is State.COMPLETED,
                verified=transfer.verified.value if transfer.verified else None,
                seconds=time.perf_counter() - self._began,
                cpu_s=time.process_time() - self._cpu,
                peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                late_ms=self._late_ms,
            )


if __name__ == "__main__":
    probe.Probe = StopWatch  # type: ignore[misc]  # app.py makes what stands here
    runpy.run_module("s3gui", run_name="__main__", alter_sys=True)
