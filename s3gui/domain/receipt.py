"""What is kept of a finished transfer: enough to prove it, and to check it once more."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from s3gui.domain import crc
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, Transfer


class Proof(StrEnum):
    """Names of what the journal keeps beside the ETag and the level; the values are text."""

    #: Hex, over all bytes.
    MD5 = "md5"
    SHA256 = "sha256"
    #: Base64, over all bytes, as S3 writes it.
    CRC32 = "crc32"
    CRC32C = "crc32c"
    CRC64NVME = "crc64nvme"
    #: The ETag that the parts' MD5s give.
    COMPOSITE_ETAG = "composite_etag"
    #: The local file as it was then.
    FILE_SIZE = "file_size"
    FILE_MTIME_NS = "file_mtime_ns"
    #: Attempts at parts that had to be made again, in the run that finished it.
    PARTS_AGAIN = "parts_again"
    #: "head": HeadObject has seen what is stored.
    LOOKED = "looked"
    #: Values of ``Remark``, with commas.
    REMARKS = "remarks"
    #: Of a move that is under way: a person asked that both sides be read, however large they are.
    READ_BACK = "read_back"


#: Where the CRCs of S3 are kept, the fastest first.
CRC_PROOFS = {
    crc.CRC32: Proof.CRC32,
    crc.CRC64NVME: Proof.CRC64NVME,
    crc.CRC32C: Proof.CRC32C,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One finished transfer. Sizes in bytes, times aware, ETags without quotation marks."""

    id: int
    direction: Direction
    profile_id: str
    #: The object that was made; of a download the one that was read.
    location: Location
    #: The local file; of a copy none.
    path: Path | None
    #: What a copy was made of, and its connection.
    source: Location | None
    source_profile_id: str
    size: int
    etag: str
    version_id: str | None
    level: Verified | None
    part_bytes: int
    is_single: bool
    batch: str
    started: datetime | None
    finished: datetime | None
    proof: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, transfer: Transfer, proof: Mapping[str, str]) -> "Receipt":
        """The receipt of a row that is completed."""
        origin = transfer.origin
        is_copy, is_down = (
            transfer.direction is one for one in (Direction.COPY, Direction.DOWNLOAD)
        )
        read = origin.location if origin is not None else None
        return cls(
            id=transfer.id,
            direction=transfer.direction,
            profile_id=transfer.profile_id,
            location=read if is_down and read is not None else transfer.location,
            path=None if is_copy else transfer.path,
            source=read if is_copy else None,
            source_profile_id=origin.profile_id if is_copy and origin is not None else "",
            size=transfer.size,
            etag=transfer.etag or (origin.etag if is_down and origin is not None else ""),
            version_id=transfer.version_id
            or (origin.version_id if is_down and origin is not None else None),
            level=transfer.verified,
            part_bytes=transfer.part_bytes,
            is_single=transfer.is_single,
            batch=transfer.batch,
            started=transfer.started,
            finished=transfer.finished,
            proof=proof,
        )

    @property
    def crcs(self) -> dict[str, str]:
        """Those over all bytes that can be computed here, by the names that S3 has for them."""
        return {
            name: self.proof[proof]
            for name, proof in CRC_PROOFS.items()
            if self.proof.get(proof) and crc.is_known(name)
        }

    @property
    def part_count(self) -> int:
        """How many parts it had; 1 for one body, 0 where that is not known."""
        if self.is_single:
            return 1
        return max(1, math.ceil(self.size / self.part_bytes)) if self.part_bytes else 0

    @property
    def from_text(self) -> str:
        """Where the bytes came from: a path or an address. Not safe to show."""
        if self.direction is Direction.UPLOAD:
            return str(self.path)
        return str(self.source if self.source is not None else self.location)

    @property
    def to_text(self) -> str:
        """Where they went. Not safe to show."""
        return str(self.path if self.direction is Direction.DOWNLOAD else self.location)
