"""HeadObject has no body, so neither have its refusals: another call tells what they mean.

Expired keys answer 400 or 403 without a word (Amazon S3, *HeadObject*), as does an object that may
not be looked at. What the one means must never be taken for the other.
"""

from s3gui.domain.entries import UploadRef
from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.ports import Session

#: The code is the HTTP status where no body says more.
_SILENT = frozenset({"400", "403"})


async def raise_if_keys(error: S3guiError, ref: UploadRef, session: Session) -> None:
    """Asks what says why, ListParts or ListObjectsV2, after HeadObject was refused without a word.

    Args:
        error: of HeadObject.
        ref: what was looked for, and its upload, if there is one.
        session: of both.

    Raises:
        S3guiError: it is the keys (AUTH).
    """
    if error.kind is ErrorKind.AUTH:
        raise error
    if error.code not in _SILENT:
        return
    try:
        if ref.upload_id:
            async for _ in session.uploads.parts(ref):
                break
        else:
            async for _ in session.listing.pages(ref.location, page_size=1):
                break
    except S3guiError as told:
        if told.kind is ErrorKind.AUTH:
            raise
