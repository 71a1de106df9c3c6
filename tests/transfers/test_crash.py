"""kill -9 at each step, and the next start: nothing lost, nothing twice, nothing left unseen."""

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, NextStart, content, proof

from s3gui.domain.errors import ConnectionBroken
from s3gui.domain.transfer import State, Transfer


def only(house: House) -> Transfer:
    (transfer,) = house.queue.transfers
    return transfer


async def test_after_a_crash_only_the_parts_in_flight_are_sent_again(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=5)
    path = make_file(6 * PART)
    before = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(before, 5)
    again = await next_start()
    transfer = only(again)
    assert (transfer.parts_total, transfer.content_type) == (6, "application/octet-stream")
    server.clear_rules()
    await again.done(transfer)
    assert server.sends() == {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 1}
    assert server.counts()["create"] == 1
    assert server.data("file.bin") == content(path)


async def test_the_window_hears_of_the_rows_that_come_back(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    again = await next_start()
    assert again.watcher.added == [only(again).id]
    server.clear_rules()
    await again.done(only(again))


async def test_a_part_whose_answer_was_lost_with_the_program_is_not_sent_again(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2, applied=True)
    path = make_file(3 * PART)
    before = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(before, 2)
    again = await next_start()
    await again.done(only(again))
    assert server.sends() == {1: 1, 2: 1, 3: 1}
    assert server.data("file.bin") == content(path)


async def test_a_part_of_other_content_is_not_taken_for_ours(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2, applied=True)
    path = make_file(3 * PART)
    before = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(before, 2)
    server.uploads[before.upload_id].parts[2].etag = "0" * 32
    again = await next_start()
    await again.done(only(again))
    assert server.sends()[2] == 2
    assert server.data("file.bin") == content(path)


async def test_a_crash_while_completing_is_decided_by_head(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete", applied=True)
    await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    again = await next_start()
    transfer = only(again)
    await again.done(transfer)
    assert server.counts()["complete"] == 1
    assert again.clock.slept in ([], [0.0])
    assert transfer.verified is proof(server)
    assert transfer.parts_done == transfer.parts_total == 2


async def test_a_crash_before_the_complete_arrived_completes_after_a_minute(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete")
    path = make_file(2 * PART)
    await house.upload_one(path)
    await gate.reached.wait()
    again = await next_start()
    await again.done(only(again))
    assert sum(again.clock.slept) == 60
    assert server.sends() == {1: 1, 2: 1}
    assert server.data("file.bin") == content(path)


async def test_a_crash_after_the_complete_before_its_row_says_so(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("head")
    await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    again = await next_start()
    await again.done(only(again))
    assert server.counts()["complete"] == 1


async def test_what_was_paused_stays_so_and_goes_on_when_asked(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    before = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    await house.until_parts(before, 2)
    house.queue.pause([before.id])
    await house.until(before, State.PAUSED)
    again = await next_start()
    transfer = only(again)
    assert transfer.state is State.PAUSED
    assert (transfer.parts_done, transfer.moved) == (2, 2 * PART)
    again.queue.resume([transfer.id])
    await again.done(transfer)
    assert server.counts()["create"] == 1


async def test_an_abort_that_the_crash_cut_short_is_carried_out_at_the_next_start(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    before = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    aborting = server.hold("abort")
    house.queue.abort([before.id], keep_parts=False)
    await aborting.reached.wait()
    again = await next_start()
    assert only(again).state is State.CANCELLED
    while server.uploads:
        await again.clock.sleep(0)
    while await again.journal.aborts():
        await again.clock.sleep(0)


async def test_an_abort_that_failed_is_tried_again_at_the_next_start(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    before = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    server.fail("abort", ConnectionBroken("Reset"), times=3)
    house.queue.abort([before.id], keep_parts=False)
    await house.until(before, State.CANCELLED)
    assert len(await house.journal.aborts()) == 1
    assert [problem.code for problem in house.watcher.problems] == ["ConnectionBroken"]
    again = await next_start()
    while server.uploads:
        await again.clock.sleep(0)
    while await again.journal.aborts():
        await again.clock.sleep(0)


@pytest.mark.parametrize("keep", [True, False])
async def test_failed_and_cancelled_rows_come_back_as_they_were(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    reset = ConnectionBroken("Reset")
    gate = server.hold("send_part", part=2, error=reset)
    server.fail("send_part", reset, part=2, times=7)
    before = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    await house.until_parts(before, 1)
    gate.open()
    await house.until(before, State.FAILED)
    house.queue.abort([before.id], keep_parts=keep)
    await house.until(before, State.CANCELLED)
    again = await next_start()
    transfer = only(again)
    assert transfer.state is State.CANCELLED
    assert transfer.parts_done == (1 if keep else 0)
    await again.retry(transfer)
    await again.done(transfer)
    assert server.sends()[1] == (1 if keep else 2)


async def test_an_error_comes_back_with_its_words(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    path = make_file(10)
    gate = server.hold("put")
    before = await house.upload_one(path)
    await gate.reached.wait()
    house.queue.pause([before.id])
    await house.until(before, State.PAUSED)
    path.unlink()
    house.queue.resume([before.id])
    await house.until(before, State.FAILED)
    again = await next_start()
    assert only(again).error == before.error


async def test_closing_keeps_everything_and_the_next_start_goes_on(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2, after_bytes=1)
    path = make_file(3 * PART)
    before = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(before, 2)
    await house.queue.close()
    assert before.state is State.QUEUED
    assert server.in_flight == 0
    assert server.counts()["abort"] == 0
    again = await next_start()
    server.clear_rules()
    await again.done(only(again))
    assert server.sends() == {1: 1, 2: 2, 3: 1}
    assert server.data("file.bin") == content(path)


async def test_a_pause_just_before_closing_counts(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=1)
    before = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    house.queue.pause([before.id])
    await house.queue.close()
    again = await next_start()
    assert only(again).state is State.PAUSED


async def test_a_start_that_is_told_to_leave_rows_alone_does(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=1)
    before = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    again = await house.crash()
    server.clear_rules()
    await again.queue.start(go_on=False)
    (old,) = again.queue.transfers
    new = await again.upload_one(make_file(10, "new"))
    await again.done(new)
    assert old.state is State.QUEUED
    again.queue.resume([old.id])
    await again.done(old)
    assert old.upload_id == ""
    assert server.counts()["create"] == 1
    assert before.id == old.id
    await again.close()
