"""The real program on a virtual desktop, known from outside by what its probe reports.

What a test does to it goes through the mouse and the keyboard; see s3gui/ui/probe.py for the lines
of the report.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gui.desktop import Desktop, Point, Rect, centre
from gui.storage import Storage
from processes import ProgramError, until

ROOT = Path(__file__).resolve().parents[2]
Line = dict[str, Any]
ENDED = frozenset({"completed", "failed", "cancelled"})
#: The names of the views, as the window gives them.
TREE, TABLE, TRANSFERS = "tree", "objects", "transfers"


class Program:
    """One start of ``python -m s3gui``, as a context manager."""

    def __init__(
        self,
        desktop: Desktop,
        arguments: Sequence[str] = ("--demo",),
        *,
        env: Mapping[str, str] | None = None,
        module: str = "s3gui",
    ) -> None:
        self.desktop = desktop
        self.lines: list[Line] = []
        reports = desktop.folder / "reports"
        reports.mkdir(exist_ok=True)
        self._report = reports / f"{len(list(reports.iterdir()))}.jsonl"
        self._report.touch(mode=0o600)
        self._read = 0
        words = [sys.executable, "-m", module, *arguments]
        more = {"S3GUI_REPORT": str(self._report), "PYTHONFAULTHANDLER": "1", **(env or {})}
        self.process = desktop.start(words, env=more, cwd=ROOT)

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.desktop.stop(self.process)

    def kill(self) -> None:
        """kill -9, the program alone: nothing of it gets to say good-bye."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.desktop.stop(self.process)

    def update(self) -> list[Line]:
        """Reads what was reported since the last time; all lines up to now."""
        with self._report.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        rows = whole.decode(errors="surrogateescape").split("\n")[:-1]
        self.lines += [json.loads(row) for row in rows]
        return self.lines

    def wait(
        self, want: Callable[[Line], bool] | str, what: str = "", *, timeout_s: float = 60
    ) -> Line:
        """The first line, early or still to come, that ``want`` (or an event's name) fits.

        Raises:
            ProgramError: it did not come, or the program ended.
        """
        fits = want if callable(want) else lambda line: bool(line["event"] == want)
        seen = 0

        def ask() -> Line | None:
            nonlocal seen
            fresh = self.update()[seen:]
            seen += len(fresh)
            if line := next(filter(fits, fresh), None):
                return line
            self._must_live()
            return None

        return until(ask, what or str(want), timeout_s)

    def _must_live(self) -> None:
        if self.process.poll() is not None and len(self.lines) == len(self.update()):
            log = (self.desktop.folder / "logs" / f"{Path(sys.executable).name}.log").read_text(
                errors="replace"
            )
            raise ProgramError(f"the program ended with {self.process.returncode}:\n{log[-3000:]}")

    def see(self, ask: Callable[[list[Line]], Any], what: str, *, timeout_s: float = 30) -> Any:
        """What ``ask`` finds on the screen (the windows of the last ``places``), once it does."""

        def look() -> Any:
            places = [line for line in self.update() if line["event"] == "places"]
            found = ask(places[-1]["windows"]) if places else None
            if not found:
                self._must_live()
            return found

        return until(look, f"on the screen: {what}", timeout_s)

    def view(self, name: str) -> Line:
        """An item view, by name."""
        found: Line = self.see(lambda windows: _one(windows, "views", name), f"view {name}")
        return found

    def row(self, view: str, text: str) -> Line:
        """A row in sight, by the text of its first column."""

        def ask(windows: list[Line]) -> Line | None:
            shown = _one(windows, "views", view) or {"rows": []}
            return next((row for row in shown["rows"] if row["text"] == text), None)

        found: Line = self.see(ask, f"row {text!r} in {view}")
        return found

    def first_row(self, view: str) -> Line:
        """The topmost row of a view, once there is one."""
        found: list[Line] = self.see(lambda windows: _rows(windows, view), f"rows in {view}")
        return found[0]

    def button(self, name: str, *, enabled: bool = True) -> Line:
        """A button, by name or text, once it can be pressed."""

        def ask(windows: list[Line]) -> Line | None:
            button = _one(windows, "buttons", name)
            return button if button and (button["enabled"] or not enabled) else None

        found: Line = self.see(ask, f"button {name}")
        return found

    def press(self, name: str) -> None:
        """Clicks a button."""
        self.desktop.click(centre(self.button(name)["rect"]))

    def place(self, rect: Rect) -> None:
        """Waits for the main window and moves it."""
        self.wait("painted", "the main window")
        self.desktop.place(self.desktop.new_window("s3gui"), rect)

    def open_bucket(self, name: str) -> Line:
        """Opens a bucket by the tree; the object table."""
        self.desktop.click(centre(self.first_row(TREE)["rect"]))
        # Opens what is closed, and leaves alone what is open.
        self.desktop.xdo("key", "plus")
        self.desktop.click(centre(self.row(TREE, name)["rect"]))
        return self.view(TABLE)

    def open_row(self, text: str) -> None:
        """Opens a folder of the object table by a double click."""
        at = centre(self.row(TABLE, text)["rect"])
        self.desktop.xdo("mousemove", *at, "sleep", 0.1, "click", "--repeat", 2, 1)
        self.see(lambda windows: not _holds(windows, TABLE, text), f"the inside of {text}")

    def choose_transfer(self, text: str) -> None:
        """Selects a row of the transfers pane."""
        self.desktop.click(centre(self.row(TRANSFERS, text)["rect"]))

    def go_on(self, text: str) -> None:
        """Resumes a row that waits for a person; one that goes on by itself is left alone."""
        (row,) = self.until_rows(lambda rows: rows[0]["state"] != "queued", "the row's turn")
        if row["state"] == "paused":
            self.choose_transfer(text)
            self.press("transferResume")

    def transfers(self) -> dict[int, Line]:
        """The last word on each row, by its id; byte counts as of the last sample."""
        rows: dict[int, Line] = {}
        for line in self.update():
            if line["event"] in {"transfer", "progress"}:
                rows.setdefault(line["id"], {}).update(line)
            elif line["event"] == "removed":
                for gone in line["ids"]:
                    rows.pop(gone, None)
        return rows

    def until_rows(
        self, fits: Callable[[list[Line]], bool], what: str, *, timeout_s: float = 120
    ) -> list[Line]:
        """The rows, once ``fits`` says so of all of them together."""

        def ask() -> list[Line] | None:
            rows = list(self.transfers().values())
            if rows and fits(rows):
                return rows
            self._must_live()
            return None

        return until(ask, what, timeout_s)

    def until_stored(self, count: int, *, timeout_s: float = 120) -> list[Line]:
        """The rows, once ``count`` are there and all are completed.

        Raises:
            ProgramError: one failed or was cancelled, or it took too long.
        """

        def fits(rows: list[Line]) -> bool:
            bad = [row for row in rows if row["state"] in ENDED - {"completed"}]
            if bad:
                raise ProgramError(f"not stored: {bad[0]['path']}: {bad[0]['error']}")
            done = [row for row in rows if row["state"] == "completed"]
            return len(done) == count == len(rows)

        return self.until_rows(fits, f"{count} files stored", timeout_s=timeout_s)

    def storage(self) -> Storage:
        """The demo's storage, through a client that is not ours."""
        demo = self.wait("demo")
        return Storage(demo["endpoint"], demo["access_key"], demo["secret_key"])


def _one(windows: list[Line], kind: str, name: str) -> Line | None:
    return next(_all(windows, kind, name), None)


def _rows(windows: list[Line], view: str) -> list[Line]:
    return list((_one(windows, "views", view) or {"rows": []})["rows"])


def _holds(windows: list[Line], view: str, text: str) -> bool:
    return any(row["text"] == text for row in _rows(windows, view))


def _all(windows: list[Line], kind: str, name: str) -> Iterator[Line]:
    # A question stands before the window it is about, whose buttons may have the same words.
    for window in sorted(windows, key=lambda one: one["kind"] == "MainWindow"):
        for thing in window[kind]:
            # An ampersand marks the letter that Alt presses.
            if name in {thing["name"], thing.get("text", "").replace("&", "")}:
                yield thing


def empty_spot(view: Line) -> Point:
    """A point of a view under its last row."""
    x, y, width, height = view["rect"]
    bottom = max((row["rect"][1] + row["rect"][3] for row in view["rows"]), default=y)
    if bottom > y + height - 20:
        raise ProgramError(f"no empty spot in {view['name']}")
    return x + width // 2, (bottom + y + height) // 2
