"""Errors a person can act on, and the one table that says what kind of failure a code is.

Every error carries a title (what happened), a detail (why), a hint (what to do), the server's code
and its request id. They are made once, at the border where the failure is met: ``s3/errors.py`` for
the network and the server, ``transfers/source.py`` for local files.
"""

from enum import Enum
from typing import ClassVar

from s3gui.domain.text import tr


class ErrorKind(Enum):
    """What a failure calls for; ``transfers/retry.py`` holds the figures."""

    THROTTLE = "throttle"
    TRANSIENT = "transient"
    OFFLINE = "offline"
    STALL = "stall"
    CORRUPT = "corrupt"
    AUTH = "auth"
    SKEW = "skew"
    REGION = "region"
    GONE = "gone"
    CONFLICT = "conflict"
    PERMANENT = "permanent"
    LOCAL = "local"
    BUG = "bug"


_CODES: dict[ErrorKind, str] = {
    ErrorKind.THROTTLE: """
        SlowDown Throttling ThrottlingException RequestLimitExceeded TooManyRequests
        ReduceYourRate
        RequestThrottled TooManyRequestsException RequestThrottledException
        BandwidthLimitExceeded 429
    """,
    ErrorKind.TRANSIENT: """
        InternalError ServiceUnavailable RequestTimeout RequestTimeoutException BadGateway
        GatewayTimeout IncompleteBody PriorRequestNotComplete 408 500 502 503 504
        520 521 522 523 524
    """,
    ErrorKind.CORRUPT: "BadDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch",
    ErrorKind.AUTH: """
        ExpiredToken ExpiredTokenException TokenRefreshRequired InvalidToken InvalidAccessKeyId
        SignatureDoesNotMatch MissingSecurityHeader InvalidSecurity NotSignedUp RequestExpired 401
    """,
    ErrorKind.SKEW: "RequestTimeTooSkewed RequestInTheFuture",
    ErrorKind.REGION: """
        PermanentRedirect TemporaryRedirect IllegalLocationConstraintException
        AuthorizationHeaderMalformed 301 307
    """,
    ErrorKind.GONE: "NoSuchUpload",
    ErrorKind.CONFLICT: "ConditionalRequestConflict OperationAborted PreconditionFailed 409 412",
}
_KIND_OF = {code: kind for kind, codes in _CODES.items() for code in codes.split()}


def kind_of(code: str, status: int = 0) -> ErrorKind:
    """The kind of a failure that the server named. The code decides; the status where it is silent.

    Args:
        code: the ``Code`` of the error document, or the status as digits where there was none.
        status: the HTTP status, 0 where there is none (an error inside a 200).
    """
    if code in _KIND_OF:
        return _KIND_OF[code]
    if str(status) in _KIND_OF:
        return _KIND_OF[str(status)]
    return ErrorKind.TRANSIENT if status in {500, 502, 503, 504} else ErrorKind.PERMANENT


