"""What a copy reads: one content of one object, named in every request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from s3gui.domain.entries import CopySource, ObjectDetails, PartLayout
from s3gui.domain.errors import ErrorKind, NotFound, PreconditionFailed, S3guiError
from s3gui.domain.integrity import clean_etag
from s3gui.domain.origin import Origin
from s3gui.domain.parts import ByteSink, Meter, Part
from s3gui.domain.ports import Session
from s3gui.transfers.connections import Connections
from s3gui.transfers.copying.problems import source_changed
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.listed import head_with
from s3gui.transfers.multipart import StartAgain
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.row import Row

#: What is later by less, in seconds, was rounded on its way through a header or the journal.
_ROUNDED_S = 1.0


class Source:
    """The object of one row, for one run, over the connection that it is on."""

    def __init__(
        self, row: Row, session: Session, kit: Kit, patience: Patience, connections: Connections
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self.session = session
        self._kit = kit
        self._patience = patience
        self._connections = connections
        self._details: ObjectDetails | None = None

    @property
    def origin(self) -> Origin:
        """What is read, as far as it is known."""
        if self._transfer.origin is None:
            raise AssertionError("a copy reads something")
        return self._transfer.origin

    @property
    def details(self) -> ObjectDetails:
        """The content that this run copies; after ``begin``."""
        if self._details is None:
            raise AssertionError("nothing was looked at yet")
        return self._details

    @property
    def is_known(self) -> bool:
        """Whether ``begin`` was successful."""
        return self._details is not None

    @property
    def as_copied(self) -> CopySource:
        """As CopyObject and UploadPartCopy want it named."""
        origin = self.origin
        key = self._row.options.customer_key if self.details.opaque_etag else None
        return CopySource(origin.location, origin.version_id, self.details.etag, key)

    async def head(self) -> ObjectDetails:
        """The object as it is now, with its checksums.

        Raises:
            NotFound: it is no more.
            S3guiError: it may not be read.
        """
        where, version_id = self.origin.location, self.origin.version_id
        key = self._row.options.customer_key
        async with self.mine():
            return await self._patience.call(
                lambda: head_with(self.session, where, version_id, key, checksums=True)
            )

    async def begin(self) -> bool:
        """Looks at it, and from here on it is this content; nothing newer is mixed into the copy.

        Returns:
            Whether something else was begun with, and the person wants it as it is now.

        Raises:
            SourceChanged: something else was begun with.
            NotFound: it is not there.
        """
        row, transfer = self._row, self._transfer
        takes_change, row.takes_change = row.takes_change, False
        begun = bool(row.kept or transfer.upload_id)
        try:
            details = await self.head()
        except NotFound as error:
            if begun:
                raise source_changed(self.origin.location) from error
            raise
        is_other = begun and not self.is_pinned(details)
        if is_other and not takes_change:
            raise source_changed(self.origin.location)
        self._details = details
        return is_other

    async def look_again(self) -> bool:
        """In a run that did not copy it: whether what was copied is there, to be carried on."""
        try:
            details = await self.head()
        except NotFound:
            return False
        if not self.is_pinned(details):
            return False
        self._details = details
        return True

    async def is_there(self) -> bool:
        """Whether anything is there still."""
        try:
            await self.head()
        except NotFound:
            return False
        return True

    async def pin(self) -> None:
        """Journals which content it is."""
        details, transfer = self.details, self._transfer
        transfer.origin = replace(self.origin, etag=details.etag, modified=details.modified)
        transfer.size = details.size
        await durable(self._kit.journal.reads(self._row), lambda: None)

    def is_pinned(self, details: ObjectDetails) -> bool:
        """Whether this is the content that was begun with, down to what else it has."""
        origin, later_s = self.origin, 0.0
        if origin.modified is not None and details.modified is not None:
            later_s = abs((details.modified - origin.modified).total_seconds())
        same = clean_etag(details.etag) == clean_etag(origin.etag)
        return same and details.size == self._transfer.size and later_s < _ROUNDED_S

    async def check(self) -> None:
        """Whether it still is what was begun with: many servers ignore conditions on the source.

        Raises:
            SourceChanged: it is not.
        """
        try:
            details = await self.head()
        except NotFound as error:
            raise source_changed(self.origin.location) from error
        if not self.is_pinned(details):
            raise source_changed(self.origin.location)

    async def layout(self) -> PartLayout | None:
        """How it was cut when it was uploaded; ``None`` where the server does not tell.

        Raises:
            SourceChanged: it is another object by now.
        """
        origin, source = self.origin, self.as_copied
        async with self.mine():
            try:
                return await self._patience.call(
                    lambda: self.session.objects.part_layout(
                        origin.location,
                        origin.version_id,
                        if_match=self.details.etag,
                        customer_key=source.customer_key,
                    )
                )
            except (PreconditionFailed, NotFound) as error:
                raise source_changed(origin.location) from error
            except S3guiError as error:
                if not can_degrade(error):
                    raise
                return None

    async def fetch(self, part: Part, sink: ByteSink, meter: Meter, *, whole: bool) -> None:
        """One GET of exactly these bytes of exactly this content. Sent once.

        Raises:
            SourceChanged: it is another object by now.
            S3guiError: it could not be fetched.
        """
        origin, source = self.origin, self.as_copied
        async with self.mine():
            try:
                details = await self.session.objects.fetch(
                    origin.location,
                    sink,
                    meter=meter,
                    first=0 if whole else part.offset,
                    length=None if whole else part.length,
                    if_match=self.details.etag or None,
                    version_id=origin.version_id,
                    customer_key=source.customer_key,
                )
            except (PreconditionFailed, NotFound) as error:
                raise source_changed(origin.location) from error
        if clean_etag(details.etag) != clean_etag(self.details.etag):
            # A server that does not know If-Match.
            raise source_changed(origin.location)

    @asynccontextmanager
    async def mine(self) -> AsyncIterator[None]:
        """Says of a failure that it is this connection's, so that no other one is blocked for it.

        Raises:
            StartAgain: the keys that were refused are history.
        """
        profile_id = self.origin.profile_id
        try:
            yield
        except S3guiError as error:
            error.profile_id = profile_id
            newer = self._connections.get(profile_id)
            if error.kind is ErrorKind.AUTH and newer not in {None, self.session}:
                raise StartAgain from error
            raise
