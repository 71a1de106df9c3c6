"""What a download reads: one content of one object, named in every request."""

from dataclasses import replace

from s3gui.domain.entries import ObjectDetails, PartLayout
from s3gui.domain.errors import NotFound, PreconditionFailed, S3guiError
from s3gui.domain.integrity import clean_etag
from s3gui.domain.origin import Origin
from s3gui.domain.parts import Part
from s3gui.domain.ports import Session
from s3gui.transfers.downloading.checks import wants_layout
from s3gui.transfers.downloading.problems import object_changed
from s3gui.transfers.downloading.ranges import RangeSink
from s3gui.transfers.kit import Patience
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.row import Row


class Reading:
    """The requests of one download: HeadObject, GetObject."""

    def __init__(self, row: Row, session: Session, patience: Patience) -> None:
        self._transfer = row.transfer
        self._key = row.options.customer_key
        self._session = session
        self._patience = patience

    @property
    def origin(self) -> Origin:
        """What is read, as far as it is known."""
        if self._transfer.origin is None:
            raise AssertionError("a download reads something")
        return self._transfer.origin

    async def head(self) -> ObjectDetails:
        """The object as it is now, with its checksums.

        Raises:
            NotFound: it is no more.
            S3guiError: it may not be read.
        """
        where, version_id = self.origin.location, self.origin.version_id
        return await self._patience.call(
            lambda: self._session.objects.head(
                where, version_id, checksums=True, customer_key=self._key
            )
        )

    def pin(self, details: ObjectDetails) -> None:
        """From here on it is this content, also when something newer is stored."""
        version_id = details.version_id or self.origin.version_id
        self._transfer.origin = replace(
            self.origin, version_id=version_id, etag=details.etag, modified=details.modified
        )

    def is_pinned_to(self, details: ObjectDetails) -> bool:
        """Whether this is the content that was begun with."""
        etag = clean_etag(details.etag)
        same = etag == clean_etag(self.origin.etag)
        if not etag:
            # All that such a server tells of a content beside its size.
            same = same and details.modified == self.origin.modified
        return same and details.size == self._transfer.size

    async def layout(self, details: ObjectDetails) -> PartLayout | None:
        """How it was cut, where that helps and the server tells.

        Raises:
            SourceChanged: it is another object by now.
        """
        if not wants_layout(details):
            return None
        origin = self.origin
        try:
            return await self._patience.call(
                lambda: self._session.objects.part_layout(
                    origin.location,
                    origin.version_id,
                    if_match=origin.etag,
                    customer_key=self._key,
                )
            )
        except (PreconditionFailed, NotFound) as error:
            raise object_changed(origin.location) from error
        except S3guiError as error:
            if not can_degrade(error):
                raise
            return None

    async def fetch(self, part: Part, sink: RangeSink, *, whole: bool = False) -> ObjectDetails:
        """One GET of exactly these bytes of exactly this content.

        Args:
            part: which.
            sink: takes them.
            whole: they are all there are; no Range is asked for.

        Raises:
            SourceChanged: the object is another one, or is gone.
            S3guiError: it could not be fetched.
        """
        origin = self.origin
        try:
            details = await self._session.objects.fetch(
                origin.location,
                sink,
                meter=sink.meter,
                first=0 if whole else part.offset,
                length=None if whole else part.length,
                if_match=origin.etag or None,
                version_id=origin.version_id,
                checksums=whole,
                customer_key=self._key,
            )
        except (PreconditionFailed, NotFound) as error:
            raise object_changed(origin.location) from error
        if not self.is_pinned_to(details):
            # A server that does not know If-Match.
            raise object_changed(origin.location)
        return details
