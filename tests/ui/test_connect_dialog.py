"""The connect dialog, and what becomes of what was typed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from ui.kit import PROFILE, World, make_world
from ui.transfers.signals import opened, until

from s3gui.domain.errors import AccessDenied, S3guiError
from s3gui.domain.profile import Addressing, Profile
from s3gui.ui.dialogs.connect import ConnectDialog
from s3gui.ui.dialogs.connect_form import ConnectForm
from s3gui.ui.main_window import MainWindow


@pytest.fixture
def make_dialog(qtbot: QtBot, world: World) -> Callable[..., ConnectDialog]:
    kept: list[ConnectDialog] = []  # qtbot holds its widgets weakly

    def make(profile: Profile | None = None, keyring_problem: str = "") -> ConnectDialog:
        dialog = ConnectDialog(
            world.gateway,
            world.accounts.credentials,
            world.tasks,
            profile=profile,
            keyring_problem=keyring_problem,
        )
        qtbot.addWidget(dialog)
        kept.append(dialog)
        dialog.show()
        return dialog

    return make


def fill(form: ConnectForm, **values: str) -> None:
    typed = {"endpoint": "s3.example.com", "access_key": "AK", "secret_key": "SK"} | values
    for name, value in typed.items():
        field: QLineEdit = getattr(form, name)
        field.setText(value)


def test_what_was_typed_becomes_a_profile(make_dialog: Callable[..., ConnectDialog]) -> None:
    form = make_dialog().form
    fill(form, name=" My storage ", endpoint=" HTTPS://s3.example.com/ ", bucket="only")
    form.addressing.setCurrentIndex(1)
    assert form.problems() == {}
    profile = form.profile()
    assert (profile.name, profile.endpoint) == ("My storage", "https://s3.example.com")
    assert profile.addressing is Addressing.PATH
    assert profile.default_bucket == "only"
    assert len(profile.id) == 32
    keys = form.credentials()
    assert keys is not None
    assert (keys.access_key, keys.secret_key) == ("AK", "SK")


def test_a_connection_without_a_name_is_called_by_its_host(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    form = make_dialog().form
    fill(form)
    assert form.profile().name == "s3.example.com"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", ""),
        ("endpoint", "ftp://x"),
        ("endpoint", "https://user:pw@x"),
        ("endpoint", "https://x/path"),
        ("region", ""),
        ("region", "eu west"),
        ("access_key", ""),
        ("secret_key", ""),
        ("ca_bundle", "/no/such/file.pem"),
    ],
)
def test_a_field_that_is_wrong_says_so_under_it(
    make_dialog: Callable[..., ConnectDialog], field: str, value: str
) -> None:
    dialog = make_dialog()
    fill(dialog.form, **{field: value})
    dialog.ok_button.click()
    widget = getattr(dialog.form, field)
    assert list(dialog.form.problems()) == [widget]
    note = dialog.form._fields[widget].note
    assert note.isVisible()
    assert note.text()
    assert dialog.isVisible()


def test_an_open_line_is_warned_of_and_loopback_is_not(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    form = make_dialog().form
    for endpoint, warns in (
        ("http://lab.example.com", True),
        ("http://127.0.0.1:9000", False),
        ("https://lab.example.com", False),
    ):
        form.endpoint.setText(endpoint)
        form.endpoint.editingFinished.emit()
        assert form._fields[form.endpoint].note.isVisible() is warns


def test_the_secret_is_hidden_until_it_is_asked_for(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    form = make_dialog().form
    assert form.secret_key.echoMode() is QLineEdit.EchoMode.Password
    form._eye.trigger()
    assert form.secret_key.echoMode() is QLineEdit.EchoMode.Normal


def test_without_a_keyring_the_keys_cannot_be_kept_and_it_says_why(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    form = make_dialog(keyring_problem="No keyring runs here.").form
    assert not form.keep.isEnabled()
    assert not form.keep.isChecked()
    assert form._keep_note.text().startswith("No keyring runs here.")


def test_editing_leaves_the_keys_alone_unless_they_are_typed(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    old = replace(PROFILE, proxy="http://proxy:3128", list_version=1)
    form = make_dialog(old).form
    assert form.problems() == {}
    assert form.profile() == old
    assert form.credentials() is None
    form.access_key.setText("only one of two")
    assert list(form.problems()) == [form.secret_key]


def test_every_field_has_a_label_with_a_mnemonic_of_its_own(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    form = make_dialog().form
    labels = [label for label in form.findChildren(QLabel) if label.buddy()]
    keys = [label.text()[label.text().index("&") + 1].lower() for label in labels]
    buddies = {label.buddy() for label in labels}
    assert set(form._fields) == buddies
    assert len(set(keys)) == len(keys)


def test_tab_goes_through_the_fields_in_their_order(
    make_dialog: Callable[..., ConnectDialog],
) -> None:
    dialog = make_dialog()
    form = dialog.form
    dialog.show()
    # As the desktop lays them out.
    last = sorted((dialog.ok_button, dialog.cancel_button), key=lambda button: button.x())
    order: list[QWidget] = []
    widget: QWidget = form.name
    for _ in range(90):
        order.append(widget)
        widget = widget.nextInFocusChain()
    wanted: list[QWidget] = [
        form.name,
        form.endpoint,
        form.region,
        form.access_key,
        form.secret_key,
        form.addressing,
        form.bucket,
        form.ca_bundle,
        form.keep,
        dialog.test_button,
        *last,
    ]
    reached = [one for one in order if one in wanted]
    assert reached[: len(wanted)] == wanted
    assert dialog.ok_button.isDefault()


async def test_a_test_that_goes_well_counts_the_buckets(
    make_dialog: Callable[..., ConnectDialog], world: World
) -> None:
    dialog = make_dialog(PROFILE)
    world.storage.put("a", "x")
    world.storage.put("b", "x")
    dialog.test_button.click()
    assert dialog.is_testing
    await until(lambda: not dialog.is_testing)
    assert dialog.outcome.text() == "Connected: 2 buckets."
    assert world.gateway.open_now == 0
    assert world.accounts.kept == {}


async def test_a_test_that_fails_says_what_happened_and_what_to_do(
    make_dialog: Callable[..., ConnectDialog], world: World
) -> None:
    dialog = make_dialog(PROFILE)
    world.storage.failing["buckets"] = S3guiError(
        "The keys were refused", "The secret key is wrong", "Type it again\u202e"
    )
    dialog.test_button.click()
    await until(lambda: not dialog.is_testing)
    words = "The keys were refused. The secret key is wrong. Type it again‹U+202E›."
    assert dialog.outcome.text() == words
    assert dialog.outcome.textFormat() is Qt.TextFormat.PlainText


async def test_keys_that_may_not_list_buckets_are_tried_on_their_bucket(
    make_dialog: Callable[..., ConnectDialog], world: World
) -> None:
    dialog = make_dialog(replace(PROFILE, default_bucket="only"))
    world.storage.put("only", "x")
    world.storage.failing["buckets"] = AccessDenied("May not list")
    dialog.test_button.click()
    await until(lambda: not dialog.is_testing)
    assert "only" in dialog.outcome.text()


@pytest.mark.parametrize("how", ["stop", "close"])
async def test_a_test_can_be_stopped(
    make_dialog: Callable[..., ConnectDialog], world: World, how: str
) -> None:
    dialog = make_dialog(PROFILE)
    world.storage.gates["buckets"] = asyncio.Event()
    dialog.test_button.click()
    await until(lambda: world.storage.in_flight == 1)
    if how == "stop":
        dialog.test_button.click()
    else:
        dialog.reject()
    await until(lambda: world.storage.in_flight == 0)
    assert world.gateway.open_now == 0
    assert not dialog.is_testing


async def test_a_test_without_all_fields_asks_nobody(
    make_dialog: Callable[..., ConnectDialog], world: World
) -> None:
    dialog = make_dialog()
    dialog.test_button.click()
    assert not dialog.is_testing
    assert world.gateway.opened == []


async def test_connecting_saves_opens_and_shows_the_buckets(
    make_window: Callable[[World], MainWindow], tmp_path: Path
) -> None:
    world = make_world(tmp_path)
    window = make_window(world)
    await window.start()
    window.pane.empty.action_wanted.emit()
    dialog = await opened(ConnectDialog)
    fill(dialog.form, name="New")
    dialog.form.keep.setChecked(False)
    dialog.ok_button.click()
    await until(lambda: window.place is not None)
    (saved,) = world.accounts.saved.values()
    assert saved.name == "New"
    assert world.accounts.kept == {saved.id: False}
    await until(window.status.unsaved.isVisible)
    assert world.gateway.opened[0][0] == saved.id
    assert window.status.connection.full_text == "New"


async def test_a_keyring_that_refuses_is_told_and_the_connection_works(
    make_window: Callable[[World], MainWindow], tmp_path: Path
) -> None:
    world = make_world(tmp_path)
    world.accounts.refusal = S3guiError("The keyring refused the keys")
    window = make_window(world)
    await window.start()
    window.connecting.add()
    dialog = await opened(ConnectDialog)
    fill(dialog.form)
    dialog.ok_button.click()
    await until(lambda: window.place is not None)
    assert window.pane.messages.messages[-1].text == "The keyring refused the keys."
    assert window.status.unsaved.isVisible()


async def test_other_keys_reopen_the_connection(
    make_window: Callable[[World], MainWindow], world: World
) -> None:
    window = make_window(world)
    await window.start()
    await until(lambda: world.gateway.open_now == 1)
    window.does.edit_connection.trigger()
    dialog = await opened(ConnectDialog)
    fill(dialog.form, endpoint=PROFILE.endpoint, secret_key="NEW")
    dialog.ok_button.click()
    await until(lambda: len(world.gateway.opened) == 2)
    assert world.gateway.opened[-1][1].secret_key == "NEW"
    await until(lambda: world.storage.count("buckets") == 2)
    assert world.gateway.open_now == 1


async def test_only_one_connect_dialog_is_open(
    make_window: Callable[[World], MainWindow], world: World
) -> None:
    window = make_window(world)
    await window.start()
    window.connecting.add()
    dialog = await opened(ConnectDialog)
    window.connecting.add()
    await asyncio.sleep(0)
    assert len(window.findChildren(ConnectDialog)) == 1
    dialog.reject()
