"""The border: errors of botocore and of the network become errors of ours here, once.

``with s3_errors("PutObject", where):`` stands around every call. No text made here holds a secret:
the server's own message appears only where a row of the table asks for it, made visible and with
what looks like a key or a signature taken out; ``__cause__`` is kept for the debugger and never
shown.
"""

import email.utils
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s3gui.domain.errors import (
    BadAnswer,
    ConnectionBroken,
    Corrupt,
    ErrorKind,
    NeedsCredentials,
    NotSupported,
    Offline,
    S3guiError,
    Stalled,
    TlsRefused,
    Unexpected,
    kind_of,
)
from s3gui.domain.location import Location
from s3gui.domain.text import tr, trn, visible
from s3gui.s3.error_texts import (
    BUSY,
    ELSEWHERE,
    FOREIGN,
    REFUSED,
    REFUSED_SILENTLY,
    TROUBLE,
    WORDS,
    Words,
)

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_log = logging.getLogger(__name__)

_UPLOADING = ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
_PERMISSIONS = {
    "ListBuckets": "s3:ListAllMyBuckets",
    "HeadBucket": "s3:ListBucket",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "HeadObject": "s3:GetObject",
    **dict.fromkeys(_UPLOADING, "s3:PutObject"),
    **dict.fromkeys(("CopyObject", "UploadPartCopy"), "s3:GetObject, s3:PutObject"),
    "DeleteObjects": "s3:DeleteObject",
    "ListParts": "s3:ListMultipartUploadParts",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
}
#: What a server may have quoted of the request: key ids, signatures, tokens.
_SECRETIVE = re.compile(
    r"(?i)(signature|credential|token|secret|accesskeyid|access_key)[\w-]*\s*[=:]\s*[^\s,;&]+"
    r"|\b(AKIA|ASIA)[A-Z0-9]{12,}"
    r"|[A-Za-z0-9+/=_-]{40,}"
)
#: Calls about an upload id. Ceph says NoSuchKey where the id is gone. A 404 that names no code is
#: not S3's: whoever stands in between has lost its server, and the upload id may live.
_OF_AN_UPLOAD = {"UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload", "ListParts"}
_MOST_RETRY_AFTER_S = 120.0
_MESSAGE_CHARACTERS = 300


@contextmanager
def s3_errors(operation: str, where: Location | None = None) -> Iterator[None]:
    """Turns whatever a call raises into an ``S3guiError``; cancellation passes.

    Args:
        operation: the S3 operation, by Amazon's name; it decides which permission is named.
        where: the bucket and key the call is about.

    Raises:
        S3guiError: the only exception that leaves, beside ``asyncio.CancelledError``.
    """
    try:
        yield
    except S3guiError:
        raise
    except Exception as error:  # the border: nothing unnamed may cross it
        raise convert(error, operation, where) from error


