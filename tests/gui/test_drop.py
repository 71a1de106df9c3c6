"""Files dragged out of a real file manager arrive whole, wherever on the window they are dropped.

What is stored is read back with boto3 and compared with the file by SHA-256.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from gui.desktop import Desktop, Point, centre
from gui.files import MIB, FolderWindow, sha256, write_file
from gui.program import TABLE, TRANSFERS, TREE, Program, empty_spot
from gui.server import BUCKET, DemoServer

PART = 16 * MIB
#: Every way a file can lie against the part size, under names that people give.
FILES = {
    "пустой.txt": 0,
    "one byte.bin": 1,
    "a bit less & more.dat": PART - 1,
    "ровно часть.raw": PART,
    "👩‍👩‍👧 семья 100%.mov": PART + 1,
    "two+parts=ok?.iso": 2 * PART + 1,
}
Serve = Callable[..., DemoServer]
OpenWindow = Callable[[], Program]


def drop_all(desktop: Desktop, source: Path, target: Point) -> None:
    """Selects all in the folder and drags it to ``target``."""
    folder = FolderWindow(desktop, source)
    desktop.drag(folder.take_all(), target)


@pytest.mark.timeout(400)
def test_files_of_every_size_arrive_whole(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    digests = {name: write_file(source / name, size) for name, size in FILES.items()}
    server, program = serve(), open_window()
    table = program.open_bucket(BUCKET)
    drop_all(desktop, source, empty_spot(table))
    rows = program.until_stored(len(FILES))
    assert {row["location"] for row in rows} == {f"s3://{BUCKET}/{name}" for name in FILES}
    assert all(row["verified"] for row in rows)
    read = {name: server.storage.read_back(BUCKET, name) for name in FILES}
    assert read == {name: (FILES[name], digests[name]) for name in FILES}
    # The listing shows them without a person asking for it.
    for name in FILES:
        program.row(TABLE, name)


@pytest.mark.timeout(500)
def test_a_gibibyte_arrives_whole(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    digest = write_file(source / "big.img", 1024 * MIB)
    server, program = serve(), open_window()
    drop_all(desktop, source, empty_spot(program.open_bucket(BUCKET)))
    program.until_stored(1, timeout_s=200)
    assert server.storage.read_back(BUCKET, "big.img") == (1024 * MIB, digest)
    # Each part once, each whole.
    numbers = [part["number"] for part in server.parts() if part["status"] == 200]
    assert sorted(numbers) == list(range(1, 65))


@pytest.mark.timeout(500)
def test_a_tree_of_a_thousand_files_arrives_whole(
    desktop: Desktop, source: Path, serve: Serve, open_window: OpenWindow
) -> None:
    tree = source / "Проект X"
    for number in range(1000):
        folder = tree / f"папка {number % 10}" / ("deep" if number % 3 else "")
        write_file(folder / f"{number:04d} ё.txt", number * 7, seed=number)
    server, program = serve(), open_window()
    drop_all(desktop, source, empty_spot(program.open_bucket(BUCKET)))
    program.until_stored(1000, timeout_s=240)
    files = {
        path.relative_to(source).as_posix(): path for path in tree.rglob("*") if path.is_file()
    }
    assert len(files) == 1000
    assert server.storage.keys(BUCKET) == set(files)
    for key, path in files.items():
        assert server.storage.read_back(BUCKET, key) == (path.stat().st_size, sha256(path))


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("view", "row", "prefix"),
    [
        (TABLE, "folder", "folder/"),
        (TREE, BUCKET, ""),
        (TRANSFERS, "", "folder/"),
    ],
    ids=["a folder row", "a bucket in the tree", "the transfers pane"],
)
def test_where_it_is_dropped_is_where_it_goes(
    desktop: Desktop,
    source: Path,
    serve: Serve,
    open_window: OpenWindow,
    view: str,
    row: str,
    prefix: str,
) -> None:
    digest = write_file(source / "файл.bin", 1000)
    server = serve()
    server.storage.client.put_object(Bucket=BUCKET, Key="folder/old", Body=b"old")
    program = open_window()
    program.open_bucket(BUCKET)
    if view == TRANSFERS:
        # Its place is the folder that is shown; while it is empty it has no rows to aim between.
        program.open_row("folder")
        x, y, width, height = program.button("transferPause", enabled=False)["rect"]
        target = (x + 3 * width, y + 3 * height)
    else:
        target = centre(program.row(view, row)["rect"])
    drop_all(desktop, source, target)
    (stored,) = program.until_stored(1)
    assert stored["location"] == f"s3://{BUCKET}/{prefix}файл.bin"
    assert server.storage.read_back(BUCKET, f"{prefix}файл.bin") == (1000, digest)
