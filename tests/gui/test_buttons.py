"""Pause, resume and abort by their buttons, judged by what the server saw."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gui.desktop import Desktop
from gui.files import MIB, FolderWindow, write_file
from gui.program import Program, empty_spot
from gui.server import BUCKET, DemoServer
from processes import until

PART = 16 * MIB
SIZE = 20 * PART + 12345
NAME = "запись 1.mkv"
SLOW = 40 * MIB
Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]


@pytest.fixture
def uploading(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> tuple[DemoServer, Program, str]:
    """A file on its way with some parts stored: server, program, and the file's sha256."""
    digest = write_file(source / NAME, SIZE)
    server, program = serve(bytes_per_s=SLOW), open_window()
    table = program.open_bucket(BUCKET)
    folder = FolderWindow(desktop, source)
    desktop.drag(folder.take_all(), empty_spot(table))
    program.wait(lambda line: line.get("parts_done", 0) >= 4, "four parts stored")
    return server, program, digest


def paused(server: DemoServer, program: Program) -> tuple[float, dict[int, Any]]:
    """Presses Pause; when that was, and the parts that are stored once the row shows it."""
    program.choose_transfer(NAME)
    program.press("transferPause")
    pressed = time.time()
    program.until_rows(lambda rows: rows[0]["state"] == "paused", "the row to be paused")
    (upload,) = server.storage.unfinished(BUCKET)
    stored = server.storage.parts(BUCKET, upload["Key"], upload["UploadId"])
    return pressed, {part["PartNumber"]: part["ETag"] for part in stored}


@pytest.mark.timeout(400)
def test_pause_stops_the_bytes_and_keeps_the_parts(
    uploading: tuple[DemoServer, Program, str],
) -> None:
    server, program, _ = uploading
    pressed, stored = paused(server, program)
    assert len(stored) >= 4
    # Three seconds of silence are the proof: nothing arrives later than one second after.
    until(lambda: time.time() > pressed + 3, "three seconds")
    assert not server.bodies_after(pressed + 1)
    (upload,) = server.storage.unfinished(BUCKET)
    left = server.storage.parts(BUCKET, upload["Key"], upload["UploadId"])
    assert {part["PartNumber"]: part["ETag"] for part in left} == stored


@pytest.mark.timeout(400)
def test_resume_sends_no_confirmed_part_again(uploading: tuple[DemoServer, Program, str]) -> None:
    server, program, digest = uploading
    _, stored = paused(server, program)
    before = len(server.parts())
    program.press("transferResume")
    program.until_stored(1)
    again = {part["number"] for part in server.parts()[before:]}
    assert again
    assert not again & stored.keys()
    whole = Counter(part["number"] for part in server.parts() if part["status"] == 200)
    assert set(whole.values()) == {1}
    assert server.storage.read_back(BUCKET, NAME) == (SIZE, digest)


@pytest.mark.timeout(400)
def test_abort_leaves_nothing_on_the_server(uploading: tuple[DemoServer, Program, str]) -> None:
    server, program, _ = uploading
    program.choose_transfer(NAME)
    program.press("transferAbort")
    program.press("Remove the parts from the server")
    program.press("Abort")
    program.until_rows(lambda rows: rows[0]["state"] == "cancelled", "the row to be cancelled")
    until(lambda: not server.storage.unfinished(BUCKET), "the upload to be gone")
    assert server.storage.keys(BUCKET) == set()
