"""A copy in one request: CopyObject, or PutObject of what was read. Whole, or not at all."""

from typing import Protocol

from s3gui.domain.conditions import Write
from s3gui.domain.copying import Copying
from s3gui.domain.entries import ObjectDetails, Stored
from s3gui.domain.errors import (
    BadAnswer,
    ConditionRefused,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Verified, clean_etag, is_md5
from s3gui.domain.parts import FileSlice, Meter, PartPlan
from s3gui.domain.ports import Session
from s3gui.domain.text import tr
from s3gui.domain.transfer import PartState
from s3gui.transfers.copying.carrying import Carrying
from s3gui.transfers.copying.problems import damaged
from s3gui.transfers.copying.proving import prove, same_bytes
from s3gui.transfers.copying.source import Source
from s3gui.transfers.copying.through import read_body
from s3gui.transfers.guard import Guard
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.row import Row


class Writing(Protocol):
    """How the one request is made."""

    #: Which call it is, for conditions.
    write: Write
    #: How the bytes proved to be those that came by here; ``None``: none did.
    level: Verified | None

    async def once(self, guard: Guard, meter: Meter) -> Stored:
        """Sends it once."""


class OnePiece:
    """Tries it until it is there. Nothing of an attempt is kept, so nothing is journaled of it.

    After an answer that was lost the copy may be there: it is recognized by what it has.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        source: Source,
        kit: Kit,
        patience: Patience,
        guard: Guard,
        carrying: Carrying,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._source = source
        self._kit = kit
        self._patience = patience
        self._guard = guard
        self._carrying = carrying

    async def run(self, writing: Writing) -> Stored:
        """The copy, as it was answered, or as it was found.

        Raises:
            PreconditionFailed: somebody else wrote there.
            SourceChanged: it is another object by now.
            S3guiError: it failed.
        """
        size = self._source.details.size
        self._transfer.lay_out(PartPlan(size, max(1, size)))
        self._transfer.is_single = True
        self._transfer.changed()
        stored = await self._deliver(writing)
        self._transfer.part_done(1, stored.etag)
        await self._own(stored.etag)
        return stored

    async def _deliver(self, writing: Writing) -> Stored:
        attempts = self._patience.attempts()
        while True:
            meter = self._patience.meter()
            self._transfer.part_flying(1, meter)
            try:
                return await self._attempt(writing, meter)
            except ConditionRefused:
                self._transfer.part_back(1)
                self._guard.refused()
            except S3guiError as error:
                self._transfer.part_back(1, PartState.WAITING, str(error))
                if self._row.stopping:
                    raise
                if not self._carrying.do_without(error):
                    await self._unless_empty(error)
                    await self._row.wait_out(1, self._patience.hold_off(error, attempts))
            except BaseException:
                meter.stop()
                self._transfer.part_back(1)
                raise

    async def _attempt(self, writing: Writing, meter: Meter) -> Stored:
        progress = self._transfer.parts[0]
        async with self._patience.place(meter):
            progress.state = PartState.SENDING
            began = self._kit.clock.monotonic()
            try:
                stored = await writing.once(self._guard, meter)
            except PreconditionFailed:
                await self._source.check()
                ours = await self._ours()
                if ours is None:
                    raise
                return ours
            progress.took_ms = round((self._kit.clock.monotonic() - began) * 1000)
        self._guard.written(writing.write)
        return stored

    async def _ours(self) -> Stored | None:
        """What is there, if it is the copy: an answer to an earlier try was lost."""
        there = await self._look()
        if there is None or not same_bytes(self._source.details, there):
            return None
        return Stored(there.etag, there.version_id)

    async def _unless_empty(self, error: S3guiError) -> None:
        """A server that does not know CopyObject takes it for a PutObject of no bytes.

        Raises:
            NotSupported: so it is, and what it made is agreed to be replaced.
        """
        if not isinstance(error, BadAnswer) or not self._source.details.size:
            return
        there = await self._look()
        if there is not None and not there.size:
            await self._own(there.etag)
            raise NotSupported(tr("The server does not copy objects")) from error

    async def _look(self) -> ObjectDetails | None:
        transfer, key = self._transfer, self._row.options.customer_key
        try:
            return await self._patience.call(
                lambda: self._session.objects.head(
                    transfer.location, checksums=True, customer_key=key
                )
            )
        except NotFound:
            return None
        except S3guiError as error:
            if can_degrade(error):
                return None
            raise

    async def _own(self, etag: str) -> None:
        """What is there is this row's own, which another try may replace."""
        if self._row.agreed_etag is None:
            return

        def follow() -> None:
            self._row.agreed_etag = etag

        await durable(self._kit.journal.agreed(self._row.id, etag), follow)


class ServerCopy:
    """CopyObject."""

    write = Write.COPY

    def __init__(self, row: Row, copying: Copying, source: Source, carrying: Carrying) -> None:
        self.level: Verified | None = None
        self._row = row
        self._copying = copying
        self._source = source
        self._carrying = carrying

    async def once(self, guard: Guard, meter: Meter) -> Stored:
        """Sends it once."""
        condition = await guard.condition(self.write)
        carrying = self._carrying
        stored = await self._copying.copy(
            self._source.as_copied,
            self._row.transfer.location,
            carrying.options,
            keep_headers=carrying.keeps_headers,
            keep_tags=not self._row.options.tags,
            condition=condition,
        )
        meter.moved = self._source.details.size
        return stored


class PutOfRead:
    """GetObject into memory, PutObject out of it."""

    write = Write.PUT

    def __init__(
        self, row: Row, session: Session, source: Source, kit: Kit, carrying: Carrying
    ) -> None:
        self.level: Verified | None = None
        self._row = row
        self._session = session
        self._source = source
        self._kit = kit
        self._carrying = carrying

    async def once(self, guard: Guard, meter: Meter) -> Stored:
        """Reads it and sends it on, once.

        Raises:
            Corrupt: what came is not what the server says it has.
        """
        part = self._row.transfer.parts[0].part
        where = self._source.origin.location
        async with read_body(self._source, part, self._kit, meter, whole=True) as (body, digest):
            came = ObjectDetails(
                where, part.length, digest.md5.hex(), checksums={CRC32: digest.crc32_text}
            )
            if prove(self._source.details, came) is None:
                raise damaged(where)
            condition = await guard.condition(self.write)
            stored = await self._session.objects.put(
                self._row.transfer.location,
                FileSlice(body, 0, part.length),
                md5=digest.md5,
                options=self._carrying.options,
                meter=meter,
                condition=condition,
            )
        etag = clean_etag(stored.etag).lower()
        self.level = Verified.ETAG if etag == digest.md5.hex() else Verified.PART_MD5_AND_SIZE
        if is_md5(etag) and not stored.opaque_etag and self.level is not Verified.ETAG:
            raise damaged(self._row.transfer.location)
        return stored
