"""What may be dropped or pasted, and how the window shows it."""

import os
import socket
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import QApplication, QTableView, QWidget
from ui.hovering import hover

from s3gui.ui.drop import DropArea, accepts, paths_from_clipboard, paths_from_mime
from s3gui.ui.theme import Tone, tone_color

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction


def mime_of(*urls: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl(url) for url in urls])
    return mime


def raw_mime(data: bytes, kind: str = "text/uri-list") -> QMimeData:
    mime = QMimeData()
    mime.setData(kind, data)
    return mime


@pytest.mark.parametrize(
    ("urls", "paths"),
    [
        (["file:///a/b.txt"], ["/a/b.txt"]),
        (["file:///a/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%F0%9F%9A%80"], ["/a/привет 🚀"]),
        (["file:///a/100%25.txt", "file:///a/x%23y%3Fz"], ["/a/100%.txt", "/a/x#y?z"]),
        (["file:///folder/"], ["/folder"]),
        (["file:///a", "file:///b", "file:///a"], ["/a", "/b"]),
        (["file://localhost/a"], ["/a"]),
        (["https://example.org/a.zip"], []),
        (["file:///a", "https://example.org/a.zip"], []),
        (["sftp://host/a"], []),
        (["file://elsewhere/a"], []),
        ([], []),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="paths of Linux and macOS")
def test_local_files_and_nothing_else(urls: list[str], paths: list[str]) -> None:
    mime = mime_of(*urls)
    assert paths_from_mime(mime) == [Path(path) for path in paths]
    assert accepts(mime) == bool(paths)


def test_this_machine_by_its_name_is_local() -> None:
    mime = mime_of(f"file://{socket.gethostname()}/a")
    assert paths_from_mime(mime) == [Path("/a")]


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are Unicode")
def test_a_name_that_is_not_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    name = b"caf\xe9 1%.bin"
    path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118  bytes
    with open(path, "wb") as file:  # noqa: PTH123  bytes
        file.write(b"x")
    quoted = tmp_path.as_uri().encode() + b"/caf%E9%201%25.bin\r\n"
    (found,) = paths_from_mime(raw_mime(quoted))
    assert found.read_bytes() == b"x"


def test_text_is_refused_even_if_it_is_a_path() -> None:
    mime = QMimeData()
    mime.setText("/etc/passwd")
    assert paths_from_mime(mime) == []
    assert paths_from_mime(None) == []


@pytest.mark.parametrize("verb", [b"copy", b"cut"])
def test_files_copied_in_a_gnome_file_manager_are_understood(verb: bytes) -> None:
    data = verb + b"\nfile:///a/b%20c\nfile:///d"
    mime = raw_mime(data, "x-special/gnome-copied-files")
    assert paths_from_mime(mime) == [Path("/a/b c"), Path("/d")]


def test_the_clipboard_gives_its_files(qapp: QApplication) -> None:
    QGuiApplication.clipboard().setMimeData(mime_of("file:///a/b"))
    assert paths_from_clipboard() == [Path("/a/b")]
    QGuiApplication.clipboard().setText("nothing")
    assert paths_from_clipboard() == []


class Target:
    """A widget with a drop area, and the events of a drag over it."""

    def __init__(self, widget: QWidget | None = None) -> None:
        self.widget = widget or QWidget()
        self.widget.resize(400, 200)
        self.hint = "Drop to upload to s3://bucket/"
        self.area = DropArea(self.widget, lambda: self.hint)
        self.dropped: list[list[Path]] = []
        self.area.dropped.connect(self.dropped.append)

    def send(self, event: QEvent) -> QEvent:
        inner = self.widget.viewport() if isinstance(self.widget, QTableView) else self.widget
        QApplication.sendEvent(inner, event)
        return event

    def drag(
        self,
        kind: type[QDropEvent],
        mime: QMimeData,
        actions: Qt.DropAction = COPY | MOVE,
    ) -> QDropEvent:
        where: QPoint | QPointF = (
            hover(QPoint(10, 10)) if kind is not QDropEvent else QPointF(10, 10)
        )
        event = kind(
            where, actions, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        event.setDropAction(MOVE)
        event.ignore()
        self.send(event)
        return event


@pytest.fixture
def target(qapp: QApplication) -> Target:
    return Target()


def test_files_that_hover_are_taken_as_a_copy_and_shown(target: Target) -> None:
    mime = mime_of("file:///a")
    for kind in (QDragEnterEvent, QDragMoveEvent):
        event = target.drag(kind, mime)
        assert event.isAccepted()
        assert event.dropAction() is COPY
        assert target.area.is_highlighted
    event = target.drag(QDropEvent, mime)
    assert event.isAccepted()
    assert event.dropAction() is COPY
    assert target.dropped == [[Path("/a")]]
    assert not target.area.is_highlighted


def test_the_highlight_goes_when_the_drag_leaves(target: Target) -> None:
    target.drag(QDragEnterEvent, mime_of("file:///a"))
    target.send(QDragLeaveEvent())
    assert not target.area.is_highlighted
    assert target.dropped == []


@pytest.mark.parametrize("kind", [QDragEnterEvent, QDragMoveEvent, QDropEvent])
def test_what_is_no_file_of_this_machine_is_refused(target: Target, kind: type[QDropEvent]) -> None:
    assert not target.drag(kind, mime_of("https://example.org/a")).isAccepted()
    assert not target.area.is_highlighted
    assert target.dropped == []


def test_a_source_that_only_moves_is_refused(target: Target) -> None:
    assert not target.drag(QDragEnterEvent, mime_of("file:///a"), MOVE).isAccepted()


def test_where_there_is_no_place_nothing_is_taken(target: Target) -> None:
    target.hint = ""
    assert not target.drag(QDragEnterEvent, mime_of("file:///a")).isAccepted()
    assert not target.drag(QDropEvent, mime_of("file:///a")).isAccepted()
    assert target.dropped == []


def test_a_scrolling_view_takes_drops_too(qapp: QApplication) -> None:
    target = Target(QTableView())
    assert target.drag(QDragEnterEvent, mime_of("file:///a")).isAccepted()
    target.drag(QDropEvent, mime_of("file:///a"))
    assert target.dropped == [[Path("/a")]]


def test_the_frame_covers_the_widget_and_tells_where(target: Target) -> None:
    target.drag(QDragEnterEvent, mime_of("file:///a"))
    image = target.widget.grab().toImage()
    accent = tone_color(Tone.ACCENT)
    seen = {image.pixelColor(x, 100).name() for x in range(8)}
    assert accent.name() in seen
    ink = target.widget.palette().text().color().name()
    middle = {image.pixelColor(x, y).name() for x in range(60, 340) for y in range(85, 115)}
    assert ink in middle
    target.send(QDragLeaveEvent())
