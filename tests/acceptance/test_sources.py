"""Files that cannot be read, change or go away while they are on their way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from acceptance.twin import PARTED, Event, Run, Twin, errors, of_summary
from gui.files import MIB, sha256, write_file
from gui.storage import Storage
from servers.line import Line

#: root reads everything; without these it is a person like any other.
_AS_ANYBODY = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)


def test_an_unreadable_file_fails_alone(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    for name in ("a", "b/closed", "c/inside", "d"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    (tree / "b" / "closed").chmod(0)
    (tree / "c").chmod(0)
    if os.geteuid() == 0:
        twin.before = _AS_ANYBODY
    try:
        events = twin.run("upload", tree, f"s3://{bucket}/", code=1)
    finally:
        (tree / "c").chmod(0o700)
    assert of_summary(events) == {"completed": 2, "failed": 1, "skipped": 1}
    told = [error["title"] + error["detail"] for error in errors(events)]
    for name in ("tree/c", "tree/b/closed"):
        assert [name in text and "Permission denied" in text for text in told].count(True) == 1
    assert storage.keys(bucket) == {"tree/a", "tree/d"}
    (tree / "b" / "closed").chmod(0o600)
    assert of_summary(twin.run("transfers", "retry")) == {"completed": 1}
    assert "tree/b/closed" in storage.keys(bucket)


@contextmanager
def on_its_way(twin: Twin, line: Line, file: Path, bucket: str) -> Iterator[Run]:
    """An upload with a part stored; after the block the line is fast."""
    line.pace(16 * MIB)
    run = twin.start("upload", file, f"s3://{bucket}/", *PARTED)
    run.wait(lambda event: event.get("parts_done", 0) >= 1, "a part stored")
    line.pace(MIB)
    yield run
    line.pace(0)


def changed(events: list[Event]) -> Event:
    assert of_summary(events) == {"failed": 1}
    (error,) = errors(events)
    assert error["code"] == "SourceChanged"
    assert "large.img" in error["detail"]
    assert error["hint"]
    return error


def append(file: Path) -> None:
    with file.open("ab") as more:
        more.write(b"more")


def rewrite(file: Path) -> None:
    with file.open("r+b") as same:
        same.seek(9 * MIB)
        same.write(b"others")


def truncate(file: Path) -> None:
    os.truncate(file, 20 * MIB)


def replace(file: Path) -> None:
    write_file(file.with_name("other"), 33 * MIB, seed=1)
    file.with_name("other").rename(file)


@pytest.mark.parametrize("change", [append, rewrite, truncate, replace])
def test_a_file_that_changes_is_never_stored_as_a_mix(
    twin: Twin, storage: Storage, bucket: str, line: Line, large: Path, change: object
) -> None:
    assert callable(change)
    with on_its_way(twin, line, large, bucket) as run:
        change(large)
    changed(run.end(1))
    assert storage.keys(bucket) == set()
    assert of_summary(twin.run("transfers", "retry", *PARTED)) == {"completed": 1}
    assert storage.read_back(bucket, large.name)[1] == sha256(large)
    assert not storage.unfinished(bucket)


def test_a_file_that_vanishes_is_said_and_can_be_given_up(
    twin: Twin, storage: Storage, bucket: str, line: Line, large: Path
) -> None:
    with on_its_way(twin, line, large, bucket) as run:
        large.unlink()
    assert "No such file" in changed(run.end(1))["detail"]
    assert storage.keys(bucket) == set()
    (error,) = errors(twin.run("transfers", "retry", code=1))
    assert "No such file" in error["detail"]
    twin.run("transfers", "abort")
    assert not storage.unfinished(bucket)
    assert [row["state"] for row in twin.run("transfers")] == ["cancelled"]
