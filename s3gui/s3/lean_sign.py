"""The shape of a PutObject, taken from one that botocore signed, and its signature for others."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from s3gui.s3.http.lines import Origin, Proxy
from s3gui.s3.http.outgoing import Outgoing
from s3gui.s3.http.terms import NO_TERMS

#: The key of the draft; what it looks like in the URL tells where a key stands.
DRAFT_KEY = "s3gui draft"
_SUFFIX = quote(DRAFT_KEY)
#: What botocore signs with, taken apart.
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key_id>[^,]+)/\d{8}/(?P<scope>[^/,]+/s3/aws4_request),"
    r" SignedHeaders=(?P<names>[a-z0-9;_.-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_UNSIGNED = "UNSIGNED-PAYLOAD"
_MD5, _DATE = "content-md5", "x-amz-date"
#: Each request has its own; the last two count botocore's attempts.
_OWN = {
    *("authorization", "content-length", "expect", _MD5, _DATE),
    *("amz-sdk-invocation-id", "amz-sdk-request"),
}


class NoShape(Exception):
    """The draft is not of a kind that is known here: the full client has to send."""


class Signer:
    """SigV4 with one pair of keys; the key of a day and a region is made once.

    ``hmac.digest`` gives the interpreter away for each message, which costs more than the hash:
    here the two halves of HMAC (RFC 2104) start from copies that the key has been put into.
    """

    def __init__(self, secret_key: str) -> None:
        self._secret = f"AWS4{secret_key}".encode()
        self._made: tuple[str, Any, Any] = ("", None, None)

    def sign(self, date: str, scope: str, canonical: str) -> str:
        """The signature, in hex.

        Args:
            date: as X-Amz-Date has it.
            scope: region, service and ``aws4_request``.
            canonical: the canonical request.
        """
        whole = f"{date[:8]}/{scope}"
        known, inner, outer = self._made
        if known != whole:
            inner, outer = self._halves(whole)
            self._made = (whole, inner, outer)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        first = inner.copy()
        first.update(f"AWS4-HMAC-SHA256\n{date}\n{whole}\n{digest}".encode())
        last = outer.copy()
        last.update(first.digest())
        signature: str = last.hexdigest()
        return signature

    def _halves(self, whole: str) -> tuple[Any, Any]:
        key = self._secret
        for word in whole.split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        padded = key.ljust(64, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))


@dataclass(frozen=True, slots=True)
class Shape:
    """What all requests of one bucket with the same options have in common."""

    origin: Origin
    repeatable: bool
    _signer: Signer = field(repr=False)
    _key_id: str = field(repr=False)
    _scope: str
    _names: str
    _payload: str
    #: Of the path: what stands before the key; of the request line, with a proxy, the same.
    _path: str
    _target: str
    #: The canonical headers up to Content-MD5's value, between the two, and after the date's.
    _canonical: tuple[str, str, str] = field(repr=False)
    #: The headers that are alike, each with its line's end.
    _common: str = field(repr=False)

    def head(self, key: str, md5: bytes, body: bytes, date: str) -> bytes:
        """The head of one request, signed.

        Args:
            key: the object's.
            md5: of the body.
            body: its length is told, and its SHA-256 where the payload is signed.
            date: as X-Amz-Date has it.

        Raises:
            UnicodeEncodeError: the key is no UTF-8.
        """
        # As botocore's serialiser does it, and RFC 3986 wants it.
        name = quote(key, safe="/~")
        told = base64.b64encode(md5).decode()
        payload, own = self._payload, ""
        if payload != _UNSIGNED:
            payload = hashlib.sha256(body).hexdigest()
            own = f"X-Amz-Content-SHA256: {payload}\r\n"
        signature = self.signature(self._path + name, told, payload, date)
        return (
            f"PUT {self._target}{name} HTTP/1.1\r\n{self._common}Content-MD5: {told}\r\n"
            f"X-Amz-Date: {date}\r\n{own}Content-Length: {len(body)}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={self._key_id}/{date[:8]}/{self._scope},"
            f" SignedHeaders={self._names}, Signature={signature}\r\n\r\n"
        ).encode()

    def signature(self, path: str, md5: str, payload: str, date: str) -> str:
        """Over one request. ``md5`` in base64, ``payload`` as its header has it."""
        before, between, after = self._canonical
        if payload != self._payload:
            between = between.replace(self._payload, payload)
        canonical = f"PUT\n{path}\n\n{before}{md5}{between}{date}{after}\n{self._names}\n{payload}"
        return self._signer.sign(date, self._scope, canonical)


def shape_of(draft: Any, signer: Signer, proxy: Proxy | None) -> Shape:
    """The shape of a prepared request for ``DRAFT_KEY``.

    Raises:
        NoShape: it has a query, lacks a signature or a header, or ours is another than botocore's.
    """
    headers = headers_of(draft)
    url = urlsplit(draft.url)
    signed = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if signed is None or url.query or not url.path.endswith(f"/{_SUFFIX}"):
        raise NoShape
    outgoing = Outgoing("PUT", draft.url, _common(headers), b"", False, NO_TERMS)
    names = signed["names"].split(";")
    common = {**headers, "host": outgoing.origin.label}
    if not {_MD5, _DATE, "host", "x-amz-content-sha256"} <= set(names) or not set(names) <= set(
        common
    ):
        raise NoShape
    conditions = set(headers) & {"if-match", "if-none-match"}
    line, _, rest = _head(outgoing, proxy).partition("\r\n")
    shape = Shape(
        outgoing.origin,
        not conditions,
        signer,
        *(signed["key_id"], signed["scope"], signed["names"]),
        headers["x-amz-content-sha256"],
        url.path.removesuffix(_SUFFIX),
        line.removeprefix("PUT ").removesuffix(" HTTP/1.1").removesuffix(_SUFFIX),
        _canonical(names, common),
        rest.removesuffix("\r\n"),
    )
    ours = shape.signature(url.path, headers[_MD5], headers["x-amz-content-sha256"], headers[_DATE])
    if not hmac.compare_digest(ours, signed["signature"]):
        raise NoShape
    return shape


def headers_of(draft: Any) -> dict[str, str]:
    """Of a prepared request, by their names in lower case."""
    return {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in draft.headers.items()
    }


def _common(headers: Mapping[str, str]) -> dict[str, str]:
    own = _OWN
    if headers.get("x-amz-content-sha256") != _UNSIGNED:
        own = _OWN | {"x-amz-content-sha256"}
    return {name: value for name, value in headers.items() if name not in own}


def _head(outgoing: Outgoing, proxy: Proxy | None) -> str:
    forwarding = proxy is not None and outgoing.origin.scheme == "http"
    authorization = proxy.authorization if proxy and forwarding else None
    return outgoing.head(expect=False, proxy_authorization=authorization).decode()


def _canonical(names: list[str], headers: Mapping[str, str]) -> tuple[str, str, str]:
    """The canonical headers, cut where Content-MD5's and the date's values stand."""
    pieces, piece = [], ""
    for name in names:
        piece += f"{name}:"
        if name in {_MD5, _DATE}:
            pieces.append(piece)
            piece = "\n"
            continue
        piece += f"{' '.join(headers[name].split())}\n"
    before, between, after = (*pieces, piece)
    return before, between, after
