"""What was dropped, chosen or copied together: how many rows, where to, when."""

import os
from dataclasses import dataclass
from datetime import datetime

from s3gui.domain.location import DELIMITER, SCHEME
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Direction, Transfer
from s3gui.ui.format import count_text, moment_text

_LONGEST_PLACE = 60


@dataclass(slots=True, eq=False)
class Batch:
    """The rows that are on the list of what was asked for in one go."""

    id: str
    direction: Direction
    is_move: bool
    created: datetime | None
    #: The deepest place that all of it goes to; of a download a folder.
    place: str
    separator: str
    count: int = 0

    def widen(self, place: str) -> None:
        """Another row goes there."""
        while not (place + self.separator).startswith(self.place + self.separator):
            self.place, cut, _ = self.place.rpartition(self.separator)
            if not cut:
                return

    def label(self) -> str:
        """``12 files to s3://bucket/photos, today 12:31``."""
        match self.direction:
            case Direction.UPLOAD:
                words = trn("{count} file to {place}", "{count} files to {place}", self.count)
            case Direction.DOWNLOAD:
                words = trn("{count} object to {place}", "{count} objects to {place}", self.count)
            case _ if self.is_move:
                words = trn(
                    "{count} object moved to {place}",
                    "{count} objects moved to {place}",
                    self.count,
                )
            case _:
                words = trn(
                    "{count} object copied to {place}",
                    "{count} objects copied to {place}",
                    self.count,
                )
        text = words.format(
            count=count_text(self.count),
            place=visible(self.place or self.separator, _LONGEST_PLACE),
        )
        when = moment_text(self.created)
        return tr("{what}, {when}").format(what=text, when=when) if when else text


class Batches:
    """Counted as rows come and go: never a walk over all rows."""

    def __init__(self) -> None:
        self._batches: dict[str, Batch] = {}
        self._of_row: dict[int, Batch] = {}

    def add(self, transfer: Transfer) -> None:
        """A row that was not there."""
        if not transfer.batch:
            return
        place = _place_of(transfer)
        batch = self._batches.get(transfer.batch)
        if batch is None:
            down = transfer.direction is Direction.DOWNLOAD
            batch = Batch(
                *(transfer.batch, transfer.direction, transfer.is_move, transfer.created, place),
                os.sep if down else DELIMITER,
            )
            self._batches[transfer.batch] = batch
        elif place != batch.place:
            batch.widen(place)
        batch.count += 1
        self._of_row[transfer.id] = batch

    def forget(self, transfer_id: int) -> None:
        """A row is no more."""
        batch = self._of_row.pop(transfer_id, None)
        if batch is None:
            return
        batch.count -= 1
        if not batch.count:
            del self._batches[batch.id]

    def of(self, transfer: Transfer) -> Batch | None:
        """The batch of a row; ``None`` for one that came alone, without."""
        return self._of_row.get(transfer.id)


def _place_of(transfer: Transfer) -> str:
    if transfer.direction is Direction.DOWNLOAD:
        return str(transfer.path).rpartition(os.sep)[0]
    where = transfer.location
    return f"{SCHEME}{where.bucket}{DELIMITER}{where.key}".rpartition(DELIMITER)[0]
