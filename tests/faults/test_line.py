"""A line that breaks, stands still or drips while parts are on it."""

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, Seen, part
from servers.front import Front
from servers.lies import Reset


@pytest.mark.fault(1)
async def test_a_part_that_a_reset_cut_is_sent_again_and_no_other(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(Reset(after_body=1_000_000), query=part(2), attempt=1)
    either.on(Reset(after_body=PART), query=part(2), attempt=1)
    path = make_file(4 * PART - 7)
    async with engine(either) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    assert seen.content() == path.read_bytes()
    assert seen.sends() == {1: 1, 2: 3, 3: 1, 4: 1}
    assert not seen.unfinished()
    assert program.clock.slept == [0.5, 1.0]
