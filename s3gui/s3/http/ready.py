"""A small PutObject that needs no client any more: its head is bytes, and its body is held."""

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
