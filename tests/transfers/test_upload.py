"""Whole uploads: what arrives is what was there, and the row says how that is known."""

from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, content, proof

from s3gui.domain.integrity import Verified
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State


@pytest.mark.parametrize(
    "size", [0, 1, MIB - 1, MIB, MIB + 1, PART, PART + 1, 3 * PART, 3 * PART + 7]
)
async def test_every_size_arrives_whole(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    path: Path = make_file(size)
    data = content(path)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.data("file.bin") == data
    assert transfer.verified is (Verified.ETAG if transfer.is_single else proof(server))
    assert (transfer.moved, transfer.parts_done) == (size, transfer.parts_total)
    assert not server.uploads
    assert house.watcher.states[-1] == (transfer.id, State.COMPLETED)
