"""Small objects without the work a request: the shape is made once, and signed in the sender.

Of the millisecond that botocore takes for a PutObject nearly all is spent to find out anew what was
known the time before: the endpoint, the checks of the parameters, the names of the headers. Here
botocore makes one request for a bucket and a set of options, which is not sent; every other object
of that kind gets its own key, date, MD5 and length put in, and a signature over them. Each shape
has to give botocore's own signature of that first request, else the full client sends.

An answer that is not a plain success is read by the full client, as if it had asked itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from s3gui.domain.conditions import ANYTHING, Condition
from s3gui.domain.entries import ObjectOptions, Stored
from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import clean_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import FileSlice, Meter
from s3gui.domain.quick import QuickAnswer
from s3gui.s3.clock import clock_of
from s3gui.s3.errors import convert
from s3gui.s3.http.faults import WireStopped
from s3gui.s3.http.outgoing import Answer
from s3gui.s3.http.ready import ReadyPut
from s3gui.s3.http.session import Flight, ThreadedSession
from s3gui.s3.http.terms import Rehearsal, Terms, wire_terms
from s3gui.s3.lean_sign import DRAFT_KEY, NoShape, Shape, Signer, shape_of

#: Shapes that are kept: a bucket's, for each content type that its files have, with each condition.
_MOST_SHAPES = 256
#: ``S3Objects.put``.
FullPut = Callable[..., Awaitable[Stored]]


class _NoFile:
    """The body of a request that is not sent."""

    name = ""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Never to be called."""
        raise RuntimeError("a rehearsal has no body")


_NO_FILE = _NoFile()


@dataclass(frozen=True, slots=True)
class Kind:
    """What all objects of a shape are put with."""

    options: ObjectOptions
    condition: Condition


class LeanPuts:
    """The shapes of one session.

    Args:
        client: of the data lane.
        full_put: the way through it, which makes the drafts and reads what is unusual.
    """

    def __init__(self, client: Any, full_put: FullPut) -> None:
        # botocore has no other way to either.
        self.wire = cast("ThreadedSession", client._endpoint.http_session)  # noqa: SLF001
        self._signer = Signer(client._request_signer._credentials.secret_key)  # noqa: SLF001
        self._full_put = full_put
        self.clock = clock_of(client)
        #: With the options themselves, so that no others get their id.
        self._made: dict[tuple[str, int, Condition], tuple[ObjectOptions, LeanPut | None]] = {}

    async def of(
        self, bucket: str, options: ObjectOptions, condition: Condition = ANYTHING
    ) -> "LeanPut | None":
        """How objects with these options are put into a bucket; ``None``: by the full client.

        Raises:
            ConditionRefused: the bucket is known to keep to none.
            S3guiError: a bucket or options that cannot be sent.
        """
        name = (bucket, id(options), condition)
        if name not in self._made:
            kind = Kind(options, condition)
            rehearsal = Rehearsal(headers={"etag": '"draft"'})
            await self.rehearse(rehearsal, Location(bucket, DRAFT_KEY), 0, kind)
            try:
                shape = shape_of(rehearsal.request, self._signer, self.wire.proxy)
            except NoShape:
                made = None
            else:
                made = LeanPut(self, shape, kind)
            if len(self._made) >= _MOST_SHAPES:
                self._made.clear()
            self._made[name] = options, made
        return self._made[name][1]

    async def rehearse(
        self, rehearsal: Rehearsal, where: Location, size: int, kind: "Kind"
    ) -> Stored:
        """What the full client makes of an answer."""
        body = FileSlice(_NO_FILE, 0, size)
        with wire_terms(Terms(rehearsal=rehearsal)):
            return await self._full_put(
                where,
                body,
                md5=bytes(16),
                options=kind.options,
                meter=Meter(),
                condition=kind.condition,
            )

    def forget(self) -> None:
        """Something was learnt, such as a region: the next shapes are drafted anew."""
        self._made.clear()


class LeanPut:
    """See ``domain.quick.QuickPut``."""

    def __init__(self, puts: LeanPuts, shape: Shape, kind: Kind) -> None:
        self._puts = puts
        self._shape = shape
        self._kind = kind

    def has_line(self) -> bool:
        """See there."""
        return self._puts.wire.has_line(self._shape.origin)

    def begin(self, key: str, body: bytes, *, md5: bytes, meter: Meter) -> "LeanFlight":
        """Signs; the rest is the flight's."""
        shape = self._shape
        try:
            head = shape.head(key, md5, body, self._puts.clock.stamp())
        except UnicodeError as error:
            raise convert(error, "PutObject") from error
        request = ReadyPut(shape.origin, head, body, meter, shape.repeatable)
        try:
            return LeanFlight(self._puts.wire.depart(request), md5)
        except WireStopped:
            raise asyncio.CancelledError from None

    async def explain(self, where: Location, size: int, answer: QuickAnswer) -> Stored:
        """Has the full client read the answer."""
        raw = cast("Answer", answer.raw)
        if raw.status != 200:
            self._puts.forget()
        rehearsal = Rehearsal(raw.status, raw.headers, raw.body)
        return await self._puts.rehearse(rehearsal, where, size, self._kind)


class LeanFlight:
    """See ``domain.quick.QuickFlight``."""

    def __init__(self, flight: Flight, md5: bytes) -> None:
        self._flight = flight
        self._md5 = md5

    @property
    def descriptor(self) -> int:
        """See there."""
        return self._flight.descriptor

    def go_on(self) -> QuickAnswer | None:
        """See there."""
        try:
            answer = self._flight.go_on()
        except WireStopped:
            raise asyncio.CancelledError from None
        except S3guiError:
            raise
        except Exception as error:  # as ``s3_errors``, which takes as long as the signature
            raise convert(error, "PutObject") from error
        if answer is None:
            return None
        etag = clean_etag(answer.headers.get("etag"))
        plain = answer.status == 200 and etag.lower() == self._md5.hex()
        version_id = answer.headers.get("x-amz-version-id")
        return QuickAnswer(Stored(etag, version_id) if plain else None, answer)
