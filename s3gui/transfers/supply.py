"""What an object is made of: where its parts come from, and how each gets to the server."""

from datetime import UTC, datetime
from typing import Protocol

from s3gui.domain.entries import ObjectDetails, StoredPart
from s3gui.domain.integrity import Digest, clean_etag, is_md5
from s3gui.domain.parts import FileSlice, Meter, Part
from s3gui.domain.ports import Session
from s3gui.domain.transfer import FileIdentity
from s3gui.transfers.content import same_content
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.problems import damaged
from s3gui.transfers.resume import compare
from s3gui.transfers.row import KeptPart, Row
from s3gui.transfers.source import LocalSource


class Supply(Protocol):
    """The source of one transfer, as ``MultipartUpload`` and ``Guard`` want it."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def identity(self) -> FileIdentity | None:
        """Of a local file."""

    @property
    def modified(self) -> datetime | None:
        """When it was written last."""

    @property
    def part_bytes(self) -> int:
        """Bytes of a part, as wished; the plan may need more."""

    async def same_as(self, there: ObjectDetails) -> bool | None:
        """Whether an object has the same bytes; ``None``: nobody can tell.

        Raises:
            S3guiError: it cannot be read.
        """

    async def compare(self) -> dict[int, StoredPart]:
        """When an upload goes on: takes back the confirmed parts that do not count any more.

        Returns:
            What the server holds beside those: a part whose answer was lost.

        Raises:
            NoSuchUpload: the server has the upload no more.
            SourceChanged: what is there is another content.
        """

    async def prepare(
        self, part: Part, meter: Meter, there: StoredPart | None
    ) -> tuple[Digest, str]:
        """What can be done ahead of the wire: the digest of a part, where it is known before.

        Args:
            part: which.
            meter: stops it.
            there: what the server holds of that number, if it is unclaimed.

        Returns:
            The digest, and the ETag if what the server holds is this very part.
        """

    async def deliver(self, part: Part, digest: Digest, meter: Meter) -> KeptPart:
        """Gets a part to the server, and compares what it answers.

        Raises:
            S3guiError: it failed, or something else arrived.
        """

    async def check(self) -> None:
        """Right before the object is made: what was read is what was begun with.

        Raises:
            S3guiError: it is not.
        """


class FileSupply:
    """A local file that goes up."""

    def __init__(
        self, row: Row, session: Session, source: LocalSource, kit: Kit, patience: Patience
    ) -> None:
        self._row = row
        self._session = session
        self._source = source
        self._kit = kit
        self._patience = patience

    @property
    def size(self) -> int:
        """As the open file says."""
        return self._source.identity.size

    @property
    def identity(self) -> FileIdentity:
        """Of the open file."""
        return self._source.identity

    @property
    def modified(self) -> datetime:
        """The file's mtime."""
        return datetime.fromtimestamp(self._source.identity.mtime_ns / 1e9, UTC)

    @property
    def part_bytes(self) -> int:
        """Of the batch, or the setting's."""
        return self._row.wanted_part_bytes or self._kit.settings.part_bytes

    async def same_as(self, there: ObjectDetails) -> bool | None:
        """Hashes the file; see ``same_content``."""
        key = self._row.options.customer_key
        return await same_content(self._source, there, self._session, self._kit, key)

    async def compare(self) -> dict[int, StoredPart]:
        """By journal, file and server; see ``resume``."""
        return await compare(self._row, self._session, self._source, self._kit, self._patience)

    async def prepare(
        self, part: Part, meter: Meter, there: StoredPart | None
    ) -> tuple[Digest, str]:
        """The digest of a part, and its ETag if the server turns out to have it already.

        That takes its MD5 in any case: 32 bits are too few to take bytes for ours that nobody saw.
        """
        crc32 = bool(self._row.checksum)
        digest = await self._kit.threads.hash(
            self._source.digest, part, meter, md5=not crc32 or there is not None, crc32=crc32
        )
        if there is None or there.size != part.length:
            return digest, ""
        return digest, there.etag if KeptPart(digest, there.etag).is_proved else ""

    async def deliver(self, part: Part, digest: Digest, meter: Meter) -> KeptPart:
        """UploadPart out of the file."""
        row = self._row
        body = FileSlice(self._source, part.offset, part.length)
        etag = await self._session.uploads.send_part(
            row.ref, part.number, body, digest=digest, meter=meter
        )
        kept = compared(row, part, digest, etag)
        if not row.checksum:
            # A file that is the first to show it goes on without a token: what was sent is kept.
            self._session.etags.saw_etag(
                *(row.transfer.location.bucket, row.options.encryption),
                opaque=row.opaque_etags or not kept.is_proved,
            )
        return kept

    async def check(self) -> None:
        """The path still leads to the file, and nothing wrote to it."""
        await self._kit.threads.disk(self._source.check_path)


def compared(row: Row, part: Part, digest: Digest, etag: str) -> KeptPart:
    """The part, if the server's answer is the digest of what was sent.

    Raises:
        Corrupt: it is not.
    """
    kept = KeptPart(digest, etag)
    # A checksum was compared where the answer was read.
    counts = is_md5(clean_etag(etag)) and not row.opaque_etags and not row.checksum
    if not etag or (counts and not kept.is_proved):
        raise damaged(part.number, etag, digest.md5.hex() or digest.crc32_text)
    return kept
