"""The shape of a short call, taken from one that botocore signed, and the bytes of others."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from s3gui.s3.http import faults
from s3gui.s3.http.lines import Origin, Proxy
from s3gui.s3.http.outgoing import Outgoing
from s3gui.s3.http.terms import NO_TERMS
from s3gui.s3.lean_sign import AUTHORIZATION, DRAFT_KEY, NoShape, Signer, headers_of

#: What each request has of its own, as headers; the version of the object itself is in the query.
VALUES = {
    "CopySource": "x-amz-copy-source",
    "CopySourceIfMatch": "x-amz-copy-source-if-match",
    "IfMatch": "if-match",
}
_SUFFIX = quote(DRAFT_KEY)
_DATE, _PAYLOAD = "x-amz-date", "x-amz-content-sha256"
#: Not taken over from the draft; the last two count botocore's attempts.
_NOT_KEPT = {
    *("authorization", _DATE, *VALUES.values()),
    *("amz-sdk-invocation-id", "amz-sdk-request"),
}


@dataclass(frozen=True, slots=True)
class ReadyCall(Outgoing):
    """A request whose head is bytes already."""

    place: Origin
    head_bytes: bytes = field(repr=False)
    may_repeat: bool

    @property
    def origin(self) -> Origin:
        """Where it goes."""
        return self.place

    @property
    def repeatable(self) -> bool:
        """As ``Outgoing`` has it."""
        return self.may_repeat

    def head(self, **_: object) -> bytes:
        """It was made for this line, with what a proxy wants in it."""
        return self.head_bytes


@dataclass(frozen=True, slots=True)
class CallShape:
    """What all calls of one kind to one bucket have in common."""

    _method: str
    _origin: Origin
    #: Of the path: what stands before the key; of the request line, with a proxy, the same.
    _path: str
    _target: str
    #: The subresource, as the URL has it.
    _query: str
    #: The headers that are alike, as they are sent, each with its line's end.
    _common: str = field(repr=False)
    _payload: str
    #: Whether carrying it out twice does what once does, where it has no condition of its own.
    _repeats: bool
    _signer: Signer = field(repr=False)
    _key_id: str = field(repr=False)
    _scope: str
    #: Of the signed headers, in their order; what stands in a line for those that are alike.
    _names: tuple[str, ...]
    _lines: Mapping[str, str] = field(repr=False)

    def request(self, params: Mapping[str, Any], date: str) -> ReadyCall:
        """One, signed.

        Args:
            params: as botocore takes them.
            date: as X-Amz-Date has it.

        Raises:
            UnicodeEncodeError: a key is no UTF-8.
            Unexpected: a value that would break the request apart.
        """
        # As botocore's serialiser does it, and RFC 3986 wants it.
        key, query = quote(params["Key"], safe="/~"), self._query
        if version_id := params.get("VersionId"):
            version = f"versionId={quote(version_id, safe='-_.~')}"
            query = f"{query}&{version}" if query else version
        own = {header: params[name] for name, header in VALUES.items() if name in params}
        if source := params.get("CopySource"):
            own[VALUES["CopySource"]] = _source(source)
        signature = self.signature(self._path + key, query, {**own, _DATE: date})
        own[_DATE] = date
        own["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._key_id}/{date[:8]}/{self._scope},"
            f" SignedHeaders={';'.join(self._names)}, Signature={signature}"
        )
        target = f"{key}?{query}" if query else key
        mine = "".join(f"{name}: {value}\r\n" for name, value in own.items())
        if mine.count("\n") + mine.count("\r") != 2 * len(own) or "\0" in mine:
            raise faults.our_fault("a header holds a line break")
        head = f"{self._method} {self._target}{target} HTTP/1.1\r\n{self._common}{mine}\r\n"
        repeats = self._repeats and "if-match" not in own
        url = f"{self._target}{target}"
        return ReadyCall(
            self._method, url, {}, b"", False, NO_TERMS, self._origin, head.encode(), repeats
        )

    def signature(self, path: str, query: str, own: Mapping[str, str]) -> str:
        """Over one request; ``own``: the headers in which it differs from the draft."""
        lines = "".join(
            f"{name}:{' '.join(own[name].split())}\n" if name in own else self._lines[name]
            for name in self._names
        )
        if self._query:  # a subresource has no value
            query = f"{self._query}={query.removeprefix(self._query)}"
        names = ";".join(self._names)
        canonical = f"{self._method}\n{path}\n{query}\n{lines}\n{names}\n{self._payload}"
        return self._signer.sign(own[_DATE], self._scope, canonical)


def shape_of(draft: Any, signer: Signer, proxy: Proxy | None) -> CallShape:
    """The shape of a prepared request for ``DRAFT_KEY``.

    Raises:
        NoShape: it lacks a signature or a header, or ours is another than botocore's.
    """
    headers = headers_of(draft)
    url = urlsplit(draft.url)
    signed = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if signed is None or "=" in url.query or not url.path.endswith(f"/{_SUFFIX}"):
        raise NoShape
    names = tuple(signed["names"].split(";"))
    common = {name: value for name, value in headers.items() if name not in _NOT_KEPT}
    outgoing = Outgoing(
        draft.method, draft.url.partition("?")[0], common, b"", streams=False, terms=NO_TERMS
    )
    values = {**headers, "host": outgoing.origin.label}
    own = {name: value for name, value in headers.items() if name in {_DATE, *VALUES.values()}}
    if not {_PAYLOAD, "host", *own} <= set(names) <= values.keys():
        raise NoShape
    line, _, rest = _head(outgoing, proxy).partition("\r\n")
    shape = CallShape(
        *(draft.method, outgoing.origin, url.path.removesuffix(_SUFFIX)),
        line.partition(" ")[2].removesuffix(" HTTP/1.1").removesuffix(_SUFFIX),
        str(url.query),
        rest.removesuffix("\r\n"),
        headers[_PAYLOAD],
        outgoing.repeatable,
        signer,
        *(signed["key_id"], signed["scope"], names),
        {name: f"{name}:{' '.join(values[name].split())}\n" for name in names},
    )
    if not hmac.compare_digest(shape.signature(url.path, url.query, own), signed["signature"]):
        raise NoShape
    return shape


def _head(outgoing: Outgoing, proxy: Proxy | None) -> str:
    forwarding = proxy is not None and outgoing.origin.scheme == "http"
    authorization = proxy.authorization if proxy and forwarding else None
    return outgoing.head(expect=False, proxy_authorization=authorization).decode()


def _source(source: Mapping[str, str]) -> str:
    """The source of a copy, as botocore's handler has it."""
    named = quote(f"{source['Bucket']}/{source['Key']}", safe="/~")
    version_id = source.get("VersionId")
    return named if version_id is None else f"{named}?versionId={version_id}"
