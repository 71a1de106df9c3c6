"""One row's copy: what is read is pinned, copied, proved, and of a move deleted after that.

Within a connection the server copies: in one request, in ranges where that is long or tells more,
through this machine only where it does not. Between two connections it always goes through here.
"""

from datetime import timedelta

from s3gui.domain.copying import Copying
from s3gui.domain.errors import ErrorKind, NotFound, NotSupported, S3guiError
from s3gui.domain.existing import Remark
from s3gui.domain.integrity import clean_etag, is_composite, is_md5
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import GIB, MIB, PartLimits, PartPlan, likely_part_bytes
from s3gui.domain.ports import Session
from s3gui.transfers.aborts import give_up_upload
from s3gui.transfers.connections import Connections
from s3gui.transfers.copying.carrying import Carrying
from s3gui.transfers.copying.ending import Ending
from s3gui.transfers.copying.one_piece import OnePiece, PutOfRead, ServerCopy
from s3gui.transfers.copying.ranges import RangeCopies
from s3gui.transfers.copying.source import Source
from s3gui.transfers.copying.through import ReadRanges
from s3gui.transfers.guard import Guard
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.multipart import MultipartUpload
from s3gui.transfers.outage import Outage
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.problems import customer_key_missing
from s3gui.transfers.row import Row
from s3gui.transfers.supply import Supply
from s3gui.transfers.uploader import decided_anew

#: One request of so many bytes takes seconds, and shows nothing until it ends; above it goes in
#: parts, each of which is confirmed, counted and kept.
WHOLE_BYTES = GIB
#: Unless it is a move whose ETag is the MD5 of all: made whole the copy has the same one, which
#: proves it. In parts it has another, and both would have to be read before the original goes.
PROVED_WHOLE_BYTES = 5 * GIB
PART_BYTES = 256 * MIB
#: Read bodies are held whole, so larger ones would leave room for few.
MOST_READ_BYTES = 64 * MIB
_LIMITS = PartLimits()
#: Servers refuse requests from clocks that are further away from theirs than 15 minutes.
_CLOCKS_APART = timedelta(minutes=20)
_TICKED_S = 2.0
#: A refusal that leaves the way through this machine.
_REFUSALS = frozenset({"InvalidRequest", "InvalidArgument", "MethodNotAllowed", "EntityTooLarge"})


async def copy(
    row: Row, session: Session, kit: Kit, outage: Outage, connections: Connections
) -> None:
    """Brings a running row to Completed, or to rest where its policy leaves alone what is there.

    Raises:
        S3guiError: it failed; ``profile_id`` of the error says of which connection.
        StartAgain: it is to be begun anew.
        Withdrawn: it was cancelled, and nothing was stored.
    """
    if row.options.lacks_key:
        raise customer_key_missing()
    origin = row.transfer.origin
    if origin is None:
        raise AssertionError("a copy reads something")
    read_over = session
    if origin.profile_id != row.transfer.profile_id:
        try:
            read_over = await connections.open(origin.profile_id)
        except S3guiError as error:
            error.profile_id = origin.profile_id
            raise
    patience = Patience(row.transfer, kit, outage)
    source = Source(row, read_over, kit, patience, connections)
    await Copier(row, session, source, kit, patience).run()


