"""packaging/dev.py: an environment is whole or not there, and what is missing is said plainly."""

import ast
import importlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "packaging" / "dev.py"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The module, with its cache in a folder of the test and a pip that only writes down."""
    module = load(monkeypatch, "environment")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "_cache", lambda: tmp_path / "cache")
    # An environment without a pip of its own is made in a tenth of the time.
    monkeypatch.setattr(
        module, "_call", lambda words, _: subprocess.run([*words, "--without-pip"], check=True)
    )
    module.calls = []
    monkeypatch.setattr(module, "_pip", lambda env, words: module.calls.append(words))
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree, as far as the set-up looks at it."""
    root = tmp_path / "tree"
    (root / "packaging").mkdir(parents=True)
    (root / "packaging" / "requirements-dev.txt").write_text("a==1\n")
    (root / "pyproject.toml").write_text("[project]\n")
    return root


def load(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    monkeypatch.syspath_prepend(DEV.parent)
    for known in ("environment", "machine"):
        monkeypatch.delitem(sys.modules, known, raising=False)
    return importlib.import_module(name)


def test_a_second_set_up_does_nothing(environment: Any, tree: Path) -> None:
    first = environment.prepare(tree)
    assert [words[0] for words in environment.calls] == [
        "--require-hashes",
        "--no-build-isolation",
    ]
    environment.calls.clear()
    assert environment.prepare(tree) == first
    assert environment.calls == []


def test_an_interrupted_set_up_is_made_again(
    environment: Any, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(env: Any, words: list[Any]) -> None:
        (env.home / "torn").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "_pip", broken)
        with pytest.raises(KeyboardInterrupt):
            environment.prepare(tree)
    made = environment.prepare(tree)
    assert not (made.home / "torn").exists()
    assert len(environment.calls) == 2


def test_a_new_lock_file_makes_a_new_environment(environment: Any, tree: Path) -> None:
    first = environment.prepare(tree)
    (tree / "packaging" / "requirements-dev.txt").write_text("a==2\n")
    assert environment.prepare(tree).home != first.home


def test_a_new_pyproject_installs_only_the_project_again(environment: Any, tree: Path) -> None:
    first = environment.prepare(tree)
    environment.calls.clear()
    (tree / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert environment.prepare(tree).home == first.home
    assert [words[0] for words in environment.calls] == ["--no-build-isolation"]


def test_a_persons_own_environment_is_used_and_never_removed(environment: Any, tree: Path) -> None:
    own = tree / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    (own / "mine").touch()
    assert environment.prepare(tree).home == own
    assert (own / "mine").exists()
    assert environment.calls[0][:2] == ["--require-hashes", "--force-reinstall"]


def test_two_set_ups_at_once_make_one(environment: Any, tree: Path) -> None:
    homes: list[Path] = []
    threads = [
        threading.Thread(target=lambda: homes.append(environment.prepare(tree).home))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(homes)) == 1
    assert len(environment.calls) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="children inherit no lock there")
def test_a_child_that_outlives_a_killed_set_up_keeps_the_next_one_out(
    environment: Any, tmp_path: Path
) -> None:
    wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    path = tmp_path / "lock"
    with environment._alone(path):
        inherited = environment._inherited()
        child = subprocess.Popen(wait, stdin=subprocess.PIPE, pass_fds=inherited)
    with path.open("a+b") as file:
        assert not environment._lock(file.fileno())
        child.communicate()
        assert environment._lock(file.fileno())


def test_children_write_byte_code_and_stay_in_their_environment(
    environment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    env = environment.child_env()
    assert not env.keys() & {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
    assert env["PIP_INDEX_URL"] == "https://mirror.example/simple"


def test_an_older_python_says_what_is_wrong() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 1);"
        f"runpy.run_path({str(DEV)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_older_python_can_read_it() -> None:
    ast.parse(DEV.read_text(encoding="utf-8"), feature_version=(3, 4))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has such packages")
def test_who_is_not_root_is_told_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    machine: Any = load(monkeypatch, "machine")
    monkeypatch.setattr(machine, "_is_debian", lambda: True)
    monkeypatch.setattr(machine, "_known", lambda _: {"libglib2.0-0t64"})
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    needs = [
        machine.Need("libnothing-like-this.so.9", "libglib2.0-0"),
        machine.Need("no-such-program", "xvfb"),
        machine.Need("sh", "dash"),
    ]
    with pytest.raises(machine.SetUpError) as told:
        machine.need(needs)
    line = "  sudo apt-get install -y --no-install-recommends libglib2.0-0t64 xvfb"
    assert line in str(told.value).splitlines()


def test_the_ci_calls_the_command_of_the_readme() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "exec python3 packaging/dev.py test" in text


def test_what_can_be_done_without_is_said_and_must_be_there_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine: Any = load(monkeypatch, "machine")
    monkeypatch.setattr(machine.sys, "platform", "linux")
    monkeypatch.setattr(machine, "_is_debian", lambda: False)
    needs = [machine.Need("no-such-daemon", "ceph-mon")]
    monkeypatch.delenv("CI", raising=False)
    assert "no-such-daemon" in machine.want(needs)
    assert machine.want([machine.Need("sh", "dash")]) == ""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(machine.SetUpError):
        machine.want(needs)


def test_a_package_starts_no_daemon_when_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine: Any = load(monkeypatch, "machine")
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(machine, "_POLICY", policy)
    with machine._daemons_stay_off():
        assert os.access(policy, os.X_OK)
        assert subprocess.run([policy, "ceph-mon", "start"], check=False).returncode == 101
    assert not policy.exists()
    policy.write_text("the person's own", encoding="ascii")
    with machine._daemons_stay_off():
        assert policy.read_text(encoding="ascii") == "the person's own"
    assert policy.exists()


def test_what_was_not_run_is_said_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    checks = load_checks(monkeypatch)
    monkeypatch.setattr(checks, "_steps", lambda *_: [])
    monkeypatch.setattr(checks, "_tests", lambda *_: [])
    assert checks.run(None, tmp_path, [], "Please type: apt-get install ceph-mon") == 0
    assert "NOT RUN: the tests on Ceph's S3 gateway. Please type" in capsys.readouterr().out
    assert checks.run(None, tmp_path, []) == 0
    assert "NOT RUN" not in capsys.readouterr().out


def load_checks(monkeypatch: pytest.MonkeyPatch) -> Any:
    load(monkeypatch, "environment")
    load(monkeypatch, "rooms")
    return load(monkeypatch, "checks")


def test_without_arguments_every_file_of_tests_is_run_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rooms: Any = load(monkeypatch, "rooms")
    run = [file for files in rooms.rooms(ROOT).values() for file in files]
    for window in rooms.WINDOW:
        run += [path.relative_to(ROOT).as_posix() for path in (ROOT / window).rglob("test_*.py")]
    there = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(run) == sorted(there)
    assert set(rooms._LONGEST) <= set(rooms.rooms(ROOT))


def test_with_arguments_pytest_gets_them_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = load_checks(monkeypatch)
    ran: list[list[str]] = []
    monkeypatch.setattr(checks, "_passes", lambda _, words: ran.append(words))
    assert checks._tests(SimpleNamespace(python="python"), ROOT, ["-k", "x"]) == ["pytest"]
    assert ran == [["python", "-m", "pytest", "-k", "x"]]


def test_a_room_that_dies_fails_alone_and_is_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rooms: Any = load(monkeypatch, "rooms")
    deeds = {
        "good": "print('1 passed')",
        "dead": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "wrong": "print('FAILED tests/test_x.py::test_y - it is 1'); raise SystemExit(1)",
        "slow": "import threading; threading.Event().wait()",
    }
    window = {
        "window": "print('tests/a.py::test_b PASSED\\ntests/a.py::test_c[x y] ', flush=True);"
        "import os; os._exit(1)"
    }
    monkeypatch.setattr(rooms, "_LIMIT_S", 8.0)
    pytest = tmp_path / "pytest"
    pytest.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "$2"\n')
    pytest.chmod(0o755)
    of, alone = ({room: [deed] for room, deed in those.items()} for those in (deeds, window))
    failed = rooms.run([pytest], of, alone, tmp_path, {})
    assert set(failed) == {"dead", "wrong", "slow", "window"}
    end = capsys.readouterr().out.partition("1 passed")[2].rpartition("\n==")[2]
    assert "\ndead:\n  it ended with exit code -9\n" in end
    assert "\nwindow:\n  it ended with exit code 1\n  in or after tests/a.py::test_c[x y]\n" in end
    assert "\nwrong:\n  FAILED tests/test_x.py::test_y - it is 1\n" in end
    assert "\nslow:\n  it ended with exit code -1\n" in end
