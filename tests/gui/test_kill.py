"""``kill -9`` in the middle of an upload, again and again: nothing lost, little sent twice."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from gui.desktop import Desktop
from gui.files import MIB, FolderWindow, write_file
from gui.program import Program, empty_spot
from gui.server import BUCKET, DemoServer, Record

from s3gui.settings import Settings

NAME = "резервная копия.img"
#: Ten times a gibibyte where a machine has the time, a shorter version of it everywhere else.
LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
KILLS, SIZE = (10, 1024 * MIB) if LONG else (3, 384 * MIB)
#: Slow enough that each start is killed long before the end.
SLOW = SIZE // (KILLS * 3)
#: Parts of one file at a time as the settings have it; it grows by one after half a minute only.
IN_FLIGHT = Settings().parts_per_file
Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]


@pytest.mark.timeout(600)
def test_killed_at_random_moments_it_goes_on_and_the_object_is_whole(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    chance = random.Random(7)
    digest = write_file(source / NAME, SIZE)
    server = serve(bytes_per_s=SLOW)
    program = open_window()
    table = program.open_bucket(BUCKET)
    folder = FolderWindow(desktop, source)
    desktop.drag(folder.take_all(), empty_spot(table))
    program.wait("progress")
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 2.5))  # any moment will do, that is the point
        program.kill()
        program = open_window()
        (row,) = program.until_rows(lambda rows: len(rows) == 1, "the row after a restart")
        assert row["state"] != "completed"
        program.go_on(NAME)
        program.wait("progress", timeout_s=60)
    program.until_stored(1, timeout_s=200)
    assert server.storage.read_back(BUCKET, NAME) == (SIZE, digest)
    assert not server.storage.unfinished(BUCKET)
    parts = server.parts()
    stored = set(_numbers(parts, 200))
    assert stored == set(range(1, -(-SIZE // (16 * MIB)) + 1))
    # What a kill costs is at most what was in flight, stored or not.
    again = len(parts) - len(stored)
    assert again <= KILLS * IN_FLIGHT
    # What was stored before its confirmation was journaled is found again by ListParts.
    twice = [n for n, times in Counter(_numbers(parts, 200)).items() if times > 1]
    assert not twice


def _numbers(parts: list[Record], status: int) -> list[int]:
    return [part["number"] for part in parts if part["status"] == status]
