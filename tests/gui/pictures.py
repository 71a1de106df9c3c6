"""Makes the pictures of the window again: ``python3 packaging/dev.py screenshots``.

The real program on a virtual desktop, with a storage that is slow enough to be looked at while
files are on their way. The pictures go to ``resources/screenshots``; look at them.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gui.desktop import Desktop, centre
from gui.files import MIB, FolderWindow
from gui.program import ROOT, TABLE, Program, empty_spot
from gui.server import DemoServer
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

TARGET = ROOT / "resources" / "screenshots"
_PLACE = (476, 28, 1280, 860)
#: Two of the demo's.
_BUCKET, _FOLDER = "backups", "postgres"
_SLOW = 48 * MIB
_FILES = {"Interview 4K.mov": 900, "backup-2026-11.tar.zst": 600, "карта высот.tif": 300}
#: Wait for so many parts of the first file, so that the pictures show all states.
_PARTS = 12


def main(arguments: Sequence[str]) -> int:
    """Makes all pictures, or those that are named; returns 0."""
    wanted = [name for name in _PICTURES if not arguments or name in arguments]
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="s3gui-pictures-") as folder:
            _PICTURES[name](Path(folder), TARGET / f"{name}.png")
        sys.stdout.write(f"{TARGET / f'{name}.png'}\n")
    return 0


@contextmanager
def _window(
    folder: Path, *, theme: str = "light", language: str = "en", storage: bool = True
) -> Iterator[tuple[Program, DemoServer | None]]:
    """The program's window; with ``storage`` its first bucket is open."""
    state = folder / "state"
    state.mkdir()
    settings = {"theme": theme, "language": language}
    (state / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    with ExitStack() as stack:
        desktop = stack.enter_context(Desktop(folder))
        desktop.unlock_keyring()
        server = (
            DemoServer(desktop, bytes_per_s=_SLOW, is_empty=False, name="Studio")
            if storage
            else None
        )
        if server is not None:
            stack.callback(server.close)
            server.connect(state)
        program = stack.enter_context(Program(desktop, ["--state-dir", str(state)]))
        program.place(_PLACE)
        if server is not None:
            program.open_bucket(_BUCKET)
            program.open_row(_FOLDER)
            program.first_row(TABLE)
        yield program, server


def _empty(folder: Path, target: Path) -> None:
    with _window(folder, storage=False) as (program, _):
        program.see(lambda windows: windows, "the window")
        _save(program, target)


def _browsing(folder: Path, target: Path) -> None:
    with _window(folder) as (program, _):
        _save(program, target)


def _details(folder: Path, target: Path) -> None:
    with _window(folder) as (program, _):
        program.desktop.click(centre(program.first_row(TABLE)["rect"]))
        _save(program, target)


def _error(folder: Path, target: Path) -> None:
    with _window(folder) as (program, server):
        assert server is not None
        server.close()
        program.desktop.xdo("key", "F5")
        program.button("Details…")
        _save(program, target)


def _uploading(theme: str, language: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, target: Path) -> None:
        source = folder / "source"
        source.mkdir()
        for name, mib in _FILES.items():
            with (source / name).open("wb") as file:
                file.truncate(mib * MIB)
        with _window(folder, theme=theme, language=language) as (program, _):
            manager = FolderWindow(program.desktop, source)
            program.desktop.drag(manager.take_all(), empty_spot(program.view(TABLE)))
            program.wait(lambda line: line.get("parts_done", 0) >= _PARTS, "parts to show")
            program.choose_transfer(next(iter(_FILES)))
            _save(program, target)

    return make


def _save(program: Program, target: Path) -> None:
    """The window alone, without the desktop around it."""
    # What is under the pointer is drawn otherwise, and a hint may pop up.
    program.desktop.xdo("mousemove", 5, 5, "sleep", 0.6)
    window = program.see(
        lambda windows: [one for one in windows if one["kind"] == "MainWindow"], "the main window"
    )
    picture = QImage(str(program.desktop.grab(target)))
    picture.copy(QRect(*window[0]["rect"])).save(str(target))


_PICTURES: dict[str, Callable[[Path, Path], None]] = {
    "empty": _empty,
    "browsing": _browsing,
    "details": _details,
    "error": _error,
    "uploading": _uploading("light", "en"),
    "dark": _uploading("dark", "en"),
    "russian": _uploading("light", "ru"),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
