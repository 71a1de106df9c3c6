"""What a storage in memory holds, and the conditions and keys that its calls are held to."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from s3gui.domain.conditions import Condition, ConditionFacts, Write
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import AccessList, ObjectOptions, StoredPart, UploadRef
from s3gui.domain.errors import (
    ChecksumRefused,
    ConditionRefused,
    InvalidPart,
    NeedsCustomerKey,
    NotFound,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.location import Location
from s3gui.domain.parts import GIB


@dataclass(slots=True)
class StoredObject:
    data: bytes
    etag: str
    options: ObjectOptions
    version_id: str
    modified: datetime
    is_delete_marker: bool = False
    #: What HeadObject shows when it is asked for checksums.
    checksums: Mapping[str, str] = field(default_factory=dict)
    #: Of the parts it was made of; empty for a body sent whole.
    part_sizes: tuple[int, ...] = ()
    access: AccessList | None = None


@dataclass(slots=True)
class HeldPart:
    data: bytes
    etag: str


@dataclass(slots=True)
class HeldUpload:
    location: Location
    options: ObjectOptions
    initiated: datetime
    checksum: str = ""
    parts: dict[int, HeldPart] = field(default_factory=dict)


class Guards:
    """Conditions on writes and customers' keys."""

    def __init__(self) -> None:
        #: What sessions learn of conditions; whether this server keeps to them, and knows them.
        self.conditions = ConditionFacts()
        self.keeps_conditions = True
        self.knows_conditions = True
        #: Whether HeadObject tells of parts.
        self.tells_parts = True
        self.most_copied_bytes = 5 * GIB

    def latest(self, location: Location, version_id: str | None = None) -> StoredObject:
        raise NotImplementedError

    def check_condition(
        self, write: Write, where: Location, condition: Condition, version_id: str | None = None
    ) -> None:
        """As the gateway and Amazon together: refuses, and notes what is learnt of it."""
        if not condition:
            return
        if self.conditions.of(where.bucket, write, condition) is False or not self.knows_conditions:
            self.conditions.ignored(where.bucket, write, condition)
            raise ConditionRefused("No conditions here")
        if not self.keeps_conditions:
            return
        try:
            there = self.latest(where, version_id).etag
        except NotFound:
            there = ""
        if (condition.if_none_match and there) or condition.if_match not in {"", there}:
            self.conditions.kept(where.bucket, write, condition)
            raise PreconditionFailed("Something else is there", code="PreconditionFailed")

    def check_key(self, held: StoredObject, key: CustomerKey | None) -> None:
        if held.options.customer_key != key:
            raise S3guiError("Another key, or none", code="InvalidRequest")

    def check_upload_key(self, held: HeldUpload, ref: UploadRef) -> None:
        if held.options.customer_key != ref.customer_key:
            raise S3guiError("Another key, or none", code="InvalidRequest")


def whole_checksum(
    held: HeldUpload, parts: Sequence[StoredPart], data: bytes, crc32: str
) -> dict[str, str]:
    """The checksum of an object, compared with what the client says of it."""
    if any(part.digest.crc32 != crc32_of(held.parts[part.number].data) for part in parts):
        raise InvalidPart("A part has another checksum")
    whole = Digest(crc32=crc32_of(data)).crc32_text
    if (whole, len(data)) != (crc32, sum(part.size for part in parts)):
        raise ChecksumRefused("The whole has another checksum", code="BadDigest")
    return {CRC32: whole}


def key_is_here(options: ObjectOptions) -> None:
    if options.lacks_key:
        raise NeedsCustomerKey("The key is missing")


def headers_of(options: ObjectOptions) -> dict[str, str]:
    named = {
        "Cache-Control": options.cache_control,
        "Content-Disposition": options.content_disposition,
        "Content-Encoding": options.content_encoding,
        "Content-Language": options.content_language,
        "Expires": options.expires,
        "x-amz-website-redirect-location": options.website_redirect,
    }
    return {name: value for name, value in named.items() if value}


def md5_of(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def crc32_of(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")
