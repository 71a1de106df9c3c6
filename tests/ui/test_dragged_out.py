"""What a file manager says about the place where objects were let go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDrag
from ui.conftest import Opener
from ui.looking import showcase
from ui.test_downloads import chosen
from ui.transfers.signals import opened, until

from s3gui.ui import drag_out
from s3gui.ui.dialogs.download_sheet import DownloadSheet
from s3gui.ui.drag_out import folder_of
from s3gui.ui.x11 import NoDisplayError


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        (b"file:///home/me/%D0%B0/.name\0", "/home/me/а"),
        (b"file://localhost/srv/.name", "/srv"),
        (b"file:///srv/other", None),
        (b"file://elsewhere/srv/.name", None),
        (b"sftp://host/tmp/.name", None),
        (b"", None),
        (b".name", None),
    ],
)
def test_only_a_folder_of_this_machine_is_written_to(told: bytes, folder: str | None) -> None:
    assert folder_of(told, ".name") == (Path(folder) if folder else None)


class Screen:
    """An X display on which a file manager wrote an address."""

    def __init__(self, told: bytes) -> None:
        self.told = told

    def owner(self, _selection: str) -> int:
        return 7

    def text(self, _window: int, _name: str) -> bytes:
        return self.told


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"sftp://nas/my%20share/.name\0", "sftp://nas/my share/ is no folder of this computer"),
        (b"", "did not say into which folder"),
        (b"E", "did not say into which folder"),
        (None, "did not say into which folder"),
    ],
)
async def test_a_drop_where_nothing_can_be_saved_is_told_with_a_way_out(
    open_window: Opener, monkeypatch: pytest.MonkeyPatch, told: bytes | None, why: str
) -> None:
    @contextmanager
    def display() -> Iterator[Screen]:
        if told is None:
            raise NoDisplayError
        yield Screen(told)

    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    picked = window.command_flow.objects.picked
    assert picked is not None
    monkeypatch.setattr(drag_out, "display", display)
    drag = window.command_flow.objects._drag
    mime = drag.prepare(picked)
    mime._name = ".name"
    assert bytes(mime.retrieveData("XdndDirectSave0", None).data()) == b"E"  # type: ignore[attr-defined]
    messages = window.pane.messages
    await until(lambda: bool(messages.messages))
    (message,) = messages.messages
    assert message.error is not None
    assert why in message.error.detail
    assert "folder of your choice" in message.text
    assert message.caption == "Download…"
    messages._on_act_clicked()
    (await opened(DownloadSheet)).reject()
    await until(lambda: not world.tasks.running - {"details"})
    assert not world.queue.asked


@pytest.mark.parametrize("asked", [False, True])
async def test_a_slow_file_manager_that_asks_after_the_drag_is_no_refusal(
    open_window: Opener, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    monkeypatch.setattr(drag_out, "_PATIENCE_MS", 0)
    monkeypatch.setattr(QDrag, "exec", lambda *_how: Qt.DropAction.IgnoreAction)
    monkeypatch.setattr(drag_out.DragOut, "_was_let_go_outside", lambda _self: True)
    _world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    picked = window.command_flow.objects.picked
    assert picked is not None
    drag = window.command_flow.objects._drag
    drag.start(picked)
    assert not window.pane.messages.messages
    assert drag._last is not None
    if asked:
        drag._last.retrieveData("XdndDirectSave0", None)
    await until(lambda: bool(window.pane.messages.messages))
    (message,) = window.pane.messages.messages
    # Offscreen there is no display that a folder could be read from.
    words = "Nothing was downloaded there" if asked else "cannot be dropped there"
    assert words in message.text


@pytest.mark.parametrize("asked", [False, True])
async def test_who_takes_it_and_never_asks_for_anything_is_told_of(
    open_window: Opener, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    waits: list[int] = []
    due: list[Callable[[], None]] = []

    def later(wait_ms: int, _of: object, call: Callable[[], None]) -> None:
        waits.append(wait_ms)
        due.append(call)

    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    picked = window.command_flow.objects.picked
    assert picked is not None
    drag = window.command_flow.objects._drag
    monkeypatch.setattr(QDrag, "exec", lambda *_how: Qt.DropAction.CopyAction)
    monkeypatch.setattr(drag_out.DragOut, "_was_let_go_outside", lambda _self: True)
    monkeypatch.setattr(drag_out, "QTimer", SimpleNamespace(singleShot=later))
    drag.start(picked)
    assert waits[-1] == drag_out._ASKING_MS
    assert drag._last is not None
    drag._last.was_asked = asked
    due[-1]()
    messages = window.pane.messages
    if asked:
        assert not messages.messages
        return
    (message,) = messages.messages
    assert message.error is not None
    assert "did not say into which folder" in message.error.detail
    messages._on_act_clicked()
    (await opened(DownloadSheet)).reject()
    await until(lambda: not world.tasks.running - {"details"})
