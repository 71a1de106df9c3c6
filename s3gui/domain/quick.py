"""Small objects, put and fetched in a thread: what a storage may offer beside ``Objects``."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from s3gui.domain.conditions import ANYTHING, Condition
from s3gui.domain.entries import ObjectDetails, ObjectOptions, Stored
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter


@dataclass(frozen=True, slots=True)
class QuickAnswer:
    """What a server answered to a small PutObject."""

    #: Of a plain success; ``None``: ask ``QuickPut.explain``.
    stored: Stored | None
    raw: object = field(default=None, repr=False)


class QuickFlight(Protocol):
    """One small PutObject under way, in a thread that may have others to look after."""

    @property
    def descriptor(self) -> int:
        """A socket that can be read when the answer begins; -1 where there is none."""

    def go_on(self) -> QuickAnswer | None:
        """Sends it, and when called again reads the answer; ``None``: that is to be waited for.

        Blocks; a body of more than the line takes at once, or an answer that is not there yet. It
        may come to nothing more than once, when it has to be sent on another connection.

        Raises:
            S3guiError: there was no answer.
            asyncio.CancelledError: the meter was stopped, or the session is closed.
        """


class QuickPut(Protocol):
    """PutObject into one bucket with one set of options, prepared once for any number of keys.

    With a condition it is sent once: what was sent and has no answer may have been carried out.
    """

    def has_line(self) -> bool:
        """Whether a connection stands ready, so that nothing has to be waited for to send."""

    def begin(self, key: str, body: bytes, *, md5: bytes, meter: Meter) -> QuickFlight:
        """Stores a whole object in one request, from the calling thread; sends nothing yet.

        Raises:
            S3guiError: a key that cannot be sent.
            asyncio.CancelledError: the session is closed.
        """

    async def explain(self, where: Location, size: int, answer: QuickAnswer) -> Stored:
        """What an answer means that is no plain success, as ``Objects.put`` would have it.

        Raises:
            S3guiError: what the server said.
        """


@runtime_checkable
class PutsQuickly(Protocol):
    """``Session.objects`` that can."""

    async def quick(
        self, bucket: str, options: ObjectOptions, condition: Condition = ANYTHING
    ) -> QuickPut | None:
        """How small objects are put so; ``None`` where it takes the full way.

        Raises:
            ConditionRefused: the bucket is known to keep to none.
            S3guiError: a bucket or options that cannot be sent.
        """


@dataclass(frozen=True, slots=True)
class QuickBody:
    """What a server answered to a small GetObject."""

    #: Of a plain success; ``None``: ask ``QuickGet.explain``.
    details: ObjectDetails | None
    body: memoryview | bytes = field(default=b"", repr=False)
    raw: object = field(default=None, repr=False)


class QuickFetch(Protocol):
    """One small GetObject under way, in a thread that may have others to look after."""

    @property
    def descriptor(self) -> int:
        """A socket that can be read when there is more of the answer; -1 where there is none."""

    def go_on(self) -> QuickBody | None:
        """Sends it, and when called again reads what came; ``None``: more is to be waited for.

        Raises:
            S3guiError: there was no answer, or one with other bytes than those asked for.
            asyncio.CancelledError: the meter was stopped, or the session is closed.
        """


class QuickGet(Protocol):
    """GetObject of whole small objects of one bucket, prepared once for any number of keys."""

    def has_line(self) -> bool:
        """Whether a connection stands ready, so that nothing has to be waited for to send."""

    def begin(
        self, where: Location, version_id: str | None, etag: str, size: int, meter: Meter
    ) -> QuickFetch:
        """Fetches one content of an object, from the calling thread; sends nothing yet.

        Args:
            where: in the bucket that this is for.
            version_id: of the object; ``None``: the latest.
            etag: an MD5 in hex; the request names it (If-Match).
            size: bytes; no other number of them is taken.
            meter: counts them, and stops.

        Raises:
            S3guiError: a key that cannot be sent.
            asyncio.CancelledError: the session is closed.
        """

    async def explain(self, where: Location, answer: QuickBody) -> None:
        """What an answer means that is no plain success, as ``Objects.fetch`` would have it.

        Returns where that has to be asked for once more, by ``Objects.fetch`` itself.

        Raises:
            S3guiError: what the server said.
        """


@runtime_checkable
class GetsQuickly(Protocol):
    """``Session.objects`` that can."""

    async def quick_get(self, bucket: str) -> QuickGet | None:
        """How small objects are fetched so; ``None`` where it takes the full way.

        Raises:
            S3guiError: a bucket that cannot be asked for.
        """
