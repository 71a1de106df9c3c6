"""A liar in front of a real storage: it forwards what comes, and tampers with it on the way.

    with demo_server() as demo, Front(demo) as front:
        front.on(Forward(then="reset"), method="POST", query="uploadId=", attempt=1)

The example carries CompleteMultipartUpload out and loses its answer. What a script does not
mention is forwarded as it is, signature and all, so that the storage behind checks it; what is
altered is signed anew, as the client would have. All lies of ``lies.py`` can stand in a script,
too: those never reach the storage.
"""

import hashlib
import http.client
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from servers.lying import Action, LyingServer, Talk, head_of
from servers.server import Server

#: Of the hop, not of the message.
_HOP = {"connection", "expect", "keep-alive", "transfer-encoding"}
_CHECKSUMS = ("x-amz-checksum-algorithm", "x-amz-checksum-type")


class Front(LyingServer):
    """On loopback, HTTP or HTTPS, before a storage over HTTP. ``server`` is reached through it.

    Args:
        behind: the real storage.
        tls: for HTTPS towards the client.
        ca_bundle: whom the client has to trust then.
        checksums: ``False``: the storage is not asked for checksums, as if it did not know any,
            so that parts travel with their MD5.
    """

    def __init__(
        self,
        behind: Server,
        tls: ssl.SSLContext | None = None,
        ca_bundle: str = "",
        *,
        checksums: bool = True,
    ) -> None:
        super().__init__(tls, otherwise=Forward())
        self.behind = behind
        self.checksums = checksums
        profile = replace(
            behind.profile, endpoint=self.endpoint, ca_bundle=ca_bundle if tls else ""
        )
        self.server = replace(behind, profile=profile)

    def carry(self, message: "Message") -> "Reply":
        """Asks the storage behind."""
        if not self.checksums and "uploads" in message.query.split("&"):
            message = message.without(*_CHECKSUMS)
        if message.altered:
            message = self._signed(message)
        where = urlsplit(self.behind.profile.endpoint)
        line = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=20)
        try:
            line.putrequest(
                message.method, message.target, skip_host=True, skip_accept_encoding=True
            )
            for name, value in message.headers.items():
                line.putheader(name, value)
            line.endheaders(message.body or None)
            answer = line.getresponse()
            return Reply(answer.status, _plain(answer.getheaders()), answer.read())
        finally:
            line.close()

    def _signed(self, message: "Message") -> "Message":
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        keys = self.behind.credentials
        unsigned = message.headers.get("x-amz-content-sha256") == "UNSIGNED-PAYLOAD"
        left_out = {"authorization", "x-amz-date", "x-amz-content-sha256", "content-length"}
        headers = {n: v for n, v in message.headers.items() if n not in left_out}
        request = AWSRequest(
            message.method, f"http://{headers['host']}{message.target}", headers, message.body
        )
        request.context["payload_signing_enabled"] = not unsigned
        request.headers["X-Amz-Content-SHA256"] = (
            "UNSIGNED-PAYLOAD" if unsigned else hashlib.sha256(message.body).hexdigest()
        )
        S3SigV4Auth(
            Credentials(keys.access_key, keys.secret_key), "s3", self.behind.profile.region
        ).add_auth(request)
        signed = _plain(request.headers.items())
        if message.body or message.method in {"PUT", "POST"}:
            signed["content-length"] = str(len(message.body))
        return replace(message, headers=signed)


@dataclass(frozen=True)
class Message:
    """A request on its way to the storage; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    altered: bool = False

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def without(self, *names: str) -> "Message":
        """The same, and these headers were never there."""
        headers = {name: value for name, value in self.headers.items() if name not in names}
        return replace(self, headers=headers, altered=True)


@dataclass(frozen=True)
class Reply:
    """The answer on its way to the client; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


Swap = tuple[str, str]


