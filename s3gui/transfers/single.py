"""A small file in one PutObject."""

from s3gui.domain.conditions import Write
from s3gui.domain.entries import Stored
from s3gui.domain.errors import ConditionRefused, NotFound, PreconditionFailed, S3guiError
from s3gui.domain.integrity import Verified, clean_etag, is_md5
from s3gui.domain.parts import FileSlice, Meter, PartPlan
from s3gui.domain.ports import Session
from s3gui.domain.receipt import Proof
from s3gui.domain.text import tr
from s3gui.domain.transfer import PartState, State
from s3gui.transfers.finish import record_done
from s3gui.transfers.guard import Guard
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.outcome import can_degrade, judge
from s3gui.transfers.problems import differs
from s3gui.transfers.row import Expected, Row
from s3gui.transfers.small_work import Tried
from s3gui.transfers.source import LocalSource, source_changed
from s3gui.transfers.tokens import is_ours, is_replaced, marked, new_token


class SinglePut:
    """One file's upload. PutObject replaces whole or not at all, so it may be tried again."""

    def __init__(
        self,
        row: Row,
        session: Session,
        source: LocalSource,
        kit: Kit,
        patience: Patience,
        guard: Guard,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._source = source
        self._kit = kit
        self._patience = patience
        self._guard = guard

    async def run(self) -> None:
        """Sends, compares, journals.

        Raises:
            S3guiError: it failed for good.
        """
        size = self._source.identity.size
        self._transfer.size = size
        await self._mark()
        self._transfer.lay_out(PartPlan(size, max(1, size)))
        self._transfer.is_single = True
        self._transfer.changed()
        tried, self._row.tried = self._row.tried, None
        stored, verified = await self._deliver(tried)
        self._transfer.part_done(1, stored.etag)
        self._transfer.move_to(State.FINISHING)
        await record_done(self._row, stored, verified, self._kit)

    async def _mark(self) -> None:
        """Gives what is sent under a condition a token, where it could not be recognized without.

        Without a condition nothing can be in the way of another try. A token of an earlier run is
        kept as long as the file is the same: what was stored under it has to be this content.
        """
        row, identity = self._row, self._source.identity
        same, self._transfer.identity = self._transfer.identity == identity, identity
        before, bucket = row.upload_token, self._transfer.location.bucket
        needed = self._session.etags.put_needs_token(bucket, row.options.encryption)
        if row.agreed_etag is None or not (same and before):
            given = row.agreed_etag is not None and needed
            row.upload_token = new_token(row.options) if given else ""
        if row.upload_token != before:
            await self._kit.journal.marked(row)

    async def _deliver(self, tried: Tried | None) -> tuple[Stored, Verified]:
        attempts = self._patience.attempts()
        while True:
            meter = self._patience.meter()
            self._transfer.part_flying(1, meter)
            try:
                if tried is None:
                    return await self._attempt(meter)
                first, tried = tried, None
                return await self._take_up(first)
            except ConditionRefused:
                self._transfer.part_back(1)
                self._guard.refused()
            except S3guiError as error:
                self._transfer.part_back(1, PartState.WAITING, str(error))
                if self._row.stopping:
                    raise
                await self._row.wait_out(1, self._patience.hold_off(error, attempts))
            except BaseException:
                meter.stop()
                self._transfer.part_back(1)
                raise

    async def _attempt(self, meter: Meter) -> tuple[Stored, Verified]:
        progress = self._transfer.parts[0]
        part = progress.part
        digest = await self._kit.threads.hash(
            self._source.digest, part, meter, md5=True, crc32=False
        )
        md5 = digest.md5
        self._row.proof = {Proof.MD5: md5.hex()}
        body = FileSlice(self._source, part.offset, part.length)
        async with self._patience.place(meter):
            progress.state = PartState.SENDING
            began = self._kit.clock.monotonic()
            stored = await self._put(body, md5, meter)
            progress.took_ms = round((self._kit.clock.monotonic() - began) * 1000)
        # What was written to while it was read is stored as a mix that its MD5 does not show.
        await self._kit.threads.disk(self._source.check)
        return stored, await self._verify(stored, md5.hex())

    async def _put(self, body: FileSlice, md5: bytes, meter: Meter) -> Stored:
        try:
            condition = await self._guard.condition(Write.PUT)
            stored = await self._session.objects.put(
                self._transfer.location,
                body,
                md5=md5,
                options=marked(self._row.options, self._row.upload_token),
                meter=meter,
                condition=condition,
            )
        except PreconditionFailed:
            # The answer to an earlier try was lost, and what is in the way is our own.
            ours = await self._ours(md5.hex())
            if ours is None:
                raise
            return ours
        self._guard.written(Write.PUT)
        return stored

    async def _ours(self, md5: str) -> Stored | None:
        transfer, key = self._transfer, self._row.options.customer_key
        try:
            there = await self._patience.call(
                lambda: self._session.objects.head(transfer.location, customer_key=key)
            )
        except NotFound:
            return None
        except S3guiError as error:
            if can_degrade(error):
                return None
            raise
        same = there.size == transfer.size and (
            is_ours(there, self._row, self._session)
            or (clean_etag(there.etag).lower() == md5 and not there.opaque_etag)
        )
        return Stored(there.etag, there.version_id) if same else None

    async def _take_up(self, tried: Tried) -> tuple[Stored, Verified]:
        """What came of the attempt that was made already."""
        try:
            stored = await tried.outcome()
        except PreconditionFailed:
            ours = await self._ours(tried.md5.hex())
            if ours is None:
                raise
            stored = ours
        else:
            self._guard.written(Write.PUT)
        if tried.identity != self._source.identity:
            raise source_changed(self._transfer.path, tr("it was written to"))
        self._row.proof = {Proof.MD5: tried.md5.hex()}
        return stored, await self._verify(stored, tried.md5.hex())

    async def _verify(self, stored: Stored, expected: str) -> Verified:
        """By the ETag; where that is no MD5, by HeadObject.

        Raises:
            Corrupt: something else is stored.
        """
        etag = clean_etag(stored.etag).lower()
        bucket, encryption = self._transfer.location.bucket, self._row.options.encryption
        hidden = stored.opaque_etag or not is_md5(etag)
        if hidden or etag == expected:
            self._session.etags.saw_etag(bucket, encryption, opaque=hidden)
        if etag == expected:
            return Verified.ETAG
        transfer = self._transfer
        try:
            details = await self._patience.call(
                lambda: self._session.objects.head(
                    transfer.location,
                    stored.version_id,
                    customer_key=self._row.options.customer_key,
                )
            )
        except S3guiError as error:
            if can_degrade(error) and etag and not is_md5(etag):
                return Verified.PART_MD5
            raise
        # SSE-KMS and SSE-C give ETags that look like MD5s and are not.
        opaque = details.encryption not in {"", "AES256"}
        verified = (
            judge(details, transfer.size, Expected(expected), opaque=opaque) if etag else None
        )
        if verified is None:
            raise differs(details, transfer.size, Expected(expected))
        if is_replaced(details, stored, self._row, self._session):
            raise differs(details, transfer.size, Expected(stored.etag))
        return verified
