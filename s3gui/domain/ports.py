"""What the rooms ask of each other, as protocols. They meet in the composition roots.

A feature that a server lacks is ``None`` on the session (invariant 10). Every method raises only
``S3guiError`` and ``asyncio.CancelledError``; a cancelled transfer of bytes has left the wire when
the call returns.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from s3gui.domain.conditions import ANYTHING, Condition, ConditionFacts
from s3gui.domain.copying import Copying, Tags
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import (
    AccessList,
    Bucket,
    Deletion,
    Doomed,
    ObjectDetails,
    ObjectOptions,
    ObjectVersion,
    Page,
    PartLayout,
    Stored,
    StoredPart,
    UnfinishedUpload,
    UploadRef,
)
from s3gui.domain.etags import EtagFacts
from s3gui.domain.integrity import Digest
from s3gui.domain.location import Location
from s3gui.domain.parts import ByteSink, FileSlice, Meter
from s3gui.domain.profile import Credentials, Profile


class Buckets(Protocol):
    """ListBuckets, GetBucketLocation, HeadBucket."""

    async def all(self) -> list[Bucket]:
        """Every bucket these keys may see, by name. ``region`` asks for one bucket's region."""

    async def region(self, bucket: str) -> str | None:
        """Where a bucket is; ``None`` where the server does not tell."""

    async def create(self, bucket: str) -> None:
        """CreateBucket, in the connection's region."""


class Listing(Protocol):
    """ListObjectsV2, and ListObjects where the server needs it."""

    def pages(
        self,
        where: Location,
        *,
        recursive: bool = False,
        page_size: int = 1000,
        after: str = "",
    ) -> AsyncIterator[Page]:
        """The pages under a prefix, as they arrive; ends after ``last`` or ``incomplete``.

        With ``after`` they begin behind that key, where the server keeps to that.
        """