def convert(error: Exception, operation: str, where: Location | None = None) -> S3guiError:
    """The error of ours for an exception out of botocore or below."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        return _from_answer(error, operation, where)
    if isinstance(error, BotoCoreError):
        return _from_botocore(error)
    return _from_python(error)


def _from_answer(error: "ClientError", operation: str, where: Location | None) -> S3guiError:
    answer: Mapping[str, Any] = error.response
    told, meta = answer.get("Error", {}), answer.get("ResponseMetadata", {})
    headers: Mapping[str, str] = meta.get("HTTPHeaders", {})
    status = int(meta.get("HTTPStatusCode", 0))
    code = str(told.get("Code") or status or "")
    if code == "NoSuchKey" and operation in _OF_AN_UPLOAD:
        code = "NoSuchUpload"
    message = str(told.get("Message") or "")
    # An error inside a 200 comes with a status of 500 that botocore gave it: a code that says
    # enough is not made passing by that.
    kind = kind_of(code, 0 if code in WORDS else status)
    words = _words(code, status, kind, message, where)
    if words is WORDS["PermanentRedirect"] and not _region(told, headers):
        words = ELSEWHERE
    if code == "404" and operation in _OF_AN_UPLOAD | {"UploadPartCopy"}:
        words, kind = FOREIGN, ErrorKind.TRANSIENT
    fields = {
        "bucket": visible(where.bucket if where else "", 100),
        "key": visible(where.key if where else "", 200),
        "permission": _PERMISSIONS.get(operation, f"s3:{operation}"),
        "region": visible(_region(told, headers), 60),
        "server": clean(message) or visible(code, 60),
        "minutes": _skew(headers),
        "code": visible(code, 60),
    }
    return words.kind(
        *(tr(text).format(**fields) if text else "" for text in _texts(words)),
        code=visible(code, 60),
        request_id=visible(str(meta.get("RequestId") or headers.get("x-amz-request-id", "")), 100),
        kind=kind,
        retry_after_s=retry_after(headers),
    )


def _texts(words: Words) -> tuple[str, str, str]:
    return words.title, words.detail, words.hint


def _words(code: str, status: int, kind: ErrorKind, message: str, where: Location | None) -> Words:
    if code in {"404", "NotFound"} and where is not None and not where.key:
        return WORDS["NoSuchBucket"]
    if code in WORDS:
        return WORDS[code]
    if kind is ErrorKind.THROTTLE or code == "ServiceUnavailable":
        return BUSY
    if kind is ErrorKind.TRANSIENT:
        return TROUBLE
    if str(status) in WORDS:
        return WORDS[str(status)]
    return REFUSED if message and code != str(status) else REFUSED_SILENTLY


def _region(told: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    return str(headers.get("x-amz-bucket-region") or told.get("Region") or "")


def _skew(headers: Mapping[str, str]) -> str:
    """How far this clock is from the server's, in words."""
    try:
        theirs = email.utils.parsedate_to_datetime(headers.get("date", ""))
        apart = abs((datetime.now(UTC) - theirs).total_seconds()) / 60
    except (TypeError, ValueError):
        return tr("an unknown time")
    minutes = round(apart)
    return trn("{n} minute", "{n} minutes", minutes).format(n=minutes)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """What the server asks us to wait, in seconds, at most 120; ``None`` where it does not ask.

    ``Retry-After`` is seconds or a date (RFC 9110, 10.2.3), ``x-amz-retry-after`` milliseconds.
    """
    text = headers.get("retry-after", "").strip()
    try:
        if text.isdecimal():
            wait = float(text)
        elif text:
            then = email.utils.parsedate_to_datetime(text)
            wait = (then - datetime.now(UTC)).total_seconds()
        else:
            wait = float(headers["x-amz-retry-after"]) / 1000
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return min(wait, _MOST_RETRY_AFTER_S) if wait >= 0 else None


def clean(message: str) -> str:
    """A server's message, safe to show: one line, short, nothing in it that could be a secret."""
    return visible(_SECRETIVE.sub("…", message), _MESSAGE_CHARACTERS)


def _from_botocore(error: Exception) -> S3guiError:
    from botocore import exceptions

    # The order matters: a ProxyConnectionError is a ConnectionError, an SSLError too.
    table: list[tuple[tuple[type[Exception], ...], Callable[[], S3guiError]]] = [
        ((exceptions.ParamValidationError,), _not_sendable),
        ((exceptions.SSLError,), _tls),
        ((exceptions.ProxyConnectionError, exceptions.InvalidProxiesConfigError), _proxy),
        ((exceptions.ReadTimeoutError,), _stalled),
        ((exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError), _offline),
        ((exceptions.ConnectionClosedError, exceptions.HTTPClientError), _broken),
        ((exceptions.NoCredentialsError,), _no_keys),
        ((exceptions.FlexibleChecksumError,), _corrupt),
        ((exceptions.UnsupportedSignatureVersionError,), _unsupported),
        ((exceptions.InvalidRegionError,), _unreadable),
    ]
    for types, make in table:
        if isinstance(error, types):
            return make()
    return _unexpected(error)


