"""Which tests prove which row of the fault matrix: ``python -m faults.matrix`` prints the table.

As a pytest plugin (``-p faults.matrix``) it writes what was collected to the file that ``TABLE``
in the environment names.
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
_TABLE = "FAULTS_TABLE"


@dataclass(frozen=True)
class Row:
    """A row of ``rows.toml``."""

    number: int
    fault: str
    comes: str
    #: ``module:name`` of where it is handled.
    at: str


def rows() -> list[Row]:
    """The rows that have to be proven."""
    told = tomllib.loads((TESTS / "faults" / "rows.toml").read_text(encoding="utf-8"))
    return [Row(int(number), **fields) for number, fields in told.items()]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes row -> tests, without parameters."""
    if _TABLE not in os.environ:
        return
    found: dict[int, list[str]] = {}
    for item in session.items:
        name = item.nodeid.partition("[")[0]
        for mark in item.iter_markers("fault"):
            for number in mark.args:
                if name not in found.setdefault(number, []):
                    found[number].append(name)
    Path(os.environ[_TABLE]).write_text(json.dumps(found), encoding="utf-8")


def collected(root: Path = TESTS.parent) -> dict[int, list[str]]:
    """Row -> the tests marked with it, in a tree of the project."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.json"
        options = "--collect-only -q -p no:cacheprovider -p faults.matrix"
        said = subprocess.run(
            [sys.executable, "-m", "pytest", *options.split(), "tests/faults"],
            cwd=root,
            env=os.environ | {_TABLE: str(table), "PYTHONPATH": f"{root}{os.pathsep}{root}/tests"},
            capture_output=True,
            text=True,
            check=False,
        )
        if not table.exists():
            raise RuntimeError(said.stdout[-2000:] + said.stderr[-2000:])
        told = json.loads(table.read_text(encoding="utf-8"))
    return {int(number): names for number, names in told.items()}


def as_text(found: dict[int, list[str]]) -> str:
    """The table, a row and its tests below it."""
    lines = []
    for row in rows():
        lines.append(f"{row.number:>3}  {row.fault}: {row.comes} ({row.at})")
        lines += [f"       {name.removeprefix('tests/')}" for name in found.get(row.number, [])]
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_text(collected()))  # noqa: T201  what it is for
