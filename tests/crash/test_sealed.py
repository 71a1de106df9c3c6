"""kill -9 where the storage encrypts and has no checksum: only the token tells our object."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from crash.conftest import OpenProgram
from crash.points import COMPLETE, CREATE, Point
from crash.program import OPTIONS, Program
from crash.scenes import Scene, Upload
from gui.files import MIB, write_file
from gui.storage import Storage
from servers.server import Server

from s3gui.domain.etags import UPLOAD_TOKEN

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
_JOURNAL = "s3gui.transfers.journal:Journal."
_SEALED = ("--sse", "aws:kms")


class Sealed(Upload):
    """The same folder; the first Create is taken back, since its answer is the first to say."""

    def __init__(self, program: Program, storage: Storage, bucket: str) -> None:
        super().__init__(program, storage, bucket)
        program.front.checksums = False

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        return (*super().words, *_SEALED)

    def stored(self) -> None:
        """Each object has a token of its own."""
        super().stored()
        tokens = {self._token(key) for key in self.digests}
        assert len(tokens) == len(self.digests)
        assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens), tokens

    def _token(self, key: str) -> str:
        told = self.storage.client.head_object(Bucket=self.bucket, Key=key)["Metadata"]
        return str(told.get(UPLOAD_TOKEN, ""))


class SealedPuts(Sealed):
    """Small files, each in one request, over nothing that is there."""

    def __init__(self, program: Program, storage: Storage, bucket: str) -> None:
        super().__init__(program, storage, bucket)
        folder = program.folder / "small"
        self.digests = {
            f"small/{name}": (size, write_file(folder / name, size))
            for name, size in {"a first.img": MIB, "b second.img": 2 * MIB}.items()
        }
        self._small = folder

    @property
    def words(self) -> Sequence[str | Path]:
        """The command, the first time and the next."""
        where = f"s3://{self.bucket}/"
        return ("upload", self._small, where, *OPTIONS, *_SEALED, "--if-exists", "fail")


def _at(method: str, when: str = "after", nth: int = 1) -> dict[str, Any]:
    return {"inside": _JOURNAL + method, "when": when, "nth": nth}


_PARTS = (
    Point("the empty upload there, not committed", **_at("taken_back", "before"), unknown=1),
    Point("the empty upload to be aborted", **_at("taken_back"), seldom=True),
    Point("the empty upload aborted", **_at("aborted"), seldom=True),
    Point(
        "creating with the token, carried out",
        wire=CREATE,
        nth=2,
        carried_out=True,
        unknown=1,
        seldom=True,
    ),
    Point("completing journaled", **_at("completing"), waits=True, seldom=True),
    Point("a Complete that never arrives", wire=COMPLETE, waits=True, seldom=True),
    Point("a Complete without its answer", wire=COMPLETE, carried_out=True),
    Point("completed, not committed", **_at("done", "before"), seldom=True),
)
_PUTS = (
    Point("the token not committed", **_at("marked", "before"), seldom=True),
    Point("the token committed", **_at("marked"), seldom=True),
    Point("a PUT that never arrives", wire=("PUT", "^$"), seldom=True),
    Point("a PUT without its answer", wire=("PUT", "^$"), carried_out=True),
    Point("put, not committed", **_at("done", "before"), seldom=True),
)
_SCENES: dict[str, type[Scene]] = {"parts": Sealed, "puts": SealedPuts}
POINTS = [
    point
    for point in (
        *(replace(point, scene="parts") for point in _PARTS),
        *(replace(point, scene="puts") for point in _PUTS),
    )
    if LONG or not point.seldom
]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.scene}: {point.name}")
def test_killed_where_etags_prove_nothing(
    point: Point, demo: Server, open_program: OpenProgram
) -> None:
    program, storage, bucket = open_program(demo)
    scene = _SCENES[point.scene](program, storage, bucket)
    scene.prepare()
    program.killed_at(point, *scene.words)
    log = program.front.log
    confirmed, were = scene.confirmed(log), len(log)
    scene.comes_back(point)
    scene.next_start(point)
    assert not scene.moved_again(confirmed, log[were:])
    scene.verify()
    scene.swept(point)
