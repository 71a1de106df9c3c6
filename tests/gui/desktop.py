"""A desktop of its own for a test: X display, window manager, session bus, keyring, home folder.

Everything that is started here dies with it. Linux only.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from processes import Processes, ProgramError, until

NEEDED = ("Xvfb", "openbox", "xdotool", "pcmanfm", "dbus-daemon", "gnome-keyring-daemon", "trayer")
WIDTH, HEIGHT = 1760, 1000
Point = tuple[int, int]
Rect = Sequence[int]
_KEEP = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "XDG_DATA_DIRS")
_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
sys.exit(not app.primaryScreen().grabWindow(0).save(sys.argv[1]))
"""


def missing() -> str:
    """Why there can be no desktop on this machine, in words; "" when there can."""
    if not sys.platform.startswith("linux"):
        return "a virtual desktop needs Linux"
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def centre(rect: Rect) -> Point:
    """The middle of x, y, width, height."""
    return rect[0] + rect[2] // 2, rect[1] + rect[3] // 2


class Desktop(Processes):
    """A display and what belongs to it, as a context manager; ``env`` is what its programs get."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {})
        self.home = folder / "home"

    def __enter__(self) -> Self:
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _set_up(self) -> None:
        self.env = {name: os.environ[name] for name in _KEEP if name in os.environ}
        self.env |= {"HOME": str(self.home), "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
        for name in ("DATA_HOME", "CONFIG_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
            path = self.home / name.lower()
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.env[f"XDG_{name}"] = str(path)
        screen = f"{WIDTH}x{HEIGHT}x24"
        words = ["Xvfb", "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"]
        self.env["DISPLAY"] = f":{self._first_line(words)}"
        bus = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._first_line(bus)
        self.start(["openbox"])
        until(lambda: self.xdo("get_num_desktops", may_fail=True), "a window manager")

    def unlock_keyring(self) -> None:
        """Gives the desktop an empty, open keyring of its own."""
        words = ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"]
        daemon = self.start(words, stdin=subprocess.PIPE)
        assert daemon.stdin is not None
        daemon.stdin.write(b"a password of the test")
        daemon.stdin.close()
        ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]
        ask += ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
        until(lambda: b"boolean true" in self._run(ask), "a keyring")

    def xdo(self, *words: str | int | float, may_fail: bool = False) -> str:
        """Runs xdotool: the hands of a person. Returns what it printed."""
        done = subprocess.run(
            ["xdotool", *[str(word) for word in words]],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode and not may_fail:
            raise ProgramError(f"xdotool {words}: {done.stderr.strip()}")
        return done.stdout.strip()

    def click(self, at: Point, button: int = 1) -> None:
        """Clicks once."""
        self.xdo("mousemove", *at, "sleep", 0.1, "click", button)

    def carry(self, start: Point, end: Point) -> None:
        """Takes what is at ``start`` and carries it to ``end`` as a hand does, and holds it."""
        steps: list[str | int | float] = []
        for step in range(1, 11):
            x, y = (a + (b - a) * step // 10 for a, b in zip(start, end, strict=True))
            steps += ["mousemove", x, y, "sleep", 0.04]
        self.xdo("mousemove", *start, "sleep", 0.2, "mousedown", 1, "sleep", 0.2)
        self.xdo(*steps, "sleep", 0.2, "mousemove", end[0] + 1, end[1], "sleep", 0.2)

    def drag(self, start: Point, end: Point) -> None:
        """Drags and drops."""
        self.carry(start, end)
        self.xdo("mouseup", 1)

    def windows(self, kind: str) -> list[str]:
        """The ids of the visible windows of a program, by its class, the oldest first."""
        return self.xdo("search", "--onlyvisible", "--class", kind, may_fail=True).split()

    def new_window(self, kind: str, before: Sequence[str] = ()) -> str:
        """The id of a program's window that was not there ``before``, once it is."""
        fresh = until(lambda: [w for w in self.windows(kind) if w not in before], f"a {kind}")
        return fresh[-1]

    def place(self, window: str, rect: Rect) -> None:
        """Brings a window to the front, at a place and size."""
        self.xdo("windowactivate", "--sync", window, "windowmove", window, *rect[:2])
        self.xdo("windowsize", "--sync", window, *rect[2:])

    def grab(self, path: Path) -> Path:
        """Takes a picture of the whole screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        env = {**self.env, "QT_QPA_PLATFORM": "xcb"}
        subprocess.run(
            [sys.executable, "-c", _GRAB, str(path)],
            env=env,
            check=True,
            capture_output=True,
            timeout=60,
        )
        return path

    def _first_line(self, words: Sequence[str]) -> str:
        """Starts a server that prints where it is to be reached when it is ready."""
        process = self.start(words, stdout=subprocess.PIPE)
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        process.stdout.close()
        if not line:
            raise ProgramError(f"{words[0]} did not start")
        return line

    def _run(self, words: Sequence[str]) -> bytes:
        done = subprocess.run(words, env=self.env, capture_output=True, check=False, timeout=30)
        return done.stdout
