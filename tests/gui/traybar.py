"""The desktop's tray (trayer), and the program's icon in it."""

from typing import Any

from gui.desktop import Desktop, Point, centre
from gui.program import Line, Program
from processes import until

_BAR = ("trayer", "--edge", "bottom", "--align", "right", "--widthtype", "request")
_HEIGHT_PX = 24


class TrayBar:
    """A tray in the lower right corner of the screen."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._process = desktop.start([*_BAR, "--height", str(_HEIGHT_PX)])
        # Without an icon in it there is nothing to be seen of it.
        until(lambda: desktop.xdo("search", "--class", "trayer", may_fail=True), "a tray")

    def close(self) -> None:
        """Ends it, as a panel that crashes."""
        self._desktop.stop(self._process)

    def icon(self) -> Point:
        """The middle of the program's icon, once it is there; its window has to be hidden."""

        def ask() -> Point | None:
            for window in self._desktop.windows("s3gui"):
                told = self._desktop.xdo("getwindowgeometry", "--shell", window, may_fail=True)
                place = dict(line.split("=") for line in told.splitlines())
                if 0 < int(place.get("HEIGHT", 0)) <= _HEIGHT_PX:
                    names = ("X", "Y", "WIDTH", "HEIGHT")
                    return centre([int(place[name]) for name in names])
            return None

        return until(ask, "an icon in the tray")

    def choose(self, program: Program, text: str) -> None:
        """Opens the icon's menu and chooses from it."""
        self._desktop.click(self.icon(), button=3)

        def ask(windows: list[Line]) -> Any:
            entries = [entry for window in windows for entry in window["menu"]]
            return [one for one in entries if one["text"] == text and one["enabled"]]

        self._desktop.click(centre(program.see(ask, f"{text} in the tray's menu")[0]["rect"]))


def is_shown(windows: list[Line]) -> bool:
    """Whether the main window is on the screen."""
    return any(window["kind"] == "MainWindow" for window in windows)
