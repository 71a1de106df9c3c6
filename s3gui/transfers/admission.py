"""The queue's door: what a drop or a listing brought becomes rows, journaled, then shown."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from s3gui.domain.queueing import Skipped
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction, Transfer
from s3gui.transfers.content_types import type_by_rules
from s3gui.transfers.drop import Drop, Progress
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row
from s3gui.transfers.scan import Batch, Found
from s3gui.transfers.wishes import Live


class Admission:
    """Gives out ids and positions, and keeps two rows from going to one place.

    Args:
        show: takes rows that are in the journal into the list.
    """

    def __init__(self, kit: Kit, live: Live, show: Callable[[Sequence[Row]], None]) -> None:
        self._kit = kit
        self._live = live
        self._show = show
        self._open = asyncio.Event()
        self._open.set()
        self._last_id = 0
        self._last_position = 0

    def after(self, id_: int, position: int) -> None:
        """Numbers that are taken."""
        self._last_id = max(self._last_id, id_)
        self._last_position = max(self._last_position, position)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """In here whoever wants something admitted waits."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    async def admit(self, drop: Drop, batch: Batch) -> None:
        """Queues what can be; the rest is in ``drop.skipped``. How far it is read goes with it.

        Raises:
            JournalError: the rows could not be written.
        """
        await self._open.wait()
        told = len(drop.skipped), len(drop.mapped)
        drop.skipped += batch.skipped
        drop.mapped += batch.mapped
        drop.had += batch.had
        rows = [row for found in batch.found if (row := self._new_row(drop, found)) is not None]
        news = (len(drop.skipped), len(drop.mapped)) != told
        if not (rows or news or batch.last):
            return
        progress = Progress(
            id=drop.id,
            is_last=batch.last,
            mark=batch.mark or drop.mark,
            queued=drop.queued + len(rows),
            queued_bytes=drop.queued_bytes + sum(row.transfer.size for row in rows),
            had=drop.had,
            skipped=tuple(drop.skipped[told[0] :]),
            mapped=tuple(drop.mapped[told[1] :]),
        )
        shown = False

        def show() -> None:
            nonlocal shown
            shown = True
            drop.mark = progress.mark
            drop.queued, drop.queued_bytes = progress.queued, progress.queued_bytes
            if rows:
                self._show(rows)

        try:
            await durable(self._kit.journal.add(rows, progress), show)
        finally:
            if not shown:
                # It comes again, where it is tried again.
                del drop.skipped[told[0] :], drop.mapped[told[1] :]
                drop.had -= batch.had
                for row in rows:
                    self._live.release(row)

    def _new_row(self, drop: Drop, found: Found) -> Row | None:
        by_rule = type_by_rules(drop.content_types, found.location.key)
        kind = drop.options.content_type or by_rule or found.content_type
        transfer = Transfer(
            id=self._last_id + 1,
            profile_id=drop.profile_id,
            direction=drop.direction,
            location=found.location,
            path=found.path,
            size=found.size,
            position=self._last_position + 1,
            batch=drop.batch,
            origin=found.origin,
            is_move=drop.is_move,
            priority=drop.priority,
            if_exists=drop.if_exists,
            content_type=kind,
            created=self._kit.clock.now(),
        )
        row = Row(transfer, drop.options_of(kind), wanted_part_bytes=drop.part_bytes)
        other = self._live.at(row.destination)
        if other is not None:
            drop.skipped.append(_taken(found, transfer, other.transfer))
            return None
        self.after(transfer.id, transfer.position)
        self._live.claim(row)
        return row


def _taken(found: Found, transfer: Transfer, other: Transfer) -> Skipped:
    same = (other.path, other.origin) == (transfer.path, transfer.origin)
    if same:
        why = tr("is in the list already")
    elif transfer.direction is Direction.DOWNLOAD:
        why = tr("another object goes to the same file: {name}").format(
            name=visible(str(other.location))
        )
    elif transfer.direction is Direction.COPY:
        why = tr("something else goes to the same key")
    else:
        why = tr("another file goes to the same key")
    if transfer.direction is Direction.COPY:
        return Skipped(found.path, why, found.origin.location if found.origin else None)
    of = found.location if transfer.direction is Direction.DOWNLOAD else None
    return Skipped(found.path, why, of)
