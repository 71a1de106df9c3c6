"""kill -9 while a list is queued: the next start goes on with it, nothing comes twice."""

import asyncio
from pathlib import Path

import pytest
from fake_server import MemoryServer
from fakes import profile
from transfers.kit import MD5_ONLY, House
from transfers.unread_kit import (
    BATCH,
    COUNT,
    Killed,
    NoKeys,
    all_over,
    fetching,
    fill,
    moving,
    uploading,
)

from s3gui.domain.errors import ConnectionBroken, ErrorKind, JournalError, Offline, S3guiError
from s3gui.domain.queueing import STOPPED, Reading, ScanResult
from s3gui.domain.transfer import Direction
from s3gui.transfers.row import Row

pytestmark = MD5_ONLY


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_list_is_queued_on_at_the_next_start(
    house: House, killed: Killed, server: MemoryServer, tmp_path: Path, nth: int
) -> None:
    fill(server)
    again = await killed.before(house, nth, fetching(tmp_path, "from/", "nothing/"))
    await again.queue.start()
    await all_over(again)
    files = sorted(path.name for path in (tmp_path / "to" / "from").iterdir())
    assert files == [f"{number:02}" for number in range(COUNT)]
    result = killed.told[-1].result
    assert result is not None
    assert (result.queued, [str(item.location) for item in result.skipped]) == (
        COUNT,
        ["s3://b/nothing/"],
    )


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_move_is_queued_on_though_its_first_objects_are_gone(
    house: House, killed: Killed, server: MemoryServer, nth: int
) -> None:
    fill(server)
    again = await killed.before(house, nth, moving(move=True))
    await again.queue.start()
    await all_over(again)
    assert server.keys() == [f"to/from/{number:02}" for number in range(COUNT)]
    result = killed.told[-1].result
    assert result is not None
    assert result.skipped == ()


async def test_a_server_with_an_order_of_its_own_loses_nothing(
    house: House,
    killed: Killed,
    server: MemoryServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(server)
    sorted_keys = server.keys
    monkeypatch.setattr(server, "keys", lambda bucket="b": sorted_keys(bucket)[::-1])
    again = await killed.before(house, 2, fetching(tmp_path))
    await again.queue.start()
    await all_over(again)
    assert len(list((tmp_path / "to" / "from").iterdir())) == COUNT


@pytest.mark.parametrize("refused", [False, True])
async def test_a_list_waits_for_a_connection_whose_keys_are_accepted(
    house: House, killed: Killed, server: MemoryServer, tmp_path: Path, refused: bool
) -> None:
    fill(server)
    again = await killed.before(house, 2, fetching(tmp_path))
    if refused:
        server.fail("list", S3guiError("Expired", kind=ErrorKind.AUTH), times=2)
    else:
        again.connections._accounts = NoKeys(profile())
    await again.queue.start()
    assert (await killed.until(Reading.WAITS)).queued == BATCH
    assert [drop.mark.name for drop in await again.journal.unread()] == ["from/09"]
    await again.adopt()
    await all_over(again)
    assert [told.reading for told in killed.told[1:]] == [Reading.WAITS, Reading.ON, Reading.OVER]


async def test_a_line_that_is_down_is_waited_for_and_told_once(
    house: House, killed: Killed, server: MemoryServer, tmp_path: Path
) -> None:
    fill(server)
    again = await killed.before(house, 1, fetching(tmp_path))
    server.fail("list", lambda: Offline("No line"), times=3)  # type: ignore[arg-type]
    await again.queue.start()
    await all_over(again)
    (told,) = again.watcher.problems
    assert "s3://b/from/" in told.title
    assert again.clock.slept.count(30.0) == 3


async def test_what_may_not_be_listed_any_more_is_told_and_over(
    house: House, killed: Killed, server: MemoryServer, tmp_path: Path
) -> None:
    fill(server)
    again = await killed.before(house, 2, fetching(tmp_path))
    server.fail("list", S3guiError("Denied", hint="Ask them.", code="AccessDenied"))
    await again.queue.start()
    error = (await killed.until(Reading.OVER)).error
    assert error is not None
    assert (error.title, error.detail) == ("s3://b/from/ was not read to its end", "Denied")
    assert (error.hint, error.code) == ("Ask them.", "AccessDenied")
    assert await again.journal.unread() == []


async def test_quitting_keeps_it_and_stopping_all_does_not(
    house: House, killed: Killed, server: MemoryServer, tmp_path: Path
) -> None:
    fill(server)
    again = await killed.before(house, 1, fetching(tmp_path))
    gate = server.hold("list")
    await again.queue.start()
    await gate.reached.wait()
    last = await killed.next_after(again)
    await last.queue.start()
    last.queue.stop_reading()
    assert last.queue.unread == []
    assert await last.journal.unread() == []


@pytest.mark.parametrize(("message", "count"), [(None, 1), (STOPPED, 0)])
async def test_only_what_a_person_stopped_is_forgotten(
    house: House, server: MemoryServer, tmp_path: Path, message: str | None, count: int
) -> None:
    fill(server)
    gate = server.hold("list")
    task = asyncio.ensure_future(fetching(tmp_path)(house))
    await gate.reached.wait()
    task.cancel(message)
    await asyncio.wait([task])
    assert task.cancelled()
    assert len(await house.journal.unread()) == len(house.queue.unread) == count


async def test_what_cannot_be_listed_is_told_by_who_asked_and_not_kept(
    house: House, server: MemoryServer, tmp_path: Path
) -> None:
    fill(server)
    server.fail("list", ConnectionBroken("Reset"))
    with pytest.raises(ConnectionBroken):
        await fetching(tmp_path)(house)
    assert await house.journal.unread() == []


async def test_what_could_not_be_forgotten_is_with_the_next_one(
    house: House, server: MemoryServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> "asyncio.Future[None]":
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        failed.set_exception(JournalError("The disk is full", code="SQLITE_FULL"))
        return failed

    fill(server)
    server.fail("list", ConnectionBroken("Reset"))
    with monkeypatch.context() as patch:
        patch.setattr(house.journal, "left_out", full)
        with pytest.raises(ConnectionBroken):
            await fetching(tmp_path)(house)
    assert len(await house.journal.unread()) == 1
    await fetching(tmp_path)(house)
    assert await house.journal.unread() == []


async def test_what_is_asked_for_while_rows_come_back_is_known(
    house: House, killed: Killed, server: MemoryServer, tmp_path: Path
) -> None:
    fill(server)
    (tmp_path / "src").touch()
    again = await killed.before(house, 1, uploading(tmp_path / "src"))
    gate, asked = server.hold("list"), list[asyncio.Task[ScanResult]]()

    def ask(*_: object) -> None:
        if not asked:
            asked.append(asyncio.ensure_future(fetching(tmp_path)(again)))

    load = again.journal.load

    async def load_slowly() -> list[Row]:
        rows = await load()
        ask()
        await gate.reached.wait()
        return rows

    again.journal.load = load_slowly  # type: ignore[method-assign]
    await again.queue.start(go_on=False)
    assert [one.direction for one in again.queue.unread] == [Direction.UPLOAD, Direction.DOWNLOAD]
    asked[0].cancel(STOPPED)
    await asyncio.wait(asked)
    assert [one.direction for one in again.queue.unread] == [Direction.UPLOAD]
