"""What a storage holds, as values: buckets, objects, versions, grants, unfinished uploads.

Sizes are bytes, times are aware UTC datetimes, ETags are without their quotation marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from s3gui.domain.encryption import CustomerKey, Encryption, hides_md5
from s3gui.domain.errors import S3guiError
from s3gui.domain.etags import UPLOAD_TOKEN
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
    #: Server-side encryption as the server names it (``AES256``, ``aws:kms``), ``SSE-C`` for a key
    #: of the person's, "" for none.
    encryption: str = ""
    #: Algorithm to base64 value, as ``x-amz-checksum-*`` had it; HeadObject gives it when asked.
    checksums: Mapping[str, str] = field(default_factory=dict)
    #: ``FULL_OBJECT``: over the bytes. ``COMPOSITE``: over the parts' checksums. "": not told.
    checksum_type: str = ""
    #: The KMS key's id or ARN, "" where none was told.
    kms_key_id: str = ""
    #: How many tags it has; ``None`` where the server does not tell (ask ``Tags``).
    tag_count: int | None = None

    @property
    def opaque_etag(self) -> bool:
        """The ETag may look like an MD5 and is none."""
        return hides_md5(self.encryption)

    @property
    def whole_checksums(self) -> dict[str, str]:
        """Those over all bytes, by algorithm; not those over the checksums of parts."""
        if self.checksum_type == "COMPOSITE":
            return {}
        told = self.checksums.items()
        return {name: value for name, value in told if value and "-" not in value}


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
    #: With SSE-C each part is sent with the key; it is in no journal, so whoever resumes gives it.
    customer_key: CustomerKey | None = field(default=None, compare=False, repr=False)


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
    """What PutObject, CompleteMultipartUpload or CopyObject answered."""

    etag: str
    version_id: str | None = None
    #: The checksum over the whole object, as the server has it; "" where it told none.
    crc32: str = ""
    #: The ETag may look like an MD5 and is none (SSE-KMS, SSE-C), as the answer told.
    opaque_etag: bool = False


@dataclass(frozen=True, slots=True)
class PartLayout:
    """How an object was cut when it was uploaded, for the check of a composite ETag."""

    count: int
    #: Bytes of the first part; all but the last have as many, if the uploader kept to that.
    first_bytes: int


@dataclass(frozen=True, slots=True)
class CopySource:
    """What a copy is made of."""

    location: Location
    #: ``None``: whichever is the newest.
    version_id: str | None = None
    #: The ETag that it must have, else PreconditionFailed; "" for any.
    if_match: str = ""
    #: What it is encrypted with (SSE-C).
    customer_key: CustomerKey | None = field(default=None, repr=False)


#: The most that DeleteObjects takes at once.
MOST_DELETES = 1000


@dataclass(frozen=True, slots=True)
class Doomed:
    """What is to be deleted: a key (leaves a marker where versions are kept), or a version."""

    key: str
    version_id: str | None = None
    #: The ETag that it must have; many servers ignore it, see ``ConditionFacts``. "" for any.
    if_match: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of one of the doomed."""

    doomed: Doomed
    #: Why it is still there.
    error: S3guiError | None = None
    #: The delete marker that was made.
    marker_id: str | None = None


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
    content_disposition: str = ""
    content_encoding: str = ""
    content_language: str = ""
    #: As the header has it: a date of HTTP, or whatever the object had.
    expires: str = ""
    website_redirect: str = ""
    #: One of ``Encryption``, or what else the server names so; "" leaves it to the bucket.
    encryption: str = ""
    #: With ``aws:kms``: the key's id or ARN, "" for the bucket's.
    kms_key_id: str = ""
    #: With ``SSE-C``. It is in no journal: options that come back from one have ``encryption`` and
    #: no key, and nothing is sent with those (NeedsCustomerKey).
    customer_key: CustomerKey | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.customer_key is not None:
            object.__setattr__(self, "encryption", Encryption.CUSTOMER.value)

    @property
    def lacks_key(self) -> bool:
        """It is to be encrypted with a key that is not here."""
        return self.encryption == Encryption.CUSTOMER and self.customer_key is None

    @classmethod
    def kept(
        cls, details: ObjectDetails, tags: Mapping[str, str] | None = None, acl: str = ""
    ) -> "ObjectOptions":
        """What makes another object like this one; neither its ACL nor its customer key is told.

        The token of its upload is left out: it is of that upload alone.
        """
        own = {name: value for name, value in details.metadata.items() if name != UPLOAD_TOKEN}
        told = {name.lower(): value for name, value in details.headers.items()}
        encryption = "" if details.encryption == Encryption.CUSTOMER else details.encryption
        return cls(
            content_type=details.content_type,
            metadata=own,
            cache_control=told.get("cache-control", ""),
            storage_class="" if details.storage_class == "STANDARD" else details.storage_class,
            acl=acl,
            tags=dict(tags or {}),
            content_disposition=told.get("content-disposition", ""),
            content_encoding=told.get("content-encoding", ""),
            content_language=told.get("content-language", ""),
            expires=told.get("expires", ""),
            website_redirect=told.get("x-amz-website-redirect-location", ""),
            encryption=encryption,
            kms_key_id=details.kms_key_id,
        )
