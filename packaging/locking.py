"""Writes the lock files: one resolve for all supported Pythons and systems, with hashes."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import REQUIREMENTS, Environment, child_env
from machine import SetUpError

_RUNTIME = "packaging/requirements.txt"
_RESOLVE = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
_HEADER = ["--custom-compile-command", "see packaging/dev.py lock", "--quiet"]


def lock(root: Path, *, upgrade: bool) -> int:
    """Writes both files; what is pinned stays as it is unless ``upgrade`` or pyproject says else.

    Raises:
        SetUpError: uv cannot be had, or there is no set of versions that fits together.
    """
    with tempfile.TemporaryDirectory(prefix="s3gui-lock-") as folder:
        uv = _uv(Path(folder))
        more = ["--upgrade"] if upgrade else []
        groups = ["--group", "dev", "--group", "bench"]
        _compile(uv, root, [*groups, *more, "-o", REQUIREMENTS])
        # Constrained by the first: what is tested is what is shipped.
        _compile(uv, root, ["-c", REQUIREMENTS, *more, "-o", _RUNTIME])
    print(f"Written: {REQUIREMENTS}, {_RUNTIME}")
    return 0


def _uv(folder: Path) -> str:
    """The uv of this machine, or one installed for this time only."""
    if found := shutil.which("uv"):
        return found
    home = Environment(folder / "venv")
    _call([sys.executable, "-m", "venv", str(home.home)], folder)
    _call([str(home.python), "-m", "pip", "install", "--quiet", "uv"], folder)
    return str(home.program("uv"))


def _compile(uv: str, root: Path, arguments: list[str]) -> None:
    _call([uv, "pip", "compile", "pyproject.toml", *_RESOLVE, *_HEADER, *arguments], root)


def _call(command: list[str], folder: Path) -> None:
    env = child_env()
    # uv does not read pip's settings; what a machine says in pip's variables is handed on.
    for ours, theirs in {"UV_DEFAULT_INDEX": "PIP_INDEX_URL", "SSL_CERT_FILE": "PIP_CERT"}.items():
        if ours not in env and theirs in os.environ:
            env[ours] = os.environ[theirs]
    if subprocess.run(command, cwd=folder, env=env, check=False).returncode:
        raise SetUpError(f"This failed: {' '.join(command)}")
