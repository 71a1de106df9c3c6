"""kill -9 at each named moment, and the next start: nothing lost, nothing twice, no orphan."""

import os

import pytest
from crash.conftest import OpenProgram
from crash.downloads import Download, Drop, Small
from crash.points import POINTS, Point
from crash.scenes import Abort, Scene, Upload
from servers.server import Server

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
ON_CEPH = [point for point in POINTS if LONG or point.on_ceph]
SCENES: dict[str, type[Scene]] = {
    "upload": Upload,
    "abort": Abort,
    "download": Download,
    "drop": Drop,
    "small": Small,
}
ON_DEMO = [point for point in POINTS if LONG or not (point.on_ceph or point.seldom)]


def killed_and_started_again(point: Point, server: Server, open_program: OpenProgram) -> None:
    program, storage, bucket = open_program(server)
    scene = SCENES[point.scene](program, storage, bucket)
    scene.prepare()
    program.killed_at(point, *scene.words)
    log = program.front.log
    confirmed, were = scene.confirmed(log), len(log)
    scene.comes_back(point)
    scene.next_start(point)
    assert not scene.moved_again(confirmed, log[were:])
    scene.verify()
    scene.swept(point)


def names(points: object) -> list[str]:
    assert isinstance(points, list | tuple)
    return [f"{point.scene}: {point.name}" for point in points]


@pytest.mark.parametrize("point", ON_DEMO, ids=names(ON_DEMO))
def test_killed_at(point: Point, demo: Server, open_program: OpenProgram) -> None:
    killed_and_started_again(point, demo, open_program)


@pytest.mark.parametrize("point", ON_CEPH, ids=names(ON_CEPH))
def test_killed_at_on_ceph(point: Point, gateway: Server, open_program: OpenProgram) -> None:
    killed_and_started_again(point, gateway, open_program)
