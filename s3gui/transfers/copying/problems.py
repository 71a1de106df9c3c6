"""What can go wrong with a copy, in words: what happened, why, what to do."""

from collections.abc import Iterable

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import Corrupt, S3guiError, SourceChanged
from s3gui.domain.existing import REMARK_TEXT, Remark
from s3gui.domain.location import Location
from s3gui.domain.parts import Part
from s3gui.domain.text import tr, visible
from s3gui.transfers.row import SIZE_ONLY
from s3gui.transfers.source import amount


def source_changed(where: Location) -> SourceChanged:
    """The object is another one than the copy began with; nothing of both is mixed."""
    return SourceChanged(
        tr("The object changed while it was being copied"),
        tr("{place} was replaced or removed.").format(place=visible(str(where))),
        tr("Press Retry to copy it as it is now."),
    )


def changed_since(where: Location) -> SourceChanged:
    """It was copied, and what stands there now is not what was copied."""
    return SourceChanged(
        tr("Copied, and the original is still there: it changed since"),
        tr("{place} was replaced after it was copied.").format(place=visible(str(where))),
        tr("Press Retry to move it as it is now, or leave it."),
    )


def still_there(where: Location, cause: S3guiError) -> S3guiError:
    """It was copied and proved, and could not be deleted."""
    error = S3guiError(
        tr("Copied, and the original is still there"),
        tr("{place} could not be deleted: {why}").format(
            place=visible(str(where)), why=str(cause).rstrip(".") + "."
        ),
        tr("Press Retry to delete it; it is not copied again."),
        code=cause.code,
        request_id=cause.request_id,
        kind=cause.kind,
    )
    error.profile_id = cause.profile_id
    return error


def not_all(where: Location, left: Iterable[Remark]) -> S3guiError:
    """It was copied without all that belongs to it, so it is not deleted."""
    return S3guiError(
        tr("Copied, and the original is still there: the copy lacks something"),
        " ".join(tr(REMARK_TEXT[remark]) + "." for remark in left),
        tr(
            "Ask for the rights that are missing and press Retry, or delete {place} yourself."
        ).format(place=visible(str(where))),
        code="LeftBehind",
    )


def one_object(where: Location) -> S3guiError:
    """The two connections may lead to one bucket: deleting the original would delete the copy."""
    return S3guiError(
        tr("The original was not deleted: it may be the copy itself"),
        tr("Both connections have {place}, and do not say when it was written.").format(
            place=visible(str(where))
        ),
        tr("Look whether they lead to the same storage; if not, delete the original yourself."),
        code="SamePlace",
    )


def differs(source: ObjectDetails, copy: ObjectDetails) -> Corrupt:
    """The server took the copy, and what it stored is not what was copied."""
    if copy.size != source.size:
        why = tr("It has {theirs}, the original {ours}.").format(
            theirs=amount(copy.size), ours=amount(source.size)
        )
    else:
        why = tr("Its ETag is {theirs}, that of the original is {ours}.").format(
            theirs=visible(copy.etag), ours=visible(source.etag)
        )
    return Corrupt(
        tr("The copy differs from the original"),
        why,
        tr("It was left as it is. Press Retry to copy again, or ask the provider."),
        code="ObjectDiffers",
    )


def differ_at(where: Location, part: Part) -> Corrupt:
    """Both were read, and they have other bytes."""
    return Corrupt(
        tr("The copy differs from the original"),
        tr("Both were read: of {place}, bytes {first} to {last} are not those of the copy.").format(
            place=visible(str(where)), first=part.offset, last=part.offset + part.length - 1
        ),
        tr("The original was kept. Press Retry to copy again, or ask the provider."),
        code="ObjectDiffers",
    )


def size_only(where: Location, size: int) -> S3guiError:
    """It was copied, and that the bytes are the same could only be told by reading them."""
    return S3guiError(
        tr("Copied; the original was kept because this server shows only its size"),
        tr(
            "Nothing that the server tells shows that the copy of {place} has the same bytes."
        ).format(place=visible(str(where))),
        tr(
            "Press Retry to read both of them ({size} each) through this computer, compare them and"
            " then delete the original."
        ).format(size=amount(size)),
        code=SIZE_ONLY,
    )


def not_compared(where: Location, cause: S3guiError) -> S3guiError:
    """It was copied, and one of the two could not be read to its end."""
    error = S3guiError(
        tr("Copied; the original was kept because the two could not be compared"),
        tr("The server shows only the size of {place}, and reading it failed: {why}").format(
            place=visible(str(where)), why=str(cause).rstrip(".") + "."
        ),
        tr("Press Retry to read both again, or compare and delete the original yourself."),
        code=cause.code,
        request_id=cause.request_id,
        kind=cause.kind,
    )
    error.profile_id = cause.profile_id
    return error


def copy_changed(where: Location) -> S3guiError:
    """Somebody wrote to the copy before it was compared."""
    return S3guiError(
        tr("Copied; the original was kept because the copy changed since"),
        tr("{place} was replaced or removed before it could be compared.").format(
            place=visible(str(where))
        ),
        tr("Press Retry to copy it again, or leave both as they are."),
        code="CopyChanged",
    )


def cannot_prove(where: Location) -> S3guiError:
    """The copy was made, and nobody may look at it."""
    return S3guiError(
        tr("It is not known whether the copy is whole"),
        tr("It was made, and these keys may not look at {place}.").format(
            place=visible(str(where))
        ),
        tr("Ask for the right to read it, then press Retry."),
        code="CannotLook",
    )


def damaged(where: Location) -> Corrupt:
    """What was read through this machine is not what the server has."""
    return Corrupt(
        tr("What arrived is not what the server has"),
        tr("{place} has another checksum.").format(place=visible(str(where))),
        tr("The line or the server damages data. Press Retry, or ask the provider."),
    )
