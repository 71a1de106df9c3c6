"""The ports for what a server does with objects that are there: copies, tags."""

from collections.abc import Mapping
from typing import Protocol

from s3gui.domain.conditions import ANYTHING, Condition
from s3gui.domain.entries import CopySource, ObjectOptions, Stored, StoredPart, UploadRef
from s3gui.domain.location import Location


class Copying(Protocol):
    """CopyObject, UploadPartCopy: the bytes do not come here."""

    @property
    def has_parts(self) -> bool:
        """``False`` once the server said that it has no UploadPartCopy (Google's has none)."""

    async def copy(
        self,
        source: CopySource,
        target: Location,
        options: ObjectOptions,
        *,
        keep_headers: bool = True,
        keep_tags: bool = True,
        condition: Condition = ANYTHING,
    ) -> Stored:
        """CopyObject, up to 5 GB. Waits long for the answer; an error inside a 200 is raised.

        ``keep_headers``: metadata, Content-Type and the other headers are the source's, else those
        of ``options``; ``keep_tags`` likewise. Storage class, ACL and encryption are always those
        of ``options`` ("" is the server's default): S3 never takes these from the source.

        Raises:
            PreconditionFailed: the source or the target is not what it has to be.
            ConditionRefused: the server knows no conditions on the target; nothing was copied.
            NotSupported: the server has no CopyObject; ``Session.copying`` is ``None`` then.
            BadAnswer: a success without proof. The target may have been replaced by nothing: a
                server that does not know the call takes it for a PutObject of no bytes.
        """

    async def copy_part(
        self, upload: UploadRef, number: int, source: CopySource, first: int, length: int
    ) -> StoredPart:
        """UploadPartCopy of ``length`` bytes from ``first``; the whole of an empty source too.

        The answer's CRC-32 is in ``digest`` where ``upload.checksum`` says so. The ETag is the
        MD5 of the part where ETags are not opaque.

        Raises:
            PreconditionFailed: the source is not what it was.
            NotSupported: the server has no UploadPartCopy; ``has_parts`` is ``False`` then.
        """


class Tags(Protocol):
    """GetObjectTagging, PutObjectTagging."""

    async def of_object(self, where: Location, version_id: str | None = None) -> dict[str, str]:
        """An object's tags, in the order the server has them."""

    async def put_object(
        self, where: Location, tags: Mapping[str, str], version_id: str | None = None
    ) -> None:
        """Replaces an object's tags. Asks for them first, once a session.

        A server that does not know the call could take it for a PutObject of the object itself.
        """
