"""kill -9 while a folder is walked: the next start walks on, nothing comes twice."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from fake_server import MemoryServer
from fakes import profile
from transfers.kit import MD5_ONLY, House
from transfers.past import START
from transfers.unread_kit import (
    BATCH,
    COUNT,
    Killed,
    NoKeys,
    all_over,
    keys,
    small_batches,
    uploading,
)

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import JournalError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import Reading, Skipped
from s3gui.domain.transfer import State
from s3gui.transfers import drop_store, drops
from s3gui.transfers.drop import Drop, Mark, Progress
from s3gui.transfers.journal import Journal

pytestmark = MD5_ONLY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With files, and a link that cannot go up."""
    folder = tmp_path / "src"
    for number in range(COUNT):
        path = folder / f"{number // 10}" / f"{number:02}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content %d" % number)
    (folder / "0" / "00 link").symlink_to("00")
    return folder


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_walk_goes_on_at_the_next_start(
    house: House, killed: Killed, server: MemoryServer, folder: Path, nth: int
) -> None:
    server.hold("put")
    again = await killed.before(house, nth, uploading(folder))
    server.clear_rules()
    await again.queue.start()
    await all_over(again)
    assert server.keys() == keys()
    assert Counter(row.location.key for row in again.queue.transfers) == dict.fromkeys(keys(), 1)
    assert len({row.batch for row in again.queue.transfers}) == 1
    first, last = killed.told[0], killed.told[-1]
    assert (first.reading, first.queued) == (Reading.ON, max(0, nth * BATCH - BATCH - (nth > 1)))
    assert (last.reading, last.queued) == (Reading.OVER, COUNT)
    assert last.result is not None
    # Also the link that the first run found, if it did: nobody had told the person yet.
    assert [item.path.name for item in last.result.skipped] == ["00 link"]


async def test_what_was_done_and_forgotten_meanwhile_is_not_sent_again(
    house: House, killed: Killed, server: MemoryServer, folder: Path
) -> None:
    server.hold("put")
    again = await killed.before(house, 3, uploading(folder))
    server.clear_rules()
    await again.queue.start(go_on=False)
    rows = [row.id for row in again.queue.transfers]
    again.queue.resume(rows)
    await again.watcher.until(
        lambda: all(row.state is State.COMPLETED for row in again.queue.transfers)
    )
    assert len(server.keys()) == 2 * BATCH - 1
    sent = len(server.calls)
    again.queue.remove(rows)
    await again.journal.forget_history((1e12, 10**9), 1000)
    (left,) = again.queue.unread
    result = await again.queue.read_on(left.id)
    assert result.queued == COUNT
    await all_over(again, COUNT - 2 * BATCH + 1)
    assert not {call.key for call in server.calls[sent:] if call.op == "put"} & set(keys()[:19])
    assert server.keys() == keys()


async def test_killed_in_the_walk_again_and_again_it_gets_to_its_end(
    house: House, killed: Killed, server: MemoryServer, folder: Path
) -> None:
    server.hold("put")
    again = await killed.before(house, 1, uploading(folder))
    for _ in range(2):
        again = await killed.at_start(again, 2)
    server.clear_rules()
    await again.queue.start()
    await all_over(again)
    assert server.keys() == keys()


async def test_options_and_rules_are_those_of_the_first_run(
    house: House, killed: Killed, server: MemoryServer, folder: Path
) -> None:
    options = ObjectOptions(metadata={"who": "me"}, storage_class="COLD")
    how = uploading(
        folder,
        options=options,
        if_exists=IfExists.SKIP,
        content_types=[("*/0/*", "text/x-zero"), ("*", "text/x-other")],
        part_bytes=6 << 20,
        as_name="called",
    )
    server.hold("put")
    again = await killed.before(house, 2, how)
    server.clear_rules()
    await again.queue.start()
    await all_over(again)
    assert server.keys() == [key.replace("/src/", "/called/") for key in keys()]
    for row in again.queue.transfers:
        held = server.latest(row.location)
        assert held.options.metadata["who"] == "me"
        assert held.options.storage_class == "COLD"
        kind = "text/x-zero" if "/0/" in row.location.key else "text/x-other"
        assert held.options.content_type == kind
        assert row.if_exists is IfExists.SKIP


async def test_no_key_is_written(house: House, killed: Killed, folder: Path) -> None:
    key = CustomerKey(b"k" * 32)
    again = await killed.before(
        house, 2, uploading(folder, options=ObjectOptions(customer_key=key))
    )
    (database,) = (again.folder / "state").glob("*.sqlite3")
    raw = b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert b"k" * 32 not in raw
    assert key.base64.encode() not in raw
    await again.queue.start(go_on=False)
    (left,) = again.queue.unread
    await again.queue.read_on(left.id, customer_key=key)
    rows = again.queue.transfers
    again.queue.give_key([row.id for row in rows], key)
    again.queue.resume([row.id for row in rows])
    await all_over(again)


