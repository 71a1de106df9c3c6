"""One directory of the demo storage, open: its rows, its contents, and what serves them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from s3gui.demo import database
from s3gui.demo.body import Line
from s3gui.demo.contents import Contents
from s3gui.demo.listing import Listing
from s3gui.demo.objects import Buckets, Objects
from s3gui.demo.uploads import Uploads
from s3gui.domain.profile import Credentials

_THREADS = 8


@dataclass(frozen=True, slots=True)
class Storage:
    """What the handlers work on."""

    database: sqlite3.Connection
    buckets: Buckets
    contents: Contents
    objects: Objects
    uploads: Uploads
    listing: Listing
    #: For hashes and files.
    pool: ThreadPoolExecutor
    line: Line
    keys: Credentials

    def close(self) -> None:
        """Ends the threads, and marks the directory as left in order."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        database.remember(self.database, "open", "")
        self.database.close()


def open_storage(
    directory: Path,
    keys: Credentials,
    line: Line | None = None,
    patience_s: float = database.PATIENCE_S,
) -> Storage:
    """Opens a directory, or makes it; cleans up after a server that was killed.

    Raises:
        DirectoryBusyError: another server has it open.
        OSError: it cannot be made or written.
        sqlite3.DatabaseError: its database is damaged.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = database.connect(directory, patience_s)
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="blob")
    contents = Contents(directory, connection, pool)
    if database.state(connection, "open"):
        contents.sweep()
    database.remember(connection, "open", "yes")
    buckets = Buckets(connection)
    objects = Objects(connection, buckets, contents)
    return Storage(
        database=connection,
        buckets=buckets,
        contents=contents,
        objects=objects,
        uploads=Uploads(connection, contents, objects),
        listing=Listing(connection),
        pool=pool,
        line=line or Line(),
        keys=keys,
    )
