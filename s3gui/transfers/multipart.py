"""A multipart upload from CreateMultipartUpload to the verified object, or to its abort.

The one place where the calls live (Complete and Abort next door). Rules: the upload id is journaled
before the first part; a part counts when its ETag or its checksum was compared and it is journaled.
"""

import logging
from types import TracebackType
from typing import Self

from s3gui.domain.entries import StoredPart
from s3gui.domain.errors import ChecksumRefused, NoSuchUpload, S3guiError
from s3gui.domain.integrity import Digest, clean_etag, is_md5
from s3gui.domain.parts import FileSlice, Meter, Part, plan_parts
from s3gui.domain.ports import Session
from s3gui.domain.transfer import State
from s3gui.transfers.aborts import give_up_upload, or_take_back
from s3gui.transfers.completion import Completion
from s3gui.transfers.guard import Guard
from s3gui.transfers.journal import unbroken
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.lanes import Lanes
from s3gui.transfers.outcome import leaves_unknown
from s3gui.transfers.problems import damaged, too_large, upload_removed
from s3gui.transfers.resume import compare
from s3gui.transfers.retry import is_final
from s3gui.transfers.row import KeptPart, Row
from s3gui.transfers.source import LocalSource

_log = logging.getLogger(__name__)
#: How often the server may lose an upload before the file fails.
_RESTARTS = 2


class StartAgain(Exception):
    """The server lost the upload id: the file goes up again from its first part."""


class MultipartUpload:
    """One file's upload.

    Entering creates the upload, goes on with the one in the journal, or, when a Complete is open
    from before, finds out what became of it. Leaving without an error completes and verifies;
    leaving by a cancellation or by an error that may pass keeps what was sent; leaving by a final
    error aborts.

    Args:
        source: the open file; ``None`` only where a Complete is open from before.
        guard: says under which condition it may be completed.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        source: LocalSource | None,
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
        self._completion = Completion(row, session, kit, patience, guard)
        #: Parts that the server has and the journal has not: an answer was lost.
        self._unclaimed: dict[int, StoredPart] = {}

    async def __aenter__(self) -> Self:
        try:
            if self._row.completing:
                await self._completion.settle()
            elif self._transfer.upload_id:
                self._unclaimed = await compare(
                    self._row, self._session, self._file, self._kit, self._patience
                )
            else:
                await self._create()
        except NoSuchUpload as error:
            await self._lost(error)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._row.stopping:
            return
        if error is None:
            try:
                await self._complete()
            except S3guiError as failure:
                await self._clear_up(failure, of_whole=True)
                raise
        elif isinstance(error, S3guiError):
            await self._clear_up(error, of_whole=False)

    async def _clear_up(self, error: S3guiError, *, of_whole: bool) -> None:
        """Removes what was sent where it is of no more use.

        Raises:
            StartAgain: the file goes up anew.
        """
        if isinstance(error, NoSuchUpload):
            await self._lost(error)
        elif isinstance(error, ChecksumRefused) and (of_whole or not self._row.kept):
            await self._without_checksum(error)
        elif is_final(error):
            await self._give_up()

    @property
    def _file(self) -> LocalSource:
        if self._source is None:
            raise AssertionError("no file is open while an outcome is looked for")
        return self._source

    # CreateMultipartUpload

    async def _create(self) -> None:
        transfer = self._transfer
        wanted = self._row.wanted_part_bytes or self._kit.settings.part_bytes
        try:
            plan = plan_parts(self._file.identity.size, wanted)
        except ValueError as error:
            raise too_large(self._file.identity.size) from error
        transfer.size = plan.size
        transfer.identity = self._file.identity
        transfer.is_single = False
        transfer.lay_out(plan)

        # In one piece, cancelled or not: the server would have an upload whose id nobody knows.
        await self._patience.call(lambda: unbroken(self._order_create()))
        transfer.changed()

    async def _order_create(self) -> None:
        row, journal = self._row, self._kit.journal
        await journal.intend(row, self._kit.clock.now())
        try:
            ref = await self._session.uploads.create(self._transfer.location, row.options)
        except S3guiError as error:
            if leaves_unknown(error):
                row.create_lost = True
                await journal.create_lost(row.id)
            else:
                await journal.not_created(row.id)
            raise
        await or_take_back(journal.created(row.id, ref), self._session, ref)
        self._transfer.upload_id = ref.upload_id
        row.opaque_etags, row.checksum = ref.opaque_etags, ref.checksum

    # UploadPart

    async def send_parts(self) -> None:
        """Sends what is missing.

        Raises:
            S3guiError: a part failed for good; the others are stopped and kept where confirmed.
        """
        await Lanes(self._row, self._kit, self._patience, self._prepare, self._send).run()

    async def _prepare(self, part: Part, meter: Meter) -> tuple[Digest, str]:
        """The digest of a part, and its ETag if the server turns out to have it already.

        That takes its MD5 in any case: 32 bits are too few to take bytes for ours that nobody saw.
        """
        there = self._unclaimed.pop(part.number, None)
        crc32 = bool(self._row.checksum)
        digest = await self._kit.threads.hash(
            self._file.digest, part, meter, md5=not crc32 or there is not None, crc32=crc32
        )
        if there is None or there.size != part.length:
            return digest, ""
        return digest, there.etag if KeptPart(digest, there.etag).is_proved else ""

    async def _send(self, part: Part, digest: Digest, meter: Meter) -> str:
        row = self._row
        body = FileSlice(self._file, part.offset, part.length)
        etag = await self._session.uploads.send_part(
            row.ref, part.number, body, digest=digest, meter=meter
        )
        # A checksum was compared where the answer was read.
        counts = is_md5(clean_etag(etag)) and not row.opaque_etags and not row.checksum
        if not etag or (counts and not KeptPart(digest, etag).is_proved):
            raise damaged(part.number, etag, digest.md5.hex() or digest.crc32_text)
        return etag

    # CompleteMultipartUpload

    async def _complete(self) -> None:
        if self._transfer.state is State.COMPLETED:
            return
        if self._transfer.state is State.RUNNING:
            await self._kit.threads.disk(self._file.check_path)
            self._transfer.move_to(State.FINISHING)
        await self._completion.complete()

    # AbortMultipartUpload, and uploads that are no more

    async def _lost(self, error: NoSuchUpload) -> None:
        """Somebody, or a lifecycle rule, removed the upload; Abort makes sure of that."""
        await self._give_up()
        self._count_restart(error)
        self._kit.tell(upload_removed(self._row, error))
        raise StartAgain from error

    async def _without_checksum(self, error: ChecksumRefused) -> None:
        """The file goes up anew, with MD5s: the session does not ask for a checksum again."""
        _log.warning("transfer %d: checksum refused: %s", self._row.id, error.code)
        await self._give_up()
        self._count_restart(error)
        raise StartAgain from error

    def _count_restart(self, error: S3guiError) -> None:
        self._row.restarts += 1
        if self._row.restarts > _RESTARTS:
            raise error

    async def _give_up(self) -> None:
        if self._transfer.upload_id:
            await give_up_upload(self._row, self._session, self._kit)
