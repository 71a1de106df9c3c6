"""Everything that has to hold before a change is kept, in the order of how soon it tells."""

import os
import subprocess
import time
from pathlib import Path

from environment import Environment, child_env

_TRANSLATIONS = "packaging/i18n.py"
#: What needs Qt's loop or a display.
_WINDOW_ROOMS = ("tests/ui", "tests/gui")


def run(env: Environment, root: Path, pytest_arguments: list[str], no_storage: str = "") -> int:
    """Runs all of them, whatever fails; says which failed. Returns the exit code, 0 or 1.

    ``no_storage`` is why the tests on Ceph cannot run here; it is said, too.
    """
    began = time.monotonic()
    failed = [
        name for name, command in _steps(env, root, pytest_arguments) if not _passes(name, command)
    ]
    if no_storage:
        print(f"\nNOT RUN: the tests on Ceph's S3 gateway. {no_storage}")
    print(f"\n{time.monotonic() - began:.0f} s: ", end="")
    print(f"FAILED: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


def _steps(
    env: Environment, root: Path, pytest_arguments: list[str]
) -> list[tuple[str, list[str | Path]]]:
    steps: list[tuple[str, list[str | Path]]] = [
        ("ruff check", [env.program("ruff"), "check", "."]),
        ("ruff format", [env.program("ruff"), "format", "--check", "."]),
        ("mypy", [env.program("mypy")]),
        ("import contracts", [env.program("lint-imports")]),
    ]
    if (root / _TRANSLATIONS).exists():
        steps.append(("translations", [env.python, _TRANSLATIONS, "check"]))
    pytest: list[str | Path] = [env.python, "-m", "pytest"]
    if pytest_arguments:
        steps.append(("pytest", [*pytest, *pytest_arguments]))
        return steps
    # They wait more than they compute. A file stays with one worker, which keeps its servers.
    workers = ["-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile"]
    without = [f"--ignore={room}" for room in _WINDOW_ROOMS]
    steps.append(("pytest", [*pytest, *workers, *without]))
    # One process, one QApplication, one display; and frames are timed there.
    steps.append(("pytest, window", [*pytest, *_WINDOW_ROOMS]))
    return steps


def _passes(name: str, command: list[str | Path]) -> bool:
    print(f"\n== {name}", flush=True)
    words = [str(word) for word in command]
    root = Path(__file__).resolve().parent.parent
    # A display of the person at the machine is none of the tests' business.
    env = {"QT_QPA_PLATFORM": "offscreen"} | child_env()
    env = {key: value for key, value in env.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    if os.environ.get("CI"):
        env["PYTHONFAULTHANDLER"] = "1"
    return subprocess.run(words, cwd=root, env=env, check=False).returncode == 0
