"""The verbs of ``packaging/dev.py``: what each one does, in order."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import checks
import environment
import locking
import machine
from machine import SetUpError

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str]) -> int:
    """Does what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="packaging/dev.py",
        description="Sets up everything s3gui needs on this machine, and runs it.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = verbs.add_parser("run", help="open the window on an embedded demo storage")
    run.add_argument(
        "--headless", action="store_true", help="on a display of its own, driven by a script"
    )
    run.add_argument(
        "--ceph", action="store_true", help="on a fresh S3 gateway of Ceph instead of the demo"
    )
    verbs.add_parser("test", help="linters, types, import contracts and all tests")
    verbs.add_parser("setup", help="only set up; prints the Python to use")
    verbs.add_parser("screenshots", help="make the pictures in resources/screenshots again")
    lock = verbs.add_parser("lock", help="write packaging/requirements*.txt again")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    # What is not ours goes to s3gui (run), pytest (test) or the pictures (their names).
    options, rest = parser.parse_known_args(arguments)
    if rest and options.verb not in {"run", "test", "screenshots"}:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return _do(options, rest)
    except SetUpError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _do(options: argparse.Namespace, rest: list[str]) -> int:
    match options.verb:
        case "run":
            headless = options.headless or not machine.has_display()
            return _run(rest, headless=headless, ceph=options.ceph)
        case "test":
            machine.need(machine.WINDOW + machine.DESKTOP)
            no_storage = machine.want(machine.STORAGE)
            machine.want(machine.FAULTS)  # what is skipped without it says so
            return checks.run(environment.prepare(ROOT), ROOT, rest, no_storage)
        case "setup":
            machine.need(machine.WINDOW)
            print(environment.prepare(ROOT).python)
            return 0
        case "screenshots":
            machine.need(machine.WINDOW + machine.DESKTOP)
            return _module("gui.pictures", rest)
        case _:
            return locking.lock(ROOT, upgrade=options.upgrade)


def _run(arguments: list[str], *, headless: bool, ceph: bool) -> int:
    if ceph:
        machine.need(machine.STORAGE)
    if headless:
        print("There is no display here: s3gui runs on a virtual one and is driven by a script.")
        machine.need(machine.WINDOW + machine.DESKTOP)
        return _module("gui.show", ["--ceph", *arguments] if ceph else arguments)
    machine.need(machine.WINDOW)
    if ceph:
        return _module("servers.ceph.window", arguments)
    return _become([environment.prepare(ROOT).python, "-m", "s3gui", "--demo", *arguments], {})


def _module(name: str, arguments: list[str]) -> int:
    """Runs a module of the tests' harness in the environment."""
    python = environment.prepare(ROOT).python
    return _become([python, "-m", name, *arguments], {"PYTHONPATH": str(ROOT / "tests")})


def _become(command: Sequence[str | Path], extra: dict[str, str]) -> int:  # noqa: RET503  see end
    """Ends in another program, in the tree's root; signals and the exit code are that one's."""
    words = [str(word) for word in command]
    env = environment.child_env() | extra
    os.chdir(ROOT)
    sys.stdout.flush()
    if sys.platform == "win32":
        return subprocess.call(words, env=env)
    os.execve(words[0], words, env)  # noqa: S606  no shell is wanted; it never returns
