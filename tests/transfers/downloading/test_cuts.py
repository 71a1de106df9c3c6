"""Where nobody tells how an object was cut, and the ETag says something of one cut only."""

from dataclasses import replace

import pytest
from fake_server import MemoryServer
from fakes import KEYS, profile
from transfers.downloading.kit import Downloads, pattern

from s3gui.domain.integrity import Verified
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State


@pytest.mark.parametrize("key", ["d/file", "file"])
async def test_damage_is_not_taken_for_another_cut(
    house: Downloads, server: MemoryServer, key: str
) -> None:
    server.tells_parts = False
    size = 12 * MIB if key == "d/file" else 20 * MIB
    data = house.stored(key, pattern(size), part_bytes=8 * MIB)
    server.lie("fetch", "flip", part=1)
    await house.ask(key.replace("d/file", "d/"))
    row = house.queue.transfers[-1]
    await house.done(row)
    assert (house.target / key).read_bytes() == data
    assert row.verified is Verified.ETAG


async def test_another_cut_is_believed_when_the_same_came_twice(
    house: Downloads, server: MemoryServer
) -> None:
    """A line that damages does not do so twice in the same way; what differs is no file."""
    server.tells_parts = False
    house.stored("file", pattern(20 * MIB), part_bytes=7 * MIB)
    server.lie("fetch", "flip", part=1)
    row = await house.download("file")
    assert row.error is not None
    assert (row.state, row.error.code) == (State.FAILED, "Corrupt")
    assert house.there() == []
    await house.retry(row)
    await house.done(row)
    assert row.verified is Verified.SIZE
    assert (house.target / "file").read_bytes() == server.data("file")


async def test_over_tls_another_cut_is_believed_at_once(
    house: Downloads, server: MemoryServer
) -> None:
    await house.connections.adopt(replace(profile(), endpoint="https://127.0.0.1:9"), KEYS)
    server.tells_parts = False
    house.stored("file", pattern(20 * MIB), part_bytes=7 * MIB)
    row = await house.download("file")
    assert row.verified is Verified.SIZE
    assert server.bytes_out == 20 * MIB
