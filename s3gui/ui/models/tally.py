"""How many transfers stand in which state, kept as they change: never a walk over all rows."""

from collections import Counter

from s3gui.domain.queueing import Rate
from s3gui.domain.text import tr, trn
from s3gui.domain.transfer import State, Transfer
from s3gui.ui.format import count_text, duration_text, speed_text
from s3gui.ui.models.batches import Batches

_RUNNING, _FINISHING, _QUEUED = id(State.RUNNING), id(State.FINISHING), id(State.QUEUED)


class Tally:
    """Counts rows by state and keeps those that are on the wire."""

    def __init__(self) -> None:
        self._states: dict[int, State] = {}
        #: By the identity of the state: its own hash is dear, and this is asked of every row.
        self._counts: Counter[int] = Counter()
        #: Rows that run or finish, by id.
        self.active: dict[int, Transfer] = {}
        self.batches = Batches()

    def note(self, transfer: Transfer) -> None:
        """Counts a row where it stands now."""
        old = self._states.get(transfer.id)
        if old is not transfer.state:
            if old is not None:
                self._counts[id(old)] -= 1
            else:
                self.batches.add(transfer)
            self._counts[id(transfer.state)] += 1
            self._states[transfer.id] = transfer.state
        if transfer.state is State.RUNNING or transfer.state is State.FINISHING:
            self.active[transfer.id] = transfer
        else:
            self.active.pop(transfer.id, None)

    def forget(self, transfer_id: int) -> None:
        """Takes a row out of the count."""
        state = self._states.pop(transfer_id, None)
        if state is not None:
            self._counts[id(state)] -= 1
            self.batches.forget(transfer_id)
        self.active.pop(transfer_id, None)

    def count(self, *states: State) -> int:
        """How many rows are in one of ``states``."""
        return sum(self._counts[id(state)] for state in states)

    @property
    def total(self) -> int:
        """All rows, shown or not."""
        return len(self._states)

    @property
    def left(self) -> int:
        """Rows that will be done without anybody asking: on the wire or in the queue."""
        # Asked for at each change of each row.
        counts = self._counts
        return counts[_RUNNING] + counts[_FINISHING] + counts[_QUEUED]

    def summary(self, rate: Rate) -> str:
        """One line for the status bar, "" when there is nothing to tell."""
        said = []
        if self.active and rate.bytes_per_s is not None:
            said.append(speed_text(rate.bytes_per_s))
        if self.left:
            said.append(trn("{count} left", "{count} left", self.left))
            said[-1] = said[-1].format(count=count_text(self.left))
        if self.active and rate.left_s is not None:
            said.append(duration_text(rate.left_s))
        for state, text in (
            (State.PAUSED, tr("{count} paused")),
            (State.FAILED, tr("{count} failed")),
        ):
            if self.count(state):
                said.append(text.format(count=count_text(self.count(state))))
        return " · ".join(said)