class S3guiError(Exception):
    """What the window, the command line and the journal show: plain text, no secret in a field."""

    #: Used where the maker gives no kind of its own.
    kind: ErrorKind = ErrorKind.PERMANENT
    #: What the server calls it, or a stable word of ours for what never reached a server.
    default_code: ClassVar[str] = "Error"

    def __init__(
        self,
        title: str,
        detail: str = "",
        hint: str = "",
        *,
        code: str = "",
        request_id: str = "",
        kind: ErrorKind | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.hint = hint
        self.code = code or self.default_code
        self.request_id = request_id
        self.kind = kind or type(self).kind
        #: What the server asked us to wait, in seconds.
        self.retry_after_s = retry_after_s
        #: The connection it is of; "": the one of the transfer it happened to.
        self.profile_id = ""

    def __str__(self) -> str:
        return ". ".join(part.rstrip(".") for part in (self.title, self.detail) if part)

    def as_text(self) -> str:
        """All of it, a line a field: what *Copy details* puts on the clipboard."""
        lines = [self.title, self.detail, self.hint]
        code, request_id = tr("Code"), tr("Request id")
        lines.append(f"{code}: {self.code}")
        if self.request_id:
            lines.append(f"{request_id}: {self.request_id}")
        return "\n".join(line for line in lines if line)


class EntityTooSmall(S3guiError):
    """A part that is not the last was under the server's least size (CompleteMultipartUpload)."""

    default_code = "EntityTooSmall"


class InvalidPart(S3guiError):
    """The server does not have a part, or has another ETag for it (CompleteMultipartUpload)."""

    default_code = "InvalidPart"


class InvalidPartOrder(S3guiError):
    """The parts were not listed in ascending order (CompleteMultipartUpload)."""

    default_code = "InvalidPartOrder"


class NoSuchUpload(S3guiError):
    """The upload id is unknown: completed, aborted by somebody, or removed by a lifecycle rule."""

    kind = ErrorKind.GONE
    default_code = "NoSuchUpload"


class NotFound(S3guiError):
    """No such bucket, key or version."""

    default_code = "NoSuchKey"


class AccessDenied(S3guiError):
    """The keys are good, but they may not do this."""

    default_code = "AccessDenied"


class NotSupported(S3guiError):
    """The server does not know this operation."""

    default_code = "NotImplemented"


class NeedsCredentials(S3guiError):
    """The keys are missing, wrong or expired."""

    kind = ErrorKind.AUTH
    default_code = "NeedsCredentials"


class Offline(S3guiError):
    """No connection could be made: no route, no name, refused."""

    kind = ErrorKind.OFFLINE
    default_code = "Offline"


class ConnectionBroken(S3guiError):
    """The line broke in the middle of an exchange."""

    kind = ErrorKind.TRANSIENT
    default_code = "ConnectionBroken"


class Stalled(S3guiError):
    """The line is open, but nothing moves on it, or too slowly."""

    kind = ErrorKind.STALL
    default_code = "Stalled"


class TlsRefused(S3guiError):
    """The server could not prove who it is."""

    default_code = "TlsRefused"


class RedirectRefused(S3guiError):
    """The server pointed elsewhere. Following would send the body and the token to another host."""

    default_code = "RedirectRefused"


class BadAnswer(S3guiError):
    """What came back is not S3: too large, a DTD, HTML, no ETag, the wrong range."""

    default_code = "BadAnswer"


class Corrupt(S3guiError):
    """What the server holds is not what was sent, or what arrived is not what it holds."""

    kind = ErrorKind.CORRUPT
    default_code = "Corrupt"


class ChecksumRefused(S3guiError):
    """The server agreed to a checksum and then refused it, or left it out of its answer."""

    default_code = "ChecksumRefused"


class Conflict(S3guiError):
    """Somebody else wrote the same key, or a condition on the request did not hold."""

    kind = ErrorKind.CONFLICT
    default_code = "Conflict"


class PreconditionFailed(Conflict):
    """The condition of a write did not hold, or the source of a copy is not what it was."""

    default_code = "PreconditionFailed"


class ConditionRefused(S3guiError):
    """The server does not know conditions on this call; nothing was written.

    Not NotSupported: the same write goes without the condition, after a look at what is there.
    """

    default_code = "ConditionRefused"


class NeedsCustomerKey(S3guiError):
    """The object is encrypted with a key of the person's, which is not kept anywhere (SSE-C)."""

    default_code = "NeedsCustomerKey"


class OutcomeUnknown(S3guiError):
    """A Complete was sent and no answer came, and the object does not tell either."""

    default_code = "OutcomeUnknown"


class LocalFileError(S3guiError):
    """The file on this machine cannot be opened, read or written."""

    kind = ErrorKind.LOCAL
    default_code = "LocalFile"


class SourceChanged(S3guiError):
    """The file is not the one that the upload began with."""

    kind = ErrorKind.LOCAL
    default_code = "SourceChanged"


class JournalError(S3guiError):
    """The journal of transfers cannot be read or written."""

    kind = ErrorKind.LOCAL
    default_code = "Journal"


class Unexpected(S3guiError):
    """A fault of ours."""

    kind = ErrorKind.BUG
    default_code = "Unexpected"
