"""No network, slow lines, rights and room that lack, cancels that come late (rows 7 to 38)."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import LINE, PART, THREE, Engine, Seen, part
from servers.front import Cycle, Forward, Front
from servers.lies import Answer, error_body
from servers.line import Line
from transfers.kit import SETTINGS, settings

from s3gui.domain.parts import KIB, MIB
from s3gui.domain.transfer import State, Transfer, Waiting

ONE_BY_ONE = settings(parts_per_file=1)


@pytest.fixture
def line(tmp_path: Path, front: Front) -> Iterator[Line]:
    """From the program to the front; the front is reached by way of it."""
    with Line(tmp_path / "line", front.endpoint) as made:
        profile = replace(front.server.profile, endpoint=made.endpoint)
        front.server = replace(front.server, profile=profile)
        yield made


async def until_waits(program: Engine, transfer: Transfer, reason: Waiting) -> None:
    await program.watcher.until(lambda: transfer.waiting is reason)


# Row 7


@pytest.mark.fault(7)
async def test_without_a_name_for_the_server_it_is_waited_for_and_no_attempt_is_spent(
    front: Front,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twelve times, which is more than a part is tried."""
    failed = 0
    real = socket.getaddrinfo

    def unknown(*args: Any, **kwargs: Any) -> Any:
        nonlocal failed
        if failed < 12:
            failed += 1
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    path = make_file(THREE)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        await until_waits(program, transfer, Waiting.NETWORK)
        await program.done(transfer)
        assert transfer.waiting is None
    assert failed == 12
    assert program.clock.slept[:7] == [5, 10, 20, 40, 60, 60, 60]
    assert Seen(front, bucket).content() == path.read_bytes()


# Row 8


