"""One small object in a thread: fetched, and proved."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails, Stored
from s3gui.domain.errors import BadAnswer, S3guiError
from s3gui.domain.integrity import CRC32, Digest, Verified, clean_etag, new_hash
from s3gui.domain.origin import Origin
from s3gui.domain.parts import Meter
from s3gui.domain.ports import Session
from s3gui.domain.quick import QuickBody, QuickFetch, QuickGet
from s3gui.domain.text import tr
from s3gui.transfers.downloading.checks import Check, choose, wants_layout
from s3gui.transfers.downloading.problems import object_changed
from s3gui.transfers.downloading.times import mtime_ns
from s3gui.transfers.row import Row
from s3gui.transfers.small_carried import Carried
from s3gui.transfers.small_work import Tried

if TYPE_CHECKING:
    from s3gui.transfers.downloading.small_disk import Piece

#: Of an attempt after which there is nothing but to try again.
_AGAIN = Stored("")


class Fetching(Carried):
    """A row's small object, from its request to its name; see ``Carried``.

    Args:
        row: whose.
        session: that it is fetched over.
        meter: counts, and stops.
        ended: called from a thread when all came, or something else did.
        left: called on the loop, soon, when it was stopped after that, and before the journal knew
            of its file: a disk that hangs is not waited for.
    """

    def __init__(
        self,
        row: Row,
        session: Session,
        meter: Meter,
        ended: Callable[["Fetching"], None],
        left: Callable[["Fetching"], None],
    ) -> None:
        super().__init__(row, session, meter, ended)
        self._left = left
        self.way: QuickGet | None = None
        #: Something is there that may be replaced.
        self.replaces = False
        self.body = QuickBody(None)
        #: What proved it, and how well; ``None``: it takes more than what came with it.
        self.check: Check | None = None
        self.level: Verified | None = None
        self.mtime_ns: int | None = None
        #: All came, and it waits to be written, or is.
        self.has_come = False
        self.is_left = False
        self.piece: Piece | None = None
        self._fetch: QuickFetch | None = None

    @property
    def origin(self) -> Origin:
        """What is read."""
        origin = self.row.transfer.origin
        if origin is None:
            raise AssertionError("a download reads something")
        return origin

    @property
    def details(self) -> ObjectDetails:
        """Of what came."""
        if self.body.details is None:
            raise RuntimeError("nothing came")
        return self.body.details

    @property
    def is_good(self) -> bool:
        """All of it came, and is what the server has."""
        return self.error is None and self.level is not None

    @property
    def descriptor(self) -> int:
        """See there."""
        return self._fetch.descriptor if self._fetch is not None else -1

    def has_line(self) -> bool:
        """See there."""
        return self.way is not None and self.way.has_line()

    def take(self) -> bool:
        """Whether it is the caller's from here on, who is on the loop: it goes into no thread."""
        return self._taken.acquire(blocking=False) and self._ending.acquire(blocking=False)

    def cancel(self, msg: object = None) -> bool:
        """See there."""
        if self.has_come and not self.done():
            if not self.is_left:
                self.is_left = True
                if self.piece is not None:
                    self.piece.leave()
                self.get_loop().call_soon(self._left, self)
            return True
        return super().cancel(msg)

    def _let_go(self) -> None:
        self._fetch = None

    def _depart(self) -> bool:
        if self.meter.stopped or self.way is None:
            raise asyncio.CancelledError
        self._sends = True
        if self.meter.stopped:
            raise asyncio.CancelledError
        self.began = time.perf_counter()
        origin, size = self.origin, self.row.transfer.size
        etag = clean_etag(origin.etag)
        self._fetch = self.way.begin(origin.location, origin.version_id, etag, size, self.meter)
        return self._arrive()

    def _arrive(self) -> bool:
        if self._fetch is None:
            raise RuntimeError("it has not departed")
        body = self._fetch.go_on()
        if body is None:
            return False
        self.took_s = time.perf_counter() - self.began
        self.body = body
        if body.details is not None:
            self._prove(body.details)
        return True

    def _prove(self, details: ObjectDetails) -> None:
        origin, size = self.origin, self.row.transfer.size
        if clean_etag(details.etag) != clean_etag(origin.etag) or details.size != size:
            # A server that does not know If-Match.
            raise object_changed(origin.location)
        if wants_layout(details):
            return
        check = choose(details, None, size, size, has_md5=True)
        if check.is_guess or check.of_parts:
            return
        found = check.found(*_sums(check, self.body.body)) if check.expected else ""
        if found != check.expected:
            raise BadAnswer(tr("The server sent other bytes than those that were asked for"))
        self.check, self.level = check, check.level
        self.mtime_ns = mtime_ns(details)

    def tried(self) -> Tried | None:
        """For ``SingleGet``; ``None``: it begins anew."""
        if self.error is not None:
            return refused(self.error)
        if self.body.raw is None or self.body.details is not None or self.way is None:
            return None
        way, where, answer = self.way, self.origin.location, self.body

        async def explain() -> Stored:
            await way.explain(where, answer)
            return _AGAIN

        return Tried(explain)


def refused(error: S3guiError) -> Tried:
    """What failed so."""

    async def outcome() -> Stored:
        raise error

    return Tried(outcome)


def _sums(check: Check, data: memoryview | bytes) -> tuple[list[tuple[Digest, int]], list[bytes]]:
    """What ``Check.found`` takes."""
    if check.follows:
        sum_ = new_hash(check.follows)
        sum_.update(data)
        return [], [sum_.digest()]
    if check.crc == CRC32:
        digest = Digest(crc32=crc.crc32(data, 0).to_bytes(4, "big"))
    elif check.crc:
        other = crc.Sum(check.crc)
        other.update(data)
        digest = Digest(other=other.digest(), other_name=check.crc)
    else:
        digest = Digest(hashlib.md5(data, usedforsecurity=False).digest())
    return [(digest, len(data))], []
