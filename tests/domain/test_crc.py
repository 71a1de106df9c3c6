"""The CRC-32 that everything is proved with is zlib's, whoever computes it."""

import os
import zlib

import pytest

from s3gui.domain import crc

SIZES = [*range(70), 255, 256, 257, 4095, 4096, 4097, 65_537, (1 << 20) - 1, (1 << 20) + 13]


@pytest.mark.parametrize("shift", [0, 1, 7, 16, 31])
def test_numbers_are_those_of_zlib_at_any_length_and_place(shift: int) -> None:
    data = memoryview(os.urandom(SIZES[-1] + shift))[shift:]
    for size in SIZES:
        assert crc.crc32(data[:size], 0) == zlib.crc32(data[:size])


def test_goes_on_from_what_came_before() -> None:
    data = os.urandom(100_001)
    value = 0
    for at in range(0, len(data), 7_919):
        value = crc.crc32(memoryview(data)[at : at + 7_919], value)
    assert value == zlib.crc32(data)
    assert crc.crc32(b"", value) == value


def test_known_value() -> None:
    assert crc.crc32(b"123456789", 0) == 0xCBF43926
