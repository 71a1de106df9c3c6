"""What is given up leaves the server, or is kept in mind until it does."""

from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile

from s3gui.domain.errors import AccessDenied
from s3gui.domain.transfer import State


async def test_an_abort_that_is_not_allowed_is_told_and_stays_to_be_done(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    transfer = await house.upload_one(make_file(4 * PART))
    await gate.reached.wait()
    server.fail("abort", AccessDenied("No right to abort"), times=3)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.CANCELLED)
    (todo,) = await house.journal.aborts()
    assert todo.ref.upload_id in server.uploads
    assert [problem.code for problem in house.watcher.problems] == ["AccessDenied"]
    await house.queue.drain()
    assert not server.uploads
    assert await house.journal.aborts() == []
