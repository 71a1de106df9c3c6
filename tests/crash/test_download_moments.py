"""kill -9 at random moments of a download of many objects: all files are whole in the end."""

import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from acceptance.twin import Run, of_summary
from crash.conftest import OpenProgram
from crash.downloads import fetched, journaled_ranges
from crash.program import Deadly, Program, kill
from gui.files import MIB, sha256
from gui.storage import Storage
from servers.server import Server

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
KILLS = 20 if LONG else 4
#: Sizes of the objects: most come in one answer, some in ranges of 5 MiB.
SIZES = [
    *(997 * n for n in range(10 * KILLS)),
    *(MIB * (6 + 2 * (n % 6)) for n in range(KILLS)),
]
random.Random(1).shuffle(SIZES)
#: On the wire at once, or not on the disk yet, with these options.
IN_FLIGHT = 3 * (3 + 12)
OPTIONS = ("--part-size", "5M", "--parts", "3", "--files", "3")


def killed(program: Program, chance: random.Random, left: int, *words: str | Path) -> str:
    """Starts a command and kills it at a moment drawn by lot.

    At a request for an object, or when it was answered; or some time after one, when the disk and
    the journal are at work.
    """
    runs: list[Run] = []
    nth, carried_out = chance.randrange(1, max(2, min(12, left))), chance.random() < 0.5
    after_s = chance.choice([0, chance.uniform(0, 0.1)])

    def strike() -> None:
        time.sleep(after_s)  # any moment will do, that is the point
        kill(runs)

    program.front.on(
        Deadly(strike, carried_out=carried_out), method="GET", path=r"/many/\d", attempt=nth
    )
    runs.append(program.start(*words))
    runs[0].process.wait(60)
    program.front.forget()
    if runs[0].process.returncode == 0:
        return "too late"
    assert runs[0].process.returncode == -signal.SIGKILL, runs[0].events[-3:]
    return f"{'behind' if carried_out else 'at'} {nth} + {after_s:.2f} s"


def filled(storage: Storage, bucket: str) -> dict[str, bytes]:
    """Objects of these sizes; what is in them by their names."""
    objects = {
        f"{number:03}": random.Random(number).randbytes(size) for number, size in enumerate(SIZES)
    }
    for name, data in objects.items():
        storage.client.put_object(Bucket=bucket, Key=f"many/{name}", Body=data)
    return objects


@pytest.mark.timeout(600)
def test_killed_at_random_moments_every_object_arrives(
    demo: Server, open_program: OpenProgram, tmp_path: Path
) -> None:
    seed = int(os.environ.get("S3GUI_SEED") or time.time_ns() % 100_000)
    chance = random.Random(seed)
    program, storage, bucket = open_program(demo)
    objects = filled(storage, bucket)
    folder = tmp_path / "to" / "many"
    words = ("download", f"s3://{bucket}/many/", folder.parent, *OPTIONS)
    moments, again = [], 0
    log = program.front.log
    for number in range(KILLS):
        confirmed, were = journaled_ranges(program), len(log)
        done = {path.name for path in folder.glob("[0-9]*")}
        command = words if number == 0 else _RESUME
        moments.append(killed(program, chance, len(objects) - len(done), *command))
        again += len(confirmed.intersection(fetched(log[were:])))
        again += len(done & _names(fetched(log[were:])))
        rows = program.run("transfers")
        assert sorted(row["location"] for row in rows) == sorted(
            f"s3://{bucket}/many/{name}" for name in objects
        )
        for path in folder.glob("[0-9]*"):
            assert path.read_bytes() == objects[path.name]
    told = of_summary(program.run(*_RESUME))
    sys.stdout.write(f"seed {seed}: {moments}, {told}, fetched again: {again}\n")
    rows = program.run("transfers")
    assert Counter(row["state"] for row in rows) == {"completed": len(objects)}
    assert sorted(path.name for path in folder.iterdir()) == sorted(objects)
    for name, data in objects.items():
        size, digest = storage.read_back(bucket, f"many/{name}")
        assert (size, digest) == (len(data), sha256(folder / name))
    assert not again
    assert moments.count("too late") <= KILLS // 4
    # What was in flight, or not journaled yet, is fetched again, and nothing else is.
    asked = fetched(log)
    assert len(asked) - len(set(asked)) <= KILLS * IN_FLIGHT


_RESUME = ("transfers", "resume", *OPTIONS)


def _names(ranges: list[tuple[str, int]]) -> set[str]:
    return {key.rpartition("/")[2] for key, _ in ranges}
