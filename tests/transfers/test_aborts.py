"""What is given up leaves the server, or is kept in mind until it does."""

import sqlite3

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, settings

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


async def test_a_queued_row_does_not_start_while_its_parts_are_removed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.queue.settings = settings(files_in_flight=1)
    gate = server.hold("send_part", part=2)
    waiting = await house.upload_one(make_file(2 * PART, "waiting"))
    await house.until_parts(waiting, 1)
    await gate.reached.wait()
    house.queue.pause([waiting.id])
    await house.until(waiting, State.PAUSED)
    first = server.hold("put")
    running = await house.upload_one(make_file(1, "running"))
    await first.reached.wait()
    house.queue.resume([waiting.id])
    await house.until(waiting, State.QUEUED)

    removal = server.hold("abort")
    house.queue.abort([waiting.id], keep_parts=False)
    await removal.reached.wait()
    first.open()
    await house.done(running)
    removal.open()
    await house.until(waiting, State.CANCELLED, State.RUNNING)
    assert waiting.state is State.CANCELLED
    assert server.counts()["create"] == 1
    assert not server.uploads


async def test_an_upload_whose_id_cannot_be_kept_is_removed_at_once(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> object:
        def fail(_: sqlite3.Connection) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        return house.journal._writer.submit(fail)

    monkeypatch.setattr(house.journal, "created", full)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert server.counts()["create"] == 1
    assert not server.uploads
    assert server.counts()["send_part"] == 0
