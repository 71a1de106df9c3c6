"""A request as botocore signed it, and the bytes of its head."""

import io
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from s3gui.s3.http import faults
from s3gui.s3.http.lines import Origin
from s3gui.s3.http.terms import SliceBody, Terms

if TYPE_CHECKING:
    from s3gui.domain.parts import Meter

_T = TypeVar("_T")
#: Of an exchange: gives way each time an answer is waited for.
Steps = Generator[None, None, _T]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as botocore signed it, and what the caller asks of the wire."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str | bytes] = field(repr=False)
    body: bytes | SliceBody = field(repr=False)
    #: Whether a 2xx answer is an object's bytes and not a document.
    streams: bool
    terms: Terms

    @property
    def origin(self) -> Origin:
        """Where it goes."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return Origin(parts.scheme, parts.hostname or "", port)

    @property
    def meter(self) -> "Meter | None":
        """Counts the bytes of whichever body is the large one."""
        return self.body.meter if isinstance(self.body, SliceBody) else self.terms.meter

    @property
    def body_meter(self) -> "Meter | None":
        """Counts the body that is sent; not the head of a request for a download."""
        return self.body.meter if isinstance(self.body, SliceBody) else None

    @property
    def repeatable(self) -> bool:
        """Whether carrying it out twice does what carrying it out once does."""
        if self.method in {"GET", "HEAD"}:
            return True
        conditions = {name.lower() for name in self.headers} & {"if-match", "if-none-match"}
        return self.method == "PUT" and not conditions

    def head(self, *, expect: bool, proxy_authorization: str | None) -> bytes:
        """The request head. ``proxy_authorization`` of ``None``: not through a forwarding proxy.

        Raises:
            Unexpected: a header that would break the request apart.
        """
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = {"Host": self.origin.label}
        if proxy_authorization is not None:
            target = f"{parts.scheme}://{self.origin.label}{target}"
            if proxy_authorization:
                lines["Proxy-Authorization"] = proxy_authorization
        for name, value in self.headers.items():
            lines[name] = value.decode("utf-8") if isinstance(value, bytes) else value
        # Object bytes are wanted as they are stored, with the length that was asked for.
        _replace(lines, "Accept-Encoding", "identity")
        _replace(lines, "Expect", "100-continue" if expect else None)
        text = f"{self.method} {target} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items()
        )
        count = text.count("\n"), text.count("\r")
        if set(count) != {len(lines) + 1} or "\0" in text or not target.isascii() or " " in target:
            raise faults.our_fault("a header holds a line break")
        return (text + "\r\n").encode()


def _replace(lines: dict[str, str], name: str, value: str | None) -> None:
    for old in [one for one in lines if one.lower() == name.lower()]:
        del lines[old]
    if value is not None:
        lines[name] = value


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``body`` is empty where a sink took it."""

    status: int
    headers: dict[str, str]
    body: bytes


def content_of(request: Any) -> bytes | SliceBody:
    """The body of a prepared request, as one of the two kinds that are sent.

    Raises:
        Unexpected: it is something else, or is to be sent in chunks.
    """
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if isinstance(body, io.BytesIO):  # botocore's wrapping of bytes
        return body.getvalue()
    if isinstance(body, SliceBody):
        return body
    raise faults.our_fault(f"a body of type {type(body).__name__} cannot be sent")
