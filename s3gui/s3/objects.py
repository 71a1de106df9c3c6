"""Objects: HeadObject, GetObject, PutObject, DeleteObject, DeleteObjects."""

import base64
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from s3gui.domain.conditions import ANYTHING, Condition, ConditionFacts, Write
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import (
    Deletion,
    Doomed,
    ObjectDetails,
    ObjectOptions,
    PartLayout,
    Stored,
)
from s3gui.domain.errors import NotSupported, PreconditionFailed, S3guiError
from s3gui.domain.integrity import clean_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import ByteSink, FileSlice, Meter
from s3gui.domain.text import tr
from s3gui.s3.calls import Calls
from s3gui.s3.conditions import condition_params, quoted, under
from s3gui.s3.deleting import Deleting
from s3gui.s3.details import details_of
from s3gui.s3.encryption import (
    check_encrypted,
    encryption_params,
    is_opaque,
    key_params,
)
from s3gui.s3.errors import no_proof, s3_errors
from s3gui.s3.times import http_date

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

    from s3gui.s3.lean import LeanPut, LeanPuts
    from s3gui.s3.lean_get import LeanGets
    from s3gui.s3.lean_small import LeanGet, SmallGets

#: How servers say that they cannot look at one part (``partNumber``).
_NO_PART_NUMBERS = frozenset({"400", "416", "501", "InvalidArgument", "InvalidRequest"})


