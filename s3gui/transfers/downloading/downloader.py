"""One row's download: what is read is pinned, fetched, proved, and given its name.

Kept over pauses, crashes and errors that may pass: the ``.part`` and the ranges that the journal
has. They are trusted if it is the same file, of the same object, and what it holds has the CRC-32s
of the journal. Nothing of two contents is ever in one file: every request names the ETag.
"""

import asyncio
from dataclasses import replace

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails, PartLayout
from s3gui.domain.errors import LocalFileError, NotFound, S3guiError
from s3gui.domain.integrity import CRC32, Verified
from s3gui.domain.parts import Part, PartPlan
from s3gui.domain.ports import Session
from s3gui.domain.transfer import ErrorNote, State, Waiting
from s3gui.transfers.completion import Withdrawn
from s3gui.transfers.conflicts import Verdict
from s3gui.transfers.downloading.checks import Check, choose, plan_ranges, range_bytes
from s3gui.transfers.downloading.ending import Ending, finished_before
from s3gui.transfers.downloading.growing import Growing, discard_part
from s3gui.transfers.downloading.place import Place
from s3gui.transfers.downloading.problems import DISK_FULL, damaged, key_missing, object_changed
from s3gui.transfers.downloading.ranges import Follower, Ranges, RangeSink
from s3gui.transfers.downloading.reading import Reading
from s3gui.transfers.downloading.room import Room
from s3gui.transfers.downloading.single import SingleGet
from s3gui.transfers.downloading.target import PartFile
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.lanes import first_of
from s3gui.transfers.outage import Outage
from s3gui.transfers.retry import is_final
from s3gui.transfers.row import CANCELS, Row

#: It cannot be read now, and what was reserved for it would only fill the disk.
_FINAL_CODES = {"InvalidObjectState"}


async def download(row: Row, session: Session, kit: Kit, outage: Outage) -> None:
    """Brings a running row to Completed, or to where a person has to decide.

    Raises:
        S3guiError: it failed; what was downloaded is kept where it can be of use.
        Withdrawn: it was cancelled when it was not known whether the file had its name; it has not.
    """
    if row.may_have_left:
        await discard_part(row, kit)
    if row.options.lacks_key:
        raise key_missing(row.transfer.location)
    if row.completing:
        if await finished_before(row, kit):
            return
        if row.wish in CANCELS:
            raise Withdrawn
    await Download(row, session, kit, Patience(row.transfer, kit, outage)).run()


