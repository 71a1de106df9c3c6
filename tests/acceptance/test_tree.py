"""Real trees go up, and independent clients read every byte back."""

import os
import socket
from pathlib import Path

import pytest
from acceptance import rclone, trees
from acceptance.twin import LONG, Twin, errors, of_summary
from gui.storage import Storage
from servers.ceph.cluster import Cluster

#: The standard library with its own tests has about half of that.
COUNT = 5000 if LONG else 1200


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder full of names that break programs."""
    trees.odd_names(tmp_path / "odd")
    return tmp_path / "odd"


@pytest.mark.timeout(300)
def test_a_tree_of_thousands_arrives_to_the_byte(
    twin: Twin, ceph: Cluster, storage: Storage, bucket: str, odd: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    assert trees.copy_of_stdlib(tree, COUNT) > 300
    odd.rename(tree / "odd names")
    files = trees.files_below(tree)
    size = sum(path.stat().st_size for path in files.values())

    events = twin.run("upload", tree, f"s3://{bucket}/a b/", "--files", "8")

    assert of_summary(events) == {"completed": len(files)}
    assert events[-1]["bytes"] == size
    assert storage.keys(bucket) == {f"a b/tree/{name}" for name in files}
    assert rclone.differences(ceph, tree, bucket, "a b/tree") == []
    assert rclone.same(tree) == len(files)
    assert not storage.unfinished(bucket)
    listed = twin.run("ls", f"s3://{bucket}/a b/", "--recursive")
    assert {row["key"] for row in listed[:-1]} == storage.keys(bucket)
    assert (listed[-1]["objects"], listed[-1]["bytes"]) == (len(files), size)


def test_each_odd_folder_can_be_listed_and_written_to(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"new")
    for name in trees.ODD_NAMES:
        storage.client.put_object(Bucket=bucket, Key=f"{name}/{name}")
    (*rows, _) = twin.run("ls", f"s3://{bucket}/")
    assert {row["key"] for row in rows} == {f"{name}/" for name in trees.ODD_NAMES}
    (bell,) = (name for name in trees.ODD_NAMES if "\x07" in name)
    for name in ("\x01", "new\nline", "carriage\rreturn", bell, "\uffff", "%2F"):
        (row, _) = twin.run("ls", f"s3://{bucket}/{name}/")
        assert row["key"] == f"{name}/{name}"
    assert of_summary(twin.run("upload", file, f"s3://{bucket}/{bell}/")) == {"completed": 1}
    assert storage.read_back(bucket, f"{bell}/file")[0] == 3


def test_the_same_command_again_sends_everything_again(
    twin: Twin, ceph: Cluster, bucket: str, odd: Path
) -> None:
    count = len(trees.files_below(odd))
    first = twin.run("upload", odd, f"s3://{bucket}/")
    (odd / "CON").write_bytes(b"newer")
    (odd / "a.tar.gz").unlink()
    second = twin.run("upload", odd, f"s3://{bucket}/")
    assert of_summary(first) == {"completed": count}
    assert of_summary(second) == {"completed": count - 1}
    # What is no more here stays there: it is no mirror.
    assert rclone.differences(ceph, odd, bucket, "odd") == ["- a.tar.gz"]


def test_what_cannot_be_a_key_is_named_and_the_rest_goes_up(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    prefix = "п/"
    most = trees.deep_file(tree, prefix, trees.MOST_KEY_BYTES)
    too_long = trees.deep_file(tree, prefix, trees.MOST_KEY_BYTES + 1)
    no_text = Path(os.fsdecode(os.fsencode(tree) + b"/caf\xe9.txt"))
    no_text.write_bytes(b"latin-1")
    link, broken, loop = tree / "link", tree / "broken", tree / "loop"
    link.symlink_to(most)
    broken.symlink_to("nowhere")
    loop.symlink_to(tree)
    pipe, door = tree / "pipe", tree / "door"
    os.mkfifo(pipe)
    (tree / "good").write_bytes(b"good")
    with socket.socket(socket.AF_UNIX) as listening:
        # Its path may have 108 bytes only.
        os.chdir(tree)
        listening.bind(door.name)
        os.chdir(tmp_path)

        events = twin.run("upload", tree, f"s3://{bucket}/{prefix}", code=1)

    refused = {too_long, no_text, link, broken, loop, pipe, door}
    assert of_summary(events) == {"completed": 2, "skipped": len(refused)}
    said = {error["title"]: error["detail"] for error in errors(events)}
    assert len(said) == len(refused)

    # A long path is cut where it is shown.
    for name, why in {
        "/dddd": "the key would have 1025 bytes; 1024 are allowed",
        "/caf": "the name is not valid UTF-8",
        "/link": "a symbolic link; links are not followed",
        "/broken": "a symbolic link; links are not followed",
        "/loop": "a symbolic link; links are not followed",
        "/pipe": "not a regular file",
        "/door": "not a regular file",
    }.items():
        assert [said[title] for title in said if name in title] == [why]
    assert storage.keys(bucket) == {
        prefix + path.relative_to(tmp_path).as_posix() for path in (most, tree / "good")
    }


def test_slashes_and_dots_of_a_place_are_kept_and_dots_are_warned_of(
    twin: Twin, storage: Storage, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"where?")
    for number, place in enumerate(("/", "//a///b//", "./", "a/../b/", "a/.b/..c/...d/")):
        events = twin.run("upload", file, f"s3://{bucket}/{place}")
        warned = [error["code"] for error in errors(events)]
        assert warned == (["DotSegments"] if number in {2, 3} else [])
        assert storage.read_back(bucket, f"{place}file")[0] == 6
        assert of_summary(events) == {"completed": 1}
    assert storage.keys(bucket) == {
        "/file",
        "//a///b//file",
        "./file",
        "a/../b/file",
        "a/.b/..c/...d/file",
    }
