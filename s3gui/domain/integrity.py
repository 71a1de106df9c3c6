"""What an ETag and a checksum prove, and how sure a finished transfer is."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from s3gui.domain.text import noop


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
    #: Of a download: the server shows nothing that could be compared; each range was exact.
    SIZE = "size"


VERIFIED_TEXT = {
    Verified.FULL_CHECKSUM: noop("Verified: full checksum"),
    Verified.ETAG: noop("Verified: ETag of all parts"),
    Verified.PART_MD5_AND_SIZE: noop("Verified: size and MD5 of each part"),
    Verified.PART_CHECKSUM_AND_SIZE: noop("Verified: size and checksum of each part"),
    Verified.PART_MD5: noop("Verified: MD5 of each part"),
    Verified.PART_CHECKSUM: noop("Verified: checksum of each part"),
    Verified.SIZE: noop("Verified: size only, the server gives no checksum to compare"),
}

#: The checksum that parts are sent with where the server takes it (``UploadRef.checksum``).
CRC32 = "CRC32"
_MD5_HEX = re.compile(r"[0-9a-fA-F]{32}")
#: Of CRC-32, reflected: the highest power is in the lowest bit.
_POLYNOMIAL = 0xEDB88320


@dataclass(frozen=True, slots=True)
class Digest:
    """What was computed over the bytes of a body; what was not is empty."""

    md5: bytes = b""
    #: CRC-32 as zlib has it, big-endian.
    crc32: bytes = b""

    @property
    def crc32_text(self) -> str:
        """The CRC-32 as headers and documents of S3 have it, "" for none."""
        return base64.b64encode(self.crc32).decode()


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


def combined_crc32(parts: Iterable[tuple[bytes, int]]) -> bytes:
    """The CRC-32 of a whole out of the CRC-32s and the sizes in bytes of its parts, in order.

    What stands in front of a part is moved by as many bits as the part has, which is a product in
    GF(2)[x]; parts are of one size but the last, so its tables are made twice at most, mostly.
    """
    whole = 0
    for crc32, size in parts:
        low, second, third, high = _moved_by(size)
        moved = low[whole & 255] ^ second[whole >> 8 & 255] ^ third[whole >> 16 & 255]
        whole = moved ^ high[whole >> 24] ^ int.from_bytes(crc32, "big")
    return whole.to_bytes(4, "big")


@lru_cache(maxsize=16)
def _moved_by(size: int) -> tuple[tuple[int, ...], ...]:
    """A table a byte of a CRC-32: its product with x to the power of ``8 * size``."""
    power, square, bits = 1 << 31, 1 << 30, 8 * size
    while bits:
        if bits & 1:
            power = _times(power, square)
        square = _times(square, square)
        bits >>= 1
    return tuple(
        tuple(_times(power, byte << place) for byte in range(256)) for place in (0, 8, 16, 24)
    )


def _times(first: int, second: int) -> int:
    """The product modulo the polynomial of CRC-32."""
    product = 0
    for bit in range(31, -1, -1):
        if first >> bit & 1:
            product ^= second
        second = second >> 1 ^ (_POLYNOMIAL if second & 1 else 0)
    return product
