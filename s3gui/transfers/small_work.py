"""One small file in one thread: opened, read, hashed, sent, looked at again."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from s3gui.domain.conditions import ANYTHING, Condition
from s3gui.domain.entries import Stored
from s3gui.domain.errors import S3guiError
from s3gui.domain.parts import Meter
from s3gui.domain.ports import Session
from s3gui.domain.quick import QuickAnswer, QuickFlight, QuickPut
from s3gui.domain.transfer import FileIdentity
from s3gui.transfers.row import Row
from s3gui.transfers.small_carried import Carried
from s3gui.transfers.source import LocalSource


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt in a thread that is no plain success; ``SinglePut`` goes on from it."""

    #: Says what was stored, or raises what went wrong.
    outcome: Callable[[], Awaitable[Stored]]
    identity: FileIdentity | None = None
    md5: bytes = b""


@dataclass(frozen=True, slots=True)
class Look:
    """What is agreed to about what is at a row's destination, and for how long that holds."""

    condition: Condition = ANYTHING
    #: By ``now``; ``None``: for ever.
    until: float | None = None
    now: Callable[[], float] = time.monotonic

    @property
    def is_fresh(self) -> bool:
        """Whether it speaks for this moment."""
        return self.until is None or self.now() <= self.until


#: Nothing was to be looked for.
NO_LOOK = Look()


class Errand(Carried):
    """One small file: read, and put.

    Args:
        look: what is agreed to about its destination.
        way: how it is put.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        way: QuickPut,
        meter: Meter,
        ended: Callable[["Errand"], None],
        look: Look = NO_LOOK,
    ) -> None:
        super().__init__(row, session, meter, ended)
        self.look = look
        #: Nothing was sent: it is to be looked for once more.
        self.is_stale = False
        self.way = way
        #: What came of it: a plain success, an answer to be explained, an error, or none of them
        #: when it was stopped.
        self.answer: QuickAnswer | None = None
        self.identity: FileIdentity | None = None
        self.md5 = b""
        self._source: LocalSource | None = None
        self._flight: QuickFlight | None = None

    @property
    def is_good(self) -> bool:
        """A plain success of a file that is what it was."""
        return self.error is None and self.answer is not None and self.answer.stored is not None

    @property
    def stored(self) -> Stored:
        """Of a plain success."""
        if self.answer is None or self.answer.stored is None:
            raise RuntimeError("it was none")
        return self.answer.stored

    @property
    def descriptor(self) -> int:
        """See there."""
        return self._flight.descriptor if self._flight is not None else -1

    def has_line(self) -> bool:
        """See there."""
        return self.way.has_line()

    def _let_go(self) -> None:
        if self._source is not None:
            self._source.close()
        self._flight = self._source = None

    def _depart(self) -> bool:
        if self.meter.stopped:
            raise asyncio.CancelledError
        transfer = self.row.transfer
        source = self._source = LocalSource.open(transfer.path)
        self.identity = source.identity
        if source.identity.size != transfer.size:
            return True  # it is another size than the one that made it small
        body = source.read_whole()
        self.md5 = hashlib.md5(body, usedforsecurity=False).digest()
        if not self.look.is_fresh:
            self.is_stale = True
            return True
        self._sends = True
        if self.meter.stopped:
            raise asyncio.CancelledError
        self.began = time.perf_counter()
        key = transfer.location.key
        self._flight = self.way.begin(key, body, md5=self.md5, meter=self.meter)
        return self._arrive()

    def _arrive(self) -> bool:
        if self._flight is None or self._source is None:
            raise RuntimeError("it has not departed")
        answer = self._flight.go_on()
        if answer is None:
            return False
        self.took_s = time.perf_counter() - self.began
        # What was written to while it was read is stored as a mix that its MD5 does not show.
        self._source.check()
        self.answer = answer
        return True

    def tried(self) -> Tried | None:
        """For ``SinglePut``; ``None``: nothing was sent, it begins anew."""
        if self.error is not None:
            return Tried(partial(raised, self.error))
        if self.answer is None:
            return None
        where, size = self.row.transfer.location, self.row.transfer.size
        explain = partial(self.way.explain, where, size, self.answer)
        return Tried(explain, self.identity, self.md5)


async def raised(error: S3guiError) -> Stored:
    """The outcome of what failed."""
    raise error
