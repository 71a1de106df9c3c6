"""The program on disks that fail: what the tests of crashes start from, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.conftest import demo, open_program, takes_a_while  # noqa: F401  fixtures, used by name
from crash.points import Point, part
from crash.program import OPTIONS, Program
from gui.files import MIB, write_file
from gui.storage import Storage
from servers.server import Server

LARGE = 17 * MIB


@pytest.fixture
def place(demo: Server, open_program) -> tuple[Program, Storage, str]:  # type: ignore[no-untyped-def]  # noqa: F811
    """The program, a look at the storage behind it, and a bucket there."""
    opened: tuple[Program, Storage, str] = open_program(demo)
    return opened


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Path]:
    """A file of four parts."""
    path = tmp_path / "files" / "large.img"
    write_file(path, LARGE)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def half_sent(place: tuple[Program, Storage, str], large: Path) -> Path:
    """The same after a kill: three parts of it are on the storage."""
    program, _, bucket = place
    program.killed_at(Point("three parts", wire=part(4)), *words(large, bucket))
    return large


def words(path: Path, bucket: str) -> tuple[str | Path, ...]:
    """Uploads it."""
    return ("upload", path, f"s3://{bucket}/", *OPTIONS)
