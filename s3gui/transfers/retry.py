"""Which failure is tried again, how often and after what wait: a table, and nothing that waits.

There is no budget of retries for an endpoint beside it (botocore's 500 tokens): what that prevents,
a thousand requests against a server in trouble, cannot happen here. A part has eight tries, waits
up to 20 s between them, and the places on the wire are halved down to one while a fifth of the
attempts fail. An empty budget would fail files that this table lets through on a bad line.
"""

from collections.abc import Callable
from dataclasses import dataclass

from s3gui.domain.errors import (
    BadAnswer,
    EntityTooSmall,
    ErrorKind,
    NotFound,
    NotSupported,
    S3guiError,
)

#: Longest ``Retry-After`` that is obeyed, in seconds.
RETRY_AFTER_MOST_S = 120.0
#: A throttled part is not counted for so long, in seconds; then the file fails with its parts kept.
THROTTLE_PATIENCE_S = 30 * 60.0
#: Between two looks whether the line is back, in seconds; the last one repeats.
PROBE_S = (5.0, 10.0, 20.0, 40.0, 60.0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How one kind of failure is met."""

    #: Tries after the first one; ``None``: not counted.
    again: int | None
    #: The wait before the n-th try again is ``base_s`` · 2ⁿ, at most ``cap_s``.
    base_s: float = 0.0
    cap_s: float = 0.0
    #: A random part of the wait, so that a thousand clients do not come back as one.
    jitter: bool = True


_NEVER = Policy(0)
#: Whoever answered is no S3 server, which one bad moment explains, and two do not.
_FOREIGN = Policy(1)
POLICIES: dict[ErrorKind, Policy] = {
    ErrorKind.TRANSIENT: Policy(7, 0.5, 20.0),
    ErrorKind.STALL: Policy(7, 0.5, 20.0),
    ErrorKind.THROTTLE: Policy(None, 1.0, 60.0),
    # The wait is the outage's, which all parts of a connection share.
    ErrorKind.OFFLINE: Policy(None),
    ErrorKind.CORRUPT: Policy(2),
    ErrorKind.SKEW: Policy(1),
    ErrorKind.REGION: Policy(1),
    ErrorKind.CONFLICT: Policy(3, 1.0, 8.0, jitter=False),
    ErrorKind.AUTH: _NEVER,
    ErrorKind.GONE: _NEVER,
    ErrorKind.PERMANENT: _NEVER,
    ErrorKind.LOCAL: _NEVER,
    ErrorKind.BUG: _NEVER,
}
#: Counted together: a stall is a broken line that did not say so.
_SAME_COUNT = {ErrorKind.STALL: ErrorKind.TRANSIENT}
#: A condition that did not hold will not hold the next time.
_PRECONDITION = {"PreconditionFailed", "412"}


class Attempts:
    """The failures of one part, or of one call.

    Args:
        now: a monotonic clock in seconds.
        jitter: a random number from 0 to 1.
    """

    def __init__(self, now: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._now = now
        self._jitter = jitter
        self._failed: dict[ErrorKind, int] = {}
        self._throttled_since: float | None = None

    def wait_s(self, error: S3guiError) -> float | None:
        """Counts a failure. How long to wait before the next try, ``None`` to give up."""
        policy = _FOREIGN if _is_foreign(error) else POLICIES[error.kind]
        counted = _SAME_COUNT.get(error.kind, error.kind)
        failed = self._failed.get(counted, 0)
        self._failed[counted] = failed + 1
        if error.code in _PRECONDITION or self._throttled_too_long(error):
            return None
        if policy.again is not None and failed >= policy.again:
            return None
        wait = min(policy.cap_s, policy.base_s * 2.0 ** min(failed, 30))
        if policy.jitter:
            wait *= self._jitter()
        return max(wait, min(error.retry_after_s or 0.0, RETRY_AFTER_MOST_S))

    def _throttled_too_long(self, error: S3guiError) -> bool:
        if error.kind is not ErrorKind.THROTTLE:
            return False
        if self._throttled_since is None:
            self._throttled_since = self._now()
        return self._now() - self._throttled_since >= THROTTLE_PATIENCE_S


def _is_foreign(error: S3guiError) -> bool:
    """A page of a hotel's network, a document that S3 does not send, an answer without an end."""
    return isinstance(error, BadAnswer) and error.kind is ErrorKind.PERMANENT


_FINAL = (NotFound, NotSupported, EntityTooSmall)
_FINAL_CODES = {"EntityTooLarge", "InvalidRequest", "InvalidArgument", "MethodNotAllowed"}


def is_final(error: S3guiError) -> bool:
    """Whether what was sent cannot be of use any more, so that it is removed from the server.

    A right that is missing, a quota, a foreign page instead of S3, a certificate: those can pass,
    and the parts are kept.
    """
    return isinstance(error, _FINAL) or error.code in _FINAL_CODES
