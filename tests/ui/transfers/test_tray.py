"""The icon in the tray."""

from typing import Any

from PySide6.QtWidgets import QSystemTrayIcon

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
    for action in tray.menu.actions():
        action.trigger()
    assert asked == ["show", "pause", "quit"]
    tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert asked == ["show", "pause", "quit", "show"]


def test_the_tooltip_tells_how_it_goes(qapp: Any) -> None:
    tray = Tray(icon("bucket"))
    assert tray.tip == "s3gui"
    tray.tell("96 MB/s · 3 left")
    assert tray.tip == "s3gui · 96 MB/s · 3 left"
