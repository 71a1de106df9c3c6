"""The two sides of a transfer as bytes: a part of either is read and hashed, nothing is written."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, Meter, Part
from s3gui.domain.ports import Session
from s3gui.transfers.clock import Clock
from s3gui.transfers.lanes import first_of
from s3gui.transfers.retry import Attempts
from s3gui.transfers.source import HashStopped, LocalSource
from s3gui.transfers.threads import Threads

_BLOCK_BYTES = 4 * MIB
#: A person waits for the answer: there is no patience of hours.
_MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class PartSums:
    """What the bytes of a part hash to; ``md5`` is empty where it would prove nothing."""

    sha256: bytes
    crc32: bytes
    md5: bytes = b""
    #: Other CRCs that were asked for, by the names that S3 has for them.
    others: Mapping[str, bytes] = field(default_factory=dict)

    def crc(self, name: str) -> bytes:
        """The CRC of this name."""
        return self.crc32 if name == crc.CRC32 else self.others[name]


class Sums:
    """Hashes bytes as they come, in order: a ``ByteSink`` that keeps none of them."""

    def __init__(self, *, md5: bool, others: Sequence[str] = ()) -> None:
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self._crc32 = 0
        self._others = {name: crc.Sum(name) for name in others}

    def write_from(self, offset: int, data: memoryview) -> None:
        """Takes the next bytes; they come in order within one request."""
        del offset
        self._sha256.update(data)
        if self._md5 is not None:
            self._md5.update(data)
        self._crc32 = crc.crc32(data, self._crc32)
        for sum_ in self._others.values():
            sum_.update(data)

    def result(self) -> PartSums:
        """Of all that came."""
        md5 = self._md5.digest() if self._md5 is not None else b""
        others = {name: sum_.digest() for name, sum_ in self._others.items()}
        return PartSums(self._sha256.digest(), self._crc32.to_bytes(4, "big"), md5, others)


class Side(Protocol):
    """One of the two."""

    async def sums(self, part: Part, meter: Meter) -> PartSums:
        """Reads and hashes a part; ``meter`` counts its bytes and stops it.

        Raises:
            S3guiError: it cannot be read.
        """


class FileSide:
    """The local file."""

    def __init__(self, source: LocalSource, threads: Threads) -> None:
        self._source = source
        self._threads = threads

    async def sums(self, part: Part, meter: Meter) -> PartSums:
        """In a thread that stands back behind the window."""
        return await self._threads.hash(self._read, part, meter)

    def _read(self, part: Part, meter: Meter) -> PartSums:
        sums = Sums(md5=False)
        buffer = memoryview(bytearray(min(_BLOCK_BYTES, max(1, part.length))))
        done = 0
        while done < part.length:
            if meter.stopped:
                raise HashStopped
            count = self._source.read_into(part.offset + done, buffer[: part.length - done])
            sums.write_from(done, buffer[:count])
            done += count
            meter.moved = done
        return sums.result()


class ObjectSide:
    """An object as it is now: every request names its ETag, so no mix can come of it."""

    def __init__(
        self,
        session: Session,
        details: ObjectDetails,
        version_id: str | None,
        clock: Clock,
        jitter: Callable[[], float],
        *,
        md5: bool = False,
        others: Sequence[str] = (),
    ) -> None:
        self._session = session
        self._details = details
        self._version_id = version_id
        self._clock = clock
        self._jitter = jitter
        self._md5 = md5
        self._others = others

    @property
    def location(self) -> Location:
        """Where it is."""
        return self._details.location

    async def sums(self, part: Part, meter: Meter) -> PartSums:
        """Over the wire, hashed in the sender's thread; tried again where that may help."""
        attempts, tries = Attempts(self._clock.monotonic, self._jitter), 0
        while True:
            sums = Sums(md5=self._md5, others=self._others)
            meter.moved, tries = 0, tries + 1
            try:
                await self._session.objects.fetch(
                    self.location,
                    sums,
                    meter=meter,
                    first=part.offset,
                    length=part.length,
                    if_match=self._details.etag,
                    version_id=self._version_id,
                )
            except S3guiError as error:
                wait_s = attempts.wait_s(error)
                if wait_s is None or error.kind is ErrorKind.OFFLINE or tries == _MOST_TRIES:
                    raise
                await self._clock.sleep(wait_s)
            else:
                return sums.result()


async def both(
    near: Side | None, far: Side, part: Part, meters: tuple[Meter, Meter]
) -> tuple[PartSums | None, PartSums]:
    """Reads a part of both sides at the same time.

    Raises:
        S3guiError: one of them cannot be read; the other is stopped.
    """
    if near is None:
        return None, await far.sums(part, meters[1])
    try:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(near.sums(part, meters[0]))
            second = group.create_task(far.sums(part, meters[1]))
    except BaseExceptionGroup as failed:
        raise first_of(failed) from None
    return first.result(), second.result()
