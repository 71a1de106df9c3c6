"""What exists already: the sheet after a drop, the message, and the question, with real input."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gui.desktop import Desktop
from gui.files import FolderWindow, write_file
from gui.program import Program, empty_spot
from gui.server import BUCKET, DemoServer

Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]


@pytest.mark.timeout(400)
def test_a_drop_over_what_exists_asks_and_keeps_both(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    digests = {name: write_file(source / name, 5000) for name in ("новый.bin", "старый.bin")}
    server = serve()
    server.storage.client.put_object(Bucket=BUCKET, Key="старый.bin", Body=b"theirs")
    program = open_window()
    table = program.open_bucket(BUCKET)
    desktop.drag(FolderWindow(desktop, source).take_all(), empty_spot(table))

    # The sheet, as it comes: "ask when it happens", the others go on.
    program.button("startUpload")
    desktop.xdo("key", "Return")
    rows = program.until_rows(
        lambda rows: sorted(row["state"] for row in rows) == ["completed", "paused"],
        "one stored, one waiting",
    )
    assert {row["waiting"] for row in rows} == {None, "conflict"}

    program.press("Decide…")
    program.press("Keep both")
    desktop.xdo("key", "Return")
    program.until_stored(2)
    assert server.storage.keys(BUCKET) == {"новый.bin", "старый.bin", "старый (1).bin"}
    assert server.storage.read_back(BUCKET, "старый (1).bin") == (5000, digests["старый.bin"])
    body = server.storage.client.get_object(Bucket=BUCKET, Key="старый.bin")["Body"]
    assert body.read() == b"theirs"
