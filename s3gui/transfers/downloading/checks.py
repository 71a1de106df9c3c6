"""What proves that a download is whole: the strongest that the server gives, and what it takes.

A checksum of the whole is best (CRC-32: combined from the ranges; SHA: read after them in order),
then the ETag, if it is an MD5 or made of the parts' MD5s, then checksums of the parts. CRC-32C and
CRC-64/NVME would take a library; where the server has nothing else, the row says "size only".
"""

import base64
import hashlib
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails, PartLayout
from s3gui.domain.integrity import (
    CRC32,
    Digest,
    Verified,
    clean_etag,
    composite_etag,
    is_composite,
    is_md5,
)
from s3gui.domain.parts import MIB, PartPlan, likely_part_bytes
from s3gui.domain.receipt import Proof

_SHA = {"SHA256": "sha256", "SHA1": "sha1"}
#: Parts in these bounds are fetched as they were uploaded, so that their MD5s come with them.
_LEAST_RANGE, _MOST_RANGE = 5 * MIB, 64 * MIB
#: Ranges of one object; more rows than that are of no use to anybody.
_MOST_RANGES = 9_900
#: A large object is fetched in larger ranges, as each costs a request; up to this size, since what
#: was not whole when the program was killed comes once more.
_LARGE_RANGE, _ENOUGH_RANGES = 32 * MIB, 128


@dataclass(frozen=True, slots=True)
class Check:
    """One way to prove an object."""

    level: Verified
    #: As the server has it.
    expected: str = ""
    #: The MD5 of each range is taken as it arrives.
    range_md5: bool = False
    #: Name for ``hashlib`` of what is hashed in order, behind the ranges; "" for nothing.
    follows: str = ""
    #: That hash begins anew after so many bytes; 0: never.
    cut_bytes: int = 0
    #: ``expected`` is made of the digests of the parts.
    of_parts: bool = False
    #: Nobody told how large the parts are: only a match says something.
    is_guess: bool = False
    #: Where the receipt keeps it.
    proof: Proof | None = None

    def found(self, ranges: Sequence[tuple[Digest, int]], followed: Sequence[bytes]) -> str:
        """What the bytes that arrived give, to be compared with ``expected``."""
        if self.follows or self.range_md5:
            digests = followed if self.follows else [digest.md5 for digest, _ in ranges]
            return self._of_hashes(digests)
        pairs = [(digest.crc32, length) for digest, length in ranges]
        if not self.of_parts:
            return _text(crc.combined(CRC32, pairs))
        joined = zlib.crc32(b"".join(crc32 for crc32, _ in pairs)).to_bytes(4, "big")
        return f"{_text(joined)}-{len(pairs)}"

    def _of_hashes(self, digests: Sequence[bytes]) -> str:
        is_etag = self.level is Verified.ETAG
        if not self.of_parts:
            return digests[0].hex() if is_etag else _text(digests[0])
        if is_etag:
            return composite_etag(digests)
        whole = hashlib.new(self.follows, b"".join(digests), usedforsecurity=False).digest()
        return f"{_text(whole)}-{len(digests)}"


NOTHING = Check(Verified.SIZE)


def wants_layout(details: ObjectDetails) -> bool:
    """Whether it helps to know how the object was cut."""
    crc32 = details.checksums.get(CRC32, "")
    return not (crc32 and _is_whole(details, crc32)) and bool(_counts(details))


def range_bytes(size: int, set_bytes: int) -> int:
    """Bytes of a range, where the object's own parts do not say.

    Args:
        size: of the object.
        set_bytes: what the person set; never less.
    """
    larger = min(_LARGE_RANGE, math.ceil(size / _ENOUGH_RANGES / MIB) * MIB)
    return max(set_bytes, larger, math.ceil(size / _MOST_RANGES / MIB) * MIB)


def plan_ranges(details: ObjectDetails, layout: PartLayout | None, wanted_bytes: int) -> int:
    """Bytes of a range: those of the object's own parts, where that helps and is reasonable."""
    told = _told(details, layout)
    if wants_layout(details) and _LEAST_RANGE <= told <= _MOST_RANGE:
        return told
    return wanted_bytes