@pytest.mark.fault(8)
async def test_a_network_that_is_gone_and_returns_costs_no_part(
    front: Front, line: Line, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    path = make_file(4 * PART)
    cut = threading.Event()

    def gone() -> None:
        cut.set()
        line.cut()

    front.on(Forward(before=gone), query=part(3), attempt=1)
    async with engine(front, settings=ONE_BY_ONE) as program:
        transfer = await program.upload(path, bucket)
        await until_waits(program, transfer, Waiting.NETWORK)
        assert transfer.state is State.RUNNING
        assert cut.is_set()
        line.mend()
        await program.done(transfer)
    seen = Seen(front, bucket)
    assert seen.sends() == {1: 1, 2: 1, 3: 2, 4: 1}
    assert seen.calls()["Create"] == seen.calls()["Complete"] == 1
    assert seen.content() == path.read_bytes()
    assert 5 in program.clock.slept


# Row 15


@pytest.mark.fault(15)
async def test_a_slow_line_is_not_a_stall(
    front: Front, line: Line, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """The whole takes several times as long as a line may be silent."""
    path = make_file(800 * KIB)
    patience = replace(LINE, idle_s=0.5, answer_s=5, rate_window_s=0.5, least_rate=50 * KIB)
    line.pace(500 * KIB)
    small_buffers = replace(SETTINGS, single_put_bytes=MIB)
    async with engine(front, settings=small_buffers, line=patience) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(front, bucket)
    assert seen.calls()["PUT"] == 1
    assert program.clock.slept == []
    assert seen.content() == path.read_bytes()


# Row 24


@pytest.mark.fault(24)
async def test_a_cancel_during_complete_waits_for_the_outcome(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """Nothing is aborted, and that the object is there is said."""
    reached, go_on = threading.Event(), threading.Event()

    def held() -> None:
        reached.set()
        assert go_on.wait(20)

    front.on(Forward(before=held), method="POST", query="uploadId=", attempt=1)
    path = make_file(THREE)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        assert await asyncio.to_thread(reached.wait, 20)
        program.queue.abort([transfer.id], keep_parts=False)
        assert transfer.state is State.FINISHING
        go_on.set()
        await program.done(transfer)
        await program.watcher.until(lambda: bool(program.watcher.problems))
    assert [problem.code for problem in program.watcher.problems] == ["AlreadyStored"]
    seen = Seen(front, bucket)
    assert (seen.calls()["Abort"], seen.calls()["Complete"]) == (0, 1)
    assert seen.content() == path.read_bytes()


# Row 27


@pytest.mark.fault(27)
async def test_what_is_stored_under_another_etag_is_not_done_and_not_deleted(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """As if another upload had come between: the answer, and the look, tell of another object."""
    other = (r"[0-9a-f]{32}-3", "0123456789abcdef0123456789abcdef-3")
    plain.on(Forward(say=(other,)), method="POST", query="uploadId=")
    plain.on(Forward(etag=other), method="HEAD")
    path = make_file(THREE)
    async with engine(plain) as program:
        transfer = await program.upload(path, bucket)
        code = await program.failed(transfer)
    assert code == "ObjectDiffers"
    seen = Seen(plain, bucket)
    assert seen.calls()["Complete"] == 1
    deleted = [request for request in seen.log if request.method == "DELETE"]
    assert all("uploadId=" in request.query for request in deleted)
    assert seen.content() == path.read_bytes(), "the evidence stays"


# Row 31


@pytest.mark.fault(31)
@pytest.mark.parametrize("code", ["OperationAborted", "ConditionalRequestConflict"])
async def test_a_conflict_of_writers_is_tried_three_times_more(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, code: str
) -> None:
    conflict = Answer(409, error_body(code))
    front.on(Cycle((conflict, conflict, conflict, Forward())), query=part(2))
    path = make_file(THREE)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    assert program.clock.slept == [1, 2, 4]
    seen = Seen(front, bucket)
    assert seen.sends() == {1: 1, 2: 4, 3: 1}
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(31)
async def test_a_conflict_that_stays_fails_the_file_and_keeps_its_parts(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Answer(409, error_body("OperationAborted")), query=part(2))
    async with engine(front, settings=ONE_BY_ONE) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "OperationAborted"
    seen = Seen(front, bucket)
    assert seen.sends()[2] == 4
    assert 1 in seen.parts()
    assert 2 not in seen.parts()


# Row 35

DENIED = Answer(403, error_body("AccessDenied"))


@pytest.mark.fault(35)
async def test_who_may_only_write_uploads_and_goes_on_all_the_same(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """ListParts and HeadObject are refused: the journal's own parts count."""
    front.on(DENIED, query=part(6))
    path = make_file(6 * PART)
    async with engine(front, settings=ONE_BY_ONE) as program:
        transfer = await program.upload(path, bucket)
        assert await program.failed(transfer) == "AccessDenied"
        second = program.next_start()
    seen = Seen(front, bucket)
    kept = seen.parts()
    assert kept
    front.forget()
    front.on(DENIED, method="GET", query="uploadId=")
    front.on(DENIED, method="HEAD")
    async with second as program:
        (again,) = program.queue.transfers
        program.queue.retry([again.id])
        await program.until(again, State.COMPLETED)
    assert seen.calls()["ListParts"]
    assert {seen.sends()[number] for number in kept} == {1}
    assert seen.calls()["Create"] == 1
    assert seen.content() == path.read_bytes()


# Row 38


@pytest.mark.fault(38)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "QuotaExceeded"),
        (507, "InsufficientStorage"),
        (400, "EntityTooLarge"),
        (403, "InvalidObjectState"),
    ],
)
async def test_what_no_other_try_can_mend_is_tried_once_and_the_others_go_on(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, status: int, code: str
) -> None:
    front.on(Answer(status, error_body(code)), method="PUT", path="/file.bin$")
    first, second = make_file(1000), make_file(2000, "other.bin")
    async with engine(front) as program:
        bad = await program.upload(first, bucket)
        good = await program.upload(second, bucket)
        assert await program.failed(bad) == code
        assert bad.error is not None
        assert bad.error.title
        await program.done(good)
    assert program.clock.slept == []
    assert [request.status for request in front.log if request.path.endswith("/file.bin")] == [
        status
    ]
    assert Seen(front, bucket).content("other.bin") == second.read_bytes()
