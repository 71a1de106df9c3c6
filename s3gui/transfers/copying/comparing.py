"""Both sides of a move, read through this machine, where the server shows nothing but their size.

ETags that are no MD5s (SSE-KMS, SSE-C), another cut of the parts, no checksums: then the copy may
be anything of that size, and what it was made of must not be deleted for it. So each range is read
from both at once, hashed where it arrives, and kept by neither.

That costs twice the object over the line. Up to ``Settings.compare_bytes`` it is done unasked: who
moves a thing of that size hardly notices, and "moved" is what was asked for. What is larger is a
person's decision: the original stays, the row says why, and its Retry reads. The bound is for each
object, not for a batch: of a folder whose objects are all alike some would be moved and others not,
by nothing but their order. A reading that was asked for goes on after the program's end, from its
first byte; while the program runs, ranges that were the same are not read again.
"""

import asyncio
from collections.abc import Sequence

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import ErrorKind, NotFound, PreconditionFailed, S3guiError
from s3gui.domain.integrity import CRC32, Digest, clean_etag
from s3gui.domain.parts import MIB, Meter, Part, PartPlan, plan_parts
from s3gui.domain.ports import Session
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import Direction, PartState, Transfer
from s3gui.transfers.copying.problems import (
    changed_since,
    copy_changed,
    differ_at,
    not_compared,
)
from s3gui.transfers.copying.source import Source
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.lanes import Lanes, first_of
from s3gui.transfers.row import Compared, KeptPart, Row
from s3gui.transfers.sides import PartSums, Sums

_RANGE_BYTES = 16 * MIB


class Comparing:
    """One move's.

    Args:
        source: what was copied; it was looked at in this run, and is what was copied.
        session: of the copy.
        copy: HeadObject's answer of it.
        version_id: of the copy.
    """

    def __init__(
        self,
        row: Row,
        source: Source,
        session: Session,
        kit: Kit,
        patience: Patience,
        copy: ObjectDetails,
        version_id: str | None,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._source = source
        self._session = session
        self._kit = kit
        self._patience = patience
        self._copy = copy
        self._version_id = version_id

    async def run(self) -> None:
        """Returns when all bytes are the same; ``row.proof`` has their CRC-32 then.

        Raises:
            Corrupt: they are not; the copy counts no more, and Retry makes another one.
            SourceChanged: the original is another one by now.
            S3guiError: one of the two cannot be read, or is another one by now.
        """
        transfer = self._transfer
        cut, etags = transfer.part_bytes, [item.etag for item in transfer.parts]
        try:
            if self._source.details.size:
                await self._read()
            self._prove()
        except S3guiError as error:
            raise self._in_words(error) from error
        finally:
            # The row's parts are those of the copy again; its proof speaks of them.
            transfer.is_comparing = False
            if cut:
                _lay_out(transfer, cut, etags)

    async def _read(self) -> None:
        transfer, compared = self._transfer, self._begun()
        transfer.lay_out(PartPlan(self._source.details.size, compared.range_bytes))
        for number in compared.crc32:
            transfer.part_done(number, "")
        if self._row.gauge is not None:
            self._row.gauge.reset()
        transfer.is_comparing = True
        transfer.changed()
        ranges = _Ranges(self._row, self._kit, self._patience, _nothing, self._same)
        await ranges.run()

    def _begun(self) -> Compared:
        """What is compared already, of these very two."""
        origin = self._source.origin
        of = (origin.etag, origin.version_id, self._copy.etag, self._version_id)
        compared = self._row.compared
        if compared is None or compared.of != of:
            plan = plan_parts(self._source.details.size, _RANGE_BYTES)
            compared = self._row.compared = Compared(of, plan.part_bytes)
        return compared

    async def _same(self, part: Part, digest: Digest, meter: Meter) -> KeptPart:
        """Reads a range of both sides at the same time.

        Raises:
            Corrupt: it differs.
            S3guiError: one of them cannot be read; the other is stopped.
        """
        del digest
        limiter = self._kit.limiter
        near, far = limiter.meter(Direction.DOWNLOAD), limiter.meter(Direction.DOWNLOAD)

        def stop() -> None:
            near.stop()
            far.stop()

        meter.on_stop(stop)
        try:
            async with asyncio.TaskGroup() as group:
                first = group.create_task(self._original(part, near))
                second = group.create_task(self._copied(part, far, meter))
        except BaseExceptionGroup as failed:
            raise first_of(failed) from None
        finally:
            meter.on_stop(None)
            stop()
        ours, theirs = first.result(), second.result()
        if ours.sha256 != theirs.sha256:
            raise differ_at(self._source.origin.location, part)
        return KeptPart(Digest(crc32=ours.crc32), "")

    async def _original(self, part: Part, meter: Meter) -> PartSums:
        sums = Sums(md5=False)
        await self._source.fetch(part, sums, meter, whole=False)
        return sums.result()

    async def _copied(self, part: Part, meter: Meter, shown: Meter) -> PartSums:
        sums = _Shown(shown)
        try:
            details = await self._session.objects.fetch(
                self._transfer.location,
                sums,
                meter=meter,
                first=part.offset,
                length=part.length,
                if_match=self._copy.etag or None,
                version_id=self._version_id,
                customer_key=self._row.options.customer_key,
            )
        except (PreconditionFailed, NotFound) as error:
            raise copy_changed(self._transfer.location) from error
        if clean_etag(details.etag) != clean_etag(self._copy.etag):
            # A server that does not know If-Match.
            raise copy_changed(self._transfer.location)
        return sums.result()

    def _prove(self) -> None:
        row, size = self._row, self._source.details.size
        whole = b"\0\0\0\0"
        if size and row.compared is not None:
            plan, crcs = PartPlan(size, row.compared.range_bytes), row.compared.crc32
            whole = crc.combined(CRC32, [(crcs[part.number], part.length) for part in plan])
        row.compared = None
        row.proof[Proof.CRC32] = Digest(crc32=whole).crc32_text

    def _in_words(self, error: S3guiError) -> S3guiError:
        where = self._source.origin.location
        if error.code == "SourceChanged":
            return changed_since(where)
        is_said = error.kind is ErrorKind.AUTH or error.code in {"ObjectDiffers", "CopyChanged"}
        return error if is_said else not_compared(where, error)


class _Shown(Sums):
    """Counts what it hashes for the row."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(md5=False)
        self._meter = meter

    def write_from(self, offset: int, data: memoryview) -> None:
        """Takes the next bytes."""
        super().write_from(offset, data)
        self._meter.moved += len(data)


class _Ranges(Lanes):
    """Ranges on their way as parts are, one place for both sides; nothing is sent or journaled."""

    on_the_wire = PartState.HASHING

    async def keep(self, part: Part, kept: KeptPart) -> None:
        """Counts a range that is the same."""
        if self._row.compared is not None:
            self._row.compared.crc32[part.number] = kept.digest.crc32
        self._transfer.part_done(part.number, "")


async def _nothing(part: Part, meter: Meter) -> tuple[Digest, str]:
    """There is nothing to be done ahead of a range."""
    del part, meter
    return Digest(), ""


def _lay_out(transfer: Transfer, part_bytes: int, etags: Sequence[str]) -> None:
    """The parts of the copy, all stored; there are no ``etags`` after a start of the program."""
    plan = PartPlan(transfer.size, part_bytes)
    transfer.lay_out(plan)
    for number, etag in enumerate(etags or [""] * plan.count, start=1):
        transfer.part_done(number, etag)
