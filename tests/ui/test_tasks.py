"""Coroutines started by slots."""

import asyncio
import gc

from s3gui.domain.errors import S3guiError
from s3gui.ui.tasks import Tasks


async def test_an_error_is_told_once_with_the_name_of_the_task() -> None:
    told: list[tuple[Exception, str]] = []
    tasks = Tasks(lambda error, name: told.append((error, name)))
    error = S3guiError("Broken")

    async def fail() -> None:
        raise error

    task = tasks.start(fail(), name="list buckets")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert told == [(error, "list buckets")]
    assert tasks.running == frozenset()


async def test_a_cancelled_task_is_silent() -> None:
    told: list[Exception] = []
    tasks = Tasks(lambda error, _name: told.append(error))
    task = tasks.start(asyncio.Event().wait(), name="wait")
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert told == []


async def test_a_task_that_nobody_holds_is_not_collected() -> None:
    tasks = Tasks(lambda _error, _name: None)
    gate, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.set()

    tasks.start(work(), name="work")
    await asyncio.sleep(0)
    gc.collect()
    gate.set()
    await asyncio.wait_for(done.wait(), 5)


async def test_cancel_all_waits_for_the_cleaning_up_and_for_what_it_started() -> None:
    tasks = Tasks(lambda _error, _name: None)
    cleaned: list[str] = []

    async def late() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("late")

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.start(late(), name="late")
            await asyncio.sleep(0)
            cleaned.append("stubborn")

    tasks.start(stubborn(), name="stubborn")
    await asyncio.sleep(0)
    await tasks.cancel_all()
    assert sorted(cleaned) == ["late", "stubborn"]
    assert tasks.running == frozenset()


async def test_cancel_all_leaves_the_task_that_called_it() -> None:
    tasks = Tasks(lambda _error, _name: None)

    async def shutdown() -> str:
        await tasks.cancel_all()
        return "done"

    assert await tasks.start(shutdown(), name="shutdown") == "done"
