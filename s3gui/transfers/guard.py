"""Keeps an upload or a copy from replacing what the person did not agree to.

Before the first byte HeadObject says what is there, and the policy of the row decides; what was
agreed is journaled. At the write it is the condition (If-None-Match, If-Match). Where the server
knows none, or has not shown that it keeps to them, HeadObject looks once more right before.
"""

import logging
from dataclasses import replace

from s3gui.domain.conditions import ANYTHING, NOTHING_THERE, Condition, Write
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import NotFound, PreconditionFailed, S3guiError
from s3gui.domain.existing import Existing, Remark
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import ErrorNote, State, Waiting
from s3gui.transfers.aborts import give_up_upload
from s3gui.transfers.conflicts import (
    ANY_ETAG,
    BY_BEING_THERE,
    Decision,
    Incoming,
    Verdict,
    already_there,
    decide,
    free_names,
    is_answered,
    wants_content,
)
from s3gui.transfers.journal import StateChange, durable, unbroken
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.row import Row
from s3gui.transfers.scan import MOST_KEY_BYTES
from s3gui.transfers.silence import raise_if_keys
from s3gui.transfers.supply import Supply

_log = logging.getLogger(__name__)
#: A look that is older, in seconds, does not speak for the moment of writing.
_FRESH_S = 1.0
#: So long, in seconds, it does for who writes nothing because of it.
_STILL_S = 10.0
#: So often may somebody else write between a look and the write, until the row fails.
_MOST_BEATEN = 5
#: So many names are tried for one that is free.
_MOST_NAMES = 1000
#: It is not known whether something is there: the keys may not look.
HIDDEN = Existing(None)


