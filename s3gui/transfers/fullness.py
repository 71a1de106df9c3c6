"""Full disks: looked at again and again while something waits for room, which then goes on."""

import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress

from s3gui.domain.errors import JournalError
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.blocks import Spawn
from s3gui.transfers.disks import working_at
from s3gui.transfers.kit import Kit
from s3gui.transfers.order import disk_of
from s3gui.transfers.row import Row, Wish

_log = logging.getLogger(__name__)
#: Between two looks, in seconds.
LOOK_S = 30.0
#: What goes on when there is room; the journal's disk is not a row's own.
_WISHES = {State.PAUSED: Wish.GO, State.FAILED: Wish.RETRY}


class Fullness:
    """Owned by the dispatcher. Nothing runs here while nothing waits for room.

    Args:
        spawn: runs something beside the queue, until it ends or the queue does.
        wish: has a row go on.
        go_on: the journal can be written again.
    """

    def __init__(
        self,
        kit: Kit,
        spawn: Spawn,
        wish: Callable[[Row, Wish], None],
        go_on: Callable[[], None],
    ) -> None:
        self._kit = kit
        self._spawn = spawn
        self._wish = wish
        self._go_on = go_on
        self._rows: dict[int, Row] = {}
        #: Rows that were told to go on, and may have found the disk full once more.
        self._tried: set[int] = set()
        self._journal_fails = False
        self._is_looking = False
        self._is_closed = False

    def close(self) -> None:
        """Nothing is looked at any more, whatever comes to rest or fails from here on."""
        self._is_closed = True

    def journal_fails(self) -> None:
        """The journal could not be written; nothing starts before it can."""
        self._journal_fails = True
        self._begin()

    def rests(self, row: Row) -> None:
        """A row has come to rest; maybe for want of room."""
        if _waits(row):
            self._rows[row.id] = row
            self._begin()

    def _begin(self) -> None:
        if not (self._is_looking or self._is_closed):
            self._is_looking = True
            self._spawn(self._look(), "transfers: full disks")

    async def _look(self) -> None:
        try:
            while self._journal_fails or self._rows:
                await self._kit.clock.sleep(LOOK_S)
                if self._journal_fails and await self._journal_works():
                    self._journal_fails = False
                    self._go_on()
                if not self._journal_fails:
                    await self._let_go_on()
        finally:
            self._is_looking = False

    async def _journal_works(self) -> bool:
        try:
            await self._kit.journal.read(_write)
        except JournalError as error:
            _log.info("the journal still cannot be written: %s", error.code)
            return False
        return True

    async def _let_go_on(self) -> None:
        waiting = {id_: row for id_, row in self._rows.items() if _waits(row) and row.wish is None}
        again = self._tried & waiting.keys()
        self._rows, self._tried = waiting, set()
        room: dict[str, float] = {}
        for row in sorted(waiting.values(), key=lambda item: (item.transfer.rank, item.id)):
            disk = disk_of(row)
            if disk not in room:
                room[disk] = await self._free_bytes(row)
            lacks = await self._lacking_bytes(row)
            if room[disk] < lacks or not _waits(row):
                continue
            # What the system calls free may be for others (quotas): then one tries for all.
            room[disk] = -1.0 if again else room[disk] - lacks
            self._tried.add(row.id)
            self._wish(row, _WISHES[row.transfer.state])

    async def _free_bytes(self, row: Row) -> float:
        """Of the disk that a row's file is on; no end of it where it was the journal's."""
        if not row.transfer.error or row.transfer.error.code != "DiskFull":
            return float("inf")
        with working_at(row.transfer.path):
            return await self._kit.threads.disk(free_bytes, row)

    async def _lacking_bytes(self, row: Row) -> int:
        with working_at(row.transfer.path):
            held = await self._kit.threads.disk(_held_bytes, row)
        return max(0, row.transfer.size - held)


def free_bytes(row: Row) -> int:
    """What the disk of a row's file has left, 0 where that cannot be told. Blocks."""
    with suppress(OSError):
        return shutil.disk_usage(row.transfer.path.parent).free
    return 0


def _held_bytes(row: Row) -> int:
    """What the row's file holds of the disk already. Blocks."""
    with suppress(OSError):
        if row.part_path is not None:
            # Of what POSIX counts in blocks of 512 bytes; elsewhere all of it is reserved.
            facts = row.part_path.stat()
            return int(getattr(facts, "st_blocks", facts.st_size // 512)) * 512
    return 0


def _waits(row: Row) -> bool:
    transfer = row.transfer
    is_listed = transfer.observer is not None
    return is_listed and transfer.waiting is Waiting.DISK_FULL and transfer.state in _WISHES


def _write(database: sqlite3.Connection) -> None:
    """Takes room, and gives it back."""
    database.execute("CREATE TABLE room(bytes BLOB)")
    database.execute("INSERT INTO room VALUES(zeroblob(65536))")
    database.execute("DROP TABLE room")
