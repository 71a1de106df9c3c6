"""A small object in one GetObject, with no request before it."""

import asyncio

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import (
    BadAnswer,
    NotFound,
    PreconditionFailed,
    S3guiError,
    SourceChanged,
)
from s3gui.domain.parts import PartPlan
from s3gui.domain.transfer import PartState
from s3gui.transfers.downloading.growing import Growing
from s3gui.transfers.downloading.problems import object_changed
from s3gui.transfers.downloading.ranges import RangeSink
from s3gui.transfers.downloading.reading import Reading
from s3gui.transfers.downloading.target import PartFile
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.row import KeptPart, Row
from s3gui.transfers.small_work import Tried


class SingleGet:
    """One row's. Nothing of it is journaled before it is whole, so nothing is kept of a failure."""

    def __init__(
        self, row: Row, reading: Reading, growing: Growing, kit: Kit, patience: Patience
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._reading = reading
        self._growing = growing
        self._kit = kit
        self._patience = patience

    @property
    def may(self) -> bool:
        """Whether the listing told enough for it."""
        # Without an ETag a page of a hotel's network could pass for the object.
        size, known = self._transfer.size, bool(self._reading.origin.etag)
        small = 0 < size <= self._kit.settings.single_put_bytes
        return small and known and self._row.part_path is None

    async def fetch(self) -> tuple[PartFile, ObjectDetails] | None:
        """The open file and what is in it; ``None``: the object is not what the listing said.

        Raises:
            S3guiError: it cannot be fetched, or not be written.
        """
        file = await self._growing.make(PartPlan(self._transfer.size, self._transfer.size))
        self._transfer.is_single = True
        self._transfer.changed()
        details = None
        try:
            details = await self._deliver(file)
        finally:
            if details is None:
                file.close()
                await self._growing.forget()
        return None if details is None else (file, details)

    async def _deliver(self, file: PartFile) -> ObjectDetails | None:
        attempts = self._patience.attempts()
        tried, self._row.tried = self._row.tried, None
        while True:
            try:
                if tried is not None:
                    first, tried = tried, None
                    await self._take_up(first)
                return await self._attempt(file)
            except (BadAnswer, SourceChanged):
                if self._row.stopping:
                    raise
                return None
            except S3guiError as error:
                if self._row.stopping:
                    raise
                await self._row.wait_out(1, self._patience.hold_off(error, attempts))

    async def _take_up(self, first: Tried) -> None:
        """An attempt that was made in ``SmallObjects``; returns where there is to be another.

        Raises:
            S3guiError: what came of it.
        """
        try:
            await first.outcome()
        except (PreconditionFailed, NotFound) as error:
            raise object_changed(self._reading.origin.location) from error

    async def _attempt(self, file: PartFile) -> ObjectDetails:
        progress, meter = self._transfer.parts[0], self._patience.meter()
        self._transfer.part_flying(1, meter)
        progress.state = PartState.WAITING
        sink = RangeSink(file, progress.part, meter, md5=True)
        try:
            async with self._patience.place(meter):
                progress.state = PartState.SENDING
                began = self._kit.clock.monotonic()
                details = await self._reading.fetch(progress.part, sink, whole=True)
                progress.took_ms = round((self._kit.clock.monotonic() - began) * 1000)
                sink.check_whole()
        except S3guiError as error:
            self._transfer.part_back(1, PartState.WAITING, str(error))
            raise
        except asyncio.CancelledError:
            meter.stop()
            self._transfer.part_back(1)
            raise
        self._row.kept[1] = KeptPart(sink.digest, "")
        self._transfer.part_done(1, "")
        return details
