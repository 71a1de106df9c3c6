"""The server's clock, where this computer's is wrong: learnt from a refusal, and signed with.

S3 refuses what was signed more than 15 minutes from its own time, and its answer has a Date. That
is learnt once and holds for the rest of the session: for each request of its three clients, which
make the refused one once more, and for the small objects that are signed without them. What is
presigned is for others to use, who have the server's own clock: it is left as it is.

A Date is believed of a refusal only, and only if it comes from the endpoint itself. Over HTTPS that
is proven; over HTTP nothing is, and who stands on that line reads and changes all there is anyway.
"""

import calendar
import email.utils
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from s3gui.domain.errors import ErrorKind, S3guiError, kind_of
from s3gui.domain.text import tr, trn

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

_log = logging.getLogger(__name__)

#: Of the requests that are signed with another clock than this computer's.
SIGNATURE = "s3v4-s3gui"
_CONTEXT = "s3gui_clock"
_STAMP = "%Y%m%dT%H%M%SZ"
#: What all servers allow.
_ALLOWED_S = 15 * 60.0
#: A difference that is none: a Date has whole seconds, and an answer takes its time.
_SAME_S = 60.0
#: Time zones that were mistaken, and a wrong day. A clock that is farther away is to be set.
_MOST_S = 7 * 86_400.0


class ServerClock:
    """The time at one endpoint. Read by sender threads.

    Args:
        endpoint: whose answers are believed.
        tell: called once, with what a person should know.
    """

    def __init__(
        self,
        endpoint: str,
        tell: Callable[[S3guiError], None] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._host = (urlsplit(endpoint).hostname or "").lower()
        self._scheme = urlsplit(endpoint).scheme
        self._tell = tell
        self._now = now
        self._lock = threading.Lock()
        #: Seconds that the server is ahead; 0 before anything was learnt.
        self.offset_s = 0.0

    def stamp(self) -> str:
        """Now, as X-Amz-Date has it."""
        return time.strftime(_STAMP, time.gmtime(self._now() + self.offset_s))

    def learn(self, url: str, date: str) -> None:
        """Takes the time over from the answer to a refused request.

        Args:
            url: where the request went.
            date: the answer's header.
        """
        if not self._is_ours(url) or (theirs := _seconds(date)) is None:
            return
        offset = theirs - self._now()
        with self._lock:
            if abs(offset - self.offset_s) <= _SAME_S or abs(offset) > _MOST_S:
                return
            first, self.offset_s = not self.offset_s, offset
        error = wrong_clock(offset)
        _log.log(logging.INFO if self._tell else logging.WARNING, "%s", error.as_text())
        if first and self._tell is not None:
            self._tell(error)

    def differs(self, stamp: str) -> bool:
        """Whether a request signed with ``stamp`` would be signed otherwise by now."""
        return abs(self._now() + self.offset_s - _signed_at(stamp)) > _ALLOWED_S / 2

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        same = host == self._host or host.endswith(f".{self._host}")
        return bool(self._host) and same and parts.scheme == self._scheme


def wrong_clock(offset_s: float) -> S3guiError:
    """What a person should know of a clock that is ``offset_s`` behind the server's."""
    minutes = round(abs(offset_s) / 60)
    if offset_s > 0:
        detail = trn(
            "It is {n} minute behind the server's.",
            "It is {n} minutes behind the server's.",
            minutes,
        )
    else:
        detail = trn(
            "It is {n} minute ahead of the server's.",
            "It is {n} minutes ahead of the server's.",
            minutes,
        )
    return S3guiError(
        tr("The clock of this computer is wrong."),
        detail.format(n=minutes),
        tr("The transfers go on with the server's time. Set the clock, best from the network."),
        code="WrongClock",
        kind=ErrorKind.SKEW,
    )


_clocks: "WeakKeyDictionary[object, ServerClock]" = WeakKeyDictionary()


def set_clock(client: "S3Client", clock: ServerClock) -> None:
    """Has a client sign by ``clock``, and teach it."""

    def choose(signature_version: Any = None, **_: Any) -> str | None:
        # Not what is presigned, nor what is not signed at all.
        ours = signature_version in ("v4", "s3v4")
        return SIGNATURE if clock.offset_s and ours else None

    def hand_over(request: Any, **_: Any) -> None:
        request.context[_CONTEXT] = clock

    def once_more(response: Any = None, request_dict: Any = None, **_: Any) -> int | None:
        stamp = str(request_dict["context"].get("timestamp", ""))
        if response is None or not stamp or not _is_refused(response, stamp):
            return None
        clock.learn(request_dict["url"], _date(response))
        return 0 if clock.differs(stamp) else None

    events = client.meta.events
    # Before botocore's own, which would choose for us, or count an attempt and wait.
    events.register_first("choose-signer.s3", choose)
    events.register("before-sign.s3", hand_over)
    events.register_first("needs-retry.s3", once_more)
    _clocks[client] = clock


def clock_of(client: Any) -> ServerClock:
    """The clock that a client signs by."""
    return _clocks.get(client) or ServerClock("")


def register_signature() -> None:
    """Makes ``SIGNATURE`` known to botocore."""
    from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth

    class ByServerClock(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
        """S3's signature, with the time of the clock in the request's context."""

        def _modify_request_before_signing(self, request: Any) -> None:
            request.context["timestamp"] = request.context[_CONTEXT].stamp()
            super()._modify_request_before_signing(request)

    AUTH_TYPE_MAPS[SIGNATURE] = ByServerClock


def is_skew(code: str) -> bool:
    """Whether a refusal is about the clock: nothing was done."""
    return kind_of(code) is ErrorKind.SKEW


def _is_refused(response: Any, stamp: str) -> bool:
    """Whether the server refused a request because of when it was signed."""
    http, parsed = response
    error = parsed.get("Error", {})
    if http.status_code < 400:
        return False
    if is_skew(str(error.get("Code", ""))):
        return True
    # An answer to HEAD has no body to say why.
    theirs = _seconds(_date(response))
    if error.get("Code") != "403" or theirs is None:
        return False
    if abs(theirs - _signed_at(stamp)) <= _ALLOWED_S:
        return False
    error["Code"] = "RequestTimeTooSkewed"
    return True


def _date(response: Any) -> str:
    headers = response[1].get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("date", ""))


def _seconds(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _signed_at(stamp: str) -> float:
    return float(calendar.timegm(time.strptime(stamp, _STAMP)))
