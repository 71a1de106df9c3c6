"""The virtual environment of a working tree, outside of it, with exactly what the lock file says.

It is whole or it is not there: the stamp is written last, and an environment without its stamp is
made again. One process at a time makes it; the others wait.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import machine
from machine import SetUpError

REQUIREMENTS = "packaging/requirements-dev.txt"
_STAMP = "s3gui-ready.json"
#: An environment of the same tree for an older lock file is removed when unused for so long.
_STALE_S = 14 * 24 * 3600
#: The lock while it is held. Children inherit it: a pip that survives its killed parent keeps the
#: next set-up waiting instead of writing into what that one makes.
_held: list[int] = []
_PROGRESS = {"Collecting", "Downloading", "Using", "Installing", "Obtaining", "Building"}


@dataclass(frozen=True)
class Environment:
    """A virtual environment on disk."""

    home: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """A command that is installed in it."""
        if sys.platform == "win32":
            return self.home / "Scripts" / f"{name}.exe"
        return self.home / "bin" / name


def child_env() -> dict[str, str]:
    """The environment variables for what runs in a virtual environment.

    Without what would lead it out of there, and without the ban on writing byte code: compiling
    everything at each start costs a second.
    """
    away = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"}
    return {name: value for name, value in os.environ.items() if name not in away}


def prepare(root: Path) -> Environment:
    """The environment of this tree, made or brought up to date if need be.

    Raises:
        SetUpError: it could not be made.
    """
    own = root / ".venv"
    env = Environment(own if own.exists() else _cache() / _name(root))
    wanted = _stamp(root)
    if _ready(env, wanted):
        return env
    env.home.parent.mkdir(parents=True, exist_ok=True)
    with _alone(env.home.with_name(f"{env.home.name}.lock")):
        # Another process may have made it while this one waited.
        if not _ready(env, wanted):
            _make(env, root, wanted, keep=env.home == own)
            _forget_old(env, root)
    return env


def _cache() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")


def _tree(root: Path) -> str:
    """Names an interpreter and a working tree: two of either do not share an environment."""
    who = f"{root}\n{sys.version}\n{sys.base_prefix}"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"s3gui-venv-{version}-{hashlib.sha256(who.encode()).hexdigest()[:8]}"


def _name(root: Path) -> str:
    return f"{_tree(root)}-{_stamp(root)['lock'][:8]}"


def _stamp(root: Path) -> dict[str, str]:
    """What an environment has to have been made from."""
    names = {"lock": REQUIREMENTS, "project": "pyproject.toml"}
    stamp = {
        key: hashlib.sha256((root / name).read_bytes()).hexdigest() for key, name in names.items()
    }
    return stamp | {"root": str(root)}


def _read_stamp(env: Environment) -> dict[str, str]:
    try:
        stamp = json.loads((env.home / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _ready(env: Environment, wanted: dict[str, str]) -> bool:
    if _read_stamp(env) != wanted or not _works(env):
        return False
    os.utime(env.home / _STAMP)
    return True


def _works(env: Environment) -> bool:
    """Whether its interpreter still runs: the one it was made from may be gone."""
    with contextlib.suppress(OSError):
        return subprocess.run([env.python, "-c", ""], check=False).returncode == 0
    return False


def _make(env: Environment, root: Path, wanted: dict[str, str], *, keep: bool) -> None:
    """Makes it, or changes what is not as wanted. ``keep``: a person's own, never removed."""
    began = time.monotonic()
    had = _read_stamp(env)
    if not _works(env):
        had = {}
    (env.home / _STAMP).unlink(missing_ok=True)
    if not had and not keep:
        if env.home.exists():
            shutil.rmtree(env.home)
        print(f"Setting up in {env.home}")
        machine.need_venv()
        _call([sys.executable, "-m", "venv", env.home], "Python could not make an environment")
    if had.get("lock") != wanted["lock"]:
        # An own environment may hold the torn files of an interrupted set-up.
        again = ["--force-reinstall"] if keep and not had else []
        _pip(env, ["--require-hashes", *again, "-r", root / REQUIREMENTS])
    _pip(env, ["--no-build-isolation", "--no-deps", "--no-index", "--editable", root])
    (env.home / _STAMP).write_text(json.dumps(wanted), encoding="utf-8")
    print(f"Set up in {time.monotonic() - began:.0f} s")


def _pip(env: Environment, arguments: list[str | Path]) -> None:
    """Runs pip install, its progress in one line, its words only when it fails.

    Where it downloads from is the machine's business: pip's own configuration and variables hold.
    """
    command = [env.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    words = [str(word) for word in [*command, "--progress-bar", "off", *arguments]]
    said: list[str] = []
    counted = 0
    with subprocess.Popen(
        words,
        env=child_env(),
        pass_fds=_inherited(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.split(" ", 1)[0] == "Collecting":
                counted += 1
            _show(line.strip(), counted)
    _show("", counted)
    if pip.returncode:
        print("".join(said[-25:]), file=sys.stderr)
        raise SetUpError(
            "pip could not install what s3gui needs; its words stand above.\n"
            "Without a way to the package index, set pip's index-url or find-links and try again."
        )


def _show(line: str, counted: int) -> None:
    """One line that is written over; nothing where no person watches."""
    if not sys.stdout.isatty():
        return
    width = shutil.get_terminal_size().columns - 1
    if not line:
        print("\r" + " " * width, end="\r", flush=True)
    elif line.split(" ", 1)[0] in _PROGRESS:
        print(f"\r{f'{counted:3d} {line}'[:width]:<{width}}", end="", flush=True)


def _call(command: list[str | Path], problem: str) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        env=child_env(),
        pass_fds=_inherited(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise SetUpError(f"{problem}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keeps other processes out; the system lets go of it when this one ends, however it ends."""
    with path.open("a+b") as file:
        if not _lock(file.fileno()):
            print("Another set-up of this tree is under way; waiting for it.")
            while not _lock(file.fileno()):
                time.sleep(0.2)
        _held.append(file.fileno())
        try:
            yield
        finally:
            _held.remove(file.fileno())


def _inherited() -> tuple[int, ...]:
    """What a child keeps open; Windows knows no such thing."""
    return () if sys.platform == "win32" else tuple(_held)


def _lock(handle: int) -> bool:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _forget_old(env: Environment, root: Path) -> None:
    """Removes this tree's environments for lock files of long ago."""
    for other in env.home.parent.glob(f"{_tree(root)}-*"):
        stamp = other / _STAMP
        if other != env.home and stamp.exists() and time.time() - stamp.stat().st_mtime > _STALE_S:
            shutil.rmtree(other, ignore_errors=True)
