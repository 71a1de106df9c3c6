"""End to end through a real gnome-keyring, on a private bus that is thrown away afterwards."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("on_private_bus.py")
NEEDED = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"]
missing = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")

UNLOCKED = """
  printf %s ci-password | gnome-keyring-daemon --unlock --foreground --components=secrets \
    > /dev/null 2>&1 & kp=$!
  i=0
  until dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
      org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null \
      | grep -q 'boolean true'; do
    i=$((i+1)); [ $i -lt 200 ] || { echo 'no secret service' >&2; exit 97; }; sleep 0.05
  done
  rc=0; "$@" || rc=$?
  kill $kp; wait $kp || true
  exit $rc
"""
#: The service is started by the bus when it is asked for, and nobody has unlocked it.
LOCKED = '"$@"'

Session = Callable[..., list[Any]]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """``session(steps)``: the answers of the child, run on a bus of its own over the same disk."""
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o700)
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHON_KEYRING_BACKEND", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY"}
        and not name.startswith(("XDG_", "WAYLAND_"))
    }
    env |= {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_RUNTIME_DIR": str(run_dir),
        "PYTHONPATH": str(CHILD.parents[2]),
        "PYTHONIOENCODING": "utf-8",
    }

    def run(*steps: str, bus: str | None = UNLOCKED, **extra: str) -> list[Any]:
        child = [sys.executable, str(CHILD), *steps, str(tmp_path / "state")]
        around = ["dbus-run-session", "--", "sh", "-euc", bus, "sh"] if bus else []
        done = subprocess.run(
            [*around, *child],
            env=env | extra,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_keys_go_to_the_keyring_and_come_back_in_the_next_session(
    session: Session, tmp_path: Path
) -> None:
    problem, _, stored = session("problem", "save", "raw")
    assert problem == ""
    [entry] = stored
    assert entry["attributes"]["service"] == "s3gui/0123abcd"
    assert entry["attributes"]["application"] == "s3gui"
    assert json.loads(entry["secret"]) == {
        "access": "AKIAREAL",
        "secret": "секрет+/=secret",
        "endpoint": "https://storage.example.com",
    }
    assert session("keys") == [["AKIAREAL", "секрет+/=secret"]]
    state = (tmp_path / "state" / "profiles.json").read_text()
    assert "secret" not in state
    assert "AKIAREAL" not in state


def test_new_keys_replace_the_entry_and_removing_leaves_nothing(session: Session) -> None:
    _, _, keys, stored, _, after = session("save", "replace", "keys", "raw", "remove", "raw")
    assert keys == ["NEW", "newer"]
    assert len(stored) == 1
    assert after == []


def test_not_kept_leaves_nothing_behind(session: Session) -> None:
    _, _, stored, keys = session("save", "unkeep", "raw", "keys")
    assert stored == []
    assert keys["error"] == "NeedsCredentials"  # another process: it was in memory only


def test_a_locked_keyring_is_said_and_nothing_is_stored(session: Session, tmp_path: Path) -> None:
    [answer] = session("save", bus=LOCKED)
    assert answer["code"] in {"KeyringLocked", "KeyringMissing"}, answer
    assert "секрет" not in json.dumps(answer, ensure_ascii=False)
    written = (tmp_path / "state" / "profiles.json").read_text()
    assert '"keys_kept": false' in written


def test_without_a_keyring_service_the_problem_is_in_words(session: Session) -> None:
    nowhere = "unix:path=/nonexistent/bus"
    problem, answer = session("problem", "save", bus=None, DBUS_SESSION_BUS_ADDRESS=nowhere)
    assert problem.startswith("No keyring was found")
    assert answer["code"] == "KeyringMissing"


def test_a_plain_text_backend_asked_for_by_the_environment_is_not_used(session: Session) -> None:
    problem, answer = session(
        "problem", "save", PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring"
    )
    assert "switched off" in problem
    assert answer["code"] == "KeyringSwitchedOff"
