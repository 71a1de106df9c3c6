"""Small objects that go to a disk that does not answer: they wait, and nobody else does."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from faults.conftest import MakeEngine
from faults.down import Down
from faults.small_down import all_there, asked, ended, fill, gets, one
from servers.front import Front

from s3gui.domain.transfer import State
from s3gui.transfers import disks
from s3gui.transfers.downloading import small_disk


class Silent:
    """What ``step`` does in this folder, or below, is held until ``answer``."""

    def __init__(self, folder: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.held = 0
        self._answers = threading.Event()
        self._real: Callable[..., Any] = getattr(small_disk, step)
        monkeypatch.setattr(small_disk, step, self._call)

    def _call(self, where: Any, *args: Any, **how: Any) -> Any:
        path = where if isinstance(where, Path) else where.path
        if path.is_relative_to(self.folder) and not self._answers.is_set():
            self.held += 1
            self._answers.wait(60)
        return self._real(where, *args, **how)

    def answer(self) -> None:
        self._answers.set()


@pytest.fixture(params=["opened", "make_in", "give_name"])
def silent(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Silent]:
    """The disk of ``dir/0``, from the look, the first byte or the name on."""
    folder = tmp_path / "down" / "dir" / "0"
    mounts = [str(folder), str(tmp_path / "down"), "/"]
    monkeypatch.setattr(disks, "LOCAL", disks.Disks(lambda: mounts))
    monkeypatch.setattr(disks, "HUNG_S", 0.4)
    one = Silent(folder, request.param, monkeypatch)
    yield one
    one.answer()


@pytest_asyncio.fixture
async def down(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path, silent: Silent
) -> AsyncIterator[Down]:
    del silent  # the machine's disks are other ones from the start
    (tmp_path / "down").mkdir()
    async with engine(front) as program:
        yield Down(program, front, bucket, tmp_path / "down")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  a thread comes there, and tells nobody
            await asyncio.sleep(0.001)


async def test_those_of_other_disks_arrive_meanwhile(down: Down, silent: Silent) -> None:
    objects = fill(down, 90)
    rows = await asked(down)
    dead = [row for row in rows if silent.folder in row.path.parents]
    others = [row for row in rows if row not in dead]
    await until(lambda: str(silent.folder) in down.engine.queue._kit.threads.hung)
    assert await ended(down, others) == {State.COMPLETED: 60}
    assert not [row for row in dead if row.state is State.COMPLETED]
    silent.answer()
    assert await ended(down, rows) == {State.COMPLETED: 90}
    all_there(down, objects)
    assert set(gets(down).values()) == {1}


async def test_what_it_holds_can_be_paused_and_cancelled(down: Down, silent: Silent) -> None:
    objects = fill(down, 9)
    rows = await asked(down)
    await until(lambda: str(silent.folder) in down.engine.queue._kit.threads.hung)
    first, second, third = one(rows, 0), one(rows, 3), one(rows, 6)
    queue = down.engine.queue
    queue.pause([first.id])
    queue.abort([second.id], keep_parts=False)
    if silent._real.__name__ == "give_name":
        # The journal has it that these are about to get their names: that is found out.
        silent.answer()
        await down.engine.until(first, State.PAUSED)
        await down.engine.until(second, State.COMPLETED)
        queue.resume([first.id])
    else:
        await down.engine.until(first, State.PAUSED)
        await down.engine.until(second, State.CANCELLED)
        queue.resume([first.id])
        silent.answer()
        del objects["dir/0/0003"]
    await down.engine.done(first)
    await down.engine.done(third)
    await until(lambda: down.names() == sorted(objects))
    all_there(down, objects)


async def test_the_program_ends_all_the_same(down: Down, silent: Silent) -> None:
    fill(down, 9)
    await asked(down)
    await until(lambda: silent.held > 0)
    async with asyncio.timeout(20):
        await down.engine.queue.close()
    silent.answer()
