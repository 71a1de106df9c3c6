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
#: What ``pytest -v`` writes before a test begins.
_TEST = re.compile(r"^tests/\S+::.*", re.MULTILINE)
#: From there on nothing is said of single tests.
_SUMMARY = re.compile(r"^=+ (?:slowest|short test summary|\d+ passed)", re.MULTILINE)


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
    pytest: Sequence[str | Path],
    together: Mapping[str, Sequence[str]],
    alone: Mapping[str, Sequence[str]],
    root: Path,
    env: dict[str, str],
) -> list[str]:
    """Tests all rooms and prints what each said when it is through; returns those that failed.

    They wait more than they compute, so there is one more at once than processors; those that are
    to be ``alone`` come after them, one by one. Of what went well the summary is printed; what
    failed is said once more at the end, where it is not overlooked.
    """
    printing = threading.Lock()
    wrong: dict[str, list[str]] = {}

    def test(room: str, files: Sequence[str]) -> None:
        began = time.monotonic()
        code, said = _output([*map(str, pytest), "-v", *files], root, env)
        with printing:
            print(f"\n== {room}, {time.monotonic() - began:.0f} s", flush=True)
            print(said if code else _summary(said), flush=True)
            if code:
                wrong[room] = _FAILED.findall(said) or _died(code, said)

    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as threads:
        list(threads.map(test, together, together.values()))
    for room, files in alone.items():
        test(room, files)
    for line in _told(wrong):
        print(line)
    return list(wrong)


def _summary(said: str) -> str:
    found = _SUMMARY.search(said)
    return said[found.start() :] if found else said


def _died(code: int, said: str) -> list[str]:
    last = _TEST.findall(said)[-1:]
    return [f"it ended with exit code {code}", *(f"in or after {line.strip()}" for line in last)]


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
