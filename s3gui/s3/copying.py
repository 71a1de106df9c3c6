"""Copies on the server: CopyObject, UploadPartCopy."""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from s3gui.domain.conditions import ANYTHING, Condition, ConditionFacts, Write
from s3gui.domain.entries import CopySource, ObjectOptions, Stored, StoredPart, UploadRef
from s3gui.domain.errors import NotFound, NotSupported, PreconditionFailed, S3guiError
from s3gui.domain.integrity import Digest, clean_etag
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.s3.calls import Calls
from s3gui.s3.conditions import beaten, condition_params, quoted, under
from s3gui.s3.encryption import check_encrypted, is_opaque, key_params
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
        self._calls = Calls(commit)
        self._facts = conditions
        #: Seconds that the copy of a part may take.
        self._answer_s = answer_s
        #: The server said that it does not copy; the session then has no copying (invariant 10).
        self.missing = False
        self.has_parts = True
        #: Whether the source of a part is decoded twice; ``None``: not known.
        self.decodes_twice: bool | None = None

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
        plain = not (source.customer_key or options.encryption)
        try:
            with (
                under(
                    self._facts,
                    target.bucket,
                    Write.COPY,
                    condition,
                    also_source=bool(source.if_match),
                ),
                self._from(source, alone=not condition),
                s3_errors("CopyObject", source.location),
            ):
                answer: Any = await self._calls.call(
                    "copy_object", {"Bucket": target.bucket, "Key": target.key, **params}
                )
        except NotSupported as error:
            # Ceph does not copy what has a customer's key, and copies all else.
            self.missing = plain and error.code in _MISSING_CODES
            raise
        except (NotFound, PreconditionFailed) as error:
            await self._of_target(error, source, target, condition)
            raise
        left = tr("The copy is there, and not encrypted so: look whether it may stay.")
        check_encrypted(options.encryption, answer, left)
        result = answer.get("CopyObjectResult") or {}
        etag = clean_etag(result.get("ETag"))
        if not etag:
            raise no_proof(tr("The server copied the object but gave no ETag for the copy."))
        crc32 = result.get("ChecksumCRC32") if _is_whole(result) else ""
        return Stored(etag, answer.get("VersionId"), crc32 or "", is_opaque(answer))

    async def copy_part(
        self, upload: UploadRef, number: int, source: CopySource, first: int, length: int
    ) -> StoredPart:
        """UploadPartCopy. Sent once.

        Ceph 16.2 decodes the name of a part's source twice: ``a%20b`` would give the bytes of
        ``a b`` without a word, and ``?versionId=`` in a key ends its process. So for names that
        read differently the first part is asked for in the way that only such a server understands.
        """
        copy = partial(self._copy_part, upload, number, first=first, length=length)
        again = _encoded_again(source)
        if again is None or self.decodes_twice is False:
            return await copy(source)
        if self.decodes_twice is None and await self._is_there(again):
            raise NotSupported(
                tr("{key} cannot be copied in parts").format(key=visible(source.location.key, 200)),
                tr("Another object has the name that some servers take this one for."),
                tr("Download it and upload it again."),
                code="OddName",
            )
        try:
            part = await copy(again)
        except S3guiError as error:
            # moto says so with a page of the web.
            missing = isinstance(error, NotFound) or error.code == "404"
            if self.decodes_twice or not missing:
                raise
            self.decodes_twice = False
            return await copy(source)
        self.decodes_twice = True
        return part

    async def _copy_part(
        self, upload: UploadRef, number: int, source: CopySource, *, first: int, length: int
    ) -> StoredPart:
        from s3gui.s3.http.terms import Terms, wire_terms

        params: Any = {**_source(source), **key_params(upload.customer_key)}
        if length:
            params["CopySourceRange"] = f"bytes={first}-{first + length - 1}"
        terms = Terms(answer_s=self._answer_s)
        try:
            with (
                self._from(source, alone=True),
                s3_errors("UploadPartCopy", source.location),
                wire_terms(terms),
            ):
                answer: Any = await self._data.upload_part_copy(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                    PartNumber=number,
                    **params,
                )
        except NotSupported as error:
            if not (source.customer_key or upload.customer_key):
                self.has_parts = error.code not in _MISSING_CODES
            raise
        result = answer.get("CopyPartResult") or {}
        etag = clean_etag(result.get("ETag"))
        if not etag:
            raise no_proof(tr("The server copied a part but gave no ETag for it."))
        crc32 = result.get("ChecksumCRC32") if upload.checksum else ""
        return StoredPart(number, etag, length, Digest(crc32=_bytes(crc32 or "")))

    @contextmanager
    def _from(self, source: CopySource, *, alone: bool) -> Iterator[None]:
        """Notes that the server keeps to conditions on the source, where that is the only one."""
        try:
            yield
        except PreconditionFailed:
            if alone and source.if_match:
                self._facts.kept(
                    source.location.bucket, Write.SOURCE, Condition(if_match=source.if_match)
                )
            raise

    async def _of_target(
        self, error: S3guiError, source: CopySource, target: Location, condition: Condition
    ) -> None:
        """Whether a refusal is not about the source, whose name it has.

        Raises:
            PreconditionFailed: the condition on the target does not hold.
            NotFound: a bucket is missing; which one.
        """
        if error.code == "NoSuchBucket":
            await self._look_for(source.location.bucket, target.bucket)
        is_there = isinstance(error, PreconditionFailed) and not source.if_match
        if isinstance(error, NotFound) and condition.if_match:
            is_there = await self._is_there(source)
        if condition and is_there:
            raise beaten(target, error) from error

    async def _is_there(self, source: CopySource) -> bool:
        params: Any = {"Bucket": source.location.bucket, "Key": source.location.key}
        if source.version_id:
            params["VersionId"] = source.version_id
        try:
            params |= key_params(source.customer_key)
            with s3_errors("HeadObject", source.location):
                await self._commit.head_object(**params)
        except S3guiError:
            return False
        return True

    async def _look_for(self, *buckets: str) -> None:
        """Ceph names the target where the source's bucket is missing.

        Raises:
            NotFound: the bucket that is missing.
        """
        for bucket in dict.fromkeys(buckets):
            with s3_errors("HeadBucket", Location(bucket)):
                await self._commit.head_bucket(Bucket=bucket)


def _encoded_again(source: CopySource) -> CopySource | None:
    """The source by the name that gives it after one decoding; ``None`` where both are the same."""
    bucket, key = source.location.bucket, source.location.key
    if "%" not in key and "?versionId=" not in key:
        return None
    return replace(source, location=Location(bucket, quote(key, safe="/~")))


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
