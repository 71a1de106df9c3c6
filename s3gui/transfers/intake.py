"""What comes into the queue from outside, and what is decided of it there."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import ScanResult, Unread, Wanted
from s3gui.domain.transfer import ACTIVE, Direction, State, Waiting
from s3gui.transfers.content_types import parse_rules
from s3gui.transfers.dispatcher import Dispatcher
from s3gui.transfers.drop import Drop
from s3gui.transfers.drops import Drops
from s3gui.transfers.journal import written
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row, Wish
from s3gui.transfers.scan import absolute, scan

_UNDECIDABLE = frozenset({State.COMPLETED, State.CANCELLED, State.FINISHING})


class Intake:
    """The part of ``TransferQueue`` that takes in rows and the person's decisions about them."""

    _kit: Kit
    _drops: Drops
    _dispatcher: Dispatcher
    _rows: dict[int, Row]

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

        See ``TransferCommands``.

        Raises:
            JournalError: the rows could not be written.
            ValueError: ``where`` is an object, not a prefix; ``as_name`` is for several things.
        """
        drop = Drop(
            profile_id, options or ObjectOptions(), secrets.token_hex(8), if_exists=if_exists
        )
        drop.content_types = (*content_types, *parse_rules(self._kit.settings.content_types))
        drop.part_bytes = part_bytes
        # As they are meant now: the next start may be in another folder.
        drop.paths = tuple(absolute(path) for path in paths)
        drop.where, drop.as_name = where, as_name
        return await self._drops.ask(drop, counted)

    async def measure(self, paths: Sequence[Path], counted: Callable[[int, int], None]) -> None:
        """Walks files and folders off the loop; ``counted`` is told files and bytes so far."""
        files = n_bytes = 0
        async for batch in scan(self._kit.threads, paths, Location("any")):
            files += len(batch.found)
            n_bytes += sum(found.size for found in batch.found)
            counted(files, n_bytes)

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
        """Queues objects, and what is under prefixes, into a folder; see ``TransferCommands``."""
        options = ObjectOptions(customer_key=customer_key)
        drop = Drop(
            *(profile_id, options, secrets.token_hex(8), Direction.DOWNLOAD), if_exists=if_exists
        )
        drop.wanted, drop.have = tuple(dict.fromkeys(wanted)), have or {}
        drop.folder, drop.as_name = folder, as_name
        return await self._drops.ask(drop, counted)

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
        """Queues objects to be copied or moved; see ``TransferCommands``."""
        drop = Drop(
            *(target_profile_id, options or ObjectOptions(), secrets.token_hex(8), Direction.COPY),
            if_exists=if_exists,
            is_move=move,
        )
        drop.wanted, drop.have = tuple(dict.fromkeys(wanted)), have or {}
        drop.source_profile_id, drop.where, drop.exactly = profile_id, target, exactly
        return await self._drops.ask(drop, counted)

    @property
    def unread(self) -> Sequence[Unread]:
        """What is not read to its end, in the order in which it was asked for."""
        return self._drops.unread

    def watch_unread(self, watcher: Callable[[Unread], None]) -> Callable[[], None]:
        """``watcher`` is told what becomes of what an earlier run left; see there."""
        return self._drops.watch(watcher)

    def stop_reading(self, ids: Collection[int] | None = None) -> None:
        """What is not read yet is not wanted any more; see ``TransferCommands``."""
        self._drops.stop(ids)

    async def read_on(
        self,
        id_: int,
        *,
        if_exists: IfExists | None = None,
        customer_key: CustomerKey | None = None,
    ) -> ScanResult:
        """Reads something to its end that an earlier run did not, and that was held.

        Args:
            id_: of ``Unread``.
            if_exists: for what is not queued yet, instead of what was said then.
            customer_key: the key of then (SSE-C); it is in no journal.

        Raises:
            S3guiError: it cannot be read. It is kept where that may pass.
        """
        return await self._drops.take_up(id_, if_exists, customer_key)

    def decide(self, ids: Collection[int], policy: IfExists) -> None:
        """What becomes of rows whose destination is taken; see ``TransferCommands``."""
        rows = [
            row
            for id_ in ids
            if (row := self._rows.get(id_)) and row.transfer.state not in _UNDECIDABLE
        ]
        if not rows:
            return
        for row in rows:
            _follow(row, policy)
        written(self._kit.journal.decided(rows), self._kit.tell)
        for row in rows:
            state = row.transfer.state
            if state is State.SKIPPED or _waits(row):
                self._dispatcher.wish(row, Wish.GO if state is State.PAUSED else Wish.RETRY)

    def give_key(self, ids: Collection[int], key: CustomerKey) -> None:
        """The customer key (SSE-C) of rows that came back without; those that failed go on."""
        for id_ in ids:
            row = self._rows.get(id_)
            if row is None or not row.options.lacks_key:
                continue
            row.options = replace(row.options, customer_key=key)
            if row.transfer.state is State.FAILED:
                self._dispatcher.wish(row, Wish.RETRY)


def _waits(row: Row) -> bool:
    transfer = row.transfer
    return transfer.waiting is Waiting.CONFLICT and transfer.state not in ACTIVE


def _follow(row: Row, policy: IfExists) -> None:
    there = row.transfer.there
    if policy is IfExists.OVERWRITE and _waits(row) and there is not None and there.etag:
        # The person agreed to replace what was shown, and nothing that comes after it.
        row.agreed_etag = there.etag
        return
    if _waits(row) or row.transfer.state is State.SKIPPED or _is_undone(row, policy):
        row.agreed_etag = None
    row.transfer.if_exists = policy


def _is_undone(row: Row, policy: IfExists) -> bool:
    """Whether what another policy agreed to replace is to be decided anew.

    Not while a runner goes by it, and not after a Complete that may be under way. What a person
    agreed to stays so, and of a copy it may be what the row itself made.
    """
    transfer = row.transfer
    stays = transfer.if_exists in {policy, IfExists.ASK}
    is_free = transfer.state not in ACTIVE and not row.completing
    return is_free and not stays and transfer.direction is Direction.UPLOAD
