"""What one connection's small files need on the loop: how they are put, and who carries them."""

from collections.abc import Callable, Sequence

from s3gui.domain.conditions import ANYTHING, Condition
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.ports import Session
from s3gui.domain.quick import PutsQuickly, QuickPut
from s3gui.transfers.row import Row
from s3gui.transfers.small_back import Back
from s3gui.transfers.small_look import Lookout
from s3gui.transfers.small_threads import Fleet
from s3gui.transfers.small_work import Errand

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
        self._fleet = Fleet()
        self._back: Back[Errand] = Back(gather)
        #: Takes what ended in a thread.
        self.ended = self._back.put
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
        self._fleet.send(errand, most)

    def take(self) -> list[Errand]:
        """What has ended since the last time; not too much for one turn of the loop."""
        taken = self._back.take()
        self.out -= len(taken)
        return taken

    def note(self, done: Sequence[Errand]) -> None:
        """Learns from the quickest answer."""
        self._fleet.note(done)

    def close(self) -> None:
        """The threads end when they have left what they do."""
        self._fleet.close()


def _kind(row: Row, condition: Condition) -> _Kind:
    return (row.transfer.location.bucket, id(row.options), condition)
