"""A command that comes while the one before it is being journaled is the last one, and counts."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from fake_server import MemoryServer
from transfers.kit import MD5_ONLY, PART, House, MakeFile, content

from s3gui.domain.errors import AccessDenied, JournalError
from s3gui.domain.location import Location
from s3gui.domain.transfer import State, Transfer
from s3gui.transfers import dispatcher
from s3gui.transfers.journal import Done, StateChange

pytestmark = MD5_ONLY


async def half_way(house: House, server: MemoryServer, make_file: MakeFile) -> Transfer:
    """An upload with a part on the server and another one under way."""
    gate = server.hold("send_part", part=2)
    row = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    await house.until_parts(row, 1)
    server.clear_rules()
    return row


def while_it_is_journaled(
    house: House, monkeypatch: pytest.MonkeyPatch, press: Callable[[], None]
) -> None:
    """Presses once more when the next change of a state is on its way to the disk."""
    change = house.journal.change

    def pressed(changes: Sequence[StateChange], at: datetime) -> Done:
        monkeypatch.setattr(house.journal, "change", change)
        press()
        return change(changes, at)

    monkeypatch.setattr(house.journal, "change", pressed)


@pytest.mark.parametrize("command", ["resume", "retry"])
async def test_paused_and_then_told_to_go_on_it_goes_on(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    row = await half_way(house, server, make_file)
    while_it_is_journaled(house, monkeypatch, lambda: getattr(house.queue, command)([row.id]))
    house.queue.pause([row.id])
    await house.done(row)
    assert server.counts()["create"] == 1


@pytest.mark.parametrize("command", ["resume", "retry"])
@pytest.mark.parametrize("keep_parts", [True, False])
async def test_cancelled_and_then_told_to_go_on_it_goes_on(
    house: House,
    server: MemoryServer,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    keep_parts: bool,
) -> None:
    row = await half_way(house, server, make_file)
    while_it_is_journaled(house, monkeypatch, lambda: getattr(house.queue, command)([row.id]))
    house.queue.abort([row.id], keep_parts=keep_parts)
    await house.until(row, State.COMPLETED)
    assert server.data("file.bin") == content(row.path)
    assert not server.uploads


async def test_a_command_that_is_not_for_a_row_undoes_nothing_that_was_asked_of_it(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    row = await half_way(house, server, make_file)
    house.queue.pause([row.id])
    await house.until(row, State.PAUSED)
    house.queue.resume([row.id])
    house.queue.retry([row.id])  # it has not failed
    await house.done(row)


async def test_a_retry_leaves_paused_rows_alone(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    row = await half_way(house, server, make_file)
    house.queue.pause([row.id])
    await house.until(row, State.PAUSED)
    house.queue.retry([row.id])
    other = await house.upload_one(make_file(PART, "other.bin"))
    await house.done(other)
    assert row.state is State.PAUSED


async def test_a_journal_that_works_again_lets_the_others_go_on(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await half_way(house, server, make_file)
    change, asked = house.journal.change, 0

    def broken_once(changes: Sequence[StateChange], at: datetime) -> Done:
        nonlocal asked
        asked += 1
        if asked > 1:
            return change(changes, at)
        raise JournalError("The disk is full", code="SQLITE_FULL")

    monkeypatch.setattr(house.journal, "change", broken_once)
    house.queue.pause([row.id])
    await house.watcher.until(lambda: bool(house.watcher.problems))
    # Nothing is pressed, but something happens: the pause is carried out after all.
    house.queue.settings = house.queue.settings
    await house.until(row, State.PAUSED)
    waiting = [item for item in house.queue.transfers if item.state is State.QUEUED]
    assert not waiting
    assert not house.queue._dispatcher._halted


async def test_a_failure_that_cannot_be_journaled_leaves_the_row_where_the_disk_has_it(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Done:
        raise JournalError("The disk is full", code="SQLITE_FULL")

    with monkeypatch.context() as patch:
        patch.setattr(house.journal, "intend", full)
        patch.setattr(house.journal, "change", full)
        row = await house.upload_one(make_file(2 * PART))
        await house.watcher.until(lambda: bool(house.watcher.problems))
        await house.until(row, State.QUEUED)
    # The same file once more is no other upload, and something was pressed.
    again = await house.queue.upload("p", Location("b"), [row.path])
    assert [item.why for item in again.skipped] == ["is in the list already"]
    other = await house.upload_one(make_file(10, "other.bin"))
    await house.done(other)
    await house.done(row)


async def test_what_is_asked_while_the_program_ends_and_writes_is_not_forgotten(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fail("create", AccessDenied("No", code="AccessDenied"))
    failed = await house.upload_one(make_file(2 * PART, "failed"))
    await house.until(failed, State.FAILED)
    row = await half_way(house, server, make_file)
    ends: list[asyncio.Future[None]] = []

    def press() -> None:
        house.queue.abort([failed.id], keep_parts=False)
        ends.append(asyncio.ensure_future(house.close()))

    while_it_is_journaled(house, monkeypatch, press)
    house.queue.pause([row.id])
    await house.watcher.until(lambda: bool(ends))
    await ends[0]
    again = House(house.folder, server)
    await again.queue.start()
    states = {item.location.key: item.state for item in again.queue.transfers}
    assert states["failed"] is State.CANCELLED
    await again.close()


async def test_what_is_asked_while_an_abort_is_cut_short_by_the_end_is_not_forgotten(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    row = await half_way(house, server, make_file)
    gate = server.hold("abort")
    house.queue.abort([row.id], keep_parts=False)
    await gate.reached.wait()
    house.queue.retry([row.id])
    await house.close()
    again = House(house.folder, server)
    server.clear_rules()
    await again.queue.start()
    (back,) = again.queue.transfers
    await again.done(back)
    await again.close()


async def test_a_fault_of_ours_in_one_command_does_not_stop_all_transfers(
    house: House, server: MemoryServer, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await half_way(house, server, make_file)
    with monkeypatch.context() as patch:
        patch.setattr(dispatcher, "next_step", lambda *_: 1 / 0)
        house.queue.pause([row.id])
        await house.watcher.until(lambda: bool(house.watcher.problems))
    assert [problem.code for problem in house.watcher.problems] == ["Unexpected"]
    house.queue.pause([row.id])
    await house.until(row, State.PAUSED)
    other = await house.upload_one(make_file(1, "another"))
    await house.done(other)
