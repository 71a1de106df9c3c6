"""Small requests that need no client any more: the head is bytes, and the body is held."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from s3gui.s3.http.lines import Origin
from s3gui.s3.http.terms import NO_TERMS, Terms

if TYPE_CHECKING:
    from s3gui.domain.parts import Meter


@dataclass(frozen=True, slots=True)
class ReadyPut:
    """What ``Exchange`` sends as it stands; see ``Outgoing`` for what its fields mean."""

    origin: Origin
    head_bytes: bytes = field(repr=False)
    body: bytes = field(repr=False)
    meter: "Meter"
    repeatable: bool

    method: ClassVar[str] = "PUT"
    headers: ClassVar[Mapping[str, str]] = {}
    streams: ClassVar[bool] = False
    terms: ClassVar[Terms] = NO_TERMS

    @property
    def body_meter(self) -> "Meter":
        """Counts the head as well: the two leave together."""
        return self.meter

    def head(self, **_: object) -> bytes:
        """It was made for this line already, with what a proxy wants in it and without Expect."""
        return self.head_bytes


@dataclass(frozen=True, slots=True)
class ReadyGet:
    """A GetObject of which the same is true; what comes goes into the sink of its terms."""

    origin: Origin
    head_bytes: bytes = field(repr=False)
    terms: Terms

    method: ClassVar[str] = "GET"
    headers: ClassVar[Mapping[str, str]] = {}
    body: ClassVar[bytes] = b""
    streams: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True
    #: The head of a request for a download is not counted.
    body_meter: ClassVar[None] = None

    @property
    def meter(self) -> "Meter | None":
        """Counts what comes."""
        return self.terms.meter

    def head(self, **_: object) -> bytes:
        """As ``ReadyPut`` has it."""
        return self.head_bytes
