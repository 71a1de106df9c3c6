"""The parts of one file on their way: a few lanes, hashing ahead of the wire."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import Digest
from s3gui.domain.parts import Meter, Part
from s3gui.domain.transfer import PartProgress, PartState
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit, Patience
from s3gui.transfers.retry import Attempts
from s3gui.transfers.row import KeptPart, Row

#: Parts that are hashed ahead of the ones that are on the wire.
_AHEAD = 2

#: Hashes a part; the second value is the ETag of a part that need not be sent.
Prepare = Callable[[Part, Meter], Awaitable[tuple[Digest, str]]]
#: Sends a part, and returns it as the server has it, compared.
Send = Callable[[Part, Digest, Meter], Awaitable[KeptPart]]


class Lanes:
    """Takes the missing parts one after the other, several at once; never a task a part.

    There are more lanes than places on the wire, so that the next parts are hashed while the last
    ones are sent. Parts are slices of the file, so what waits costs no memory.
    """

    #: What a part on the wire is shown as.
    on_the_wire = PartState.SENDING

    def __init__(
        self, row: Row, kit: Kit, patience: Patience, prepare: Prepare, send: Send
    ) -> None:
        self._row = row
        self._transfer = row.transfer
        self._kit = kit
        self._patience = patience
        self._prepare = prepare
        self._send = send
        self._missing = deque(
            progress for progress in row.transfer.parts if progress.state is not PartState.DONE
        )
        self._count = 0

    async def run(self) -> None:
        """Returns when every part is confirmed.

        Raises:
            S3guiError: a part failed for good; the others were stopped.
        """
        try:
            async with asyncio.TaskGroup() as group:
                self._open(group)
        except BaseExceptionGroup as failed:
            raise first_of(failed) from failed

    def _open(self, group: asyncio.TaskGroup) -> None:
        # Asked after every part, because the setting may change while the file is on its way.
        while self._count < min(self._most, self._count + len(self._missing)):
            self._count += 1
            group.create_task(self._lane(group))

    @property
    def _most(self) -> int:
        return self._patience.per_file + _AHEAD

    async def _lane(self, group: asyncio.TaskGroup) -> None:
        try:
            while self._missing and self._count <= self._most:
                await self._deliver(self._missing.popleft())
                self._open(group)
        finally:
            self._count -= 1

    async def _deliver(self, progress: PartProgress) -> None:
        """Tries a part until it is confirmed."""
        number = progress.part.number
        attempts = self._patience.attempts()
        while True:
            meter = self._patience.meter()
            self._transfer.part_flying(number, meter)
            try:
                await self._attempt(progress, meter)
            except S3guiError as error:
                self._transfer.part_back(number, PartState.WAITING, str(error))
                if self._row.stopping:
                    raise
                await self._hold_off(number, error, attempts)
            except BaseException:
                meter.stop()
                if progress.state is not PartState.DONE:
                    self._transfer.part_back(number)
                raise
            else:
                return

    async def _hold_off(self, number: int, error: S3guiError, attempts: Attempts) -> None:
        try:
            await self._row.wait_out(number, self._patience.hold_off(error, attempts))
        except S3guiError:
            self._transfer.part_back(number, PartState.FAILED, str(error))
            raise

    async def _attempt(self, progress: PartProgress, meter: Meter) -> None:
        part = progress.part
        digest, etag = await self._prepare(part, meter)
        if etag and self._row.gauge is not None:
            self._row.gauge.skip(part.length)
        kept = KeptPart(digest, etag)
        if not etag:
            async with self._patience.place(meter):
                progress.state = self.on_the_wire
                began = self._kit.clock.monotonic()
                kept = await self._send(part, digest, meter)
                progress.took_ms = round((self._kit.clock.monotonic() - began) * 1000)
        await self.keep(part, kept)

    async def keep(self, part: Part, kept: KeptPart) -> None:
        """Journals a part that is confirmed, and counts it."""

        def follow() -> None:
            self._row.kept[part.number] = kept
            self._transfer.part_done(part.number, kept.etag)

        await durable(self._kit.journal.part_done(self._row.id, part.number, kept), follow)


def first_of(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that stopped the others."""
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
