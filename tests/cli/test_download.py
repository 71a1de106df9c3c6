"""``s3gui download`` from outside: a child process, a server, and another client that stored."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.kit import WAIT_S, Program, Server, StartServer

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]
MIB = 1 << 20


def store(client: Any, key: str, data: bytes) -> bytes:
    client.put_object(Bucket="bucket", Key=key, Body=data)
    return data


def end(child: "subprocess.Popen[str]") -> tuple[int, list[dict[str, Any]]]:
    out, err = child.communicate(timeout=WAIT_S)
    assert "Traceback" not in err, err
    return child.returncode, [json.loads(line) for line in out.splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_what_is_under_a_prefix_arrives_in_a_folder_of_its_name(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    look = client(server)
    large = store(look, "a/отчёт/large.bin", os.urandom(MIB) * 12 + b"end")
    store(look, "a/отчёт/in ner/small.txt", b"hello")
    store(look, "a/отчёт/empty/", b"")
    store(look, "a/other", b"no")
    code, events = end(
        program(server).start(
            "download", "--json", "s3://bucket/a/отчёт/", tmp_path / "to", "--part-size", "5M"
        )
    )
    assert code == 0, events
    assert files(tmp_path / "to") == {
        "отчёт/large.bin": large,
        "отчёт/in ner/small.txt": b"hello",
    }
    assert (tmp_path / "to" / "отчёт" / "empty").is_dir()
    assert (events[-1]["completed"], events[-1]["bytes"]) == (2, len(large) + 5)
    levels = {event.get("verified") for event in events if event.get("state") == "completed"}
    assert levels == {"full"}


def test_an_object_can_have_another_name(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    store(client(server), "dir/file.txt", b"1")
    run = program(server)
    assert run.run("download", "s3://bucket/dir/file.txt", tmp_path / "mine.txt").returncode == 0
    assert run.run("download", "s3://bucket/dir/file.txt", f"{tmp_path}/folder/").returncode == 0
    assert (tmp_path / "mine.txt").read_bytes() == b"1"
    assert (tmp_path / "folder" / "file.txt").read_bytes() == b"1"


def test_the_same_command_again_downloads_nothing_twice_and_overwrites_nothing(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    look = client(server)
    for number in range(5):
        store(look, f"d/{number}", str(number).encode())
    run = program(server)
    words = ("download", "--json", "s3://bucket/d/", tmp_path)
    assert end(run.start(*words))[0] == 0
    (tmp_path / "d" / "1").write_text("mine")
    (tmp_path / "d" / "2").unlink()
    store(look, "d/3", b"newer")
    gets = len(server.requests())
    code, events = end(run.start(*words))
    assert code == 1
    assert len([line for line in server.requests()[gets:] if "GET" in str(line)]) <= 4
    assert {name: data for name, data in files(tmp_path / "d").items() if name in "0234"} == {
        "0": b"0",
        "2": b"2",
        "3": b"3",
        "4": b"4",
    }
    assert (tmp_path / "d" / "1").read_text() == "mine"
    summary = events[-1]
    assert (summary["completed"], summary["failed"], summary["there"]) == (1, 2, 2)
    code, events = end(run.start(*words, "--if-exists", "overwrite"))
    assert code == 0
    assert (tmp_path / "d" / "1").read_text() == "1"
    assert (tmp_path / "d" / "3").read_text() == "newer"


def test_what_is_not_there_is_said(serve: StartServer, program: Install, tmp_path: Path) -> None:
    run = program(serve())
    for place in ("s3://bucket/none", "s3://bucket/none/"):
        code, events = end(run.start("download", "--json", place, tmp_path))
        assert code == 1
        assert [event for event in events if event["event"] == "error"], place
    assert not files(tmp_path / "none")


def test_a_key_that_climbs_stays_in_the_folder_and_the_new_name_is_said(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    store(client(server), "d/../../escaped", b"x")
    code, events = end(
        program(server).start("download", "--json", "s3://bucket/d/", tmp_path / "to")
    )
    assert code == 0
    assert files(tmp_path / "to") == {"d/．．/．．/escaped": b"x"}
    assert [event["code"] for event in events if event["event"] == "error"] == ["NameChanged"]


def test_a_terminated_download_goes_on_with_the_same_command(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve("--slow", "12e6")
    data = store(client(server), "big", os.urandom(MIB) * 24)
    run = program(server)
    words = ("download", "--json", "s3://bucket/big", tmp_path / "big", "--part-size", "5M")
    child = run.start(*words)
    assert child.stdout is not None
    while json.loads(child.stdout.readline()).get("parts_done", 0) < 2:
        pass
    child.terminate()
    code, events = end(child)
    assert (code, events[-1]["unfinished"]) == (130, 1)
    code, events = end(run.start(*words))
    assert code == 0, events
    assert hashlib.sha256((tmp_path / "big").read_bytes()).digest() == hashlib.sha256(data).digest()
    assert len(run.run("transfers", "--json").stdout.splitlines()) == 1
    assert [path.name for path in tmp_path.glob(".*part")] == []
