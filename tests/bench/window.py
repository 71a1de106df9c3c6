"""The real program with a stop-watch in it: moves something through its queue, and measures.

``python -m bench.window ARGUMENTS`` starts s3gui as ``python -m s3gui ARGUMENTS`` does, and a probe
that, once the window stands, gives the errand of ``BENCH_ERRAND`` (``Errand`` as JSON) to the
window's own queue. While it is on its way a timer of 10 ms on the window's loop notes how late it
comes: so late a click would be. At the end it reports a line ``bench``.
"""

import asyncio
import json
import os
import resource
import runpy
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import TransferCommands, Wanted
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.ui import probe

_TICK_MS = 10
#: Until what is loaded behind the window is loaded.
_SETTLE_MS = 2500


@dataclass(frozen=True)
class Errand:
    """What the window is to do: files or folders up, or an object or a prefix down."""

    profile_id: str
    bucket: str
    #: Up.
    paths: tuple[str, ...] = ()
    prefix: str = ""
    #: Down: the object or prefix, the size of each, and the folder that it goes to.
    key: str = ""
    size: int = 0
    folder: str = ""

    def text(self) -> str:
        """For the environment."""
        return json.dumps(asdict(self))


class StopWatch(probe.Probe):
    """A probe that starts one errand; it looks at nothing while that runs."""

    def __init__(self, window: QWidget, queue: TransferCommands, path: Path) -> None:
        super().__init__(window, queue, path)
        self._errand = Errand(**json.loads(os.environ["BENCH_ERRAND"]))
        self._late_ms: list[float] = []
        self._last = self._began = self._cpu = self._scanned = 0.0
        self._ended = 0
        #: ``None`` while it is not known.
        self._rows: int | None = None
        self._task: asyncio.Task[None] | None = None
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
        self._began = self._last = time.perf_counter()
        self._cpu = time.process_time()
        self._tick.start()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="bench")

    async def _run(self) -> None:
        errand = self._errand
        where = Location(errand.bucket, errand.prefix)
        if errand.key:
            size = None if errand.key.endswith("/") else errand.size
            wanted = Wanted(Location(errand.bucket, errand.key), size=size)
            result = await self._queue.download(
                errand.profile_id, [wanted], Path(errand.folder), if_exists=IfExists.OVERWRITE
            )
        else:
            paths = [Path(path) for path in errand.paths]
            result = await self._queue.upload(errand.profile_id, where, paths)
        self._scanned = time.perf_counter() - self._began
        self._rows = result.queued
        self._look()

    def _on_tick_timeout(self) -> None:
        now = time.perf_counter()
        self._late_ms.append(max(0.0, (now - self._last) * 1000 - _TICK_MS))
        self._last = now

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Reporting each is for tests, too."""

    def transfer_changed(self, transfer: Transfer) -> None:
        """Counts the ends."""
        if transfer.state in ENDED:
            self._ended += 1
            self._look()

    def _look(self) -> None:
        if self._ended != self._rows or not self._tick.isActive():
            return
        self._tick.stop()
        rows = self._queue.transfers
        levels = Counter(row.verified.value if row.verified else "" for row in rows)
        problems = [row.error.title for row in rows if row.error is not None]
        self._write(
            "bench",
            ok=bool(rows) and all(row.state is State.COMPLETED for row in rows),
            rows=len(rows),
            problems=problems[:3],
            verified=dict(levels),
            seconds=time.perf_counter() - self._began,
            scan_s=self._scanned,
            cpu_s=time.process_time() - self._cpu,
            peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            late_ms=self._late_ms,
        )


if __name__ == "__main__":
    probe.Probe = StopWatch  # type: ignore[misc]  # app.py makes what stands here
    runpy.run_module("s3gui", run_name="__main__", alter_sys=True)
