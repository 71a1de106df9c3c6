"""A transfer with all that only the engine needs to know of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails, ObjectOptions, UploadRef
from s3gui.domain.integrity import CRC32, Digest, clean_etag, composite_etag
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, Transfer, Waiting
from s3gui.transfers.speed import Gauge

if TYPE_CHECKING:
    from s3gui.transfers.small_work import Tried


class Wish(Enum):
    """What a person asked of a row and what is not carried out yet. The last one counts."""

    PAUSE = "pause"
    #: Paused rows go on.
    GO = "go"
    #: Failed and cancelled rows, too.
    RETRY = "retry"
    #: The parts stay on the server.
    CANCEL_KEEP = "cancel-keep"
    #: The parts are removed from it.
    CANCEL_DROP = "cancel-drop"


#: Why a failed row waits, by the code of its error.
WAITING_BY_CODE = {
    "SourceChanged": Waiting.SOURCE_CHANGED,
    "OutcomeUnknown": Waiting.OUTCOME_UNKNOWN,
    "Exists": Waiting.CONFLICT,
    "DiskFull": Waiting.DISK_FULL,
    "SQLITE_FULL": Waiting.DISK_FULL,
}
#: Code of the error of a move that would have to be read on both sides to be proved.
SIZE_ONLY = "SizeOnly"
CANCELS = frozenset({Wish.CANCEL_KEEP, Wish.CANCEL_DROP})


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part that the server confirmed: what was hashed here, and what it answered."""

    digest: Digest
    etag: str

    @property
    def is_proved(self) -> bool:
        """The server's ETag is the MD5 of what was sent."""
        md5 = self.digest.md5
        return bool(md5) and clean_etag(self.etag).lower() == md5.hex()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the object has to show when it is whole: one of the two."""

    etag: str = ""
    #: Base64, over the whole object. Of a download another checksum, too, behind its name among
    #: ``Proof`` and a colon.
    crc32: str = ""


@dataclass(slots=True)
class Compared:
    """Which ranges of which two contents have the same bytes, and their CRC-32s."""

    #: What tells these two contents from any other.
    of: tuple[str | None, ...]
    range_bytes: int
    crc32: dict[int, bytes] = field(default_factory=dict)


#: A local file, or a key on the storage of a connection.
Destination = Path | tuple[str, Location]


@dataclass(slots=True, eq=False)
class Row:
    """Owned by the queue; a runner works on it while ``task`` is set."""

    transfer: Transfer
    options: ObjectOptions
    #: The confirmed parts by number, as the journal has them.
    kept: dict[int, KeptPart] = field(default_factory=dict)
    #: Bytes of a part that the person asked for with the batch; 0: the setting's.
    wanted_part_bytes: int = field(default=0, kw_only=True)
    opaque_etags: bool = False
    #: What the parts are sent with, see ``UploadRef.checksum``.
    checksum: str = ""
    #: Among the metadata of what its upload makes, see ``tokens``; "" for none.
    upload_token: str = field(default="", kw_only=True)
    #: CompleteMultipartUpload may have left, and its outcome is not known.
    completing: bool = False
    expected: Expected = Expected()
    #: ETag of the object that the person agreed to overwrite; "": nothing was there; ``None``: it
    #: was not looked at yet.
    agreed_etag: str | None = None
    #: How often in a row somebody else wrote there between a look and the write.
    beaten: int = 0
    #: The file that a download grows in, beside its target.
    part_path: Path | None = None
    #: Made, or read through, in this run: what the journal has of it is so.
    part_seen: bool = False
    #: A ``.part`` of which the journal does not know may be there.
    may_have_left: bool = False
    #: What a receipt says of the content beside the ETag: names of digests, and their values.
    proof: dict[str, str] = field(default_factory=dict)
    #: The person saw that the file changed and wants it as it is now.
    takes_change: bool = False
    #: The person wants both sides of the copy to be read, however large they are.
    may_read: bool = False
    #: Of a copy that is compared by its bytes: the ranges that were the same, in this run.
    compared: "Compared | None" = None
    wish: Wish | None = None
    #: The wish is a cancel that came, or had to wait, while an outcome was unknown.
    late: bool = False
    #: What works on it; a future that is no task, while it is in ``SmallFiles``.
    task: asyncio.Future[None] | None = None
    #: What came of the attempt in ``SmallFiles``, for ``SinglePut`` to go on from.
    tried: "Tried | None" = None
    #: What a list showed at its destination, and when, by the clock of the kit.
    listed: tuple[float, ObjectDetails] | None = None
    #: Of an earlier run, and left alone until somebody says that it shall go on.
    held: bool = False
    #: The runner was told to stop.
    stopping: bool = False
    gauge: Gauge | None = None
    #: A Create of this run has no answer.
    create_lost: bool = False
    #: How often the server lost the upload id in this run.
    restarts: int = 0
    #: What this row adds to the bytes that are still to be sent in all.
    pending_bytes: int = 0
    #: The waits of the parts that failed and will be tried again, by number.
    _waits: dict[int, asyncio.Timeout] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The transfer's."""
        return self.transfer.id

    @property
    def destination(self) -> "Destination":
        """Where it goes; one row at a time goes there."""
        transfer = self.transfer
        if transfer.direction is Direction.DOWNLOAD:
            return transfer.path
        return (transfer.profile_id, transfer.location)

    @property
    def profile_ids(self) -> tuple[str, ...]:
        """The connections it needs: the transfer's own, and of a copy the one it reads."""
        transfer = self.transfer
        if transfer.direction is not Direction.COPY or transfer.origin is None:
            return (transfer.profile_id,)
        return tuple(dict.fromkeys((transfer.profile_id, transfer.origin.profile_id)))

    @property
    def ref(self) -> UploadRef:
        """The upload, as the port wants it named."""
        where, upload_id = self.transfer.location, self.transfer.upload_id
        key = self.options.customer_key
        return UploadRef(where, upload_id, self.opaque_etags, self.checksum, key)

    def whole(self) -> Expected:
        """What the confirmed parts, all of them, have to give."""
        parts = [item.part for item in self.transfer.parts]
        digests = [self.kept[part.number].digest for part in parts]
        if not self.checksum:
            return Expected(composite_etag(digest.md5 for digest in digests))
        pairs = [(had.crc32, part.length) for had, part in zip(digests, parts, strict=True)]
        crc32 = crc.combined(CRC32, pairs)
        return Expected(crc32=Digest(crc32=crc32).crc32_text)

    def start_over(self) -> None:
        """Forgets all that was sent."""
        self.transfer.unplan()
        self.kept.clear()
        self.opaque_etags = self.completing = False
        self.checksum = self.upload_token = ""
        self.expected = Expected()
        self.agreed_etag = self.part_path = None

    def stop(self) -> None:
        """Tells the runner to stop; nothing leaves after the blocks in flight."""
        if self.task is None or self.stopping:
            return
        self.stopping = True
        for part in self.transfer.parts_flying:
            if part.meter is not None:
                part.meter.stop()
        self.task.cancel()

    async def wait_out(self, number: int, wait: Awaitable[None]) -> None:
        """Awaits what a part waits for before it is tried again, or until ``hurry``."""
        async with _until_hurried() as scope:
            self._waits[number] = scope
            try:
                await wait
            finally:
                del self._waits[number]

    def hurry(self, number: int) -> None:
        """Ends the wait of a part: somebody wants it to be tried now."""
        scope = self._waits.get(number)
        if scope is not None and not scope.expired():
            scope.reschedule(asyncio.get_running_loop().time())


@asynccontextmanager
async def _until_hurried() -> AsyncIterator[asyncio.Timeout]:
    scope = asyncio.timeout(None)
    try:
        async with scope:
            yield scope
    except TimeoutError:
        if not scope.expired():
            raise
