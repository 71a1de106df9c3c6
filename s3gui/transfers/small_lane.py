"""What one connection's small files need on the loop: how they are put, and who carries them."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence

from s3gui.domain.conditions import ANYTHING, Condition
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.ports import Session
from s3gui.domain.quick import PutsQuickly, QuickPut
from s3gui.transfers.row import Row
from s3gui.transfers.small_look import Lookout
from s3gui.transfers.small_threads import TINY_BYTES, Carriers, Pilot
from s3gui.transfers.small_work import Errand

_log = logging.getLogger(__name__)
#: Rows that start, or end, between two turns of the loop: a millisecond, then others have one.
A_TURN = 32
#: So many carriers to begin with, and more where even the quickest answer takes its time.
FEW_CARRIERS = 4
_CARRIERS_A_MS = 2.0
#: What is finished is looked at so often, in seconds.
_GATHER_S = 0.01


#: Bucket, options and condition.
_Kind = tuple[str, int, Condition]


class Lane:
    """Used on the loop; only ``ended`` is called by the threads.

    Args:
        gather: called on the loop when something has ended.
    """

    def __init__(self, gather: Callable[[], None]) -> None:
        self.rows: set[Row] = set()
        #: Set by who makes the lane.
        self.lookout: Lookout
        #: Rows for which it is being found out how their objects are put.
        self.preparing = 0
        #: Errands that were sent and not taken back.
        self.out = 0
        self._gather = gather
        self._loop = asyncio.get_running_loop()
        self._carriers = Carriers()
        self._pilot = Pilot(self._carriers)
        #: Carriers that would help.
        self._wanted = FEW_CARRIERS
        self._quickest_s: float | None = None
        self._back: deque[Errand] = deque()
        self._told = False
        self._session: Session | None = None
        self._asked: Session | None = None
        self._serves = False
        #: With the options themselves, so that no others get their id.
        self._ways: dict[_Kind, tuple[ObjectOptions, QuickPut | None]] = {}

    def serves(self, session: Session) -> bool:
        """Whether small files go through here with this session."""
        if session is not self._asked:
            self._asked = session
            self._serves = isinstance(session.objects, PutsQuickly)
        return self._serves

    def knows(self, session: Session, row: Row, condition: Condition = ANYTHING) -> bool:
        """Whether it was found out how objects like this row's are put with this session."""
        if session is not self._session:
            self._session = session
            self._ways.clear()
        return _kind(row, condition) in self._ways

    def way(self, row: Row, condition: Condition = ANYTHING) -> QuickPut | None:
        """How, where it is known; ``None``: by a runner of its own."""
        found = self._ways.get(_kind(row, condition))
        return found[1] if found else None

    async def find_out(self, row: Row, session: Session, condition: Condition = ANYTHING) -> None:
        """Finds out how objects like this row's are put with this session.

        Raises:
            S3guiError: what stands in the way.
        """
        if self.knows(session, row, condition):
            return
        way: QuickPut | None = None
        if isinstance(session.objects, PutsQuickly):  # or another session, meanwhile
            bucket = row.transfer.location.bucket
            way = await session.objects.quick(bucket, row.options, condition)
        if not self.knows(session, row, condition):
            self._ways[_kind(row, condition)] = row.options, way
            if way is None and session is self._asked:
                self._serves = False

    def forget(self) -> None:
        """Something was learnt from an answer that may hold for the next ones."""
        self._ways.clear()

    def send(self, errand: Errand, most: int) -> None:
        """Gives it to the threads; ``most`` may be under way at once."""
        self.out += 1
        few = min(most, self._wanted)
        if errand.row.transfer.size <= TINY_BYTES:
            self._pilot.put(errand, most, few)
        else:
            # What takes the time of these is to hash them, and that takes all the cores there are.
            self._carriers.put(errand, min(most, max(few, os.cpu_count() or 1)))

    def ended(self, errand: Errand) -> None:
        """From any thread."""
        self._back.append(errand)
        if self._told:
            return
        self._told = True
        try:
            self._loop.call_soon_threadsafe(self._loop.call_later, _GATHER_S, self._gather)
        except RuntimeError:
            # The loop is closed: nobody waits for it any more, and the next start sends it again.
            _log.warning("a small file was sent after the loop had ended")

    def take(self) -> list[Errand]:
        """What has ended since the last time; not too much for one turn of the loop."""
        self._told = False
        taken: list[Errand] = []
        while self._back and len(taken) < A_TURN:
            taken.append(self._back.popleft())
        self.out -= len(taken)
        if self._back:
            self._loop.call_soon(self._gather)
        return taken

    def note(self, done: Sequence[Errand]) -> None:
        """Learns from the quickest answer how many carriers would help."""
        quickest = min(errand.took_s for errand in done)
        known = self._quickest_s
        self._quickest_s = quickest if known is None else known * 0.7 + quickest * 0.3
        self._wanted = FEW_CARRIERS + round(self._quickest_s * 1000 * _CARRIERS_A_MS)

    def close(self) -> None:
        """The threads end when they have left what they do."""
        self._pilot.close()
        self._carriers.close()


def _kind(row: Row, condition: Condition) -> _Kind:
    return (row.transfer.location.bucket, id(row.options), condition)