async def test_how_far_it_is_is_told_now_and_then(
    house: House,
    killed: Killed,
    server: MemoryServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drops, "TOLD_EACH", BATCH)
    again = await killed.before(house, 1, uploading(folder))
    await again.queue.start()
    await killed.until(Reading.OVER)
    assert [told.queued for told in killed.told] == [0, 2 * BATCH - 1, COUNT]
    await all_over(again)


async def test_a_walk_needs_no_connection(
    house: House, killed: Killed, server: MemoryServer, folder: Path
) -> None:
    server.hold("put")
    again = await killed.before(house, 1, uploading(folder))
    server.clear_rules()
    again.connections._accounts = NoKeys(profile())
    await again.queue.start()
    assert (await killed.until(Reading.OVER)).queued == COUNT
    assert {row.state for row in again.queue.transfers} <= {State.QUEUED, State.RUNNING}
    await again.adopt()
    await all_over(again)
    assert server.keys() == keys()


async def test_a_folder_that_is_gone_is_told(
    house: House, killed: Killed, server: MemoryServer, folder: Path
) -> None:
    again = await killed.before(house, 2, uploading(folder))
    shutil.rmtree(folder)
    await again.queue.start()
    result = (await killed.until(Reading.OVER)).result
    assert result is not None
    assert (str(folder), "No such file or directory") in [
        (str(item.path), item.why) for item in result.skipped
    ]
    assert await again.journal.unread() == []


async def test_what_is_stopped_or_read_to_its_end_is_not_kept(
    house: House, killed: Killed, folder: Path
) -> None:
    await uploading(folder)(house)
    assert await house.journal.unread() == []
    empty = folder / "empty"
    empty.mkdir()
    assert (await uploading(empty)(house)).queued == 0
    assert await house.journal.unread() == []
    with pytest.raises(ValueError, match="two"):
        await house.queue.upload("p", Location("b"), [folder, empty], as_name="two")
    assert await house.journal.unread() == []
    again = await killed.before(house, 2, uploading(folder))
    await again.queue.start(go_on=False)
    (left,) = again.queue.unread
    assert (left.paths, left.reading) == ((folder,), Reading.HELD)
    again.queue.stop_reading([left.id])
    assert again.queue.unread == []
    assert await again.journal.unread() == []


async def test_a_walk_that_is_stopped_brings_no_more_rows(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch)
    how = uploading(folder, counted=lambda files, _: house.queue.stop_reading())
    result = await how(house)
    assert result.queued == len(house.queue.transfers) == BATCH - 1
    assert await house.journal.unread() == []


async def test_what_could_not_be_journaled_is_walked_again_and_told_once(
    house: House, killed: Killed, server: MemoryServer, folder: Path
) -> None:
    server.hold("put")
    again = await killed.before(house, 1, uploading(folder))
    server.clear_rules()
    failing = 2

    def add(self: Journal, *args: object) -> "asyncio.Future[None]":
        nonlocal failing
        failing -= 1
        if failing >= 0:
            failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            failed.set_exception(JournalError("The disk is full", code="SQLITE_FULL"))
            return failed
        return whole(self, *args)  # type: ignore[arg-type]

    whole, Journal.add = Journal.add, add  # type: ignore[method-assign, assignment]
    try:
        await again.queue.start()
        result = (await killed.until(Reading.OVER)).result
    finally:
        Journal.add = whole  # type: ignore[method-assign]
    await all_over(again)
    assert result is not None
    assert [item.path.name for item in result.skipped] == ["00 link"]
    (told,) = again.watcher.problems
    assert told.title == f"{folder} cannot be read to its end now"


async def test_one_that_nobody_can_read_puts_the_journal_aside(
    house: House, killed: Killed, folder: Path
) -> None:
    again = await killed.before(house, 2, uploading(folder))
    with closing(sqlite3.connect(again.journal.path)) as database, database:
        database.execute("UPDATE unread SET how_json = '{'")
    await again.queue.start()
    assert [told.code for told in again.watcher.problems] == ["JournalDamaged"]
    assert (list(again.queue.transfers), again.queue.unread) == ([], [])


async def test_what_of_it_is_on_its_way_when_the_rest_is_left_leaves_nothing_behind(
    house: House, folder: Path
) -> None:
    drop = Drop("p", ObjectOptions(), "batch", paths=(folder,))
    progress = Progress(1, False, Mark(0, "a"), 1, 1, 0, (Skipped(folder, "no"),), ())
    await house.journal.read(lambda database: drop_store.begin(database, drop, START))
    await house.journal.read(lambda database: drop_store.forget(database, [1]))
    await house.journal.add([], progress)
    count = "SELECT count(*) FROM unread_note"
    assert await house.journal.read(lambda database: database.execute(count).fetchone()) == (0,)
