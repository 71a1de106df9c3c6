"""How a file is cut into parts, and the slice of a file that travels as one body."""

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from s3gui.domain.pace import Pace

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

#: Below the 10,000 of the protocol, so that a file that a preset counts otherwise still fits.
_AIM_PARTS = 9_900


@dataclass(frozen=True, slots=True)
class PartLimits:
    """A provider's rules for parts, in bytes (Amazon S3, *Multipart upload limits*)."""

    least_bytes: int = 5 * MIB
    most_bytes: int = 5 * GIB
    most_parts: int = 10_000
    #: PutObject in one piece.
    most_single_bytes: int = 5 * GIB

    @property
    def most_object_bytes(self) -> int:
        """The largest object these rules allow."""
        return self.most_bytes * self.most_parts


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its number from 1, and where its bytes stand in the file."""

    number: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class PartPlan:
    """Equal parts, the last one smaller (some providers, R2 for one, insist on that)."""

    size: int
    part_bytes: int

    @property
    def count(self) -> int:
        """How many parts; an empty file has one, empty."""
        return max(1, math.ceil(self.size / self.part_bytes))

    def part(self, number: int) -> Part:
        """The part with this number, from 1."""
        offset = (number - 1) * self.part_bytes
        return Part(number, offset, min(self.part_bytes, self.size - offset))

    def __iter__(self) -> Iterator[Part]:
        return (self.part(number) for number in range(1, self.count + 1))


def plan_parts(size: int, wanted_bytes: int, limits: PartLimits | None = None) -> PartPlan:
    """Cuts ``size`` bytes into equal parts of about ``wanted_bytes``, never too many of them.

    The size grows in whole MiB until the count fits. It is stored with the transfer and never
    changes on resume: a server refuses parts of mixed size at Complete, and the numbers would lie.

    Raises:
        ValueError: the file is larger than the limits allow at all.
    """
    limits = limits or PartLimits()
    if size < 0 or size > limits.most_object_bytes:
        raise ValueError(size)
    aim = max(1, min(_AIM_PARTS, limits.most_parts * 99 // 100))
    needed = math.ceil(size / aim / MIB) * MIB
    part_bytes = max(wanted_bytes, needed, limits.least_bytes)
    return PartPlan(size, min(part_bytes, limits.most_bytes))


#: What uploaders cut by, in MiB: rclone, the AWS CLI, s5cmd and others.
_USUAL_MIB = (8, 5, 16, 15, 50, 10, 64, 100, 128, 32, 25, 20, 12, 40, 256, 512, 1024)


def likely_part_bytes(size: int, count: int, own_bytes: int) -> int:
    """How large the equal parts are of an object of which only their count is known.

    That is all that an ETag tells, and not every server tells more (HeadObject with partNumber).
    A usual size that fits is taken, else the only number of MiB that does.

    Args:
        size: of the object.
        count: its parts.
        own_bytes: how this program would cut it; the most likely of all.

    Returns:
        Bytes; 0 where nothing suggests any.
    """
    if count < 1 or size < count:
        return 0
    if count == 1:
        return size
    least, most = -(-size // count), (size - 1) // (count - 1)
    for part_bytes in (own_bytes, *(mib * MIB for mib in _USUAL_MIB)):
        if least <= part_bytes <= most:
            return part_bytes
    first, last = -(-least // MIB), most // MIB
    return first * MIB if first == last else 0


class ByteSource(Protocol):
    """An open file that several threads read at once, each at its own place."""

    @property
    def name(self) -> str:
        """What to call it in an error text."""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fills ``buffer`` from ``offset``; returns the bytes read, 0 only at the end of the file.

        Raises:
            LocalFileError: the file cannot be read there.
        """


class ByteSink(Protocol):
    """An open file that bytes of an answer are written to, from a sender thread."""

    def write_from(self, offset: int, data: memoryview) -> None:
        """Writes all of ``data`` at ``offset``, counted from the first byte that was asked for.

        Raises:
            LocalFileError: the file cannot be written.
        """


@dataclass(frozen=True, slots=True)
class FileSlice:
    """The body of a part or of a small object: a range of an open file, read while it is sent."""

    source: ByteSource
    offset: int
    length: int


class Meter:
    """Counts the body bytes of one attempt, and stops it.

    One sender thread writes ``moved``; anybody reads it (one int, so no lock). ``stop`` may be
    called from any thread; it makes the sender give up before its next block, and runs what the
    sender registered to break a call that waits on the socket.

    Args:
        pace: the limit that the bytes keep to; ``None``: they never wait.
    """

    __slots__ = ("_break", "_lock", "moved", "pace", "stopped")

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace
        #: Bytes that the transport took (upload) or that were written to the sink (download).
        self.moved = 0
        self.stopped = False
        self._lock = threading.Lock()
        self._break: _Breaker | None = None

    def stop(self) -> None:
        """Ends the attempt: nothing more leaves after the block in flight."""
        with self._lock:
            self.stopped = True
            breaker = self._break
        if breaker is not None:
            breaker()

    def halt(self) -> None:
        """What the breaker calls: a sender that waits for its share of the limit gives up."""
        self.stopped = True
        if self.pace is not None:
            self.pace.wake()

    def on_stop(self, breaker: "_Breaker | None") -> None:
        """Registers what wakes the sender out of a call on the socket; ``None`` takes it back."""
        with self._lock:
            self._break = breaker
            stopped = self.stopped
        if stopped and breaker is not None:
            breaker()


class _Breaker(Protocol):
    def __call__(self) -> None: ...
