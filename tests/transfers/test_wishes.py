"""A cancel that has to wait for an outcome: kept over the end of the program, then carried out."""

from pathlib import Path

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, NextStart, content

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import ConnectionBroken
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, State, Transfer, Waiting
from s3gui.transfers.row import Row, Wish
from s3gui.transfers.wishes import Live, next_step

LOST = ConnectionBroken("Reset")
BOTH = pytest.mark.parametrize("keep", [True, False], ids=["keep", "remove"])


def only(house: House) -> Transfer:
    (transfer,) = house.queue.transfers
    return transfer


async def cancelled_while_completing(
    house: House, server: MemoryServer, make_file: MakeFile, *, keep: bool, applied: bool = False
) -> Transfer:
    """A row whose Complete has no answer yet, and that a person cancelled."""
    gate = server.hold("complete", applied=applied)
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    house.queue.abort([transfer.id], keep_parts=keep)
    await written(house)
    return transfer


async def written(house: House) -> None:
    """What was asked of the journal before this is on the disk."""
    await house.journal.load()


def carried_out(server: MemoryServer, transfer: Transfer, *, keep: bool) -> bool:
    assert transfer.state is State.CANCELLED
    assert server.keys() == []
    return (bool(server.uploads), transfer.parts_done, bool(transfer.upload_id)) == (
        (True, 2, True) if keep else (False, 0, False)
    )


@BOTH
async def test_nothing_was_stored_so_it_is_cancelled_at_the_next_start(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    await cancelled_while_completing(house, server, make_file, keep=keep)
    again = await next_start()
    transfer = only(again)
    await again.until(transfer, State.CANCELLED, State.COMPLETED)
    assert carried_out(server, transfer, keep=keep)
    assert server.counts()["complete"] == 1
    assert server.counts()["head"] == 6, "it was looked for, for a minute"
    later = await next_start()
    assert only(later).state is State.CANCELLED
    await later.retry(only(later))
    await later.done(only(later))
    assert server.sends()[1] == (1 if keep else 2)
    assert server.data("file.bin") == content(transfer.path)


@BOTH
async def test_it_was_stored_so_it_is_done_and_says_so(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    await cancelled_while_completing(house, server, make_file, keep=keep, applied=True)
    again = await next_start()
    await again.done(only(again))
    await again.watcher.until(lambda: bool(again.watcher.problems))
    assert [problem.code for problem in again.watcher.problems] == ["AlreadyStored"]
    assert server.counts()["abort"] == 0
    later = await next_start()
    assert only(later).state is State.COMPLETED
    assert later.watcher.problems == []


@BOTH
async def test_a_cancel_while_the_outcome_is_looked_for_outlives_the_program(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    server.fail("complete", LOST)
    gate = server.hold("head")
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    assert transfer.waiting is Waiting.OUTCOME_UNKNOWN
    house.queue.abort([transfer.id], keep_parts=keep)
    await written(house)
    again = await next_start()
    await again.until(only(again), State.CANCELLED, State.COMPLETED)
    assert carried_out(server, only(again), keep=keep)
    assert server.counts()["complete"] == 1


@BOTH
async def test_a_cancel_while_the_outcome_is_looked_for_needs_no_restart(
    house: House, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    server.fail("complete", LOST)
    gate = server.hold("head")
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    house.queue.abort([transfer.id], keep_parts=keep)
    gate.open()
    await house.until(transfer, State.CANCELLED, State.COMPLETED)
    assert carried_out(server, transfer, keep=keep)
    assert server.counts()["complete"] == 1


@BOTH
async def test_leaving_the_program_keeps_the_cancel_too(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile, keep: bool
) -> None:
    await cancelled_while_completing(house, server, make_file, keep=keep)
    await house.queue.close()
    again = await next_start()
    await again.until(only(again), State.CANCELLED, State.COMPLETED)
    assert carried_out(server, only(again), keep=keep)


@pytest.mark.parametrize("taken_back", [True, False])
async def test_what_was_asked_of_a_failed_row_of_unknown_outcome_outlives_the_program(
    house: House,
    next_start: NextStart,
    server: MemoryServer,
    make_file: MakeFile,
    taken_back: bool,
) -> None:
    server.fail("complete", LOST)
    server.fail("head", LOST, times=5)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    gate = server.hold("head")
    house.queue.abort([transfer.id], keep_parts=False)
    await gate.reached.wait()
    if taken_back:
        house.queue.retry([transfer.id])
    await written(house)
    again = await next_start()
    await again.until(only(again), State.CANCELLED, State.COMPLETED)
    assert only(again).state is (State.COMPLETED if taken_back else State.CANCELLED)
    assert not server.uploads


async def test_a_cancel_that_is_taken_back_is_not_remembered(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    transfer = await cancelled_while_completing(house, server, make_file, keep=False)
    house.queue.resume([transfer.id])
    await written(house)
    again = await next_start()
    await again.done(only(again))
    assert again.watcher.problems == []


async def test_a_cancel_is_kept_until_the_outcome_is_known(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    await cancelled_while_completing(house, server, make_file, keep=False)
    server.fail("head", LOST, times=6)
    again = await next_start()
    await again.watcher.until(lambda: bool(again.watcher.problems))
    assert only(again).state is State.FAILED
    assert [problem.code for problem in again.watcher.problems] == ["OutcomeUnknown"]
    assert server.counts()["abort"] == 0
    later = await next_start()
    await later.until(only(later), State.CANCELLED)
    assert carried_out(server, only(later), keep=False)


async def test_a_cancel_before_the_complete_was_sent_keeps_it_from_leaving(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    await house.until_parts(transfer, 1)
    transfer.observer, before = None, transfer.observer

    def on_finishing(changed: Transfer) -> None:
        assert before is not None
        before(changed)
        if changed.state is State.FINISHING:
            transfer.observer = before
            house.queue.abort([transfer.id], keep_parts=False)

    transfer.observer = on_finishing
    gate.open()
    await house.until(transfer, State.CANCELLED, State.COMPLETED)
    assert server.counts()["complete"] == 0
    assert carried_out(server, transfer, keep=False)


async def test_a_start_that_leaves_rows_alone_leaves_the_wish_for_the_next_one(
    house: House, next_start: NextStart, server: MemoryServer, make_file: MakeFile
) -> None:
    await cancelled_while_completing(house, server, make_file, keep=False)
    looking = await house.crash()
    server.clear_rules()
    await looking.queue.start(go_on=False)
    assert only(looking).state is State.QUEUED
    again = await looking.crash()
    await again.queue.start()
    await again.until(only(again), State.CANCELLED, State.COMPLETED)
    assert carried_out(server, only(again), keep=False)
    await again.close()


@pytest.mark.parametrize("completing", [False, True])
@pytest.mark.parametrize("kept", ["", "upload-1"])
@pytest.mark.parametrize("wish", [None, *Wish])
@pytest.mark.parametrize("state", State)
def test_no_wish_sends_a_row_where_the_table_does_not_let_it(
    tmp_path: Path, state: State, wish: Wish | None, kept: str, completing: bool
) -> None:
    transfer = Transfer(1, "p", Direction.UPLOAD, Location("b", "k"), tmp_path / "k", 1, 1)
    transfer.state, transfer.upload_id = state, kept
    row = Row(transfer, ObjectOptions(), completing=completing)
    step = next_step(row, wish, Live(), lambda _: None)
    if step.to is not None:
        # As the dispatcher does it.
        if state is State.FINISHING:
            transfer.move_to(State.QUEUED)
        transfer.move_to(step.to)
