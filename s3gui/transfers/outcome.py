"""Whether an upload was carried out: what the object itself, and the upload id, tell."""

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ErrorKind,
    NoSuchUpload,
    NotFound,
    NotSupported,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Verified, clean_etag, is_composite, is_md5
from s3gui.domain.ports import Session
from s3gui.transfers.clock import Clock
from s3gui.transfers.row import Expected, Row
from s3gui.transfers.silence import raise_if_keys
from s3gui.transfers.tokens import is_ours

#: When to look after an answer was lost, in seconds from then.
LOOKS_S = (2.0, 5.0, 15.0, 30.0, 60.0)
#: Servers refuse requests from clocks that are 15 minutes away from theirs.
_CLOCKS_APART = timedelta(minutes=20)
_UNSEEN = {
    Verified.PART_MD5_AND_SIZE: Verified.PART_MD5,
    Verified.PART_CHECKSUM_AND_SIZE: Verified.PART_CHECKSUM,
}
#: Of an upload id that is no more. An empty list is another thing: that upload lives.
_GONE = frozenset({0})


class Outcome(Enum):
    """What became of a CompleteMultipartUpload that nobody answered."""

    STORED = "stored"
    #: The object is there, exactly; the upload may be there as well, and nobody may ask.
    SEEN = "seen"
    #: The parts are still there for another Complete.
    NOT_STORED = "not stored"
    #: Neither the object nor the upload is there; the server itself said so of the upload id.
    GONE = "gone"
    UNKNOWN = "unknown"


#: The object is what was sent.
THERE = frozenset({Outcome.STORED, Outcome.SEEN})


def judge(
    details: ObjectDetails, size: int, expected: Expected, *, opaque: bool
) -> Verified | None:
    """How the stored object proves to be what was sent; ``None``: it is something else.

    Args:
        details: the answer of HeadObject, asked for checksums where one is expected.
        size: bytes that were sent.
        expected: what the parts, or the one body, have to give.
        opaque: the ETags of this upload's parts were no MD5s, so this one need not be one either.
    """
    etag = clean_etag(details.etag).lower()
    if details.size != size:
        return None
    if expected.crc32:
        return _judge_checksum(details, expected.crc32)
    if etag == expected.etag:
        return Verified.ETAG
    if opaque or details.encryption.startswith("aws:kms"):
        return Verified.PART_MD5_AND_SIZE
    if is_md5(etag) or is_composite(etag):
        return None
    return Verified.PART_MD5_AND_SIZE


def unseen(level: Verified) -> Verified:
    """What is left of a level where HeadObject was denied, so that no size was compared."""
    return _UNSEEN.get(level, level)


def _judge_checksum(details: ObjectDetails, expected: str) -> Verified | None:
    found = details.checksums.get(CRC32, "")
    if found == expected:
        return Verified.FULL_CHECKSUM
    if not found or "-" in found or details.checksum_type == "COMPOSITE":
        return Verified.PART_CHECKSUM_AND_SIZE
    return None


def is_opaque(row: Row) -> bool:
    """Whether the parts' ETags prove nothing."""
    return row.opaque_etags or not all(part.is_proved for part in row.kept.values())


def leaves_unknown(error: S3guiError) -> bool:
    """Whether a Complete that failed so may have been carried out all the same."""
    if error.kind in {ErrorKind.TRANSIENT, ErrorKind.STALL, ErrorKind.BUG}:
        return True
    # What is no answer of S3 says nothing; that one is its answer to what it could not read.
    return isinstance(error, BadAnswer) and error.code != "MalformedXML"


async def look(session: Session, row: Row) -> tuple[Outcome, ObjectDetails | None]:
    """One look, by HeadObject and ListParts.

    Raises:
        S3guiError: the keys are refused (AUTH).
    """
    details: ObjectDetails | None = None
    try:
        details = await session.objects.head(
            row.transfer.location,
            checksums=bool(row.expected.crc32),
            customer_key=row.options.customer_key,
        )
    except NotFound:
        pass
    except S3guiError as error:
        await raise_if_keys(error, row.ref, session)
        return Outcome.UNKNOWN, None
    level = _level(details, row, session)
    if details is not None and level is not None and is_ours(details, row, session):
        # Nothing but this upload has that token, whatever the server says of the upload itself.
        return Outcome.STORED, details
    held = await _held_parts(session, row)
    if level is not None and held is None and is_exact(level):
        return Outcome.SEEN, details
    if held is None:
        return Outcome.UNKNOWN, details
    if held is _GONE:
        return (Outcome.STORED if level is not None else Outcome.GONE), details
    # An object with the same content may have been there before: while the upload id lives, the
    # Complete was not carried out, whatever the object looks like.
    whole = held == set(range(1, row.transfer.parts_total + 1))
    return (Outcome.NOT_STORED if whole else Outcome.UNKNOWN), details


async def find_out(
    session: Session, row: Row, clock: Clock, *, at_once: bool
) -> tuple[Outcome, ObjectDetails | None]:
    """Looks at 2, 5, 15, 30 and 60 seconds, until the object is there.

    "Not there" counts only at the last look: the server may still be assembling. Never sends
    anything that changes something.
    """
    began = clock.monotonic()
    answer: tuple[Outcome, ObjectDetails | None] = (Outcome.UNKNOWN, None)
    for moment in _moments(at_once=at_once):
        await clock.sleep(max(0.0, began + moment - clock.monotonic()))
        answer = await look(session, row)
        if answer[0] in THERE:
            break
    return answer


def _moments(*, at_once: bool) -> Iterable[float]:
    return (0.0, *LOOKS_S) if at_once else LOOKS_S


def is_exact(level: Verified) -> bool:
    """Whether the object was told from any other of its size."""
    return level in {Verified.ETAG, Verified.FULL_CHECKSUM}


def _level(details: ObjectDetails | None, row: Row, session: Session) -> Verified | None:
    if details is None:
        return None
    level = judge(details, row.transfer.size, row.expected, opaque=is_opaque(row))
    if level is None or is_exact(level):
        return level
    ours = is_ours(details, row, session)
    if ours is not None:
        return level if ours else None
    # What is made of parts has no plain MD5 for an ETag: somebody put another object there.
    in_one_piece = is_md5(clean_etag(details.etag)) and not row.opaque_etags
    return None if in_one_piece or _is_older(details, row) else level


def _is_older(details: ObjectDetails, row: Row) -> bool:
    """Whether the object was there before the row: then its size, even if the same, says nothing.

    Servers date an object made of parts by its Create or its Complete, both after the row came.
    """
    created = row.transfer.created
    if details.modified is None or created is None:
        return False
    return details.modified < created - _CLOCKS_APART


async def _held_parts(session: Session, row: Row) -> frozenset[int] | None:
    """The parts that the server holds; ``_GONE``: no such upload; ``None``: it does not tell."""
    try:
        return frozenset([part.number async for part in session.uploads.parts(row.ref)])
    except NoSuchUpload:
        return _GONE
    except S3guiError as error:
        _raise_auth(error)
        return None


def _raise_auth(error: S3guiError) -> None:
    if error.kind is ErrorKind.AUTH:
        raise error


def can_degrade(error: S3guiError) -> bool:
    """Whether a look was merely not allowed, so that we go on by what we know ourselves."""
    return isinstance(error, AccessDenied | NotSupported)
