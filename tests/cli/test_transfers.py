"""``s3gui transfers`` and ``s3gui ls`` from outside."""

import json
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.kit import Program, Server, StartServer
from cli.test_upload import MIB, SLOW, make_file, until_parts

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]


@pytest.fixture
def unfinished(
    serve: StartServer, program: Install, tmp_path: Path
) -> tuple[Server, Program, Path]:
    """An upload of six parts that was killed after its third."""
    server = serve(*SLOW)
    run = program(server)
    file = make_file(tmp_path / "large.bin", 30 * MIB)
    child = run.start("upload", file, "s3://bucket/", "--part-size", "5M", "--parts", "2")
    # The third began when one of the first two was answered, and took long enough for the journal
    # to have that one.
    until_parts(server, 3)
    child.kill()
    child.communicate()
    return server, run, file


def uploads(client: Any) -> list[Any]:
    found: list[Any] = client.list_multipart_uploads(Bucket="bucket").get("Uploads", [])
    return found


def test_resume_goes_on_where_a_killed_upload_was(
    unfinished: tuple[Server, Program, Path], client: Connect
) -> None:
    server, run, file = unfinished
    events = run.json("transfers", "resume", "--parts", "2")
    assert events[-1]["completed"] == 1
    assert len(server.parts()) <= 6 + 2
    body = client(server).get_object(Bucket="bucket", Key="large.bin")["Body"].read()
    assert body == file.read_bytes()
    [row] = run.json("transfers", "list", connect=False)
    assert (row["state"], row["moved"]) == ("completed", 30 * MIB)


def test_resume_without_the_connection_says_what_is_missing(
    unfinished: tuple[Server, Program, Path],
) -> None:
    _, run, _ = unfinished
    events = run.json("transfers", "resume", connect=False, code=3)
    [error] = [event for event in events if event["event"] == "error"]
    assert error["code"] == "NeedsCredentials"
    assert "--endpoint" in error["hint"]
    assert [row["state"] for row in run.json("transfers", connect=False)] == ["queued"]


def test_pause_keeps_the_parts_and_needs_no_network(
    unfinished: tuple[Server, Program, Path], client: Connect
) -> None:
    server, run, _ = unfinished
    run.json("transfers", "pause", connect=False)
    [row] = run.json("transfers", connect=False)
    assert row["state"] == "paused"
    assert row["parts_done"] >= 1
    assert len(uploads(client(server))) == 1
    run.json("transfers", "pause", str(row["id"]), connect=False)  # twice is once
    assert run.json("transfers", "resume", str(row["id"]))[-1]["completed"] == 1


def test_abort_removes_the_parts_from_the_server(
    unfinished: tuple[Server, Program, Path], client: Connect
) -> None:
    server, run, _ = unfinished
    run.json("transfers", "abort")
    assert uploads(client(server)) == []
    [row] = run.json("transfers", connect=False)
    assert row["state"] == "cancelled"
    events = run.json("transfers", "abort", str(row["id"]), code=1)
    assert events[0]["code"] == "WrongState"


def test_abort_that_keeps_the_parts_can_be_retried(
    unfinished: tuple[Server, Program, Path], client: Connect
) -> None:
    server, run, _ = unfinished
    run.json("transfers", "abort", "--keep-parts", connect=False)
    assert len(uploads(client(server))) == 1
    [row] = run.json("transfers", connect=False)
    assert run.json("transfers", "retry")[-1]["completed"] == 0  # all: what failed, not cancelled
    assert run.json("transfers", "retry", str(row["id"]))[-1]["completed"] == 1
    assert len(server.parts()) <= 6 + 2


def test_abort_without_the_connection_says_that_something_is_left(
    unfinished: tuple[Server, Program, Path], client: Connect
) -> None:
    server, run, _ = unfinished
    events = run.json("transfers", "abort", connect=False, code=1)
    assert events[-1]["code"] == "NotAborted"
    assert len(uploads(client(server))) == 1
    # Any later command with that connection drains it.
    run.json("transfers", "abort", code=0)
    assert uploads(client(server)) == []


