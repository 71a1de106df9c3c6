"""Keys that expire in the middle of an upload: new ones are typed in, and it goes on."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.kit import Seen
from gui.conftest import PLACE
from gui.desktop import Desktop, centre
from gui.files import MIB, FolderWindow, sha256, write_file
from gui.program import TREE, Line, Program, empty_spot
from servers.demo import demo_server
from servers.front import Forward, Front
from servers.lies import expired_token
from servers.lying import Action, Talk

from s3gui.domain.transfer import Waiting
from s3gui.domain.words import waiting_word

NAME = "holiday.mkv"
PART = 16 * MIB
SIZE = 9 * PART + 4321
OLD = "ASIAOLDKEYOFTHATPERSON"


class Temporary(Action):
    """Takes a key for the storage's own until it has expired; what has other keys is forwarded."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self, talk: Talk) -> None:
        if f"Credential={OLD}/" not in talk.request.headers.get("authorization", ""):
            Forward()(talk)
        elif self.over.is_set():
            expired_token()(talk)
        else:
            # Signed anew, and slow enough for the file to be on its way for some seconds.
            slow = (lambda: talk.server.pause(1)) if talk.request.part else None
            Forward(ask=(("$^", ""),), before=slow)(talk)


@pytest.fixture
def front() -> Iterator[Front]:
    with demo_server() as demo, Front(demo) as one:
        yield one


@pytest.fixture
def window(desktop: Desktop, front: Front) -> Iterator[Program]:
    """Connected with keys that will not last."""
    keys = {"AWS_ACCESS_KEY_ID": OLD, "AWS_SECRET_ACCESS_KEY": "any"}
    words = ["--endpoint", front.endpoint, "--region", front.server.profile.region]
    state = ["--state-dir", str(desktop.folder / "state")]
    words += ["--addressing", "path", "--keys-from-env", *state]
    with Program(desktop, words, env=keys) as program:
        program.place(PLACE)
        yield program


def write_in(desktop: Desktop, window: Program, field: str, text: str) -> None:
    """Types into a field in the place of what is there."""

    def ask(windows: list[Line]) -> Line | None:
        fields = [one for top in windows for one in top["fields"] if one["name"] == field]
        return fields[0] if fields else None

    desktop.click(centre(window.see(ask, f"field {field}")["rect"]))
    desktop.xdo("key", "ctrl+a")
    desktop.xdo("type", "--delay", 5, text)


@pytest.mark.timeout(400)
def test_expired_keys_are_said_at_once_and_new_ones_go_on_where_it_stopped(
    desktop: Desktop, source: Path, front: Front, window: Program
) -> None:
    digest = write_file(source / NAME, SIZE)
    bucket = f"keys-{uuid.uuid4().hex[:8]}"
    seen = Seen(front, bucket)
    seen.client.create_bucket(Bucket=bucket)
    keys = Temporary()
    front.on(keys)
    table = window.open_bucket(bucket)
    desktop.drag(FolderWindow(desktop, source).take_all(), empty_spot(table))
    window.wait(lambda row: row.get("parts_done", 0) >= 2, "two parts stored")

    keys.over.set()
    row = window.wait(
        lambda row: row.get("waiting") == Waiting.CREDENTIALS.value, "word of it", timeout_s=30
    )
    assert waiting_word(Waiting(row["waiting"])) == "Sign in again"
    assert row["state"] == "queued"
    kept, upload = seen.parts(), seen.unfinished()
    assert len(kept) >= 2
    assert upload == [row["upload_id"]]
    assert not seen.calls()["Abort"]

    desktop.click(centre(window.first_row(TREE)["rect"]))
    desktop.xdo("key", "F5")
    window.press("Edit the connection…")
    own = front.behind.credentials
    write_in(desktop, window, "accessKey", own.access_key)
    write_in(desktop, window, "secretKey", own.secret_key)
    window.press("Save")
    window.until_stored(1)
    assert [seen.sends()[number] for number in kept] == [1] * len(kept), "none of them again"
    assert seen.calls()["Create"] == seen.calls()["Complete"] == 1
    found = Path(source.parent / "back")
    found.write_bytes(seen.content(NAME))
    assert (found.stat().st_size, sha256(found)) == (SIZE, digest)
