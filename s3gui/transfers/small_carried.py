"""A row on its way through a thread, whichever way its bytes go."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

from s3gui.domain.errors import S3guiError
from s3gui.domain.parts import Meter
from s3gui.domain.ports import Session
from s3gui.transfers.problems import unexpected
from s3gui.transfers.row import Row

_log = logging.getLogger(__name__)


class Carried(asyncio.Future[None]):
    """In the place of its row's task: done when nobody works on that any more.

    ``cancel`` is what ``Row.stop`` calls after it stopped the meter: what does not send yet ends at
    once; else the thread finds out.

    Args:
        row: whose it is.
        session: that it goes over.
        meter: counts, and stops.
        ended: called once, from any thread, when it is through with the wire.
    """

    def __init__(
        self, row: Row, session: Session, meter: Meter, ended: Callable[[Any], None]
    ) -> None:
        super().__init__()
        self.row = row
        self.session = session
        self.meter = meter
        self._ended = ended
        self._taken = threading.Lock()
        #: Acquired once, by who tells that it has ended.
        self._ending = threading.Lock()
        #: From here on the answer tells what came of it.
        self._sends = False
        self.error: S3guiError | None = None
        self.was_stopped = False
        #: When the first byte left, by ``perf_counter``, and how long the answer took then.
        self.began = self.took_s = 0.0

    def cancel(self, msg: object = None) -> bool:
        """Whether it is going to end before its time."""
        if self.done():
            return False
        # A disk that hangs is not waited for; the meter keeps that thread from sending.
        is_early = self._taken.acquire(blocking=False) or not self._sends
        if is_early and self._ending.acquire(blocking=False):
            self.was_stopped = True
            self._ended(self)
        return True

    @property
    def descriptor(self) -> int:
        """What says that there is more of the answer; -1 where there is nothing to wait for."""
        raise NotImplementedError

    def has_line(self) -> bool:
        """Whether a connection stands ready for it."""
        raise NotImplementedError

    def run(self) -> None:
        """All of it, in a thread."""
        if self.depart():
            while not self.go_on():
                pass

    def depart(self) -> bool:
        """Sends. False when it is over already, or somebody else's."""
        return self._taken.acquire(blocking=False) and not self._over(self._depart)

    def go_on(self) -> bool:
        """Reads the answer; waits for it. Whether it is over."""
        return self._over(self._arrive)

    def _depart(self) -> bool:
        raise NotImplementedError

    def _arrive(self) -> bool:
        raise NotImplementedError

    def _let_go(self) -> None:
        """It is over: what the thread held is not held any more."""

    def _over(self, step: Callable[[], bool]) -> bool:
        """Takes a step, and whatever comes of it. Whether there is no other one."""
        try:
            over = step()
        except S3guiError as error:
            self.error, over = error, True
        except asyncio.CancelledError:
            self.was_stopped = over = True
        except Exception as fault:  # noqa: BLE001  the last net: it becomes the row's error
            _log.exception("transfer %d", self.row.id)
            self.error, over = unexpected(fault), True
        if over:
            self._let_go()
            if self._ending.acquire(blocking=False):
                self._ended(self)
        return over
