"""Small objects whole, in a thread that has many to look after: as ``lean``, the other way round.

The head of each request is made from pieces that are alike for a bucket; see ``lean_get`` for what
they are taken from, and who reads an answer that is not a plain success.
"""

import asyncio
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote, urlsplit

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.quick import QuickBody
from s3gui.s3.conditions import quoted
from s3gui.s3.details import details_of
from s3gui.s3.errors import convert, s3_errors
from s3gui.s3.http.faults import WireStopped
from s3gui.s3.http.lines import Origin, Proxy
from s3gui.s3.http.outgoing import Answer, Outgoing
from s3gui.s3.http.ready import ReadyGet
from s3gui.s3.http.senders import Workspace
from s3gui.s3.http.session import Flight
from s3gui.s3.http.terms import NO_TERMS, Terms
from s3gui.s3.lean_get import GetShape, LeanGets, parsed
from s3gui.s3.lean_sign import DRAFT_KEY, Signer

_MATCH, _DATE, _PAYLOAD = "if-match", "x-amz-date", "x-amz-content-sha256"
_SUFFIX = quote(DRAFT_KEY)
_SAMPLE = ("a key", "", "0" * 32, "20260101T000000Z")


class SmallGets:
    """How small objects of each bucket are fetched. See ``domain.quick.GetsQuickly``."""

    def __init__(self, gets: LeanGets) -> None:
        self._gets = gets
        self._made: dict[str, tuple[GetShape, LeanGet]] = {}

    async def of(self, bucket: str) -> "LeanGet | None":
        """See ``GetsQuickly.quick_get``."""
        shape = await self._gets.shape(params_of(Location(bucket, DRAFT_KEY), None, ""))
        if shape is None:
            return None
        known = self._made.get(bucket)
        if known is None or known[0] is not shape:
            pieces = pieces_of(shape, self._gets.wire.proxy)
            if pieces is None:
                return None
            known = self._made[bucket] = shape, LeanGet(self._gets, pieces)
        return known[1]


def params_of(where: Location, version_id: str | None, etag: str) -> dict[str, str]:
    """As botocore takes them."""
    params = {"Bucket": where.bucket, "Key": where.key, "ChecksumMode": "ENABLED"}
    return {**params, "IfMatch": quoted(etag), **({"VersionId": version_id} if version_id else {})}


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the heads of all requests for one bucket have in common."""

    origin: Origin
    _signer: Signer = field(repr=False)
    #: Of the Authorization header, before the date, and from the scope to the signature.
    _words: tuple[str, str] = field(repr=False)
    _scope: str
    #: Of the path: what stands before the key; of the request line, with a proxy, the same.
    _path: str
    _target: str
    #: The canonical headers up to If-Match's value, between the two, and after the date's.
    _canonical: tuple[str, str, str] = field(repr=False)
    #: The headers that are alike, each with its line's end.
    _common: str = field(repr=False)

    def head(self, key: str, version_id: str, etag: str, date: str) -> bytes:
        """The head of one request, signed.

        Args:
            key: the object's.
            version_id: "" for the latest.
            etag: letters and digits.
            date: as X-Amz-Date has it.

        Raises:
            UnicodeEncodeError: the key is no UTF-8.
        """
        # As botocore's serialiser does it, and RFC 3986 wants it.
        name, query, mark = quote(key, safe="/~"), "", ""
        if version_id:
            query, mark = f"versionId={quote(version_id, safe='-_.~')}", "?"
        signature = self.signature(self._path + name, query, f'"{etag}"', date)
        before, after = self._words
        return (
            f"GET {self._target}{name}{mark}{query} HTTP/1.1\r\n{self._common}"
            f'{_MATCH}: "{etag}"\r\n{_DATE}: {date}\r\n'
            f"authorization: {before}{date[:8]}/{after}{signature}\r\n\r\n"
        ).encode()

    def signature(self, path: str, query: str, match: str, date: str) -> str:
        """Over one request."""
        before, between, after = self._canonical
        canonical = f"GET\n{path}\n{query}\n{before}{match}{between}{date}{after}"
        return self._signer.sign(date, self._scope, canonical)


def pieces_of(shape: GetShape, proxy: Proxy | None) -> Pieces | None:
    """Those of a shape; ``None``: what is made of them has another signature than the shape's."""
    key, version_id, etag, date = _SAMPLE
    path = urlsplit(shape.url).path
    outgoing = Outgoing("GET", shape.url + _SUFFIX, shape.headers, b"", True, NO_TERMS)
    forwarding = proxy is not None and outgoing.origin.scheme == "http"
    authorization = proxy.authorization if proxy and forwarding else None
    head = outgoing.head(expect=False, proxy_authorization=authorization).decode()
    line, _, rest = head.partition("\r\n")
    names = ";".join(shape.names)
    if not {_MATCH, _DATE} <= set(shape.names):
        return None
    pieces = Pieces(
        outgoing.origin,
        shape.signer,
        (
            f"AWS4-HMAC-SHA256 Credential={shape.key_id}/",
            f"{shape.scope}, SignedHeaders={names}, Signature=",
        ),
        shape.scope,
        path,
        line.removeprefix("GET ").removesuffix(" HTTP/1.1").removesuffix(_SUFFIX),
        _canonical(shape, names),
        rest.removesuffix("\r\n"),
    )
    name, match = quote(key, safe="/~"), quoted(etag)
    theirs = shape.signature(path + name, "", {**shape.headers, _MATCH: match, _DATE: date})
    return pieces if pieces.signature(path + name, version_id, match, date) == theirs else None


