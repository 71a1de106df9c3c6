"""No network: at the start, on the way, and a name that nobody has."""

from pathlib import Path

from acceptance.twin import PARTED, Run, Twin, errors, of_summary
from gui.files import sha256
from gui.storage import Storage
from servers.line import Line


def test_a_server_that_refuses_is_said_and_nothing_is_begun(
    twin: Twin, storage: Storage, bucket: str, line: Line, large: Path
) -> None:
    line.cut()
    (error,) = errors(twin.run("upload", large, f"s3://{bucket}/", *PARTED, code=3))
    assert "127.0.0.1" in error["title"] + error["detail"]
    assert error["hint"]
    assert twin.run("transfers") == []
    line.mend()
    assert of_summary(twin.run("upload", large, f"s3://{bucket}/", *PARTED)) == {"completed": 1}
    assert storage.read_back(bucket, large.name)[1] == sha256(large)


def test_a_name_that_nobody_has_is_said(twin: Twin, large: Path) -> None:
    twin.endpoint = "https://storage.invalid"
    (error,) = errors(twin.run("upload", large, "s3://bucket/", code=3))
    assert "storage.invalid" in error["title"] + error["detail"]
    assert error["hint"]
    assert twin.run("transfers") == []


def test_a_line_that_breaks_is_waited_for_and_what_was_stored_stays(
    under_way: Run, storage: Storage, bucket: str, line: Line, large: Path
) -> None:
    line.cut()
    under_way.wait(lambda event: event.get("waiting") == "network", "it says that it waits")
    (upload,) = storage.unfinished(bucket)
    stored = storage.parts(bucket, upload["Key"], upload["UploadId"])
    sent = line.sent
    line.pace(0)
    line.mend()
    events = under_way.end()
    assert of_summary(events) == {"completed": 1}
    assert errors(events) == []
    left = large.stat().st_size - sum(part["Size"] for part in stored)
    assert line.sent - sent <= left * 1.02 + (64 << 10)
    assert storage.read_back(bucket, large.name)[1] == sha256(large)
    assert not storage.unfinished(bucket)