class Guard:
    """One upload's, for one run. With ``IfExists.OVERWRITE`` it asks the server nothing.

    Args:
        supply: what is sent; ``None`` only where a Complete is open from before.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        supply: Supply | None,
        kit: Kit,
        patience: Patience,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        #: What is sent; another way may be found to get it there.
        self.supply = supply
        self._kit = kit
        self._patience = patience
        self._looked_at: float | None = None
        self._is_hidden = False

    # Before the first byte

    async def admit(self) -> bool:
        """Whether to send. If not, the row has come to rest: Skipped, or Paused to be decided.

        Raises:
            Conflict: the policy wants the row to fail (``Exists``).
            S3guiError: it cannot be found out what is there.
        """
        row, transfer = self._row, self._transfer
        transfer.there = None
        if transfer.if_exists is IfExists.OVERWRITE or row.agreed_etag is not None:
            return True
        details = self._listed() or await self._head(transfer.location)
        there = _existing(details)
        if there is HIDDEN:
            self._is_hidden = True
            # The write itself asks; when it was refused for that, something is there.
            there = HIDDEN if row.beaten else None
        decision = await self._decided(there, details)
        transfer.there = there
        match decision.verdict:
            case Verdict.PROCEED:
                transfer.there = None
                await self._agree(decision)
                return True
            case Verdict.RENAME:
                transfer.there = None
                await self._rename()
                return True
            case Verdict.SKIP:
                await self._leave_alone(decision)
                return False
            case Verdict.ASK:
                await self._wait_for_decision(decision)
                return False
            case Verdict.FAIL:
                raise already_there(str(transfer.location), there, decision.why)

    async def _decided(self, there: Existing | None, details: ObjectDetails | None) -> Decision:
        supply, policy = self._supply, self._transfer.if_exists
        incoming = Incoming(supply.size, supply.modified)
        same: bool | None = None
        if details is not None and wants_content(policy, incoming, there):
            same = await supply.same_as(details)
        return decide(policy, incoming, there, same=same)

    def _listed(self) -> ObjectDetails | None:
        """What a list told just now, where nothing but that it is there decides."""
        (at, details), self._row.listed = self._row.listed or (0.0, None), None
        is_old = self._kit.clock.monotonic() - at > _STILL_S
        return None if is_old or self._transfer.if_exists not in BY_BEING_THERE else details

    @property
    def _supply(self) -> Supply:
        if self.supply is None:
            raise AssertionError("nothing is open while an outcome is looked for")
        return self.supply

    async def _head(self, where: Location) -> ObjectDetails | None:
        """What is there; ``None``: nothing, or (``_is_hidden``) nobody may look."""
        self._is_hidden = False
        self._looked_at = self._kit.clock.monotonic()
        wants = self._transfer.if_exists is IfExists.CONTENT
        key = self._row.options.customer_key
        try:
            return await self._patience.call(
                lambda: self._session.objects.head(where, checksums=wants, customer_key=key)
            )
        except NotFound:
            return None
        except S3guiError as error:
            # 400: an object with another customer key, which cannot even be looked at.
            if not can_degrade(error) and error.code not in {"400", "InvalidRequest"}:
                raise
            upload_id = self._transfer.upload_id if where == self._transfer.location else ""
            await raise_if_keys(
                error, replace(self._row.ref, location=where, upload_id=upload_id), self._session
            )
            return ObjectDetails(where, -1, "")

    async def _agree(self, decision: Decision) -> None:
        def follow() -> None:
            self._row.agreed_etag = decision.agreed
            self._transfer.remarks = (decision.remark,) if decision.remark else ()

        await durable(self._kit.journal.agreed(self._row.id, decision.agreed), follow)

    async def _rename(self) -> None:
        """Sends the row to a free name beside its own; parts that are there are of another key."""
        transfer = self._transfer
        parent, slash, _ = transfer.location.key.rpartition(DELIMITER)
        names = free_names(transfer.path.name or transfer.location.name)
        for _ in range(_MOST_NAMES):
            where = Location(transfer.location.bucket, f"{parent}{slash}{next(names)}")
            if len(where.key.encode()) > MOST_KEY_BYTES:
                break
            if self._kit.live.at((transfer.profile_id, where)) is not None:
                continue
            details = await self._head(where)
            if details is None or _existing(details) is HIDDEN:
                if transfer.upload_id:
                    await give_up_upload(self._row, self._session, self._kit)
                before = transfer.location
                if self._kit.live.move(self._row, where):
                    await self._moved(before)
                    return
        raise already_there(str(transfer.location), None, tr("No name beside it is free."))

    async def _moved(self, before: Location) -> None:
        moving = self._kit.journal.destination(self._row)
        try:
            await unbroken(moving)
        finally:
            if moving.exception() is not None:
                # The journal would have the upload id, and what is done, under the old name.
                self._kit.live.move(self._row, before)
        await self._agree(Decision(Verdict.PROCEED))
        self._transfer.changed()

    # At rest

    async def _leave_alone(self, decision: Decision) -> None:
        transfer = self._transfer
        if transfer.upload_id:
            await give_up_upload(self._row, self._session, self._kit)
        note = ErrorNote(tr("Skipped"), decision.why, code="LeftAlone")
        await self._rest(State.SKIPPED, note, None)

    async def _wait_for_decision(self, decision: Decision) -> None:
        place = str(self._transfer.location)
        note = ErrorNote.of(already_there(place, self._transfer.there, decision.why))
        await self._rest(State.PAUSED, note, Waiting.CONFLICT)

    async def _rest(self, state: State, note: ErrorNote, waiting: Waiting | None) -> None:
        def follow() -> None:
            # Answered for the whole batch while it was about to ask: it is queued, and goes on.
            if waiting is not Waiting.CONFLICT or not is_answered(self._transfer):
                self._transfer.move_to(state, waiting=waiting, error=note)

        change = StateChange(self._row.id, state, note)
        await durable(self._kit.journal.change([change], self._kit.clock.now()), follow)

    # At the write

    async def condition(self, write: Write) -> Condition:
        """What the write is sent with; asked for right before, for each try anew.

        Raises:
            PreconditionFailed: a look shows that something else is there than was agreed.
            S3guiError: it cannot be found out what is there.
        """
        agreed = self._row.agreed_etag
        if agreed is None:
            return ANYTHING
        kept = self._is_kept(write)
        # Between the look and a Complete all parts went; one look more is nothing to that.
        if kept is not True and (self._is_stale or not self._is_brief(write)):
            self._compare(await self._head(self._transfer.location), agreed)
        if kept is not False:
            return _condition(agreed)
        if self._is_hidden:
            raise _cannot_look(self._transfer.location)
        return ANYTHING

    def _is_kept(self, write: Write) -> bool | None:
        """Whether the server keeps to the condition that the write is to be sent with."""
        condition = _condition(self._row.agreed_etag or "")
        bucket = self._transfer.location.bucket
        return self._session.conditions.of(bucket, write, condition) if condition else False

    def _is_brief(self, write: Write) -> bool:
        """Whether it follows the look at once, and is over soon."""
        small = self._transfer.size <= self._kit.settings.single_put_bytes
        return write is Write.PUT or (write is Write.COPY and small)

    @property
    def _is_stale(self) -> bool:
        at = self._looked_at
        return at is None or self._kit.clock.monotonic() - at > _FRESH_S

    def _compare(self, details: ObjectDetails | None, agreed: str) -> None:
        if _existing(details) is HIDDEN:
            self._is_hidden = True
            return
        found = "" if details is None else details.etag or ANY_ETAG
        if agreed == ANY_ETAG and found:
            return
        if found != agreed:
            raise PreconditionFailed(
                tr("Somebody else wrote {place} meanwhile").format(
                    place=visible(str(self._transfer.location))
                ),
                hint=tr("Press Retry: it is looked at once more."),
            )

    def refused(self) -> None:
        """The server does not know the condition: the next one asks for a look again."""
        self._looked_at = None

    def written(self, write: Write) -> None:
        """The write went through: notes how sure it is that nothing else was replaced."""
        transfer = self._transfer
        others: tuple[Remark, ...] = tuple(
            one for one in transfer.remarks if one not in {Remark.LOOKED, Remark.UNPROVED}
        )
        kept = self._row.agreed_etag is None or self._is_kept(write)
        if kept is not True:
            others += (Remark.LOOKED if kept is False else Remark.UNPROVED,)
        transfer.remarks = others

    async def beaten(self, error: PreconditionFailed) -> None:
        """Somebody else wrote there: the row is to be decided anew, with the parts it has.

        Raises:
            PreconditionFailed: that happened too often.
        """
        row = self._row
        row.beaten += 1
        if row.beaten > _MOST_BEATEN:
            raise error
        _log.info("transfer %d: somebody else wrote there", row.id)

        def follow() -> None:
            row.agreed_etag = None

        await durable(self._kit.journal.agreed(row.id, None), follow)


def _condition(agreed: str) -> Condition:
    if agreed == ANY_ETAG:
        return ANYTHING
    return Condition(if_match=agreed) if agreed else NOTHING_THERE


def _existing(details: ObjectDetails | None) -> Existing | None:
    if details is None:
        return None
    if details.size < 0:
        return HIDDEN
    return Existing(details.size, details.modified, details.etag)


def _cannot_look(where: Location) -> S3guiError:
    return S3guiError(
        tr("It cannot be found out whether {place} is there").format(place=visible(str(where))),
        tr("These keys may not look at it, and the server cannot guard against overwriting."),
        tr("Ask for the right to read it, or choose to overwrite."),
        code="CannotLook",
    )
