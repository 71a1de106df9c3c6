"""Small files, many at once: a few threads take each from its open to its answer.

A task with five hops between threads for each of thousands of files costs more than the files do.
Here a connection's small files wait in one line for the threads, what is finished comes back in
batches, and a batch is one operation of the journal. The rules are those of ``SinglePut``, and what
does not go smoothly goes on there, from the answer or the error that it met: a plain success is
all that is dealt with here. Who may replace nothing unasked goes past ``Lookout`` first.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from s3gui.domain.encryption import Encryption
from s3gui.domain.entries import Stored
from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.parts import MIB
from s3gui.domain.ports import Session
from s3gui.domain.transfer import Direction, PartState, State
from s3gui.transfers.connections import Connections
from s3gui.transfers.finish import follow_done, proof_of
from s3gui.transfers.kit import Kit
from s3gui.transfers.outage import Outage
from s3gui.transfers.row import Row
from s3gui.transfers.small_back import A_TURN
from s3gui.transfers.small_lane import Lane
from s3gui.transfers.small_look import Lookout, needs_look, remarks_of
from s3gui.transfers.small_work import NO_LOOK, Errand, Look, Tried, raised

#: A file up to this size is read whole: with the most threads that is 32 MiB.
SMALL_BYTES = 1 * MIB
_MOST_THREADS = 32
#: Threads for each place that the connection's share of the wire has.
_A_PLACE = 4
#: Rows in the line for each that may be under way, so that the threads never wait for the loop,
#: and with those that wait for the journal.
_AHEAD = 4
_AHEAD_OF_JOURNAL = 16


class SmallFiles:
    """The small files of all connections. Owned by the dispatcher; everything here is on the loop.

    Args:
        kit: what runners work with.
        connections: where the sessions come from.
        outage: of a connection, by its profile's id.
        go_on: gives a row to a runner of its own, which takes up ``Row.tried``.
        finished: tells that nobody works on a row any more.
        wake: tells that there may be room.
    """

    def __init__(
        self,
        kit: Kit,
        connections: Connections,
        outage: Callable[[str], Outage],
        go_on: Callable[[Row], None],
        finished: Callable[[Row, "asyncio.Future[None]"], None],
        wake: Callable[[], None],
    ) -> None:
        self._kit = kit
        self._connections = connections
        self._outage = outage
        self._go_on = go_on
        self._finished = finished
        self._wake = wake
        self._lanes: dict[str, Lane] = {}
        #: Started here and not finished; some have gone on to a runner of their own.
        self.count = 0
        self._started = 0

    def takes(self, row: Row) -> bool:
        """Whether a queued row is one for here: new, small, and replacing nothing by name."""
        transfer = row.transfer
        single_bytes = row.wanted_part_bytes or self._kit.settings.single_put_bytes
        return (
            transfer.direction is Direction.UPLOAD
            and transfer.size <= min(SMALL_BYTES, single_bytes)
            and not (transfer.upload_id or row.completing or row.takes_change or row.tried)
            and not (row.agreed_etag or row.beaten or row.upload_token)
            # What hides the MD5 takes another look at each object anyway.
            and row.options.encryption in {"", Encryption.S3}
        )

    def serves(self, profile_id: str) -> bool:
        """Whether a connection is open and puts small files quickly, so that they go here."""
        session = self._connections.get(profile_id)
        if session is None:
            return False
        lane = self._lanes.get(profile_id)
        if lane is None:
            lane = self._lanes[profile_id] = self._lane(profile_id)
        return lane.serves(session)

    def _lane(self, profile_id: str) -> Lane:
        lane = Lane(partial(self._gather, profile_id))
        lane.lookout = Lookout(
            self._kit,
            partial(self._connections.get, profile_id),
            lambda: lane.out < self._most_threads(profile_id),
            lane.find_out,
            partial(self._send, lane),
            self._go_on,
            self._finished,
        )
        return lane

    def has_room(self, profile_id: str) -> bool:
        """Whether another one of a connection may start."""
        if self._started >= A_TURN or not self.serves(profile_id):
            return False
        lane, most = self._lanes[profile_id], self._most_threads(profile_id)
        if lane.preparing or lane.out >= _AHEAD * most:
            return False
        return len(lane.rows) < _AHEAD_OF_JOURNAL * most

    def start(self, row: Row) -> None:
        """Takes a row that was moved to Running; in the end ``left`` has to be called for it."""
        transfer = row.transfer
        lane = self._lanes[transfer.profile_id]
        lane.rows.add(row)
        self.count += 1
        self._started += 1
        if self._started == A_TURN:
            asyncio.get_running_loop().call_soon(self._next_turn)
        session = self._connections.get(transfer.profile_id)
        if needs_look(row):
            lane.lookout.line_up(row)
            lane.lookout.look()
        elif session is not None and lane.knows(session, row):
            self._send(lane, row, session)
        else:
            # A task like a runner: kept by the row, and cancelled with it.
            lane.preparing += 1
            loop = asyncio.get_running_loop()
            row.task = loop.create_task(self._prepare(lane, row), name=f"transfer {row.id}")
            row.task.add_done_callback(partial(self._prepared, lane, row))

    def _next_turn(self) -> None:
        self._started = 0
        self._wake()

    def left(self, row: Row) -> None:
        """The row is finished, here or after it went on."""
        if (lane := self._lanes.get(row.transfer.profile_id)) is not None:
            self._forget(lane, row)
            lane.lookout.left(row)

    def _forget(self, lane: Lane, row: Row) -> None:
        if row in lane.rows:
            lane.rows.remove(row)
            self.count -= 1

    def close(self) -> None:
        """The threads end when they have left what they do."""
        for lane in self._lanes.values():
            lane.lookout.close()
            lane.close()

    def _most_threads(self, profile_id: str) -> int:
        return min(_MOST_THREADS, _A_PLACE * self._kit.slots.of(profile_id).limit)

    # Into the threads

    async def _prepare(self, lane: Lane, row: Row) -> None:
        session = await self._connections.open(row.transfer.profile_id)
        await lane.find_out(row, session)

    def _prepared(self, lane: Lane, row: Row, task: "asyncio.Future[None]") -> None:
        lane.preparing -= 1
        self._wake()
        failed = task.cancelled() or task.exception() is not None
        if row.stopping:
            self._finished(row, task)
            return
        session = self._connections.get(row.transfer.profile_id)
        if failed or session is None:
            # Whatever stands in the way is met by the runner as well, which knows what to do.
            self._go_on(row)
        else:
            self._send(lane, row, session)

    def _send(self, lane: Lane, row: Row, session: Session, look: Look = NO_LOOK) -> None:
        way = lane.way(row, look.condition) if lane.knows(session, row, look.condition) else None
        row.transfer.lay_out_whole()
        row.transfer.is_single = True
        if way is None or self._needs_token(row, session):
            # From here on it is one of the few that run at once.
            self._forget(lane, row)
            self._go_on(row)
            return
        meter = self._kit.limiter.meter(Direction.UPLOAD)
        row.transfer.part_flying(1, meter).state = PartState.SENDING
        errand = Errand(row, session, way, meter, lane.ended, look)
        row.task = errand
        lane.send(errand, self._most_threads(row.transfer.profile_id))

    def _needs_token(self, row: Row, session: Session) -> bool:
        """Whether it could not be told from another's object when its answer is lost."""
        where, encryption = row.transfer.location, row.options.encryption
        return needs_look(row) and session.etags.put_needs_token(where.bucket, encryption)

    # Out of the threads

    def _gather(self, profile_id: str) -> None:
        """Looks at what has ended."""
        lane = self._lanes[profile_id]
        good: list[Errand] = []
        for errand in lane.take():
            if errand.is_good and not errand.row.stopping:
                good.append(errand)
            else:
                self._not_so_good(lane, errand)
        if good:
            lane.note(good)
            self._outage(profile_id).over()
            self._kit.slots.of(profile_id).went_well()
            self._record(good)
        lane.lookout.look()

    def _not_so_good(self, lane: Lane, errand: Errand) -> None:
        row = errand.row
        row.transfer.part_back(1)
        if errand.is_stale and not row.stopping:
            errand.set_result(None)
            lane.lookout.line_up_again(row)
            return
        lane.forget()
        if row.stopping or errand.was_stopped or self._is_history(row, errand):
            errand.set_result(None)
            self._finished(row, errand)
            return
        row.tried = errand.tried()
        errand.set_result(None)
        self._go_on(row)

    def _is_history(self, row: Row, errand: Errand) -> bool:
        """Refused keys that are not those of the session there is now."""
        if errand.error is None or errand.error.kind is not ErrorKind.AUTH:
            return False
        return errand.session is not self._connections.get(row.transfer.profile_id)

    def _record(self, good: Sequence[Errand]) -> None:
        at = self._kit.clock.now()
        items: list[tuple[Row, Stored]] = []
        for errand in good:
            row, transfer, stored = errand.row, errand.row.transfer, errand.stored
            transfer.identity = errand.identity
            transfer.parts[0].took_ms = round(errand.took_s * 1000)
            transfer.part_done(1, stored.etag)
            # Until the journal has it, which is soon.
            transfer.move_to(State.FINISHING, tells=False)
            transfer.remarks = remarks_of(row, errand.session)
            row.proof = proof_of(row, stored, Verified.ETAG, looked=False)
            items.append((row, stored))
        written = self._kit.journal.all_done(items, Verified.ETAG, at)
        for row, _ in items:
            # The journal has both, and a hundred thousand rows are many.
            row.proof, row.transfer.identity = {}, None
        written.add_done_callback(partial(self._recorded, good, at))

    def _recorded(
        self, good: Sequence[Errand], at: datetime, written: "asyncio.Future[None]"
    ) -> None:
        failed = written.exception()
        for errand in good:
            row = errand.row
            errand.set_result(None)
            if failed is None:
                follow_done(row, errand.stored, Verified.ETAG, at)
                self._finished(row, errand)
            elif isinstance(failed, S3guiError):
                row.tried = Tried(partial(raised, failed))
                self._go_on(row)
            else:
                raise failed
