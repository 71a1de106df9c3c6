"""What is at the destinations of small files: one listing for hundreds, not a HEAD for each.

Whoever may replace nothing unasked looks before it sends. Where nothing is, what was agreed is
journaled for all of them together, and each goes out under ``If-None-Match``; nobody relies on a
look that is older than ``Look`` allows. The rest is the runners': what is there is theirs to decide
about, and what no list tells is theirs to look at.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from s3gui.domain.conditions import ANYTHING, NOTHING_THERE, Condition, Write
from s3gui.domain.entries import ObjectDetails, ObjectEntry
from s3gui.domain.errors import S3guiError
from s3gui.domain.existing import Remark
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.transfers.journal import unbroken
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row
from s3gui.transfers.small_work import Look

_log = logging.getLogger(__name__)
#: A look that is older, in seconds, does not speak for the moment of writing; as ``Guard``.
FRESH_S = 1.0
#: Rows of one look at most; fewer where they are not sent while it is fresh.
_MOST = 512
_LEAST = 32
#: Fewer than these look each for itself: a list may have to name much that is not asked for.
_FEW = 8
#: With so many in line a look is worth its request while others are still being sent.
_ENOUGH = 128
#: A page holds the loop for as long as it takes to read it: ten milliseconds.
_A_PAGE = 250
#: A place may hold a million others between two names that are asked for.
_MOST_PAGES = 8
#: Rows between two turns of the loop.
_A_TURN = 64
#: What a row has as its task while it waits here.
Standing = asyncio.Future[None]
Waiting = tuple[Row, Standing]


def needs_look(row: Row) -> bool:
    """Whether it may replace nothing unasked."""
    return row.agreed_etag is not None or row.transfer.if_exists is not IfExists.OVERWRITE


def remarks_of(row: Row, session: Session) -> tuple[Remark, ...]:
    """How sure it is that nothing else was replaced by what was sent; as ``Guard.written``."""
    if row.agreed_etag is None:
        return ()
    kept = session.conditions.of(row.transfer.location.bucket, Write.PUT, NOTHING_THERE)
    return () if kept else (Remark.LOOKED if kept is False else Remark.UNPROVED,)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one listing told of some keys. Those that are in neither it did not come to."""

    free: set[str]
    taken: dict[str, ObjectEntry]


async def see(session: Session, bucket: str, keys: Collection[str]) -> Seen:
    """Lists what is at the keys of a bucket.

    It is in the order of the characters of keys (Amazon S3, *ListObjectsV2*); of one that is not,
    only the end tells what is not there.

    Raises:
        S3guiError: it cannot be listed.
    """
    free, taken = set(keys), dict[str, ObjectEntry]()
    first, last = min(keys), max(keys)
    behind, in_order, pages = "", True, 0
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    where = Location(bucket, "".join(one for one, _ in alike))
    # What comes before the first one may be many; of what begins as it does, few are not its like.
    pages_of = session.listing.pages(where, recursive=True, page_size=_A_PAGE, after=first[:-1])
    async for page in pages_of:
        if page.invalid or page.incomplete:
            return Seen(set(), taken)
        for entry in page.objects:
            in_order = in_order and entry.key > behind
            behind = entry.key
            if behind in free:
                free.discard(behind)
                taken[behind] = entry
        pages += 1
        if page.last or (in_order and behind >= last):
            return Seen(free, taken)
        if pages == _MOST_PAGES:
            break
    return Seen({key for key in free if in_order and key <= behind}, taken)


