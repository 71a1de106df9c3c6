"""What becomes of work in flight when the window is closed, by every answer that can be given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from ui.transfers.fake_queue import FakeQueue, make

from s3gui.domain.transfer import State, Waiting
from s3gui.ui.dialogs.closing import Closing, ClosingAnswer
from s3gui.ui.flow import aborting
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
    assert scene.queue.left_out == []


async def test_abort_removes_what_is_undone_and_then_leaves(start: Start) -> None:
    scene = start(
        State.RUNNING, State.COMPLETED, answer=ClosingAnswer(Closing.ABORT, remember=True)
    )
    scene.leaving.close_window()
    await scene.settled()
    assert scene.queue.rows[0].state is State.CANCELLED
    assert scene.queue.rows[1].state is State.COMPLETED
    assert (scene.left, scene.kept) == ([True], ["abort"])
    # What is still read of a folder is not wanted any more either.
    assert scene.queue.left_out == [None]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is said before the program ends; the person then quits."""
    said: list[tuple[str, str]] = []

    async def confirm(
        _parent: QWidget, _title: str, text: str, *, action: str, hint: str = ""
    ) -> bool:
        said.append((text, hint))
        return action == "Quit"

    monkeypatch.setattr(aborting, "confirm", confirm)
    return said


async def test_a_transfer_that_cannot_be_cancelled_in_time_is_told(
    start: Start, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(aborting, "ABORT_WITHIN_S", 0.05)
    scene = start(State.FINISHING, answer=ClosingAnswer(Closing.ABORT, remember=False))
    monkeypatch.setattr(scene.queue, "abort", lambda ids, *, keep_parts: None)
    scene.leaving.close_window()
    await scene.settled()
    ((text, hint),) = told
    assert text == "1 transfer is not cancelled yet."
    assert "next start" in hint
    assert scene.left == [True]


async def test_what_the_server_has_not_confirmed_is_told(
    start: Start, told: list[tuple[str, str]]
) -> None:
    scene = start(State.RUNNING, answer=ClosingAnswer(Closing.ABORT, remember=False))
    scene.queue.given_up = 2
    scene.leaving.close_window()
    await scene.settled()
    ((text, hint),) = told
    assert text == "The parts of 2 cancelled uploads may still be on the server."
    assert "next start" in hint
    assert scene.left == [True]


async def test_who_hears_that_something_is_left_may_stay(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stay(*_words: object, **_more: object) -> bool:
        return False

    monkeypatch.setattr(aborting, "confirm", stay)
    scene = start(State.RUNNING, answer=ClosingAnswer(Closing.ABORT, remember=False))
    scene.queue.given_up = 1
    scene.leaving.close_window()
    await scene.settled()
    assert (scene.left, scene.window.isVisible()) == ([], True)


async def test_who_will_not_wait_for_the_server_need_not(
    start: Start, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(aborting, "_BOX_AFTER_MS", 0)
    scene = start(State.RUNNING, answer=ClosingAnswer(Closing.ABORT, remember=False))
    monkeypatch.setattr(scene.queue, "abort", lambda ids, *, keep_parts: None)
    scene.leaving.close_window()
    async with asyncio.timeout(5):
        while not (boxes := _boxes(scene)):  # noqa: ASYNC110  a box tells nobody that it opened
            await asyncio.sleep(0.01)
        boxes[0].buttons()[0].click()
        await scene.settled()
    assert len(told) == 1
    assert scene.left == [True]
    assert not _boxes(scene)


def _boxes(scene: Scene) -> list[QMessageBox]:
    return [box for box in scene.window.findChildren(QMessageBox) if box.isVisible()]


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


@pytest.mark.qt_log_ignore("^This plugin does not support raise")
async def test_a_window_that_was_minimized_comes_back_open(start: Start) -> None:
    scene = start(State.RUNNING, tray=True, setting="background")
    scene.window.showMinimized()
    scene.leaving.close_window()
    await scene.settled()
    scene.leaving.come_back()
    assert not scene.window.windowState() & Qt.WindowState.WindowMinimized


@pytest.mark.qt_log_ignore("^This plugin does not support raise")
async def test_without_its_tray_the_window_comes_back(start: Start) -> None:
    scene = start(State.RUNNING, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    tray = scene.leaving._tray
    assert tray is not None
    tray.lost.emit()
    assert (scene.window.isVisible(), scene.leaving.is_hidden, scene.left) == (True, False, [])


@pytest.mark.qt_log_ignore("^This plugin does not support raise")
async def test_quitting_from_the_tray_asks_over_the_window(start: Start) -> None:
    scene = start(State.RUNNING, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    tray = scene.leaving._tray
    assert tray is not None
    tray.quit_requested.emit()
    await scene.settled()
    assert scene.asked == [{"count": 1, "summary": "", "tray": False}]
    assert (scene.window.isVisible(), scene.left) == (True, [])


async def test_the_trays_commands_are_those_that_can_be_done(start: Start) -> None:
    scene = start(State.RUNNING, State.QUEUED, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    tray = scene.leaving._tray
    assert tray is not None
    _, pause, resume, *_ = tray.menu.actions()
    assert (pause.isEnabled(), resume.isEnabled()) == (True, False)
    pause.trigger()
    assert {row.state for row in scene.queue.rows} == {State.PAUSED}
    assert (pause.isEnabled(), resume.isEnabled()) == (False, True)
    resume.trigger()
    assert {row.state for row in scene.queue.rows} == {State.QUEUED}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the tray announces."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(room.Tray, "announce", lambda _self, *words: heard.append(words))
    return heard


async def test_the_tray_says_once_when_all_has_ended(
    start: Start, said: list[tuple[str, str]]
) -> None:
    scene = start(State.RUNNING, State.RUNNING, State.FAILED, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    for row in scene.queue.rows[:2]:
        row.move_to(State.FINISHING)
        row.move_to(State.COMPLETED)
    scene.queue.remove([1])
    # What had failed before the window went is no news.
    assert said == [("All transfers have ended", "Click here to see them.")]


async def test_the_tray_says_that_some_failed(start: Start, said: list[tuple[str, str]]) -> None:
    scene = start(State.RUNNING, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    scene.queue.rows[0].move_to(State.FAILED)
    ((title, text),) = said
    assert title == "All transfers have ended"
    assert "failed" in text


async def test_what_a_person_paused_has_not_ended(
    start: Start, said: list[tuple[str, str]]
) -> None:
    scene = start(State.RUNNING, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    scene.queue.pause([1])
    assert said == []


async def test_keys_that_ran_out_are_told_once(start: Start, said: list[tuple[str, str]]) -> None:
    scene = start(State.QUEUED, State.QUEUED, tray=True, setting="background")
    scene.leaving.close_window()
    await scene.settled()
    for row in scene.queue.rows:
        row.wait_for(Waiting.CREDENTIALS)
    assert [title for title, _ in said] == ["Sign in again"]
