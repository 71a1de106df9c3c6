"""What becomes of work in flight when the window is closed, by every answer that can be given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QApplication, QWidget
from ui.transfers.fake_queue import FakeQueue, make

from s3gui.domain.transfer import State
from s3gui.ui.dialogs.closing import Closing, ClosingAnswer
from s3gui.ui.flow import leaving as room
from s3gui.ui.flow.leaving import Leaving
from s3gui.ui.tasks import Tasks

Start = Callable[..., "Scene"]


class Scene:
    """A window with work in flight, and a person who answers ``answer``."""

    def __init__(self, queue: FakeQueue, setting: str, answer: ClosingAnswer | None) -> None:
        self.window = QWidget()
        self.window.show()
        self.queue = queue
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.kept: list[str] = []
        self.left: list[bool] = []
        self.tasks = Tasks(lambda error, name: pytest.fail(f"{name}: {error!r}"))
        self.leaving = Leaving(self.window, queue, self.tasks, lambda: setting, self.kept.append)
        self.leaving.left.connect(lambda: self.left.append(True))

    async def ask(
        self, _parent: QWidget, count: int, summary: str, *, tray: bool
    ) -> ClosingAnswer | None:
        self.asked.append({"count": count, "summary": summary, "tray": tray})
        return self.answer

    async def settled(self) -> None:
        question = self.leaving._question
        if question is not None:
            await asyncio.wait([question])


@pytest_asyncio.fixture
async def start(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Makes a scene; ``tray`` says whether the desktop has one."""
    made: list[Scene] = []

    def begin(
        *states: State,
        setting: str = "ask",
        answer: ClosingAnswer | None = None,
        tray: bool = False,
    ) -> Scene:
        rows = [make(number, state=state) for number, state in enumerate(states, 1)]
        scene = Scene(FakeQueue(rows), setting, answer)
        monkeypatch.setattr(room, "ask_closing", scene.ask)
        # No desktop, no tray: what it would show is not of interest here.
        monkeypatch.setattr(room.Tray, "show", lambda _self: None)
        monkeypatch.setattr(room, "tray_available", lambda: tray)
        made.append(scene)
        return scene

    yield begin
    for scene in made:
        scene.leaving.stop()
        scene.window.close()
        scene.window.deleteLater()


@pytest.mark.parametrize(
    "states", [(), (State.COMPLETED,), (State.PAUSED, State.FAILED, State.CANCELLED)]
)
async def test_without_work_in_flight_nothing_is_asked(
    start: Start, states: tuple[State, ...]
) -> None:
    scene = start(*states)
    scene.leaving.close_window()
    assert (scene.left, scene.asked) == ([True], [])


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FINISHING])
async def test_work_in_flight_is_asked_about_and_cancel_keeps_the_window(
    start: Start, state: State
) -> None:
    scene = start(state, State.COMPLETED)
    scene.leaving.tell("96 MB/s")
    scene.leaving.close_window()
    await scene.settled()
    assert scene.asked == [{"count": 1, "summary": "96 MB/s", "tray": False}]
    assert (scene.left, scene.window.isVisible()) == ([], True)


async def test_pause_leaves_and_tells_the_queue_nothing(start: Start) -> None:
    scene = start(State.RUNNING, answer=ClosingAnswer(Closing.PAUSE, remember=False))
    scene.leaving.close_window()
    await scene.settled()
    # The queue's own close keeps what runs for the next start.
    assert (scene.left, scene.queue.asked, scene.kept) == ([True], [], [])


async def test_abort_removes_what_is_undone_and_then_leaves(start: Start) -> None:
    scene = start(
        State.RUNNING, State.COMPLETED, answer=ClosingAnswer(Closing.ABORT, remember=True)
    )
    scene.leaving.close_window()
    await scene.settled()
    assert scene.queue.rows[0].state is State.CANCELLED
    assert scene.queue.rows[1].state is State.COMPLETED
    assert (scene.left, scene.kept) == ([True], ["abort"])


async def test_an_abort_that_takes_too_long_is_left_to_the_next_start(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ABORT_WITHIN_S", 0.05)
    scene = start(State.RUNNING, answer=ClosingAnswer(Closing.ABORT, remember=False))
    monkeypatch.setattr(scene.queue, "abort", lambda ids, *, keep_parts: None)
    scene.leaving.close_window()
    await scene.settled()
    assert scene.left == [True]


@pytest.mark.qt_log_ignore("^This plugin does not support raise")
async def test_in_the_background_the_window_goes_and_the_work_stays(start: Start) -> None:
    scene = start(
        State.RUNNING, tray=True, answer=ClosingAnswer(Closing.BACKGROUND, remember=False)
    )
    scene.leaving.close_window()
    await scene.settled()
    assert (scene.left, scene.window.isVisible(), scene.leaving.is_hidden) == ([], False, True)
    scene.leaving.come_back()
    assert (scene.window.isVisible(), scene.leaving.is_hidden) == (True, False)


async def test_quitting_never_goes_to_the_background(start: Start) -> None:
    scene = start(State.RUNNING, tray=True, setting="background")
    scene.leaving.quit()
    await scene.settled()
    assert scene.asked == [{"count": 1, "summary": "", "tray": False}]
    assert not scene.leaving.is_hidden


@pytest.mark.parametrize(("setting", "left"), [("pause", [True]), ("background", [])])
async def test_a_remembered_answer_is_not_asked_for_again(
    start: Start, setting: str, left: list[bool]
) -> None:
    scene = start(State.RUNNING, tray=True, setting=setting)
    scene.leaving.close_window()
    await scene.settled()
    assert (scene.left, scene.asked) == (left, [])


async def test_closing_twice_asks_once(start: Start) -> None:
    scene = start(State.RUNNING)
    scene.leaving.close_window()
    scene.leaving.close_window()
    await scene.settled()
    assert len(scene.asked) == 1


async def test_the_tray_says_when_all_has_ended(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(room.Tray, "announce", lambda _self, title, _text: said.append(title))
    scene = start(State.RUNNING, State.RUNNING, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    first, second = scene.queue.rows
    for row in (first, second):
        row.move_to(State.FINISHING)
        row.move_to(State.COMPLETED)
    assert said == ["All transfers have ended"]
