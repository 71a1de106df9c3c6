"""``kill -9`` at random moments, on a real storage: nothing lost, and little sent twice."""

import os
import random
import sys
import time
from pathlib import Path

import pytest
from acceptance.twin import LONG, Twin
from gui.files import MIB, write_file
from gui.storage import Storage
from processes import until
from servers.ceph.cluster import Cluster
from servers.line import Line

KILLS, SIZE = (20, 1024 * MIB) if LONG else (4, 256 * MIB)
PART, PARTS = 8 * MIB, 3
#: Of the wire, beside the file's bytes: requests' heads, TLS records, a start's own requests.
HEADS = 1.02
A_START = 64 << 10
KEY = "резервная копия.img"


def stored(storage: Storage, bucket: str) -> int:
    """Bytes in the parts that the server has."""
    uploads = storage.unfinished(bucket)
    assert len(uploads) <= 1
    return sum(
        part["Size"]
        for upload in uploads
        for part in storage.parts(bucket, upload["Key"], upload["UploadId"])
    )


@pytest.mark.timeout(400)
def test_killed_again_and_again_it_goes_on_and_the_object_is_whole(
    twin: Twin,
    ceph: Cluster,
    storage: Storage,
    bucket: str,
    tmp_path: Path,
) -> None:
    seed = int(os.environ.get("S3GUI_SEED") or time.time_ns() % 100_000)
    chance = random.Random(seed)
    digest = write_file(tmp_path / KEY, SIZE)
    words = ["upload", tmp_path / KEY, f"s3://{bucket}/"]
    speed = ["--part-size", str(PART), "--parts", str(PARTS)]
    resent = []
    with Line(tmp_path / "line", ceph.endpoint_tls) as line:
        twin.endpoint = line.endpoint
        # So slow that no start gets to the end before its kill.
        line.pace(SIZE / (KILLS * 1.6))
        before = 0
        for number in range(KILLS):
            sent = line.sent
            # The same command goes on, and so does the one for what is unfinished.
            run = twin.start(*(words if number % 2 == 0 else ["transfers", "resume"]), *speed)
            # Every third dies while it starts, or soon after.
            if number % 3 < 2:
                until(lambda sent=sent: line.sent > sent + A_START, "the first bytes")
            time.sleep(chance.uniform(0.05, 1.2))  # any moment will do, that is the point
            assert run.process.poll() is None, run.events[-3:]
            run.kill()
            until(lambda: line.is_idle, "the line to be given up")
            after = stored(storage, bucket)
            resent.append(line.sent - sent - (after - before))
            before = after
        sent = line.sent
        line.pace(0)
        (*_, summary) = twin.run(*words, *speed)
        in_the_end, total = line.sent - sent, line.sent
    sys.stdout.write(
        f"seed {seed}; sent twice in MiB, kill by kill: {[round(n / MIB, 1) for n in resent]}; "
        f"on the wire {total / SIZE:.3f} times the file, {before / SIZE:.0%} by those killed\n"
    )
    assert (summary["completed"], summary["unfinished"]) == (1, 0)
    assert storage.read_back(bucket, KEY) == (SIZE, digest)
    assert not storage.unfinished(bucket)
    assert len(twin.run("transfers")) == 1
    # A kill costs what was in flight and no more; what the server has confirmed is not sent again.
    in_flight = PARTS * PART * HEADS + A_START
    assert max(resent) <= in_flight
    assert total <= SIZE * HEADS + KILLS * in_flight
    assert in_the_end <= (SIZE - before) * HEADS + A_START
    storage.client.delete_object(Bucket=bucket, Key=KEY)
