"""Everything that has to hold before a change is kept, in the order of how soon it tells."""

import os
import subprocess
import time
from pathlib import Path

import rooms
from environment import Environment, child_env

_TRANSLATIONS = "packaging/i18n.py"


def run(env: Environment, root: Path, pytest_arguments: list[str], no_storage: str = "") -> int:
    """Runs all of them, whatever fails; says which failed. Returns the exit code, 0 or 1.

    ``no_storage`` is why the tests on Ceph cannot run here; it is said, too.
    """
    began = time.monotonic()
    failed = [name for name, command in _steps(env, root) if not _passes(name, command)]
    failed += _tests(env, root, pytest_arguments)
    if no_storage:
        print(f"\nNOT RUN: the tests on Ceph's S3 gateway. {no_storage}")
    print(f"\n{time.monotonic() - began:.0f} s: ", end="")
    print(f"FAILED: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


def _steps(env: Environment, root: Path) -> list[tuple[str, list[str | Path]]]:
    steps: list[tuple[str, list[str | Path]]] = [
        ("ruff check", [env.program("ruff"), "check", "."]),
        ("ruff format", [env.program("ruff"), "format", "--check", "."]),
        ("mypy", [env.program("mypy")]),
        ("import contracts", [env.program("lint-imports")]),
    ]
    if (root / _TRANSLATIONS).exists():
        steps.append(("translations", [env.python, _TRANSLATIONS, "check"]))
    return steps


def _tests(env: Environment, root: Path, arguments: list[str]) -> list[str]:
    """Runs pytest with ``arguments``, or, without any, for every room. Returns what failed."""
    pytest: list[str | Path] = [env.python, "-m", "pytest"]
    if arguments:
        return [] if _passes("pytest", [*pytest, *arguments]) else ["pytest"]
    window = {"tests of the window": rooms.WINDOW}
    return rooms.run(pytest, rooms.rooms(root), window, root, _env())


def _passes(name: str, command: list[str | Path]) -> bool:
    print(f"\n== {name}", flush=True)
    words = [str(word) for word in command]
    root = Path(__file__).resolve().parent.parent
    return subprocess.run(words, cwd=root, env=_env(), check=False).returncode == 0


def _env() -> dict[str, str]:
    # A display of the person at the machine is none of the tests' business.
    env = {"QT_QPA_PLATFORM": "offscreen"} | child_env()
    env = {key: value for key, value in env.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    if os.environ.get("CI"):
        env["PYTHONFAULTHANDLER"] = "1"
    return env
