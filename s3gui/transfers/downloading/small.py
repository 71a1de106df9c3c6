"""Small objects, many at once: as ``SmallFiles``, the other way round.

A connection's small objects are looked for on the disk they go to, some dozens at a time, wait in
one line for the threads that fetch and prove them, and come to their names in batches. The rules
are those of ``Download``; a plain success is all that is dealt with here, and what is none goes on
there, from the answer or the error that it met.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.integrity import clean_etag, is_md5
from s3gui.domain.transfer import Direction, PartState
from s3gui.transfers.connections import Connections
from s3gui.transfers.downloading.small_errand import Fetching
from s3gui.transfers.downloading.small_lane import Lane, Stream, WaysOut
from s3gui.transfers.downloading.small_settle import Settling
from s3gui.transfers.kit import Kit
from s3gui.transfers.order import BRIEF_A_PLACE, disk_of
from s3gui.transfers.outage import Outage
from s3gui.transfers.row import Row
from s3gui.transfers.small_back import A_TURN

_log = logging.getLogger(__name__)
#: An object up to this size is held in memory until it is on the disk.
SMALL_BYTES = 1 << 20
_MOST_THREADS = 32
#: Requests for each place that the connection's share of the wire has.
_A_PLACE = 4
#: Of one disk, for each that may be on the wire: those that are fetched and have no name yet, and
#: all that were taken in.
_AFLOAT = 3
_AHEAD = 8
#: Bytes of one disk that are fetched and not written yet.
_MOST_BYTES = 32 << 20
#: Batches of one disk that are on their way to their names, each of as many as on the wire.
_BATCHES = 2
Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


class SmallObjects:
    """The small downloads of all connections. Owned by the dispatcher; all of it is on the loop.

    Args:
        kit: what runners work with.
        connections: where the sessions come from.
        outage: of a connection, by its profile's id.
        go_on: gives a row to a runner of its own, which takes up ``Row.tried``.
        finished: tells that nobody works on a row any more.
        wake: tells that there may be room.
        spawn: runs something beside the queue, until it ends or the queue does.
    """

    def __init__(
        self,
        kit: Kit,
        connections: Connections,
        outage: Callable[[str], Outage],
        go_on: Callable[[Row], None],
        finished: Callable[[Row, "asyncio.Future[None]"], None],
        wake: Callable[[], None],
        spawn: Spawn,
    ) -> None:
        self._kit = kit
        self._connections = connections
        self._outage = outage
        self._go_on = go_on
        self._finished = finished
        self._wake = wake
        self._spawn = spawn
        self._lanes: dict[str, Lane] = {}
        #: Started here and not finished; some have gone on to a runner of their own.
        self.count = 0
        self._started = 0

    def takes(self, row: Row) -> bool:
        """Whether a queued row is one for here: new, small, and of a content that is known."""
        transfer, origin = row.transfer, row.transfer.origin
        if transfer.direction is not Direction.DOWNLOAD or origin is None:
            return False
        return (
            transfer.size <= min(SMALL_BYTES, self._kit.settings.single_put_bytes)
            and is_md5(clean_etag(origin.etag))
            and row.part_path is None
            and not (row.completing or row.takes_change or row.tried)
            and not (row.options.customer_key or row.options.lacks_key)
        )

    def serves(self, profile_id: str) -> bool:
        """Whether a connection is open and fetches small objects quickly, so that they go here."""
        session = self._connections.get(profile_id)
        return session is not None and self._lane_for(profile_id).serves(session)

    def has_room(self, profile_id: str) -> bool:
        """Whether another one of a connection may start."""
        if self._started >= A_TURN or not self.serves(profile_id):
            return False
        held = self._lanes[profile_id].held(self._kit.threads.hung)
        return held < _AHEAD * self._most(profile_id)

    def start(self, row: Row) -> None:
        """Takes a row that was moved to Running; in the end ``left`` has to be called for it."""
        profile_id = row.transfer.profile_id
        session = self._connections.get(profile_id)
        if session is None:
            self._go_on(row)
            return
        lane = self._lane_for(profile_id)
        stream = lane.put(row, disk_of(row))
        self.count += 1
        self._started += 1
        if self._started == A_TURN:
            asyncio.get_running_loop().call_soon(self._next_turn)
        meter = self._kit.limiter.meter(Direction.DOWNLOAD)
        errand = Fetching(row, session, meter, lane.back.put, self._was_left)
        row.task = errand
        row.transfer.there, row.transfer.remarks = None, ()
        stream.line.append(errand)
        self._look(lane, stream)

    def _next_turn(self) -> None:
        self._started = 0
        self._wake()

    def left(self, row: Row) -> None:
        """The row is finished, here or after it went on."""
        lane = self._lanes.get(row.transfer.profile_id)
        if lane is None:
            return
        self._forget(lane, row)
        if row in lane.beside_running:
            lane.beside_running.discard(row)
            self._hand_over(lane)

    def _forget(self, lane: Lane, row: Row) -> None:
        if lane.drop(row):
            self.count -= 1

    def close(self) -> None:
        """The threads end when they have left what they do."""
        for lane in self._lanes.values():
            lane.fleet.close()

    def _most(self, profile_id: str) -> int:
        return min(_MOST_THREADS, _A_PLACE * self._kit.slots.of(profile_id).limit)

    def _lane_for(self, profile_id: str) -> Lane:
        lane = self._lanes.get(profile_id)
        if lane is None:
            lane = self._lanes[profile_id] = Lane(lambda: self._gather(profile_id))
        return lane

    def _lane(self, errand: Fetching) -> Lane:
        return self._lanes[errand.row.transfer.profile_id]

    # What is there

    def _look(self, lane: Lane, stream: Stream) -> None:
        if not stream.is_looking and stream.line:
            stream.is_looking = True
            self._spawn(self._looking(lane, stream), "small objects: look")

    async def _looking(self, lane: Lane, stream: Stream) -> None:
        ways_out = WaysOut(self._beside, self._give, self._finish)
        try:
            while stream.line:
                try:
                    await lane.look(stream, self._kit, ways_out)
                except S3guiError as error:
                    # The runner meets whatever stands in the way as well, and knows what to do.
                    _log.info("small objects go on each for itself: %s", error.code)
                except Exception:  # noqa: BLE001  the last net: the runners meet it row by row
                    _log.exception("small objects go on each for itself")
                for errand in stream.take_back():
                    self._beside(errand)
                self._pump(lane, stream)
        finally:
            stream.is_looking = False

    def _beside(self, errand: Fetching) -> None:
        """A row that is a runner's, which are as many at once as others may run."""
        lane = self._lane(errand)
        lane.beside.append(errand)
        self._hand_over(lane)

    def _hand_over(self, lane: Lane) -> None:
        most = self._kit.settings.parts_in_flight * BRIEF_A_PLACE
        while lane.beside and len(lane.beside_running) < most:
            errand = lane.beside.popleft()
            if errand.take():
                lane.beside_running.add(errand.row)
                self._give(errand)

    # Into the threads

    def _pump(self, lane: Lane, stream: Stream) -> None:
        """Sends what may be sent."""
        session = None
        while stream.ready and self._has_room_on_wire(stream):
            errand = stream.ready.popleft()
            if errand.was_stopped:
                continue
            row, profile_id = errand.row, errand.row.transfer.profile_id
            session = session or self._connections.get(profile_id)
            if errand.session is not session or errand.way is None:
                self._beside(errand)
                continue
            stream.send(errand)
            row.transfer.lay_out_whole()
            row.transfer.is_single = True
            row.transfer.part_flying(1, errand.meter).state = PartState.SENDING
            lane.fleet.send(errand, self._most(profile_id))

    def _has_room_on_wire(self, stream: Stream) -> bool:
        most = self._most(stream.profile_id)
        return len(stream.afloat) < _AFLOAT * most and stream.afloat_bytes < _MOST_BYTES

    # Out of the threads

    def _gather(self, profile_id: str) -> None:
        """Looks at what has ended."""
        lane = self._lanes[profile_id]
        good: list[Fetching] = []
        streams: set[Stream] = set()
        for errand in lane.back.take():
            stream = lane.stream_of(errand.row)
            streams.add(stream)
            if errand.is_good and not errand.row.stopping:
                errand.has_come = True
                stream.come.append(errand)
                good.append(errand)
            else:
                self._not_so_good(lane, errand)
        if good:
            lane.fleet.note(good)
            self._outage(profile_id).over()
            self._kit.slots.of(profile_id).went_well()
        for stream in streams:
            self._settle(lane, stream)
            self._pump(lane, stream)

    def _not_so_good(self, lane: Lane, errand: Fetching) -> None:
        row = errand.row
        if row.transfer.parts:
            row.transfer.part_back(1)
        if row.stopping or errand.was_stopped or self._is_history(errand):
            self._finish(errand)
            return
        lane.forget_ways()
        row.tried = errand.tried()
        self._give(errand)

    def _is_history(self, errand: Fetching) -> bool:
        """Refused keys that are not those of the session there is now."""
        if errand.error is None or errand.error.kind is not ErrorKind.AUTH:
            return False
        return errand.session is not self._connections.get(errand.row.transfer.profile_id)

    def _settle(self, lane: Lane, stream: Stream) -> None:
        most = self._most(stream.profile_id)
        while stream.come and stream.settling < _BATCHES:
            batch = [stream.come.popleft() for _ in range(min(most, len(stream.come)))]
            stream.settling += 1
            settling = Settling(self._kit, stream.disk, self._give, self._finish)
            self._spawn(self._settled(lane, stream, settling, batch), "small objects: to the disk")

    async def _settled(
        self, lane: Lane, stream: Stream, settling: Settling, batch: Sequence[Fetching]
    ) -> None:
        try:
            await settling.run(batch)
        finally:
            stream.settling -= 1
        self._settle(lane, stream)
        self._pump(lane, stream)

    # To their ends

    def _was_left(self, errand: Fetching) -> None:
        if not errand.done():
            if errand.row.transfer.parts:
                errand.row.transfer.part_back(1)
            self._finish(errand)

    def _finish(self, errand: Fetching) -> None:
        """Nobody works on it any more."""
        self._land(errand)
        self._finished(errand.row, errand)

    def _give(self, errand: Fetching) -> None:
        """It goes on with a runner."""
        row = errand.row
        self._land(errand)
        if row.transfer.parts and not row.completing:
            row.transfer.part_back(1)
        self._go_on(row)

    def _land(self, errand: Fetching) -> None:
        self._lane(errand).stream_of(errand.row).land(errand)
        errand.set_result(None)
