"""The calls of a multipart upload, one method each; the algorithm is in ``transfers``."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from s3gui.domain.entries import (
    ObjectOptions,
    Stored,
    StoredPart,
    UnfinishedUpload,
    UploadRef,
)
from s3gui.domain.integrity import clean_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import FileSlice, Meter
from s3gui.domain.text import tr
from s3gui.s3.errors import endless, no_proof, s3_errors
from s3gui.s3.listing import decoder
from s3gui.s3.objects import creation_params

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

#: The body of the Complete under way on this task. botocore checks and writes ten thousand parts
#: for 0.1 to 0.2 s on the loop; here they are written in a thread, and only put in their place.
_document: ContextVar[bytes] = ContextVar("s3gui_complete_document")
_MOST_PART_PAGES = 10_000
_MOST_UPLOAD_PAGES = 20_000


def complete_document(parts: Sequence[StoredPart]) -> bytes:
    """The document of CompleteMultipartUpload, in the order given."""
    rows = "".join(
        f"<Part><PartNumber>{part.number}</PartNumber><ETag>&quot;{escape(part.etag)}&quot;</ETag></Part>"
        for part in parts
    )
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<CompleteMultipartUpload xmlns="{space}">{rows}</CompleteMultipartUpload>'.encode()


def put_document(params: dict[str, Any], **_: Any) -> None:
    """Gives the request its body (event ``before-call``), before it is hashed and signed."""
    params["body"] = _document.get()


class S3Uploads:
    """See ``domain.ports.Uploads``."""

    def __init__(self, control: "S3Client", data: "S3Client", commit: "S3Client") -> None:
        self._control = control
        self._data = data
        self._commit = commit

    async def create(self, where: Location, options: ObjectOptions) -> UploadRef:
        """CreateMultipartUpload. Sent once.

        No checksum algorithm is declared: parts carry an MD5 only, and a server that was promised a
        checksum refuses parts without it.
        """
        with s3_errors("CreateMultipartUpload", where):
            answer: Any = await self._control.create_multipart_upload(
                Bucket=where.bucket, Key=where.key, **creation_params(options)
            )
        upload_id = answer.get("UploadId")
        if not upload_id:
            raise no_proof(tr("The server started an upload but gave no id for it."))
        opaque = str(answer.get("ServerSideEncryption") or "").startswith("aws:kms")
        return UploadRef(
            where, upload_id, opaque_etags=opaque or bool(answer.get("SSECustomerAlgorithm"))
        )

    async def send_part(
        self, upload: UploadRef, number: int, body: FileSlice, *, md5: bytes, meter: Meter
    ) -> str:
        """UploadPart, from the file straight to the socket in a sender thread."""
        from s3gui.s3.http.terms import SliceBody

        content: Any = SliceBody(body, meter)
        with s3_errors("UploadPart", upload.location):
            answer: Any = await self._data.upload_part(
                Bucket=upload.location.bucket,
                Key=upload.location.key,
                UploadId=upload.upload_id,
                PartNumber=number,
                ContentMD5=base64.b64encode(md5).decode(),
                Body=content,
            )
        etag = clean_etag(answer.get("ETag"))
        if not etag:
            raise no_proof(tr("The server took a part but gave no ETag for it."))
        return etag

    async def complete(self, upload: UploadRef, parts: Sequence[StoredPart]) -> Stored:
        """CompleteMultipartUpload, parts by ascending number. Sent once.

        The ETag is "" where the answer has none: older Ceph completes an upload, and again one that
        is complete, and leaves it out. Only a HEAD tells then.
        """
        in_order = sorted(parts, key=lambda part: part.number)
        document = await asyncio.to_thread(complete_document, in_order)
        token = _document.set(document)
        try:
            with s3_errors("CompleteMultipartUpload", upload.location):
                answer: Any = await self._commit.complete_multipart_upload(
                    Bucket=upload.location.bucket,
                    Key=upload.location.key,
                    UploadId=upload.upload_id,
                )
        finally:
            _document.reset(token)
        return Stored(clean_etag(answer.get("ETag")), answer.get("VersionId"))

    async def abort(self, upload: UploadRef) -> None:
        """AbortMultipartUpload. Sent once."""
        with s3_errors("AbortMultipartUpload", upload.location):
            await self._control.abort_multipart_upload(
                Bucket=upload.location.bucket, Key=upload.location.key, UploadId=upload.upload_id
            )

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
            with s3_errors("ListMultipartUploads", where):
                answer: Any = await self._control.list_multipart_uploads(**params)
            decode = decoder(answer)
            for row in answer.get("Uploads", ()):
                if found := _unfinished(where, row, decode(row.get("Key") or "")):
                    yield found
            if not answer.get("IsTruncated"):
                return
            following = (
                decode(answer.get("NextKeyMarker") or "") or "",
                str(answer.get("NextUploadIdMarker") or ""),
            )
            if not following[0] or following in asked:
                break
            asked.add(following)
            params["KeyMarker"], params["UploadIdMarker"] = following
        raise endless()


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
