"""What holds for the tree as a whole: sizes, names, the top level, and the binding underneath."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 350
#: Names that say nothing about what a class is for.
VAGUE = ("Manager", "Helper", "Helpers", "Util", "Utils", "Controller")
TOP_LEVEL = {"pyproject.toml", "s3gui", "resources", "tests", "packaging", "README.md", "LICENSE"}
_ROUNDS = 1000
#: Makes signals and calls without a result; a binding that loses references to None and True would
#: crash after some thousand of them (PySide6 6.12.0 on Python 3.11 does). The counts are printed
#: in front and behind; from Python 3.12 on both objects are immortal and the counts stand still.
_REFERENCES = """
import sys
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    sent = Signal(object)

sender = Sender()
sender.sent.connect(lambda value: None)
counts = [(sys.getrefcount(None), sys.getrefcount(True))]
for _ in range(int(sys.argv[1])):
    sender.sent.emit(1)
    sender.setObjectName("x")
counts.append((sys.getrefcount(None), sys.getrefcount(True)))
print(*counts[0], *counts[1], flush=True)
"""


def tracked(*patterns: str) -> list[Path]:
    """The files of the project; those that git does not keep are not ours."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    try:
        told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        # No git, or an archive without its history: all but what .gitignore would have hidden.
        found = [path for pattern in patterns or ("*",) for path in ROOT.rglob(pattern)]
        return [path for path in found if path.is_file() and not _is_hidden(path)]
    return [ROOT / name for name in told.splitlines() if (ROOT / name).is_file()]


def _is_hidden(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part in {"build", "__pycache__"} for part in parts[:-1])


def sources() -> list[Path]:
    """All Python files."""
    return tracked("*.py")


def classes(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def test_there_is_something_to_look_at() -> None:
    assert ROOT / "s3gui" / "__init__.py" in sources()


def test_no_file_has_outgrown_its_room() -> None:
    lengths = {path: len(path.read_bytes().splitlines()) for path in sources()}
    long = [f"{path.relative_to(ROOT)} {n}" for path, n in lengths.items() if n > MOST_LINES]
    assert not long, "\n".join(["", *long])


def test_no_class_has_a_name_that_says_nothing() -> None:
    vague = [(path.name, name) for path in sources() for name in classes(path)]
    assert not [pair for pair in vague if pair[1].endswith(VAGUE)]


def test_the_top_level_is_as_agreed() -> None:
    there = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in there if not name.startswith(".")} <= TOP_LEVEL


def test_the_binding_loses_no_reference() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _REFERENCES, str(_ROUNDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    # An interpreter that lost its last None dies on the way, which is an answer too.
    assert done.returncode == 0, done.stderr
    none_before, true_before, none_after, true_after = map(int, done.stdout.split())
    # A few come and go with what the collector frees meanwhile; the fault loses one a round.
    assert none_after > none_before - _ROUNDS // 2
    assert true_after > true_before - _ROUNDS // 2


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locked_requirements_name_no_place_to_get_them_from(name: str) -> None:
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text


def test_what_ships_is_what_was_tested() -> None:
    runtime, tested = (
        {
            line.split(" \\")[0]
            for line in (ROOT / "packaging" / name).read_text(encoding="utf-8").splitlines()
            if line[:1].isalnum()
        }
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert runtime
    # A marker may be wider where a test tool needs the same thing; the version may not differ.
    pinned = {line.split(" ;")[0] for line in tested}
    assert {line.split(" ;")[0] for line in runtime} <= pinned