class Download:
    """One row's, for one run."""

    def __init__(self, row: Row, session: Session, kit: Kit, patience: Patience) -> None:
        self._row = row
        self._transfer = row.transfer
        self._kit = kit
        self._patience = patience
        self._reading = Reading(row, session, patience)
        self._growing = Growing(row, kit)
        self._place = Place(row, session, self._growing, kit)
        self._ending = Ending(row, self._place, kit)
        self._is_private = session.profile.endpoint.lower().startswith("https:")
        #: The CRC-32 of what arrived first, where that proved nothing.
        self._once = b""

    async def run(self) -> None:
        """Fetches, proves, names.

        Raises:
            S3guiError: it failed.
        """
        try:
            await self._run()
        except LocalFileError as error:
            if error.code != DISK_FULL or self._row.stopping:
                raise
            if not self._row.kept:
                # What was reserved for it would only keep the disk full.
                await self._growing.give_up()
            await self._place.rest(State.PAUSED, ErrorNote.of(error), Waiting.DISK_FULL)
        except S3guiError as error:
            if is_final(error) or error.code in _FINAL_CODES:
                await self._growing.give_up()
            raise

    async def _run(self) -> None:
        details = await self._reading.head() if self._place.wants_details else None
        verdict = await self._place.settle(details)
        if verdict is not Verdict.PROCEED or await self._in_one_go():
            return
        if not await self._in_ranges(last=False):
            await self._in_ranges(last=True)

    async def _in_one_go(self) -> bool:
        single = SingleGet(self._row, self._reading, self._growing, self._kit, self._patience)
        fetched = await single.fetch() if single.may else None
        if fetched is None:
            return False
        file, details = fetched
        try:
            self._reading.pin(details)
            layout = await self._reading.layout(details)
            check = self._choose(details, layout)
            follower = self._follower(file, check)
            if follower is not None:
                await follower.run()
            level = self._judge(check, follower)
            if level is None:
                return False
            await self._ending.run(file, details, check, level)
            return True
        finally:
            file.close()
            if self._transfer.state is not State.COMPLETED and not self._row.completing:
                await self._growing.forget()

    async def _in_ranges(self, *, last: bool) -> bool:
        """False: what came is not what the server has; nothing of it is left, it may be tried anew.

        Raises:
            Corrupt: the same, and this was the last try.
            S3guiError: it failed.
        """
        details = await self._current()
        file = await self._growing.find()
        try:
            if file is None:
                self._reading.pin(details)
            layout = await self._reading.layout(details)
            if file is None:
                file = await self._begin(details, layout)
            check = self._choose(details, layout)
            follower = self._follower(file, check)
            await self._move(file, check, follower)
            level = self._judge(check, follower)
            if level is not None:
                await self._ending.run(file, details, check, level)
                return True
            found = self._found(check, follower)
        finally:
            if file is not None:
                file.close()
        await self._growing.give_up()
        if last:
            raise damaged(self._reading.origin.location, check.expected, found)
        return False

    async def _current(self) -> ObjectDetails:
        """The object as it is; if ranges of it are here, it has to be the one that they are of.

        Raises:
            SourceChanged: it is not, and nobody said that it is to be taken as it is now.
        """
        row = self._row
        begun, takes_change = bool(row.kept) and not row.takes_change, row.takes_change
        row.takes_change = False
        try:
            details = await self._reading.head()
        except NotFound as error:
            if begun:
                raise object_changed(self._reading.origin.location) from error
            raise
        if row.part_path is None or self._reading.is_pinned_to(details):
            return details
        if begun:
            row.takes_change = takes_change
            raise object_changed(self._reading.origin.location)
        await self._growing.give_up()
        return details

    async def _begin(self, details: ObjectDetails, layout: PartLayout | None) -> PartFile:
        wanted = range_bytes(details.size, self._kit.settings.part_bytes)
        plan = PartPlan(details.size, plan_ranges(details, layout, wanted))
        file = await self._growing.make(plan)
        try:
            await self._growing.journal()
        except BaseException:
            file.close()
            raise
        self._transfer.changed()
        return file

    async def _move(self, file: PartFile, check: Check, follower: Follower | None) -> None:
        room = Room(self._row, file, self._kit)
        ranges = Ranges(
            *(self._row, self._kit, self._patience, file, self._fetch),
            md5=check.range_md5,
            other=check.crc,
            room=room.until,
            arrived=_nobody if follower is None else follower.arrived,
        )
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(room.run())
                group.create_task(ranges.run())
                if follower is not None:
                    group.create_task(follower.run())
        except BaseExceptionGroup as failed:
            raise first_of(failed) from failed

    async def _fetch(self, part: Part, sink: RangeSink) -> None:
        await self._reading.fetch(part, sink)

    # What proves it

    def _choose(self, details: ObjectDetails, layout: PartLayout | None) -> Check:
        part_bytes = self._transfer.part_bytes
        own_bytes, single = self._kit.settings.part_bytes, self._transfer.is_single
        check = choose(details, layout, part_bytes, own_bytes, has_md5=single)
        here = [part.digest for part in self._row.kept.values()]
        wanted = "md5" if check.range_md5 else check.crc
        if not wanted or all(
            digest.md5 if wanted == "md5" else digest.crc(wanted) for digest in here
        ):
            return check
        # Those that are here were fetched when another check was the best, or by an earlier run.
        cut = part_bytes if check.of_parts else 0
        return replace(check, range_md5=False, crc="", follows=wanted, cut_bytes=cut)

    def _follower(self, file: PartFile, check: Check) -> Follower | None:
        if not check.follows:
            return None
        return Follower(self._row, file, self._kit, check.follows, check.cut_bytes)

    def _found(self, check: Check, follower: Follower | None) -> str:
        parts = [item.part for item in self._transfer.parts]
        pairs = [(self._row.kept[part.number].digest, part.length) for part in parts]
        return check.found(pairs, follower.digests if follower is not None else ())

    def _judge(self, check: Check, follower: Follower | None) -> Verified | None:
        """How the bytes proved to be the object's; ``None``: they are not."""
        if not check.expected:
            return Verified.SIZE
        if self._found(check, follower) == check.expected:
            return check.level
        return Verified.SIZE if check.is_guess and self._is_the_same() else None

    def _is_the_same(self) -> bool:
        """Whether the bytes are not damaged, where the object was cut as nobody knows.

        TLS sees to that. Without it they come once more: no line damages twice in the same way.
        """
        if self._is_private:
            return True
        parts = [item.part for item in self._transfer.parts]
        pairs = [(self._row.kept[part.number].digest.crc32, part.length) for part in parts]
        before, self._once = self._once, crc.combined(CRC32, pairs)
        return before == self._once


def _nobody(_number: int) -> None:
    """Nothing follows the ranges."""
