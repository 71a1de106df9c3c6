"""A multipart upload from CreateMultipartUpload to the verified object, or to its abort.

The one place where the calls live (Complete and Abort next door). Rules: the upload id is journaled
before the first part; a part counts when its ETag or its checksum was compared and it is journaled.
"""

import logging
from types import TracebackType
from typing import Self

from s3gui.domain.entries import ObjectOptions, StoredPart, UploadRef
from s3gui.domain.errors import ChecksumRefused, NoSuchUpload, S3guiError
from s3gui.domain.integrity import Digest
from s3gui.domain.parts import Meter, Part, plan_parts
from s3gui.domain.ports import Session
from s3gui.domain.transfer import State
from s3gui.transfers.aborts import give_up_upload, note_left, or_take_back, take_back
from s3gui.transfers.completion import Completion, Ending, Recorded
from s3gui.transfers.guard import Guard
from s3gui.transfers.journal import unbroken
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.lanes import Lanes
from s3gui.transfers.outcome import leaves_unknown
from s3gui.transfers.problems import too_large, upload_removed
from s3gui.transfers.retry import is_final
from s3gui.transfers.row import Row
from s3gui.transfers.supply import Supply
from s3gui.transfers.tokens import marked, new_token

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
        supply: what it is made of; ``None`` only where a Complete is open from before.
        guard: says under which condition it may be completed.
        ending: takes the verified object; without one the row is Completed.
        options: what the object is made with, where these are not the row's.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        supply: Supply | None,
        kit: Kit,
        patience: Patience,
        guard: Guard,
        *,
        ending: Ending | None = None,
        options: ObjectOptions | None = None,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._supply_or_none = supply
        self._options = options or row.options
        self._kit = kit
        self._patience = patience
        self._completion = Completion(
            row, session, kit, patience, guard, ending or Recorded(row, kit)
        )
        #: Parts that the server has and the journal has not: an answer was lost.
        self._unclaimed: dict[int, StoredPart] = {}

    async def __aenter__(self) -> Self:
        try:
            if self._row.completing:
                await self._completion.settle()
            elif self._transfer.upload_id:
                self._unclaimed = await self._supply.compare()
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
    def _supply(self) -> Supply:
        if self._supply_or_none is None:
            raise AssertionError("nothing is open while an outcome is looked for")
        return self._supply_or_none

    # CreateMultipartUpload

    async def _create(self) -> None:
        transfer, supply = self._transfer, self._supply
        try:
            plan = plan_parts(supply.size, supply.part_bytes)
        except ValueError as error:
            raise too_large(supply.size) from error
        transfer.size = plan.size
        transfer.identity = supply.identity
        transfer.is_single = False
        transfer.lay_out(plan)

        # In one piece, cancelled or not: the server would have an upload whose id nobody knows.
        await self._patience.call(lambda: unbroken(self._order_create()))
        transfer.changed()

    async def _order_create(self) -> None:
        row, journal = self._row, self._kit.journal
        ref = await self._ask_for_upload()
        if self._token() and not row.upload_token:
            # Its answer is the first to say that there is a need: once a session and bucket.
            await take_back(self._transfer.profile_id, ref, self._session, self._kit)
            await journal.not_created(row.id)  # else it would be looked for, as if it were lost
            ref = await self._ask_for_upload()
        await or_take_back(journal.created(row.id, ref), self._session, ref)
        self._transfer.upload_id = ref.upload_id
        row.opaque_etags, row.checksum = ref.opaque_etags, ref.checksum

    async def _ask_for_upload(self) -> UploadRef:
        row, journal, options = self._row, self._kit.journal, self._options
        where = self._transfer.location
        row.upload_token = self._token()
        await journal.intend(row, self._kit.clock.now())
        try:
            ref = await self._session.uploads.create(where, marked(options, row.upload_token))
        except S3guiError as error:
            await note_left(self._transfer.profile_id, self._session, self._kit)
            if leaves_unknown(error):
                row.create_lost = True
                await journal.create_lost(row.id)
            else:
                await journal.not_created(row.id)
            raise
        keeping = note_left(self._transfer.profile_id, self._session, self._kit)
        await or_take_back(keeping, self._session, ref)
        opaque, checksum = ref.opaque_etags, bool(ref.checksum)
        facts = self._session.etags
        facts.saw_create(where.bucket, options.encryption, opaque=opaque, checksum=checksum)
        return ref

    def _token(self) -> str:
        """A new one, where the object could not be told from others without."""
        bucket, options = self._transfer.location.bucket, self._options
        needed = self._session.etags.upload_needs_token(bucket, options.encryption)
        return new_token(options) if needed else ""

    # UploadPart

    async def send_parts(self) -> None:
        """Sends what is missing.

        Raises:
            S3guiError: a part failed for good; the others are stopped and kept where confirmed.
        """
        await Lanes(self._row, self._kit, self._patience, self._prepare, self._supply.deliver).run()

    async def _prepare(self, part: Part, meter: Meter) -> tuple[Digest, str]:
        there = self._unclaimed.pop(part.number, None)
        return await self._supply.prepare(part, meter, there)

    # CompleteMultipartUpload

    async def _complete(self) -> None:
        if self._transfer.state is State.COMPLETED:
            return
        if self._transfer.state is State.RUNNING:
            await self._supply.check()
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
