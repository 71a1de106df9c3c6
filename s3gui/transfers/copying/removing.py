"""The second half of a move: the original goes, if it is what was copied."""

from s3gui.domain.conditions import Condition, Write
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import (
    ConditionRefused,
    ErrorKind,
    NotFound,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.integrity import Verified
from s3gui.domain.ports import Session
from s3gui.transfers.copying.problems import (
    changed_since,
    one_object,
    size_only,
    still_there,
)
from s3gui.transfers.copying.source import Source
from s3gui.transfers.kit import Patience
from s3gui.transfers.row import SIZE_ONLY, Row

#: Errors that say themselves that the original stays.
_SAID = frozenset({"SourceChanged", "SamePlace", SIZE_ONLY})


class Removing:
    """Deletes what one row was made of. Where versions are kept, a delete marker comes before it.

    A version goes for good only where one was asked for.
    """

    def __init__(self, row: Row, source: Source, patience: Patience) -> None:
        self._row = row
        self._source = source
        self._session: Session = source.session
        self._patience = patience

    async def run(self, level: Verified) -> None:
        """Deletes; nothing happens if it is gone already.

        Args:
            level: how the copy is proved; by its size alone nothing is deleted.

        Raises:
            SourceChanged: something else is there now; it stays.
            S3guiError: it could not be deleted.
        """
        where = self._source.origin.location
        try:
            async with self._source.mine():
                await self._patience.call(lambda: self._attempt(level))
        except S3guiError as error:
            if error.kind is ErrorKind.AUTH or error.code in _SAID:
                raise
            raise still_there(where, error) from error

    async def _attempt(self, level: Verified) -> None:
        origin, etag = self._source.origin, self._source.origin.etag
        try:
            # Right before, for each try anew: most servers know no condition on DeleteObject.
            now = await self._source.head()
        except NotFound:
            return
        if not self._source.is_pinned(now):
            raise changed_since(origin.location)
        if level is Verified.SIZE:
            raise size_only(origin.location, now.size)
        self._refuse_itself(now)
        condition = Condition(if_match=etag)
        # With a version nothing else can be meant.
        guards = origin.version_id is None and bool(etag)
        bucket, facts = origin.location.bucket, self._session.conditions
        guards = guards and facts.of(bucket, Write.DELETE, condition) is not False
        try:
            await self._delete(etag if guards else "")
        except ConditionRefused:
            await self._delete("")
        except PreconditionFailed as error:
            raise changed_since(origin.location) from error
        except NotFound:
            return

    async def _delete(self, if_match: str) -> None:
        origin = self._source.origin
        await self._session.objects.delete(origin.location, origin.version_id, if_match=if_match)

    def _refuse_itself(self, now: ObjectDetails) -> None:
        """Two connections may have different addresses for one storage.

        What was written then is what was read, and was written later than it says it was; see
        ``Copier``. Without a time nobody can tell.

        Raises:
            S3guiError: that may be so.
        """
        transfer, origin = self._row.transfer, self._source.origin
        if origin.location == transfer.location and now.modified is None:
            raise one_object(origin.location)
