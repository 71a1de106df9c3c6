"""Stopping by hand, from the command line: interrupt, pause, resume, abort."""

import signal
import time
from pathlib import Path

from acceptance.twin import PARTED, Run, Twin, of_summary
from gui.files import sha256
from gui.storage import Storage
from processes import until
from servers.line import Line


def test_interrupted_paused_and_resumed_it_sends_no_confirmed_part_again(
    twin: Twin, under_way: Run, storage: Storage, bucket: str, line: Line, large: Path
) -> None:
    under_way.process.send_signal(signal.SIGINT)
    began = time.monotonic()
    events = under_way.end(130)
    assert time.monotonic() - began < 5
    assert events[-1]["interrupted"]
    assert of_summary(events) == {"unfinished": 1}
    (upload,) = storage.unfinished(bucket)
    stored = storage.parts(bucket, upload["Key"], upload["UploadId"])
    assert stored
    line.pace(0)
    until(lambda: line.is_idle, "the line to be given up")
    sent = line.sent

    twin.run("transfers", "pause")
    (row,) = twin.run("transfers")
    assert (row["state"], row["parts_done"]) == ("paused", len(stored))
    assert line.sent == sent
    assert of_summary(twin.run("transfers", "resume", *PARTED)) == {"completed": 1}
    left = large.stat().st_size - sum(part["Size"] for part in stored)
    assert line.sent - sent <= left * 1.02 + (64 << 10)
    assert storage.read_back(bucket, large.name)[1] == sha256(large)
    assert not storage.unfinished(bucket)


def test_aborted_nothing_is_left_and_retried_it_begins_anew(
    twin: Twin, under_way: Run, storage: Storage, bucket: str, line: Line, large: Path
) -> None:
    under_way.kill()
    line.pace(0)
    assert storage.unfinished(bucket)
    twin.run("transfers", "abort")
    assert not storage.unfinished(bucket)
    assert storage.keys(bucket) == set()
    (row,) = twin.run("transfers")
    assert (row["state"], row["parts_done"]) == ("cancelled", 0)
    twin.run("transfers", "retry", str(row["id"]), *PARTED)
    assert storage.read_back(bucket, large.name)[1] == sha256(large)
    assert not storage.unfinished(bucket)


def test_aborted_without_a_line_it_is_told_and_done_when_there_is_one(
    twin: Twin, under_way: Run, storage: Storage, bucket: str, line: Line, large: Path
) -> None:
    under_way.kill()
    line.cut()
    said = twin.run("transfers", "abort", code=1)[-1]
    assert said["code"] == "NotAborted"
    assert storage.unfinished(bucket)
    line.pace(0)
    line.mend()
    twin.run("transfers", "abort")
    assert not storage.unfinished(bucket)
