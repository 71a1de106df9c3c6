"""Objects moved, copied, renamed and downloaded by mouse and keyboard in the real program."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from gui.desktop import Desktop, centre
from gui.files import sha256
from gui.program import TABLE, Line, Program
from gui.server import BUCKET, DemoServer
from processes import until

Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]
BODY = b"what is in it" * 1000


def fill(server: DemoServer, *keys: str) -> None:
    for key in keys:
        server.storage.client.put_object(Bucket=BUCKET, Key=key, Body=BODY)


def dialog(program: Program, kind: str) -> None:
    """Waits for a dialog that has the keyboard."""
    program.see(
        lambda windows: [one for one in windows if one["kind"] == kind and one["active"]], kind
    )


def gone(program: Program, text: str) -> None:
    """Waits until a row has left the table."""

    def ask(windows: list[Line]) -> bool:
        views = [view for one in windows for view in one["views"] if view["name"] == TABLE]
        return bool(views) and all(row["text"] != text for row in views[0]["rows"])

    program.see(ask, f"no {text}")


@pytest.mark.timeout(400)
def test_a_row_pulled_onto_a_folder_moves_into_it(
    desktop: Desktop, serve: Serve, open_window: OpenWindow
) -> None:
    server = serve()
    fill(server, "folder/old", "a.txt", "b.txt")
    program = open_window()
    program.open_bucket(BUCKET)
    target = centre(program.row(TABLE, "folder")["rect"])
    desktop.drag(centre(program.row(TABLE, "b.txt")["rect"]), target)
    dialog(program, "PlaceSheet")
    assert server.storage.keys(BUCKET) == {"folder/old", "a.txt", "b.txt"}
    desktop.xdo("key", "Return")
    (row,) = program.until_stored(1)
    assert (row["direction"], row["location"]) == ("copy", f"s3://{BUCKET}/folder/b.txt")
    assert server.storage.keys(BUCKET) == {"folder/old", "a.txt", "folder/b.txt"}
    read = server.storage.read_back(BUCKET, "folder/b.txt")
    assert read == (len(BODY), hashlib.sha256(BODY).hexdigest())
    gone(program, "b.txt")
    program.row(TABLE, "a.txt")


@pytest.mark.timeout(400)
def test_the_keyboard_copies_renames_and_downloads(
    desktop: Desktop, serve: Serve, open_window: OpenWindow, tmp_path: Path
) -> None:
    server = serve()
    fill(server, "folder/old", "a.txt")
    program = open_window()
    program.open_bucket(BUCKET)
    desktop.click(centre(program.row(TABLE, "a.txt")["rect"]))
    desktop.xdo("key", "ctrl+c", "sleep", 0.2)
    program.open_row("folder")
    program.row(TABLE, "old")
    desktop.xdo("key", "ctrl+v")
    program.row(TABLE, "a.txt")
    # A folder, by F2, from where it is listed.
    desktop.xdo("key", "BackSpace")
    desktop.click(centre(program.row(TABLE, "folder")["rect"]))
    desktop.xdo("key", "F2")
    dialog(program, "RenameDialog")
    program.button("Rename", enabled=False)
    desktop.xdo("type", "other")
    program.button("Rename")
    desktop.xdo("key", "Return")
    program.row(TABLE, "other")
    keys = {"a.txt", "other/old", "other/a.txt"}
    until(lambda: server.storage.keys(BUCKET) == keys, "the new names")
    gone(program, "folder")
    # And down it comes.
    target = tmp_path / "down"
    target.mkdir()
    desktop.click(centre(program.row(TABLE, "other")["rect"]))
    desktop.xdo("key", "ctrl+d")
    dialog(program, "DownloadSheet")
    desktop.xdo("key", "alt+t", "sleep", 0.2, "key", "ctrl+a", "type", str(target))
    desktop.xdo("key", "Return")
    found = until(lambda: sorted(target.rglob("*.txt")), "a file that came down")
    assert [path.relative_to(target).as_posix() for path in found] == ["other/a.txt"]
    program.until_rows(
        lambda rows: all(row["state"] == "completed" for row in rows), "everything done"
    )
    assert sha256(target / "other" / "old") == hashlib.sha256(BODY).hexdigest()
