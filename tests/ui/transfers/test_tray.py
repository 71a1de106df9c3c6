"""The icon in the tray."""

from typing import Any

import pytest
from PySide6.QtWidgets import QSystemTrayIcon

from s3gui.ui import tray as room
from s3gui.ui.icons import icon
from s3gui.ui.tray import Tray, tray_available


def test_without_a_tray_it_is_said_to_be_missing(qapp: Any) -> None:
    assert tray_available() == QSystemTrayIcon.isSystemTrayAvailable()


def test_the_menu_and_a_click_ask_for_what_they_say(qapp: Any) -> None:
    tray = Tray(icon("bucket"))
    asked: list[str] = []
    tray.show_requested.connect(lambda: asked.append("show"))
    tray.pause_all_requested.connect(lambda: asked.append("pause"))
    tray.quit_requested.connect(lambda: asked.append("quit"))
    tray.resume_all_requested.connect(lambda: asked.append("resume"))
    tray.offer(pause=True, resume=True)
    for action in tray.menu.actions():
        action.trigger()
    assert asked == ["show", "pause", "resume", "quit"]
    tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert asked[4:] == ["show"]
    tray._icon.messageClicked.emit()
    assert asked[5:] == ["show"]


def test_the_tooltip_tells_how_it_goes(qapp: Any) -> None:
    tray = Tray(icon("bucket"))
    assert tray.tip == "s3gui"
    tray.tell("96 MB/s · 3 left")
    assert tray.tip == "s3gui · 96 MB/s · 3 left"


# The offscreen platform has no tray and says so when the first icon is shown.
@pytest.mark.qt_log_ignore("systemTrayWindowChanged")
def test_the_icon_outlives_the_click_that_is_answered_with_hiding_it(qtbot: Any) -> None:
    tray = Tray(icon("bucket"))
    tray.show()
    seen: list[bool] = []

    def answer() -> None:
        tray.hide()
        seen.append(tray._icon.isVisible())

    tray.show_requested.connect(answer)
    tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert seen == [True]
    qtbot.waitUntil(lambda: not tray._icon.isVisible())


def test_a_command_that_cannot_be_done_is_grey(qapp: Any) -> None:
    tray = Tray(icon("bucket"))
    _, pause, resume, *_ = tray.menu.actions()
    assert (pause.isEnabled(), resume.isEnabled()) == (False, False)
    tray.offer(pause=False, resume=True)
    assert (pause.isEnabled(), resume.isEnabled()) == (False, True)


def test_a_tray_that_stays_away_is_told_once_and_one_that_blinks_is_not(
    qapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = iter([False, False, False, True] + 4 * [False] + [False])
    monkeypatch.setattr(room, "tray_available", lambda: next(there))
    tray = Tray(icon("bucket"))
    lost: list[bool] = []
    tray.lost.connect(lambda: lost.append(True))
    looks = 0
    while not lost:
        tray._looking.timeout.emit()
        looks += 1
    assert looks == 8
    assert not tray._looking.isActive()