class Objects(Protocol):
    """HeadObject, GetObject, PutObject, DeleteObject, DeleteObjects.

    A ``customer_key`` is what the object is encrypted with (SSE-C): it cannot even be looked at
    without. Over a line that is not encrypted nothing is sent with one.
    """

    async def head(
        self,
        where: Location,
        version_id: str | None = None,
        *,
        checksums: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> ObjectDetails:
        """Size, ETag, headers, metadata; checksums only when asked for. Raises NotFound."""

    async def part_layout(
        self,
        where: Location,
        version_id: str | None = None,
        *,
        if_match: str = "",
        customer_key: CustomerKey | None = None,
    ) -> PartLayout | None:
        """HeadObject of the first part; ``None`` where the server does not tell of parts."""

    async def put(
        self,
        where: Location,
        body: FileSlice,
        *,
        md5: bytes,
        options: ObjectOptions,
        meter: Meter,
        condition: Condition = ANYTHING,
    ) -> Stored:
        """Stores a whole object in one request; the server refuses it if ``md5`` does not match.

        Raises:
            PreconditionFailed: the condition does not hold; not to be tried again.
            ConditionRefused: the server knows no conditions here; nothing was stored.
            NeedsCustomerKey: ``options`` came out of a journal, without the key.
        """

    async def fetch(
        self,
        where: Location,
        sink: ByteSink,
        *,
        meter: Meter,
        first: int = 0,
        length: int | None = None,
        if_match: str | None = None,
        version_id: str | None = None,
        checksums: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> ObjectDetails:
        """Streams bytes into ``sink`` and says what they are of.

        With ``checksums``, and without a ``length``, the server is asked for those of the object;
        the bytes are not compared with them here. For ranges ``head`` tells them.

        With ``length`` a Range is asked for, and exactly that range has to come (206, the right
        Content-Range, the right count); anything else is BadAnswer and may be in the sink already.
        """

    async def delete(
        self, where: Location, version_id: str | None = None, *, if_match: str = ""
    ) -> str | None:
        """DeleteObject; returns the version id of the delete marker, if one was made.

        Raises:
            PreconditionFailed: the object has another ETag than ``if_match``.
            ConditionRefused: the server knows no conditions here; nothing was deleted.
        """

    async def delete_many(self, bucket: str, doomed: Sequence[Doomed]) -> list[Deletion]:
        """DeleteObjects, at most ``MOST_DELETES`` at once; one by one where the server has it not.

        What became of each, in the order given; raises only where that is not known of any.
        """


class Uploads(Protocol):
    """The calls of a multipart upload."""

    #: Uploads that ``create`` began, had no use for and could not abort: to be taken from here.
    left: list[UploadRef]

    async def create(self, where: Location, options: ObjectOptions) -> UploadRef:
        """CreateMultipartUpload. Never retried blindly: it may have been carried out.

        Asks for a checksum over the whole object; ``checksum`` of the result says what came of it.
        The result holds the customer key of ``options`` too.

        Raises:
            NeedsCustomerKey: ``options`` came out of a journal, without the key.
        """

    async def send_part(
        self, upload: UploadRef, number: int, body: FileSlice, *, digest: Digest, meter: Meter
    ) -> str:
        """UploadPart, with the digest for the server to compare; returns the ETag it answered.

        The digest is the CRC-32 where ``upload.checksum`` says so, and the answer has to repeat it:
        another one is Corrupt. Else it is the MD5, and comparing the ETag is the caller's. An
        answer without an ETag is BadAnswer.

        Raises:
            ChecksumRefused: the server does not keep to what it agreed to.
        """

    async def complete(
        self,
        upload: UploadRef,
        parts: Sequence[StoredPart],
        *,
        crc32: str = "",
        condition: Condition = ANYTHING,
    ) -> Stored:
        """CompleteMultipartUpload; an error inside a 200 is raised like any other. Sent once.

        Where ``upload.checksum`` says so, ``crc32`` is what the whole object must have (base64);
        the parts then come with their digests and sizes.

        Raises:
            ChecksumRefused: the server does not keep to what it agreed to; nothing was made.
            PreconditionFailed: the condition does not hold; the parts are still there. After an
                unknown outcome it may be our own object that is in the way.
            ConditionRefused: the server knows no conditions here; nothing was made.
        """

    async def abort(self, upload: UploadRef) -> None:
        """AbortMultipartUpload. Raises NoSuchUpload when it is gone already."""

    def parts(self, upload: UploadRef) -> AsyncIterator[StoredPart]:
        """ListParts, all pages."""

    def unfinished(self, where: Location) -> AsyncIterator[UnfinishedUpload]:
        """ListMultipartUploads under a prefix, all pages."""


class Acl(Protocol):
    """GetObjectAcl, GetBucketAcl, PutObjectAcl."""

    async def of_object(self, where: Location, version_id: str | None = None) -> AccessList:
        """Who may do what with an object."""

    async def put_object(
        self, where: Location, access: AccessList, version_id: str | None = None
    ) -> None:
        """Replaces an object's grants. Asks for them first, once a session, as ``Tags`` does.

        The owner of ``access`` has to be the object's: servers refuse another.
        """

    async def of_bucket(self, bucket: str) -> AccessList:
        """Who may do what with a bucket."""


class Versions(Protocol):
    """ListObjectVersions, GetBucketVersioning."""

    def of_object(self, where: Location) -> AsyncIterator[ObjectVersion]:
        """The versions and delete markers of exactly this key, newest first."""

    def under(
        self, where: Location, *, recursive: bool = False
    ) -> AsyncIterator[ObjectVersion | str]:
        """The versions under a prefix, key by key, newest first; a ``str`` is a common prefix."""

    async def status(self, bucket: str) -> str:
        """``"Enabled"``, ``"Suspended"`` or "" (never switched on)."""


class Session(Protocol):
    """An open connection to one storage, and the features it has."""

    @property
    def profile(self) -> Profile:
        """Where it leads."""

    @property
    def buckets(self) -> Buckets:
        """Always there."""

    @property
    def listing(self) -> Listing:
        """Always there."""

    @property
    def objects(self) -> Objects:
        """Always there."""

    @property
    def uploads(self) -> Uploads:
        """Always there."""

    @property
    def conditions(self) -> ConditionFacts:
        """Whether the server keeps to conditions on writes, as far as was seen."""

    @property
    def etags(self) -> EtagFacts:
        """Whether its ETags are MD5s, bucket by bucket, as far as was seen."""

    @property
    def copying(self) -> Copying | None:
        """``None`` where the server does not copy."""

    @property
    def tags(self) -> Tags | None:
        """``None`` where the server has no tags."""

    @property
    def acl(self) -> Acl | None:
        """``None`` where the server has no ACLs."""

    @property
    def versions(self) -> Versions | None:
        """``None`` where the server keeps no versions."""


class Gateway(Protocol):
    """Opens sessions; ``s3gui.s3.session`` has the one that speaks S3."""

    def session(
        self, profile: Profile, credentials: Credentials
    ) -> AbstractAsyncContextManager[Session]:
        """A session, open until the context is left. Entering asks the server nothing."""


class Accounts(Protocol):
    """Saved connections and their keys; ``s3gui.accounts`` has the one over disk and keyring."""

    async def profiles(self) -> list[Profile]:
        """The saved connections, in the person's order."""

    async def save(self, profile: Profile, credentials: Credentials | None, *, keep: bool) -> None:
        """Adds or replaces a connection. ``credentials`` of ``None`` leaves the keys as they are.

        With ``keep`` they go to the OS keyring, else they are held in memory until quit, and an
        older keyring entry is removed. Raises S3guiError when the keyring refuses; the profile is
        saved and the keys are held in memory then.
        """

    async def remove(self, profile_id: str) -> None:
        """Forgets a connection and its keys, in the keyring too."""

    async def credentials(self, profile_id: str) -> Credentials:
        """The keys of a connection. Raises NeedsCredentials when none are to be had."""

    async def keyring_problem(self) -> str:
        """Why keys cannot be kept on this machine, in the person's words; "" when they can."""
