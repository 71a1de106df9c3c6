"""The probe reports what is on the screen and what the queue does, and nothing after its end."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QStringListModel
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QListView, QMainWindow, QToolBar

from s3gui.domain.location import Location
from s3gui.domain.queueing import QueueObserver
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.ui.probe import Probe

KEY = "AKdemo"


class Rows:
    """As much of a queue as the probe asks for."""

    def __init__(self) -> None:
        self.transfers: list[Transfer] = []
        self.observers: list[QueueObserver] = []

    def watch(self, observer: QueueObserver) -> Callable[[], None]:
        self.observers.append(observer)
        return lambda: self.observers.remove(observer)

    def add(self, transfer: Transfer) -> None:
        self.transfers.append(transfer)
        for observer in self.observers:
            observer.transfers_added([transfer])


def upload(name: str) -> Transfer:
    return Transfer(7, "p", Direction.UPLOAD, Location("b", name), Path("/src") / name, 5, 1)


@pytest.fixture
def window(qtbot: Any) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setWindowTitle("a window")
    bar = QToolBar()
    action = QAction("Pause", window)
    action.setObjectName("pause")
    action.setEnabled(False)
    bar.addAction(action)
    window.addToolBar(bar)
    view = QListView()
    view.setObjectName("object_table")
    view.setModel(QStringListModel(["один", "two"], view))
    window.setCentralWidget(view)
    return window


@pytest.fixture
def queue() -> Rows:
    return Rows()


@pytest.fixture
def probe(window: QMainWindow, queue: Rows, tmp_path: Path) -> Iterator[Probe]:
    probe = Probe(window, queue, tmp_path / "report")  # type: ignore[arg-type]
    yield probe
    probe.close()


def lines(tmp_path: Path) -> Sequence[dict[str, Any]]:
    text = (tmp_path / "report").read_bytes().decode(errors="surrogateescape")
    return [json.loads(line) for line in text.splitlines()]


def test_places_name_rows_and_buttons_on_the_screen(
    qtbot: Any, window: QMainWindow, probe: Probe, tmp_path: Path
) -> None:
    window.show()
    qtbot.waitUntil(lambda: lines(tmp_path)[-1]["event"] == "places")
    assert [line["event"] for line in lines(tmp_path)][:2] == ["start", "painted"]
    (shown,) = lines(tmp_path)[-1]["windows"]
    assert shown["title"] == "a window"
    (view,) = shown["views"]
    assert view["name"] == "object_table"
    assert [row["text"] for row in view["rows"]] == ["один", "two"]
    first, second = (row["rect"] for row in view["rows"])
    assert second[1] == first[1] + first[3]
    pause = next(button for button in shown["buttons"] if button["name"] == "pause")
    assert pause["text"] == "Pause"
    assert not pause["enabled"]


def test_the_first_frame_is_reported_once(
    qtbot: Any, window: QMainWindow, probe: Probe, tmp_path: Path
) -> None:
    window.show()
    qtbot.waitUntil(lambda: lines(tmp_path)[-1]["event"] == "places")
    window.setWindowTitle("another")
    window.centralWidget().update()
    window.update()
    qtbot.waitUntil(lambda: lines(tmp_path)[-1].get("windows", [{}])[0].get("title") == "another")
    events = [line["event"] for line in lines(tmp_path)]
    assert events.count("painted") == 1


def test_rows_and_their_states_are_reported(queue: Rows, probe: Probe, tmp_path: Path) -> None:
    transfer = upload("дамп 1.sql")
    queue.add(transfer)
    transfer.move_to(State.RUNNING)
    probe.transfer_changed(transfer)
    rows = [line for line in lines(tmp_path) if line["event"] == "transfer"]
    assert [row["state"] for row in rows] == ["queued", "running"]
    assert rows[0]["location"] == "s3://b/дамп 1.sql"


def test_a_name_that_is_not_utf8_is_reported_byte_for_byte(
    queue: Rows, probe: Probe, tmp_path: Path
) -> None:
    queue.add(upload("\udcff"))
    assert lines(tmp_path)[-1]["path"] == "/src/\udcff"


def test_only_its_owner_may_read_the_report(probe: Probe, tmp_path: Path) -> None:
    probe.demo("http://127.0.0.1:1", KEY, "secret")
    assert (tmp_path / "report").stat().st_mode & 0o777 == 0o600


def test_nothing_is_reported_after_its_end(queue: Rows, probe: Probe, tmp_path: Path) -> None:
    probe.close()
    probe.close()
    assert queue.observers == []
    assert lines(tmp_path)[-1]["event"] == "closed"
