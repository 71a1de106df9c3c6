"""A queue that only notes what it is asked for."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import S3guiError
from s3gui.domain.limits import NO_LIMIT, Rates
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import (
    Mapped,
    QueueObserver,
    Rate,
    ScanResult,
    Skipped,
    Unread,
    Wanted,
)
from s3gui.domain.transfer import Transfer


class FakeQueue:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.transfers: list[Transfer] = []
        self.uploads: list[tuple[str, Location, list[Path]]] = []
        #: What each of them was asked for with.
        self.how: list[dict[str, Any]] = []
        self.keys: list[tuple[list[int], CustomerKey]] = []
        self.decided: list[tuple[list[int], IfExists]] = []
        self.skipped: tuple[Skipped, ...] = ()
        self.mapped: tuple[Mapped, ...] = ()
        #: Downloads and copies, as they were asked for.
        self.asked: list[tuple[Any, ...]] = []
        #: What they end with, and what they wait for.
        self.refusal: S3guiError | None = None
        self.gate: asyncio.Event | None = None
        self.observers: list[QueueObserver] = []
        self.limits = NO_LIMIT
        self.limit_watchers: list[Callable[[Rates], None]] = []
        self.unread_watchers: list[Callable[[Unread], None]] = []
        #: What is not wanted any more, and what downloads were cancelled with.
        self.left_out: list[Collection[int] | None] = []
        self.stopped_with: list[tuple[Any, ...]] = []

    def watch_unread(self, watcher: Callable[[Unread], None]) -> Callable[[], None]:
        self.unread_watchers.append(watcher)
        return lambda: self.unread_watchers.remove(watcher)

    def stop_reading(self, ids: Collection[int] | None = None) -> None:
        self.left_out.append(ids)

    def watch_limits(self, watcher: Callable[[Rates], None]) -> Callable[[], None]:
        self.limit_watchers.append(watcher)
        return lambda: self.limit_watchers.remove(watcher)

    def watch(self, observer: QueueObserver) -> Callable[[], None]:
        self.observers.append(observer)

        def end() -> None:
            if observer in self.observers:
                self.observers.remove(observer)

        return end

    async def upload(
        self,
        profile_id: str,
        where: Location,
        paths: Sequence[Path],
        options: ObjectOptions | None = None,
        **how: Any,
    ) -> ScanResult:
        self.uploads.append((profile_id, where, list(paths)))
        self.how.append({"options": options, **how})
        return ScanResult("b1", len(paths), 1_234_567 * len(paths), self.skipped)

    async def download(
        self, profile_id: str, wanted: Sequence[Wanted], folder: Path, **how: Any
    ) -> ScanResult:
        self.asked.append(("download", profile_id, list(wanted), folder, how))
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError as stop:
                self.stopped_with.append(stop.args)
                raise
        if self.refusal is not None:
            raise self.refusal
        return ScanResult("b1", len(wanted), 1_000 * len(wanted), self.skipped, self.mapped)

    async def copy(
        self,
        profile_id: str,
        wanted: Sequence[Wanted],
        target_profile_id: str,
        target: Location,
        **how: Any,
    ) -> ScanResult:
        self.asked.append(("copy", profile_id, list(wanted), target_profile_id, target, how))
        if self.refusal is not None:
            raise self.refusal
        return ScanResult("b1", len(wanted), 1_000 * len(wanted), self.skipped)

    async def measure(self, paths: Sequence[Path], counted: Callable[[int, int], None]) -> None:
        counted(len(paths), 1_234_567 * len(paths))

    def decide(self, ids: Collection[int], policy: IfExists) -> None:
        self.decided.append((sorted(ids), policy))

    def give_key(self, ids: Collection[int], key: CustomerKey) -> None:
        self.keys.append((sorted(ids), key))

    def pause(self, ids: Collection[int]) -> None: ...
    def resume(self, ids: Collection[int]) -> None: ...
    def retry(self, ids: Collection[int]) -> None: ...
    def retry_part(self, id_: int, number: int) -> None: ...
    def abort(self, ids: Collection[int], *, keep_parts: bool) -> None: ...
    def remove(self, ids: Collection[int]) -> None: ...
    def move(self, ids: Collection[int], steps: int) -> None: ...

    def rate_of(self, transfer: Transfer) -> Rate:
        return Rate()

    def rate(self) -> Rate:
        return Rate()
