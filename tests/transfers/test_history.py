"""Rows that were taken off the list: found again, in pages, and deleted."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from transfers.kit import House, MakeFile
from transfers.past import START, done_row, fill, fill_fast

from s3gui.domain.errors import JournalError
from s3gui.domain.transfer import Direction, State
from s3gui.transfers import history_store as store
from s3gui.transfers.history import History
from s3gui.transfers.history_store import Page, Search
from s3gui.transfers.journal import Journal


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(tmp_path / "state")
    await journal.open()
    yield journal
    await journal.close()


async def found(history: History, search: Search) -> list[int]:
    return [one.id for one in (await history.page(search)).receipts]


async def test_a_finished_row_that_leaves_the_list_is_history(
    house: House, make_file: MakeFile
) -> None:
    history = History(house.journal)
    transfer = await house.upload_one(make_file(3000))
    await house.done(transfer)
    assert await history.count() == 0
    house.queue.remove([transfer.id])
    (receipt,) = (await history.page()).receipts
    assert receipt.location == transfer.location
    assert receipt.path == transfer.path
    assert receipt.started == transfer.started
    assert receipt.finished == transfer.finished
    assert receipt.proof["md5"] == transfer.etag
    assert receipt.proof["file_mtime_ns"] == str(transfer.path.stat().st_mtime_ns)


async def test_a_row_that_was_cancelled_leaves_no_history(
    house: House, make_file: MakeFile
) -> None:
    transfer = await house.upload_one(make_file(3000))
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED, State.COMPLETED)
    assert transfer.state is State.PAUSED
    house.queue.abort([transfer.id], keep_parts=False)
    await house.until(transfer, State.CANCELLED)
    house.queue.remove([transfer.id])
    assert await History(house.journal).count() == 0


async def test_pages_hang_together_and_none_is_twice(journal: Journal) -> None:
    await fill(journal, [done_row(n, f"k{n}") for n in range(1, 12)])
    history = History(journal)
    seen: list[int] = []
    page = await history.page(most=4)
    while True:
        seen += [one.id for one in page.receipts]
        if page.end is None:
            break
        page = await history.page(after=page.end, most=4)
    assert seen == list(range(11, 0, -1))


async def test_a_search_looks_into_keys_paths_and_buckets_whatever_the_case(
    journal: Journal,
) -> None:
    rows = [
        done_row(1, "Отчёт/июнь.pdf"),
        done_row(2, "photos/IMG_100%.jpg", "/media/card/DCIM/a.jpg"),
        done_row(3, "weiß/Straße.txt"),
    ]
    await fill(journal, rows)
    history = History(journal)
    assert await found(history, Search("ОТЧЁТ")) == [1]
    assert await found(history, Search("dcim img_100%")) == [2]
    assert await found(history, Search("STRASSE")) == [3]
    assert await found(history, Search("b/ jpg")) == [2]
    assert await found(history, Search("img_1001")) == []
    assert await history.count(Search("июнь")) == 1


async def test_a_search_keeps_to_its_time_and_its_direction(journal: Journal) -> None:
    await fill(journal, [done_row(n, "k") for n in range(1, 6)])
    history = History(journal)
    since, until = START + timedelta(minutes=2), START + timedelta(minutes=4)
    assert await found(history, Search(since=since, until=until)) == [3, 2]
    assert await found(history, Search(direction=Direction.DOWNLOAD)) == []
    assert len(await found(history, Search(direction=Direction.UPLOAD))) == 5


async def test_a_name_that_is_not_utf8_can_be_kept_and_found(journal: Journal) -> None:
    await fill(journal, [done_row(1, "k", "/home/me/caf\udce9 menu")])
    (receipt,) = (await History(journal).page(Search("menu"))).receipts
    assert str(receipt.path) == "/home/me/caf\udce9 menu"


async def test_deleting_takes_the_history_and_nothing_that_is_on_the_list(
    journal: Journal,
) -> None:
    await fill(journal, [done_row(n, "k") for n in range(1, 6)])
    await fill(journal, [done_row(6, "k")], unlisted=False)
    history = History(journal)
    assert await history.delete(before=START + timedelta(minutes=3)) == 2
    assert await found(history, Search()) == [5, 4, 3]
    assert await history.delete() == 3
    assert await history.count() == 0
    assert [row.id for row in await journal.load()] == [6]


async def test_only_the_newest_are_kept(journal: Journal) -> None:
    await fill(journal, [done_row(n, "k") for n in range(1, 8)])
    history = History(journal)
    assert await history.trim(3) == 4
    assert await found(history, Search()) == [7, 6, 5]
    assert await history.trim(3) == 0


async def test_receipts_of_a_batch_are_those_on_the_list_and_those_that_left_it(
    journal: Journal,
) -> None:
    await fill(journal, [done_row(n, "k", batch="one") for n in (1, 2)])
    await fill(journal, [done_row(3, "k", batch="one")], unlisted=False)
    await fill(journal, [done_row(4, "k", batch="two")])
    history = History(journal)
    assert [one.id async for one in history.batch("one")] == [1, 2, 3]
    assert [one.id async for one in history.receipts({4, 3, 99})] == [3, 4]


async def test_an_id_is_not_given_out_again_after_its_row_is_history(
    house: House, make_file: MakeFile, next_start: object
) -> None:
    transfer = await house.upload_one(make_file(3000))
    await house.done(transfer)
    house.queue.remove([transfer.id])
    again = await next_start()  # type: ignore[operator]
    second = await again.upload_one(make_file(100, "second"))
    assert second.id > transfer.id
    await again.done(second)


async def test_a_question_that_is_cancelled_ends_in_its_thread(journal: Journal) -> None:
    await fill(journal, [done_row(n, "k") for n in range(1, 6)])
    history = History(journal)
    asking = asyncio.ensure_future(history.page())
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert await history.count() == 5


async def test_a_journal_that_is_closed_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    await journal.open()
    await journal.close()
    with pytest.raises(JournalError):
        await History(journal).count()


#: Rows, and how long a search may take among them, in milliseconds.
MANY = 20_000


@pytest.mark.parametrize(
    ("search", "most"),
    [
        pytest.param(Search(), 10_000, id="the newest"),
        pytest.param(Search("db-000123"), 10_000 + 6 * MANY, id="one"),
        pytest.param(Search("xyz"), 10_000 + 6 * MANY, id="none"),
    ],
)
async def test_a_search_among_very_many_takes_little_work(
    journal: Journal, search: Search, most: int
) -> None:
    """In steps of SQLite's machine, which a busy computer makes no more of."""
    await fill_fast(journal, MANY)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 100
        return 0

    def page(database: sqlite3.Connection) -> Page:
        database.set_progress_handler(count, 100)
        try:
            return store.page(database, search, None, 100)
        finally:
            database.set_progress_handler(None, 0)

    await History(journal)._ask(page)
    assert steps < most
