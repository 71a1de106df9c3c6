"""What an ETag proves, and how sure a finished transfer is."""

import hashlib
from collections.abc import Iterable
from enum import Enum

from s3gui.domain.text import noop


class Verified(Enum):
    """How it was checked that what is stored is what was sent; never a bare tick."""

    #: The server has a checksum over the whole object, and it is ours.
    FULL_CHECKSUM = "full"
    #: The object's ETag is the one that all parts (or the one body) must give.
    ETAG = "etag"
    #: The server's ETags are opaque; each part was taken with its MD5, and the size is right.
    PART_MD5_AND_SIZE = "parts"


VERIFIED_TEXT = {
    Verified.FULL_CHECKSUM: noop("Verified: full checksum"),
    Verified.ETAG: noop("Verified: ETag of all parts"),
    Verified.PART_MD5_AND_SIZE: noop("Verified: size and MD5 of each part"),
}

_MD5_HEX_LENGTH = 32


def clean_etag(etag: str | None) -> str:
    """An ETag without its quotation marks and without a weak mark; "" for none."""
    return (etag or "").strip().removeprefix("W/").strip('"')


def is_md5(etag: str) -> bool:
    """Whether an ETag looks like the MD5 of one body; with KMS or SSE-C it does, and is not."""
    return len(etag) == _MD5_HEX_LENGTH and all(char in "0123456789abcdef" for char in etag.lower())


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