def _from_python(error: Exception) -> S3guiError:
    from xml.etree.ElementTree import ParseError

    from botocore.parsers import ResponseParserError

    if isinstance(error, TimeoutError):
        return _stalled()
    if isinstance(error, ConnectionError):
        return _broken()
    # Out of botocore's readers, which trust an answer to have every element and a digit in a size.
    if isinstance(error, ResponseParserError | ParseError | KeyError | ValueError):
        return _unreadable()
    return _unexpected(error)


def _not_sendable() -> S3guiError:
    return S3guiError(
        tr("The request cannot be sent"),
        tr("A name or a value in it is not allowed in S3, such as an empty key."),
        tr("Check the names and the metadata; metadata takes only plain English characters."),
        code="ParamValidation",
    )


def _tls() -> S3guiError:
    return TlsRefused(
        tr("The server could not prove who it is"),
        tr("Its certificate is not valid for this host or not signed by a known authority."),
        tr("If the server is yours, give its authority's certificate in the connection."),
    )


def _proxy() -> S3guiError:
    return Offline(
        tr("The proxy cannot be reached"),
        tr("The connection is set to go through a proxy, and that does not answer."),
        tr("Check the proxy in the connection."),
        code="Proxy",
    )


def _stalled() -> S3guiError:
    return Stalled(
        tr("The server does not answer"),
        tr("The line is open, but nothing came for too long."),
        tr("It is tried again. Check the network if it stays so."),
    )


def _offline() -> S3guiError:
    return Offline(
        tr("The server cannot be reached"),
        tr("No connection could be made: no network, a wrong name, or the server is down."),
        tr("Check the network and the endpoint."),
    )


def _broken() -> S3guiError:
    return ConnectionBroken(
        tr("The connection broke"),
        tr("The line ended before the answer was complete."),
        tr("It is tried again. Check the network if it stays so."),
    )


def _no_keys() -> S3guiError:
    return NeedsCredentials(
        tr("The connection has no keys"), hint=tr("Enter the access key and the secret key.")
    )


def _corrupt() -> S3guiError:
    return Corrupt(
        tr("The data was damaged on the way"),
        tr("What arrived has another checksum than the server announced."),
        tr("Try again."),
    )


def _unsupported() -> S3guiError:
    return NotSupported(tr("The server wants a signature that s3gui does not have"))


def _unreadable() -> S3guiError:
    return BadAnswer(
        tr("The server's answer cannot be read"),
        tr("It is not what S3 answers here."),
        tr("Check the endpoint, and whether it speaks S3."),
    )


def _unexpected(error: Exception) -> S3guiError:
    # The words below are all a person sees; where it came from is in the log, for who mends it.
    _log.error("unforeseen", exc_info=error)
    return Unexpected(
        tr("Something went wrong in s3gui"),
        tr("An error that nobody foresaw: {name}.").format(name=type(error).__name__),
        tr("Please report it."),
    )


def no_proof(detail: str, kind: ErrorKind = ErrorKind.CORRUPT) -> S3guiError:
    """A success that lacks what would prove it (``detail``, translated): as good as damaged."""
    return BadAnswer(
        tr("The server's answer is incomplete"),
        detail,
        tr("Try again. If it stays, the server or a proxy in between is faulty."),
        kind=kind,
    )


def endless() -> S3guiError:
    """A list that says it goes on, and not where; or that never ends."""
    return BadAnswer(
        tr("The server's list is incomplete"),
        tr("It says that there is more, but gives no way to ask for it."),
        tr("Try again. If it stays, the server is faulty."),
    )


def not_a_bucket(name: str) -> S3guiError:
    """What is given for a bucket is not the name of one."""
    words = WORDS["InvalidBucketName"]
    return S3guiError(
        tr(words.title).format(bucket=visible(name, 100)),
        tr(words.detail),
        tr(words.hint),
        code="InvalidBucketName",
    )
