"""Objects dragged out of the window arrive in the folder that a real file manager shows.

The file manager is asked for its folder by Direct Save; the bytes come by ordinary download rows.
"""

import contextlib
import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from gui.desktop import Desktop, Point, centre
from gui.files import FolderWindow, sha256
from gui.program import TABLE, TREE, Program
from gui.server import BUCKET, DemoServer
from processes import ProgramError, until

Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]
MIB = 1 << 20
#: The button of the message that a drop was not taken.
REFUSED = "Close this message"


def fill(server: DemoServer, sizes: dict[str, int]) -> dict[str, str]:
    """Puts objects through an independent client; their SHA-256 by key."""
    digests = {}
    for key, size in sizes.items():
        body = random.Random(key).randbytes(size)
        server.storage.client.put_object(Bucket=BUCKET, Key=key, Body=body)
        digests[key] = hashlib.sha256(body).hexdigest()
    return digests


def files_in(folder: Path) -> dict[str, str]:
    """All files under a folder with their SHA-256."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path) for path in paths}


def carry_out(desktop: Desktop, start: Point, end: Point) -> None:
    """Lets go only when a busy machine's file manager can have said that it takes it."""
    desktop.carry(start, end)
    desktop.xdo("sleep", 0.8, "mousemove", *end, "sleep", 0.4, "mouseup", 1)


def drop_in(program: Program, start: Point, folder: FolderWindow) -> None:
    """Drags into the file manager's folder until it takes what is let go there.

    On a busy machine it may not have said in time that it would: then the window says so itself.
    """

    def outcome() -> str:
        if program.transfers():
            return "taken"
        seen = [line["windows"] for line in program.update() if line["event"] == "places"]
        return "refused" if seen and REFUSED in str(seen[-1]) else ""

    for _attempt in range(4):
        carry_out(program.desktop, start, folder.empty_spot)
        if until(outcome, "what became of the drop", 60) == "taken":
            return
        # What is said last counts: a slow one may ask after that.
        with contextlib.suppress(ProgramError):
            until(program.transfers, "rows", 5)
            return
        program.press(REFUSED)
        program.see(lambda windows: REFUSED not in str(windows), "no message")
    raise ProgramError("the file manager takes nothing")


@pytest.mark.timeout(400)
def test_one_object_goes_where_the_file_manager_is(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    server = serve()
    digests = fill(server, {"Отчёт за год.bin": 20 * MIB + 1})
    program, folder = open_window(), FolderWindow(desktop, source)
    program.open_bucket(BUCKET)
    row = program.row(TABLE, "Отчёт за год.bin")
    drop_in(program, centre(row["rect"]), folder)
    (stored,) = program.until_stored(1)
    assert stored["direction"] == "down"
    assert stored["verified"]
    assert files_in(source) == digests


@pytest.mark.timeout(400)
def test_several_objects_and_a_prefix_go_together(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    server = serve()
    digests = fill(
        server,
        {"a.bin": 1000, "b.bin": 0, "папка/deep/c.bin": 3 * MIB, "папка/d.bin": 17, "z": 5},
    )
    program, folder = open_window(), FolderWindow(desktop, source)
    program.open_bucket(BUCKET)
    desktop.click(centre(program.row(TABLE, "a.bin")["rect"]))
    desktop.xdo("sleep", 0.3, "key", "ctrl+a", "sleep", 0.5)
    drop_in(program, centre(program.row(TABLE, "b.bin")["rect"]), folder)
    program.until_stored(5)
    assert files_in(source) == digests


@pytest.mark.timeout(400)
def test_a_prefix_keeps_its_name_and_what_is_there_is_asked_about(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    server = serve()
    digests = fill(server, {"papers/1.txt": 100, "papers/2.txt": 200, "else": 1})
    (source / "papers").mkdir()
    (source / "papers" / "2.txt").write_text("mine")
    program, folder = open_window(), FolderWindow(desktop, source)
    program.open_bucket(BUCKET)
    drop_in(program, centre(program.row(TABLE, "papers")["rect"]), folder)
    rows = program.until_rows(
        lambda rows: sorted(row["state"] for row in rows) == ["completed", "paused"],
        "one file, and one that waits",
    )
    assert [row["waiting"] for row in rows if row["state"] == "paused"] == ["conflict"]
    assert (source / "papers" / "2.txt").read_text() == "mine"
    assert sha256(source / "papers" / "1.txt") == digests["papers/1.txt"]


@pytest.mark.timeout(400)
def test_a_bucket_of_the_tree_and_a_drop_that_nobody_takes(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    server = serve()
    digests = fill(server, {"x/1": 10, "2": 20})
    program, folder = open_window(), FolderWindow(desktop, source)
    program.open_bucket(BUCKET)
    # Onto the desktop itself: nothing there takes it, and nothing is queued.
    row = centre(program.row(TABLE, "2")["rect"])
    carry_out(desktop, row, (200, 900))
    program.press(REFUSED)
    assert program.transfers() == {}
    program.see(lambda windows: REFUSED not in str(windows), "no message")
    drop_in(program, centre(program.row(TREE, BUCKET)["rect"]), folder)
    program.until_stored(2)
    assert files_in(source) == {f"{BUCKET}/{key}": digest for key, digest in digests.items()}
