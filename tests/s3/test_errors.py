"""The border: every code of S3 and every exception below becomes an error a person can act on."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from s3gui.domain import errors as domain
from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.location import Location
from s3gui.s3.error_texts import WORDS
from s3gui.s3.errors import clean, convert, retry_after, s3_errors

WHERE = Location("the-bucket", "the/key.txt")


def refusal(
    code: str, status: int, message: str = "", headers: dict[str, str] | None = None, **more: Any
) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message, **more},
        "ResponseMetadata": {
            "RequestId": "REQ1",
            "HTTPStatusCode": status,
            "HTTPHeaders": headers or {},
        },
    }
    return ClientError(answer, "Operation")


TABLE = [
    ("NoSuchBucket", 404, domain.NotFound, ErrorKind.PERMANENT),
    ("NoSuchKey", 404, domain.NotFound, ErrorKind.PERMANENT),
    ("404", 404, domain.NotFound, ErrorKind.PERMANENT),
    ("NoSuchVersion", 404, domain.NotFound, ErrorKind.PERMANENT),
    ("NoSuchUpload", 404, domain.NoSuchUpload, ErrorKind.GONE),
    ("EntityTooSmall", 400, domain.EntityTooSmall, ErrorKind.PERMANENT),
    ("InvalidPart", 400, domain.InvalidPart, ErrorKind.PERMANENT),
    ("InvalidPartOrder", 400, domain.InvalidPartOrder, ErrorKind.PERMANENT),
    ("EntityTooLarge", 400, S3guiError, ErrorKind.PERMANENT),
    ("413", 413, S3guiError, ErrorKind.PERMANENT),
    ("AccessDenied", 403, domain.AccessDenied, ErrorKind.PERMANENT),
    ("403", 403, domain.AccessDenied, ErrorKind.PERMANENT),
    ("InvalidAccessKeyId", 403, domain.NeedsCredentials, ErrorKind.AUTH),
    ("SignatureDoesNotMatch", 403, domain.NeedsCredentials, ErrorKind.AUTH),
    ("ExpiredToken", 400, domain.NeedsCredentials, ErrorKind.AUTH),
    ("InvalidToken", 400, domain.NeedsCredentials, ErrorKind.AUTH),
    ("TokenRefreshRequired", 400, domain.NeedsCredentials, ErrorKind.AUTH),
    ("401", 401, domain.NeedsCredentials, ErrorKind.AUTH),
    ("RequestTimeTooSkewed", 403, S3guiError, ErrorKind.SKEW),
    ("PermanentRedirect", 301, S3guiError, ErrorKind.REGION),
    ("TemporaryRedirect", 307, S3guiError, ErrorKind.REGION),
    ("AuthorizationHeaderMalformed", 400, S3guiError, ErrorKind.REGION),
    ("IllegalLocationConstraintException", 400, S3guiError, ErrorKind.REGION),
    ("BucketAlreadyExists", 409, domain.Conflict, ErrorKind.PERMANENT),
    ("BucketAlreadyOwnedByYou", 409, domain.Conflict, ErrorKind.PERMANENT),
    ("BucketNotEmpty", 409, domain.Conflict, ErrorKind.PERMANENT),
    ("QuotaExceeded", 403, S3guiError, ErrorKind.PERMANENT),
    ("507", 507, S3guiError, ErrorKind.PERMANENT),
    ("InvalidObjectState", 403, S3guiError, ErrorKind.PERMANENT),
    ("MethodNotAllowed", 405, domain.NotSupported, ErrorKind.PERMANENT),
    ("NotImplemented", 501, domain.NotSupported, ErrorKind.PERMANENT),
    ("501", 501, domain.NotSupported, ErrorKind.PERMANENT),
    ("SlowDown", 503, S3guiError, ErrorKind.THROTTLE),
    ("TooManyRequests", 429, S3guiError, ErrorKind.THROTTLE),
    ("429", 429, S3guiError, ErrorKind.THROTTLE),
    ("SomethingOfTheirs", 429, S3guiError, ErrorKind.THROTTLE),
    ("ServiceUnavailable", 503, S3guiError, ErrorKind.TRANSIENT),
    ("503", 503, S3guiError, ErrorKind.TRANSIENT),
    ("InternalError", 500, S3guiError, ErrorKind.TRANSIENT),
    ("502", 502, S3guiError, ErrorKind.TRANSIENT),
    ("504", 504, S3guiError, ErrorKind.TRANSIENT),
    ("RequestTimeout", 400, S3guiError, ErrorKind.TRANSIENT),
    ("408", 408, S3guiError, ErrorKind.TRANSIENT),
    ("IncompleteBody", 400, S3guiError, ErrorKind.TRANSIENT),
    ("BadDigest", 400, domain.Corrupt, ErrorKind.CORRUPT),
    ("XAmzContentSHA256Mismatch", 400, domain.Corrupt, ErrorKind.CORRUPT),
    ("PreconditionFailed", 412, domain.PreconditionFailed, ErrorKind.CONFLICT),
    ("412", 412, domain.PreconditionFailed, ErrorKind.CONFLICT),
    ("ConditionalRequestConflict", 409, domain.Conflict, ErrorKind.CONFLICT),
    ("OperationAborted", 409, domain.Conflict, ErrorKind.CONFLICT),
    ("409", 409, domain.Conflict, ErrorKind.CONFLICT),
    ("InvalidRange", 416, domain.Conflict, ErrorKind.PERMANENT),
    ("KeyTooLongError", 400, S3guiError, ErrorKind.PERMANENT),
    ("InvalidObjectName", 400, S3guiError, ErrorKind.PERMANENT),
    ("InvalidBucketName", 400, S3guiError, ErrorKind.PERMANENT),
    ("MalformedXML", 400, domain.BadAnswer, ErrorKind.PERMANENT),
    ("400", 400, S3guiError, ErrorKind.PERMANENT),
    ("NobodyKnowsThis", 418, S3guiError, ErrorKind.PERMANENT),
    ("", 0, S3guiError, ErrorKind.PERMANENT),
]


@pytest.mark.parametrize(("code", "status", "error", "kind"), TABLE)
def test_a_code_becomes_its_error(
    code: str, status: int, error: type[S3guiError], kind: ErrorKind
) -> None:
    converted = convert(refusal(code, status, "what it says"), "PutObject", WHERE)

    assert type(converted) is error
    assert converted.kind is kind
    assert converted.code == (code or error.default_code)
    assert converted.request_id == "REQ1"
    assert converted.title
    assert converted.detail
    assert converted.hint or error is domain.NotSupported
    assert "{" not in converted.as_text()


@pytest.mark.parametrize("code", WORDS)
@pytest.mark.parametrize("where", [None, WHERE, Location("b")])
def test_every_row_of_the_table_can_be_said(code: str, where: Location | None) -> None:
    text = convert(refusal(code, 400), "Operation", where).as_text()
    assert "{" not in text
    assert "None" not in text


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("PutObject", "s3:PutObject"),
        ("UploadPart", "s3:PutObject"),
        ("CreateMultipartUpload", "s3:PutObject"),
        ("ListObjectsV2", "s3:ListBucket"),
        ("ListBuckets", "s3:ListAllMyBuckets"),
        ("HeadObject", "s3:GetObject"),
        ("ListParts", "s3:ListMultipartUploadParts"),
        ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
        ("AbortMultipartUpload", "s3:AbortMultipartUpload"),
        ("GetObjectAcl", "s3:GetObjectAcl"),
        ("ListObjectVersions", "s3:ListBucketVersions"),
        ("GetBucketVersioning", "s3:GetBucketVersioning"),
        ("DeleteObject", "s3:DeleteObject"),
    ],
)
def test_a_denial_names_the_permission(operation: str, permission: str) -> None:
    assert permission in convert(refusal("AccessDenied", 403), operation, WHERE).detail


of_an_upload = pytest.mark.parametrize(
    "operation", ["UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload", "ListParts"]
)


@pytest.mark.parametrize("code", ["NoSuchUpload", "NoSuchKey"])
@of_an_upload
def test_an_upload_that_is_gone_is_that_whatever_the_server_calls_it(
    code: str, operation: str
) -> None:
    """Ceph 16 answers NoSuchKey, and an engine that waits for NoSuchUpload would wait for ever."""
    converted = convert(refusal(code, 404), operation, WHERE)
    assert type(converted) is domain.NoSuchUpload
    assert (converted.code, converted.kind) == ("NoSuchUpload", ErrorKind.GONE)


@pytest.mark.parametrize("code", ["404", ""])
@of_an_upload
def test_a_bare_404_does_not_say_that_an_upload_is_gone(code: str, operation: str) -> None:
    """A proxy or a load balancer says it, too; only S3 names a code."""
    converted = convert(refusal(code, 404), operation, WHERE)
    assert type(converted) is domain.BadAnswer
    assert (converted.code, converted.kind) == ("404", ErrorKind.TRANSIENT)


def test_what_is_missing_is_named() -> None:
    assert "the/key.txt" in convert(refusal("NoSuchKey", 404), "GetObject", WHERE).title
    assert "the-bucket" in convert(refusal("NoSuchBucket", 404), "PutObject", WHERE).title
    head = convert(refusal("404", 404), "HeadBucket", Location("the-bucket"))
    assert head.title == "No such bucket: the-bucket"


def test_names_are_made_visible() -> None:
    tricky = Location("b", "invoice\u202egnp.exe\n{bucket}")
    title = convert(refusal("NoSuchKey", 404), "GetObject", tricky).title
    assert "\u202e" not in title
    assert "\n" not in title
    assert "{bucket}" in title


@pytest.mark.parametrize(
    "answer",
    [
        refusal("PermanentRedirect", 301, headers={"x-amz-bucket-region": "eu-north-9"}),
        refusal("AuthorizationHeaderMalformed", 400, Region="eu-north-9"),
    ],
)
def test_the_right_region_is_named(answer: ClientError) -> None:
    assert "eu-north-9" in convert(answer, "ListObjectsV2", WHERE).detail


def test_the_clock_is_told_how_wrong_it_is() -> None:
    theirs = format_datetime(datetime.now(UTC) + timedelta(minutes=47), usegmt=True)
    skewed = refusal("RequestTimeTooSkewed", 403, headers={"date": theirs})
    assert "47 minutes" in convert(skewed, "PutObject", WHERE).detail
    assert convert(refusal("RequestTimeTooSkewed", 403), "PutObject", WHERE).detail


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "9999"}, 120.0),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({"x-amz-retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_what_the_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_to_wait_for_is_seconds_from_now() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    wait = retry_after({"retry-after": then})
    assert wait is not None
    assert 50 < wait <= 60


BELOW = [
    (botocore_errors.ParamValidationError(report="secret-value"), S3guiError, ErrorKind.PERMANENT),
    (botocore_errors.SSLError(endpoint_url="u", error="e"), domain.TlsRefused, ErrorKind.PERMANENT),
    (
        botocore_errors.ProxyConnectionError(proxy_url="http://user:secret-value@p", error="e"),
        domain.Offline,
        ErrorKind.OFFLINE,
    ),
    (
        botocore_errors.EndpointConnectionError(endpoint_url="u", error="e"),
        domain.Offline,
        ErrorKind.OFFLINE,
    ),
    (
        botocore_errors.ConnectTimeoutError(endpoint_url="u", error="e"),
        domain.Offline,
        ErrorKind.OFFLINE,
    ),
    (
        botocore_errors.ReadTimeoutError(endpoint_url="u", error="e"),
        domain.Stalled,
        ErrorKind.STALL,
    ),
    (
        botocore_errors.ConnectionClosedError(endpoint_url="secret-value"),
        domain.ConnectionBroken,
        ErrorKind.TRANSIENT,
    ),
    (botocore_errors.HTTPClientError(error="e"), domain.ConnectionBroken, ErrorKind.TRANSIENT),
    (botocore_errors.NoCredentialsError(), domain.NeedsCredentials, ErrorKind.AUTH),
    (botocore_errors.FlexibleChecksumError(error_msg="x"), domain.Corrupt, ErrorKind.CORRUPT),
    (ResponseParserError("secret-value"), domain.BadAnswer, ErrorKind.PERMANENT),
    (KeyError("secret-value"), domain.BadAnswer, ErrorKind.PERMANENT),
    (ValueError("secret-value"), domain.BadAnswer, ErrorKind.PERMANENT),
    (TimeoutError(), domain.Stalled, ErrorKind.STALL),
    (ConnectionResetError(), domain.ConnectionBroken, ErrorKind.TRANSIENT),
    (RuntimeError("secret-value"), domain.Unexpected, ErrorKind.BUG),
    (botocore_errors.BotoCoreError(), domain.Unexpected, ErrorKind.BUG),
]


@pytest.mark.parametrize(("below", "error", "kind"), BELOW, ids=lambda value: str(value)[:40])
def test_an_exception_below_becomes_its_error(
    below: Exception, error: type[S3guiError], kind: ErrorKind
) -> None:
    with pytest.raises(S3guiError) as caught, s3_errors("PutObject", WHERE):
        raise below
    assert type(caught.value) is error
    assert caught.value.kind is kind
    assert caught.value.__cause__ is below
    assert "secret-value" not in caught.value.as_text()


def test_an_error_of_ours_passes_as_it_is() -> None:
    ours = domain.SourceChanged("changed")
    with pytest.raises(domain.SourceChanged) as caught, s3_errors("PutObject", WHERE):
        raise ours
    assert caught.value is ours


def test_cancellation_passes() -> None:
    with pytest.raises(asyncio.CancelledError), s3_errors("PutObject", WHERE):
        raise asyncio.CancelledError


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "Signature=0123456789abcdef",
        "X-Amz-Security-Token: FwoGZXIvYXdzEBY",
    ],
)
def test_a_message_of_the_server_is_shown_without_what_may_be_a_secret(secret: str) -> None:
    message = f"cannot do it with {secret} today\n\u202e"
    told = convert(refusal("TheirOwnCode", 400, message), "PutObject", WHERE).as_text()
    assert "cannot do it with" in told
    assert secret not in told
    assert "\u202e" not in told
    assert len(clean("long " * 10_000)) <= 300
