"""A desktop of its own for a test: X display, window manager, session bus, keyring, home folder.

Everything that is started here dies with it: each program leads a process group that is ended in
reverse order, and the kernel ends it should this process be killed. Linux only.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

NEEDED = ("Xvfb", "openbox", "xdotool", "pcmanfm", "dbus-daemon", "gnome-keyring-daemon", "trayer")
WIDTH, HEIGHT = 1760, 1000
Point = tuple[int, int]
Rect = Sequence[int]
T = TypeVar("T")
_POLL_S = 0.02
_KEEP = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "XDG_DATA_DIRS")
_PR_SET_PDEATHSIG = 1
_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
sys.exit(not app.primaryScreen().grabWindow(0).save(sys.argv[1]))
"""


class DesktopError(Exception):
    """The desktop, or the program on it, did not do in time what it should."""


def missing() -> str:
    """Why there can be no desktop on this machine, in words; "" when there can."""
    if not sys.platform.startswith("linux"):
        return "a virtual desktop needs Linux"
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def until(ask: Callable[[], T | None], what: str, timeout_s: float = 30) -> T:
    """What ``ask`` returns as soon as it is something; asks again and again.

    Raises:
        DesktopError: ``what`` did not come in time.
    """
    end = time.monotonic() + timeout_s
    while not (answer := ask()):
        if time.monotonic() > end:
            raise DesktopError(f"not within {timeout_s:.0f} s: {what}")
        time.sleep(_POLL_S)  # other programs' windows and files send this process no event
    return answer


def centre(rect: Rect) -> Point:
    """The middle of x, y, width, height."""
    return rect[0] + rect[2] // 2, rect[1] + rect[3] // 2


class Desktop:
    """A display and what belongs to it, as a context manager; ``env`` is what its programs get."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.env: dict[str, str] = {}
        self._running: list[subprocess.Popen[bytes]] = []

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

    def start(
        self,
        words: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a program on this desktop; what it prints goes to ``logs/<its name>.log``."""
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{Path(words[0]).name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in words],
                env={**self.env, **(env or {})},
                stdin=stdin,
                stdout=stdout or log,
                stderr=log,
                cwd=cwd or self.folder,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  no thread of ours holds a lock here
            )
        self._running.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
        """Ends a program and what it started, and waits until it is gone."""
        if process in self._running:
            self._running.remove(process)
        for sign in (how, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(10)
            except ProcessLookupError:
                process.wait()
                return
            except subprocess.TimeoutExpired:
                continue
            if sign is signal.SIGKILL:
                return

    def close(self) -> None:
        """Ends everything, the display last."""
        for process in self._running[::-1]:
            self.stop(process)

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
            raise DesktopError(f"xdotool {words}: {done.stderr.strip()}")
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
            raise DesktopError(f"{words[0]} did not start")
        return line

    def _run(self, words: Sequence[str]) -> bytes:
        done = subprocess.run(words, env=self.env, capture_output=True, check=False, timeout=30)
        return done.stdout


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
