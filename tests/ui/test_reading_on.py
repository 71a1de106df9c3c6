"""What the last run did not read to its end: the window says so, and how it ends."""

from dataclasses import replace
from pathlib import Path

from ui.conftest import Opener

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.queueing import Reading, ScanResult, Skipped, Unread, Wanted
from s3gui.domain.transfer import Direction
from s3gui.domain.unread_words import not_read
from s3gui.ui.flow.reading_on import ReadingOn
from s3gui.ui.theme import Tone

FOLDER = Unread(
    id=7,
    direction=Direction.UPLOAD,
    profile_id="p",
    source_profile_id="",
    paths=(Path("/data/footage"), Path("/data/b")),
    wanted=(),
    where=Location("b", "x/"),
    folder=Path(),
    as_name="",
    exactly=False,
    is_move=False,
    queued=1_350,
    queued_bytes=10**9,
    reading=Reading.ON,
)
LIST = replace(
    FOLDER, id=8, direction=Direction.DOWNLOAD, paths=(), wanted=(Wanted(Location("b", "from/")),)
)


async def test_it_is_told_until_it_is_over(open_window: Opener) -> None:
    world, window = await open_window()
    flow, messages = ReadingOn(window), window.pane.messages
    (tell,) = world.queue.unread_watchers
    tell(FOLDER)
    assert messages.messages[-1].text == (
        "/data/footage and 1 more was still being read when s3gui ended."
        " It is being read again; 1\u202f350 files so far"
    )
    assert messages.messages[-1].tone is Tone.ACCENT  # nobody has to do anything
    tell(replace(FOLDER, queued=6_350))
    assert [one.text.split("; ")[1] for one in messages.messages] == ["6\u202f350 files so far"]
    tell(replace(LIST, queued=1, reading=Reading.WAITS))
    assert messages.messages[-1].text == (
        "s3://b/from/ was still being listed when s3gui ended. It is listed again as soon as its"
        " connection is open; 1 object so far"
    )
    left = (Skipped(Path("/data/footage/x"), "a symbolic link"),)
    over = replace(FOLDER, reading=Reading.OVER)
    tell(replace(over, result=ScanResult("b1", 2_000, 10**9, left)))
    said = messages.messages[-1]
    assert said.text.startswith("/data/footage and 1 more: read to its end now. Queued: 2")
    assert said.error is not None
    assert "/data/footage/x: a symbolic link" in said.error.detail
    error = not_read(LIST, S3guiError("Denied", code="AccessDenied"))
    tell(replace(LIST, reading=Reading.OVER, error=error))
    assert messages.messages[-1].error is error
    assert len(messages.messages) == 2
    flow.close()
    assert world.queue.unread_watchers == []


async def test_the_rest_can_be_left(open_window: Opener) -> None:
    world, window = await open_window()
    flow, messages = ReadingOn(window), window.pane.messages
    (tell,) = world.queue.unread_watchers
    tell(FOLDER)
    message = messages.messages[-1]
    assert message.caption == "Leave the rest"
    assert message.action is not None
    message.action()
    assert world.queue.left_out == [[7]]
    flow.close()
