"""The sheet before an upload, and the question about what exists already."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QPushButton
from ui.conftest import Opener
from ui.kit import NOON, PROFILE, World
from ui.looking import browse, drop, showcase
from ui.transfers.signals import opened, until

from s3gui.domain.encryption import CustomerKey, Encryption
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import AccessDenied
from s3gui.domain.existing import Existing
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import Direction, ErrorNote, State, Transfer, Waiting
from s3gui.settings import Settings
from s3gui.ui import upload_choices
from s3gui.ui.dialogs.conflicts import ConflictDialog
from s3gui.ui.dialogs.upload_sheet import UploadSheet
from s3gui.ui.main_window import MainWindow
from s3gui.ui.upload_choices import UploadChoices

KEY = bytes(range(32))
FULL = UploadChoices(
    IfExists.NEWER,
    ObjectOptions(
        metadata={"a": "1"},
        tags={"t": "ü"},
        cache_control="no-cache",
        storage_class="COLD",
        acl="public-read",
        content_disposition="attachment",
        content_encoding="gzip",
        content_language="ru",
        encryption="aws:kms",
        kms_key_id="k",
    ),
    "*.log=text/plain",
    64 << 20,
)


def asks(window: MainWindow, when: str) -> None:
    changed = {"ask_before_upload": when}
    window.change_settings(Settings(**changed))


async def dropped(window: MainWindow, *paths: Path) -> None:
    await browse(window, "backups")
    drop(window.pane.table.viewport(), QPoint(200, 700), *(Path("/", path) for path in paths))


async def test_what_does_not_exist_goes_up_in_one_gesture(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await dropped(window, Path("new.bin"))
    await until(lambda: world.queue.uploads)
    assert world.queue.how[0]["if_exists"] is IfExists.OVERWRITE


@pytest.mark.parametrize("name", ["readme.md", "daily"])
async def test_what_exists_brings_the_sheet(open_window: Opener, name: str) -> None:
    world, window = await open_window(fill=showcase)
    await dropped(window, Path(name))
    sheet = await opened(UploadSheet)
    assert world.queue.uploads == []
    assert sheet.policy.currentData() is IfExists.ASK
    sheet.policy.setCurrentIndex(sheet.policy.findData(IfExists.SKIP))
    sheet.go.click()
    await until(lambda: world.queue.uploads)
    assert world.queue.how[0]["if_exists"] is IfExists.SKIP


async def test_many_names_are_looked_for_in_the_listing(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await dropped(window, *(Path(f"{n}.new") for n in range(20)), Path("readme.md"))
    sheet = await opened(UploadSheet)
    # The columns of what is in sight may be asked for at any time.
    heads = [what for name, what in world.storage.calls if name == "head"]
    assert not [what for what in heads if what.endswith(".new")]
    sheet.reject()
    await until(lambda: not world.tasks.running & {"counting files"})
    assert world.queue.uploads == []


async def test_who_may_not_look_has_each_file_asked_by_the_engine(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await browse(window, "backups")
    world.storage.failing["head"] = AccessDenied("No")
    drop(window.pane.table.viewport(), QPoint(200, 700), Path("/readme.md"))
    await until(lambda: world.queue.uploads)
    assert world.queue.how[0]["if_exists"] is IfExists.ASK


async def test_the_sheet_may_come_always_and_counts_while_it_stands(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    asks(window, "always")
    await dropped(window, Path("a"), Path("b"))
    sheet = await opened(UploadSheet)
    await until(lambda: "2 files" in sheet._counts.text())
    assert "counting" not in sheet._counts.text()
    sheet.when.setCurrentIndex(sheet.when.findData("never"))
    assert sheet.remember.isChecked(), "else there was nothing to be used without the sheet"
    sheet.object.storage_class.setEditText("COLD")
    sheet.speed.files.setValue(7)
    sheet.go.click()
    await until(lambda: world.queue.uploads)
    assert window.settings.ask_before_upload == "never"
    assert window.settings.files_in_flight == 7
    drop(window.pane.table.viewport(), QPoint(200, 700), Path("/readme.md"))
    await until(lambda: len(world.queue.uploads) == 2)
    assert world.queue.how[1]["options"].storage_class == "COLD"
    assert world.queue.how[1]["if_exists"] is IfExists.ASK


async def test_options_are_remembered_for_their_connection_and_no_key(
    open_window: Opener, tmp_path: Path
) -> None:
    (tmp_path / "key").write_bytes(KEY)
    world, window = await open_window(fill=showcase)
    asks(window, "always")
    row = waiting(7)
    row.path, row.state = Path("/a"), State.FAILED
    row.error = ErrorNote("The key is missing", code="NeedsCustomerKey")
    add(world, row, waiting(8))
    await dropped(window, Path("a"))
    sheet = await opened(UploadSheet)
    combo = sheet.encryption.encryption
    combo.setCurrentIndex(combo.findData(Encryption.CUSTOMER.value))
    sheet.encryption.key_file.setText(str(tmp_path / "key"))
    sheet.remember.setChecked(True)
    sheet.go.click()
    await until(lambda: world.queue.uploads)
    assert world.queue.how[0]["options"].customer_key == CustomerKey(KEY)
    assert world.queue.keys == [([7], CustomerKey(KEY))], "what waited for it goes on"
    path = world.services.state_dir / upload_choices.FILE_NAME
    await until(path.exists)
    kept = json.loads(path.read_text())
    assert kept[PROFILE.id]["encryption"] == "SSE-C"
    assert CustomerKey(KEY).base64 not in path.read_text()
    assert KEY not in path.read_bytes()


@pytest.mark.parametrize("held", [None, b"short"])
async def test_a_file_that_holds_no_key_is_said_and_the_sheet_stays(
    open_window: Opener, tmp_path: Path, held: bytes | None
) -> None:
    if held is not None:
        (tmp_path / "key").write_bytes(held)
    world, window = await open_window(fill=showcase)
    asks(window, "always")
    await dropped(window, Path("a"))
    sheet = await opened(UploadSheet)
    combo = sheet.encryption.encryption
    combo.setCurrentIndex(combo.findData(Encryption.CUSTOMER.value))
    sheet.encryption.key_file.setText(str(tmp_path / "key"))
    sheet.go.click()
    await until(sheet._problem.isVisible)
    assert sheet.isVisible()
    sheet.reject()
    await until(lambda: not world.tasks.running)
    assert world.queue.uploads == []


def test_all_that_is_chosen_comes_back_out_of_the_sheet(
    qapp: QApplication, english: None, tmp_path: Path
) -> None:
    sheet = UploadSheet(None, Location("b"), FULL, Settings(), lambda _path, _tell: None)
    assert sheet.choices == FULL
    assert sheet.settings == Settings()
    upload_choices.save(tmp_path, {"p": FULL})
    assert upload_choices.load(tmp_path) == {"p": FULL}
    sheet.deleteLater()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"p": 1}', '{"p": {"metadata": 3, "if_exists": 1}}']
)
def test_what_was_remembered_and_is_damaged_harms_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / upload_choices.FILE_NAME).write_text(text)
    assert upload_choices.load(tmp_path) in ({}, {"p": UploadChoices()})


def test_what_cannot_be_sent_is_said_where_it_was_typed(qapp: QApplication, english: None) -> None:
    sheet = UploadSheet(None, Location("b"), FULL, Settings(), lambda _path, _tell: None)
    for spoil, tab in (
        (lambda: sheet.object.cache_control.setText("кэш"), sheet.object),
        (lambda: sheet.types.rules.setPlainText("*.log"), sheet.types),
        (lambda: sheet.pairs.metadata.show_pairs({"имя": "x"}), sheet.pairs),
        (lambda: sheet.pairs.tags.show_pairs({str(n): "" for n in range(11)}), sheet.pairs),
    ):
        sheet._show(FULL)
        spoil()
        sheet.go.click()
        assert not sheet._problem.isHidden()
        assert sheet._tabs.currentWidget() is tab
    assert sheet.result() == 0
    sheet.deleteLater()


# Rows that wait


def waiting(id_: int, batch: str = "b1") -> Transfer:
    row = Transfer(
        id=id_,
        profile_id=PROFILE.id,
        direction=Direction.UPLOAD,
        location=Location("backups", f"{id_}.bin"),
        path=Path(f"{id_}.bin"),
        size=5_000_000 + id_,
        position=id_,
        batch=batch,
        state=State.PAUSED,
        waiting=Waiting.CONFLICT,
    )
    row.there = Existing(4_000_000, NOON - timedelta(days=id_), "e")
    return row


def add(world: World, *rows: Transfer) -> None:
    world.queue.transfers += rows
    for observer in list(world.queue.observers):
        observer.transfers_added(rows)


def button(window: MainWindow) -> QPushButton:
    return window.pane.messages._act


async def test_rows_that_wait_are_counted_and_decided_together(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    later = waiting(4)
    later.move_to(State.QUEUED)
    add(world, waiting(1), waiting(2), waiting(3, "other"), later)
    await until(lambda: button(window).isVisible())
    assert window.pane.messages.messages[-1].text.startswith("3 transfers wait")
    button(window).click()
    dialog = await opened(ConflictDialog)
    dialog.choose(IfExists.RENAME)
    dialog.accept()
    await until(lambda: world.queue.decided)
    assert world.queue.decided == [([1, 2, 3, 4], IfExists.RENAME)]


async def test_without_the_batch_only_those_that_are_shown(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    later = waiting(2)
    later.move_to(State.QUEUED)
    add(world, waiting(1), later)
    await until(lambda: button(window).isVisible())
    button(window).click()
    dialog = await opened(ConflictDialog)
    dialog.for_batch.setChecked(False)
    dialog.accept()
    await until(lambda: world.queue.decided)
    assert world.queue.decided == [([1], IfExists.SKIP)]


async def test_the_message_goes_when_nothing_waits_and_stays_when_nobody_decided(
    open_window: Opener,
) -> None:
    world, window = await open_window(fill=showcase)
    row = waiting(1)
    add(world, row)
    await until(lambda: button(window).isVisible())
    button(window).click()
    dialog = await opened(ConflictDialog)
    dialog.reject()
    await until(lambda: button(window).isVisible())
    row.move_to(State.QUEUED)
    for observer in world.queue.observers:
        observer.transfer_changed(row)
    await until(lambda: not window.pane.messages.messages)
