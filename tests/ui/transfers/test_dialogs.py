"""The questions on abort and on close."""

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QRadioButton
from ui.transfers.fake_queue import MIB, finish, fly, make
from ui.transfers.signals import opened, until

from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.settings import Settings
from s3gui.ui.dialogs.abort import AbortDialog, Parts, ask_abort, can_abort, stored_bytes
from s3gui.ui.dialogs.closing import Closing, ClosingAnswer, ClosingDialog, ask_closing


def said(dialog: AbortDialog | ClosingDialog) -> str:
    dialog.show()
    labels = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    dialog.hide()
    return "\n".join(labels)


def half_sent(number: int = 1, state: State = State.RUNNING) -> Transfer:
    transfer = make(number, "dump.sql", parts=10, size=10 * MIB, state=state, upload_id="u")
    finish(transfer, range(1, 6))
    fly(transfer, 6, 0.5)
    return transfer


def test_what_is_stored_are_confirmed_parts_only() -> None:
    assert stored_bytes(half_sent()) == 5 * MIB


@pytest.mark.parametrize(
    ("state", "upload_id", "can"),
    [
        (State.QUEUED, "", True),
        (State.RUNNING, "u", True),
        (State.PAUSED, "u", True),
        (State.FINISHING, "u", False),
        (State.COMPLETED, "u", False),
        (State.FAILED, "u", True),
        (State.FAILED, "", False),
        (State.CANCELLED, "u", True),
        (State.CANCELLED, "", False),
    ],
)
def test_who_can_be_aborted(state: State, upload_id: str, *, can: bool) -> None:
    assert can_abort(make(state=state, upload_id=upload_id)) is can


def test_keeping_is_the_default_and_says_what_it_costs(qapp: Any) -> None:
    dialog = AbortDialog(None, [half_sent()])
    text = said(dialog)
    assert "Abort “dump.sql”?" in text
    assert "5.2\u00a0MB are stored" in text
    assert dialog.choice is Parts.KEEP
    dialog.choose(Parts.REMOVE)
    assert dialog.choice is Parts.REMOVE


@pytest.mark.parametrize("state", [State.RUNNING, State.FAILED])
def test_of_a_download_what_has_arrived_is_asked_about(qapp: Any, state: State) -> None:
    transfer = half_sent(state=state)
    transfer.direction, transfer.upload_id = Direction.DOWNLOAD, ""
    assert can_abort(transfer)
    dialog = AbortDialog(None, [transfer])
    words = [button.text() for button in dialog.findChildren(QRadioButton)]
    text = "\n".join([said(dialog), *words])
    assert "5.2\u00a0MB" in text
    assert "server" not in text
    assert dialog.choice is (Parts.REMOVE if state is State.FAILED else Parts.KEEP)


def test_several_rows_are_asked_about_at_once(qapp: Any) -> None:
    dialog = AbortDialog(None, [half_sent(1), half_sent(2)], finishing=3)
    text = said(dialog)
    assert "Abort 2 transfers?" in text
    assert "10.5\u00a0MB are stored" in text
    assert "3 transfers are being put together on the server" in text


def test_where_nothing_is_stored_there_is_nothing_to_choose(qapp: Any) -> None:
    dialog = AbortDialog(None, [make()])
    text = said(dialog)
    assert "Nothing of it is stored yet" in text
    assert dialog.choice is Parts.REMOVE
    assert not any(button.isVisibleTo(dialog) for button in dialog.findChildren(QRadioButton))


def test_ended_rows_can_only_have_their_parts_removed(qapp: Any) -> None:
    dialog = AbortDialog(None, [half_sent(state=State.CANCELLED)])
    assert "Remove the parts of 1 transfer?" in said(dialog)
    assert dialog.go.text() == "Remove"
    assert dialog.choice is Parts.REMOVE


def test_no_room_is_promised_where_nothing_is_stored(qapp: Any) -> None:
    begun = make(state=State.CANCELLED, parts=4, upload_id="u")
    assert "Frees" not in said(AbortDialog(None, [begun]))
    assert "no part of it is stored yet" in said(AbortDialog(None, [begun]))


def test_a_file_name_in_the_question_is_no_markup(qapp: Any) -> None:
    dialog = AbortDialog(None, [make(name="<b>bold<b>")])
    labels = [label for label in dialog.findChildren(QLabel) if "bold" in label.text()]
    assert labels[0].textFormat() is Qt.TextFormat.PlainText
    assert "<b>bold<b>" in labels[0].text()


async def test_the_keyboard_alone_answers(qapp: Any) -> None:
    task = asyncio.ensure_future(ask_abort(None, [half_sent()]))
    dialog = await opened(AbortDialog)
    keep = next(one for one in dialog.findChildren(QRadioButton) if one.isChecked())
    dialog.activateWindow()
    await until(lambda: QApplication.focusWidget() is keep)
    QTest.keyClick(keep, Qt.Key.Key_Down)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert await task is Parts.REMOVE


async def test_escape_changes_nothing(qapp: Any) -> None:
    task = asyncio.ensure_future(ask_abort(None, [half_sent()]))
    QTest.keyClick(await opened(AbortDialog), Qt.Key.Key_Escape)
    assert await task is None


def test_the_choices_on_close_are_those_of_the_settings(qapp: Any) -> None:
    assert {choice.value for choice in Closing} | {"ask"} == {
        "ask",
        "background",
        "pause",
        "abort",
    }
    assert Settings().on_close == "ask"


@pytest.mark.parametrize("tray", [True, False])
def test_the_background_is_offered_only_where_there_is_a_tray(qapp: Any, *, tray: bool) -> None:
    dialog = ClosingDialog(None, 3, "96 MB/s · 4 min", tray=tray)
    text = said(dialog)
    assert "3 transfers are not done yet (96 MB/s · 4 min)." in text
    assert len(dialog.findChildren(QRadioButton)) == (3 if tray else 2)
    assert dialog.choice is (Closing.BACKGROUND if tray else Closing.PAUSE)


@pytest.mark.parametrize("choice", Closing)
@pytest.mark.parametrize("remember", [True, False])
async def test_the_answer_on_close(qapp: Any, choice: Closing, *, remember: bool) -> None:
    task = asyncio.ensure_future(ask_closing(None, 1, "", tray=True))
    dialog = await opened(ClosingDialog)
    dialog.choose(choice)
    dialog.findChildren(QCheckBox)[0].setChecked(remember)
    dialog.go.click()
    assert await task == ClosingAnswer(choice, remember)


async def test_cancel_on_close_leaves_the_window(qapp: Any) -> None:
    task = asyncio.ensure_future(ask_closing(None, 1, "", tray=False))
    QTest.keyClick(await opened(ClosingDialog), Qt.Key.Key_Escape)
    assert await task is None
