"""Some seconds of the soak: bad weather damages nothing, loses nothing, leaves nothing behind."""

import os
import time
from pathlib import Path

import pytest
from gui.files import MIB
from servers.demo import demo_server
from servers.tls import Authority
from soak.run import Soak

LONG = bool(os.environ.get("S3GUI_LONG_TESTS"))
MINUTES = 2 if LONG else 1 / 4
#: Both ways in every run, and each of them with TLS and without in a long one.
RUNS = [("up", False), ("down", True)] + ([("up", True), ("down", False)] if LONG else [])


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("direction", "is_safe"), RUNS)
def test_in_bad_weather_every_object_arrives_whole_and_nothing_is_left(
    tmp_path: Path, authority: Authority, direction: str, is_safe: bool
) -> None:
    seed = int(os.environ.get("S3GUI_SEED") or time.time_ns() % 100_000)
    tls = authority if is_safe else None
    with (
        demo_server() as server,
        Soak(tmp_path, server, seed=seed, haste=30, authority=tls) as soak,
    ):
        figures = soak.run(MINUTES, direction)
    told = f"seed {seed}: {figures.said}"
    assert figures.objects >= 24, told
    assert not figures.wrong, told
    assert not figures.lost, told
    assert not figures.strays, told
    assert not figures.to_remove, told
    assert not figures.orphans, told
    # The weather was bad.
    assert figures.struck["503"], told
    assert figures.struck["429"] + figures.struck["reset"], told
    assert max(figures.resident) < 250 * MIB, told
