"""Every code that has a kind, written down a second time: what is changed there is changed here."""

import pytest

from s3gui.domain import errors
from s3gui.domain.errors import ErrorKind, kind_of

KINDS = {
    ErrorKind.THROTTLE: (
        *("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded"),
        *("TooManyRequests", "TooManyRequestsException", "ReduceYourRate", "RequestThrottled"),
        *("RequestThrottledException", "BandwidthLimitExceeded", "429"),
    ),
    ErrorKind.TRANSIENT: (
        *("InternalError", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException"),
        *("BadGateway", "GatewayTimeout", "IncompleteBody", "PriorRequestNotComplete"),
        *("408", "500", "502", "503", "504", "520", "521", "522", "523", "524"),
    ),
    ErrorKind.CORRUPT: (
        *("BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"),
    ),
    ErrorKind.AUTH: (
        *("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"),
        *("InvalidAccessKeyId", "SignatureDoesNotMatch", "MissingSecurityHeader"),
        *("InvalidSecurity", "NotSignedUp", "RequestExpired", "401"),
    ),
    ErrorKind.SKEW: ("RequestTimeTooSkewed", "RequestInTheFuture"),
    ErrorKind.REGION: (
        *("PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"),
        *("AuthorizationHeaderMalformed", "301", "307"),
    ),
    ErrorKind.GONE: ("NoSuchUpload",),
    ErrorKind.CONFLICT: (
        *("ConditionalRequestConflict", "OperationAborted", "PreconditionFailed", "409", "412"),
    ),
}
#: Not retried, whatever the status beside it: what it says is so.
PERMANENT = (
    *("AccessDenied", "NoSuchKey", "NoSuchBucket", "EntityTooLarge", "EntityTooSmall"),
    *("InvalidPart", "InvalidPartOrder", "InvalidRequest", "InvalidArgument", "QuotaExceeded"),
    *("MethodNotAllowed", "NotImplemented", "InvalidObjectState", "InsufficientStorage"),
    *("400", "403", "404", "405", "411", "413", "507"),
)
CASES = [(code, kind) for kind, codes in KINDS.items() for code in codes]


@pytest.mark.parametrize(("code", "kind"), CASES)
def test_a_code_is_of_its_kind_whatever_the_status(code: str, kind: ErrorKind) -> None:
    """Inside a 200 it has no status of its own, and some servers send a wrong one."""
    assert [kind_of(code, status) for status in (0, 200, 400, 403, 503)] == [kind] * 5


@pytest.mark.parametrize("code", PERMANENT)
def test_what_is_so_stays_so(code: str) -> None:
    assert kind_of(code, 400) is ErrorKind.PERMANENT
    assert kind_of(code) is ErrorKind.PERMANENT


def test_no_code_is_missing_here() -> None:
    assert set(CASES) == set(errors._KIND_OF.items())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, ErrorKind.THROTTLE),
        (408, ErrorKind.TRANSIENT),
        (500, ErrorKind.TRANSIENT),
        (503, ErrorKind.TRANSIENT),
        (401, ErrorKind.AUTH),
        (409, ErrorKind.CONFLICT),
        (412, ErrorKind.CONFLICT),
        (501, ErrorKind.PERMANENT),
        (507, ErrorKind.PERMANENT),
        (404, ErrorKind.PERMANENT),
    ],
)
def test_where_nobody_knows_the_code_the_status_decides(status: int, kind: ErrorKind) -> None:
    assert kind_of("AWordOfTheirOwn", status) is kind
