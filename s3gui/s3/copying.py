"""Copies on the server: CopyObject, UploadPartCopy."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

from s3gui.domain.conditions import ANYTHING, Condition, ConditionFacts, Write
from s3gui.domain.entries import CopySource, ObjectOptions, Stored, StoredPart, UploadRef
from s3gui.domain.errors import NotSupported
from s3gui.domain.integrity import Digest, clean_etag
from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.s3.conditions import condition_params, quoted, under
from s3gui.s3.encryption import is_opaque, key_params
from s3gui.s3.errors import no_proof, not_a_bucket, s3_errors
from s3gui.s3.objects import creation_params

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

_MISSING_CODES = {"NotImplemented", "XNotImplemented", "501"}
#: Not taken from the source when the metadata is replaced, so they go with the metadata.
_HEADERS = (
    *("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage"),
    *("Expires", "WebsiteRedirectLocation", "Metadata"),
)


class S3Copying:
    """See ``domain.copying.Copying``."""

    def __init__(
        self,
        data: "S3Client",
        commit: "S3Client",
        conditions: ConditionFacts,
        *,
        answer_s: float,
    ) -> None:
        self._data = data
        self._commit = commit
        self._facts = conditions
        #: Seconds that the copy of a part may take.
        self._answer_s = answer_s
        #: The server said that it does not copy; the session then has no copying (invariant 10).
        self.missing = False
        self.has_parts = True

    async def copy(
        self,
        source: CopySource,
        target: Location,
        options: ObjectOptions,
        *,
        keep_headers: bool = True,
        keep_tags: bool = True,
        condition: Condition = ANYTHING,
    ) -> Stored:
        """CopyObject, on the lane that waits long. Sent once."""
        params: Any = {
            **_creation(options, keep_headers=keep_headers, keep_tags=keep_tags),
            **_source(source),
            **condition_params(condition),
        }
        both = bool(source.if_match)
        try:
            with (
                under(self._facts, Write.COPY, condition, also_source=both),
                s3_errors("CopyObject", source.location),
            ):
                answer: Any = await self._commit.copy_object(
                    Bucket=target.bucket, Key=target.key, **params
                )
        except NotSupported as error:
            self.missing = error.code in _MISSING_CODES
            raise
        result = answer.get("CopyObjectResult") or {}
        etag = clean_etag(result.get("ETag"))
        if not etag:
            raise no_proof(tr("The server copied the object but gave no ETag for the copy."))
        crc32 = result.get("ChecksumCRC32") if _is_whole(result) else ""
        return Stored(etag, answer.get("VersionId"), crc32 or "", is_opaque(answer))

    async def copy_part(
        self, upload: UploadRef, number: int, source: CopySource, first: int, length: int
    ) -> StoredPart:
        """UploadPartCopy. Sent once."""
        from s3gui.s3.http.terms import Terms, wire_terms

        params: Any = {**_source(source), **key_params(upload.customer_key)}
        if length:
            params["CopySourceRange"] = f"bytes={first}-{first + length - 1}"
        terms = Terms(answer_s=self._answer_s)
        try:
            with s3_errors("UploadPartCopy", source.location), wire_terms(terms):
                answer: Any = await self._data.upload_part_copy(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                    PartNumber=number,
                    **params,
                )
        except NotSupported as error:
            self.has_parts = error.code not in _MISSING_CODES
            raise
        result = answer.get("CopyPartResult") or {}
        etag = clean_etag(result.get("ETag"))
        if not etag:
            raise no_proof(tr("The server copied a part but gave no ETag for it."))
        crc32 = result.get("ChecksumCRC32") if upload.checksum else ""
        return StoredPart(number, etag, length, Digest(crc32=_bytes(crc32 or "")))


def _creation(options: ObjectOptions, *, keep_headers: bool, keep_tags: bool) -> dict[str, Any]:
    """What of ``options`` a copy is sent with, and the two directives."""
    params = creation_params(options)
    params["MetadataDirective"] = "COPY" if keep_headers else "REPLACE"
    params["TaggingDirective"] = "COPY" if keep_tags else "REPLACE"
    left_out = {*(_HEADERS if keep_headers else ()), *(("Tagging",) if keep_tags else ())}
    return {name: value for name, value in params.items() if name not in left_out}


def _source(source: CopySource) -> dict[str, Any]:
    """The source, as botocore encodes it: each byte of the key that could mean something else.

    Raises:
        S3guiError: an ARN instead of a bucket, which would lead elsewhere.
    """
    if source.location.bucket.startswith("arn:"):
        raise not_a_bucket(source.location.bucket)
    named = {"Bucket": source.location.bucket, "Key": source.location.key}
    if source.version_id:
        named["VersionId"] = source.version_id
    params: dict[str, Any] = {
        "CopySource": named,
        **key_params(source.customer_key, of_source=True),
    }
    if source.if_match:
        params["CopySourceIfMatch"] = quoted(source.if_match)
    return params


def _is_whole(result: dict[str, Any]) -> bool:
    return result.get("ChecksumType") in {None, "", "FULL_OBJECT"} and "-" not in str(
        result.get("ChecksumCRC32") or ""
    )


def _bytes(text: str) -> bytes:
    """A CRC-32 out of base64.

    Raises:
        S3guiError: it is none.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error:
        value = b"?"
    if len(value) not in {0, 4}:
        raise no_proof(tr("The server's checksum of a part cannot be read."))
    return value
