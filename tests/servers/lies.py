"""What ``LyingServer`` can be told to do. Each is a value: a script is data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from servers.lying import Action, Gone, Talk, head_of

ERROR_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>R1</RequestId></Error>"
)


def error_body(code: str, message: str = "no") -> bytes:
    """The document of an S3 error."""
    return ERROR_XML.format(code=code, message=message).encode()


@dataclass(frozen=True)
class Answer(Action):
    """Any answer: an error, a redirect, a 200 with an error in it, a DTD, HTML, a short body.

    ``length`` of ``"right"`` counts the body, a number lies about it, ``None`` leaves it out (and
    ends the connection after the body). ``etag`` of ``None`` leaves it out.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    length: int | str | None = "right"
    #: Answers before the rest of the request's body is read; nobody reads it then.
    body_bytes_read: int | None = None
    #: Whether a client that waits is told to go on first.
    proceeds: bool = True
    #: Ends the connection after the answer, by a reset if it says so.
    then: str = "keep"
    chunked: bool = False

    def __call__(self, talk: Talk) -> None:
        if self.proceeds:
            talk.proceed()
        talk.read_body(self.body_bytes_read)
        headers = {"x-amz-request-id": "R1", **self.headers}
        if self.etag is not None:
            headers["ETag"] = self.etag
        body = self.body
        if self.chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (body, b"") if p) + b"0\r\n\r\n"
        elif self.length is not None:
            headers["Content-Length"] = str(len(body) if self.length == "right" else self.length)
        talk.reply(self.status, headers, body)
        self._end(talk)

    def _end(self, talk: Talk) -> None:
        if self.then == "reset":
            talk.reset()
        if self.then == "hang":
            talk.hang()
        short = isinstance(self.length, int) and self.length > len(self.body)
        unread = self.body_bytes_read is not None
        talk.keep = not (self.then == "close" or self.length is None or short or unread)


@dataclass(frozen=True)
class Reset(Action):
    """The line breaks: after so many bytes of the request's body, or of the answer.

    With ``after_answer`` the whole body was read: what was asked for is done, the answer is lost.
    """

    after_body: int | None = 0
    after_answer: int | None = None
    answer: bytes = b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n'
    #: A quiet end instead of a reset.
    quiet: bool = False
    proceeds: bool = True

    def __call__(self, talk: Talk) -> None:
        if self.proceeds:
            talk.proceed()
        if self.after_answer is None:
            talk.read_body(self.after_body)
        else:
            talk.read_body()
            talk.send(self.answer[: self.after_answer])
        if self.quiet:
            raise Gone
        talk.reset()


@dataclass(frozen=True)
class StopReading(Action):
    """Takes so many bytes of the body and no more, without a word."""

    after: int = 0
    proceeds: bool = True

    def __call__(self, talk: Talk) -> None:
        if self.proceeds:
            talk.proceed()
        talk.read_body(self.after)
        talk.hang()


@dataclass(frozen=True)
class Silence(Action):
    """Takes all and never answers. ``proceeds=False``: does not even say 100."""

    proceeds: bool = True

    def __call__(self, talk: Talk) -> None:
        if self.proceeds:
            talk.proceed()
            talk.read_body()
        talk.hang()


@dataclass(frozen=True)
class Drip(Action):
    """An answer a few bytes at a time, for ever if it is long enough."""

    data: bytes
    every_s: float = 0.05
    bytes_at_once: int = 1
    #: Sent at once, before.
    first: bytes = b""

    def __call__(self, talk: Talk) -> None:
        talk.proceed()
        talk.read_body()
        talk.send(self.first)
        for at in range(0, len(self.data), self.bytes_at_once):
            talk.send(self.data[at : at + self.bytes_at_once])
            talk.server.pause(self.every_s)
        talk.keep = False


@dataclass(frozen=True)
class ReadSlowly(Action):
    """Reads the body in blocks with a pause after each, then behaves."""

    pause_s: float = 0.05

    def __call__(self, talk: Talk) -> None:
        talk.proceed()
        talk.read_body(pause_s=self.pause_s)
        talk.reply(200, {"ETag": f'"{talk.request.md5}"', "Content-Length": "0"})


