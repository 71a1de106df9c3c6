"""Downloads that are killed and started again, and what has to be in the folder in the end."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from acceptance.twin import of_summary
from crash.points import Point
from crash.program import OPTIONS, Program
from crash.scenes import Scene
from gui.files import MIB, sha256, write_file
from gui.storage import Storage
from servers.talk import Request

#: Bytes of the object that comes in ranges of 5 MiB, and of the one behind it.
FIRST, SECOND = 17 * MIB, 3 * MIB
#: A range by its key and its first byte; all of an object by the byte -1.
Range = tuple[str, int]
_SUFFIX = ".s3gui-part"


class Download(Scene):
    """A prefix with an object of four ranges, and a small one behind it, into a folder."""

    #: What is there, by the names of the files.
    sizes: Mapping[str, int] = {"a first.img": FIRST, "b second.img": SECOND}
    rows = len(sizes)

    def __init__(self, program: Program, storage: Storage, bucket: str) -> None:
        super().__init__(program, storage, bucket)
        self.folder = program.folder / "to"
        self.folder.mkdir()
        #: Beside the folder: what is outside stays as it is.
        self._outside = {
            path: write_file(path, 999) for path in (program.folder / "a", program.folder / "b")
        }
        for name, size in self.sizes.items():
            source = program.folder / "source"
            write_file(source, size)
            key = f"tree/{name}"
            storage.client.put_object(Bucket=bucket, Key=key, Body=source.read_bytes())
            source.unlink()
        self._around = self._listed()

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        return ("download", f"s3://{self.bucket}/tree/", self.folder, *OPTIONS)

    def confirmed(self, _log: Sequence[Request]) -> set[Range]:
        """The ranges that the journal has, and the objects whose files have their names."""
        files = [path for path in self.files() if not path.name.endswith(_SUFFIX)]
        named = {(f"tree/{path.name}", -1) for path in files}
        return named | journaled_ranges(self.program)

    def moved_again(self, confirmed: set[Range], log: Sequence[Request]) -> set[Range]:
        """Those of them that were asked for once more."""
        asked = set(fetched(log))
        return confirmed & (asked | {(key, -1) for key, _ in asked})

    def comes_back(self, point: Point) -> None:
        """The rows are there, and nothing has a name that is not whole."""
        super().comes_back(point)
        self._whole()

    def next_start(self, point: Point) -> None:
        """The command for what is unfinished gets to its end; without a row the same once more."""
        words = ("transfers", "resume", *OPTIONS) if self.before else self.words
        left = self.rows - self.before.count("completed")
        events = self.program.run(*words)
        assert of_summary(events) == ({"completed": left} if left else {}), events[-3:]

    def verify(self) -> None:
        """Each file is there and whole, and nothing else is."""
        rows = self.program.run("transfers")
        assert [row["state"] for row in rows] == ["completed"] * self.rows, rows
        assert all(row["verified"] in {"etag", "full"} for row in rows), rows
        assert {path.name for path in self.files()} == self.sizes.keys()
        self._whole()

    def _whole(self) -> None:
        for path in self.files():
            if not path.name.endswith(_SUFFIX):
                found = path.stat().st_size, sha256(path)
                assert found == self.storage.read_back(self.bucket, f"tree/{path.name}")
        for path, digest in self._outside.items():
            assert sha256(path) == digest
        assert self._listed() == self._around

    def files(self) -> list[Path]:
        """All files in the folder, hidden ones too."""
        return [path for path in self.folder.rglob("*") if not path.is_dir()]

    def _listed(self) -> set[str]:
        """Names beside the folder, but for what the program and its launcher keep there."""
        names = {path.name for path in self.program.folder.iterdir()}
        return {name for name in names if not name.endswith(".jsonl")} - {"logs", "state"}


class Small(Download):
    """Many small objects of several sizes, and one among them that comes in ranges."""

    sizes: Mapping[str, int] = {
        f"{number:03}": 6 * MIB if number == 20 else 1 + 4099 * (number % 7) ** 3
        for number in range(50)
    }
    rows = len(sizes)


class Drop(Download):
    """The same, killed on its way and then given up."""

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        return ("transfers", "abort")

    def prepare(self) -> None:
        """Two ranges are on the disk, and the program is dead."""
        two = Point("two ranges", inside="s3gui.transfers.journal:Journal.part_done", nth=2)
        self.program.killed_at(two, *super().words)
        (part,) = self.files()
        assert part.name.endswith(_SUFFIX)

    def confirmed(self, _log: Sequence[Request]) -> set[Range]:
        """Nothing: it was given up."""
        return set()

    def next_start(self, point: Point) -> None:
        """The same command once more."""
        self.program.run(*self.words)

    def verify(self) -> None:
        """Nothing of it is left, and it can be begun anew."""
        rows = self.program.run("transfers")
        assert [row["state"] for row in rows] == ["cancelled"] * self.rows
        assert self.files() == []
        self.program.run("transfers", "retry", *(str(row["id"]) for row in rows), *OPTIONS)
        super().verify()


def journaled_ranges(program: Program) -> set[Range]:
    """Those that the journal has."""
    file = program.state_dir / "transfers.sqlite3"
    if not file.exists():
        return set()
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "SELECT origin_key, (number - 1) * part_bytes FROM part"
            " JOIN transfer ON transfer.id = transfer_id"
        )
        return {(bytes(key).decode(), first) for key, first in rows}


def fetched(log: Sequence[Request]) -> list[Range]:
    """What was asked for by GetObject: keys and first bytes."""
    return [
        (request.path.split("/", 2)[2].replace("%20", " "), _first(request))
        for request in log
        if request.method == "GET" and request.path.count("/") > 1 and not _lists(request)
    ]


def _lists(request: Request) -> bool:
    return request.path.endswith("/") or "list-type" in request.query


def _first(request: Request) -> int:
    found = re.match(r"bytes=(\d+)-", request.headers.get("range", ""))
    return int(found[1]) if found else 0
