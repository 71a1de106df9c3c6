"""Small files, many at once: what works on them, and what holds the window meanwhile."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from faults.conftest import MakeEngine
from faults.test_small_policies import drop, fill, rest
from servers.front import Front
from servers.lies import Silence

from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Transfer
from s3gui.transfers.small_back import A_TURN


async def test_as_many_are_hashed_and_sent_at_once_as_there_are_cores(
    front: Front,
    engine: MakeEngine,
    bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 9)
    front.on(Silence(), method="PUT")
    folder = fill(tmp_path, 20)
    for path in folder.iterdir():
        path.write_bytes(bytes(300_000))
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, IfExists.OVERWRITE)
        await asyncio.to_thread(front.wait, lambda: any(one.beside >= 8 for one in front.log))
        program.queue.abort([row.id for row in rows], keep_parts=False)
        assert await rest(program, rows) == {State.CANCELLED: 20}


@pytest.mark.parametrize("policy", [IfExists.OVERWRITE, IfExists.SKIP])
async def test_no_turn_of_the_loop_takes_more_than_a_few(
    front: Front,
    engine: MakeEngine,
    bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    policy: IfExists,
) -> None:
    """Else the window would not be drawn for as long as hundreds of rows take."""
    turn, moved = 0, Counter[tuple[int, State]]()

    async def count() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    async with engine(front) as program, asyncio.TaskGroup() as group:
        told = program.watcher.transfer_changed

        def note(transfer: Transfer) -> None:
            moved[turn, transfer.state] += 1
            told(transfer)

        monkeypatch.setattr(program.watcher, "transfer_changed", note)
        counting = group.create_task(count())
        rows = await drop(program, bucket, fill(tmp_path, 400), policy)
        assert await rest(program, rows) == {State.COMPLETED: 400}
        counting.cancel()
    # Two, as the end of one turn and the begin of the next may lie between two counts.
    assert max(n for (_, state), n in moved.items() if state is State.RUNNING) <= 2 * A_TURN
