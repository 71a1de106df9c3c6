"""GetObject without the work a request: botocore makes the shape once, the rest is signed here.

Of the millisecond and more that botocore takes for a GetObject nearly all is spent on what was
known the time before; for a range that is time in which its line stands still, and for a small
object it is most of all there is. So botocore makes one request for a bucket and a kind of GET,
which is not sent; others get their own key, range, ETag, version and date put in, and a signature
over them. Each shape has to give botocore's own signature of that first request, else the full
client asks.

An answer that is not a plain success is read by the full client, as if it had asked itself; where
the client can learn from it (another region, the server's clock), it asks itself.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

from s3gui.s3.clock import clock_of
from s3gui.s3.http.outgoing import Answer, Outgoing
from s3gui.s3.http.terms import NO_TERMS, Rehearsal, Terms, wire_terms
from s3gui.s3.lean_sign import AUTHORIZATION, DRAFT_KEY, NoShape, Signer, headers_of
from s3gui.s3.parsing import parse_time

if TYPE_CHECKING:
    from s3gui.s3.http.session import ThreadedSession

#: Kinds of GET that are kept; each bucket has a few.
_MOST_SHAPES = 64
_KNOWN = frozenset({"Bucket", "Key", "VersionId", "ChecksumMode", "IfMatch", "Range"})
#: What each request has of its own, as headers.
_VALUES = {"IfMatch": "if-match", "Range": "range"}
_DRAFT = {"IfMatch": '"s3gui-draft"', "Range": "bytes=0-0"}
_DATE, _PAYLOAD = "x-amz-date", "x-amz-content-sha256"
#: Not taken over from the draft; the last two count botocore's attempts.
_OWN = {
    *("authorization", "content-length", _DATE, *_VALUES.values()),
    *("amz-sdk-invocation-id", "amz-sdk-request"),
}
#: Of what the full client learns: where the bucket is, and what time it is there.
_LEARNT = re.compile(rb"<Code>(?:RequestTimeTooSkewed|AuthorizationHeaderMalformed|\w+Redirect)<")
_META = "x-amz-meta-"
#: Of botocore's names those that are read, and their headers.
_NAMES = {
    "ETag": "etag",
    "ContentType": "content-type",
    "ContentLength": "content-length",
    "ContentRange": "content-range",
    "StorageClass": "x-amz-storage-class",
    "VersionId": "x-amz-version-id",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}


class LeanGets:
    """The shapes of one session.

    Args:
        client: of the data lane.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        # botocore has no other way to either.
        self.wire = cast("ThreadedSession", client._endpoint.http_session)  # noqa: SLF001
        self._signer = Signer(client._request_signer._credentials.secret_key)  # noqa: SLF001
        self.clock = clock_of(client)
        self._made: dict[tuple[str, frozenset[str]], GetShape | None] = {}

    async def fetch(self, params: Mapping[str, str], terms: Terms) -> dict[str, Any] | None:
        """GetObject, as far as ``S3Objects`` reads its answer; ``None``: the full client has to.

        Args:
            params: as botocore takes them.
            terms: with a sink for the body.

        Raises:
            S3guiError: one of ``faults``.
            botocore.exceptions.ClientError: the server refused.
            UnicodeEncodeError: the key is no UTF-8.
        """
        if not params.keys() <= _KNOWN:
            return None
        shape = await self.shape(params)
        if shape is None:
            return None
        answer = await self.wire.carry(shape.request(params, self.clock.stamp(), terms))
        if answer.status < 300:
            return parsed(answer)
        await self.refused(answer, params)
        return None

    async def refused(self, answer: Answer, params: Mapping[str, str]) -> None:
        """Has the full client read an answer; returns where it has to ask itself.

        Raises:
            botocore.exceptions.ClientError: the server refused.
        """
        if answer.status in {301, 307} or _LEARNT.search(answer.body):
            self._made.clear()
            return
        rehearsal = Rehearsal(answer.status, answer.headers, answer.body)
        with wire_terms(Terms(rehearsal=rehearsal)):
            await self._client.get_object(**params)

    async def shape(self, params: Mapping[str, str]) -> "GetShape | None":
        """Of requests with these parameters; ``None``: they are the full client's."""
        kind = frozenset(params) - {"VersionId"}
        name = (params["Bucket"], kind)
        if name not in self._made:
            draft = {**params, **{one: _DRAFT[one] for one in kind & _DRAFT.keys()}}
            draft["Key"] = DRAFT_KEY
            draft.pop("VersionId", None)
            rehearsal = Rehearsal(headers={"etag": _DRAFT["IfMatch"]})
            with wire_terms(Terms(rehearsal=rehearsal)):
                await self._client.get_object(**draft)
            try:
                made = shape_of(rehearsal.request, self._signer)
            except NoShape:
                made = None
            if len(self._made) >= _MOST_SHAPES:
                self._made.clear()
            self._made[name] = made
        return self._made[name]


