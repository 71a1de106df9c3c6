"""What the tests of policies share: a file of each size, and a row brought to rest."""

from pathlib import Path

import pytest
from fakes import profile
from transfers.kit import PART, House

from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Transfer

KEY = Location("b", "file.bin")
OTHER = b"somebody else's"
SMALL, LARGE = 3000, 2 * PART
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE])
WRITES = {SMALL: "put", LARGE: "complete"}


async def send(house: House, path: Path, policy: IfExists, where: str = "") -> Transfer:
    before = len(house.queue.transfers)
    await house.queue.upload(profile().id, Location("b", where), [path], if_exists=policy)
    return house.queue.transfers[before]


async def settled(house: House, transfer: Transfer) -> State:
    await house.until(
        transfer, State.COMPLETED, State.FAILED, State.SKIPPED, State.PAUSED, State.CANCELLED
    )
    return transfer.state
