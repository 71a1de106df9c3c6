"""One thread that owns an SQLite file: what waits is committed together, then answered."""

import asyncio
import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from s3gui.domain.errors import JournalError
from s3gui.domain.text import tr
from s3gui.transfers import schema
from s3gui.transfers.damage import is_damage

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]
_log = logging.getLogger(__name__)
#: Operations in one transaction at most.
_TOGETHER = 1000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=1",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
)


class _Damaged(Exception):
    """The file is not a whole journal."""


@dataclass(slots=True)
class _Waiting:
    operation: Operation[Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the database from ``open`` to ``close``, by a lock that the kernel frees with us.

    ``submit`` may be called from the loop only; operations are carried out in the order of the
    calls. An operation that fails is undone alone; a commit that fails, fails all that were in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock_file: int | None = None
        #: Where a damaged file was moved to, if one was found.
        self.moved_aside: Path | None = None
        self._is_of_no_use = False

    async def open(self) -> None:
        """Takes the lock, checks the file, makes or migrates the tables.

        Raises:
            JournalError: another process has it, it is of a newer s3gui, it cannot be written.
        """
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(
            target=self._work, args=(loop, ready), name="s3gui-journal", daemon=True
        )
        self._thread.start()
        await asyncio.shield(ready)

    def submit(self, operation: Operation[T]) -> "asyncio.Future[T]":
        """Queues an operation; the future is done when it is on the disk.

        Raises (through the future):
            JournalError: it could not be written.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._thread is None:
            future.set_exception(_cannot(sqlite3.ProgrammingError("closed")))
        else:
            self._waiting.put(_Waiting(operation, future))
        return future

    async def close(self) -> None:
        """Carries out what waits, folds the log into the file, frees the lock."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._waiting.put(None)
        await asyncio.get_running_loop().run_in_executor(None, thread.join)

    async def begin_anew(self) -> None:
        """Moves the file aside, whatever is in it, and goes on with a new one.

        Raises:
            JournalError: another process took it meanwhile, or it cannot be written.
        """
        await self.close()
        self._is_of_no_use = True
        await self.open()

    # From here on: in the thread.

    def _work(self, loop: asyncio.AbstractEventLoop, ready: "asyncio.Future[None]") -> None:
        try:
            database = self._start()
        except BaseException as error:  # noqa: BLE001  it is raised where open() waits
            self._unlock()
            failure = error if isinstance(error, JournalError) else _cannot(error)
            _tell(loop, lambda: _fail(ready, failure))
            return
        _tell(loop, lambda: _succeed(ready))
        try:
            while self._together(database, loop):
                pass
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            _log.exception("the journal was not folded; the next start does it")
        finally:
            database.close()
            self._unlock()

    def _together(self, database: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> bool:
        """One transaction with all that waits. False when it is time to end."""
        items: list[_Waiting] = []
        item = self._waiting.get()
        while item is not None:
            items.append(item)
            if len(items) == _TOGETHER or self._waiting.empty():
                break
            item = self._waiting.get()
        if items:
            _carry_out(database, items)
            _tell(loop, lambda: _answer(items))
        return item is not None

    def _start(self) -> sqlite3.Connection:
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock()
        if self._is_of_no_use:
            self._is_of_no_use = False
            self._move_aside()
        # SQLite gives -wal and -shm the mode of the file.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        if sys.platform != "win32":
            self._path.chmod(0o600)
        try:
            return self._connect()
        except _Damaged:
            self._move_aside()
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, isolation_level=None)
        try:
            _prepare(database)
        except sqlite3.DatabaseError as error:
            database.close()
            if is_damage(str(getattr(error, "sqlite_errorname", ""))):
                raise _Damaged from error
            raise
        except BaseException:
            database.close()
            raise
        return database

    def _move_aside(self) -> None:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = self._path.with_name(f"{self._path.name}.corrupt-{stamp}")
        count = 1
        while aside.exists():
            count += 1
            aside = self._path.with_name(f"{self._path.name}.corrupt-{stamp}-{count}")
        self._path.rename(aside)
        for suffix in ("-wal", "-shm"):
            beside = self._path.with_name(self._path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self.moved_aside = aside
        _log.error("the journal was damaged and is now %s", aside)

    def _lock(self) -> None:
        # Not the database itself: closing any descriptor of it would drop SQLite's own locks.
        flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
        self._lock_file = os.open(self._path.with_name(self._path.name + ".lock"), flags, 0o600)
        try:
            _lock_whole(self._lock_file)
        except OSError as error:
            raise JournalError(
                tr("The list of transfers is in use"),
                tr("Another s3gui works with {folder}.").format(folder=self._path.parent),
                tr("Use that window, close it first, or name another folder with --state-dir."),
                code="JournalInUse",
            ) from error

    def _unlock(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


if sys.platform == "win32":
    import msvcrt

    def _lock_whole(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_whole(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _prepare(database: sqlite3.Connection) -> None:
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    ours = int(database.execute("PRAGMA application_id").fetchone()[0])
    tables = int(database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if tables and ours != schema.APPLICATION_ID:
        raise _Damaged
    if version > schema.VERSION:
        raise JournalError(
            tr("The list of transfers was written by a newer s3gui"),
            tr("Its format is {found}, this program knows {known}.").format(
                found=version, known=schema.VERSION
            ),
            tr("Start the newer s3gui, or name another folder with --state-dir."),
            code="JournalNewer",
        )
    for pragma in _PRAGMAS:
        database.execute(pragma)
    if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _Damaged
    _migrate(database, version if tables else 0)


def _migrate(database: sqlite3.Connection, version: int) -> None:
    if version == schema.VERSION:
        return
    steps = [schema.TABLES] if not version else []
    steps += [schema.MIGRATIONS[step] for step in range(version, schema.VERSION) if version]
    # Else a table that is made anew would take its parts with it (SQLite, *ALTER TABLE*, 7).
    database.execute("PRAGMA foreign_keys=OFF")
    database.executescript(
        "BEGIN IMMEDIATE;"
        + ";".join(steps)
        + f";PRAGMA application_id={schema.APPLICATION_ID};PRAGMA user_version={schema.VERSION};"
        + "COMMIT;"
    )
    database.execute("PRAGMA foreign_keys=ON")


def _carry_out(database: sqlite3.Connection, items: list[_Waiting]) -> None:
    try:
        database.execute("BEGIN IMMEDIATE")
        for item in items:
            _one(database, item)
        database.execute("COMMIT")
    except sqlite3.Error as error:
        _log.exception("the journal could not be written")
        if database.in_transaction:
            database.execute("ROLLBACK")
        for item in items:
            item.error = _cannot(error)


def _one(database: sqlite3.Connection, item: _Waiting) -> None:
    database.execute("SAVEPOINT one")
    try:
        item.result = item.operation(database)
    except Exception as error:
        # A full disk or an I/O error takes the whole transaction, and the savepoint, with it.
        if not database.in_transaction:
            raise
        database.execute("ROLLBACK TO one")
        item.error = _cannot(error) if isinstance(error, sqlite3.Error) else error
    database.execute("RELEASE one")


def _answer(items: list[_Waiting]) -> None:
    for item in items:
        if item.future.done():
            continue
        if item.error is not None:
            item.future.set_exception(item.error)
        else:
            item.future.set_result(item.result)


def _succeed(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: "asyncio.Future[None]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        # The loop is closed: nobody waits for the answer any more, what was written stays.
        _log.warning("the journal answered after the loop had ended")


def _cannot(error: BaseException) -> JournalError:
    return JournalError(
        tr("The list of transfers cannot be written"),
        str(error),
        tr("Check that the disk is not full and that you may write to s3gui's folder."),
        code=str(getattr(error, "sqlite_errorname", "")) or "Journal",
    )