def _canonical(shape: GetShape, names: str) -> tuple[str, str, str]:
    """The canonical headers and what follows, cut where If-Match's and the date's values stand."""
    values = {**shape.headers, "host": shape.host}
    pieces, piece = [], ""
    for name in shape.names:
        piece += f"{name}:"
        if name in {_MATCH, _DATE}:
            pieces.append(piece)
            piece = "\n"
            continue
        piece += f"{' '.join(values[name].split())}\n"
    before, between = pieces
    return before, between, f"{piece}\n{names}\n{values[_PAYLOAD]}"


class LeanGet:
    """See ``domain.quick.QuickGet``."""

    def __init__(self, gets: LeanGets, pieces: Pieces) -> None:
        self._gets = gets
        self._pieces = pieces

    def has_line(self) -> bool:
        """See there."""
        return self._gets.wire.has_line(self._pieces.origin)

    def begin(
        self, where: Location, version_id: str | None, etag: str, size: int, meter: Meter
    ) -> "LeanFetch":
        """Signs; the rest is the flight's."""
        try:
            head = self._pieces.head(where.key, version_id or "", etag, self._gets.clock.stamp())
        except UnicodeError as error:
            raise convert(error, "GetObject") from error
        held = Held(size)
        terms = Terms(meter=meter, sink=held, total=size)
        request = ReadyGet(self._pieces.origin, head, terms)
        try:
            flight = self._gets.wire.depart(request, Workspace(size))
        except WireStopped:
            raise asyncio.CancelledError from None
        return LeanFetch(flight, held, where)

    async def explain(self, where: Location, answer: QuickBody) -> None:
        """Has the full client read the answer."""
        raw = cast("Answer", answer.raw)
        with s3_errors("GetObject", where):
            # What it reads is the answer; which content was asked for does not matter to that.
            await self._gets.refused(raw, params_of(where, None, ""))


class LeanFetch:
    """See ``domain.quick.QuickFetch``."""

    def __init__(self, flight: Flight, held: "Held", where: Location) -> None:
        self._flight = flight
        self._held = held
        self._where = where

    @property
    def descriptor(self) -> int:
        """See there."""
        return self._flight.descriptor

    def go_on(self) -> QuickBody | None:
        """See there."""
        try:
            answer = self._flight.go_on()
            if answer is None:
                return None
            if answer.status >= 300:
                return QuickBody(None, raw=answer)
            return QuickBody(details_of(self._where, parsed(answer)), self._held.data, answer)
        except WireStopped:
            raise asyncio.CancelledError from None
        except S3guiError:
            raise
        except Exception as error:  # as ``s3_errors``, which takes as long as the signature
            raise convert(error, "GetObject") from error


class Held:
    """A ``ByteSink`` that keeps an object of this size, without a copy where it came at once."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._pieces: list[bytes] = []
        self._whole: memoryview | None = None

    def write_from(self, offset: int, data: memoryview) -> None:
        """The next bytes; from the first again after the connection was lost."""
        if not offset:
            self._pieces, self._whole = [], None
        if len(data) == self._size:
            self._whole = data  # its room is this flight's alone
        else:
            self._pieces.append(bytes(data))

    @property
    def data(self) -> memoryview | bytes:
        """All of it."""
        return self._whole if self._whole is not None else b"".join(self._pieces)
