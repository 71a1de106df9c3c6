"""The commands: each once, and why one cannot be used."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from s3gui.ui.actions import Actions, Situation

EVERYTHING = Situation(True, True, True, True, True, True, True, True, 3, 1, True)


@pytest.fixture
def does(qapp: QApplication) -> Actions:
    return Actions(qapp)


def test_no_shortcut_is_given_twice(does: Actions) -> None:
    keys = [key.toString() for action in does.all for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_every_command_has_words_an_icon_and_a_tip(does: Actions) -> None:
    for action in does.all:
        assert action.text()
        assert action.objectName()
        assert action.toolTip()
        choice = action.objectName().startswith(("theme-", "language-", "open-"))
        assert choice or not action.icon().isNull()


def test_with_everything_there_everything_can_be_used(does: Actions) -> None:
    does.update(EVERYTHING)
    assert [action.objectName() for action in does.all if not action.isEnabled()] == []


@pytest.mark.parametrize(
    ("lacks", "name", "why"),
    [
        ({"in_bucket": False}, "upload_files", "Choose a bucket first."),
        ({"in_bucket": False}, "upload_folder", "Choose a bucket first."),
        ({"in_bucket": False}, "filter", "Choose a bucket first."),
        ({"in_bucket": False}, "paste", "Choose a bucket first."),
        ({"clipboard_files": False}, "paste", "Copy files or objects first."),
        ({"can_go_back": False}, "back", "This is the first place."),
        ({"can_go_forward": False}, "forward", "This is the last place."),
        ({"can_go_up": False}, "up", "This is the top."),
        ({"has_place": False}, "refresh", "Nothing is shown yet."),
        ({"is_open": False}, "close_connection", "No connection is open here."),
        ({"selected": 0}, "copy_address", "Nothing is selected."),
        ({"rows": 0}, "select_all", "There is nothing to select."),
        ({"is_listing": False}, "stop", "Nothing is being listed."),
    ],
)
def test_what_cannot_be_used_says_why(
    does: Actions, lacks: dict[str, object], name: str, why: str
) -> None:
    does.update(replace(EVERYTHING, **lacks))  # type: ignore[arg-type]
    action = getattr(does, name)
    assert not action.isEnabled()
    assert why in action.toolTip()
    does.update(EVERYTHING)
    assert why not in action.toolTip()


def test_the_window_owns_them(qapp: QApplication) -> None:
    owner = QObject()
    assert Actions(owner).parent() is owner
