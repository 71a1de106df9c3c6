"""Who follows a queue; one that fails is reported and hinders neither the engine nor the others."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import QueueObserver
from s3gui.domain.transfer import Transfer


class Observers:
    """Tells all that are there, in the order they came. Itself a ``QueueObserver``.

    They are called in the middle of a row's move: what one of them raises would leave the row
    between two states, and end the task that starts the others. The loop's handler gets it.
    """

    def __init__(self) -> None:
        self._all: list[QueueObserver] = []

    def add(self, observer: QueueObserver) -> Callable[[], None]:
        """Starts telling ``observer``; what is returned ends it."""
        self._all.append(observer)

        def end() -> None:
            if observer in self._all:
                self._all.remove(observer)

        return end

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """New rows."""
        self._each(lambda one: one.transfers_added(transfers))

    def transfer_changed(self, transfer: Transfer) -> None:
        """One row changed. Not by ``_each``: this is called some times for each of thousands."""
        for one in tuple(self._all):
            try:
                one.transfer_changed(transfer)
            except Exception as fault:  # noqa: BLE001  as there
                _report(fault)

    def transfers_removed(self, ids: Collection[int]) -> None:
        """Rows that are no more."""
        self._each(lambda one: one.transfers_removed(ids))

    def order_changed(self) -> None:
        """Another order."""
        self._each(lambda one: one.order_changed())

    def queue_problem(self, error: S3guiError) -> None:
        """What belongs to no row."""
        self._each(lambda one: one.queue_problem(error))

    def _each(self, call: Callable[[QueueObserver], None]) -> None:
        for observer in list(self._all):
            try:
                call(observer)
            except Exception as fault:  # noqa: BLE001  reported where all faults of the loop are
                _report(fault)


def _report(fault: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler(
        {"message": "an observer of the queue failed", "exception": fault}
    )
