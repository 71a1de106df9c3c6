"""What a machine needs beside Python: the shared libraries of Qt, and a desktop for the tests.

On Debian and Ubuntu it is installed when we are root; otherwise the line to type is said. On macOS
and Windows everything comes with Python's packages.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class SetUpError(Exception):
    """The set-up cannot go on; the text says why and what to type."""


@dataclass(frozen=True)
class Need:
    """A shared library (``.so`` in its name) or a program, and the Debian package it is in."""

    name: str
    package: str

    def is_met(self) -> bool:
        """Whether this machine has it, whichever way it came."""
        if ".so" not in self.name:
            return shutil.which(self.name) is not None
        try:
            ctypes.CDLL(self.name)
        except OSError:
            return False
        return True


#: What PySide6 loads and its wheel does not hold, to show a window under X.
WINDOW = (
    Need("libglib-2.0.so.0", "libglib2.0-0"),
    Need("libEGL.so.1", "libegl1"),
    Need("libGL.so.1", "libgl1"),
    Need("libxkbcommon.so.0", "libxkbcommon0"),
    Need("libdbus-1.so.3", "libdbus-1-3"),
    Need("libfontconfig.so.1", "libfontconfig1"),
    Need("libxcb-cursor.so.0", "libxcb-cursor0"),
    Need("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    Need("libxcb-icccm.so.4", "libxcb-icccm4"),
    Need("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Need("libxcb-shape.so.0", "libxcb-shape0"),
)
#: A virtual desktop with a real file manager, and a person's hands.
DESKTOP = (
    Need("Xvfb", "xvfb"),
    Need("openbox", "openbox"),
    Need("xdotool", "xdotool"),
    Need("pcmanfm", "pcmanfm"),
    Need("dbus-daemon", "dbus"),
    Need("gnome-keyring-daemon", "gnome-keyring"),
    Need("trayer", "trayer"),
)
#: A storage that others wrote, for the tests: Ceph's monitor, disk and S3 gateway.
STORAGE = (
    Need("ceph-mon", "ceph-mon"),
    Need("ceph-osd", "ceph-osd"),
    Need("radosgw", "radosgw"),
    Need("radosgw-admin", "ceph-common"),
)
#: Has a system call of a program fail, for the tests of disks.
FAULTS = (Need("strace", "strace"),)
_POLICY = Path("/usr/sbin/policy-rc.d")
_APT = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]


def has_display() -> bool:
    """Whether a window can be shown to somebody here."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def need(needs: Iterable[Need]) -> None:
    """Sees to it that everything is there; on Linux only, elsewhere there is nothing to do.

    Raises:
        SetUpError: something is missing and cannot be installed from here.
    """
    if not sys.platform.startswith("linux"):
        return
    missing = [one for one in needs if not one.is_met()]
    if not missing:
        return
    if not _is_debian():
        names = ", ".join(one.name for one in missing)
        raise SetUpError(
            f"s3gui needs these from your distribution, and they are not here: {names}"
        )
    _install(list(dict.fromkeys(one.package for one in missing)))
    if still := [one.name for one in missing if not one.is_met()]:
        raise SetUpError(f"Installed, and yet not found: {', '.join(still)}")


def want(needs: Iterable[Need]) -> str:
    """The same for what can be done without, except in CI; returns why it is not there, or ""."""
    if os.environ.get("CI"):
        need(needs)
        return ""
    if not sys.platform.startswith("linux"):
        return "it runs on Linux only"
    try:
        need(needs)
    except SetUpError as problem:
        return str(problem)
    return ""


def need_venv() -> None:
    """Debian and Ubuntu keep a part of Python that makes environments in a package of its own."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.base_prefix != "/usr" or not _is_debian():
        raise SetUpError(f"This Python has no 'ensurepip' and 'venv': {sys.executable}")
    _install([f"python{version}-venv"])
    importlib.invalidate_caches()


def _is_debian() -> bool:
    return shutil.which("apt-get") is not None and Path("/etc/debian_version").exists()


def _install(packages: list[str]) -> None:
    known = _known("libglib2.0-0")
    if os.geteuid() != 0:
        update = "" if known else "sudo apt-get update && "
        line = f"{update}sudo apt-get install -y --no-install-recommends"
        raise SetUpError(
            f"Some packages are missing here. Please type:\n  {line} {_words(packages, known)}"
        )
    if not known:
        _apt(["update"])
        known = _known("libglib2.0-0")
    names = _words(packages, known)
    print(f"Installing packages: {names}", flush=True)
    install = ["install", "-y", "--no-install-recommends", *names.split()]
    with _daemons_stay_off():
        if _apt(install, may_fail=True):
            # The lists may be older than what the mirrors still hold.
            _apt(["update"])
            _apt(install)


@contextmanager
def _daemons_stay_off() -> Iterator[None]:
    """What is installed for the tests is started by them, never by its package (policy-rc.d(8))."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    try:
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink()


def _words(packages: list[str], known: set[str]) -> str:
    """The packages by the names this release gives them."""
    renamed = {"libglib2.0-0"} if "libglib2.0-0t64" in known else set()
    return " ".join(f"{name}t64" if name in renamed else name for name in packages)


def _known(prefix: str) -> set[str]:
    """The packages that apt has heard of; none where its lists were never fetched."""
    told = subprocess.run(
        ["apt-cache", "pkgnames", prefix], capture_output=True, text=True, check=False
    )
    return set(told.stdout.split())


def _apt(arguments: list[str], *, may_fail: bool = False) -> int:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        [*_APT, *arguments], env=env, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode and not may_fail:
        words = (done.stdout + done.stderr).strip()[-2000:]
        raise SetUpError(f"apt-get {' '.join(arguments)} failed:\n{words}")
    return done.returncode