def test_retry_sends_what_failed(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    run = program(server)
    run.json("upload", make_file(tmp_path / "a", 3), "s3://later/", code=1)
    client(server).create_bucket(Bucket="later")
    assert run.json("transfers", "retry")[-1]["completed"] == 1
    assert client(server).head_object(Bucket="later", Key="a")["ContentLength"] == 3


def test_an_id_that_is_not_in_the_list_is_a_matter_of_usage(
    serve: StartServer, program: Install
) -> None:
    run = program(serve())
    for action in ("list", "resume", "pause", "abort", "retry"):
        [error] = run.json("transfers", action, "7", connect=False, code=2)
        assert "7" in error["title"]


def test_a_journal_that_another_process_has_is_said_at_once(
    serve: StartServer, program: Install, tmp_path: Path
) -> None:
    server = serve("--slow", "4e6")  # on a busy machine, too, it outlasts the other commands
    run = program(server)
    file = make_file(tmp_path / "large.bin", 100 * MIB)
    child = run.start("upload", file, "s3://bucket/", "--part-size", "5M", "--parts", "2")
    try:
        until_parts(server, 1)
        for action in ("list", "pause"):
            [error] = run.json("transfers", action, connect=False, code=1)
            assert "s3gui" in error["title"] + error["detail"]
            assert error["hint"]
        other = run.json("upload", make_file(tmp_path / "b", 1), "s3://bucket/", code=1)
        assert other[-1]["event"] == "error"
    finally:
        child.kill()
        child.communicate()


def test_the_list_of_nothing_is_empty_and_makes_no_connection(
    serve: StartServer, program: Install
) -> None:
    server = serve()
    before = len(server.requests())
    done = program(server).run("transfers", connect=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(server.requests()) == before


def test_a_listing_has_prefixes_objects_and_buckets(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    run = program(server)
    s3 = client(server)
    for key in ("a/1", "a/b/2", "c", "d d/é😀"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"abc")

    buckets = run.json("ls")
    assert [event.get("bucket") for event in buckets] == ["bucket", None]
    top = run.json("ls", "s3://bucket")
    assert [(event["kind"], event["key"]) for event in top[:-1]] == [
        ("prefix", "a/"),
        ("prefix", "d d/"),
        ("object", "c"),
    ]
    assert {key: top[-1][key] for key in ("objects", "prefixes", "bytes")} == {
        "objects": 1,
        "prefixes": 2,
        "bytes": 3,
    }
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket="bucket", Key="a/1")
    under = run.json("ls", "s3://bucket/a/", "--versions")
    assert [(event["kind"], event["key"]) for event in under[:-1]] == [
        ("prefix", "a/b/"),
        ("delete-marker", "a/1"),
        ("version", "a/1"),
    ]
    of_one = run.json("ls", "s3://bucket/a/1", "--versions")
    assert [event["is_latest"] for event in of_one[:-1]] == [True, False]
    s3.delete_object(Bucket="bucket", Key="a/1", VersionId=of_one[0]["version_id"])
    every = run.json("ls", "s3://bucket/", "--recursive")
    assert sorted(event["key"] for event in every[:-1]) == ["a/1", "a/b/2", "c", "d d/é😀"]
    one = run.json("ls", "s3://bucket/c")
    assert (one[0]["key"], one[0]["size"], one[0]["etag"]) == (
        "c",
        3,
        "900150983cd24fb0d6963f7d28e17f72",
    )
    assert run.json("ls", "s3://bucket/none/")[-1]["objects"] == 0


def test_a_place_that_is_not_there_is_said(serve: StartServer, program: Install) -> None:
    run = program(serve())
    assert run.json("ls", "s3://nobody/", code=1)[-1]["code"] == "NoSuchBucket"
    [error] = run.json("ls", "s3://bucket/a", code=1)
    assert "/" in error["hint"]


def test_a_reader_that_leaves_ends_the_listing_quietly(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    s3 = client(server)
    for number in range(200):
        s3.put_object(Bucket="bucket", Key=f"{number:03}" + "x" * 900, Body=b"")
    child = program(server).start("ls", "s3://bucket/", "--json")
    assert child.stdout is not None
    assert child.stderr is not None
    first = json.loads(child.stdout.readline())
    child.stdout.close()
    errors = child.stderr.read()
    child.stderr.close()
    assert first["key"].startswith("000")
    assert child.wait(20) in {0, 1}
    assert errors == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_an_output_that_cannot_be_written_is_said_once(
    serve: StartServer, program: Install
) -> None:
    run = program(serve())
    for words in (["ls"], ["ls", "--json"]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                run.command(*words), env=run.env, stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert done.returncode == 1
        assert done.stderr == b"The output cannot be written: No space left on device\n"


def test_connections_are_found_by_name_and_must_be_saved(
    serve: StartServer, program: Install
) -> None:
    server = serve()
    run = program(server)
    [error] = run.json("ls", connect=False, code=2)
    assert "--endpoint" in error["hint"]
    run.state_dir.mkdir(mode=0o700, exist_ok=True)
    saved = [
        {"id": name, "name": name.upper(), "endpoint": server.endpoint, "addressing": "path"}
        for name in ("one", "two")
    ]
    path = run.state_dir / "profiles.json"
    path.write_text(json.dumps({"connections": saved}))
    [error] = run.json("ls", connect=False, code=2)
    assert "ONE, TWO" in error["detail"]
    [error] = run.json("ls", "--profile", "three", connect=False, code=2)
    assert "three" in error["title"]
    [error] = run.json("ls", "--profile", "ONE", connect=False, code=3)
    assert error["code"] == "NeedsCredentials"
    for name in ("ONE", "one"):
        listed = run.json("ls", "--profile", name, "--keys-from-env", connect=False)
        assert listed[0]["bucket"] == "bucket"
    assert json.loads(path.read_text()) == {"connections": saved}  # nothing was saved


def test_stopping_takes_less_than_five_seconds_when_the_server_says_nothing(
    serve: StartServer, program: Install
) -> None:
    run = program(serve())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        run.endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        child = run.start("ls")
        asked, _ = silent.accept()
        with asked:
            assert asked.recv(1) == b"G"
            child.terminate()
            began = time.monotonic()
            child.communicate(timeout=20)
            assert time.monotonic() - began < 5
    assert child.returncode == 130


def test_what_was_skipped_is_tried_again_when_it_is_named(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    run, storage = program(server), client(server)
    file = make_file(tmp_path / "a.bin", 1000)
    storage.put_object(Bucket="bucket", Key="a.bin", Body=b"theirs")
    run.json("upload", file, "s3://bucket/", "--if-exists", "skip")
    [row] = run.json("transfers", connect=False)
    assert row["state"] == "skipped"
    events = run.json("transfers", "retry", str(row["id"]))
    assert events[-1]["there"] == 1, "it is there still"
    storage.delete_object(Bucket="bucket", Key="a.bin")
    assert run.json("transfers", "retry")[-1].get("completed", 0) == 0, "only failed ones"
    assert run.json("transfers", "retry", str(row["id"]))[-1]["completed"] == 1
    assert storage.get_object(Bucket="bucket", Key="a.bin")["Body"].read() == file.read_bytes()
