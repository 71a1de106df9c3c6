"""Pause, resume and abort: what stays, what is sent again, and that the last command wins."""

from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile

from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State


async def test_pause_stops_the_bytes_and_keeps_the_parts(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3, after_bytes=MIB)
    transfer = await house.upload_one(make_file(4 * PART))
    await gate.reached.wait()
    await house.watcher.until(lambda: True)
    while transfer.parts_done < 3:
        await house.clock.sleep(0)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    sent = server.bytes_in
    assert server.in_flight == 0
    assert transfer.moved == 3 * PART
    assert transfer.upload_id in server.uploads
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert server.bytes_in - sent == PART
    assert server.counts()["create"] == 1


async def test_no_confirmed_part_is_sent_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", after_bytes=1)
    transfer = await house.upload_one(make_file(9 * PART))
    for _ in range(3):
        await gate.reached.wait()
        house.queue.pause([transfer.id])
        await house.until(transfer, State.PAUSED)
        gate = server.hold("send_part", after_bytes=1)
        house.queue.resume([transfer.id])
    gate.open()
    await house.done(transfer)
    assert [call.part for call in sorted(server.confirmed, key=lambda call: call.part)] == list(
        range(1, 10)
    )


async def test_abort_leaves_nothing_on_the_server(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    transfer = await house.upload_one(make_file(4 * PART))
    await gate.reached.wait()
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.CANCELLED)
    assert not server.uploads
    assert not server.keys()
    assert transfer.upload_id == ""
    assert await house.journal.aborts() == []
