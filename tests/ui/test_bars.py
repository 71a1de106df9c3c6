"""The message bar, the path bar, the details of a problem."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton
from pytestqt.qtbot import QtBot
from ui.kit import PROFILE

from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.ui.dialogs.problem import ProblemDialog, as_problem
from s3gui.ui.theme import Theme
from s3gui.ui.widgets.message_bar import MessageBar
from s3gui.ui.widgets.path_bar import PathBar, parse_place
from s3gui.ui.widgets.status import StatusStrip

ERROR = NotFound("Gone", "It is not there", "Look elsewhere", request_id="R1")


@pytest.fixture
def messages(qtbot: QtBot, light: Theme) -> MessageBar:
    bar = MessageBar()
    bar.resize(900, 40)
    qtbot.addWidget(bar)
    return bar


def test_the_newest_message_is_shown_and_closing_it_shows_the_one_before(
    messages: MessageBar,
) -> None:
    messages.show_error(ERROR)
    messages.show_error(S3guiError("Second"))
    assert messages._text.full_text == "Second."
    assert messages._count.text() == "+1 more"
    messages.close_current()
    assert messages._text.full_text == "Gone. Look elsewhere."
    messages.close_current()
    assert messages.isHidden()


def test_the_same_message_again_is_counted(messages: MessageBar) -> None:
    for _ in range(3):
        messages.show_error(ERROR)
    assert len(messages.messages) == 1
    assert messages._text.full_text.endswith("×3")


def test_a_note_goes_by_itself_and_an_error_stays(messages: MessageBar) -> None:
    messages.show_error(ERROR)
    assert not messages._timer.isActive()
    messages.show_note("12 files queued")
    assert messages._timer.isActive()
    messages._timer.timeout.emit()
    assert messages._text.full_text == "Gone. Look elsewhere."


def test_a_flood_of_messages_is_bounded(messages: MessageBar) -> None:
    for n in range(200):
        messages.show_error(S3guiError(f"Error {n}"))
    assert len(messages.messages) == 50


def test_the_button_does_its_action_once(messages: MessageBar) -> None:
    done: list[bool] = []
    messages.show_error(ERROR, caption="Try again", action=lambda: done.append(True))
    messages._act.click()
    assert done == [True]
    assert messages.messages == ()


def test_details_are_asked_for_with_the_error(messages: MessageBar) -> None:
    asked: list[S3guiError] = []
    messages.details_wanted.connect(asked.append)
    messages.show_error(ERROR)
    messages._details.click()
    assert asked == [ERROR]
    messages.show_note("note")
    assert messages._details.isHidden()


def test_a_problem_can_be_copied_whole(qtbot: QtBot, light: Theme) -> None:
    dialog = ProblemDialog(ERROR)
    qtbot.addWidget(dialog)
    dialog.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    for part in ("Gone", "It is not there", "Look elsewhere", "NoSuchKey", "R1"):
        assert part in copied
    QGuiApplication.clipboard().clear()


def test_a_fault_of_ours_is_a_problem_like_any_other() -> None:
    assert as_problem(ERROR) is ERROR
    assert as_problem(KeyError("x")).code == "Unexpected"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("s3://b", Location("b")),
        ("S3://b/", Location("b")),
        (" b/x ", Location("b", "x/")),
        ("b/x/", Location("b", "x/")),
        ("s3://b//x", Location("b", "/x/")),
        ("b/папка/ё", Location("b", "папка/ё/")),
    ],
)
def test_a_place_is_read_with_and_without_the_scheme(typed: str, place: Location) -> None:
    assert parse_place(typed) == place


@pytest.mark.parametrize("typed", ["", "  ", "s3://", "s3:///x", "http://b/x", "/x"])
def test_what_names_no_bucket_is_no_place(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  it says nothing, the path bar does
        parse_place(typed)


@pytest.fixture
def path(qtbot: QtBot, light: Theme) -> PathBar:
    bar = PathBar()
    bar.resize(700, 36)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def crumbs(path: PathBar) -> list[str]:
    items = [path._row.itemAt(at).widget() for at in range(path._row.count())]
    return [item.accessibleName() for item in items if isinstance(item, QToolButton)]


def test_a_crumb_leads_to_its_place(path: PathBar) -> None:
    chosen: list[Location] = []
    path.chosen.connect(chosen.append)
    path.set_location(Location("b", "x/y/"))
    assert crumbs(path) == ["b", "x", "y"]
    next(b for b in path._crumbs.findChildren(QToolButton) if b.text() == "x").click()
    assert chosen == [Location("b", "x/")]


def test_a_long_path_keeps_its_ends(path: PathBar) -> None:
    key = "".join(f"a-folder-with-a-long-name-{n}/" for n in range(12))
    path.set_location(Location("bucket", key))
    shown = crumbs(path)
    assert shown[:2] == ["bucket", "Folders in between"]
    assert shown[-1] == "a-folder-with-a-long-name-11"
    assert path._row.sizeHint().width() <= path.width()


def test_unnamed_and_hostile_parts_are_shown_for_what_they_are(path: PathBar) -> None:
    path.set_location(Location("b", "/<b>&x</b>/\u202e/"))
    assert crumbs(path) == ["b", "/", "<b>&x<", "b>", "‹U+202E›"]


def test_a_path_that_was_not_changed_goes_to_the_true_place(path: PathBar, qtbot: QtBot) -> None:
    chosen: list[Location] = []
    path.chosen.connect(chosen.append)
    where = Location("b", "\u202e/")
    path.set_location(where)
    path.edit()
    assert "\u202e" not in path.field.text()
    qtbot.keyClick(path.field, Qt.Key.Key_Return)
    assert chosen == [where]


def test_escape_gives_the_crumbs_back(path: PathBar, qtbot: QtBot) -> None:
    path.set_location(Location("b"))
    path.edit()
    path.field.setText("other")
    qtbot.keyClick(path.field, Qt.Key.Key_Escape)
    assert path.currentIndex() == 0


def test_the_status_keeps_its_distance_from_the_edge_and_shrinks(qapp: QApplication) -> None:
    window = QMainWindow()
    strip = StatusStrip()
    window.setStatusBar(strip)
    window.resize(900, 200)
    window.show()
    strip.show_connection(PROFILE, has_unsaved_keys=False)
    strip.show_content(3, 1204, 10**12, is_listing=False, in_bucket=True)
    strip.show_moving("96 MB/s · 3 left · 4 min")
    QTest.qWait(0)
    moving = strip.moving
    right = moving.mapTo(strip, moving.rect().topRight()).x()
    assert strip.width() - right >= 8
    assert moving.text() == moving.full_text
    window.resize(300, 200)
    QTest.qWait(0)
    assert window.width() == 300
    window.close()
    window.deleteLater()


def test_a_place_of_folders_alone_counts_no_objects(qapp: QApplication) -> None:
    strip = StatusStrip()
    strip.show_content(5, 0, 0, is_listing=False, in_bucket=True)
    assert strip.content.full_text == "5 folders"
    strip.show_content(0, 0, 0, is_listing=False, in_bucket=True)
    assert strip.content.full_text == "0 objects, 0\u00a0B"
    strip.deleteLater()
