"""What can go wrong with an upload, in words: what happened, why, what to do."""

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import (
    Corrupt,
    ErrorKind,
    NeedsCustomerKey,
    NoSuchUpload,
    OutcomeUnknown,
    S3guiError,
    Unexpected,
)
from s3gui.domain.integrity import CRC32
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction
from s3gui.transfers.row import Expected, Row
from s3gui.transfers.source import amount


def too_large(size: int) -> S3guiError:
    """The error of a file that no number of parts can hold."""
    return S3guiError(
        tr("The file is too large"),
        tr("{size} do not fit into one object.").format(size=amount(size)),
        tr("Split the file, or pack it smaller."),
        code="EntityTooLarge",
    )


def customer_key_missing() -> NeedsCustomerKey:
    """The error of a row that came back from the journal, where the key never is."""
    return NeedsCustomerKey(
        tr("The key for this file is missing"),
        tr("It is to be encrypted with a key of yours, which s3gui never writes down."),
        tr(
            "Give it again: upload the same file to the same place with that key. What was sent"
            " is kept."
        ),
    )


def damaged(number: int, etag: str, expected: str) -> Corrupt:
    """The error of a part whose ETag is not the MD5 of what was sent."""
    return Corrupt(
        tr("Part {n} arrived damaged").format(n=number),
        tr("The server's ETag is {theirs}, it should be {ours}.").format(
            theirs=visible(etag) or "-", ours=expected
        ),
        tr("The line or the server damages data. Press Retry, or ask the provider."),
    )


def upload_removed(row: Row, cause: NoSuchUpload) -> NoSuchUpload:
    """What is told of a row whose upload somebody, or a lifecycle rule, removed."""
    return NoSuchUpload(
        tr("The unfinished upload of {name} was removed from the server").format(
            name=visible(row.transfer.location.name)
        ),
        tr("Another program or a rule of the bucket did that."),
        tr("It starts again from its first part."),
        request_id=cause.request_id,
    )


def differs(details: ObjectDetails, size: int, expected: Expected) -> Corrupt:
    """The error of an upload that was taken, and is stored as something else."""
    if details.size != size:
        why = tr("It has {theirs}, {ours} were sent.").format(
            theirs=amount(details.size), ours=amount(size)
        )
    elif expected.crc32:
        why = tr("Its checksum is {theirs}, it should be {ours}.").format(
            theirs=visible(details.checksums.get(CRC32, "-")), ours=expected.crc32
        )
    else:
        why = tr("Its ETag is {theirs}, it should be {ours}.").format(
            theirs=visible(details.etag), ours=expected.etag
        )
    if details.version_id:
        why += " " + tr("Its version is {id}.").format(id=visible(details.version_id))
    return Corrupt(
        tr("The stored object differs from the file"),
        why,
        tr("It was left as it is. Press Retry to send the file again, or ask the provider."),
        code="ObjectDiffers",
    )


def outcome_unknown(row: Row, cause: S3guiError | None = None) -> OutcomeUnknown:
    """The error of a row whose Complete nobody answered, and where looking did not help."""
    return OutcomeUnknown(
        tr("It is not known whether the upload was finished"),
        tr(
            "The server did not answer the last step for {name}, and does not show the object."
        ).format(name=visible(row.transfer.location.name)),
        tr("The parts are kept. Press Retry: s3gui looks again before it sends anything."),
        request_id=cause.request_id if cause else "",
    )


def not_stored(row: Row) -> S3guiError:
    """The error of a row whose upload is gone, and which left no object."""
    return S3guiError(
        tr("The server did not store the object"),
        tr("Neither {name} nor its parts are there.").format(
            name=visible(row.transfer.location.name)
        ),
        tr("Press Retry to send it again."),
        code="NotStored",
        kind=ErrorKind.TRANSIENT,
    )


def already_stored(row: Row) -> S3guiError:
    """What is told when a cancel came while the last step was under way, and that succeeded."""
    if row.transfer.direction is Direction.DOWNLOAD:
        return S3guiError(
            tr("{name} was already there when it was cancelled").format(
                name=visible(row.transfer.path.name)
            ),
            hint=tr("Delete the file if you do not want it."),
            code="AlreadyStored",
        )
    return S3guiError(
        tr("{name} was already stored when it was cancelled").format(
            name=visible(row.transfer.location.name)
        ),
        hint=tr("Delete the object if you do not want it."),
        code="AlreadyStored",
    )


def not_cancelled_yet(row: Row) -> S3guiError:
    """What is told of a cancel that had to wait for an outcome, which stays unknown."""
    return S3guiError(
        tr("{name} could not be cancelled yet").format(name=visible(row.transfer.location.name)),
        tr("It is not known whether the server stored it."),
        tr("Try again when the server can be reached."),
        code="OutcomeUnknown",
    )


def unexpected(fault: BaseException) -> Unexpected:
    """A fault of ours, as a row shows it."""
    return Unexpected(
        tr("Something unexpected went wrong"),
        f"{type(fault).__name__}: {visible(str(fault))}",
        tr("What was sent is kept. Press Retry; if it happens again, report it with the log."),
    )