@dataclass(frozen=True)
class Forward(Action):
    """The storage gets the request and the client its answer, but for what is said here.

    ``flip`` and ``flip_answer`` turn the bits of one byte of a body. ``ask`` and ``say`` replace
    in the request's target and body, and in the answer's body: pairs of a regular expression and
    what to put in its place. ``headers`` change those of the answer; ``None`` takes one away.
    """

    flip: int | None = None
    ask: tuple[Swap, ...] = ()
    flip_answer: int | None = None
    say: tuple[Swap, ...] = ()
    headers: Mapping[str, str | None] = field(default_factory=dict)
    #: The same pair for the ETag in the answer's header.
    etag: Swap | None = None
    #: Another answer in the place of the storage's.
    instead: Action | None = None
    #: ``"reset"`` and ``"silence"``: it was carried out and the answer is lost; ``"close"``: the
    #: connection ends behind the answer, and nobody said that it would.
    then: str = "keep"
    #: Spaces before the answer, one each ``space_every_s``: the storage is at work.
    spaces: int = 0
    space_every_s: float = 0.05
    #: Called before the storage is asked, and after it answered: somebody else is at work.
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None

    def __call__(self, talk: Talk) -> None:
        talk.proceed()
        body = talk.take_body()
        if self.before is not None:
            self.before()
        reply = self._altered(front_of(talk).carry(self._message(talk, body)))
        if self.after is not None:
            self.after()
        if self.instead is not None:
            self.instead(talk)
            return
        if self.then == "reset":
            talk.reset()
        if self.then == "silence":
            talk.hang()
        self._answer(talk, reply)
        talk.keep = self.then != "close" and not self.spaces

    def _message(self, talk: Talk, body: bytes) -> Message:
        request = talk.request
        headers = {n: v for n, v in request.headers.items() if n not in _HOP}
        if self.flip is not None:
            body = _flipped(body, self.flip)
        message = Message(request.method, request.target, headers, body)
        for old, new in self.ask:
            target = re.sub(old, new, message.target)
            document = message.body
            if request.method == "POST":  # no content of anybody's
                document = re.sub(old.encode(), new.encode(), document)
            message = replace(message, target=target, body=document, altered=True)
        return message

    def _altered(self, reply: Reply) -> Reply:
        body, headers = reply.body, dict(reply.headers)
        for old, new in self.say:
            body = re.sub(old.encode(), new.encode(), body)
        if self.flip_answer is not None:
            body = _flipped(body, self.flip_answer)
        for name, value in self.headers.items():
            headers.pop(name.lower(), None)
            if value is not None:
                headers[name.lower()] = value
        if self.etag is not None and "etag" in headers:
            headers["etag"] = re.sub(*self.etag, headers["etag"])
        return Reply(reply.status, headers, body)

    def _answer(self, talk: Talk, reply: Reply) -> None:
        headers = {n: v for n, v in reply.headers.items() if n not in _HOP}
        if not self.spaces:
            if talk.request.method != "HEAD" and reply.status not in {204, 304}:
                headers["content-length"] = str(len(reply.body))
            talk.reply(reply.status, headers, reply.body)
            return
        # As Amazon does it: the head, spaces while the parts are put together, the document.
        headers["content-length"] = str(self.spaces + len(reply.body))
        talk.request.status = reply.status
        first, _, rest = reply.body.partition(b"?>")
        talk.send(head_of(reply.status, headers) + first + b"?>")
        for _ in range(self.spaces):
            talk.server.pause(self.space_every_s)
            talk.send(b" ")
        talk.send(rest)


@dataclass(frozen=True)
class Cycle(Action):
    """These actions in turn, one a request, and again from the first."""

    actions: tuple[Callable[[Talk], None], ...]
    _turns: list[int] = field(default_factory=lambda: [0])

    def __call__(self, talk: Talk) -> None:
        with talk.server.changed:
            turn = self._turns[0]
            self._turns[0] += 1
        self.actions[turn % len(self.actions)](talk)


def front_of(talk: Talk) -> Front:
    """The server of a talk, which has to be one that forwards."""
    assert isinstance(talk.server, Front), "there is no storage behind this server"
    return talk.server


def _plain(pairs: object) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in pairs}  # type: ignore[attr-defined]


def _flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]
