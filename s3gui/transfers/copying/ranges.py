"""UploadPartCopy: an object made of ranges of another one, on the server."""

from datetime import datetime

from s3gui.domain.copying import Copying
from s3gui.domain.entries import ObjectDetails, StoredPart
from s3gui.domain.errors import ChecksumRefused, NotFound, PreconditionFailed
from s3gui.domain.integrity import Digest, clean_etag, is_md5
from s3gui.domain.parts import Meter, Part
from s3gui.domain.ports import Session
from s3gui.domain.text import tr
from s3gui.transfers.copying.proving import same_bytes
from s3gui.transfers.copying.source import Source
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.resume import compare_server
from s3gui.transfers.row import KeptPart, Row


class ObjectSupply:
    """What the two ways have in common that an object can be made of another one's ranges.

    Args:
        part_bytes: bytes of a part, as wished.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        source: Source,
        kit: Kit,
        patience: Patience,
        part_bytes: int,
    ) -> None:
        self._row = row
        self._session = session
        self._source = source
        self._kit = kit
        self._patience = patience
        self.part_bytes = part_bytes
        #: There is no local file.
        self.identity: None = None

    @property
    def size(self) -> int:
        """Of the source."""
        return self._source.details.size

    @property
    def modified(self) -> datetime | None:
        """Of the source."""
        return self._source.details.modified

    async def same_as(self, there: ObjectDetails) -> bool | None:
        """By what the server shows of both."""
        return same_bytes(self._source.details, there)

    async def compare(self) -> dict[int, StoredPart]:
        """By journal and server; parts without a row are copied again, which costs little."""
        await compare_server(self._row, self._session, self._kit, self._patience)
        return {}

    async def prepare(
        self, part: Part, meter: Meter, there: StoredPart | None
    ) -> tuple[Digest, str]:
        """Nothing is known of a part before it is copied."""
        del part, meter, there
        return Digest(), ""

    async def check(self) -> None:
        """The source is still what all parts were made of."""
        await self._source.check()


class RangeCopies(ObjectSupply):
    """The bytes stay on the server. A part's ETag, where it is an MD5, is that of its range."""

    def __init__(
        self,
        row: Row,
        session: Session,
        source: Source,
        kit: Kit,
        patience: Patience,
        part_bytes: int,
        copying: Copying,
    ) -> None:
        super().__init__(row, session, source, kit, patience, part_bytes)
        self._copying = copying

    async def deliver(self, part: Part, digest: Digest, meter: Meter) -> KeptPart:
        """UploadPartCopy.

        Raises:
            SourceChanged: it is another object by now.
            ChecksumRefused: the server told no checksum, and had agreed to.
        """
        del digest
        row = self._row
        try:
            stored = await self._copying.copy_part(
                row.ref, part.number, self._source.as_copied, part.offset, part.length
            )
        except (PreconditionFailed, NotFound):
            await self._source.check()
            raise
        meter.moved = part.length
        if row.checksum:
            if not stored.digest.crc32:
                raise ChecksumRefused(
                    tr("The server told no checksum of a part that it copied"),
                    tr("It had agreed to a checksum over the whole object."),
                )
            return KeptPart(stored.digest, stored.etag)
        etag = clean_etag(stored.etag).lower()
        told = is_md5(etag) and not row.opaque_etags
        return KeptPart(Digest(bytes.fromhex(etag) if told else b""), stored.etag)
