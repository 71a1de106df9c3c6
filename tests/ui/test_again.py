"""What the history knows is transferred once more, the same way."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex
from transfers.past import done_row, fill
from ui.kit import PROFILE
from ui.records_stage import Stage
from ui.transfers.signals import opened, until

from s3gui.domain.entries import ObjectDetails, ObjectOptions
from s3gui.domain.errors import NotFound
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists, Origin
from s3gui.domain.queueing import Skipped, Wanted
from s3gui.domain.transfer import Direction
from s3gui.transfers.row import Row
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.dialogs.upload_sheet import UploadSheet
from s3gui.ui.upload_choices import UploadChoices
from s3gui.ui.widgets.message_bar import Message

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


def past(key: str, path: Path, direction: Direction = Direction.UPLOAD) -> Row:
    """A row of the connection that the window has."""
    row = done_row(1, key, str(path))
    row.transfer.profile_id = PROFILE.id
    row.transfer.direction = direction
    return row


def fetched(key: str, path: Path, version_id: str | None = None) -> Row:
    row = past(key, path, Direction.DOWNLOAD)
    row.transfer.origin = Origin(PROFILE.id, Location("b", key), version_id)
    return row


async def again(stage: Stage, row: Row, words: str) -> Sequence[Message]:
    """Chooses it in the menu of its row; what the window says then."""
    await fill(stage.journal, [row])
    origin = row.transfer.origin
    version = ("UPDATE transfer SET version_id = ?", (origin and origin.version_id,))
    await stage.journal.read(lambda database: database.execute(*version).rowcount)
    window = await stage.history_window(1)
    window.table.selectRow(0)
    menu = window.menu()
    action = next(one for one in menu.actions() if "again" in one.text())
    assert action.text() == words
    action.trigger()
    menu.close()
    await until(lambda: "transfer again" not in stage.world.tasks.running)
    return window.messages.messages


async def test_a_file_goes_up_again_as_it_did(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("x")
    row = past("papers/report (1).txt", file)
    row.options = ObjectOptions(
        content_type="text/x-odd", metadata={"a": "b"}, storage_class="COLD", acl="private"
    )
    row.wanted_part_bytes = 7 << 20
    remembered = UploadChoices(IfExists.NEWER, ObjectOptions(storage_class="STANDARD"))
    stage.window.uploading._remembered = {PROFILE.id: remembered}
    (message,) = await again(stage, row, "Upload again")
    assert message.text == "Queued again: report.txt"
    queue = stage.world.queue
    assert queue.uploads == [(PROFILE.id, Location("b", "papers/"), [file])]
    (how,) = queue.how
    assert how["as_name"] == "report (1).txt"
    assert how["if_exists"] is IfExists.NEWER
    assert how["part_bytes"] == 7 << 20
    assert how["options"] == row.options
    assert how["content_types"] == [("*", "text/x-odd")]


async def test_a_file_that_is_gone_is_told_and_nothing_is_queued(
    stage: Stage, tmp_path: Path
) -> None:
    (message,) = await again(stage, past("a", tmp_path / "gone.txt"), "Upload again")
    assert message.text.startswith("gone.txt cannot be uploaded again")
    assert message.error is not None
    assert str(tmp_path / "gone.txt") in message.error.detail
    assert not stage.world.queue.uploads
    stage.flow.show_history().messages._on_details_clicked()
    (await opened(ProblemDialog)).reject()


async def test_a_key_that_is_nowhere_kept_is_asked_for(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("x")
    row = past("secret.txt", file)
    row.options = ObjectOptions(encryption="SSE-C")
    await fill(stage.journal, [row])
    window = await stage.history_window(1)
    window.again_wanted.emit([window.model.receipt(0)])
    sheet = await opened(UploadSheet)
    sheet.reject()
    await until(lambda: "transfer again" not in stage.world.tasks.running)
    assert not stage.world.queue.uploads
    assert not window.messages.messages


async def test_an_object_comes_down_again_under_the_name_it_had(
    stage: Stage, tmp_path: Path
) -> None:
    stage.world.storage.put("b", "papers/con", 17)
    stage.window.change_settings(replace(stage.window.settings, download_if_exists="skip"))
    await again(stage, fetched("papers/con", tmp_path / "con_"), "Download again")
    ((kind, profile_id, wanted, folder, how),) = stage.world.queue.asked
    assert (kind, profile_id, folder) == ("download", PROFILE.id, tmp_path)
    assert wanted == [Wanted(Location("b", "papers/con"), size=17)]
    assert how == {"as_name": "con_", "if_exists": IfExists.SKIP}


@pytest.mark.parametrize("has_newer", [True, False])
async def test_the_version_that_was_read_is_read_again(
    stage: Stage, tmp_path: Path, has_newer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.world.storage.put("b", "a", 17)
    asked = []

    async def head(
        where: Location, version_id: str | None = None, **_how: Any
    ) -> ObjectDetails | None:
        asked.append(version_id)
        if version_id is None and not has_newer:
            raise NotFound("deleted")
        return await real(where, version_id)  # which says that it is v-0001

    session = await stage.world.connections.open(PROFILE.id)
    real = session.objects.head
    monkeypatch.setattr(session, "head", head)
    await again(stage, fetched("a", tmp_path / "a", "v-0000"), "Download again")
    ((_, _, wanted, _, how),) = stage.world.queue.asked
    assert asked == [None, "v-0000"]
    assert wanted == [Wanted(Location("b", "a"), "v-0000", 17)]
    assert how["as_name"] == ""


async def test_an_object_that_is_gone_is_told(stage: Stage, tmp_path: Path) -> None:
    stage.world.storage.put("b", "other")
    (message,) = await again(stage, fetched("a.txt", tmp_path / "a.txt"), "Download again")
    assert message.error is not None
    assert "There is no object s3://b/a.txt any more." in message.error.detail
    assert not stage.world.queue.asked


async def test_a_folder_that_is_gone_is_told(stage: Stage, tmp_path: Path) -> None:
    row = fetched("a.txt", tmp_path / "gone" / "a.txt")
    (message,) = await again(stage, row, "Download again")
    assert message.error is not None
    assert str(tmp_path / "gone") in message.error.detail
    assert "another" in message.error.hint


async def test_a_connection_that_is_not_saved_any_more_is_told(
    stage: Stage, tmp_path: Path
) -> None:
    row = past("a", tmp_path / "a")
    row.transfer.profile_id = "removed"
    (message,) = await again(stage, row, "Upload again")
    assert message.error is not None
    assert message.error.code == "NoConnection"


async def test_a_copy_is_made_again_with_what_changed_on_the_way(
    stage: Stage, tmp_path: Path
) -> None:
    row = past("new", tmp_path, Direction.COPY)
    row.transfer.origin = Origin(PROFILE.id, Location("a", "old"))
    row.options = ObjectOptions(storage_class="COLD")
    await again(stage, row, "Copy again")
    ((kind, *rest, how),) = stage.world.queue.asked
    assert kind == "copy"
    wanted = [Wanted(Location("a", "old"))]
    assert rest == [PROFILE.id, wanted, PROFILE.id, Location("b", "new")]
    assert how["exactly"]
    assert how["options"] == row.options
    assert "move" not in how


async def test_what_is_left_out_is_told_as_the_queue_says_it(stage: Stage, tmp_path: Path) -> None:
    row = past("new", tmp_path, Direction.COPY)
    row.transfer.origin = Origin(PROFILE.id, Location("a", "old"))

    async def nothing(*_what: object, **_how: object) -> object:
        result = await real(*_what, **_how)  # type: ignore[arg-type]
        return replace(result, queued=0, skipped=(Skipped(tmp_path, "nothing is there"),))

    real = stage.world.queue.copy
    stage.world.queue.copy = nothing  # type: ignore[method-assign, assignment]
    (message,) = await again(stage, row, "Copy again")
    assert message.error is not None
    assert message.error.detail == "nothing is there"


async def all_again(stage: Stage, rows: Sequence[Row], words: str) -> Sequence[Message]:
    """Chooses all that there are; what the window says then."""
    for row in rows:
        row.transfer.profile_id = PROFILE.id
    await fill(stage.journal, rows)
    window = await stage.history_window(len(rows))
    while window.model.canFetchMore(QModelIndex()):
        window.model.fetchMore(QModelIndex())
        await until(lambda: not window.model.is_loading)
    window.table.selectAll()
    menu = window.menu()
    action = next(one for one in menu.actions() if "again" in one.text())
    assert action.text() == words
    assert action.isEnabled()
    action.trigger()
    menu.close()
    await until(lambda: "transfer again" not in stage.world.tasks.running)
    return window.messages.messages


async def test_hundreds_of_files_go_up_again_in_one_batch(stage: Stage, tmp_path: Path) -> None:
    rows, gone = [], {7, 300}
    for number in range(1, 401):
        file = tmp_path / f"{number:03}.txt"
        if number not in gone:
            file.touch()
        rows.append(done_row(number, f"papers/{number:03}.txt", str(file)))
    note, problem = await all_again(stage, rows, "Upload again")
    ((profile_id, where, paths),) = stage.world.queue.uploads
    assert (profile_id, where) == (PROFILE.id, Location("b", "papers/"))
    assert sorted(paths) == sorted(row.transfer.path for row in rows if row.id not in gone), (
        "what is gone holds up none of the others"
    )
    assert note.text == "Queued again: 398 transfers"
    assert problem.text.startswith("2 transfers cannot be made again")
    assert problem.error is not None
    assert "007.txt" in problem.error.detail
    assert "300.txt" in problem.error.detail


async def test_what_was_made_otherwise_goes_by_itself(stage: Stage, tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).touch()
    same, cold, renamed, deep = (
        done_row(number, key, str(tmp_path / name))
        for number, (key, name) in enumerate(
            [("x/a", "a"), ("x/b", "b"), ("x/c (1)", "c"), ("x/y/d", "d")], 1
        )
    )
    cold.options = ObjectOptions(storage_class="COLD")
    await all_again(stage, [same, cold, renamed, deep], "Upload again")
    asked = {
        (str(where), paths[0].name, how["options"].storage_class, how["as_name"])
        for (_, where, paths), how in zip(
            stage.world.queue.uploads, stage.world.queue.how, strict=True
        )
    }
    assert asked == {
        ("s3://b/x/", "a", "", ""),
        ("s3://b/x/", "b", "COLD", ""),
        ("s3://b/x/", "c", "", "c (1)"),
        ("s3://b/x/y/", "d", "", ""),
    }


async def test_objects_come_down_again_together_looked_for_several_at_a_time(
    stage: Stage, tmp_path: Path
) -> None:
    rows = []
    for number in range(1, 41):
        key = f"papers/{number:02}"
        row = done_row(number, key, str(tmp_path / f"{number:02}"))
        row.transfer.direction = Direction.DOWNLOAD
        row.transfer.origin = Origin(PROFILE.id, Location("b", key))
        rows.append(row)
        if number != 9:
            stage.world.storage.put("b", key, number)
    note, problem = await all_again(stage, rows, "Download again")
    ((_, _, wanted, folder, how),) = stage.world.queue.asked
    assert folder == tmp_path
    assert how["as_name"] == ""
    assert {one.location.key for one in wanted} == {
        row.transfer.location.key for row in rows if row.id != 9
    }
    assert 1 < stage.world.storage.most_in_flight <= 8
    assert note.text == "Queued again: 39 transfers"
    assert problem.text.startswith("09 cannot be downloaded again")


async def test_ups_downs_and_copies_are_made_again_at_once(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "up").touch()
    up = done_row(1, "x/up", str(tmp_path / "up"))
    copies = [done_row(number, f"x/{number}", str(tmp_path)) for number in (2, 3, 4)]
    for row, source in zip(copies, ("old/2", "old/3", "old/other"), strict=True):
        row.transfer.direction = Direction.COPY
        row.transfer.origin = Origin(PROFILE.id, Location("a", source))
    await all_again(stage, [up, *copies], "Transfer again")
    assert len(stage.world.queue.uploads) == 1
    asked = {
        (str(target), how["exactly"], tuple(sorted(one.location.key for one in wanted)))
        for _, _, wanted, _, target, how in stage.world.queue.asked
    }
    assert asked == {
        ("s3://b/x/", False, ("old/2", "old/3")),
        ("s3://b/x/4", True, ("old/other",)),
    }
