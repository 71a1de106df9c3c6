"""The window is closed while files are on their way: on in the tray, paused, or aborted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gui.desktop import Desktop
from gui.files import MIB, FolderWindow, write_file
from gui.program import Program, empty_spot
from gui.server import BUCKET, DemoServer
from gui.traybar import TrayBar, is_shown
from processes import until
from PySide6.QtGui import QImage

PART = 16 * MIB
SIZE = 12 * PART + 12345
NAME = "запись 2.mkv"
SLOW = 8 * MIB  # a slow machine takes its time from step to step, too
BACKGROUND = "Go on in the background"
Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]


class Scene:
    """A file on its way, and a person who closes the window."""

    def __init__(self, desktop: Desktop, server: DemoServer, program: Program, sha: str) -> None:
        self.desktop = desktop
        self.server = server
        self.program = program
        self.sha256 = sha

    def close_window(self) -> None:
        """As a person does who does not know the program."""
        self.desktop.xdo("key", "alt+F4")
        self.program.button("Pause and quit")

    def hide(self) -> None:
        self.close_window()
        self.program.press(BACKGROUND)
        self.program.press("Close")
        self.program.see(lambda windows: not is_shown(windows), "nothing of the window")

    def until_shown(self) -> None:
        self.program.see(is_shown, "the window")

    def until_ended(self) -> None:
        """Until the program has ended by itself, as it should."""
        until(lambda: self.program.process.poll() is not None, "the end of the program")
        assert self.program.process.returncode == 0

    def is_whole(self) -> bool:
        return self.server.storage.read_back(BUCKET, NAME) == (SIZE, self.sha256)


@pytest.fixture
def scene(desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow) -> Scene:
    digest = write_file(source / NAME, SIZE)
    server, program = serve(bytes_per_s=SLOW), open_window()
    table = program.open_bucket(BUCKET)
    folder = FolderWindow(desktop, source)
    desktop.drag(folder.take_all(), empty_spot(table))
    program.wait(lambda line: line.get("parts_done", 0) >= 1, "a part stored")
    desktop.xdo("windowactivate", "--sync", desktop.windows("s3gui")[-1])
    return Scene(desktop, server, program, digest)


@pytest.fixture
def tray(desktop: Desktop) -> TrayBar:
    return TrayBar(desktop)


@pytest.mark.timeout(400)
def test_in_the_background_it_is_paused_resumed_finished_and_comes_back(
    tray: TrayBar, scene: Scene
) -> None:
    program = scene.program
    scene.hide()
    x, y = tray.icon()
    picture = QImage(str(scene.desktop.grab(scene.desktop.folder / "tray.png")))
    colour = picture.pixelColor(x - 8, y)
    assert colour.blue() > 180 > 150 > colour.red(), "the icon is blue"
    scene.desktop.xdo("mousemove", x, y)
    program.see(lambda windows: [one for one in windows if one["kind"] == "QLabel"], "a tooltip")
    tray.choose(program, "Pause all transfers")
    program.until_rows(lambda rows: rows[0]["state"] == "paused", "the row to be paused")
    (upload,) = scene.server.storage.unfinished(BUCKET)
    assert scene.server.storage.parts(BUCKET, upload["Key"], upload["UploadId"])
    tray.choose(program, "Resume all transfers")
    program.until_stored(1)
    assert scene.is_whole()
    scene.desktop.click(tray.icon())
    scene.until_shown()
    program.see(lambda windows: any(one["active"] for one in windows), "the window in front")
    assert program.process.poll() is None


@pytest.mark.timeout(400)
def test_quitting_from_the_tray_asks_and_the_next_start_goes_on(
    tray: TrayBar, scene: Scene, open_window: OpenWindow
) -> None:
    scene.hide()
    tray.choose(scene.program, "Quit")
    scene.until_shown()
    buttons = scene.program.see(_words, "the question")
    assert BACKGROUND not in buttons
    scene.program.press("Pause and quit")
    scene.program.press("Close")
    scene.until_ended()
    assert len(scene.server.storage.unfinished(BUCKET)) == 1
    again = open_window()
    again.until_stored(1)
    assert scene.is_whole()


@pytest.mark.timeout(400)
def test_when_the_tray_dies_the_window_comes_back(tray: TrayBar, scene: Scene) -> None:
    scene.hide()
    tray.icon()
    tray.close()
    scene.until_shown()
    assert scene.program.process.poll() is None


@pytest.mark.timeout(400)
def test_without_a_tray_nothing_offers_to_hide_in_it(scene: Scene) -> None:
    scene.close_window()
    assert BACKGROUND not in scene.program.see(_words, "the question")
    scene.program.press("Cancel")
    scene.program.see(lambda windows: not _words(windows), "no question")
    scene.until_shown()


@pytest.mark.timeout(400)
def test_a_second_start_brings_the_hidden_window_back(tray: TrayBar, scene: Scene) -> None:
    scene.hide()
    second = Program(scene.desktop, ["--state-dir", str(scene.desktop.folder / "state")])
    assert second.process.wait(30) == 0
    scene.until_shown()


@pytest.mark.timeout(400)
def test_what_a_frozen_server_does_not_confirm_is_told_and_aborted_at_the_next_start(
    scene: Scene, open_window: OpenWindow
) -> None:
    scene.close_window()
    scene.program.press("Abort and quit")
    scene.server.freeze()
    scene.program.press("Close")
    # First it says what it waits for, then what is left.
    scene.program.button("Quit now")
    scene.program.press("Quit")
    scene.until_ended()
    scene.server.thaw()
    again = open_window()
    (row,) = again.until_rows(lambda rows: len(rows) == 1, "the row")
    assert row["state"] == "cancelled"
    until(lambda: not scene.server.storage.unfinished(BUCKET), "the upload to be gone")
    assert scene.server.storage.keys(BUCKET) == set()


def _words(windows: list[dict[str, object]]) -> set[str]:
    """The buttons of the question, if it is asked."""
    found: set[str] = set()
    for window in windows:
        if window["kind"] == "ClosingDialog":
            buttons = window["buttons"]
            assert isinstance(buttons, list)
            found |= {button["text"] for button in buttons}
    return found
