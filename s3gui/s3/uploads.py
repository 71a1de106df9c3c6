"""The calls of a multipart upload, one method each; the algorithm is in ``transfers``."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from html import escape
from typing import TYPE_CHECKING, Any

from s3gui.domain.conditions import ANYTHING, Condition, ConditionFacts, Write
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import (
    ObjectOptions,
    Stored,
    StoredPart,
    UnfinishedUpload,
    UploadRef,
)
from s3gui.domain.errors import NoSuchUpload, S3guiError
from s3gui.domain.integrity import Digest, clean_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import FileSlice, Meter
from s3gui.domain.text import tr
from s3gui.s3.checksums import Checksums, is_refusal
from s3gui.s3.conditions import condition_params, gone, under
from s3gui.s3.encoding import decoder, has_escapes, last_of, next_marker
from s3gui.s3.encryption import check_encrypted, is_opaque, key_params
from s3gui.s3.errors import endless, no_proof, s3_errors
from s3gui.s3.objects import creation_params

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

_log = logging.getLogger(__name__)
#: The body of the Complete under way on this task. botocore checks and writes ten thousand parts
#: for 0.1 to 0.2 s on the loop; here they are written in a thread, and only put in their place.
_document: ContextVar[bytes] = ContextVar("s3gui_complete_document")
_MOST_PART_PAGES = 10_000
_MOST_UPLOAD_PAGES = 20_000


def complete_document(parts: Sequence[StoredPart]) -> bytes:
    """The document of CompleteMultipartUpload, in the order given."""
    rows = "".join(
        f"<Part><PartNumber>{part.number}</PartNumber>"
        f"<ETag>&quot;{escape(part.etag, quote=False)}&quot;</ETag>"
        f"{_checksum_element(part.digest)}</Part>"
        for part in parts
    )
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<CompleteMultipartUpload xmlns="{space}">{rows}</CompleteMultipartUpload>'.encode()


def _checksum_element(digest: Digest) -> str:
    # Amazon does without for a checksum over the whole object, MinIO does not.
    return f"<ChecksumCRC32>{digest.crc32_text}</ChecksumCRC32>" if digest.crc32 else ""


def put_document(params: dict[str, Any], **_: Any) -> None:
    """Gives the request its body (event ``before-call``), before it is hashed and signed."""
    params["body"] = _document.get()


class S3Uploads:
    """See ``domain.ports.Uploads``."""

    def __init__(
        self,
        control: "S3Client",
        data: "S3Client",
        commit: "S3Client",
        conditions: ConditionFacts | None = None,
    ) -> None:
        self._control = control
        self._data = data
        self._commit = commit
        self._facts = conditions or ConditionFacts()
        #: What this session learnt of its server.
        self.checksums = Checksums()
        self.left: list[UploadRef] = []

    async def create(self, where: Location, options: ObjectOptions) -> UploadRef:
        """CreateMultipartUpload. Sent once; again only where nothing, or nothing of use, was made.

        Asks for a checksum as long as this session's server takes them.
        """
        question, key = self.checksums.question(), options.customer_key
        if not question:
            return _ref(where, await self._create(where, options, {}), key=key)
        try:
            answer = await self._create(where, options, question)
        except S3guiError as error:
            if not is_refusal(error):
                raise
            plain = _ref(where, await self._create(where, options, {}), key=key)
            self.checksums.wanted = False
            return plain
        checksum = self.checksums.agreed(answer)
        if checksum is None:
            await self._take_back(_ref(where, answer))
            return _ref(where, await self._create(where, options, {}), key=key)
        return _ref(where, answer, checksum, key=key)

    async def _create(
        self, where: Location, options: ObjectOptions, question: dict[str, str]
    ) -> dict[str, Any]:
        params: Any = {**creation_params(options), **question}
        with s3_errors("CreateMultipartUpload", where):
            answer: Any = await self._control.create_multipart_upload(
                Bucket=where.bucket, Key=where.key, **params
            )
        if not answer.get("UploadId"):
            raise no_proof(tr("The server started an upload but gave no id for it."))
        made: dict[str, Any] = answer
        try:
            check_encrypted(options.encryption, made)
        except S3guiError:
            await self._take_back(_ref(where, made))
            raise
        return made

    async def _take_back(self, upload: UploadRef) -> None:
        """Aborts an upload that is not as it was asked for, and has no part yet."""
        try:
            await self.abort(upload)
        except S3guiError as error:
            _log.warning("an empty upload stays on the server: %s", error.code)
            self.left.append(upload)

    async def send_part(
        self, upload: UploadRef, number: int, body: FileSlice, *, digest: Digest, meter: Meter
    ) -> str:
        """UploadPart, from the file straight to the socket in a sender thread."""
        from s3gui.s3.http.terms import SliceBody

        params: Any = {
            "Body": SliceBody(body, meter),
            **self.checksums.of_part(upload, digest),
            **key_params(upload.customer_key),
        }
        try:
            with s3_errors("UploadPart", upload.location):
                answer: Any = await self._data.upload_part(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                    PartNumber=number,
                    **params,
                )
        except S3guiError as error:
            if refused := self.checksums.refusal(upload, error):
                raise refused from error
            raise
        self.checksums.check_part(upload, number, digest, answer)
        etag = clean_etag(answer.get("ETag"))
        if not etag:
            raise no_proof(tr("The server took a part but gave no ETag for it."))
        return etag

    async def complete(
        self,
        upload: UploadRef,
        parts: Sequence[StoredPart],
        *,
        crc32: str = "",
        condition: Condition = ANYTHING,
    ) -> Stored:
        """CompleteMultipartUpload, parts by ascending number. Sent once.

        The ETag is "" where the answer has none: older Ceph completes an upload, and again one that
        is complete, and leaves it out. Only a HEAD tells then.
        """
        in_order = sorted(parts, key=lambda part: part.number)
        document = await asyncio.to_thread(complete_document, in_order)
        size = sum(part.size for part in parts)
        params: dict[str, Any] = {
            **self.checksums.of_whole(upload, size, crc32),
            **condition_params(condition),
            # Not needed on Amazon but for checksums; harmless, and others ask for it.
            **key_params(upload.customer_key),
        }
        try:
            with under(self._facts, upload.location.bucket, Write.COMPLETE, condition):
                answer = await self._send_complete(upload, document, params)
        except NoSuchUpload as error:
            if condition.if_match and await self._is_there(upload):
                # NoSuchKey, which Ceph says of lost uploads and Amazon of the condition's object.
                self._facts.kept(upload.location.bucket, Write.COMPLETE, condition)
                raise gone(error) from error
            raise
        except S3guiError as error:
            if refused := self.checksums.refusal(upload, error, of_whole=True):
                raise refused from error
            raise
        self.checksums.ended(upload)
        whole = answer.get("ChecksumCRC32") if upload.checksum else ""
        opaque = upload.opaque_etags or is_opaque(answer)
        etag = clean_etag(answer.get("ETag"))
        return Stored(etag, answer.get("VersionId"), whole or "", opaque)

    async def _send_complete(
        self, upload: UploadRef, document: bytes, params: dict[str, Any]
    ) -> dict[str, Any]:
        token = _document.set(document)
        try:
            with s3_errors("CompleteMultipartUpload", upload.location):
                answer: Any = await self._commit.complete_multipart_upload(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                    **params,
                )
        finally:
            _document.reset(token)
        made: dict[str, Any] = answer
        return made

    async def _is_there(self, upload: UploadRef) -> bool:
        try:
            async for _ in self.parts(upload, page_size=1):
                break
        except S3guiError:
            return False
        return True

    async def abort(self, upload: UploadRef) -> None:
        """AbortMultipartUpload. Sent once."""
        try:
            with s3_errors("AbortMultipartUpload", upload.location):
                await self._control.abort_multipart_upload(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                )
        except NoSuchUpload:
            self.checksums.ended(upload)
            raise
        self.checksums.ended(upload)

    async def parts(self, upload: UploadRef, *, page_size: int = 1000) -> AsyncIterator[StoredPart]:
        """ListParts, all pages, by ascending number.

        Raises:
            BadAnswer: a page that is to be continued and says nothing about where.
        """
        marker = 0
        for _ in range(_MOST_PART_PAGES):
            with s3_errors("ListParts", upload.location):
                answer: Any = await self._control.list_parts(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                    MaxParts=page_size,
                    PartNumberMarker=marker,
                )
            for row in answer.get("Parts", ()):
                yield StoredPart(
                    int(row.get("PartNumber", 0)),
                    clean_etag(row.get("ETag")),
                    int(row.get("Size", 0)),
                )
            if not answer.get("IsTruncated"):
                return
            following = int(answer.get("NextPartNumberMarker") or 0)
            if following <= marker:
                break
            marker = following
        raise endless()

    async def unfinished(
        self, where: Location, *, page_size: int = 1000
    ) -> AsyncIterator[UnfinishedUpload]:
        """ListMultipartUploads under a prefix, all pages.

        Raises:
            BadAnswer: a page that is to be continued and says nothing about where.
        """
        params: dict[str, Any] = {
            "Bucket": where.bucket,
            "Prefix": where.key,
            "MaxUploads": page_size,
            "EncodingType": "url",
        }
        asked: set[tuple[str, str]] = set()
        for _ in range(_MOST_UPLOAD_PAGES):
            answer = await self._ask_for_unfinished(where, params)
            decode = decoder(answer)
            for row in answer.get("Uploads", ()):
                if found := _unfinished(where, row, decode(row.get("Key") or "")):
                    yield found
            if not answer.get("IsTruncated"):
                return
            last = last_of(answer, ("Uploads", "Key"), decode=decode)
            following = (
                next_marker(answer.get("NextKeyMarker"), last, decode),
                str(answer.get("NextUploadIdMarker") or ""),
            )
            if not following[0] or following in asked:
                break
            asked.add(following)
            params["KeyMarker"], params["UploadIdMarker"] = following
        raise endless()

    async def _ask_for_unfinished(self, where: Location, params: dict[str, Any]) -> dict[str, Any]:
        """One page whose keys can be read.

        Ceph (16.2) encodes them as it was asked to and does not say so, and others do neither:
        where it matters the page is asked for once more, plain.
        """
        answer = await self._list_unfinished(where, params)
        keys = [row.get("Key") for row in answer.get("Uploads", ())]
        if "EncodingType" not in params or answer.get("EncodingType") or not has_escapes(keys):
            return answer
        del params["EncodingType"]
        return await self._list_unfinished(where, params)

    async def _list_unfinished(self, where: Location, params: dict[str, Any]) -> dict[str, Any]:
        with s3_errors("ListMultipartUploads", where):
            answer: Any = await self._control.list_multipart_uploads(**params)
        page: dict[str, Any] = answer
        return page


def _ref(
    where: Location,
    answer: dict[str, Any],
    checksum: str = "",
    *,
    key: CustomerKey | None = None,
) -> UploadRef:
    # Whoever sends a key gets no MD5s, whether the answer repeats it or not.
    opaque = is_opaque(answer) or key is not None
    return UploadRef(where, answer["UploadId"], opaque, checksum, key)


def _unfinished(where: Location, row: dict[str, Any], key: str | None) -> UnfinishedUpload | None:
    """A row, or ``None`` where it cannot be: outside the prefix, without an id."""
    upload_id = row.get("UploadId")
    if not key or not key.startswith(where.key) or not upload_id:
        return None
    initiator = row.get("Initiator") or {}
    return UnfinishedUpload(
        UploadRef(Location(where.bucket, key), upload_id),
        row.get("Initiated"),
        initiator.get("DisplayName") or initiator.get("ID") or "",
        row.get("StorageClass") or "",
    )
