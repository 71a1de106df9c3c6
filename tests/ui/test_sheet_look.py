"""The sheet and the question in both languages: nothing cut, everything with a name to speak."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QTreeView,
    QWidget,
)
from ui.test_lints import _is_cut, _spoken
from ui.test_upload_sheet import FULL, waiting

from s3gui import languages
from s3gui.domain import text as texts
from s3gui.domain.location import Location
from s3gui.settings import Settings
from s3gui.ui.dialogs.conflicts import ConflictDialog
from s3gui.ui.dialogs.upload_sheet import UploadSheet
from s3gui.ui.theme import Theme
from s3gui.ui.widgets.labels import ElidedLabel

_FIELDS = (
    *(QAbstractButton, QLineEdit, QComboBox, QSpinBox, QPlainTextEdit),
    *(QTableView, QTreeView),
)


def sheet() -> QDialog:
    where = Location("backups", "daily/2026-11-22/")
    made = UploadSheet(None, where, FULL, Settings(), lambda _path, _tell: None, exists=True)
    made.show_count(12_044, 84_611_223_344, done=False)
    made.encryption.encryption.setCurrentIndex(3)
    return made


def question() -> QDialog:
    return ConflictDialog(None, [waiting(number) for number in range(1, 300)])


def pages(dialog: QDialog) -> list[Callable[[], None]]:
    if not isinstance(dialog, UploadSheet):
        return [lambda: None]
    tabs = dialog._tabs
    return [lambda page=page: tabs.setCurrentIndex(page) for page in range(tabs.count())]


@pytest.mark.parametrize("make", [sheet, question])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_nothing_is_cut_and_everything_has_a_name(
    qapp: QApplication,
    light: Theme,
    request: pytest.FixtureRequest,
    make: Callable[[], QDialog],
    language: str,
) -> None:
    before = texts._catalogue
    languages.install(language)
    request.addfinalizer(lambda: texts.install(before))
    dialog = make()
    request.addfinalizer(dialog.deleteLater)
    dialog.show()
    for show in pages(dialog):
        show()
        qapp.processEvents()
        labels = [label for label in dialog.findChildren(QLabel) if label.isVisible()]
        cut = [
            label.text()
            for label in labels
            if label.text() and not isinstance(label, ElidedLabel) and _is_cut(label)
        ]
        assert cut == []
        for button in dialog.findChildren(QPushButton):
            if button.isVisible():
                assert button.sizeHint().width() <= button.width(), button.text()
        assert nameless(dialog, {label.buddy() for label in labels}) == []


def nameless(dialog: QDialog, labelled: set[QWidget | None]) -> list[str]:
    """Fields and buttons that a screen reader has no word for."""
    return [
        f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in dialog.findChildren(QWidget)
        if isinstance(widget, _FIELDS)
        and widget.isVisible()
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parentWidget(), QComboBox | QSpinBox | QTableView)
        and not _spoken(widget)
        and widget not in labelled
        and widget.parentWidget() not in labelled
    ]
