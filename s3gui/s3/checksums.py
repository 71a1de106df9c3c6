"""Checksums of uploads at the gateway: whether a server takes them, and whether it keeps to it.

CreateMultipartUpload asks for a CRC-32 over the whole object (FULL_OBJECT). A server that repeats
both words takes it: each part is sent with its own CRC-32 in a header, and the answer has to repeat
that. CRC-32 is computed many times as fast as MD5. Every other server gets Content-MD5, as ever.
"""

import base64
from typing import Any

from s3gui.domain.entries import UploadRef
from s3gui.domain.errors import ChecksumRefused, Corrupt, ErrorKind, S3guiError
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.text import tr, visible

_WHOLE = "FULL_OBJECT"
#: How servers say that they do not know a header, or do not want it.
_REFUSALS = frozenset(
    {
        *("InvalidRequest", "InvalidArgument", "InvalidDigest", "BadRequest", "MalformedXML"),
        *("NotImplemented", "XNotImplemented", "UnsupportedOperation", "400", "501"),
    }
)
_DIFFERS = frozenset({"BadDigest", "XAmzContentChecksumMismatch"})


def is_refusal(error: S3guiError) -> bool:
    """Whether a request may have been refused for what it said of checksums."""
    return error.code in _REFUSALS


class Checksums:
    """What one session learnt of its server; the only place that decides."""

    def __init__(self) -> None:
        #: Cleared when the server does not take them; then none is asked again.
        self.wanted = True
        #: Uploads that were asked for with a checksum and answered without. Their server may keep
        #: to what it was asked all the same, and then refuses parts that come with an MD5.
        self.unanswered: set[str] = set()

    def ended(self, upload: UploadRef) -> None:
        """Forgets what was learnt of an upload that is complete, aborted or gone."""
        self.unanswered.discard(upload.upload_id)

    def question(self) -> dict[str, str]:
        """What CreateMultipartUpload is to ask, if anything."""
        return {"ChecksumAlgorithm": CRC32, "ChecksumType": _WHOLE} if self.wanted else {}

    def agreed(self, answer: dict[str, Any]) -> str | None:
        """Reads the answer of a Create that asked: the checksum of its parts, "" for none.

        ``None``: the server promised another one, so that this upload cannot be used.
        """
        told = (answer.get("ChecksumAlgorithm") or "", answer.get("ChecksumType") or "")
        if told == (CRC32, _WHOLE):
            return CRC32
        self.wanted = False
        if told[0]:
            return None
        self.unanswered.add(answer["UploadId"])
        return ""

    def of_part(self, upload: UploadRef, digest: Digest) -> dict[str, str]:
        """What a part is sent with: always one of the two, never neither."""
        if upload.checksum:
            return {"ChecksumCRC32": digest.crc32_text}
        return {"ContentMD5": base64.b64encode(digest.md5).decode()}

    def check_part(
        self, upload: UploadRef, number: int, digest: Digest, answer: dict[str, Any]
    ) -> None:
        """Compares what the answer repeats.

        Raises:
            Corrupt: another checksum than that of what was sent.
            ChecksumRefused: none at all.
        """
        if not upload.checksum:
            return
        told = answer.get("ChecksumCRC32") or ""
        if not told:
            self.wanted = False
            raise ChecksumRefused(
                tr("Part {n} was taken without proof").format(n=number),
                tr("The server agreed to a checksum, and its answer has none."),
                tr("Try again. If it stays, the server or a proxy in between is faulty."),
                kind=ErrorKind.CORRUPT,
            )
        if told != digest.crc32_text:
            raise Corrupt(
                tr("Part {n} arrived damaged").format(n=number),
                tr("The server's checksum is {theirs}, it should be {ours}.").format(
                    theirs=visible(told, 60), ours=digest.crc32_text
                ),
                tr("The line or the server damages data. Press Retry, or ask the provider."),
            )

    def of_whole(self, upload: UploadRef, size: int, crc32: str) -> dict[str, Any]:
        """What CompleteMultipartUpload is sent with, for the server to compare."""
        if not upload.checksum:
            return {}
        return {"ChecksumCRC32": crc32, "ChecksumType": _WHOLE, "MpuObjectSize": size}

    def refusal(
        self, upload: UploadRef, error: S3guiError, *, of_whole: bool = False
    ) -> ChecksumRefused | None:
        """What a failed call of an upload means for checksums; ``None``: nothing.

        Each part was proved by then, so a Complete that finds the whole different is a server that
        computes it otherwise.
        """
        concerned = upload.checksum or upload.upload_id in self.unanswered
        if not concerned or not (is_refusal(error) or (of_whole and error.code in _DIFFERS)):
            return None
        self.wanted = False
        return ChecksumRefused(
            *(error.title, error.detail, error.hint), code=error.code, request_id=error.request_id
        )
