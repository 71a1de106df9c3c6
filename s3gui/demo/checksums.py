"""The checksums of S3, verified as a body passes: MD5, SHA-1, SHA-256 and three CRCs.

CRC32C and CRC64NVME are not in the standard library: without ``anycrc`` they run in Python, right
but slow (some 10 MB/s). Nothing that s3gui or boto3 sends by itself needs them.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Protocol

from s3gui.demo.faults import Fault
from s3gui.domain import crc


class Digest(Protocol):
    """What takes blocks and gives the checksum's bytes."""

    def update(self, data: bytes, /) -> None:
        """Takes the next block."""

    def digest(self) -> bytes:
        """The checksum, big-endian."""


class Crc32:
    """CRC-32 as zlib has it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Takes the next block."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Four bytes."""
        return self._value.to_bytes(4, "big")


@cache
def _crc_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for value in range(256):
        crc = value
        for _ in range(8):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


class TableCrc:
    """A reflected CRC that begins and ends with all ones."""

    def __init__(self, polynomial: int, bits: int) -> None:
        self._table = _crc_table(polynomial)
        self._ones = (1 << bits) - 1
        self._bytes = bits // 8
        self._state = self._ones

    def update(self, data: bytes, /) -> None:
        """Takes the next block."""
        table, state = self._table, self._state
        for byte in data:
            state = table[(state ^ byte) & 0xFF] ^ state >> 8
        self._state = state

    def digest(self) -> bytes:
        """Four or eight bytes."""
        return (self._state ^ self._ones).to_bytes(self._bytes, "big")


def _crc(name: str) -> Digest:
    return crc.Sum(name) if crc.is_known(name) else TableCrc(*_CRCS[name])


#: Polynomial (reflected) and width of the checksums that can be joined from those of the parts.
_CRCS = {
    "CRC32": (0xEDB88320, 32),
    "CRC32C": (0x82F63B78, 32),
    "CRC64NVME": (0x9A6C9329AC4BC9B5, 64),
}
_MAKERS: dict[str, Callable[[], Digest]] = {
    "CRC32": Crc32,
    "CRC32C": lambda: _crc("CRC32C"),
    "CRC64NVME": lambda: _crc("CRC64NVME"),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
}
ALGORITHMS = tuple(_MAKERS)
HEADER = "x-amz-checksum-"


def digest_for(algorithm: str) -> Digest:
    """A fresh digest.

    Raises:
        Fault: InvalidRequest for an algorithm that S3 does not have.
    """
    if algorithm not in _MAKERS:
        raise Fault("InvalidRequest", f"Checksum algorithm provided is unsupported: {algorithm}")
    return _MAKERS[algorithm]()


def encode(digest: bytes) -> str:
    """Base64, as headers and documents have it."""
    return base64.b64encode(digest).decode()


def decode(text: str, code: str = "InvalidRequest") -> bytes:
    """The bytes of a base64 checksum.

    Raises:
        Fault: ``code`` when it is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault(code) from error


def composite(algorithm: str, digests: Iterable[bytes]) -> str:
    """The checksum of the parts' checksums, and their count."""
    whole = digest_for(algorithm)
    parts = list(digests)
    whole.update(b"".join(parts))
    return f"{encode(whole.digest())}-{len(parts)}"


def joined(algorithm: str, parts: Iterable[tuple[bytes, int]]) -> str:
    """The CRC of the whole out of the parts' CRCs and sizes (FULL_OBJECT).

    Raises:
        Fault: InvalidRequest, for an algorithm that is no CRC.
    """
    if algorithm not in _CRCS:
        raise Fault("InvalidRequest", f"FULL_OBJECT is not possible with {algorithm}")
    polynomial, bits = _CRCS[algorithm]
    whole = 0
    for digest, size in parts:
        shifted = _multiply(_power(8 * size, polynomial, bits), whole, polynomial, bits)
        whole = shifted ^ int.from_bytes(digest, "big")
    return encode(whole.to_bytes(bits // 8, "big"))


def _multiply(first: int, second: int, polynomial: int, bits: int) -> int:
    """``first * second`` modulo the polynomial, the highest power in the lowest bit."""
    product = 0
    mask = 1 << bits - 1
    while mask:
        if first & mask:
            product ^= second
        second = second >> 1 ^ (polynomial if second & 1 else 0)
        mask >>= 1
    return product


@lru_cache(256)  # parts are of one size, mostly
def _power(exponent: int, polynomial: int, bits: int) -> int:
    """X to the ``exponent``, modulo the polynomial."""
    result, square = 1 << bits - 1, 1 << bits - 2
    while exponent:
        if exponent & 1:
            result = _multiply(result, square, polynomial, bits)
        square = _multiply(square, square, polynomial, bits)
        exponent >>= 1
    return result
