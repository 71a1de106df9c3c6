"""Each row's handling taken out, to see its tests fail: ``python -m faults.mutations [ROW ...]``.

From the folder ``tests``; works on a copy of the tree and needs some minutes. What is taken out
stands in ``removals.toml``; ``test_matrix.py`` checks that it still is where it is looked for.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from faults.matrix import TESTS, collected

_NOT_COPIED = shutil.ignore_patterns(
    ".git", "build", "dist", "__pycache__", ".*_cache", "*.egg-info", "acceptance", "gui", "ui"
)


@dataclass(frozen=True)
class Edit:
    """In ``file``, ``old`` (which is there once) becomes ``new``."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutation:
    """The program without one piece of handling; all edits together."""

    row: int
    what: str
    edits: tuple[Edit, ...]


def mutations() -> list[Mutation]:
    """What is tried."""
    told = tomllib.loads((TESTS / "faults" / "removals.toml").read_text(encoding="utf-8"))
    return [
        Mutation(one["row"], one["what"], tuple(Edit(**edit) for edit in one["edits"]))
        for one in told["removal"]
    ]


@dataclass(frozen=True)
class Verdict:
    """What the row's tests said of a program without its handling."""

    mutation: Mutation
    #: Names of the tests that failed, the first if the run stopped there.
    failed: tuple[str, ...]
    seconds: float
    said: str

    @property
    def noticed(self) -> bool:
        return bool(self.failed)

    def __str__(self) -> str:
        word = "noticed" if self.noticed else "NOT NOTICED"
        one = self.mutation
        first = self.failed[0].rpartition("::")[2] if self.failed else ""
        return f"{one.row:>3}  {word:<11} {self.seconds:4.0f} s  {one.what}  [{first}]"


def attempt(mutation: Mutation, tests: Iterable[str], tree: Path) -> Verdict:
    """Runs the tests of a row in ``tree`` with the mutation in it, and takes it out again."""
    before = {edit.file: (tree / edit.file).read_text(encoding="utf-8") for edit in mutation.edits}
    began = time.monotonic()
    try:
        for edit in mutation.edits:
            source = (tree / edit.file).read_text(encoding="utf-8")
            if source.count(edit.old) != 1:
                raise LookupError(f"row {mutation.row}: {edit.old!r} is not in {edit.file} once")
            (tree / edit.file).write_text(source.replace(edit.old, edit.new), encoding="utf-8")
        done = _run(tests, tree)
    finally:
        for file, source in before.items():
            (tree / file).write_text(source, encoding="utf-8")
    failed = tuple(
        line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")
    )
    if done.returncode not in {0, 1}:  # killed by its own timeout, which is a failure too
        failed = failed or ("(the run itself)",)
    return Verdict(mutation, failed, time.monotonic() - began, done.stdout[-3000:])


def _run(tests: Iterable[str], tree: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *["-q", "-x", "-p", "no:cacheprovider"], *tests],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": f"{tree}{os.pathsep}{tree / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def main(wanted: Iterable[int]) -> int:
    """Tries the mutations of the rows ``wanted``, all without; returns how many got through."""
    chosen = set(wanted)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="s3gui-mutations-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(TESTS.parent, tree, ignore=_NOT_COPIED)
        tests = collected(tree)
        for mutation in mutations():
            if chosen and mutation.row not in chosen:
                continue
            verdict = attempt(mutation, tests[mutation.row], tree)
            print(verdict, flush=True)  # noqa: T201  what it is for
            if not verdict.noticed:
                missed += 1
                print(verdict.said)  # noqa: T201  as above
    return missed


if __name__ == "__main__":
    sys.exit(main(int(word) for word in sys.argv[1:]))
