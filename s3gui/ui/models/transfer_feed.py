"""What the queue tells, passed on to the model; plain, so that the model stays a Qt class only."""

from collections.abc import Collection, Sequence
from typing import Protocol

from s3gui.domain.errors import S3guiError
from s3gui.domain.transfer import Transfer


class Hearer(Protocol):
    """Who is told."""

    def add(self, transfers: Sequence[Transfer]) -> None:
        """New rows."""

    def note(self, transfer: Transfer) -> None:
        """A row that changed."""

    def remove(self, ids: Collection[int]) -> None:
        """Rows that are no more."""

    def reorder(self) -> None:
        """Another order."""

    def tell_problem(self, error: S3guiError) -> None:
        """What belongs to no row."""


class Feed:
    """A ``QueueObserver``."""

    def __init__(self, hearer: Hearer) -> None:
        self.transfers_added = hearer.add
        self.transfer_changed = hearer.note
        self.transfers_removed = hearer.remove
        self.order_changed = hearer.reorder
        self.queue_problem = hearer.tell_problem
