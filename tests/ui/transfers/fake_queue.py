"""A queue that does at once what it is asked, and remembers it: the window's other side."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.limits import NO_LIMIT, Rates
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Priority
from s3gui.domain.parts import Meter, PartPlan
from s3gui.domain.queueing import QueueObserver, Rate, ScanResult, Unread, Wanted
from s3gui.domain.transfer import ACTIVE, Direction, PartState, State, Transfer

MIB = 1 << 20


def make(
    number: int = 1,
    name: str = "file.bin",
    *,
    parts: int = 0,
    size: int | None = None,
    state: State = State.QUEUED,
    direction: Direction = Direction.UPLOAD,
    **values: Any,
) -> Transfer:
    """A transfer of ``parts`` MiB parts (0: not planned)."""
    size = (parts or 1) * MIB if size is None else size
    transfer = Transfer(
        id=number,
        profile_id="profile",
        direction=direction,
        location=Location("bucket", f"backups/{name}"),
        path=Path("/home/me") / name,
        size=size,
        position=number,
        state=state,
        **values,
    )
    if parts:
        transfer.lay_out(PartPlan(size, max(-(-size // parts), 1)))
    return transfer


def fly(
    transfer: Transfer, number: int, share: float, state: PartState = PartState.SENDING
) -> Meter:
    """Puts a part on its way, ``share`` of it out."""
    meter = Meter()
    row = transfer.part_flying(number, meter)
    row.state = state
    meter.moved = round(row.part.length * share)
    return meter


def finish(transfer: Transfer, numbers: Iterable[int]) -> None:
    """Has the server confirm parts."""
    for number in numbers:
        transfer.part_done(number, f"{number:032x}")


@dataclass
class FakeQueue:
    """``TransferCommands`` without a wire."""

    rows: list[Transfer] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    rates: dict[int, Rate] = field(default_factory=dict)
    total: Rate = field(default_factory=Rate)
    observers: list[QueueObserver] = field(default_factory=list)
    #: What the server has not confirmed to be aborted.
    given_up: int = 0
    limits: Rates = NO_LIMIT
    limit_watchers: list[Callable[[Rates], None]] = field(default_factory=list)
    unread_watchers: list[Callable[[Unread], None]] = field(default_factory=list)
    #: What is not wanted any more; ``None`` for all.
    left_out: list[Collection[int] | None] = field(default_factory=list)

    def watch_limits(self, watcher: Callable[[Rates], None]) -> Callable[[], None]:
        self.limit_watchers.append(watcher)
        return lambda: self.limit_watchers.remove(watcher)

    def watch_unread(self, watcher: Callable[[Unread], None]) -> Callable[[], None]:
        self.unread_watchers.append(watcher)
        return lambda: self.unread_watchers.remove(watcher)

    def stop_reading(self, ids: Collection[int] | None = None) -> None:
        self.left_out.append(ids)

    def __post_init__(self) -> None:
        for transfer in self.rows:
            transfer.observer = self.changed

    @property
    def transfers(self) -> Sequence[Transfer]:
        return self.rows

    def watch(self, observer: QueueObserver) -> Callable[[], None]:
        self.observers.append(observer)
        return lambda: self.observers.remove(observer)

    def changed(self, transfer: Transfer) -> None:
        for observer in self.observers:
            observer.transfer_changed(transfer)

    def add(self, *transfers: Transfer) -> None:
        self.rows.extend(transfers)
        for transfer in transfers:
            transfer.observer = self.changed
        for observer in self.observers:
            observer.transfers_added(transfers)

    async def upload(
        self,
        profile_id: str,
        where: Location,
        paths: Sequence[Path],
        options: ObjectOptions | None = None,
        **_how: Any,
    ) -> ScanResult:
        self.asked.append(("upload", profile_id, where, tuple(paths), options))
        return ScanResult("batch", len(paths), 0, ())

    async def copy(
        self,
        profile_id: str,
        wanted: Sequence[Wanted],
        target_profile_id: str,
        target: Location,
        **how: Any,
    ) -> ScanResult:
        self.asked.append(("copy", profile_id, tuple(wanted), target_profile_id, target, how))
        return ScanResult("batch", len(wanted), 0, ())

    async def measure(self, paths: Sequence[Path], counted: Callable[[int, int], None]) -> None:
        counted(len(paths), 0)

    def decide(self, ids: Collection[int], policy: IfExists) -> None:
        self.asked.append(("decide", sorted(ids), policy))

    def give_key(self, ids: Collection[int], key: CustomerKey) -> None:
        self.asked.append(("give_key", sorted(ids), key))

    def _each(self, ids: Collection[int], states: Collection[State], to: State) -> None:
        for transfer in list(self.rows):
            if transfer.id in ids and transfer.state in states:
                transfer.move_to(to)

    def pause(self, ids: Collection[int]) -> None:
        self.asked.append(("pause", sorted(ids)))
        self._each(ids, {State.QUEUED, State.RUNNING}, State.PAUSED)

    def resume(self, ids: Collection[int]) -> None:
        self.asked.append(("resume", sorted(ids)))
        self._each(ids, {State.PAUSED}, State.QUEUED)

    def retry(self, ids: Collection[int]) -> None:
        self.asked.append(("retry", sorted(ids)))
        self._each(ids, {State.FAILED, State.CANCELLED}, State.QUEUED)

    def prioritise(self, ids: Collection[int], priority: Priority) -> None:
        self.asked.append(("prioritise", sorted(ids), priority))
        for transfer in self.rows:
            if transfer.id in ids:
                transfer.priority = priority
                transfer.changed()

    def retry_part(self, id_: int, number: int) -> None:
        self.asked.append(("retry_part", id_, number))

    def abort(self, ids: Collection[int], *, keep_parts: bool) -> None:
        self.asked.append(("abort", sorted(ids), keep_parts))
        open_states = {State.QUEUED, State.RUNNING, State.PAUSED, State.FAILED, State.CANCELLED}
        if not keep_parts:
            for transfer in self.rows:
                if transfer.id in ids:
                    transfer.upload_id = ""
        self._each(ids, open_states, State.CANCELLED)

    async def still_to_abort(self) -> int:
        return self.given_up

    def remove(self, ids: Collection[int]) -> None:
        self.asked.append(("remove", sorted(ids)))
        wanted = set(ids)
        gone = {one.id for one in self.rows if one.id in wanted and one.state not in ACTIVE}
        self.rows = [one for one in self.rows if one.id not in gone]
        for observer in self.observers:
            observer.transfers_removed(gone)

    def move(self, ids: Collection[int], steps: int) -> None:
        self.asked.append(("move", sorted(ids), steps))
        chosen = [one for one in self.rows if one.id in ids]
        rest = [one for one in self.rows if one.id not in ids]
        at = self.rows.index(chosen[0]) if steps < 0 else self.rows.index(chosen[-1]) + 1
        at = max(at + steps - (len(chosen) if steps > 0 else 0), 0)
        self.rows = rest[:at] + chosen + rest[at:]
        for observer in self.observers:
            observer.order_changed()

    def rate_of(self, transfer: Transfer) -> Rate:
        return self.rates.get(transfer.id, Rate())

    def rate(self) -> Rate:
        return self.total
