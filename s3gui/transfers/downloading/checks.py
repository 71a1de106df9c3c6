"""What proves that a download is whole: the strongest that the server gives, and what it takes.

A checksum of the whole is best (CRC: combined from the ranges; SHA: read after them in order),
then the ETag, if it is an MD5 or made of the parts' MD5s, then checksums of the parts. CRC-32C and
CRC-64/NVME take a library; where it is not there, they count for nothing.
"""

import base64
import math
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
    new_hash,
)
from s3gui.domain.parts import MIB, PartPlan, likely_part_bytes
from s3gui.domain.receipt import CRC_PROOFS, Proof

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
    #: The CRC of each range that is combined, as S3 names it.
    crc: str = ""
    #: Name for ``new_hash`` of what is hashed in order, behind the ranges; "" for nothing.
    follows: str = ""
    #: That hash begins anew after so many bytes; 0: never.
    cut_bytes: int = 0
    #: ``expected`` is made of the digests of the parts.
    of_parts: bool = False
    #: Nobody told how large the parts are: only a match says something.
    is_guess: bool = False
    #: Where the receipt keeps it.
    proof: Proof | None = None

    @property
    def proof_text(self) -> str:
        """``expected`` as the receipt has it: a SHA-256 in hex."""
        if self.proof is Proof.SHA256:
            return base64.b64decode(self.expected).hex()
        return self.expected

    def found(self, ranges: Sequence[tuple[Digest, int]], followed: Sequence[bytes]) -> str:
        """What the bytes that arrived give, to be compared with ``expected``."""
        if self.crc and not self.of_parts:
            pairs = [(digest.crc(self.crc), length) for digest, length in ranges]
            return crc.text(crc.combined(self.crc, pairs))
        if self.follows:
            return self._of_hashes(followed)
        return self._of_hashes(
            [digest.crc(self.crc) if self.crc else digest.md5 for digest, _ in ranges]
        )

    def _of_hashes(self, digests: Sequence[bytes]) -> str:
        is_etag = self.level is Verified.ETAG
        if not self.of_parts:
            return digests[0].hex() if is_etag else crc.text(digests[0])
        if is_etag:
            return composite_etag(digests)
        whole = new_hash(self.crc or self.follows)
        whole.update(b"".join(digests))
        return f"{crc.text(whole.digest())}-{len(digests)}"


NOTHING = Check(Verified.SIZE)


def wants_layout(details: ObjectDetails) -> bool:
    """Whether it helps to know how the object was cut."""
    return _by_crc(details) is None and bool(_counts(details))


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
    details: ObjectDetails,
    layout: PartLayout | None,
    range_bytes: int,
    own_bytes: int,
    *,
    has_md5: bool = False,
) -> Check:
    """The strongest check there is.

    Args:
        details: of HeadObject or GetObject, asked for checksums.
        layout: how it was cut, where the server tells.
        range_bytes: what is fetched at once.
        own_bytes: how this program would cut it.
        has_md5: all of it came at once, with its MD5 and CRC-32; another CRC takes a second look.
    """
    etag = clean_etag(details.etag).lower()
    tells_md5 = not details.opaque_etag and is_md5(etag)
    by_crc = _by_crc(details)
    if by_crc is not None and (by_crc.crc == CRC32 or not (has_md5 and tells_md5)):
        return by_crc
    if tells_md5:
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


def _by_crc(details: ObjectDetails) -> Check | None:
    whole = details.whole_checksums
    for name, proof in CRC_PROOFS.items():
        if name in whole and crc.is_known(name):
            return Check(Verified.FULL_CHECKSUM, whole[name], crc=name, proof=proof)
    return None


def _by_checksum(
    details: ObjectDetails, layout: PartLayout | None, range_bytes: int, own_bytes: int
) -> Check:
    whole = details.whole_checksums
    for name, algorithm in _SHA.items():
        if value := whole.get(name, ""):
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
        if name in CRC_PROOFS and crc.is_known(name):
            return _by_part_crcs(name, value, cut, range_bytes, is_guess=is_guess)
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


def _by_part_crcs(name: str, value: str, cut: int, range_bytes: int, *, is_guess: bool) -> Check:
    same = cut == range_bytes
    return Check(
        Verified.PART_CHECKSUM_AND_SIZE,
        value,
        crc=name if same else "",
        follows="" if same else name,
        cut_bytes=0 if same else cut,
        of_parts=True,
        is_guess=is_guess,
    )


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
