"""The CRCs that S3 has over objects: ``CRC32``, ``CRC32C`` and ``CRC64NVME``, and how they combine.

zlib's CRC-32 takes 0.27 s a GiB, as much as all else that Python does for a download. That of
Intel's ISA-L (the package ``isal``) takes a twentieth of it and gives the same numbers; it has no
wheel for Windows on ARM and other rare machines, which do with zlib's. Both let other threads run
meanwhile. The other two are those of ``anycrc``, 0.05 s a GiB; it keeps the interpreter's lock for
these 50 µs a MiB, and is loaded when an object with one of them is met.
"""

import base64
import logging
import zlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer

#: The names that S3 has for them.
CRC32, CRC32C, CRC64NVME = "CRC32", "CRC32C", "CRC64NVME"
_log = logging.getLogger(__name__)
#: ``crc32(data, value_so_far)``; begin with 0.
crc32: "Callable[[Buffer, int], int]"
try:
    from isal.isal_zlib import crc32
except ImportError:
    crc32 = zlib.crc32

#: Whether it is the fast one.
IS_FAST = crc32 is not zlib.crc32
#: Polynomial, reflected: the highest power is in the lowest bit; and bits.
_KINDS = {
    CRC32: (0xEDB88320, 32),
    CRC32C: (0x82F63B78, 32),
    CRC64NVME: (0x9A6C9329AC4BC9B5, 64),
}
#: What ``anycrc`` calls them.
_MODELS = {CRC32C: "CRC32-ISCSI", CRC64NVME: "CRC64-NVME"}


class Model(Protocol):
    """What computes one of them."""

    def calc(self, data: "Buffer", value: int, /) -> int:
        """Goes on from ``value``."""


@cache
def _model(name: str) -> Model | None:
    try:
        import anycrc
    except ImportError:
        _log.warning("without anycrc: %s is not computed", name)
        return None
    return cast("Model", anycrc.Model(_MODELS[name]))


def is_known(name: str) -> bool:
    """Whether this one can be computed here."""
    return name == CRC32 or (name in _MODELS and _model(name) is not None)


def function(name: str) -> "Callable[[Buffer, int], int]":
    """What computes one: ``function(name)(data, value_so_far)``; begin with 0.

    Raises:
        ValueError: it is not known here.
    """
    if name == CRC32:
        return crc32
    model = _model(name) if name in _MODELS else None
    if model is None:
        raise ValueError(name)
    return model.calc


class Sum:
    """One of them over blocks as they come, with the methods of ``hashlib``'s objects."""

    def __init__(self, name: str) -> None:
        self._add = function(name)
        self._pack = partial(packed, name)
        self._value = 0

    def update(self, data: "Buffer", /) -> None:
        """Takes the next block."""
        self._value = self._add(data, self._value)

    def digest(self) -> bytes:
        """Of all blocks so far, big-endian."""
        return self._pack(self._value)


def packed(name: str, value: int) -> bytes:
    """A value as bytes, big-endian."""
    return value.to_bytes(_KINDS[name][1] // 8, "big")


def text(digest: bytes) -> str:
    """As headers and documents of S3 have it: base64, "" for none."""
    return base64.b64encode(digest).decode()


def combined(name: str, parts: Iterable[tuple[bytes, int]]) -> bytes:
    """The CRC of a whole out of the CRCs and the sizes in bytes of its parts, in order.

    What stands in front of a part is moved by as many bits as the part has, which is a product in
    GF(2)[x]; parts are of one size but the last, so its tables are made twice at most, mostly.
    """
    whole = 0
    for digest, size in parts:
        moved = int.from_bytes(digest, "big")
        for place, table in enumerate(_moved_by(name, size)):
            moved ^= table[whole >> 8 * place & 255]
        whole = moved
    return packed(name, whole)


@lru_cache(maxsize=16)
def _moved_by(name: str, size: int) -> tuple[tuple[int, ...], ...]:
    """A table a byte of a CRC: its product with x to the power of ``8 * size``."""
    polynomial, width = _KINDS[name]
    power, square, bits = 1 << width - 1, 1 << width - 2, 8 * size
    while bits:
        if bits & 1:
            power = _times(power, square, polynomial, width)
        square = _times(square, square, polynomial, width)
        bits >>= 1
    return tuple(_table(power, place, polynomial, width) for place in range(0, width, 8))


def _table(power: int, place: int, polynomial: int, width: int) -> tuple[int, ...]:
    """The products with all bytes at ``place``, each the sum of those with its bits."""
    table = [0] * 256
    for bit in range(8):
        table[1 << bit] = _times(power, 1 << place + bit, polynomial, width)
    for byte in range(256):
        lowest = byte & -byte
        table[byte] = table[byte ^ lowest] ^ table[lowest]
    return tuple(table)


def _times(first: int, second: int, polynomial: int, width: int) -> int:
    """The product modulo the polynomial."""
    product = 0
    for bit in range(width - 1, -1, -1):
        if first >> bit & 1:
            product ^= second
        second = second >> 1 ^ (polynomial if second & 1 else 0)
    return product
