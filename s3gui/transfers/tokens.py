"""Upload tokens: how an upload finds its own object where no ETag and no checksum tells it.

A token says which upload made an object, and nothing of its bytes: ``Verified`` stays what it is
without. It remains among the object's metadata, since only a copy of the object onto itself could
take it away, and where versions are kept that is one version more.
"""

import secrets
from dataclasses import replace

from s3gui.domain.entries import ObjectDetails, ObjectOptions, Stored
from s3gui.domain.etags import UPLOAD_TOKEN
from s3gui.domain.integrity import clean_etag
from s3gui.domain.ports import Session
from s3gui.transfers.row import Row

_TOKEN_BYTES = 16
#: Of all metadata of an object (Amazon S3, *Working with object metadata*).
_MOST_METADATA_BYTES = 2048
_PREFIX = "x-amz-meta-"


def new_token(options: ObjectOptions) -> str:
    """128 random bits in hex; "" where they have no place among the person's own metadata."""
    if UPLOAD_TOKEN in options.metadata:
        return ""
    token = secrets.token_hex(_TOKEN_BYTES)
    taken = sum(
        len(_PREFIX) + len(name.encode()) + len(value.encode())
        for name, value in marked(options, token).metadata.items()
    )
    return token if taken <= _MOST_METADATA_BYTES else ""


def marked(options: ObjectOptions, token: str) -> ObjectOptions:
    """The options with a token, if there is one."""
    if not token:
        return options
    return replace(options, metadata={**options.metadata, UPLOAD_TOKEN: token})


def is_ours(details: ObjectDetails, row: Row, session: Session) -> bool | None:
    """Whether this row's upload made an object; ``None``: there is no token to tell it by."""
    if not row.upload_token or not session.etags.keeps_metadata(details.location.bucket):
        return None
    return details.metadata.get(UPLOAD_TOKEN) == row.upload_token


def is_replaced(details: ObjectDetails, stored: Stored, row: Row, session: Session) -> bool:
    """Whether somebody else wrote there between an answer of success and a look.

    The same ETag without the token is our object on a server that loses metadata: noted.
    """
    if is_ours(details, row, session) is not False or not stored.etag:
        return False
    if clean_etag(details.etag) != clean_etag(stored.etag):
        return True
    session.etags.saw_no_metadata(details.location.bucket)
    return False
