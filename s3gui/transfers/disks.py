"""Which disk a path is on, and which disks do not answer.

A network drive whose server is gone, a FUSE whose program hangs: whoever asks it for anything is
held in the kernel, perhaps for ever, and no signal ends that. So every call that may be held is
noted here while it lasts, and what is noted for long tells which disk it is. Nothing here asks a
disk: the table of mounts comes from the kernel's memory.
"""

import itertools
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

#: A call that takes longer, in seconds, is held. A disk that slept takes that long, too: then it is
#: passed over for as long as it takes to wake up.
HUNG_S = 2.0
_MOUNTS = Path("/proc/self/mountinfo")
#: How old the table of mounts may be, in seconds.
_TABLE_S = 5.0
#: As the kernel writes spaces and their like.
_ESCAPE = re.compile(r"\\([0-7]{3})")
#: Folders whose disk is remembered.
_MOST_FOLDERS = 10_000
_here: ContextVar[str] = ContextVar("disk", default="")


def mount_points() -> list[str]:
    """Where disks are mounted; empty where the system does not tell without asking them."""
    try:
        lines = os.fsdecode(_MOUNTS.read_bytes()).splitlines()
    except OSError:
        return []
    fields = [line.split(" ") for line in lines]
    return [_ESCAPE.sub(_unescaped, row[4]) for row in fields if len(row) > 4]


def _unescaped(found: "re.Match[str]") -> str:
    return chr(int(found[1], 8))


class Disks:
    """Used by any thread."""

    def __init__(self, mounts: Callable[[], Sequence[str]] = mount_points) -> None:
        self._mounts = mounts
        self._points: list[str] = []
        self._read_at = -_TABLE_S
        self._of_folder: dict[str, str] = {}
        self._numbers = itertools.count()
        self._calls: dict[int, tuple[str, float]] = {}

    def of(self, path: Path) -> str:
        """The name of the disk that a path is on, as far as its words tell: links are not followed.

        The name is where it is mounted, or a drive's letter, or a share.
        """
        folder = os.path.dirname(path)  # noqa: PTH120  a quarter of the time of Path.parent
        if time.monotonic() - self._read_at > _TABLE_S:
            self._read()
        known = self._of_folder.get(folder)
        if known is None:
            if len(self._of_folder) >= _MOST_FOLDERS:
                self._of_folder.clear()
            known = self._of_folder[folder] = self._find(folder)
        return known

    def _read(self) -> None:
        points = sorted(set(self._mounts()), key=len, reverse=True)
        if points != self._points:
            self._points, self._of_folder = points, {}
        self._read_at = time.monotonic()

    def _find(self, folder: str) -> str:
        for point in self._points:
            if folder == point or folder.startswith(point.rstrip("/") + "/"):
                return point
        drive, _ = os.path.splitdrive(folder)
        if sys.platform == "darwin" and folder.startswith("/Volumes/"):
            return "/".join(folder.split("/")[:3])
        return drive or "/"

    # Calls that may be held

    def begin(self, disk: str) -> int:
        """Something of this disk is asked now; ``end`` takes what this returns."""
        number = next(self._numbers)
        self._calls[number] = (disk, time.monotonic())
        return number

    def end(self, number: int) -> None:
        """It was answered."""
        del self._calls[number]

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._calls)

    def hung(self) -> frozenset[str]:
        """The disks that do not answer."""
        until = time.monotonic() - HUNG_S
        return frozenset(disk for disk, began in list(self._calls.values()) if began <= until)


#: The machine's.
LOCAL = Disks()


@contextmanager
def working_at(path: Path) -> Iterator[None]:
    """What is asked of ``Threads`` in here, and in tasks that begin in here, is of this disk."""
    token = _here.set(LOCAL.of(path))
    try:
        yield
    finally:
        _here.reset(token)


def here() -> str:
    """The disk of the caller's work; "" for none."""
    return _here.get()
