"""What the window and the command line may ask of the queue, and what it tells them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import S3guiError
from s3gui.domain.limits import Rates
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Priority
from s3gui.domain.transfer import Direction, Transfer

#: For ``Task.cancel``, by whom a person told to stop what an upload, a download or a copy reads:
#: the rest is not wanted at the next start either.
STOPPED = "stopped by the person"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast something moves, over the last seconds. ``None``: not known yet."""

    bytes_per_s: float | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was dropped, or asked for, and is not moved, and why in words."""

    #: Of a download where it would have gone.
    path: Path
    why: str
    #: Of a download the object.
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to download: an object, or with a prefix (also "") all that is under it."""

    location: Location
    #: Of an object: this version; then a key that ends in ``/`` is an object, too.
    version_id: str | None = None
    #: Bytes of an object as a listing had it; ``None``: HeadObject is asked.
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object that could not keep its name as a file, and why in words."""

    location: Location
    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What became of one drop when its folders were walked to the end."""

    batch: str
    queued: int
    queued_bytes: int
    skipped: tuple[Skipped, ...]
    #: Of a download.
    mapped: tuple[Mapped, ...] = ()
    #: Of a download: objects that are here already, as ``have`` said.
    had: int = 0


class Reading(Enum):
    """What becomes of something that is not read to its end."""

    #: It is left alone until somebody says that it shall go on.
    HELD = "held"
    ON = "on"
    #: For its connection to be opened with keys that are accepted.
    WAITS = "waits"
    #: It is over; ``Unread`` says how.
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was asked for and is not read to its end: folders, or what is under prefixes.

    What of it is not in the list by then survives the end of the program as this.
    """

    id: int
    direction: Direction
    #: The connection of its transfers, and of a copy the one that is read.
    profile_id: str
    source_profile_id: str
    #: What an upload walks.
    paths: tuple[Path, ...]
    #: What a download or a copy lists.
    wanted: tuple[Wanted, ...]
    #: Where an upload or a copy goes.
    where: Location
    #: Where a download goes.
    folder: Path
    as_name: str
    exactly: bool
    is_move: bool
    #: Files or objects that are in the list so far.
    queued: int
    queued_bytes: int
    reading: Reading
    #: What became of all of it, when it is over.
    result: ScanResult | None = None
    #: Why it could not be read.
    error: S3guiError | None = None


class QueueObserver(Protocol):
    """Called on the loop, in the order things happen; must not block and must not raise."""

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """New rows, at the end of the order."""

    def transfer_changed(self, transfer: Transfer) -> None:
        """State, waiting reason, error or plan of one row; never byte counts: sample those."""

    def transfers_removed(self, ids: Collection[int]) -> None:
        """Rows that are no more."""

    def order_changed(self) -> None:
        """``TransferCommands.transfers`` has another order."""

    def queue_problem(self, error: S3guiError) -> None:
        """Something that belongs to no row: the journal, an upload that could not be aborted."""


class TransferCommands(Protocol):
    """The queue, as its users see it.

    The commands return at once and take any ids, those that cannot follow are left alone. The last
    command for a row wins. What was asked is durable when the row's state shows it.
    """

    @property
    def transfers(self) -> Sequence[Transfer]:
        """All rows in the person's order; not to be changed."""

    def watch(self, observer: QueueObserver) -> Callable[[], None]:
        """Starts telling ``observer``; what is returned ends it."""

    async def upload(
        self,
        profile_id: str,
        where: Location,
        paths: Sequence[Path],
        options: ObjectOptions | None = None,
        *,
        if_exists: IfExists = IfExists.OVERWRITE,
        content_types: Sequence[tuple[str, str]] = (),
        part_bytes: int = 0,
        as_name: str = "",
        counted: Callable[[int, int], None] | None = None,
    ) -> ScanResult:
        """Queues files, and folders with all that is in them, under a prefix.

        Folders are walked off the loop and rows come while the walk goes on; returns at its end.
        Cancelling stops the walk and keeps the rows that are there; the next start walks on, unless
        it was cancelled with ``STOPPED``. That is so of ``download`` and ``copy``, too.

        Args:
            profile_id: the connection.
            where: the prefix.
            paths: files and folders.
            options: what the objects are made with.
            if_exists: what becomes of a file whose key is taken.
            content_types: masks and types; they go before those of the settings.
            part_bytes: of a part; 0: the setting's.
            as_name: the object's, or the prefix's, name instead, if only one thing is wanted.
            counted: called with the files and bytes that are queued so far.

        Raises:
            ValueError: ``where`` is no prefix, or ``as_name`` is for several things.
        """

    async def measure(self, paths: Sequence[Path], counted: Callable[[int, int], None]) -> None:
        """Walks files and folders off the loop; ``counted`` is told files and bytes so far."""

    def decide(self, ids: Collection[int], policy: IfExists) -> None:
        """What becomes of rows whose destination is taken; those that wait for it go on.

        Rows that have not got so far do as it says when they do. ``OVERWRITE`` of a row that shows
        what is there is about that alone: it asks again if something else is there by then.
        """

    def give_key(self, ids: Collection[int], key: CustomerKey) -> None:
        """The customer key (SSE-C) of rows that came back without; those that failed go on."""

    async def download(
        self,
        profile_id: str,
        wanted: Sequence[Wanted],
        folder: Path,
        *,
        as_name: str = "",
        if_exists: IfExists = IfExists.ASK,
        customer_key: CustomerKey | None = None,
        counted: Callable[[int, int], None] | None = None,
        have: Mapping[Location, str] | None = None,
    ) -> ScanResult:
        """Queues objects, and what is under prefixes, into a folder that is there.

        ``a/b/file`` becomes ``folder/file``, what is under ``a/b/`` goes to ``folder/b/``, a whole
        bucket to a folder of its name. A prefix is listed to its end before its rows come; folders
        are made then, too. Cancelling queues nothing more and keeps the rows that are there.

        Args:
            profile_id: the connection.
            wanted: what.
            folder: where to.
            as_name: the file's, or the folder's, name instead, if only one thing is wanted.
            if_exists: what is done about files that are there already.
            customer_key: what the objects are encrypted with (SSE-C); kept in memory only.
            counted: told how many objects and bytes were found so far.
            have: objects that are left out if they still have this ETag.

        Raises:
            S3guiError: it cannot be listed, the list is incomplete (code ``IncompleteList``;
                nothing is queued then), or the folder cannot be used.
            ValueError: ``as_name`` is no name, or is for several things.
        """

    async def copy(
        self,
        profile_id: str,
        wanted: Sequence[Wanted],
        target_profile_id: str,
        target: Location,
        *,
        exactly: bool = False,
        move: bool = False,
        if_exists: IfExists = IfExists.ASK,
        options: ObjectOptions | None = None,
        counted: Callable[[int, int], None] | None = None,
        have: Mapping[Location, str] | None = None,
    ) -> ScanResult:
        """Queues objects, and what is under prefixes, to be copied or moved.

        ``a/b/file`` goes to ``target`` + ``file``, what is under ``a/b/`` to ``target`` + ``b/``, a
        whole bucket to a prefix of its name; with ``exactly`` the one thing becomes ``target``
        itself, which is how things are renamed: an object the key, a prefix the prefix, the content
        of a bucket what is under it. Within a connection the bytes stay on the server, between two
        they go through this machine. A prefix is listed to its end before its rows come.

        Args:
            profile_id: the connection of what is copied.
            wanted: what.
            target_profile_id: the connection that it goes to.
            target: a prefix; with ``exactly`` the key or the prefix itself.
            exactly: see above.
            move: what was copied and proved is deleted where it was.
            if_exists: what becomes of an object whose key is taken.
            options: what is to be otherwise than at the source; what is empty is kept. A customer
                key (SSE-C) is for both sides.
            counted: told how many objects and bytes were found so far.
            have: objects that are left out if they still have this ETag.

        Raises:
            S3guiError: it cannot be listed; the list is incomplete (code ``IncompleteList``);
                something would go to where it is (``SamePlace``), or into itself (``IntoItself``).
                Nothing is queued then.
            ValueError: ``target`` is no prefix, or with ``exactly`` is not of the kind of the one
                thing, or there are several.
        """

    def pause(self, ids: Collection[int]) -> None:
        """No further byte leaves; confirmed parts and upload ids are kept."""

    def resume(self, ids: Collection[int]) -> None:
        """Paused rows take their place in the queue again."""

    def retry(self, ids: Collection[int]) -> None:
        """Failed and cancelled rows take their place again, with the parts that are kept."""

    def retry_part(self, id_: int, number: int) -> None:
        """Tries one part again: now, if it waits for that, else with its failed or cancelled row.

        Args:
            id_: the row's.
            number: the part's, from 1.
        """

    def abort(self, ids: Collection[int], *, keep_parts: bool) -> None:
        """Cancels rows. Without ``keep_parts`` what was sent is removed from the server."""

    async def still_to_abort(self) -> int:
        """Uploads that were given up and that the server has not confirmed to be gone.

        They are aborted as their connections are open, at the latest at the next start.

        Raises:
            JournalError: it cannot be read.
        """

    def remove(self, ids: Collection[int]) -> None:
        """Takes ended rows off the list (completed; failed or cancelled without kept parts)."""

    def move(self, ids: Collection[int], steps: int) -> None:
        """Moves rows up (negative) or down in the order, keeping their order among themselves."""

    @property
    def unread(self) -> Sequence[Unread]:
        """What is not read to its end, in the order in which it was asked for."""

    def watch_unread(self, watcher: Callable[[Unread], None]) -> Callable[[], None]:
        """``watcher`` is told what becomes of what an earlier run did not read to its end.

        When it is read on, now and then while it is, when it waits, and when it is over; what is
        returned ends it.
        """

    def stop_reading(self, ids: Collection[int] | None = None) -> None:
        """What is not read yet is not wanted any more; the rows that are there stay.

        Args:
            ids: of ``Unread``; ``None``: all, also what this run reads.
        """

    def prioritise(self, ids: Collection[int], priority: Priority) -> None:
        """Rows of a higher priority start first; what runs goes on."""

    def rate_of(self, transfer: Transfer) -> Rate:
        """Speed and time left of one row."""

    def rate(self) -> Rate:
        """Speed and time left of all rows together."""

    @property
    def limits(self) -> Rates:
        """The limits in force now, in bytes a second of all transfers together."""

    def watch_limits(self, watcher: Callable[[Rates], None]) -> Callable[[], None]:
        """``watcher`` is told when other limits are in force; what is returned ends it."""
