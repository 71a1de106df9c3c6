import asyncio
import threading

import pytest

from s3gui.accounts.worker import Worker


async def test_calls_run_one_after_the_other_in_a_daemon_thread() -> None:
    worker = Worker("w", 10)
    running: list[int] = []
    seen: list[threading.Thread] = []

    def work(number: int) -> int:
        running.append(number)
        assert len(running) == 1
        seen.append(threading.current_thread())
        running.remove(number)
        return number

    answers = await asyncio.gather(*(worker.run(lambda n=n: work(n)) for n in range(20)))
    assert answers == list(range(20))
    assert len(set(seen)) == 1
    assert seen[0].daemon
    worker.close()
    await asyncio.to_thread(seen[0].join, 5)
    assert not seen[0].is_alive()


async def test_an_error_reaches_the_caller_and_the_next_call_runs() -> None:
    worker = Worker("w", 10)
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    assert await worker.run(lambda: 1) == 1
    worker.close()


async def test_a_call_over_its_limit_is_given_up_and_the_one_behind_it_never_starts() -> None:
    worker = Worker("w", 0.05)
    gate = threading.Event()
    started: list[str] = []
    undone = threading.Event()

    def stuck() -> None:
        started.append("first")
        gate.wait(10)

    first = worker.run(stuck, undo=undone.set)
    second = worker.run(lambda: started.append("second"))
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [TimeoutError, TimeoutError]
    with pytest.raises(TimeoutError):
        await worker.run(lambda: started.append("third"))
    gate.set()
    assert await asyncio.to_thread(undone.wait, 5)
    worker.close()
    assert started == ["first"]


async def test_a_cancelled_call_that_succeeds_later_is_undone() -> None:
    worker = Worker("w", 10)
    gate, begun, undone = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        gate.wait(10)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run(work, undo=undone.set))
        await asyncio.to_thread(begun.wait, 5)
        task.cancel()
    gate.set()
    assert await asyncio.to_thread(undone.wait, 5)
    worker.close()


async def test_an_undo_that_fails_does_not_end_the_thread() -> None:
    worker = Worker("w", 0.05)
    gate, tried = threading.Event(), threading.Event()

    def undo() -> None:
        tried.set()
        raise OSError

    with pytest.raises(TimeoutError):
        await worker.run(lambda: gate.wait(10), undo=undo)
    gate.set()
    assert await asyncio.to_thread(tried.wait, 5)
    patient = Worker("w2", 5)
    assert await patient.run(lambda: 3) == 3
    worker.limit_s = 5
    while True:  # the flag falls right after the undo
        try:
            assert await worker.run(lambda: 2) == 2
            break
        except TimeoutError:
            await asyncio.sleep(0)
    worker.close()
    patient.close()
