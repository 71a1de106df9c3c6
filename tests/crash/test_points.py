"""kill -9 at each named moment, and the next start: nothing lost, nothing twice, no orphan."""

import os

import pytest
from crash.conftest import OpenProgram
from crash.points import POINTS, Point
from crash.scenes import (
    SCENES,
    come_back,
    completes,
    sent_again,
    stored_parts,
    swept,
    unknown_uploads,
)
from servers.server import Server

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
ON_CEPH = [point for point in POINTS if LONG or point.on_ceph]
ON_DEMO = [point for point in POINTS if LONG or not point.on_ceph]


def killed_and_started_again(point: Point, server: Server, open_program: OpenProgram) -> None:
    program, storage, bucket = open_program(server)
    scene = SCENES[point.scene](program, storage, bucket)
    scene.prepare()
    program.killed_at(point, *scene.words)
    log = program.front.log
    confirmed, were = stored_parts(log), len(log)
    come_back(scene, point)
    assert len(unknown_uploads(scene)) == point.unknown
    scene.next_start(point)
    assert not sent_again(confirmed, log[were:])
    assert all(times == 1 for times in completes(log).values())
    assert len(unknown_uploads(scene)) == point.unknown
    scene.verify()
    if point.unknown:
        swept(scene)
    assert not storage.unfinished(bucket)


def names(points: object) -> list[str]:
    assert isinstance(points, list | tuple)
    return [f"{point.scene}: {point.name}" for point in points]


@pytest.mark.parametrize("point", ON_DEMO, ids=names(ON_DEMO))
def test_killed_at(point: Point, demo: Server, open_program: OpenProgram) -> None:
    killed_and_started_again(point, demo, open_program)


@pytest.mark.parametrize("point", ON_CEPH, ids=names(ON_CEPH))
def test_killed_at_on_ceph(point: Point, gateway: Server, open_program: OpenProgram) -> None:
    killed_and_started_again(point, gateway, open_program)
