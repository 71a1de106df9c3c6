"""What follows the copy: it is proved, gets what belongs to it, and of a move the original goes."""

from collections.abc import Iterable

from s3gui.domain.entries import ObjectDetails, Stored
from s3gui.domain.errors import Corrupt, ErrorKind, NotFound, S3guiError
from s3gui.domain.existing import LEFT_BEHIND, Remark
from s3gui.domain.integrity import Verified, clean_etag
from s3gui.domain.parts import MIB
from s3gui.domain.ports import Session
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import State
from s3gui.transfers.aborts import give_up_upload
from s3gui.transfers.copying import stage
from s3gui.transfers.copying.carrying import Carrying
from s3gui.transfers.copying.comparing import Comparing
from s3gui.transfers.copying.problems import cannot_prove, copy_changed, differs, not_all, size_only
from s3gui.transfers.copying.proving import prove
from s3gui.transfers.copying.removing import Removing
from s3gui.transfers.copying.source import Source
from s3gui.transfers.finish import record_done
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.multipart import StartAgain
from s3gui.transfers.row import Expected, Row

#: Read at the end of the run that copied it, which can be neither paused nor cancelled.
_BRIEF_BYTES = 16 * MIB


class Ending:
    """One row's, for one run; see ``completion.Ending``."""

    def __init__(
        self,
        row: Row,
        session: Session,
        source: Source,
        kit: Kit,
        patience: Patience,
        carrying: Carrying,
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._source = source
        self._kit = kit
        self._patience = patience
        self._carrying = carrying
        #: The server makes it by CopyObject, so it is asked to take the tags along.
        self.took_tags = False
        #: Its bytes go through here, and are hashed.
        self.read = source.session is not session
        #: The copy is there: no other way is tried any more.
        self.is_made = False

    async def made_at_once(self, stored: Stored, level: Verified | None) -> None:
        """The object was made in one request.

        Args:
            stored: the object.
            level: how the bytes proved that went through here.
        """
        self.is_made = True
        details = await self._look(stored)
        self._transfer.move_to(State.FINISHING)
        await self._finish(stored, details, level)

    async def made(
        self, stored: Stored, details: ObjectDetails, verified: Verified, *, looked: bool
    ) -> None:
        """The object was made of its parts; see ``completion.Ending``."""
        del details
        self.is_made = True
        if not looked:
            raise cannot_prove(self._transfer.location)
        if not self._source.is_known and not await self._source.look_again():
            await self._finish_blind(stored, verified)
            return
        if self._row.opaque_etags:
            self._row.expected = Expected()
        await self._finish(stored, await self._look(stored), verified)

    async def _finish_blind(self, stored: Stored, of_parts: Verified) -> None:
        """The copy was made in an earlier run, and what it was made of is another one, or gone."""
        if clean_etag(stored.etag) == clean_etag(self._source.origin.etag):
            level = Verified.ETAG
        else:
            level = of_parts if self.read else Verified.SIZE
        self._transfer.remarks = _merged(
            self._transfer.remarks, {Remark.TAGS_LEFT, Remark.ACL_LEFT}
        )
        if self._transfer.is_move:
            await stage.copied(self._row, stored, level, self._kit)
            # Fails where something is there, for that was not copied.
            await Removing(self._row, self._source, self._patience).run(level)
        await record_done(self._row, stored, level, self._kit, looked=True)

    async def _finish(
        self, stored: Stored, details: ObjectDetails, of_parts: Verified | None = None
    ) -> None:
        """Proves the copy, gives it what belongs to it, and ends the row.

        Raises:
            Corrupt: it is something else.
            S3guiError: the copy is there, and something that may pass is in the way.
        """
        level = prove(self._source.details, details)
        if level is None:
            if self._transfer.upload_id:  # it was completed, and Retry copies anew
                await give_up_upload(self._row, self._session, self._kit)
            raise differs(self._source.details, details)
        if level is Verified.SIZE and self.read and of_parts is not None:
            level = of_parts
        await self._carry(stored, details)
        if self._transfer.is_move:
            await stage.copied(self._row, stored, level, self._kit)
            level = await self._remove(stored, details, level)
        await record_done(self._row, stored, level, self._kit, looked=True)

    async def _carry(self, stored: Stored, details: ObjectDetails) -> None:
        carrying = self._carrying
        carrying.compare(details)
        await carrying.tags(stored, on_server=self.took_tags)
        await carrying.acl(stored)
        self._transfer.remarks = _merged(self._transfer.remarks, carrying.left)

    async def _remove(self, stored: Stored, details: ObjectDetails, level: Verified) -> Verified:
        """Deletes the original. The level that its copy is proved with is returned."""
        left = [one for one in self._transfer.remarks if one in LEFT_BEHIND]
        if left and await self._source.is_there():
            raise not_all(self._source.origin.location, left)
        if level is Verified.SIZE and await self._is_to_compare():
            level = await self._compare(stored, details)
        await Removing(self._row, self._source, self._patience).run(level)
        return level

    async def _is_to_compare(self) -> bool:
        """Whether there is something to compare with, which may be read.

        Raises:
            S3guiError: it is so large that a person has to say so.
            StartAgain: it is to be read by a run that can be paused, which this one cannot be.
        """
        if not self._source.is_known and not await self._source.look_again():
            return False  # gone, or another one, which Removing finds out
        row, size = self._row, self._source.details.size
        is_asked = row.may_read or Proof.READ_BACK in row.proof
        if size > self._kit.settings.compare_bytes and not is_asked:
            raise size_only(self._source.origin.location, size)
        if size > _BRIEF_BYTES and self._transfer.state is State.FINISHING:
            raise StartAgain
        return True

    async def _compare(self, stored: Stored, details: ObjectDetails) -> Verified:
        row, may_read = self._row, self._row.may_read
        row.may_read = False
        if may_read:
            row.proof[Proof.READ_BACK] = "asked"
            await stage.copied(row, stored, Verified.SIZE, self._kit)
        comparing = Comparing(
            *(row, self._source, self._session, self._kit, self._patience),
            *(details, stored.version_id),
        )
        try:
            await comparing.run()
        except Corrupt as error:
            if error.code == "ObjectDiffers":
                await stage.forget(row, self._kit)  # Retry copies anew
            raise
        await self._is_still(stored)  # reading can take hours
        row.proof.pop(Proof.READ_BACK, None)
        await stage.copied(row, stored, Verified.COMPARED, self._kit)
        return Verified.COMPARED

    async def _is_still(self, stored: Stored) -> None:
        try:
            now = await self.head(stored.version_id)
        except NotFound as error:
            raise copy_changed(self._transfer.location) from error
        if clean_etag(now.etag) != clean_etag(stored.etag):
            raise copy_changed(self._transfer.location)

    async def _look(self, stored: Stored) -> ObjectDetails:
        """HeadObject of the copy.

        Raises:
            S3guiError: nobody may look at it, or it is not there.
        """
        try:
            return await self.head(stored.version_id)
        except S3guiError as error:
            if error.kind is ErrorKind.PERMANENT:
                raise cannot_prove(self._transfer.location) from error
            raise

    async def head(self, version_id: str | None) -> ObjectDetails:
        """HeadObject of what has the key of the copy, with its checksums."""
        transfer, key = self._transfer, self._row.options.customer_key
        return await self._patience.call(
            lambda: self._session.objects.head(
                transfer.location, version_id, checksums=True, customer_key=key
            )
        )

    # After a move was copied

    async def go_on(self) -> bool:
        """Deletes the original of what an earlier run copied. False: it is to be copied anew."""
        row, transfer = self._row, self._transfer
        takes_change, row.takes_change = row.takes_change, False
        try:
            details = await self.head(transfer.version_id)
        except NotFound:
            details = None
        if details is None or clean_etag(details.etag) != clean_etag(transfer.etag) or takes_change:
            await stage.forget(row, self._kit)
            return False
        stored, level = Stored(transfer.etag, transfer.version_id), transfer.verified
        if any(one in LEFT_BEHIND for one in transfer.remarks):
            await self._carry_again(stored, details)
        level = await self._remove(stored, details, level or Verified.SIZE)
        row.proof.pop(Proof.READ_BACK, None)
        transfer.move_to(State.FINISHING)
        await record_done(row, stored, level, self._kit, looked=True)
        return True

    async def _carry_again(self, stored: Stored, details: ObjectDetails) -> None:
        """Somebody gave the rights that were missing, perhaps."""
        if not await self._source.look_again():
            return
        self._transfer.remarks = tuple(
            one for one in self._transfer.remarks if one not in LEFT_BEHIND
        )
        await self._carry(stored, details)
        level = self._transfer.verified or Verified.SIZE
        await stage.copied(self._row, stored, level, self._kit)


def _merged(before: Iterable[Remark], left: Iterable[Remark]) -> tuple[Remark, ...]:
    new = sorted(left, key=lambda remark: list(Remark).index(remark))
    return (*(one for one in before if one not in LEFT_BEHIND), *new)