class S3Objects:
    """See ``domain.ports.Objects``."""

    def __init__(
        self, control: "S3Client", data: "S3Client", conditions: ConditionFacts | None = None
    ) -> None:
        self._control = control
        self._data = data
        self._calls = Calls(control)
        self._lean: LeanPuts | None = None
        self._facts = conditions or ConditionFacts()
        #: Whether ``If-Match`` of a PutObject goes without quotation marks; ``None``: not known.
        self._bare_etags: bool | None = None
        self.deleting = Deleting(control, self.delete)

    async def head(
        self,
        where: Location,
        version_id: str | None = None,
        *,
        checksums: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> ObjectDetails:
        """HeadObject. To ask for checksums takes a right to decrypt, where a KMS encrypts.

        Raises:
            BadAnswer: neither an ETag nor a date: whoever answered is no S3 server.
        """
        with s3_errors("HeadObject", where):
            params: Any = {**_named(where, version_id), **key_params(customer_key)}
            if checksums:
                params["ChecksumMode"] = "ENABLED"
            answer: Any = await self._calls.call("head_object", params)
        return details_of(where, answer)

    async def part_layout(
        self,
        where: Location,
        version_id: str | None = None,
        *,
        if_match: str = "",
        customer_key: CustomerKey | None = None,
    ) -> PartLayout | None:
        """HeadObject of part 1. ``None`` where no parts are told: few servers but Amazon's do."""
        params: Any = {**_named(where, version_id), **key_params(customer_key), "PartNumber": 1}
        if if_match:
            params["IfMatch"] = quoted(if_match)
        try:
            with s3_errors("HeadObject", where):
                answer: Any = await self._control.head_object(**params)
        except S3guiError as error:
            if isinstance(error, NotSupported) or error.code in _NO_PART_NUMBERS:
                return None
            raise
        count, first = answer.get("PartsCount") or 0, int(answer.get("ContentLength") or 0)
        return PartLayout(int(count), first) if int(count) > 0 and first > 0 else None

    async def put(
        self,
        where: Location,
        body: FileSlice,
        *,
        md5: bytes,
        options: ObjectOptions,
        meter: Meter,
        condition: Condition = ANYTHING,
    ) -> Stored:
        """PutObject, from the file straight to the socket in a sender thread. Sent once.

        But for ``If-Match``: Ceph 16.2 compares the ETag with the quotation marks and refuses the
        right one. Where a look shows that it is the right one, it is sent again without them.
        """
        send = partial(self._put, where, body, md5, options, meter, condition)
        bare = bool(self._bare_etags)
        try:
            stored = await send(bare=bare)
        except PreconditionFailed:
            known = self._bare_etags is not None or not condition.if_match
            if known or not await self._has(where, condition.if_match):
                raise
            bare = True
            stored = await send(bare=True)
        if condition.if_match:
            self._bare_etags = bare
        return stored

    async def _has(self, where: Location, etag: str) -> bool:
        try:
            return (await self.head(where)).etag == etag
        except S3guiError:
            return False

    async def _put(
        self,
        where: Location,
        body: FileSlice,
        md5: bytes,
        options: ObjectOptions,
        meter: Meter,
        condition: Condition,
        *,
        bare: bool,
    ) -> Stored:
        from s3gui.s3.http.terms import SliceBody

        content: Any = SliceBody(body, meter)
        params: Any = {**creation_params(options), **condition_params(condition, bare=bare)}
        with under(self._facts, where.bucket, Write.PUT, condition), s3_errors("PutObject", where):
            answer: Any = await self._data.put_object(
                Bucket=where.bucket,
                Key=where.key,
                Body=content,
                ContentMD5=base64.b64encode(md5).decode(),
                **params,
            )
        etag = clean_etag(answer.get("ETag"))
        if not etag:
            raise no_proof(tr("The server took the object but gave no ETag for it."))
        left = tr("The object is there, and not encrypted so: look whether it may stay.")
        check_encrypted(options.encryption, answer, left)
        return Stored(etag, answer.get("VersionId"), opaque_etag=is_opaque(answer))

    async def quick(
        self, bucket: str, options: ObjectOptions, condition: Condition = ANYTHING
    ) -> "LeanPut | None":
        """See ``domain.quick``."""
        from s3gui.s3.lean import LeanPuts

        if options.encryption:  # which each answer has to confirm
            return None
        if self._lean is None:
            self._lean = LeanPuts(self._data, self.put)
        return await self._lean.of(bucket, options, condition)

    async def fetch(
        self,
        where: Location,
        sink: ByteSink,
        *,
        meter: Meter,
        first: int = 0,
        length: int | None = None,
        if_match: str | None = None,
        version_id: str | None = None,
        checksums: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> ObjectDetails:
        """GetObject, from the socket straight into ``sink`` in a sender thread.

        The wire accepts nothing but what was asked for: 206 with exactly the range, or, without a
        ``length``, 200. From ``first`` to the end takes a HEAD to learn where that is.
        """
        from s3gui.s3.http.terms import Terms, wire_terms

        if first and length is None:
            length = (await self.head(where, version_id, customer_key=customer_key)).size - first
        if length is not None and length <= 0:
            return await self.head(
                where, version_id, checksums=checksums, customer_key=customer_key
            )
        params: Any = {**_named(where, version_id), **key_params(customer_key)}
        if checksums and length is None:
            # With a range it could be a part's.
            params["ChecksumMode"] = "ENABLED"
        if if_match:
            params["IfMatch"] = quoted(if_match)
        if length is not None:
            params["Range"] = f"bytes={first}-{first + length - 1}"
        terms = Terms(meter=meter, sink=sink, first=first, length=length)
        with s3_errors("GetObject", where):
            answer: Any = await self._gets.fetch(params, terms)
            if answer is None:
                with wire_terms(terms):
                    answer = await self._data.get_object(**params)
        return details_of(where, answer)

    @cached_property
    def _gets(self) -> "LeanGets":
        from s3gui.s3.lean_get import LeanGets

        return LeanGets(self._data)

    async def quick_get(self, bucket: str) -> "LeanGet | None":
        """See ``domain.quick``."""
        with s3_errors("GetObject", Location(bucket)):
            return await self._small_gets.of(bucket)

    @cached_property
    def _small_gets(self) -> "SmallGets":
        from s3gui.s3.lean_small import SmallGets

        return SmallGets(self._gets)

    async def delete(
        self, where: Location, version_id: str | None = None, *, if_match: str = ""
    ) -> str | None:
        """DeleteObject. Sent once: a second one would delete what came to be meanwhile."""
        condition = Condition(if_match=if_match)
        params: Any = {**_named(where, version_id), **condition_params(condition)}
        with (
            under(self._facts, where.bucket, Write.DELETE, condition),
            s3_errors("DeleteObject", where),
        ):
            answer: Any = await self._calls.call("delete_object", params)
        made_marker = answer.get("DeleteMarker") and version_id is None
        return answer.get("VersionId") if made_marker else None

    async def delete_many(self, bucket: str, doomed: Sequence[Doomed]) -> list[Deletion]:
        """DeleteObjects; see ``Deleting``."""
        return await self.deleting.delete(bucket, doomed)


def creation_params(options: ObjectOptions) -> dict[str, Any]:
    """What PutObject, CreateMultipartUpload and CopyObject are given alike; only what is set.

    Raises:
        NeedsCustomerKey: the object is to be encrypted with a key that is not here.
    """
    params = {
        "ContentType": options.content_type,
        "CacheControl": options.cache_control,
        "ContentDisposition": options.content_disposition,
        "ContentEncoding": options.content_encoding,
        "ContentLanguage": options.content_language,
        "Expires": http_date(options.expires) if options.expires else "",
        "WebsiteRedirectLocation": options.website_redirect,
        "StorageClass": options.storage_class,
        "ACL": options.acl,
        "Metadata": dict(options.metadata),
        # Not every server reads a plus sign as a space (Ceph 16.2 keeps it).
        "Tagging": urlencode(options.tags, quote_via=quote),
        **encryption_params(options.encryption, options.kms_key_id, options.customer_key),
    }
    return {name: value for name, value in params.items() if value}


def _named(where: Location, version_id: str | None) -> dict[str, Any]:
    params = {"Bucket": where.bucket, "Key": where.key}
    if version_id:
        params["VersionId"] = version_id
    return params
