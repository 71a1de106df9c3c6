"""How a copy proves to be what it is a copy of: by what the server shows of both."""

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.integrity import Verified, clean_etag, is_composite, is_md5


def prove(source: ObjectDetails, copy: ObjectDetails) -> Verified | None:
    """The level; ``None``: it is something else.

    Args:
        source: HeadObject's answer of what was copied, asked for checksums.
        copy: the same of the copy.
    """
    if copy.size != source.size:
        return None
    ours, theirs = source.whole_checksums, copy.whole_checksums
    both = ours.keys() & theirs.keys()
    if any(ours[name] != theirs[name] for name in both):
        return None
    if both:
        return Verified.FULL_CHECKSUM
    if source.opaque_etag or copy.opaque_etag:
        return Verified.SIZE
    etags = clean_etag(source.etag).lower(), clean_etag(copy.etag).lower()
    if etags[0] == etags[1] and (is_md5(etags[0]) or is_composite(etags[0])):
        return Verified.ETAG
    # Made of parts, or of parts of another size, the same bytes have another ETag.
    return None if is_md5(etags[0]) and is_md5(etags[1]) else Verified.SIZE


def same_bytes(source: ObjectDetails, there: ObjectDetails) -> bool | None:
    """Whether two objects have the same bytes; ``None``: nobody can tell."""
    level = prove(source, there)
    if level is None:
        return False
    return None if level is Verified.SIZE else True
