"""The window on a real storage: dragged out of a file manager, then paused, resumed, aborted."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance import rclone, trees
from acceptance.storage import storage_of
from acceptance.twin import LONG
from gui.desktop import Desktop, missing
from gui.files import MIB, FolderWindow, write_file
from gui.program import Program, empty_spot
from gui.storage import Storage
from processes import until
from servers.ceph.cluster import Cluster
from servers.ceph.window import options
from servers.line import Line
from servers.server import User

COUNT = 5000 if LONG else 300
NAME = "запись 1.mkv"
PART = 16 * MIB
SIZE = 8 * PART + 12345
#: Beside the file manager's window.
PLACE = (476, 28, 1276, 940)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    """A fresh desktop; nothing of the machine's own is seen on it."""
    if why := missing():
        pytest.skip(why)
    with Desktop(tmp_path) as one:
        yield one


@pytest.fixture
def dora(ceph: Cluster) -> User:
    """Somebody with few buckets: the one of the test has to be in sight."""
    return ceph.user(f"dora-{secrets.token_hex(4)}", "Dora")


@pytest.fixture
def storage(ceph: Cluster, dora: User) -> Iterator[Storage]:
    """Her look at what is stored."""
    with storage_of(ceph, dora) as look:
        yield look


@pytest.fixture
def window(desktop: Desktop, ceph: Cluster, dora: User, line: Line) -> Iterator[Program]:
    """The program, signed in as her, connected by way of the line."""
    own = dora.credentials
    keys = {"AWS_ACCESS_KEY_ID": own.access_key, "AWS_SECRET_ACCESS_KEY": own.secret_key}
    words = [line.endpoint if word == ceph.endpoint_tls else word for word in options(ceph)]
    state = ["--state-dir", str(desktop.folder / "state")]
    with Program(desktop, [*words, *state], env=keys) as program:
        program.place(PLACE)
        yield program


def dropped(desktop: Desktop, window: Program, bucket: str, folder: Path) -> str:
    """A file on its way with some parts stored; its sha256."""
    digest = write_file(folder / NAME, SIZE)
    table = window.open_bucket(bucket)
    shown = FolderWindow(desktop, folder)
    desktop.drag(shown.take_all(), empty_spot(table))
    window.wait(lambda row: row.get("parts_done", 0) >= 2, "two parts stored")
    return digest


@pytest.mark.timeout(180)
def test_paused_and_resumed_by_hand_it_sends_no_confirmed_part_again(
    desktop: Desktop, window: Program, storage: Storage, bucket: str, line: Line, tmp_path: Path
) -> None:
    line.pace(24 * MIB)
    digest = dropped(desktop, window, bucket, tmp_path / "source")

    window.choose_transfer(NAME)
    window.press("transferPause")
    window.until_rows(lambda rows: rows[0]["state"] == "paused", "the row to be paused")
    line.pace(0)
    until(lambda: line.is_quiet, "no further byte")
    sent = line.sent
    (upload,) = storage.unfinished(bucket)
    stored = storage.parts(bucket, upload["Key"], upload["UploadId"])
    assert stored

    window.press("transferResume")
    (row,) = window.until_stored(1)
    assert row["verified"]
    left = SIZE - sum(part["Size"] for part in stored)
    # No confirmed part again.
    assert line.sent - sent <= left * 1.02 + (256 << 10)
    assert storage.read_back(bucket, NAME) == (SIZE, digest)
    assert not storage.unfinished(bucket)
    storage.client.delete_object(Bucket=bucket, Key=NAME)


@pytest.mark.timeout(180)
def test_aborted_by_hand_nothing_is_left(
    desktop: Desktop, window: Program, storage: Storage, bucket: str, line: Line, tmp_path: Path
) -> None:
    line.pace(24 * MIB)
    dropped(desktop, window, bucket, tmp_path / "source")
    assert storage.unfinished(bucket)
    window.choose_transfer(NAME)
    window.press("transferAbort")
    window.press("Remove the parts from the server")
    window.press("Abort")
    window.until_rows(lambda rows: rows[0]["state"] == "cancelled", "the row to be cancelled")
    until(lambda: not storage.unfinished(bucket), "the upload to be gone")
    assert storage.keys(bucket) == set()
    line.pace(0)
    until(lambda: line.is_quiet, "no further byte")
    assert storage.keys(bucket) == set()
    assert not storage.unfinished(bucket)


@pytest.mark.timeout(420)
def test_a_tree_dropped_by_hand_arrives_to_the_byte(
    desktop: Desktop,
    window: Program,
    storage: Storage,
    bucket: str,
    ceph: Cluster,
    dora: User,
    tmp_path: Path,
) -> None:
    tree = tmp_path / "source" / "tree"
    trees.copy_of_stdlib(tree, COUNT)
    trees.odd_names(tree / "odd names")
    files = trees.files_below(tree)
    table = window.open_bucket(bucket)
    shown = FolderWindow(desktop, tree.parent)
    desktop.drag(shown.take_all(), empty_spot(table))

    window.until_stored(len(files), timeout_s=300)

    assert storage.keys(bucket) == {f"tree/{name}" for name in files}
    assert rclone.differences(ceph, tree, bucket, "tree", dora) == []
    assert rclone.same(tree) == len(files)
    assert not storage.unfinished(bucket)
