"""CompleteMultipartUpload, and what became of it.

Rules: one Complete is in flight at most, and while its outcome is unknown nothing is sent that
changes something.
"""

import logging
from typing import Protocol

from s3gui.domain.conditions import Write
from s3gui.domain.entries import ObjectDetails, Stored, StoredPart
from s3gui.domain.errors import (
    ConditionRefused,
    NoSuchUpload,
    NotFound,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Digest, Verified
from s3gui.domain.ports import Session
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.aborts import give_up_upload
from s3gui.transfers.finish import record_done
from s3gui.transfers.guard import Guard
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.left_store import AbortTodo
from s3gui.transfers.outcome import (
    THERE,
    Outcome,
    can_degrade,
    find_out,
    is_opaque,
    judge,
    leaves_unknown,
    look,
    unseen,
)
from s3gui.transfers.problems import differs, not_stored, outcome_unknown
from s3gui.transfers.row import CANCELS, Expected, Row
from s3gui.transfers.silence import raise_if_keys
from s3gui.transfers.tokens import is_replaced

_log = logging.getLogger(__name__)


class Withdrawn(Exception):
    """Cancelled while the outcome was unknown, and now it is known that nothing was stored."""


class Ending(Protocol):
    """What follows when the object is made and was looked at."""

    async def made(
        self, stored: Stored, details: ObjectDetails, verified: Verified, *, looked: bool
    ) -> None:
        """Takes the object to its row's end.

        Args:
            stored: the object.
            details: of HeadObject, or what is known without.
            verified: how it proved to be made of its parts.
            looked: HeadObject was allowed.
        """


class Recorded:
    """The row is Completed, which is all that follows an upload."""

    def __init__(self, row: Row, kit: Kit) -> None:
        self._row = row
        self._kit = kit

    async def made(
        self, stored: Stored, details: ObjectDetails, verified: Verified, *, looked: bool
    ) -> None:
        """Journals it."""
        del details
        await record_done(self._row, stored, verified, self._kit, looked=looked)


class Completion:
    """The last step of one upload whose parts are all confirmed."""

    def __init__(
        self,
        row: Row,
        session: Session,
        kit: Kit,
        patience: Patience,
        guard: Guard,
        ending: Ending,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._kit = kit
        self._patience = patience
        self._guard = guard
        self._ending = ending

    async def settle(self) -> None:
        """Finds out what became of a Complete that left before a retry, or the program's last end.

        It may be sent again when this returns and the row is not Completed.

        Raises:
            Withdrawn: the row was cancelled meanwhile.
            S3guiError: something else is stored, or nobody knows.
        """
        self._transfer.move_to(State.FINISHING, waiting=Waiting.OUTCOME_UNKNOWN)
        outcome, details = await find_out(self._session, self._row, self._kit.clock, at_once=True)
        if outcome is Outcome.NOT_STORED:
            self._transfer.wait_for(None)
            await self._unless_cancelled()
            return
        await self._conclude(outcome, details)

    async def complete(self) -> None:
        """Completes, and verifies what is stored.

        Raises:
            Withdrawn: the row was cancelled before anything was stored.
            S3guiError: it was refused, something else is stored, or nobody knows.
        """
        await self._journal_completing()
        for _ in range(2):
            stored = await self._order_complete()
            if stored is not None:
                await self._confirm(stored)
                return
            self._transfer.wait_for(Waiting.OUTCOME_UNKNOWN)
            clock = self._kit.clock
            outcome, details = await find_out(self._session, self._row, clock, at_once=False)
            if outcome is not Outcome.NOT_STORED:
                await self._conclude(outcome, details)
                return
        raise outcome_unknown(self._row)

    async def _journal_completing(self) -> None:
        row = self._row
        expected = row.whole()

        def follow() -> None:
            row.completing = True
            row.expected = expected

        await durable(self._kit.journal.completing(row.id, expected), follow)

    async def _order_complete(self) -> Stored | None:
        """Exactly one request at a time; ``None``: nobody knows what became of it."""
        row = self._row
        # A checksum that was not agreed to would be refused.
        parts = [
            StoredPart(
                *(n, item.etag, item.part.length),
                row.kept[n].digest if row.checksum else Digest(),
            )
            for n, item in enumerate(self._transfer.parts, start=1)
        ]
        attempts = self._patience.attempts()
        while True:
            await self._unless_cancelled()
            sent = False
            try:
                condition = await self._guard.condition(Write.COMPLETE)
                sent = True
                stored = await self._session.uploads.complete(
                    row.ref, parts, crc32=row.expected.crc32, condition=condition
                )
            except ConditionRefused:
                self._guard.refused()
            except S3guiError as error:
                if sent and leaves_unknown(error):
                    _log.warning("transfer %d: Complete: %s", row.id, error.code)
                    return None
                # Of an earlier Complete that was carried out late: what is in the way is our own.
                ours = isinstance(error, NoSuchUpload | PreconditionFailed)
                if ours and (there := await self._there()):
                    return there
                try:
                    await self._patience.hold_off(error, attempts)
                except S3guiError:
                    await self._not_completed()
                    raise
            else:
                self._patience.went_well()
                return stored

    async def _there(self) -> Stored | None:
        """What is stored, if it is what the Complete was to make: another one made it."""
        outcome, details = await look(self._session, self._row)
        if outcome not in THERE or details is None:
            return None
        await self._keep_in_mind(outcome)
        return Stored(details.etag, details.version_id, details.checksums.get(CRC32, ""))

    async def _keep_in_mind(self, outcome: Outcome) -> None:
        """The upload, where what is there may be another one's of the same content.

        It is aborted later: when it is gone that changes nothing, and else it would be forgotten.
        """
        if outcome is Outcome.SEEN:
            todo = AbortTodo(self._transfer.profile_id, self._row.ref)
            await self._kit.journal.taken_back(todo, self._kit.clock.now())

    async def _unless_cancelled(self) -> None:
        """While no Complete is under way: a cancel that came meanwhile is followed now.

        Raises:
            Withdrawn: there was one.
        """
        if self._row.wish in CANCELS:
            await self._not_completed()
            raise Withdrawn

    async def _not_completed(self) -> None:
        def follow() -> None:
            self._row.completing = False

        await durable(self._kit.journal.not_completed(self._row.id), follow)

    async def _confirm(self, stored: Stored) -> None:
        """HEAD after an answered Complete."""
        transfer, crc32, seen = self._transfer, bool(self._row.expected.crc32), True
        told = {CRC32: stored.crc32} if stored.crc32 else {}
        details = ObjectDetails(transfer.location, transfer.size, stored.etag, checksums=told)
        try:
            details = await self._patience.call(
                lambda: self._session.objects.head(
                    transfer.location,
                    stored.version_id,
                    checksums=crc32,
                    customer_key=self._row.options.customer_key,
                )
            )
        except NotFound:
            await self._conclude(
                *await find_out(self._session, self._row, self._kit.clock, at_once=False)
            )
            return
        except S3guiError as error:
            await raise_if_keys(error, self._row.ref, self._session)
            if not can_degrade(error):
                raise outcome_unknown(self._row, error) from error
            seen = False
        if seen and is_replaced(details, stored, self._row, self._session):
            await give_up_upload(self._row, self._session, self._kit)
            raise differs(details, transfer.size, Expected(stored.etag))
        await self._finish(details, stored.version_id, seen=seen)

    async def _conclude(self, outcome: Outcome, details: ObjectDetails | None) -> None:
        if outcome in THERE and details is not None:
            await self._keep_in_mind(outcome)
            await self._finish(details, details.version_id)
        elif outcome is Outcome.GONE:
            forgotten = self._kit.journal.forget_upload(self._row.id)
            await durable(forgotten, self._row.start_over)
            raise not_stored(self._row)
        else:
            raise outcome_unknown(self._row)

    async def _finish(
        self, details: ObjectDetails, version_id: str | None, *, seen: bool = True
    ) -> None:
        row, transfer = self._row, self._transfer
        self._guard.written(Write.COMPLETE)
        verified = judge(details, transfer.size, row.expected, opaque=is_opaque(row))
        if verified is None:
            error = differs(details, transfer.size, row.expected)
            # The Complete was answered, but this is not what it was to make.
            await give_up_upload(row, self._session, self._kit)
            raise error
        level = verified if seen else unseen(verified)
        await self._ending.made(Stored(details.etag, version_id), details, level, looked=seen)
