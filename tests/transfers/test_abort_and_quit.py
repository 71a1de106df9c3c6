"""Everything is aborted and the program is left before the server has said yes to it."""

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile

from s3gui.domain.transfer import State


async def again(house: House) -> House:
    """The next start, after one that ended as it should."""
    await house.close()
    house.server.clear_rules()
    later = House(house.folder, house.server)
    await later.queue.start()
    return later


async def gone(house: House) -> None:
    while await house.journal.aborts():
        await house.clock.sleep(0)
    assert not house.server.uploads


async def test_an_abort_that_hangs_is_carried_out_at_the_next_start(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    part = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await part.reached.wait()
    removal = server.hold("abort")
    house.queue.abort([transfer.id], keep_parts=False)
    await removal.reached.wait()
    assert await house.queue.still_to_abort() == 1
    later = await again(house)
    try:
        (row,) = later.queue.transfers
        assert (row.state, row.upload_id) == (State.CANCELLED, "")
        await gone(later)
        assert await later.queue.still_to_abort() == 0
    finally:
        await later.close()


async def test_what_was_asked_in_the_moment_of_leaving_is_not_forgotten(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    part = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await part.reached.wait()
    house.queue.abort([transfer.id], keep_parts=False)
    later = await again(house)
    try:
        (row,) = later.queue.transfers
        assert row.state is State.CANCELLED
        await gone(later)
        assert "complete" not in server.counts()
    finally:
        await later.close()


@pytest.mark.parametrize("state", [State.QUEUED, State.PAUSED])
async def test_a_row_that_waits_with_parts_on_the_server_is_aborted_too(
    house: House, server: MemoryServer, make_file: MakeFile, state: State
) -> None:
    part = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await part.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    if state is State.QUEUED:
        house.queue.resume([transfer.id])
    house.queue.abort([transfer.id], keep_parts=False)
    later = await again(house)
    try:
        assert later.queue.transfers[0].state is State.CANCELLED
        await gone(later)
    finally:
        await later.close()


async def test_an_end_that_had_begun_is_found_out_at_the_next_start(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    end = server.hold("complete")
    transfer = await house.upload_one(make_file(3 * PART))
    await end.reached.wait()
    house.queue.abort([transfer.id], keep_parts=False)
    later = await again(house)
    try:
        # Whether the server stored it nobody knew; it did not, so the abort is carried out.
        (row,) = later.queue.transfers
        await later.until(row, State.CANCELLED, State.COMPLETED)
        assert row.state is State.CANCELLED
        assert (server.counts()["complete"], server.keys()) == (1, [])
        await gone(later)
    finally:
        await later.close()
