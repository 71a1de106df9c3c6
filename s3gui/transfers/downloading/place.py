"""Where a download ends: what is there already, what the policy says of it, and the last step."""

import itertools
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.existing import Existing
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.domain.text import tr
from s3gui.domain.transfer import ErrorNote, State, Waiting
from s3gui.transfers.conflicts import (
    Decision,
    Incoming,
    Verdict,
    already_there,
    decide,
    free_names,
    is_answered,
    wants_content,
)
from s3gui.transfers.content import same_content
from s3gui.transfers.downloading.folders import cannot_use, opened
from s3gui.transfers.downloading.growing import Growing
from s3gui.transfers.downloading.paths import fitted
from s3gui.transfers.downloading.problems import in_the_way
from s3gui.transfers.journal import StateChange, durable, unbroken
from s3gui.transfers.kit import Kit
from s3gui.transfers.rereading import open_source
from s3gui.transfers.row import Row

#: So many names are tried for one that is free.
_MOST_NAMES = 1000
#: These look at what is there, so they look again before it is replaced.
_LOOKS = frozenset({IfExists.NEWER, IfExists.SIZE, IfExists.CONTENT})


class Place:
    """The target of one row."""

    def __init__(self, row: Row, session: Session, growing: Growing, kit: Kit) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._growing = growing
        self._kit = kit
        #: Something is there, and the policy wants it replaced.
        self.agreed = False

    @property
    def replaces(self) -> bool:
        """Whether whatever has the name is replaced without another look."""
        return self._transfer.if_exists is IfExists.OVERWRITE

    @property
    def wants_details(self) -> bool:
        """Whether the policy needs to know the object itself."""
        return self._transfer.if_exists in _LOOKS

    async def settle(self, details: ObjectDetails | None) -> Verdict:
        """Looks, decides, and has a row that is to rest do so.

        PROCEED: what is there, if anything, is to be replaced; nothing is there after a rename.

        Raises:
            S3guiError: the policy wants the row to fail (``Exists``), or it cannot be looked at.
        """
        transfer = self._transfer
        transfer.there = None
        self.agreed = False
        facts = await self._kit.threads.disk(_look, transfer.path)
        there = _existing(facts)
        decision = await self._decide(there, details)
        if facts is not None and not stat.S_ISREG(facts.st_mode):
            _refuse_odd(transfer.path, decision.verdict)
        match decision.verdict:
            case Verdict.RENAME:
                await self._rename()
                return Verdict.PROCEED
            case Verdict.FAIL:
                raise already_there(str(transfer.path), there, decision.why)
            case Verdict.SKIP:
                if self._row.part_path is not None:
                    await self._growing.give_up()
                note = ErrorNote(tr("Skipped"), decision.why, code="LeftAlone")
                await self.rest(State.SKIPPED, note, None)
            case Verdict.ASK:
                transfer.there = there
                note = ErrorNote.of(already_there(str(transfer.path), there, decision.why))
                await self.rest(State.PAUSED, note, Waiting.CONFLICT)
            case Verdict.PROCEED:
                self.agreed = there is not None
                transfer.remarks = (decision.remark,) if decision.remark else ()
        return decision.verdict

    async def _decide(self, there: Existing | None, details: ObjectDetails | None) -> Decision:
        transfer, origin = self._transfer, self._transfer.origin
        modified = origin.modified if origin is not None else None
        size = transfer.size
        if details is not None:
            size, modified = details.size, details.modified
        incoming, same = Incoming(size, modified), None
        if details is not None and wants_content(transfer.if_exists, incoming, there):
            same = await self._same(details)
        return decide(transfer.if_exists, incoming, there, same=same)

    async def _same(self, details: ObjectDetails) -> bool | None:
        source = await open_source(self._transfer.path, self._kit.threads)
        try:
            key = self._row.options.customer_key
            return await same_content(source, details, self._session, self._kit, key)
        finally:
            source.close()

    async def _rename(self) -> None:
        """Sends the row to a free name beside its own."""
        transfer, live = self._transfer, self._kit.live
        for name in itertools.islice(free_names(transfer.path.name), _MOST_NAMES):
            path = transfer.path.with_name(fitted(name))
            if await self._kit.threads.disk(_look, path) is not None or live.at(path) is not None:
                continue
            before = transfer.path
            self._send_to(path)
            moving = self._kit.journal.destination(self._row)
            try:
                await unbroken(moving)
            finally:
                if moving.exception() is not None:
                    # The journal would have what is done under the old name.
                    self._send_to(before)
            transfer.changed()
            return
        raise already_there(str(transfer.path), None, tr("No name beside it is free."))

    def _send_to(self, path: Path) -> None:
        self._kit.live.release(self._row)
        self._transfer.path = path
        self._kit.live.claim(self._row)

    async def rest(self, state: State, note: ErrorNote, waiting: Waiting | None) -> None:
        """The row waits for a person, or is left alone."""

        def follow() -> None:
            # Answered for the whole batch while it was about to ask: it is queued, and goes on.
            if waiting is not Waiting.CONFLICT or not is_answered(self._transfer):
                self._transfer.move_to(state, waiting=waiting, error=note)

        change = StateChange(self._row.id, state, note)
        await durable(self._kit.journal.change([change], self._kit.clock.now()), follow)


def _existing(facts: os.stat_result | None) -> Existing | None:
    if facts is None:
        return None
    return Existing(facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _refuse_odd(path: Path, verdict: Verdict) -> None:
    """A folder or a link is neither replaced nor compared."""
    if verdict is Verdict.PROCEED:
        raise in_the_way(path)


def _look(path: Path) -> os.stat_result | None:
    with opened(path.parent) as folder:
        try:
            return folder.lstat(path.name)
        except OSError as error:
            raise cannot_use(path, error) from error