@dataclass(frozen=True)
class ContinueTwice(Action):
    """Says 100 more often than it was asked to, then behaves."""

    times: int = 2

    def __call__(self, talk: Talk) -> None:
        for at in range(self.times):
            talk.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            talk.read_body(at * talk.request.length // self.times)
        talk.read_body()
        talk.reply(200, {"ETag": f'"{talk.request.md5}"', "Content-Length": "0"})


@dataclass(frozen=True)
class Endless(Action):
    """A head, then ``piece`` again and again while somebody takes it."""

    head: bytes = head_of(200, {})
    piece: bytes = b"<Contents><Key>k</Key></Contents>" * 1000

    #: ``False``: as soon as the head is there, whatever the client waits for.
    proceeds: bool = True

    def __call__(self, talk: Talk) -> None:
        if self.proceeds:
            talk.proceed()
            talk.read_body()
        talk.send(self.head)
        while True:
            talk.send(self.piece)
            talk.server.pause(0)


@dataclass(frozen=True)
class Raw(Action):
    """These bytes, whatever they are, and the end of the connection."""

    data: bytes
    keep: bool = False

    #: ``False``: as soon as the head is there, whatever the client waits for.
    proceeds: bool = True

    def __call__(self, talk: Talk) -> None:
        if self.proceeds:
            talk.proceed()
            talk.read_body()
        talk.send(self.data)
        talk.keep = self.keep


@dataclass(frozen=True)
class CountOn(Action):
    """Reads, with a pause after each block, and counts what still comes until the client is gone.

    With a pause the buffers between the two are full: what is in them is the client's to take back.
    """

    pause_s: float = 0

    def __call__(self, talk: Talk) -> None:
        talk.proceed()
        talk.drain(self.pause_s)


@dataclass(frozen=True)
class DeadWhenKept(Action):
    """Behaves on a new connection; on one that was used before it closes without a word.

    What a server does that had enough of an idle connection, at the moment of the next request.
    """

    def __call__(self, talk: Talk) -> None:
        number = talk.request.connection
        if sum(request.connection == number for request in talk.server.log) > 1:
            raise Gone
        talk.server.otherwise(talk)


@dataclass(frozen=True)
class WithoutContinue(Action):
    """Never says 100: takes no part of a body whose sender waits for it, and behaves to others."""

    def __call__(self, talk: Talk) -> None:
        if "expect" in talk.request.headers:
            talk.hang()
        talk.server.otherwise(talk)


class Together(Action):
    """Holds requests back until so many are under way at once, then treats each of them alike."""

    def __init__(self, count: int, action: Action) -> None:
        self._count = count
        self._action = action
        self._here = 0

    def __call__(self, talk: Talk) -> None:
        with talk.server.changed:
            self._here += 1
            talk.server.changed.notify_all()
        talk.server.wait(lambda: self._here >= self._count)
        self._action(talk)


def throttle(status: int = 503, retry_after_s: int | None = None) -> Answer:
    """Too many requests, in the words of S3 (503) or of others (429)."""
    code = "SlowDown" if status == 503 else "TooManyRequests"
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Answer(status, error_body(code), headers)


def redirect(status: int, target: str, region: str = "") -> Answer:
    """Go elsewhere."""
    headers = {"Location": target} | ({"x-amz-bucket-region": region} if region else {})
    return Answer(status, error_body("TemporaryRedirect"), headers)


def web_page(status: int = 200) -> Answer:
    """What the network of a hotel answers to everything, whoever was asked."""
    page = b"<!DOCTYPE html><html><body><form>Your room number</form></body></html>"
    return Answer(status, page, {"Content-Type": "text/html"})


class EndlessTokens(Action):
    """Pages of ListObjectsV2, each with a key that nobody saw yet and a new token."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, talk: Talk) -> None:
        self.count += 1
        row = f"<Contents><Key>k{self.count}</Key><Size>1</Size></Contents>"
        token = f"<NextContinuationToken>t{self.count}</NextContinuationToken>"
        inner = f"{row}{token}<IsTruncated>true</IsTruncated>"
        Answer(200, f"<ListBucketResult>{inner}</ListBucketResult>".encode())(talk)


def skewed(apart: timedelta) -> Answer:
    """The clocks are too far apart; the server's is ``apart`` ahead, as its Date tells."""
    date = format_datetime(datetime.now(UTC) + apart, usegmt=True)
    return Answer(403, error_body("RequestTimeTooSkewed"), {"Date": date})


def expired_token() -> Answer:
    """The session is over; with ``since=n`` it was not for the calls before."""
    return Answer(400, error_body("ExpiredToken"))
