"""What is given up leaves the server, or is kept in mind until it does."""

import asyncio
import hashlib
import sqlite3

import pytest
from fake_server import MemoryServer
from fakes import MemoryUploads
from transfers.kit import MD5_ONLY, PART, House, MakeFile, NextStart, content, settings

from s3gui.domain.entries import ObjectOptions, UploadRef
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ErrorKind,
    NoSuchUpload,
    NotFound,
    S3guiError,
)
from s3gui.domain.integrity import composite_etag
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State

GONE = NoSuchUpload("No such upload")
NO_BUCKET = NotFound("No such bucket", code="NoSuchBucket")
BARE_404 = BadAnswer("404", code="404", kind=ErrorKind.TRANSIENT)


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


@pytest.mark.parametrize("op", ["abort", "parts"])
@pytest.mark.parametrize(
    "error", [GONE, NO_BUCKET, BARE_404], ids=["NoSuchUpload", "NoSuchBucket", "bare"]
)
async def test_only_s3_itself_says_that_an_upload_is_gone(
    house: House, server: MemoryServer, make_file: MakeFile, op: str, error: S3guiError
) -> None:
    gate = server.hold("send_part", part=3)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    server.fail(op, error, times=99)
    if op == "parts":
        server.fail("abort", AccessDenied("Not the first time"), times=2)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.CANCELLED)
    assert [todo.ref.location for todo in await house.journal.aborts()] == (
        [transfer.location] if error is BARE_404 else []
    )
    assert bool(house.watcher.problems) is (error is BARE_404)


async def test_an_upload_that_is_said_to_be_gone_and_lives_is_removed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", GONE, part=2)
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.counts()["create"] == 2
    assert not server.uploads, "nobody would know the first one's id"
    assert await house.journal.aborts() == []
    assert server.data("file.bin") == content(path)


async def test_an_upload_that_is_gone_and_cannot_be_aborted_now_is_kept_in_mind(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2, error=GONE)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    lost = transfer.upload_id
    server.fail("abort", BARE_404, times=3)
    gate.open()
    await house.done(transfer)
    assert [todo.ref.upload_id for todo in await house.journal.aborts()] == [lost]


@MD5_ONLY
async def test_an_upload_whose_object_is_another_one_is_removed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    """A Complete that was answered, and perhaps not carried out."""
    server.lie("head", "0" * 32 + "-2")
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert server.counts()["abort"] == 1
    assert await house.journal.aborts() == []


async def test_parts_that_meet_a_bare_404_stay(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", BARE_404, part=2, times=3)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.done(transfer)
    assert server.counts()["create"] == 1
    assert server.counts()["abort"] == 0


async def left_to_abort(house: House, server: MemoryServer, make_file: MakeFile) -> None:
    """An upload whose row is cancelled and whose Abort failed."""
    gate = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    server.fail("abort", AccessDenied("No"), times=3)
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.CANCELLED)
    server.calls.clear()


async def test_a_start_aborts_what_is_left_once(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    await left_to_abort(house, server, make_file)
    server.fail("abort", AccessDenied("No"), times=99)
    again = await next_start()
    await again.watcher.until(lambda: bool(again.watcher.problems))
    await again.queue.close()
    assert server.counts()["abort"] == 3
    assert [problem.code for problem in again.watcher.problems] == ["AccessDenied"]


async def test_two_who_want_it_drained_do_it_once(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    await left_to_abort(house, server, make_file)
    server.clear_rules()
    gate = server.hold("abort")
    again = await next_start()
    await gate.reached.wait()
    async with asyncio.TaskGroup() as group:
        group.create_task(again.queue.drain())
        group.create_task(again.queue.drain())
        await asyncio.sleep(0)
        gate.open()
    assert server.counts()["abort"] == 1
    assert not server.uploads
    assert await again.journal.aborts() == []


async def test_new_keys_let_it_be_tried_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    await left_to_abort(house, server, make_file)
    server.clear_rules()
    await house.adopt()
    await house.queue.drain()
    assert server.counts()["abort"] == 1
    assert not server.uploads


async def test_a_row_that_is_dropped_while_its_connection_opens_is_aborted_once(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    again = await next_start()
    (paused,) = again.queue.transfers
    again.queue.abort([paused.id], keep_parts=False)
    await again.until(paused, State.CANCELLED)
    await again.queue.drain()
    assert server.counts()["abort"] == 1
    assert not server.uploads


@pytest.mark.parametrize("fails", [True, False])
async def test_what_a_session_began_in_vain_is_journaled_and_aborted_later(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    next_start: NextStart,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,
) -> None:
    create = MemoryUploads.create

    async def twice(uploads: MemoryUploads, where: Location, options: ObjectOptions) -> UploadRef:
        vain = await create(uploads, where, options)
        uploads.left.append(UploadRef(where, vain.upload_id))
        if fails:
            raise S3guiError("Not encrypted", code="NotEncrypted")
        return await create(uploads, where, options)

    monkeypatch.setattr(MemoryUploads, "create", twice)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED if fails else State.COMPLETED)
    (todo,) = await house.journal.aborts()
    assert set(server.uploads) == {todo.ref.upload_id}
    assert await house.queue.still_to_abort() == 1
    again = await next_start()
    await again.queue.drain()
    assert not server.uploads
    assert not await again.journal.aborts()


@MD5_ONLY
async def test_an_upload_that_a_twin_came_before_is_not_forgotten_where_nobody_may_list_it(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart
) -> None:
    """The twin refuses Complete (412), and is what Complete was to make; ListParts is denied."""
    path = make_file(2 * PART)
    gate = server.hold("complete")
    await house.queue.upload("p", Location("b"), [path], if_exists=IfExists.SKIP)
    (transfer,) = house.queue.transfers
    await gate.reached.wait()
    upload_id, data = transfer.upload_id, content(path)
    md5s = [hashlib.md5(data[at : at + PART], usedforsecurity=False).digest() for at in (0, PART)]
    server.put_directly(Location("b", path.name), data, composite_etag(md5s))
    server.fail("parts", AccessDenied("No"), times=99)
    gate.open()
    await house.done(transfer)
    assert set(server.uploads) == {upload_id}
    (todo,) = await house.journal.aborts()
    assert todo.ref.upload_id == upload_id
    again = await next_start()
    await again.queue.drain()
    assert not server.uploads
    assert not await again.journal.aborts()
