"""The history, verifying again and receipts in the window."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QToolButton
from transfers.past import done_row, fill, fill_fast
from ui.kit import PROFILE, make_world
from ui.records_stage import Stage
from ui.transfers.fake_queue import make
from ui.transfers.signals import opened, until

from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, State
from s3gui.transfers.history import History
from s3gui.transfers.history_store import Search
from s3gui.transfers.journal import Journal
from s3gui.ui.models.history import HistoryColumn, HistoryModel
from s3gui.ui.widgets.history_window import HistoryWindow
from s3gui.ui.widgets.verification_window import VerificationWindow

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


async def test_the_history_is_a_button_of_the_transfers_bar(stage: Stage) -> None:
    action = stage.window.does.history
    (button,) = [
        one for one in stage.pane.findChildren(QToolButton) if one.defaultAction() is action
    ]
    assert button.isVisible()
    assert button.toolTip() == "Transfer history (Ctrl+H)"
    assert button.accessibleName() == "Transfer history"
    assert button.focusPolicy() is Qt.FocusPolicy.TabFocus
    button.click()
    assert (await opened(HistoryWindow)).isVisible()
    await stage.history_window(0)


async def test_rows_come_as_they_come_into_sight(stage: Stage) -> None:
    await fill_fast(stage.journal, 450)
    window = await stage.history_window(450)
    model = window.model
    assert model.rowCount() < 450
    assert model.receipt(0).id == 450
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
        await until(lambda: not model.is_loading)
    assert [model.receipt(row).id for row in range(450)] == list(range(450, 0, -1))


async def test_a_later_question_makes_the_earlier_one_forget_itself(stage: Stage) -> None:
    await fill(stage.journal, [done_row(1, "first"), done_row(2, "second")])
    window = await stage.history_window(2)
    window.model.show(Search("first"))
    window.model.show(Search("second"))
    await until(lambda: window.model.total == 1)
    assert window.model.receipt(0).location.key == "second"


async def test_what_is_typed_is_searched_and_esc_takes_it_back(stage: Stage) -> None:
    await fill(stage.journal, [done_row(1, "first"), done_row(2, "second")])
    window = await stage.history_window(2)
    window.field.setText("FIRST")
    await until(lambda: window.model.total == 1)
    assert window.model.index(0, HistoryColumn.NAME).data() == "first"
    window._on_escape()
    await until(lambda: window.model.total == 2)
    window.directions.setCurrentIndex(2)
    await until(lambda: window.model.total == 0)
    assert window.model.search.direction is Direction.DOWNLOAD
    window._on_escape()
    assert not window.isVisible()


async def test_the_models_keep_qts_rules(stage: Stage, qtmodeltester: object) -> None:
    await fill_fast(stage.journal, 250)
    window = await stage.history_window(250)
    qtmodeltester.check(window.model)  # type: ignore[attr-defined]
    verification = stage.flow.show_verification()
    qtmodeltester.check(verification.model)  # type: ignore[attr-defined]


async def test_a_row_of_the_history_leads_to_its_object(stage: Stage) -> None:
    await fill(stage.journal, [done_row(1, "folder/first")])
    window = await stage.history_window(1)
    window.table.selectRow(0)
    wanted = []
    window.place_wanted.connect(wanted.append)
    menu = window.menu()
    next(one for one in menu.actions() if one.text() == "Show in bucket").trigger()
    menu.close()
    assert [one.location for one in wanted] == [Location("b", "folder/first")]


async def test_history_is_deleted_after_a_question_that_defaults_to_no(stage: Stage) -> None:
    await fill(stage.journal, [done_row(1, "first")])
    await stage.history_window(1)
    stage.flow._on_delete(0)
    box = await opened(QMessageBox)
    assert box.defaultButton().text() == "Cancel"
    box.reject()
    await until(lambda: not box.isVisible())
    assert await stage.history.count() == 1
    stage.flow._on_delete(0)
    box = await opened(QMessageBox)
    box.buttons()[0].click()
    window = await stage.history_window(0)
    assert window.model.rowCount() == 0


async def choose(stage: Stage, name: str) -> None:
    """Answers the file dialog, and waits until all is written and said."""
    dialog = await opened(QFileDialog)
    dialog.selectFile(name)
    dialog.accept()
    await until(lambda: not stage.world.tasks.running & {"receipt", "results"})


async def test_a_receipt_of_the_selection_is_saved_where_the_person_says(
    stage: Stage, tmp_path: Path
) -> None:
    await fill(stage.journal, [done_row(1, "first", batch="x")], unlisted=False)
    await fill(stage.journal, [done_row(2, "second", batch="x")])
    row = make(1, "first", state=State.COMPLETED, batch="x")
    stage.queue.add(row)
    stage.pane.table.choose([row])
    stage.flow.refresh()
    stage.flow.save_selection.trigger()
    await choose(stage, str(tmp_path / "one.json"))
    said = json.loads((tmp_path / "one.json").read_bytes())
    assert [one["destination"] for one in said["transfers"]] == ["s3://b/first"]
    stage.flow.save_batch.trigger()
    await choose(stage, str(tmp_path / "all.json"))
    said = json.loads((tmp_path / "all.json").read_bytes())
    assert [one["id"] for one in said["transfers"]] == [1, 2]
    menu = stage.pane.menu()
    assert {"Save receipt…", "Verify again"} <= {one.text() for one in menu.actions()}
    menu.close()


async def test_what_could_not_be_in_a_list_is_told(stage: Stage, tmp_path: Path) -> None:
    await fill(stage.journal, [done_row(1, "first")])
    window = await stage.history_window(1)
    window.table.selectRow(0)
    window.receipt.click()
    dialog = await opened(QFileDialog)
    dialog.selectNameFilter(next(one for one in dialog.nameFilters() if "SHA" in one))
    dialog.selectFile(str(tmp_path / "SHA256SUMS"))
    dialog.accept()
    box = await opened(QMessageBox)
    assert "1 transfer is not in the receipt" in box.text()
    assert "cannot be opened" in box.informativeText()
    box.reject()
    await until(lambda: "receipt" not in stage.world.tasks.running)
    assert (tmp_path / "SHA256SUMS").read_bytes() == b""


async def test_verifying_shows_how_far_it_is_and_what_was_found(stage: Stage) -> None:
    await fill(stage.journal, [done_row(1, "first"), done_row(2, "second")])
    window = await stage.history_window(2)
    window.table.selectAll()
    window.verify.click()
    verification = await opened(VerificationWindow)
    await until(lambda: all(check.is_running for check in verification.model.checks))
    verification.refresh()
    assert verification.model.index(0, 3).data().startswith("Reading, 0")
    verification.table.selectRow(0)
    verification.stop.click()
    await until(lambda: len(verification.ended) == 1)
    assert verification.model.checks[0].verdict is not None
    stage.verifier.go.set()
    await until(lambda: len(verification.ended) == 2)
    await until(lambda: not stage.flow._sampling.isActive())
    assert verification.model.index(1, 3).data() == "The same, both sides read again"
    verification.clear.click()
    assert verification.model.rowCount() == 0


async def test_results_are_saved(stage: Stage, tmp_path: Path) -> None:
    await fill(stage.journal, [done_row(1, "first")])
    stage.verifier.go.set()
    await stage.flow._verify_ids([1])
    verification = await opened(VerificationWindow)
    await until(verification.save.isEnabled)
    verification.save.click()
    await choose(stage, str(tmp_path / "verdicts.json"))
    said = json.loads((tmp_path / "verdicts.json").read_bytes())
    assert [one["finding"] for one in said["verdicts"]] == ["same"]


async def test_a_journal_that_cannot_be_read_is_told_in_place_of_the_rows(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_values: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(stage.history, "page", fail)
    window = stage.flow.show_history()
    failed: list[object] = []
    window.model.failed.connect(failed.append)
    await until(lambda: bool(failed))
    assert window.model.rowCount() == 0


def test_a_model_is_empty_before_it_asked(stage_less: HistoryModel) -> None:
    assert stage_less.rowCount() == 0
    assert not stage_less.canFetchMore(QModelIndex())


@pytest.fixture
def stage_less(qapp: object, tmp_path: Path) -> HistoryModel:
    world = make_world(tmp_path, PROFILE)
    return HistoryModel(History(Journal(tmp_path / "state")), world.tasks)
