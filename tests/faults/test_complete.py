"""CompleteMultipartUpload: errors in a 200, lost answers, slow servers, lost uploads (21 to 25)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import CALLS, LINE, PART, THREE, Seen, part
from servers.front import Forward, Front
from servers.lies import Answer, Reset, Silence, error_body, throttle
from servers.lying import Action, Talk
from transfers.kit import settings

from s3gui.domain.errors import NoSuchUpload
from s3gui.domain.transfer import State, Waiting

COMPLETE = {"method": "POST", "query": "uploadId="}
IN_A_200 = Answer(200, error_body("InternalError"))
SPACES_THEN_ERROR = Answer(200, b'<?xml version="1.0"?>' + b" " * 500 + error_body("x")[38:])


class Later(Action):
    """The answer is lost, and the storage is asked when ``come_about`` is called."""

    def __init__(self) -> None:
        self._happen: Callable[[], object] = lambda: None

    def __call__(self, talk: Talk) -> None:
        front = talk.server
        assert isinstance(front, Front)
        talk.proceed()
        message = Forward()._message(talk, talk.take_body())
        self._happen = lambda: front.carry(message)
        talk.reset()

    def come_about(self) -> None:
        self._happen()


# Row 21


@pytest.mark.fault(21)
@pytest.mark.parametrize("answer", [IN_A_200, SPACES_THEN_ERROR], ids=["plain", "after-spaces"])
async def test_an_error_in_a_200_that_stored_nothing_is_looked_into_and_completed_again(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, answer: Action
) -> None:
    either.on(answer, **COMPLETE, attempt=1)
    path = make_file(THREE)
    async with engine(either) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(either, bucket)
    assert seen.calls()["Complete"] == 2
    between = [request for request in seen.log if request.method == "HEAD"]
    assert len(between) >= 2, "looked at before it was sent again"
    assert not seen.calls()["Abort"]
    assert seen.sends() == {1: 1, 2: 1, 3: 1}
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


@pytest.mark.fault(21)
async def test_an_error_in_a_200_that_stored_the_object_is_done_with_one_complete(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    either.on(Forward(instead=IN_A_200), **COMPLETE)
    path = make_file(THREE)
    async with engine(either) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(either, bucket)
    assert seen.calls()["Complete"] == 1
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(21)
async def test_an_error_in_a_200_each_time_is_not_taken_for_done_and_keeps_the_parts(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(IN_A_200, **COMPLETE)
    async with engine(front) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "OutcomeUnknown"
        seen = Seen(front, bucket)
        assert seen.calls()["Complete"] == 2
        assert seen.keys() == []
        assert seen.parts() == [1, 2, 3]
        front.forget()
        program.queue.retry([transfer.id])
        await program.watcher.until(lambda: transfer.error is None)
        await program.done(transfer)
    assert seen.sends() == {1: 1, 2: 1, 3: 1}


# Row 22


LOST = {
    "reset": Forward(then="reset"),
    "silence": Forward(then="silence"),
    "half an answer": Forward(say=((r"(?s)<ETag.*", ""),)),
}


@pytest.mark.fault(22)
@pytest.mark.parametrize("how", LOST)
async def test_a_complete_whose_answer_is_lost_is_found_done_by_looking(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, how: str
) -> None:
    either.on(LOST[how], **COMPLETE)
    path = make_file(THREE)
    async with engine(either, calls=replace(CALLS, commit_read_s=1)) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(either, bucket)
    assert seen.calls()["Complete"] == 1
    assert not seen.calls()["Abort"]
    assert seen.sends() == {1: 1, 2: 1, 3: 1}
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


@pytest.mark.fault(22)
async def test_while_the_server_still_assembles_nothing_is_sent_that_changes_something(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    late = Later()
    front.on(late, **COMPLETE)
    front.on(Forward(before=late.come_about), method="HEAD", attempt=4)
    path = make_file(THREE)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        await program.watcher.until(lambda: transfer.waiting is Waiting.OUTCOME_UNKNOWN)
        assert transfer.state is State.FINISHING
        program.queue.abort([transfer.id], keep_parts=False)
        await program.done(transfer)
    seen = Seen(front, bucket)
    assert seen.calls()["Complete"] == 1
    assert not seen.calls()["Abort"], "a cancel has to wait for the outcome"
    assert seen.calls()["HEAD"] >= 4
    assert seen.content() == path.read_bytes()
    assert [problem.code for problem in program.watcher.problems] == ["AlreadyStored"]


@pytest.mark.fault(22)
async def test_a_complete_that_never_arrived_is_sent_again_only_after_the_last_look(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Reset(), **COMPLETE, attempt=1)
    path = make_file(THREE)
    async with engine(front) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(front, bucket)
    assert seen.calls()["Complete"] == 2
    assert sum(program.clock.slept) >= 60
    names = [request.method for request in seen.log]
    first = names.index("POST", 1)
    assert names[first + 1 :].count("HEAD") >= 5
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(22)
async def test_a_program_that_ends_before_the_answer_finds_the_object_at_its_next_start(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Forward(then="silence"), **COMPLETE)
    path = make_file(THREE)
    async with engine(front, calls=replace(CALLS, commit_read_s=30)) as program:
        transfer = await program.upload(path, bucket)
        await program.until(transfer, State.FINISHING)
        seen = Seen(front, bucket)
        await asyncio.to_thread(_until_stored, front, seen)
        again = program.next_start()
    path.unlink()
    async with again:
        (row,) = again.queue.transfers
        await again.done(row)
    assert seen.calls()["Complete"] == 1
    assert not seen.calls()["Abort"]


def _until_stored(front: Front, seen: Seen) -> None:
    while not seen.keys():
        front.pause(0.02)


@pytest.mark.fault(22)
async def test_what_somebody_else_stored_meanwhile_is_not_taken_for_ours(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    seen = Seen(front, bucket)
    size = THREE

    def overwrite() -> None:
        seen.client.put_object(Bucket=bucket, Key="file.bin", Body=b"\0" * size)

    front.on(Forward(then="reset", after=overwrite), **COMPLETE)
    async with engine(front) as program:
        transfer = await program.upload(make_file(size), bucket)
        await program.failed(transfer)
    assert transfer.verified is None
    assert seen.calls()["Complete"] == 1


# Row 23


@pytest.mark.fault(23)
async def test_a_complete_that_sends_spaces_for_long_is_waited_for(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """1.5 s of spaces, where a line may stand still or drip for 1 s, and Complete may for 5 s."""
    either.on(Forward(spaces=30, space_every_s=0.05), **COMPLETE)
    path = make_file(THREE)
    line, calls = replace(LINE, idle_s=1, rate_window_s=1), replace(CALLS, data_read_s=1)
    async with engine(either, line=line, calls=calls) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(either, bucket)
    assert seen.calls()["Complete"] == 1
    assert seen.calls()["HEAD"] == 1
    assert program.clock.slept == [], "nothing had to be looked for"
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(23)
async def test_a_complete_without_a_word_gets_the_time_of_a_complete_not_that_of_a_part(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Forward(after=lambda: front.pause(1.5)), **COMPLETE)
    calls = replace(CALLS, data_read_s=0.9, control_read_s=0.9, commit_read_s=10)
    async with engine(front, calls=calls) as program:
        await program.done(await program.upload(make_file(THREE), bucket))
    assert Seen(front, bucket).calls()["Complete"] == 1
    assert program.clock.slept == []


@pytest.mark.fault(23)
async def test_spaces_for_ever_end_and_leave_the_outcome_to_a_look(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Forward(spaces=1000, space_every_s=0.05), **COMPLETE)
    path = make_file(THREE)
    line, calls = replace(LINE, rate_window_s=1), replace(CALLS, commit_read_s=1)
    async with engine(front, line=line, calls=calls) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(front, bucket)
    assert seen.calls()["Complete"] == 1
    assert seen.content() == path.read_bytes()


# Row 25


@pytest.mark.fault(25)
async def test_an_upload_that_somebody_aborts_midway_is_begun_anew_and_said(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    seen = Seen(either, bucket)

    def abort() -> None:
        (upload_id,) = seen.unfinished()
        seen.client.abort_multipart_upload(Bucket=bucket, Key="file.bin", UploadId=upload_id)

    either.on(Forward(before=abort), query=part(3), attempt=1)
    path = make_file(4 * PART)
    async with engine(either, settings=settings(parts_per_file=1)) as program:
        await program.done(await program.upload(path, bucket))
        assert [type(problem) for problem in program.watcher.problems] == [NoSuchUpload]
    assert seen.calls()["Create"] == 2
    ids = {request.query.partition("uploadId=")[2][:12] for request in seen.log if request.part}
    assert len(ids) == 2
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


@pytest.mark.fault(25)
async def test_an_upload_that_was_removed_between_two_starts_goes_up_anew(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    seen = Seen(front, bucket)
    front.on(Silence(), query=part(3), attempt=1)
    path = make_file(THREE)
    slow = replace(CALLS, data_read_s=30)
    async with engine(front, calls=slow) as program:
        transfer = await program.upload(path, bucket)
        async with asyncio.timeout(10):
            while transfer.parts_done < 2:  # noqa: ASYNC110  nobody tells of a part
                await asyncio.sleep(0)
        again = program.next_start()
    (upload_id,) = seen.unfinished()
    seen.client.abort_multipart_upload(Bucket=bucket, Key="file.bin", UploadId=upload_id)
    async with again:
        (row,) = again.queue.transfers
        await again.done(row)
    assert seen.sends() == {1: 2, 2: 2, 3: 2}
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


@pytest.mark.fault(25)
async def test_an_upload_that_is_gone_because_it_was_completed_is_done(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """The first Complete did its work behind a gateway that said it was busy."""
    front.on(Forward(instead=throttle()), **COMPLETE, attempt=1)
    front.on(Answer(404, error_body("NoSuchUpload")), **COMPLETE)
    path = make_file(THREE)
    async with engine(front) as program:
        await program.done(await program.upload(path, bucket))
        assert not program.watcher.problems
    seen = Seen(front, bucket)
    assert seen.calls()["Create"] == 1
    assert seen.sends() == {1: 1, 2: 1, 3: 1}
    assert not seen.calls()["Abort"]
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(25)
async def test_a_server_that_loses_every_upload_fails_the_file_and_leaves_nothing(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Answer(404, error_body("NoSuchUpload")), query=part(2))
    async with engine(front) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "NoSuchUpload"
    seen = Seen(front, bucket)
    assert seen.calls()["Create"] == 3
    assert not seen.unfinished(), "none of the three lives on"
