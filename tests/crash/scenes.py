"""What is started, killed and started again, and what has to come of it in the end."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from acceptance.twin import of_summary
from crash.points import Point, part
from crash.program import OPTIONS, Program
from gui.files import MIB, write_file
from gui.storage import Storage
from servers.talk import Request

#: Bytes of the file that goes up in parts of 5 MiB, and of the one behind it in the queue.
FIRST, SECOND = 17 * MIB, 6 * MIB
#: After so long nobody waits for the answer of a Create any more.
_SWEPT_S = 12 * 60


class Scene:
    """What is started and killed; ``rows`` is how many rows come of it."""

    rows = 0

    def __init__(self, program: Program, storage: Storage, bucket: str) -> None:
        self.program = program
        self.storage = storage
        self.bucket = bucket
        #: States of the rows as they came back.
        self.before: list[str] = []

    @property
    def words(self) -> Sequence[str | Path]:
        """The command that is killed."""
        raise NotImplementedError

    def prepare(self) -> None:
        """What is done before the command that is killed."""

    def confirmed(self, log: Sequence[Request]) -> set[Any]:
        """What must not move a second time, at the moment of the kill."""
        raise NotImplementedError

    def moved_again(self, confirmed: set[Any], log: Sequence[Request]) -> set[Any]:
        """What of it did all the same."""
        raise NotImplementedError

    def comes_back(self, point: Point) -> None:
        """The rows as the next start shows them: none is lost, none is there twice."""
        rows = self.program.rows()
        places = [row["location"] for row in rows]
        assert len(set(places)) == len(places), places
        assert len(rows) == (self.rows if point.rows is None else point.rows), places
        self.before = [row["state"] for row in rows]

    def next_start(self, point: Point) -> None:
        """What was killed gets to its end."""
        raise NotImplementedError

    def verify(self) -> None:
        """What came of it."""
        raise NotImplementedError

    def swept(self, point: Point) -> None:
        """Nothing is left on the storage, now or a quarter of an hour later."""
        assert not self.storage.unfinished(self.bucket)


class Upload(Scene):
    """A folder with a file of four parts, and one of two parts behind it."""

    rows = 2

    def __init__(self, program: Program, storage: Storage, bucket: str) -> None:
        super().__init__(program, storage, bucket)
        self._folder = program.folder / "files"
        self.digests = {
            f"files/{name}": (size, write_file(self._folder / name, size))
            for name, size in {"a first.img": FIRST, "b second.img": SECOND}.items()
        }

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        return ("upload", self._folder, f"s3://{self.bucket}/", *OPTIONS)

    def confirmed(self, log: Sequence[Request]) -> set[tuple[str, int]]:
        """The parts that the storage has."""
        return stored_parts(log)

    def moved_again(
        self, confirmed: set[tuple[str, int]], log: Sequence[Request]
    ) -> set[tuple[str, int]]:
        """Those of them whose bytes came once more."""
        assert all(times == 1 for times in completes(self.program.front.log).values())
        return sent_again(confirmed, log)

    def comes_back(self, point: Point) -> None:
        """The journal knows of every upload, by its id or by its Create."""
        super().comes_back(point)
        assert len(unknown_uploads(self)) == point.unknown

    def next_start(self, point: Point) -> None:
        """The command for what is unfinished gets to its end; without a row the same once more."""
        words = ("transfers", "resume", *OPTIONS) if self.before else self.words
        events = self.program.run(*words, told={"haste": 60} if point.waits else None)
        left = self.rows - self.before.count("completed")
        assert of_summary(events) == {"completed": left}, events[-3:]

    def verify(self) -> None:
        """Everything is there, once, and whole."""
        rows = self.program.run("transfers")
        assert [row["state"] for row in rows] == ["completed"] * len(rows), rows
        assert len(rows) >= self.rows
        self.stored()

    def swept(self, point: Point) -> None:
        """What a Create without an answer left is removed a quarter of an hour later."""
        assert len(unknown_uploads(self)) == point.unknown
        if point.unknown:
            later = self.program.folder / "later.txt"
            later.write_text("later")
            words = ("upload", later, f"s3://{self.bucket}/later/")
            self.program.run(*words, told={"ahead_s": _SWEPT_S})
        super().swept(point)

    def stored(self) -> None:
        """The objects, by a client that is not ours: each has one version."""
        client = self.storage.client
        told = client.list_object_versions(Bucket=self.bucket)
        versions = Counter(row["Key"] for row in told.get("Versions", []))
        assert not told.get("DeleteMarkers")
        assert versions == dict.fromkeys(self.digests, 1)
        for key, whole in self.digests.items():
            assert self.storage.read_back(self.bucket, key) == whole


class Abort(Upload):
    """The same, killed on its way and then given up."""

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        return ("transfers", "abort")

    def prepare(self) -> None:
        """Parts are stored, and the program is dead."""
        sent = Point("two parts", wire=part(4))
        self.program.killed_at(sent, *super().words)
        assert len(self.storage.unfinished(self.bucket)) == 1

    def next_start(self, point: Point) -> None:
        """The same command once more."""
        self.program.run(*self.words)

    def verify(self) -> None:
        """Nothing of it is left, and it can be begun anew."""
        rows = self.program.run("transfers")
        assert [row["state"] for row in rows] == ["cancelled"] * self.rows
        assert self.storage.keys(self.bucket) == set()
        assert not self.storage.unfinished(self.bucket)
        self.program.run("transfers", "retry", *(str(row["id"]) for row in rows), *OPTIONS)
        self.stored()


def unknown_uploads(scene: Scene) -> list[str]:
    """Uploads on the storage whose id the journal does not have: keys of them.

    The journal has to have their key: as a Create under way, or one without an answer.
    """
    ids, keys = _journaled(scene.program.state_dir)
    unknown = [
        row["Key"] for row in scene.storage.unfinished(scene.bucket) if row["UploadId"] not in ids
    ]
    assert set(unknown) <= keys, (unknown, keys)
    return unknown


def _journaled(state_dir: Path) -> tuple[set[str], set[str]]:
    file = state_dir / "transfers.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        told = database.execute(
            "SELECT upload_id FROM transfer UNION SELECT upload_id FROM abort_todo"
        )
        ids = {id_ for (id_,) in told}
        told = database.execute(
            "SELECT key FROM lost_create UNION"
            " SELECT key FROM transfer WHERE create_intent_at IS NOT NULL"
        )
        return ids, {bytes(key).decode() for (key,) in told}


def stored_parts(log: Sequence[Request]) -> set[tuple[str, int]]:
    """Upload id and number of the parts that the storage confirmed."""
    return {(_upload_id(item), item.part) for item in log if item.part and item.status == 200}


def sent_again(before: set[tuple[str, int]], log: Sequence[Request]) -> set[tuple[str, int]]:
    """Parts that were confirmed, and whose bytes came once more."""
    return before & {(_upload_id(item), item.part) for item in log if item.part}


def completes(log: Sequence[Request]) -> Counter[str]:
    """How often each upload was completed with success."""
    return Counter(
        _upload_id(item)
        for item in log
        if item.method == "POST" and "uploadId=" in item.query and item.status == 200
    )


def _upload_id(request: Request) -> str:
    pairs: dict[str, Any] = dict(pair.partition("=")[::2] for pair in request.query.split("&"))
    return str(pairs.get("uploadId", ""))
