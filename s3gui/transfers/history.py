"""What was finished and taken off the list: searched, paged, deleted, kept within bounds.

Questions go over a connection of their own that can only read, in a thread: neither the journal's
writer nor the loop waits for a search through a hundred thousand rows.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import JournalError
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr
from s3gui.transfers import history_store as store
from s3gui.transfers.history_store import Mark, Page, Search
from s3gui.transfers.journal import Journal

T = TypeVar("T")
#: Rows of one page.
PAGE_ROWS = 200
#: Rows that are read, or deleted, at once where there are many.
_CHUNK = 500
#: No word, no time, both ways.
EVERYTHING = Search()
_END: Mark = (float("inf"), 0)


class History:
    """The history of one journal, which has to be open."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def page(
        self, search: Search = EVERYTHING, after: Mark | None = None, most: int = PAGE_ROWS
    ) -> Page:
        """Rows that are wanted, newest first; ``after`` is the ``end`` of the page before.

        Raises:
            JournalError: the journal cannot be read.
        """
        return await self._ask(lambda database: store.page(database, search, after, most))

    async def count(self, search: Search = EVERYTHING) -> int:
        """How many rows are wanted.

        Raises:
            JournalError: the journal cannot be read.
        """
        return await self._ask(lambda database: store.count(database, search))

    async def finished(self) -> AsyncIterator[Receipt]:
        """All that was completed, on the list or not, in the order of their ids.

        Raises:
            JournalError: the journal cannot be read.
        """
        last = -1
        while some := await self._ask(partial(store.all_after, after=last, most=_CHUNK)):
            for receipt in some:
                yield receipt
            last = some[-1].id

    async def receipts(self, ids: Collection[int]) -> AsyncIterator[Receipt]:
        """The finished ones among these, on the list or not, in the order of their ids.

        Raises:
            JournalError: the journal cannot be read.
        """
        wanted = sorted(ids)
        for first in range(0, len(wanted), _CHUNK):
            some = wanted[first : first + _CHUNK]
            found = await self._ask(partial(store.by_ids, ids=some))
            for receipt in sorted(found, key=lambda one: one.id):
                yield receipt

    async def made_with(self, ids: Collection[int]) -> dict[int, tuple[ObjectOptions, int]]:
        """What finished transfers were made with, and the bytes of a part that were asked for.

        0 bytes: what the settings said. Those that are in the history no more are left out.

        Raises:
            JournalError: the journal cannot be read.
        """
        made: dict[int, tuple[ObjectOptions, int]] = {}
        wanted = sorted(ids)
        for first in range(0, len(wanted), _CHUNK):
            some = wanted[first : first + _CHUNK]
            made |= await self._ask(partial(store.made_with, ids=some))
        return made

    async def batch(self, batch: str) -> AsyncIterator[Receipt]:
        """The finished ones of a batch, on the list or not, in the order of their ids.

        Raises:
            JournalError: the journal cannot be read.
        """
        last = -1
        while some := await self._ask(
            partial(store.of_batch, batch=batch, after=last, most=_CHUNK)
        ):
            for receipt in some:
                yield receipt
            last = some[-1].id

    async def delete(self, before: datetime | None = None) -> int:
        """Deletes the history, or what was finished before a moment; says how many rows.

        Only the record goes; objects and files stay. Rows on the list stay too.

        Raises:
            JournalError: the journal cannot be written.
        """
        return await self._forget(_END if before is None else (before.timestamp(), 0))

    async def trim(self, newest: int) -> int:
        """Keeps this many rows at most, the newest ones; says how many it deleted.

        Raises:
            JournalError: the journal cannot be written.
        """
        mark = await self._ask(lambda database: store.mark_beyond(database, newest))
        return 0 if mark is None else await self._forget(mark)

    async def _forget(self, up_to: Mark) -> int:
        total = 0
        # In pieces: parts that are confirmed meanwhile have to get into the journal, too.
        while gone := await self._journal.forget_history(up_to, _CHUNK):
            total += gone
        return total

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        # What was asked of the journal before is in the file when this is carried out.
        await self._journal.read(lambda _database: None)
        asking = _Question(self._journal.path, question)
        try:
            return await asyncio.to_thread(asking.run)
        except asyncio.CancelledError:
            asking.stop()
            raise
        except sqlite3.Error as error:
            raise JournalError(
                tr("The history cannot be read"), str(error), code="History"
            ) from error


class _Question(Generic[T]):
    """One question in a thread; ``stop`` ends it early."""

    def __init__(self, path: Path, question: Callable[[sqlite3.Connection], T]) -> None:
        self._path = path
        self._question = question
        self._database: sqlite3.Connection | None = None
        self._stopped = False

    def run(self) -> T:
        """Opens, asks, closes.

        Raises:
            sqlite3.Error: it cannot be read, or was stopped.
        """
        place = f"{self._path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(place, uri=True, check_same_thread=False)) as database:
            self._database = database
            if self._stopped:
                raise sqlite3.OperationalError("interrupted")
            try:
                return self._question(database)
            finally:
                self._database = None

    def stop(self) -> None:
        """May be called from any thread."""
        self._stopped = True
        if (database := self._database) is not None:
            database.interrupt()
