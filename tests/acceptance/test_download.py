"""Downloads from a real storage: whole trees, kill -9 at random moments, a disk without room."""

import os
import random
import sys
import time
from pathlib import Path

import pytest
from acceptance import rclone, trees
from acceptance.twin import LONG, PARTED, Event, Twin, errors, of_summary
from gui.files import MIB, sha256, write_file
from gui.storage import Storage
from processes import until
from servers.ceph.cluster import Cluster
from servers.line import Line

COUNT = 5000 if LONG else 600
KILLS, SIZE = (20, 1024 * MIB) if LONG else (3, 128 * MIB)
RANGE, RANGES = 5 * MIB, 3
#: Of the wire, beside the object's bytes: heads, TLS records, a start's own requests.
HEADS = 1.03
A_START = 128 << 10


def parts_done(event: Event) -> int:
    return int(event.get("parts_done", 0))


@pytest.mark.timeout(400)
def test_a_tree_of_thousands_comes_back_to_the_byte(
    twin: Twin, ceph: Cluster, bucket: str, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    trees.copy_of_stdlib(tree, COUNT)
    files = trees.files_below(tree)
    twin.run("upload", tree, f"s3://{bucket}/", "--files", "8")

    events = twin.run("download", f"s3://{bucket}/tree/", tmp_path / "back", "--files", "8")

    assert of_summary(events) == {"completed": len(files)}
    back = trees.files_below(tmp_path / "back" / "tree")
    assert back.keys() == files.keys()
    assert all(sha256(back[name]) == sha256(path) for name, path in files.items())
    assert rclone.differences(ceph, tmp_path / "back" / "tree", bucket, "tree") == []
    levels = {event["verified"] for event in events if event.get("state") == "completed"}
    assert levels <= {"etag", "full"}


def test_odd_names_come_back_or_are_said_to_have_another(
    twin: Twin, bucket: str, tmp_path: Path
) -> None:
    trees.odd_names(tmp_path / "odd")
    files = trees.files_below(tmp_path / "odd")
    twin.run("upload", tmp_path / "odd", f"s3://{bucket}/")
    events = twin.run("download", f"s3://{bucket}/odd/", tmp_path / "back")
    said = [event for event in events if event.get("code") == "NameChanged"]
    back = trees.files_below(tmp_path / "back" / "odd")
    assert len(back) == len(files)
    assert len(back.keys() - files.keys()) == len(said)
    for name in back.keys() & files.keys():
        assert sha256(back[name]) == sha256(files[name])


@pytest.mark.timeout(400)
def test_killed_again_and_again_it_goes_on_and_the_file_is_whole(
    twin: Twin, ceph: Cluster, storage: Storage, bucket: str, tmp_path: Path
) -> None:
    seed = int(os.environ.get("S3GUI_SEED") or time.time_ns() % 100_000)
    chance = random.Random(seed)
    digest = write_file(tmp_path / "source", SIZE)
    storage.client.upload_file(str(tmp_path / "source"), bucket, "копия.img")
    folder = tmp_path / "to"
    words = ["download", f"s3://{bucket}/копия.img", f"{folder}/"]
    speed = ["--part-size", str(RANGE), "--parts", str(RANGES)]
    with Line(tmp_path / "line", ceph.endpoint_tls) as line:
        twin.endpoint = line.endpoint
        # So slow that no start gets to the end before its kill.
        line.pace_back(SIZE / (KILLS * 3.5))
        done = 0
        for number in range(KILLS):
            run = twin.start(*(words if number % 2 == 0 else ["transfers", "resume"]), *speed)
            # Every third dies while it starts, or soon after.
            if number % 3 < 2:
                run.wait(lambda event, done=done: parts_done(event) > done, "one range more")
            time.sleep(chance.uniform(0.05, 1.5))  # any moment will do, that is the point
            assert run.process.poll() is None, run.events[-3:]
            run.kill()
            done = max([done, *(parts_done(event) for event in run.events)])
            until(lambda: line.is_idle, "the line to be given up")
            assert not (folder / "копия.img").exists()
        came = line.came
        line.pace_back(0)
        (*_, summary) = twin.run(*words, *speed)
        last, total = line.came - came, line.came
    sys.stdout.write(
        f"seed {seed}; over the wire {total / SIZE:.3f} times the object, the last start "
        f"{last / SIZE:.0%}\n"
    )
    assert (summary["completed"], summary["unfinished"]) == (1, 0)
    assert [path.name for path in folder.iterdir()] == ["копия.img"]
    assert sha256(folder / "копия.img") == digest
    assert len(twin.run("transfers")) == 1
    # A kill costs what was on the wire, or not on the disk yet, and no more.
    assert done >= KILLS // 2
    assert last <= (SIZE - done * RANGE) * HEADS + A_START
    assert total <= SIZE * HEADS + KILLS * ((RANGES + 2) * RANGE + A_START)
    storage.client.delete_object(Bucket=bucket, Key="копия.img")


def test_without_room_nothing_is_fetched_and_it_goes_on_when_there_is(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path, large: Path
) -> None:
    storage.client.upload_file(str(large), bucket, large.name)
    words = ["download", f"s3://{bucket}/{large.name}", f"{tmp_path}/to/", *PARTED]
    # No file may grow beyond a part of it: what a disk says that takes no file of this size.
    twin.before = ["prlimit", f"--fsize={8 * MIB}:"]
    (failed, *_) = errors(twin.run(*words, code=1))
    assert failed["code"] in {"EFBIG", "DiskFull"}
    assert not list((tmp_path / "to").iterdir())
    twin.before = []
    assert of_summary(twin.run(*words)) == {"completed": 1}
    assert sha256(tmp_path / "to" / large.name) == sha256(large)


def test_a_real_small_disk_is_said_to_be_full(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path, large: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk here")
    storage.client.upload_file(str(large), bucket, large.name)
    disk = tmp_path / "disk"
    disk.mkdir()
    inside = f'mount -t tmpfs -o size=20m s3gui "{disk}" && exec "$@"'
    twin.before = ["unshare", "--mount", "sh", "-c", inside, "sh"]
    events = twin.run("download", f"s3://{bucket}/{large.name}", f"{disk}/", *PARTED, code=1)
    (row,) = (event for event in events if event.get("waiting") == "disk-full")
    assert (row["state"], row["error"]["code"]) == ("paused", "DiskFull")
    assert of_summary(events) == {"unfinished": 1}
    twin.before = []
    assert of_summary(twin.run("transfers", "resume", *PARTED)) == {"completed": 1}
    assert sha256(disk / large.name) == sha256(large)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path
) -> None:
    storage.client.put_object(Bucket=bucket, Key="file", Body=b"1")
    (tmp_path / "to").mkdir(mode=0o500)
    events = twin.run("download", f"s3://{bucket}/file", f"{tmp_path}/to/", code=1)
    (failed,) = errors(events)
    assert failed["code"] == "EACCES"