@dataclass(frozen=True, slots=True)
class GetShape:
    """What all GETs of one bucket with the same parameters have in common."""

    #: Up to the key.
    url: str
    headers: Mapping[str, str] = field(repr=False)
    signer: Signer = field(repr=False)
    key_id: str = field(repr=False)
    scope: str
    #: Of the signed headers, in their order.
    names: tuple[str, ...]
    host: str

    def request(self, params: Mapping[str, str], date: str, terms: Terms) -> Outgoing:
        """One, signed.

        Args:
            params: as botocore takes them.
            date: as X-Amz-Date has it.
            terms: for the wire.

        Raises:
            UnicodeEncodeError: the key is no UTF-8.
        """
        # As botocore's serialiser does it, and RFC 3986 wants it.
        url, query = self.url + quote(params["Key"], safe="/~"), ""
        if version_id := params.get("VersionId"):
            query = f"versionId={quote(version_id, safe='-_.~')}"
        own = {header: params[name] for name, header in _VALUES.items() if name in params}
        headers = {**self.headers, **own, _DATE: date}
        signature = self.signature(urlsplit(url).path, query, headers)
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key_id}/{date[:8]}/{self.scope},"
            f" SignedHeaders={';'.join(self.names)}, Signature={signature}"
        )
        return Outgoing("GET", f"{url}?{query}" if query else url, headers, b"", True, terms)

    def signature(self, path: str, query: str, headers: Mapping[str, str]) -> str:
        """Over one request."""
        values = {**headers, "host": self.host}
        lines = "".join(f"{name}:{' '.join(values[name].split())}\n" for name in self.names)
        names = ";".join(self.names)
        canonical = f"GET\n{path}\n{query}\n{lines}\n{names}\n{headers[_PAYLOAD]}"
        return self.signer.sign(headers[_DATE], self.scope, canonical)


def shape_of(draft: Any, signer: Signer) -> GetShape:
    """The shape of a prepared GetObject for ``DRAFT_KEY``.

    Raises:
        NoShape: it has a query, lacks a signature or a header, or ours is another than botocore's.
    """
    headers = headers_of(draft)
    url, suffix = urlsplit(draft.url), quote(DRAFT_KEY)
    signed = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if signed is None or url.query or not url.path.endswith(f"/{suffix}"):
        raise NoShape
    names = tuple(signed["names"].split(";"))
    needed = {_DATE, _PAYLOAD, "host", *(headers.keys() & set(_VALUES.values()))}
    if not needed <= set(names) or not set(names) <= headers.keys() | {"host"}:
        raise NoShape
    shape = GetShape(
        draft.url.removesuffix(suffix),
        {name: value for name, value in headers.items() if name not in _OWN},
        signer,
        *(signed["key_id"], signed["scope"], names),
        Outgoing("GET", draft.url, {}, b"", True, NO_TERMS).origin.label,
    )
    if not hmac.compare_digest(shape.signature(url.path, "", headers), signed["signature"]):
        raise NoShape
    return shape


def parsed(answer: Answer) -> dict[str, Any]:
    """What ``S3Objects`` reads of a success, by botocore's names."""
    headers = answer.headers
    found: dict[str, Any] = {
        name: headers[header] for name, header in _NAMES.items() if header in headers
    }
    found["LastModified"] = parse_time(headers.get("last-modified"))
    found["Metadata"] = {
        name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)
    }
    found["ResponseMetadata"] = {"HTTPHeaders": headers}
    return found
