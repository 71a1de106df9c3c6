"""What the headers of HeadObject and GetObject tell of an object."""

import re
from typing import Any

from s3gui.domain.entries import ObjectDetails
from s3gui.domain.integrity import clean_etag
from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.s3.encryption import encryption_of
from s3gui.s3.errors import no_proof

#: Headers that travel with the object, as a person knows them.
_HEADERS = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Expires",
    "x-amz-website-redirect-location",
)
_CHECKSUM_PREFIX = "x-amz-checksum-"
_CONTENT_RANGE = re.compile(r"bytes \d+-\d+/(\d+)")


def details_of(where: Location, answer: dict[str, Any]) -> ObjectDetails:
    """What an answer tells of an object.

    Args:
        where: it is.
        answer: as botocore gives it.

    Raises:
        BadAnswer: neither an ETag nor a date: whoever answered is no S3 server.
    """
    headers: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    etag = clean_etag(answer.get("ETag"))
    if not etag and not answer.get("LastModified"):
        raise no_proof(tr("The answer has neither an ETag nor a date of change."))
    return ObjectDetails(
        where,
        _whole_size(answer),
        etag,
        answer.get("LastModified"),
        content_type=answer.get("ContentType") or "",
        storage_class=answer.get("StorageClass") or "STANDARD",
        version_id=answer.get("VersionId"),
        metadata={name.lower(): value for name, value in answer.get("Metadata", {}).items()},
        headers={name: headers[name.lower()] for name in _HEADERS if name.lower() in headers},
        encryption=encryption_of(answer),
        checksums={
            name.removeprefix(_CHECKSUM_PREFIX).upper(): value
            for name, value in headers.items()
            if name.startswith(_CHECKSUM_PREFIX) and name != f"{_CHECKSUM_PREFIX}type"
        },
        checksum_type=headers.get(f"{_CHECKSUM_PREFIX}type", ""),
        kms_key_id=answer.get("SSEKMSKeyId") or "",
        tag_count=_count(headers.get("x-amz-tagging-count", "")),
    )


def _whole_size(answer: dict[str, Any]) -> int:
    """Bytes of the whole object; ContentLength of a range is only that of the range."""
    if found := _CONTENT_RANGE.fullmatch(answer.get("ContentRange") or ""):
        return int(found[1])
    return int(answer.get("ContentLength") or 0)


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