class Lookout:
    """One connection's rows that have to be looked for. Everything here is on the loop.

    Args:
        kit: what runners work with.
        session: of the connection, while it is open.
        is_idle: whether what was looked for is sent, or nearly.
        prepare: finds out how objects like a row's are put with a condition.
        send: takes a row that may be sent for as long as a look holds.
        go_on: gives a row to a runner of its own.
        finished: tells that nobody works on a row any more.
    """

    def __init__(
        self,
        kit: Kit,
        session: Callable[[], Session | None],
        is_idle: Callable[[], bool],
        prepare: Callable[[Row, Session, Condition], Awaitable[None]],
        send: Callable[[Row, Session, Look], None],
        go_on: Callable[[Row], None],
        finished: Callable[[Row, Standing], None],
    ) -> None:
        self._kit = kit
        self._session = session
        self._is_idle = is_idle
        self._prepare = prepare
        self._send = send
        self._go_on = go_on
        self._finished = finished
        self._line: deque[Waiting] = deque()
        #: Those that are the runners', as many at once as others may run.
        self._beside: deque[Waiting] = deque()
        self._running: set[Row] = set()
        #: Rows that were not sent in time once.
        self._again: set[Row] = set()
        self._most = _MOST
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def line_up(self, row: Row) -> None:
        """Takes a row in; ``Row.stop`` takes it out again."""
        self._line.append((row, self._stand(row)))

    def line_up_again(self, row: Row) -> None:
        """A row that was not sent while the look was fresh."""
        self._most = max(_LEAST, self._most // 2)
        if row not in self._again:
            self._again.add(row)
            self.line_up(row)
            return
        # A list, or the journal, takes longer than it is good for: this one looks for itself.
        self._beside.append((row, self._stand(row)))
        self._hand_over()

    def look(self) -> None:
        """Begins a look if it is time for one."""
        if self._closed or self._looking is not None or not self._line:
            return
        if len(self._line) >= _ENOUGH or (not self._beside and self._is_idle()):
            loop = asyncio.get_running_loop()
            self._looking = loop.create_task(self._look(), name="small files: look")

    def left(self, row: Row) -> None:
        """Nobody works on a row any more."""
        self._again.discard(row)
        if row in self._running:
            self._running.discard(row)
            self._hand_over()

    def close(self) -> None:
        """Nothing is looked for any more."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()

    def _stand(self, row: Row) -> Standing:
        standing: Standing = asyncio.get_running_loop().create_future()
        row.task = standing
        standing.add_done_callback(partial(self._stood, row))
        return standing

    def _stood(self, row: Row, standing: Standing) -> None:
        if standing.cancelled():
            self._finished(row, standing)

    async def _look(self) -> None:
        group = self._group()
        try:
            await self._go(group)
        except S3guiError as error:
            # Whatever stands in the way is met by the runner as well, which knows what to do.
            _log.info("%d small files look each for itself: %s", len(group), error.code)
        except Exception:  # noqa: BLE001  the last net: the runners meet it row by row
            _log.exception("small files look each for itself")
        finally:
            self._looking = None
            self._beside += [one for one in group if not one[1].done()]
            self._hand_over()

    def _group(self) -> list[Waiting]:
        """The next rows of one bucket."""
        group: list[Waiting] = []
        while self._line and len(group) < self._most:
            row, standing = self._line[0]
            if group and _bucket(row) != _bucket(group[0][0]):
                break
            self._line.popleft()
            if not standing.done():
                group.append((row, standing))
        return group

    async def _go(self, group: Sequence[Waiting]) -> None:
        """Looks for the rows of a group, and sends those that may be sent."""
        session = self._session()
        if session is None or len(group) < _FEW:
            return
        bucket, at = _bucket(group[0][0]), self._kit.clock.monotonic()
        kept = session.conditions.of(bucket, Write.PUT, NOTHING_THERE)
        free = await self._free(session, group, is_kept=bool(kept))
        good = [one for one in group if _key(one[0]) in free and not one[1].done()]
        await self._agree([row for row, _ in good])
        # A condition that is kept needs no look at all.
        look = Look(
            ANYTHING if kept is False else NOTHING_THERE,
            None if kept else at + FRESH_S,
            self._kit.clock.monotonic,
        )
        for number, (row, standing) in enumerate(good):
            await self._prepare(row, session, look.condition)
            if not number % _A_TURN:
                await asyncio.sleep(0)
            if not standing.done():
                standing.set_result(None)
                self._send(row, session, look)
        self._most = min(_MOST, self._most + _LEAST)

    async def _free(self, session: Session, group: Sequence[Waiting], *, is_kept: bool) -> set[str]:
        keys, at = {_key(row) for row, _ in group}, self._kit.clock.monotonic()
        try:
            seen = await see(session, _bucket(group[0][0]), keys)
        except S3guiError:
            if not is_kept:
                raise
            return keys
        for row, _ in group:
            if (entry := seen.taken.get(_key(row))) is not None:
                where = row.transfer.location
                row.listed = at, ObjectDetails(where, entry.size, entry.etag, entry.modified)
        # What the list did not come to, the server tells when it refuses the write.
        return keys - seen.taken.keys() if is_kept else seen.free

    async def _agree(self, rows: Sequence[Row]) -> None:
        """As ``Guard``: after a kill it is known that what is there then is not what was there."""
        new = [row for row in rows if row.agreed_etag is None]
        for row in new:
            row.agreed_etag = ""
        written = self._kit.journal.decided(new)
        try:
            await unbroken(written)
        finally:
            if written.exception() is not None:
                for row in new:
                    # Unless somebody decided otherwise meanwhile.
                    row.agreed_etag = row.agreed_etag or None

    def _hand_over(self) -> None:
        """Gives rows to runners, and no more at once than others may run."""
        while self._beside and len(self._running) < self._kit.settings.files_in_flight:
            row, standing = self._beside.popleft()
            if not standing.done():
                self._running.add(row)
                standing.set_result(None)
                self._go_on(row)
        self.look()


def _bucket(row: Row) -> str:
    return row.transfer.location.bucket


def _key(row: Row) -> str:
    return row.transfer.location.key
