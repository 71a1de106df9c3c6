"""Small things of dialogs that only an eye finds, kept found."""

import asyncio

import pytest
from PySide6.QtCore import QTime
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLineEdit,
    QSpinBox,
    QTableWidgetItem,
    QTimeEdit,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)
from ui.kit import World
from ui.test_upload_sheet import waiting

from s3gui import languages
from s3gui.domain import text as texts
from s3gui.domain.errors import S3guiError
from s3gui.domain.origin import IfExists
from s3gui.ui.dialogs.conflicts import ConflictDialog
from s3gui.ui.dialogs.connect import ConnectDialog
from s3gui.ui.dialogs.download_sheet import DownloadSheet
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.dialogs.upload_fields import PairsTable
from s3gui.ui.widgets.labels import ToneLabel, ValueField

pytestmark = pytest.mark.usefixtures("light", "english")
_LONG_ID = "tx00000000000004711-00692-abcd-default"


def test_fields_to_count_in_are_as_high_as_the_others(
    qapp: QApplication, request: pytest.FixtureRequest
) -> None:
    page = QWidget()
    request.addfinalizer(page.deleteLater)
    column = QVBoxLayout(page)
    fields = [QLineEdit("x"), QComboBox(), QSpinBox(), QTimeEdit(QTime(8, 0))]
    for field in fields:
        column.addWidget(field)
    page.show()
    heights = [field.height() for field in fields]
    assert max(heights) - min(heights) <= 3
    for field in fields[2:]:
        inner = field.findChild(QLineEdit)
        assert inner is not None
        assert inner.height() >= inner.fontMetrics().height()
        assert inner.geometry().right() < field.width() - 16  # the arrows are beside the text


def test_what_is_typed_into_a_table_is_not_cut(
    qapp: QApplication, request: pytest.FixtureRequest
) -> None:
    table = PairsTable("Metadata")
    request.addfinalizer(table.deleteLater)
    table.resize(300, 120)
    table.show()
    table.setItem(0, 0, QTableWidgetItem("g"))
    table.editItem(table.item(0, 0))
    (editor,) = table.viewport().findChildren(QLineEdit)
    assert editor.height() >= editor.sizeHint().height()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_request_id_is_all_in_sight(
    qapp: QApplication, request: pytest.FixtureRequest, language: str
) -> None:
    before = texts._catalogue
    languages.install(language)
    request.addfinalizer(lambda: texts.install(before))
    dialog = ProblemDialog(S3guiError("No", "Why", code="X", request_id=_LONG_ID))
    request.addfinalizer(dialog.deleteLater)
    dialog.show()
    field = dialog.findChildren(ValueField)[-1]
    assert field.text() == _LONG_ID
    assert field.fontMetrics().horizontalAdvance(_LONG_ID) <= field.contentsRect().width()


@pytest.mark.parametrize("count", [1, 5, 40])
def test_a_question_lists_whole_rows(
    qapp: QApplication, request: pytest.FixtureRequest, count: int
) -> None:
    dialog = ConflictDialog(None, [waiting(number) for number in range(1, count + 1)])
    request.addfinalizer(dialog.deleteLater)
    dialog.show()
    (tree,) = dialog.findChildren(QTreeWidget)
    shown = min(count, 5)
    row = tree.visualItemRect(tree.topLevelItem(0)).height()
    assert 0 <= tree.viewport().height() - shown * row < 4


async def test_the_buttons_of_a_connection_stand_as_those_of_other_dialogs(world: World) -> None:
    accounts, tasks = world.accounts, world.tasks
    dialog = ConnectDialog(world.gateway, accounts.credentials, tasks)  # type: ignore[arg-type]
    dialog.show()
    await asyncio.sleep(0)
    (box,) = dialog.findChildren(QDialogButtonBox)
    assert {dialog.ok_button, dialog.cancel_button} == set(box.buttons())
    assert dialog.ok_button.isDefault()
    dialog.cancel_button.click()
    assert not dialog.isVisible()
    dialog.deleteLater()


def test_a_complaint_stands_under_the_field_it_is_about(
    qapp: QApplication, request: pytest.FixtureRequest
) -> None:
    dialog = DownloadSheet(
        None, "x", "/nowhere", IfExists.ASK, lambda _path, tell: tell("No."), lambda *_: None
    )
    request.addfinalizer(dialog.deleteLater)
    dialog.show()
    dialog.go.click()
    qapp.processEvents()
    (said,) = [label for label in dialog.findChildren(ToneLabel) if label.text() == "No."]
    below = said.mapTo(dialog, said.rect().topLeft())
    field = dialog.line.mapTo(dialog, dialog.line.rect().bottomLeft())
    box = dialog.box.mapTo(dialog, dialog.box.rect().topLeft())
    assert field.y() < below.y() < box.y()
    assert abs(below.x() - field.x()) <= 2
