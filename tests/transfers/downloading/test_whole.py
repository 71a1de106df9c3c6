"""Whole downloads: what is in the file is what is stored, and the row says how that is known."""

import os
import stat

import pytest
from fake_server import MemoryServer
from transfers.downloading.kit import PART, Downloads, crc32_text, pattern

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1, PART, PART + 1, 3 * PART + 7])
async def test_every_size_arrives_whole(house: Downloads, size: int) -> None:
    data = house.stored("dir/file.bin", pattern(size))
    transfer = await house.download("dir/file.bin")
    assert transfer.state is State.COMPLETED, transfer.error
    assert (house.target / "file.bin").read_bytes() == data
    assert transfer.verified is Verified.ETAG
    assert (transfer.moved, transfer.parts_done) == (size, transfer.parts_total)
    assert house.there() == ["file.bin"]


async def test_the_parts_of_the_object_are_the_ranges(
    house: Downloads, server: MemoryServer
) -> None:
    data = house.stored("file", pattern(20 * MIB), part_bytes=8 * MIB)
    transfer = await house.download("file")
    assert (transfer.verified, transfer.part_bytes) == (Verified.ETAG, 8 * MIB)
    assert (house.target / "file").read_bytes() == data
    assert server.counts()["fetch"] == 3


async def test_large_parts_are_fetched_in_pieces_and_still_prove_the_etag(house: Downloads) -> None:
    house.stored("file", pattern(140 * MIB), part_bytes=70 * MIB)
    transfer = await house.download("file")
    assert (transfer.verified, transfer.part_bytes) == (Verified.ETAG, PART)


async def test_a_part_size_that_nobody_tells_is_guessed(
    house: Downloads, server: MemoryServer
) -> None:
    server.tells_parts = False
    house.stored("file", pattern(20 * MIB), part_bytes=8 * MIB)
    assert (await house.download("file")).verified is Verified.ETAG


async def test_a_guess_that_is_wrong_is_no_damage(house: Downloads, server: MemoryServer) -> None:
    server.tells_parts = False
    house.stored("file", pattern(20 * MIB), part_bytes=7 * MIB)
    assert (await house.download("file")).verified is Verified.SIZE


async def test_a_checksum_over_the_whole_is_combined_from_the_ranges(house: Downloads) -> None:
    data = house.stored("file", pattern(3 * PART + 1), etag="opaque")
    house.server.latest(Location("b", "file")).checksums = {"CRC32": crc32_text(data)}
    transfer = await house.download("file")
    assert transfer.verified is Verified.FULL_CHECKSUM


async def test_without_anything_to_compare_the_row_says_so(
    house: Downloads, server: MemoryServer
) -> None:
    server.encryption = "aws:kms"
    house.stored("file", pattern(2 * PART))
    assert (await house.download("file")).verified is Verified.SIZE


async def test_a_small_object_takes_one_request(house: Downloads, server: MemoryServer) -> None:
    house.stored("dir/a", b"content")
    await house.ask("dir/")
    transfer = house.queue.transfers[-1]
    await house.done(transfer)
    assert (server.counts()["fetch"], server.counts()["head"]) == (1, 0)
    assert house.there() == ["dir/a"]


async def test_the_file_has_the_objects_time_and_no_more_rights_than_any_other(
    house: Downloads,
) -> None:
    held = house.server.store(
        Location("b", "run.sh"),
        b"#!",
        "",
        ObjectOptions(metadata={"mtime": "1700000000.123456789"}),
    )
    held.etag = "x"
    await house.download("run.sh")
    facts = (house.target / "run.sh").stat()
    assert facts.st_mtime_ns == 1700000000123456789
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(facts.st_mode) == 0o666 & ~mask


async def test_last_modified_is_the_time_where_no_other_is_noted(house: Downloads) -> None:
    house.stored("file", b"1")
    modified = house.server.latest(Location("b", "file")).modified
    await house.download("file")
    assert (house.target / "file").stat().st_mtime == modified.timestamp()