def choose(
    details: ObjectDetails, layout: PartLayout | None, range_bytes: int, own_bytes: int
) -> Check:
    """The strongest check there is.

    Args:
        details: of HeadObject or GetObject, asked for checksums.
        layout: how it was cut, where the server tells.
        range_bytes: what is fetched at once.
        own_bytes: how this program would cut it.
    """
    crc32 = details.checksums.get(CRC32, "")
    if crc32 and _is_whole(details, crc32):
        return Check(Verified.FULL_CHECKSUM, crc32, proof=Proof.CRC32)
    etag = clean_etag(details.etag).lower()
    if not details.opaque_etag and is_md5(etag):
        single = details.size <= range_bytes
        return Check(
            Verified.ETAG,
            etag,
            range_md5=single,
            follows="" if single else "md5",
            proof=Proof.MD5,
        )
    if not details.opaque_etag and is_composite(etag):
        cut, is_guess = _cut(details, layout, own_bytes)
        if cut:
            return _by_parts(Verified.ETAG, etag, cut, range_bytes, is_guess=is_guess)
    return _by_checksum(details, layout, range_bytes, own_bytes)


def _by_checksum(
    details: ObjectDetails, layout: PartLayout | None, range_bytes: int, own_bytes: int
) -> Check:
    for name, algorithm in _SHA.items():
        value = details.checksums.get(name, "")
        if value and _is_whole(details, value):
            proof = Proof.SHA256 if name == "SHA256" else None
            return Check(Verified.FULL_CHECKSUM, value, follows=algorithm, proof=proof)
    cut, is_guess = _cut(details, layout, own_bytes)
    level = Verified.PART_CHECKSUM_AND_SIZE
    for name, value in details.checksums.items():
        if not cut or not value.endswith(f"-{PartPlan(details.size, cut).count}"):
            continue
        if name in _SHA:
            return Check(
                level, value, follows=_SHA[name], cut_bytes=cut, of_parts=True, is_guess=is_guess
            )
        if name == CRC32 and cut == range_bytes:
            return Check(level, value, of_parts=True, is_guess=is_guess)
    return NOTHING


def _by_parts(level: Verified, etag: str, cut: int, range_bytes: int, *, is_guess: bool) -> Check:
    same = cut == range_bytes
    return Check(
        level,
        etag,
        range_md5=same,
        follows="" if same else "md5",
        cut_bytes=0 if same else cut,
        of_parts=True,
        is_guess=is_guess,
        proof=Proof.COMPOSITE_ETAG,
    )


def _is_whole(details: ObjectDetails, value: str) -> bool:
    return "-" not in value and details.checksum_type != "COMPOSITE"


def _counts(details: ObjectDetails) -> set[int]:
    """How many parts the ETag and the checksums speak of."""
    values = [clean_etag(details.etag)] if not details.opaque_etag else []
    values += list(details.checksums.values())
    tails = [value.rpartition("-")[2] for value in values if "-" in value]
    return {int(tail) for tail in tails if tail.isascii() and tail.isdigit()}


def _told(details: ObjectDetails, layout: PartLayout | None) -> int:
    if layout is None or layout.first_bytes <= 0:
        return 0
    fits = PartPlan(details.size, layout.first_bytes).count in _counts(details)
    return layout.first_bytes if fits else 0


def _cut(details: ObjectDetails, layout: PartLayout | None, own_bytes: int) -> tuple[int, bool]:
    """Bytes of a part, 0 where nothing fits, and whether that is a guess."""
    if told := _told(details, layout):
        return told, False
    if layout is not None:
        return 0, False  # parts of several sizes
    counts = _counts(details)
    if counts == {1}:
        return max(1, details.size), False
    for count in sorted(counts):
        if guess := likely_part_bytes(details.size, count, own_bytes):
            return guess, True
    return 0, False


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
