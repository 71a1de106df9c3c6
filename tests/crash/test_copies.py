"""kill -9 at each named moment of a move: of each object one whole is there at all times."""

import os

import pytest
from crash.conftest import OpenProgram
from crash.copies import ON_CEPH, POINTS, WHOLE, Move
from crash.points import Point
from servers.server import Server

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
HERE = [point for point in POINTS if LONG or not point.seldom]
THERE = [point for point in WHOLE if LONG or point.name in ON_CEPH]


def killed_and_started_again(point: Point, server: Server, open_program: OpenProgram) -> None:
    scene = Move(*open_program(server))
    program = scene.program
    program.killed_at(point, *scene.words)
    log = program.front.log
    confirmed, were = scene.confirmed(log), len(log)
    scene.comes_back(point)
    scene.next_start(point)
    assert not scene.moved_again(confirmed, log[were:])
    scene.verify()
    scene.swept(point)


@pytest.mark.parametrize("point", HERE, ids=[point.name for point in HERE])
def test_a_move_killed_at(point: Point, demo: Server, open_program: OpenProgram) -> None:
    killed_and_started_again(point, demo, open_program)


@pytest.mark.parametrize("point", THERE, ids=[point.name for point in THERE])
def test_a_move_killed_on_ceph_at(point: Point, gateway: Server, open_program: OpenProgram) -> None:
    killed_and_started_again(point, gateway, open_program)
