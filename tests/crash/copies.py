"""Moves that are killed and started again, and what has to be on the storage in the end.

The moments are data, as those of ``points.py``. The large object is made of parts, so that the
server copies it by its ranges; the small one is copied whole.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from acceptance.twin import of_summary
from crash.points import COMPLETE, CREATE, Point, part
from crash.program import OPTIONS, Program
from crash.scenes import Scene, completes, sent_again, stored_parts, unknown_uploads
from gui.files import MIB, sha256, write_file
from gui.storage import Storage
from servers.talk import Request

FIRST, SECOND = 17 * MIB, 3 * MIB
PART = 5 * MIB
_JOURNAL = "s3gui.transfers.journal:Journal."
_COPIED = "s3gui.transfers.copying.stage:copied"
_LARGE, _SMALL = "new/a%20first", "new/b%20second"
_OLD, _OLD_SMALL = "old/a%20first", "old/b%20second"
_HEAD, _PUT, _DELETE = ("HEAD", "^$"), ("PUT", "^$"), ("DELETE", "^$")


def _at(method: str, when: str = "after", nth: int = 1) -> dict[str, Any]:
    return {"inside": _JOURNAL + method, "when": when, "nth": nth}


def _of(where: str, wire: tuple[str, str], *, carried_out: bool) -> dict[str, Any]:
    return {"path": where, "wire": wire, "carried_out": carried_out}


_POINTS = (
    Point("queued", **_at("add"), seldom=True),
    Point("the original looked at", **_of(_OLD, _HEAD, carried_out=True), seldom=True),
    Point("pinned to its content", **_at("reads"), seldom=True),
    Point("creating, carried out", wire=CREATE, carried_out=True, unknown=1),
    Point("created, the id committed", **_at("created"), seldom=True),
    Point("a range that is never copied", wire=part(2), seldom=True),
    Point("a range copied, without the answer", wire=part(2), carried_out=True),
    Point("a range copied and committed", **_at("part_done", nth=2), seldom=True),
    Point("completing journaled", **_at("completing"), waits=True, seldom=True),
    Point("a Complete without its answer", wire=COMPLETE, carried_out=True),
    Point("copied, not committed", inside=_COPIED, when="before"),
    Point("copied and committed", inside=_COPIED, seldom=True),
    Point("a deletion that never arrives", **_of(_OLD, _DELETE, carried_out=False), seldom=True),
    Point("deleted, without the answer", **_of(_OLD, _DELETE, carried_out=True)),
    Point("deleted, not committed", **_at("done", "before"), seldom=True),
    Point("moved and committed", **_at("done"), seldom=True),
    Point("whole: a copy that never arrives", **_of(_SMALL, _PUT, carried_out=False), seldom=True),
    Point("whole: copied, without the answer", **_of(_SMALL, _PUT, carried_out=True)),
    Point("whole: copied, not committed", inside=_COPIED, when="before", nth=2, seldom=True),
    Point("whole: copied and committed", inside=_COPIED, nth=2),
    Point("whole: deleted", **_of(_OLD_SMALL, _DELETE, carried_out=True), seldom=True),
)
POINTS = tuple(replace(point, scene="move") for point in _POINTS)
#: Of those, what a storage that nobody here wrote has to stand in every run.
ON_CEPH = ("whole: copied, without the answer", "deleted, without the answer")
_IN_PARTS = {CREATE, COMPLETE, part(2)}
_OF_PARTS = ("created", "part_done", "completing")
WHOLE = tuple(
    point
    for point in POINTS
    if point.wire not in _IN_PARTS and not point.inside.endswith(_OF_PARTS)
)


class Move(Scene):
    """A prefix with an object of four parts, and a small one, that gets another name."""

    rows = 2

    def __init__(self, program: Program, storage: Storage, bucket: str) -> None:
        super().__init__(program, storage, bucket)
        self.digests: dict[str, tuple[int, str]] = {}
        for name, size in {"a first.img": FIRST, "b second.img": SECOND}.items():
            path = program.folder / "source"
            write_file(path, size)
            body = path.read_bytes()
            self.digests[name] = (size, sha256(path))
            path.unlink()
            self._store(f"old/{name}", body)

    def _store(self, key: str, body: bytes) -> None:
        client, named = self.storage.client, {"Bucket": self.bucket, "Key": key}
        if len(body) < PART:
            client.put_object(Body=body, **named)
            return
        named["UploadId"] = client.create_multipart_upload(**named)["UploadId"]
        done = []
        for number, at in enumerate(range(0, len(body), PART), start=1):
            piece = body[at : at + PART]
            etag = client.upload_part(PartNumber=number, Body=piece, **named)["ETag"]
            done.append({"PartNumber": number, "ETag": etag})
        client.complete_multipart_upload(MultipartUpload={"Parts": done}, **named)

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        return ("move", f"s3://{self.bucket}/old/", f"s3://{self.bucket}/new/", *OPTIONS)

    def confirmed(self, log: Sequence[Request]) -> set[tuple[str, int]]:
        """The ranges that the storage has and the journal knows of."""
        file = self.program.state_dir / "transfers.sqlite3"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            told = database.execute(
                "SELECT upload_id, number FROM part JOIN transfer ON id = transfer_id"
            )
            journaled = {(str(upload_id), int(number)) for upload_id, number in told}
        assert journaled <= stored_parts(log)
        return journaled

    def moved_again(
        self, confirmed: set[tuple[str, int]], log: Sequence[Request]
    ) -> set[tuple[str, int]]:
        """Those of them that were copied once more."""
        assert all(times == 1 for times in completes(self.program.front.log).values())
        return sent_again(confirmed, log)

    def comes_back(self, point: Point) -> None:
        """Of each object one whole is there, whatever happened."""
        super().comes_back(point)
        for name, whole in self.digests.items():
            there = self.storage.keys(self.bucket) & {f"old/{name}", f"new/{name}"}
            assert there, name
            for key in there:
                assert self.storage.read_back(self.bucket, key) == whole

    def next_start(self, point: Point) -> None:
        """The command for what is unfinished gets to its end."""
        left = self.rows - self.before.count("completed")
        events = self.program.run(
            *("transfers", "resume", *OPTIONS), told={"haste": 60} if point.waits else None
        )
        assert of_summary(events) == ({"completed": left} if left else {}), events[-3:]

    def verify(self) -> None:
        """Each is there once, whole, under its new name; the old one was deleted once."""
        rows = self.program.run("transfers")
        assert [row["state"] for row in rows] == ["completed"] * self.rows, rows
        assert self.storage.keys(self.bucket) == {f"new/{name}" for name in self.digests}
        for name, whole in self.digests.items():
            assert self.storage.read_back(self.bucket, f"new/{name}") == whole
        told = self.storage.client.list_object_versions(Bucket=self.bucket)
        markers = Counter(row["Key"] for row in told["DeleteMarkers"])
        assert markers == {f"old/{name}": 1 for name in self.digests}

    def swept(self, point: Point) -> None:
        """A Create without an answer is named in the journal; of all else nothing is left."""
        found = unknown_uploads(self)
        # While the small object is held, the large one goes on: the kill can meet its Create.
        meets_another = point.name.startswith("whole: ")
        assert len(found) in ({0, 1} if meets_another else {point.unknown}), found
        if not found:
            super().swept(point)
