"""The tests, a room at a time: a pytest for each folder of tests, a few of them at once.

Rooms are processes of their own, and files of a room stay together: they share its servers. A room
that crashes, or that a time limit ends, fails alone. (pytest-xdist waits for ever for the rest of a
file whose worker died, which is what its own time limit makes of a test that hangs.)
"""

import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: These need Qt's loop or a display, and time frames: one process for all, and nothing beside it.
WINDOW = ("tests/ui", "tests/gui")
#: The longest first, so that nothing long is left for the end.
_LONGEST = (
    "tests/crash",
    "tests/acceptance",
    "tests/faults",
    "tests/transfers",
    "tests/s3/contract",
    "tests/cli",
)
#: In seconds; the longest took a quarter of it on two quiet cores.
_LIMIT_S = 2700.0
_FAILED = re.compile(r"^(?:FAILED|ERROR) .*", re.MULTILINE)


def rooms(root: Path) -> dict[str, list[str]]:
    """The files of tests of each folder, in the order to begin them; without the window's."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        room = path.parent.relative_to(root).as_posix()
        if not f"{room}/".startswith(tuple(f"{window}/" for window in WINDOW)):
            found.setdefault(room, []).append(path.relative_to(root).as_posix())
    return {room: found[room] for room in sorted(found, key=_turn)}


def _turn(room: str) -> tuple[int, str]:
    return (_LONGEST.index(room) if room in _LONGEST else len(_LONGEST)), room


def run(
    pytest: Sequence[str | Path], of: Mapping[str, Sequence[str]], root: Path, env: dict[str, str]
) -> list[str]:
    """Tests all rooms and prints what each said when it is through; returns those that failed.

    They wait more than they compute, so there is one more at once than processors.
    """
    alone = threading.Lock()
    wrong: dict[str, list[str]] = {}

    def test(room: str) -> None:
        began = time.monotonic()
        code, said = _output([*map(str, pytest), *of[room]], root, env)
        with alone:
            print(f"\n== {room}, {time.monotonic() - began:.0f} s\n{said}", flush=True)
            if code:
                wrong[room] = _FAILED.findall(said) or [f"it ended with exit code {code}"]

    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as threads:
        list(threads.map(test, of))
    for line in _told(wrong):
        print(line)
    return list(wrong)


def _told(wrong: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for room, lines in wrong.items():
        yield f"\n{room}:"
        yield from (f"  {line}" for line in lines)


def _output(words: list[str], root: Path, env: dict[str, str]) -> tuple[int, str]:
    # A file: what a server leaves running would hold the other end of a pipe.
    with tempfile.TemporaryFile() as file:
        try:
            code = subprocess.run(
                words, cwd=root, env=env, stdout=file, stderr=file, check=False, timeout=_LIMIT_S
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
            file.write(f"\nStopped: it took longer than {_LIMIT_S:.0f} s.\n".encode())
        file.seek(0)
        return code, file.read().decode(errors="replace")
