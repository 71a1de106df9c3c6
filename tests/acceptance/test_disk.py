"""The disk with the journal is full: said in words, nothing half done, and it goes on later."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.disks import SmallDisk
from acceptance.twin import PARTED, Event, Run, Twin, errors, of_summary
from gui.files import sha256
from gui.storage import Storage
from processes import until
from servers.line import Line


@pytest.fixture
def disk(tmp_path: Path, twin: Twin) -> Iterator[SmallDisk]:
    """Where the program has its state."""
    with SmallDisk(tmp_path / "small", twin) as one:
        yield one


def said(events: list[Event]) -> None:
    """The journal is what fails, and it is told what to do."""
    told = [error for error in errors(events) if "list of transfers" in error["title"]]
    assert told
    assert all("disk is not full" in error["hint"] for error in told)


def test_full_from_the_start_nothing_is_begun(
    twin: Twin, storage: Storage, bucket: str, disk: SmallDisk, large: Path
) -> None:
    disk.fill()
    said(twin.run("upload", large, f"s3://{bucket}/", *PARTED, code=1))
    assert storage.keys(bucket) == set()
    assert not storage.unfinished(bucket)
    disk.free()
    assert of_summary(twin.run("upload", large, f"s3://{bucket}/", *PARTED)) == {"completed": 1}
    assert storage.read_back(bucket, large.name)[1] == sha256(large)


def test_full_on_the_way_it_stops_and_goes_on_when_there_is_room(
    disk: SmallDisk,
    under_way: Run,
    twin: Twin,
    storage: Storage,
    bucket: str,
    line: Line,
    large: Path,
) -> None:
    disk.fill(under_way)
    said(under_way.end(1))
    assert storage.keys(bucket) == set()
    line.pace(0)
    until(lambda: line.is_idle, "the line to be given up")
    sent = line.sent
    (upload,) = storage.unfinished(bucket)
    stored = storage.parts(bucket, upload["Key"], upload["UploadId"])
    disk.free()
    assert of_summary(twin.run("upload", large, f"s3://{bucket}/", *PARTED)) == {"completed": 1}
    left = large.stat().st_size - sum(part["Size"] for part in stored)
    assert line.sent - sent <= left * 1.02 + (64 << 10)
    assert storage.read_back(bucket, large.name)[1] == sha256(large)
    assert not storage.unfinished(bucket)


def test_full_among_many_files_none_is_lost(
    twin: Twin, storage: Storage, bucket: str, disk: SmallDisk, tmp_path: Path
) -> None:
    if not disk.is_real:
        pytest.skip("nothing may be mounted here, and with a limit the output would be cut, too")
    many = tmp_path / "many"
    many.mkdir()
    for number in range(300):
        (many / str(number)).write_text(str(number))
    run = twin.start("upload", many, f"s3://{bucket}/", "--files", "2")
    run.wait(lambda event: event.get("state") == "completed", "a file stored")
    disk.fill(run)
    said(run.end(1))
    disk.free()
    twin.run("upload", many, f"s3://{bucket}/")
    assert storage.keys(bucket) == {f"many/{number}" for number in range(300)}
    left = [row for row in twin.run("transfers") if row["state"] != "completed"]
    assert left == []
