"""``s3gui upload`` from outside: a child process, a server, and another client to look."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cli.kit import SECRET, WAIT_S, Program, Server, StartServer

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]

MIB = 1 << 20
SLOW = ("--slow", "12e6")


def make_file(path: Path, size: int) -> Path:
    path.write_bytes(os.urandom(min(size, MIB)) * (size // MIB) + os.urandom(size % MIB))
    return path


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored(client: Any, key: str) -> bytes:
    body: bytes = client.get_object(Bucket="bucket", Key=key)["Body"].read()
    return body


def until_parts(server: Server, count: int) -> None:
    """Waits until the server has confirmed so many parts."""
    deadline = time.monotonic() + WAIT_S
    while len(server.parts()) < count:
        assert time.monotonic() < deadline, server.requests()
        time.sleep(0.02)  # there is no event across processes; the server's log is looked at


def end(child: "subprocess.Popen[str]") -> tuple[int, list[dict[str, Any]]]:
    out, err = child.communicate(timeout=WAIT_S)
    assert "Traceback" not in err, err
    return child.returncode, [json.loads(line) for line in out.splitlines()]


def test_files_and_folders_arrive_as_they_are(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    run = program(server)
    large = make_file(tmp_path / "large.bin", 12 * MIB + 5)
    folder = tmp_path / "Отчёты 2026"
    (folder / "in ner").mkdir(parents=True)
    (folder / "empty").touch()
    (folder / "in ner" / "😀.txt").write_text("hi", encoding="utf-8")

    events = run.json("upload", large, folder, "s3://bucket/to/", "--part-size", "5M")

    s3 = client(server)
    assert sha256(stored(s3, "to/large.bin")) == sha256(large.read_bytes())
    assert stored(s3, "to/Отчёты 2026/empty") == b""
    assert stored(s3, "to/Отчёты 2026/in ner/😀.txt") == b"hi"
    assert sorted(server.parts()) == [1, 2, 3]
    summary = events[-1]
    assert summary["event"] == "summary"
    assert (summary["completed"], summary["failed"], summary["bytes"]) == (3, 0, 12 * MIB + 7)
    done = [event for event in events if event.get("state") == "completed"]
    assert sorted(event["verified"] for event in done) == ["etag", "etag", "full"]
    assert all(event["finished"].endswith("Z") for event in done)


def test_what_an_object_is_made_with_reaches_the_server(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    small = make_file(tmp_path / "a.bin", 10)
    large = make_file(tmp_path / "b.bin", 6 * MIB)
    program(server).json(
        *("upload", small, large, "s3://bucket/", "--part-size", "5M"),
        *("--content-type", "text/x-odd", "--cache-control", "max-age=60"),
        *("--metadata", "Made-By=me", "--metadata", "b=2", "--acl", "public-read"),
        *("--tag", "team=видео & co", "--tag", "b=2"),
    )
    for key in ("a.bin", "b.bin"):
        head = client(server).head_object(Bucket="bucket", Key=key)
        assert head["ContentType"] == "text/x-odd"
        assert head["CacheControl"] == "max-age=60"
        assert head["Metadata"] == {"made-by": "me", "b": "2"}
        grants = client(server).get_object_acl(Bucket="bucket", Key=key)["Grants"]
        assert any(grant["Grantee"].get("URI", "").endswith("AllUsers") for grant in grants)
        tags = client(server).get_object_tagging(Bucket="bucket", Key=key)["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "видео & co", "b": "2"}


def test_a_path_that_is_not_there_fails_alone_and_is_named(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    good = make_file(tmp_path / "good", 3)
    events = program(server).json("upload", tmp_path / "gone", good, "s3://bucket/", code=1)
    [error] = [event for event in events if event["event"] == "error"]
    assert "gone" in error["title"]
    assert set(error) >= {"code", "title", "detail", "hint", "request_id"}
    assert events[-1]["skipped"] == 1
    assert len(stored(client(server), "good")) == 3


def test_a_bucket_that_is_not_there_is_one_failed_transfer(
    serve: StartServer, program: Install, tmp_path: Path
) -> None:
    server = serve()
    events = program(server).json("upload", make_file(tmp_path / "a", 3), "s3://nobody/", code=1)
    [failed] = [event for event in events if event.get("state") == "failed"]
    assert failed["error"]["code"] == "NoSuchBucket"
    assert failed["error"]["request_id"]
    assert events[-1]["failures"] == [failed["id"]]


def test_wrong_keys_and_a_dead_address_end_with_3_and_queue_nothing(
    serve: StartServer, program: Install, tmp_path: Path
) -> None:
    server = serve()
    run = program(server)
    file = make_file(tmp_path / "a", 3)
    run.env["AWS_SECRET_ACCESS_KEY"] = "wrong-secret-key"
    done = run.run("upload", file, "s3://bucket/", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout.splitlines()[-1])["code"] == "SignatureDoesNotMatch"
    assert "wrong-secret-key" not in done.stdout + done.stderr

    run.endpoint = "http://127.0.0.1:9"
    events = run.json("upload", file, "s3://bucket/", code=3)
    assert events[-1]["event"] == "error"
    assert run.json("transfers", connect=False) == []


def test_keys_that_are_not_in_the_environment_are_a_matter_of_usage(
    serve: StartServer, program: Install, tmp_path: Path
) -> None:
    run = program(serve())
    del run.env["AWS_SECRET_ACCESS_KEY"]
    events = run.json("upload", make_file(tmp_path / "a", 3), "s3://bucket/", code=2)
    assert "AWS_SECRET_ACCESS_KEY" in events[-1]["detail"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_upload_stops_soon_and_the_same_command_goes_on(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path, number: signal.Signals
) -> None:
    server = serve(*SLOW)
    run = program(server)
    file = make_file(tmp_path / "large.bin", 30 * MIB)
    words = ("upload", file, "s3://bucket/", "--part-size", "5M", "--parts", "2", "--json")
    child = run.start(*words)
    until_parts(server, 2)
    child.send_signal(number)
    began = time.monotonic()
    code, events = end(child)
    assert time.monotonic() - began < 5
    assert code == 130
    assert events[-1]["event"] == "summary"
    assert events[-1]["interrupted"]
    assert events[-1]["unfinished"] == 1
    kept = server.parts()
    [unfinished] = client(server).list_multipart_uploads(Bucket="bucket")["Uploads"]

    [row] = run.json("transfers", connect=False)
    assert row["state"] == "queued"
    # The answers for the two in flight may have been on their way when it stopped.
    assert len(kept) - 2 <= row["parts_done"] <= len(kept)

    again = run.json(*words[:-1])
    assert again[-1]["completed"] == 1
    assert again[0]["id"] == row["id"]
    assert sorted(server.parts()) == list(range(1, 7))  # no confirmed part a second time
    assert sha256(stored(client(server), "large.bin")) == sha256(file.read_bytes())
    assert "Uploads" not in client(server).list_multipart_uploads(Bucket="bucket")
    assert unfinished["UploadId"] not in json.dumps(again)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
def test_after_a_kill_the_same_command_goes_on_with_the_parts_that_are_there(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve(*SLOW)
    run = program(server)
    file = make_file(tmp_path / "large.bin", 30 * MIB)
    words = ("upload", file, "s3://bucket/", "--part-size", "5M", "--parts", "2")
    child = run.start(*words)
    until_parts(server, 3)
    child.kill()
    child.communicate()
    run.json(*words)
    # At most what was in flight when it died is sent again.
    assert len(server.parts()) <= 6 + 2
    assert sha256(stored(client(server), "large.bin")) == sha256(file.read_bytes())


def test_rows_of_another_upload_are_left_alone(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve(*SLOW)
    run = program(server)
    large = make_file(tmp_path / "large.bin", 30 * MIB)
    child = run.start("upload", large, "s3://bucket/", "--part-size", "5M", "--parts", "2")
    until_parts(server, 1)
    child.kill()
    child.communicate()
    before = len(server.parts())

    events = run.json("upload", make_file(tmp_path / "small", 9), "s3://bucket/")
    assert events[-1]["completed"] == 1
    assert events[-1]["unfinished"] == 0
    assert len(server.parts()) == before
    states = {row["path"]: row["state"] for row in run.json("transfers", connect=False)}
    assert states == {str(large): "queued", str(tmp_path / "small"): "completed"}


def test_two_sources_of_one_key_are_told_apart(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = make_file(tmp_path / "one" / "same", 3)
    second = make_file(tmp_path / "two" / "same", 4)
    events = program(server).json("upload", first, second, "s3://bucket/", code=1)
    assert events[-1]["completed"] == 1
    assert events[-1]["skipped"] == 1
    assert stored(client(server), "same") == first.read_bytes()


def test_the_same_file_again_is_sent_again(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    run = program(server)
    file = make_file(tmp_path / "a", 3)
    run.json("upload", file, "s3://bucket/")
    file.write_bytes(b"newer")
    run.json("upload", file, "s3://bucket/")
    assert stored(client(server), "a") == b"newer"


def test_no_secret_reaches_the_state_folder_or_the_output(
    serve: StartServer, program: Install, tmp_path: Path
) -> None:
    server = serve()
    run = program(server)
    run.env["AWS_SESSION_TOKEN"] = "token-that-nobody-may-see"
    done = run.run("upload", make_file(tmp_path / "a", 3), "s3://bucket/", "--json")
    said = done.stdout + done.stderr
    written = b"".join(p.read_bytes() for p in run.state_dir.rglob("*") if p.is_file())
    for secret in (SECRET, "token-that-nobody-may-see"):
        assert secret not in said
        assert secret.encode() not in written
    assert (run.state_dir.stat().st_mode & 0o777) == 0o700


def test_a_person_reads_lines_and_errors_apart(
    serve: StartServer, program: Install, tmp_path: Path
) -> None:
    run = program(serve())
    done = run.run("upload", make_file(tmp_path / "a\u202eb", 3), "s3://bucket/")
    assert done.returncode == 0
    assert done.stdout.startswith("Verified: ")
    assert "\u202e" not in done.stdout
    assert "‹U+202E›" in done.stdout
    assert done.stderr == "1 file stored (3 B)\n"


def test_the_demo_needs_no_account(program: Install, serve: StartServer, tmp_path: Path) -> None:
    run = program(serve())
    listed = run.json("ls", "--demo", connect=False)
    assert [event["kind"] for event in listed[:-1]] == ["bucket"] * (len(listed) - 1)
    bucket = listed[0]["bucket"]
    file = make_file(tmp_path / "mine", 3)
    run.json("upload", "--demo", file, f"s3://{bucket}/new/", connect=False)
    events = run.json("ls", "--demo", f"s3://{bucket}/new/", connect=False)
    assert [event.get("key") for event in events[:-1]] == ["new/mine"]


def test_dots_between_slashes_are_warned_of_and_kept(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    file = make_file(tmp_path / "a", 3)
    for place in ("../", "x/./", "x/.y/..z/"):
        events = program(server).json("upload", file, f"s3://bucket/{place}")
        warned = [event["code"] for event in events if event["event"] == "error"]
        assert warned == ([] if place == "x/.y/..z/" else ["DotSegments"])
    rows = client(server).list_objects_v2(Bucket="bucket")["Contents"]
    assert [row["Key"] for row in rows] == ["../a", "x/./a", "x/.y/..z/a"]


def test_a_limit_is_kept_to_and_said(serve: StartServer, program: Install, tmp_path: Path) -> None:
    """Three seconds' worth of bytes; half of that would be twice the limit."""
    server = serve()
    file = make_file(tmp_path / "file.bin", 600 * 1024)
    run = program(server).start("upload", file, "s3://bucket/", "--json", "--limit", "200k")
    code, events = end(run)
    assert code == 0
    assert next(one for one in events if one["event"] == "limits")["up_bytes_per_s"] == 200 * 1024
    states = {one["state"]: one["time"] for one in events if one["event"] == "state"}
    began, ended = (datetime.fromisoformat(states[name]) for name in ("running", "completed"))
    assert (ended - began).total_seconds() >= 1.5
