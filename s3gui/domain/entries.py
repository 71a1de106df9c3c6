"""What a storage holds, as values: buckets, objects, versions, grants, unfinished uploads.

Sizes are bytes, times are aware UTC datetimes, ETags are without their quotation marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from s3gui.domain.integrity import Digest
from s3gui.domain.location import Location


@dataclass(frozen=True, slots=True)
class Bucket:
    """A row of ListBuckets, its region added by GetBucketLocation or HeadBucket."""

    name: str
    created: datetime | None = None
    #: ``None``: not asked yet, or the server does not tell.
    region: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """A ``Contents`` row of ListObjectsV2."""

    key: str
    size: int
    modified: datetime | None
    etag: str = ""
    storage_class: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; it carries the place it was asked for (invariant 8)."""

    location: Location
    objects: tuple[ObjectEntry, ...] = ()
    #: Full common prefixes, each ending in the delimiter.
    prefixes: tuple[str, ...] = ()
    #: This is the last page.
    last: bool = False
    #: The server said there is more but gave no way to ask for it: the listing is incomplete, and
    #: nothing recursive may be done on the strength of it.
    incomplete: bool = False
    #: Rows dropped because they cannot be: outside the prefix, negative size, twice.
    invalid: int = 0


@dataclass(frozen=True, slots=True)
class ObjectDetails:
    """The answer of HeadObject."""

    location: Location
    size: int
    etag: str
    modified: datetime | None = None
    content_type: str = ""
    storage_class: str = "STANDARD"
    version_id: str | None = None
    #: ``x-amz-meta-*``, names in lower case without the prefix.
    metadata: Mapping[str, str] = field(default_factory=dict)
    #: Cache-Control, Content-Encoding, Content-Disposition, Content-Language, Expires ... as sent.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Server-side encryption as the server names it (``AES256``, ``aws:kms``), "" for none.
    encryption: str = ""
    #: Algorithm to base64 value, as ``x-amz-checksum-*`` had it; HeadObject gives it when asked.
    checksums: Mapping[str, str] = field(default_factory=dict)
    #: ``FULL_OBJECT``: over the bytes. ``COMPOSITE``: over the parts' checksums. "": not told.
    checksum_type: str = ""


class GranteeKind(Enum):
    """What a grantee of an ACL is."""

    USER = "CanonicalUser"
    EMAIL = "AmazonCustomerByEmail"
    GROUP = "Group"


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant of an ACL. ``grantee`` is the id, the e-mail address or the group's URI."""

    kind: GranteeKind
    grantee: str
    display_name: str
    #: READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL.
    permission: str

    @property
    def is_public(self) -> bool:
        """Anybody on the network, signed in or not."""
        return self.kind is GranteeKind.GROUP and self.grantee.endswith("/global/AllUsers")


@dataclass(frozen=True, slots=True)
class AccessList:
    """The answer of GetObjectAcl or GetBucketAcl."""

    owner_id: str
    owner_name: str
    grants: tuple[Grant, ...]

    @property
    def public_permissions(self) -> tuple[str, ...]:
        """What anybody may do, in the order the server listed it."""
        return tuple(grant.permission for grant in self.grants if grant.is_public)


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """A row of ListObjectVersions; a delete marker has no size, ETag or storage class."""

    key: str
    #: ``"null"`` for what was written while versioning was off.
    version_id: str
    is_latest: bool
    modified: datetime | None
    size: int = 0
    etag: str = ""
    storage_class: str = ""
    is_delete_marker: bool = False


@dataclass(frozen=True, slots=True)
class UploadRef:
    """A multipart upload that was created and not yet completed or aborted."""

    location: Location
    upload_id: str
    #: The server encrypts with keys of its own (SSE-KMS) or of the person (SSE-C): the ETags of the
    #: parts look like MD5s and are not. CreateMultipartUpload's answer tells.
    opaque_etags: bool = field(default=False, compare=False)
    #: ``"CRC32"``: the server agreed to one over the whole object, and each part is sent with its
    #: own; "": parts are sent with their MD5.
    checksum: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """A row of ListMultipartUploads."""

    ref: UploadRef
    initiated: datetime | None
    initiator: str = ""
    storage_class: str = ""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as the server has it: a row of ListParts, or the answer of UploadPart."""

    number: int
    etag: str
    size: int
    #: What it was sent with, where ``UploadRef.checksum`` says so.
    digest: Digest = field(default_factory=Digest, compare=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """What PutObject or CompleteMultipartUpload answered."""

    etag: str
    version_id: str | None = None
    #: The checksum over the whole object, as the server has it; "" where it told none.
    crc32: str = ""


@dataclass(frozen=True, slots=True)
class ObjectOptions:
    """What an object is created with, beside its bytes."""

    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    cache_control: str = ""
    storage_class: str = ""
    #: A canned ACL (``private``, ``public-read``, ...); "" leaves it to the bucket.
    acl: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
