"""What a storage in memory is told to do wrong, and what it remembers of each call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from s3gui.domain.errors import (
    S3guiError,
)


@dataclass(slots=True)
class Gate:
    """A call that waits: ``reached`` is set when it is there, ``open`` lets it (and later) go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        self.opened.set()


@dataclass(slots=True)
class Rule:
    """What happens to a call of ``op`` (to this part, if one is named), ``times`` times."""

    op: str
    part: int | None = None
    times: float = 1
    error: S3guiError | Callable[[], S3guiError] | None = None
    gate: Gate | None = None
    etag: str | None = None
    #: The call is carried out, and the answer lost.
    applied: bool = False
    #: The error or the gate comes after so many bytes of the body.
    after_bytes: int = 0
    #: Of one key among many.
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    op: str
    key: str = ""
    part: int = 0
    upload_id: str = ""


async def strike(rule: Rule) -> None:
    if rule.gate is not None:
        rule.gate.reached.set()
        await rule.gate.opened.wait()
    if rule.error is not None:
        raise rule.error if isinstance(rule.error, S3guiError) else rule.error()
