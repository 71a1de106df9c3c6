"""The CRCs that everything is proved with are the published ones, whoever computes them."""

import itertools
import os
import subprocess
import sys
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.demo.checksums import _CRCS, TableCrc
from s3gui.domain import crc
from s3gui.domain.parts import MIB

SIZES = [*range(70), 255, 256, 257, 4095, 4096, 4097, 65_537, (1 << 20) - 1, (1 << 20) + 13]
#: The published values over "123456789".
KNOWN = {
    crc.CRC32: 0xCBF43926,
    crc.CRC32C: 0xE3069283,
    crc.CRC64NVME: 0xAE8B14860A799888,
}


def crc_of(name: str, data: bytes) -> bytes:
    return crc.packed(name, crc.function(name)(data, 0))


@pytest.mark.parametrize("shift", [0, 1, 7, 16, 31])
def test_numbers_are_those_of_zlib_at_any_length_and_place(shift: int) -> None:
    data = memoryview(os.urandom(SIZES[-1] + shift))[shift:]
    for size in SIZES:
        assert crc.crc32(data[:size], 0) == zlib.crc32(data[:size])


@pytest.mark.parametrize("name", [crc.CRC32C, crc.CRC64NVME])
@pytest.mark.parametrize("shift", [0, 1, 7, 16, 31])
def test_numbers_are_those_of_the_definition_at_any_length_and_place(name: str, shift: int) -> None:
    data = memoryview(os.urandom(65_537 + shift))[shift:]
    for size in SIZES[:-2]:
        slow = TableCrc(*_CRCS[name])
        slow.update(bytes(data[:size]))
        assert crc_of(name, data[:size]) == slow.digest(), size


@pytest.mark.parametrize("name", KNOWN)
def test_goes_on_from_what_came_before(name: str) -> None:
    data, compute = os.urandom(100_001), crc.function(name)
    value, sum_ = 0, crc.Sum(name)
    for at in range(0, len(data), 7_919):
        block = memoryview(data)[at : at + 7_919]
        value = compute(block, value)
        sum_.update(block)
    assert value == compute(data, 0)
    assert compute(b"", value) == value
    assert sum_.digest() == crc_of(name, data)


@pytest.mark.parametrize("name", KNOWN)
def test_known_values(name: str) -> None:
    assert crc.is_known(name)
    assert crc.function(name)(b"123456789", 0) == KNOWN[name]
    assert crc.function(name)(b"", 0) == 0


def test_what_is_no_crc_of_s3_is_not_known() -> None:
    assert not crc.is_known("SHA256")
    with pytest.raises(ValueError, match="SHA256"):
        crc.function("SHA256")


@pytest.mark.parametrize("name", KNOWN)
@given(parts=st.lists(st.binary(max_size=3000), max_size=8))
def test_the_crc_of_a_whole_comes_of_those_of_its_parts(name: str, parts: list[bytes]) -> None:
    pairs = [(crc_of(name, part), len(part)) for part in parts]
    assert crc.combined(name, pairs) == crc_of(name, b"".join(parts))


@pytest.mark.parametrize("name", KNOWN)
def test_large_parts_are_combined_as_well(name: str) -> None:
    data = os.urandom(MIB) * 13
    cuts = [0, 5 * MIB, 10 * MIB + 1, len(data)]
    parts = [data[at:to] for at, to in itertools.pairwise(cuts)]
    pairs = [(crc_of(name, part), len(part)) for part in parts]
    assert crc.combined(name, pairs) == crc_of(name, data)


@pytest.mark.parametrize("name", KNOWN)
def test_ten_thousand_parts_are_combined_in_an_instant(name: str) -> None:
    parts = [(b"\1\2\3\4", 16 * MIB)] * 9_999 + [(b"\5\6\7\x08", 12_345)]
    began = time.process_time()
    crc.combined(name, parts)
    assert time.process_time() - began < 0.2, "on the loop; 0.03 s here"


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, s3gui.domain.crc as crc, s3gui.transfers.downloading.checks\n"
        "assert 'anycrc' not in sys.modules\n"
        "assert crc.is_known('CRC32') and not crc.is_known('SHA256')\n"
        "assert 'anycrc' not in sys.modules\n"
        "assert crc.is_known('CRC64NVME') and 'anycrc' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_library_two_of_three_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    crc._model.cache_clear()
    monkeypatch.setitem(sys.modules, "anycrc", None)
    assert [crc.is_known(name) for name in KNOWN] == [True, False, False]
    with pytest.raises(ValueError, match=crc.CRC64NVME):
        crc.Sum(crc.CRC64NVME)
    monkeypatch.undo()
    crc._model.cache_clear()
    assert all(crc.is_known(name) for name in KNOWN)
