"""A real file manager, and what is dragged out of it."""

import hashlib
import random
from pathlib import Path

from gui.desktop import Desktop, Point, Rect
from processes import ProgramError, until
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

MIB = 1 << 20
_PLACE = (8, 28, 460, 420)
#: The bar at the foot of the window tells how much is selected, so it changes with the selection.
_FOOT_PX = 32
_CONFIG = {
    "pcmanfm/default/pcmanfm.conf": "[ui]\nwin_width=460\nwin_height=420\nview_mode=list\n"
    "side_pane_mode=hidden\nshow_statusbar=1\n",
    "libfm/libfm.conf": "[config]\nsingle_click=0\nquick_exec=0\nconfirm_trash=1\n"
    "[ui]\nshow_thumbnail=0\n",
}


def write_file(path: Path, size: int, seed: int = 0) -> str:
    """Makes a file of ``size`` bytes that no compression and no repeat hides in; its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = random.Random(f"{seed}/{size}")
    digest = hashlib.sha256()
    with path.open("wb") as file:
        left = size
        while left:
            block = source.randbytes(min(left, MIB))
            file.write(block)
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """The checksum of a file on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FolderWindow:
    """A window of the file manager (pcmanfm) that shows one folder.

    It stays open: whoever drops something has to be there until it was fetched.
    """

    def __init__(self, desktop: Desktop, folder: Path, rect: Rect = _PLACE) -> None:
        self._desktop = desktop
        self._rect = rect
        for name, text in _CONFIG.items():
            path = Path(desktop.env["XDG_CONFIG_HOME"]) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        before = desktop.windows("pcmanfm")
        desktop.start(["pcmanfm", "--no-desktop", folder])
        self._window = desktop.new_window("pcmanfm", before)
        desktop.place(self._window, rect)

    @property
    def empty_spot(self) -> Point:
        """Where it has no items: near its lower right corner."""
        x, y, width, height = self._rect
        return x + width - 60, y + height - 2 * _FOOT_PX

    def take_all(self) -> Point:
        """Selects everything in the folder; a point of it where a drag can begin.

        The items are where the picture changes by selecting them, whatever the fonts and icons.
        """
        shots = self._desktop.folder / "shots"
        self._desktop.xdo("windowactivate", "--sync", self._window)
        self._desktop.xdo("key", "Escape", "sleep", 0.3)
        before = self._inner(self._desktop.grab(shots / "before.png"))

        def changed() -> Point | None:
            self._desktop.xdo("key", "ctrl+a", "sleep", 0.2)
            return _first_change(before, self._inner(self._desktop.grab(shots / "after.png")))

        x, y = until(changed, "a selection in the file manager")
        return x + self._rect[0], y + self._rect[1]

    def _inner(self, picture: Path) -> QImage:
        image = QImage(str(picture))
        if image.isNull():
            raise ProgramError(f"no picture: {picture}")
        x, y, width, height = self._rect
        return image.copy(QRect(x, y, width, height - _FOOT_PX))


def _first_change(before: QImage, after: QImage) -> Point | None:
    """The topmost point whose surroundings are different in both pictures."""
    width, height = before.width(), before.height()

    def differs(x: int, y: int) -> bool:
        return before.pixel(x, y) != after.pixel(x, y)

    for y in range(8, height - 8, 4):
        for x in range(8, width - 8, 4):
            if all(differs(x + a, y + b) for a in (-4, 0, 4) for b in (-4, 0, 4)):
                return x, y
    return None