class Copier:
    """One row's, for one run."""

    def __init__(
        self, row: Row, session: Session, source: Source, kit: Kit, patience: Patience
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._session = session
        self._source = source
        self._kit = kit
        self._patience = patience
        self._carrying = Carrying(row, source, session, patience)
        self._ending = Ending(row, session, source, kit, patience, self._carrying)

    async def run(self) -> None:
        """Copies, proves, deletes.

        Raises:
            S3guiError: it failed.
        """
        if self._transfer.etag and await self._ending.go_on():
            return
        if self._row.completing:
            guard = self._guard(None)
            async with decided_anew(guard), self._multipart(None, guard):
                return
        await self._begin()

    # From the source to the copy

    async def _begin(self) -> None:
        if await self._source.begin():
            await give_up_upload(self._row, self._session, self._kit)
        await self._source.pin()
        copying = None if self._ending.read else self._session.copying
        part_bytes = await self._part_bytes(copying)
        supply = self._supply(copying, part_bytes)
        guard = self._guard(supply)
        await self._take_marker()
        if not await guard.admit():
            return
        agreed = self._row.agreed_etag
        await self._let_time_pass()
        async with decided_anew(guard):
            try:
                await self._move_bytes(copying, part_bytes, supply, guard)
            except S3guiError as error:
                if copying is None or self._ending.is_made:
                    raise
                if not part_bytes and self._may_be_too_large(copying, error):
                    await self._in_parts_instead(copying, guard, agreed)
                elif _is_refusal(error):
                    await self._through(guard, agreed)
                else:
                    raise

    def _may_be_too_large(self, copying: Copying, error: S3guiError) -> bool:
        """Whether a request for all of it failed as one does that takes too long."""
        is_slow = error.kind in {ErrorKind.TRANSIENT, ErrorKind.STALL}
        is_large = self._source.details.size > WHOLE_BYTES and copying.has_parts
        return is_large and (is_slow or _is_refusal(error))

    async def _in_parts_instead(self, copying: Copying, guard: Guard, agreed: str | None) -> None:
        """Copies in parts what the server did not copy whole."""
        self._ending.took_tags = False
        guard.supply = supply = self._supply(copying, PART_BYTES)
        try:
            await self._in_parts(supply, guard)
        except S3guiError as error:
            if self._ending.is_made or not _is_refusal(error):
                raise
            await self._through(guard, agreed)

    async def _let_time_pass(self) -> None:
        """So that a move onto itself, over two addresses of one storage, shows by its time.

        Times are whole seconds, and the clocks of servers may be minutes away from ours.
        """
        transfer, modified = self._transfer, self._source.details.modified
        elsewhere = self._source.origin.location != transfer.location
        if elsewhere or not transfer.is_move or modified is None:
            return
        if self._kit.clock.now() - modified < _CLOCKS_APART:
            await self._kit.clock.sleep(_TICKED_S)

    async def _move_bytes(
        self, copying: Copying | None, part_bytes: int, supply: Supply, guard: Guard
    ) -> None:
        if self._transfer.upload_id or part_bytes:
            await self._in_parts(supply, guard)
        elif copying is not None:
            self._ending.took_tags = True
            await self._at_once(ServerCopy(self._row, copying, self._source, self._carrying), guard)
        else:
            writing = PutOfRead(self._row, self._session, self._source, self._kit, self._carrying)
            await self._at_once(writing, guard)

    async def _through(self, guard: Guard, agreed: str | None) -> None:
        """Copies through this machine what the server refused to copy itself.

        Args:
            guard: has let it in.
            agreed: to be replaced; that is forgotten with an upload that is given up.
        """
        self._ending.read, self._ending.took_tags = True, False
        self._carrying.left.add(Remark.THROUGH)
        if self._transfer.upload_id:
            await give_up_upload(self._row, self._session, self._kit)
        part_bytes = await self._part_bytes(None)
        supply = self._supply(None, part_bytes)
        guard.supply = supply
        if self._row.agreed_etag is None:
            self._row.agreed_etag = agreed
        await self._move_bytes(None, part_bytes, supply, guard)

    async def _at_once(self, writing: ServerCopy | PutOfRead, guard: Guard) -> None:
        one = OnePiece(
            *(self._row, self._session, self._source, self._kit, self._patience),
            *(guard, self._carrying),
        )
        stored = await one.run(writing)
        await self._ending.made_at_once(stored, writing.level)

    async def _in_parts(self, supply: Supply, guard: Guard) -> None:
        while True:
            try:
                async with self._multipart(supply, guard) as multipart:
                    await multipart.send_parts()
            except S3guiError as error:
                made = self._row.kept or self._transfer.upload_id
                if made or not self._carrying.do_without(error):
                    raise
            else:
                return

    def _multipart(self, supply: Supply | None, guard: Guard) -> MultipartUpload:
        return MultipartUpload(
            *(self._row, self._session, supply, self._kit, self._patience, guard),
            ending=self._ending,
            options=self._carrying.options if supply is not None else None,
        )

    def _guard(self, supply: Supply | None) -> Guard:
        return Guard(self._row, self._session, supply, self._kit, self._patience)

    def _supply(self, copying: Copying | None, part_bytes: int) -> Supply:
        common = (self._row, self._session, self._source, self._kit, self._patience, part_bytes)
        return ReadRanges(*common) if copying is None else RangeCopies(*common, copying)

    async def _take_marker(self) -> None:
        """The marker of a folder that is there has nothing in it to be overwritten."""
        transfer, row = self._transfer, self._row
        asks = transfer.if_exists is not IfExists.OVERWRITE and row.agreed_etag is None
        if not asks or self._source.details.size or not transfer.location.is_prefix:
            return
        try:
            there = await self._ending.head(None)
        except NotFound:
            return
        except S3guiError as error:
            if not can_degrade(error):
                raise
            return
        if not there.size:
            row.agreed_etag = there.etag

    # How

    async def _part_bytes(self, copying: Copying | None) -> int:
        """Bytes of a part; 0: it goes in one request.

        Parts as those that the source is made of give the copy its ETag, which proves it.
        """
        details = self._source.details
        told = await self._told_part_bytes()
        if copying is None:
            if details.size <= self._kit.settings.single_put_bytes:
                return 0
            return min(told or self._kit.settings.part_bytes, MOST_READ_BYTES)
        if not copying.has_parts:
            return 0
        most = PROVED_WHOLE_BYTES if self._proves_whole() else WHOLE_BYTES
        if details.size <= most and (not told or details.whole_checksums):
            return 0
        return told or PART_BYTES

    def _proves_whole(self) -> bool:
        details = self._source.details
        tells = not details.opaque_etag and is_md5(clean_etag(details.etag))
        return tells and self._transfer.is_move

    async def _told_part_bytes(self) -> int:
        """Bytes of the source's parts, where they are all of one size as far as that is told.

        Where it is not, it is guessed: right, the copy is proved; wrong, it is as good as another.
        """
        details = self._source.details
        etag = clean_etag(details.etag)
        if not details.size or details.opaque_etag or not is_composite(etag):
            return 0
        count = int(etag.rpartition("-")[2])
        layout = await self._source.layout()
        if layout is not None and layout.count != count:
            return 0
        own_bytes = self._kit.settings.part_bytes
        guess = likely_part_bytes(details.size, count, own_bytes)
        part_bytes = layout.first_bytes if layout else guess
        if count > 1 and part_bytes < _LIMITS.least_bytes:
            return 0
        if layout is None and part_bytes > WHOLE_BYTES:
            return 0
        fits = part_bytes > 0 and PartPlan(details.size, part_bytes).count == count
        return part_bytes if fits else 0


def _is_refusal(error: S3guiError) -> bool:
    """Whether the server does not copy this, and another way may do."""
    is_other = isinstance(error, NotSupported) or error.kind is ErrorKind.REGION
    return is_other or error.code in _REFUSALS
