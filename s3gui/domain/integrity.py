"""What an ETag and a checksum prove, and how sure a finished transfer is."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from s3gui.domain import crc
from s3gui.domain.text import noop

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Verified(Enum):
    """How it was checked that what is stored is what was sent; never a bare tick."""

    #: The server has a checksum over the whole object, and it is ours.
    FULL_CHECKSUM = "full"
    #: The object's ETag is the one that all parts (or the one body) must give.
    ETAG = "etag"
    #: The server's ETags are opaque; each part was taken with its MD5, and the size is right.
    PART_MD5_AND_SIZE = "parts"
    #: Each part was taken with its checksum, the server shows none of the whole; the size is right.
    PART_CHECKSUM_AND_SIZE = "part-checksums"
    #: The same two where nobody could look at the object: its size is not known.
    PART_MD5 = "parts-only"
    PART_CHECKSUM = "part-checksums-only"
    #: Of a move: the server shows nothing to tell by, so both sides were read here and compared.
    COMPARED = "compared"
    #: Of a download: the server shows nothing that could be compared; each range was exact.
    SIZE = "size"


VERIFIED_TEXT = {
    Verified.FULL_CHECKSUM: noop("Verified: full checksum"),
    Verified.ETAG: noop("Verified: ETag of all parts"),
    Verified.PART_MD5_AND_SIZE: noop("Verified: size and MD5 of each part"),
    Verified.PART_CHECKSUM_AND_SIZE: noop("Verified: size and checksum of each part"),
    Verified.PART_MD5: noop("Verified: MD5 of each part"),
    Verified.PART_CHECKSUM: noop("Verified: checksum of each part"),
    Verified.COMPARED: noop("Verified: both sides read and compared"),
    Verified.SIZE: noop("Verified: size only, the server gives no checksum to compare"),
}

#: The checksum that parts are sent with where the server takes it (``UploadRef.checksum``).
CRC32 = crc.CRC32
_MD5_HEX = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Digest:
    """What was computed over the bytes of a body; what was not is empty."""

    md5: bytes = b""
    #: CRC-32 as zlib has it, big-endian.
    crc32: bytes = b""
    #: Another of the CRCs of S3, and which.
    other: bytes = b""
    other_name: str = ""

    @property
    def crc32_text(self) -> str:
        """The CRC-32 as headers and documents of S3 have it, "" for none."""
        return crc.text(self.crc32)

    def crc(self, name: str) -> bytes:
        """The CRC of this name, empty where it was not computed."""
        if name == CRC32:
            return self.crc32
        return self.other if name and name == self.other_name else b""


class Hash(Protocol):
    """What takes blocks and gives a digest, as ``hashlib``'s objects do."""

    def update(self, data: "Buffer", /) -> None:
        """Takes the next block."""

    def digest(self) -> bytes:
        """Of all blocks so far."""


def new_hash(name: str) -> Hash:
    """One for a CRC of S3, or for a name that ``hashlib`` knows.

    Raises:
        ValueError: nothing here computes it.
    """
    return crc.Sum(name) if crc.is_known(name) else hashlib.new(name, usedforsecurity=False)


def clean_etag(etag: str | None) -> str:
    """An ETag without its quotation marks and without a weak mark; "" for none."""
    return (etag or "").strip().removeprefix("W/").strip('"')


def is_md5(etag: str) -> bool:
    """Whether an ETag looks like the MD5 of one body; with KMS or SSE-C it does, and is not."""
    return _MD5_HEX.fullmatch(etag) is not None


def composite_etag(part_md5s: Iterable[bytes]) -> str:
    """The ETag that CompleteMultipartUpload gives: MD5 over the parts' MD5s, and their count."""
    digest = hashlib.md5(usedforsecurity=False)
    count = 0
    for count, md5 in enumerate(part_md5s, start=1):  # noqa: B007  the last count is used below
        digest.update(md5)
    return f"{digest.hexdigest()}-{count}"


def is_composite(etag: str) -> bool:
    """Whether an ETag has the shape that ``composite_etag`` gives."""
    head, dash, count = etag.partition("-")
    return bool(dash) and is_md5(head) and count.isdigit()
