"""kill -9 at random moments, again and again, among many files: all of them arrive in the end."""

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
from crash.program import Deadly, Program, kill
from crash.scenes import completes, sent_again, stored_parts
from gui.files import MIB, write_file
from servers.server import Server

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
KILLS = 20 if LONG else 4
#: Sizes of the files: most are one PutObject, some go up in parts of 5 MiB. The folder is walked in
#: many pieces, most of them after the first kills.
SIZES = [
    *(997 * (n % (6 * KILLS)) for n in range(1_100)),
    *(MIB * (6 + 2 * (n % 6)) for n in range(KILLS)),
]
#: Small files on the wire at once with these options.
IN_FLIGHT = 4 * 3
OPTIONS = ("--part-size", "5M", "--parts", "3", "--files", "3")


def killed(program: Program, chance: random.Random, *words: str | Path) -> str:
    """Starts a command and kills it at a request drawn by lot, before or after it is carried out.

    A Complete that was not carried out costs the next start a minute; those are named points.
    """
    runs: list[Run] = []
    nth = chance.randrange(1, 11)
    carried_out = chance.random() < 0.5
    for method in ("PUT", "POST") if carried_out else ("PUT",):
        program.front.on(
            Deadly(lambda: kill(runs), carried_out=carried_out), method=method, attempt=nth
        )
    runs.append(program.start(*words))
    runs[0].process.wait(60)
    program.front.forget()
    assert runs[0].process.returncode == -signal.SIGKILL, runs[0].events[-3:]
    return f"{'behind' if carried_out else 'at'} {nth}"


@pytest.mark.timeout(600)
def test_killed_at_random_moments_every_file_arrives(
    demo: Server, open_program: OpenProgram, tmp_path: Path
) -> None:
    seed = int(os.environ.get("S3GUI_SEED") or time.time_ns() % 100_000)
    chance = random.Random(seed)
    program, storage, bucket = open_program(demo)
    folder = tmp_path / "many"
    digests = {
        f"many/{number:04}": (size, write_file(folder / f"{number:04}", size, number))
        for number, size in enumerate(SIZES)
    }
    words = ("upload", folder, f"s3://{bucket}/", *OPTIONS)
    moments, again = [], 0
    log = program.front.log
    for number in range(KILLS):
        confirmed, were = stored_parts(log), len(log)
        command = words if number == 0 else ("transfers", "resume", *OPTIONS)
        moments.append(killed(program, chance, *command))
        again += len(sent_again(confirmed, log[were:]))
        rows, unread = program.rows(), program.unread()
        places = {row["location"] for row in rows}
        assert len(places) == len(rows)
        assert places <= {f"s3://{bucket}/{key}" for key in digests}
        assert [one["queued"] for one in unread] == [len(rows)] * (len(rows) < len(digests))
    confirmed, were = stored_parts(log), len(log)
    told = of_summary(program.run("transfers", "resume", *OPTIONS, told={"haste": 60}))
    again += len(sent_again(confirmed, log[were:]))
    sys.stdout.write(f"seed {seed}: {moments}, {told}, confirmed parts sent again: {again}\n")
    rows = program.rows()
    assert Counter(row["state"] for row in rows) == {"completed": len(digests)}
    assert storage.keys(bucket) == set(digests)
    for key, whole in digests.items():
        assert storage.read_back(bucket, key) == whole
    assert not again
    assert not [times for times in completes(log).values() if times > 1]
    # What was in flight, or not journaled yet, is sent again, and nothing else is.
    pages = storage.client.get_paginator("list_object_versions").paginate(Bucket=bucket)
    versions = [row for page in pages for row in page["Versions"]]
    assert len(versions) - len(digests) <= KILLS * IN_FLIGHT
