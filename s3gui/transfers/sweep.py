"""Uploads whose CreateMultipartUpload was carried out, and whose id never reached the journal.

They hold no part and cost nothing, but they are ours and nobody knows of them. What other programs
began must never be taken for one of them, so of the uploads of exactly that key only those count
that began when ours must have begun, that our journal does not know, and that have no part after
all that time; and where there are more of them than lost answers, none does.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from s3gui.domain.entries import UnfinishedUpload, UploadRef
from s3gui.domain.errors import NoSuchUpload, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.ports import Session
from s3gui.transfers.kit import Kit
from s3gui.transfers.left_store import LostCreate
from s3gui.transfers.outcome import can_degrade

_log = logging.getLogger(__name__)
#: How long after it was journaled a Create may have reached the server.
WINDOW = timedelta(minutes=10)
#: How far the server's clock may be from ours.
SKEW = timedelta(minutes=1)


def due(lost: Sequence[LostCreate]) -> datetime:
    """When all that may have been made is there to be seen."""
    return max(item.at for item in lost) + WINDOW + SKEW


async def candidates(
    session: Session, where: Location, lost: Sequence[LostCreate]
) -> list[UploadRef]:
    """The uploads of one key that began when a lost Create may have been carried out.

    Raises:
        S3guiError: they cannot be listed now.
    """
    try:
        found = [item async for item in session.uploads.unfinished(where)]
    except S3guiError as error:
        if not can_degrade(error):
            raise
        _log.info("what a lost Create left cannot be looked for: %s", error.code)
        return []
    return [item.ref for item in found if item.ref.location == where and _fits(item, lost)]


def _fits(upload: UnfinishedUpload, lost: Sequence[LostCreate]) -> bool:
    began = upload.initiated
    if began is None:
        return False
    return any(item.at - SKEW <= began <= item.at + WINDOW + SKEW for item in lost)


async def orphans(
    session: Session, found: Sequence[UploadRef], lost: Sequence[LostCreate], kit: Kit
) -> list[UploadRef]:
    """Which of the candidates nobody but a lost Create can have begun.

    Raises:
        S3guiError: it cannot be found out now.
    """
    known = await kit.journal.known_uploads(lost[0])
    strange = [ref for ref in found if ref.upload_id not in known]
    if len(strange) > len(lost):
        _log.info("%d uploads may be of %d lost Creates: left alone", len(strange), len(lost))
        return []
    return [ref for ref in strange if await _is_empty(session, ref)]


async def _is_empty(session: Session, ref: UploadRef) -> bool:
    try:
        async for _ in session.uploads.parts(ref):
            return False
    except NoSuchUpload:
        return False
    except S3guiError as error:
        if not can_degrade(error):
            raise
        return False
    return True
