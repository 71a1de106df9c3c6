"""``s3gui upload --if-exists`` and what objects are made with, from outside."""

import base64
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.kit import WAIT_S, Program, Server, StartServer

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]
KEY = bytes(range(32))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = []
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(f"mine, {name}")
        made.append(tmp_path / name)
    return made


def contents(client: Any) -> dict[str, str]:
    listed = client.list_objects_v2(Bucket="bucket").get("Contents", [])
    return {
        row["Key"]: client.get_object(Bucket="bucket", Key=row["Key"])["Body"].read().decode()
        for row in listed
    }


def occupy(client: Any, *names: str) -> None:
    for name in names:
        client.put_object(Bucket="bucket", Key=name, Body=b"theirs")


@pytest.mark.parametrize(
    ("words", "code", "a", "others", "there"),
    [
        ((), 0, "mine, a.txt", set(), 0),
        (("--if-exists", "skip"), 0, "theirs", set(), 1),
        (("--if-exists", "content"), 0, "mine, a.txt", set(), 0),
        (("--if-exists", "rename"), 0, "theirs", {"a (1).txt"}, 0),
        (("--if-exists", "fail"), 1, "theirs", set(), 0),
        (("--if-exists", "ask"), 1, "theirs", set(), 0),
    ],
)
def test_what_becomes_of_what_exists(
    serve: StartServer,
    program: Install,
    client: Connect,
    files: list[Path],
    words: tuple[str, ...],
    code: int,
    a: str,
    others: set[str],
    there: int,
) -> None:
    server = serve()
    s3 = client(server)
    occupy(s3, "a.txt")
    events = program(server).json("upload", *files, "s3://bucket/", *words, code=code)
    found = contents(s3)
    assert found["a.txt"] == a
    assert found["b.txt"] == "mine, b.txt"
    assert set(found) - {"a.txt", "b.txt", "c.txt"} == others
    summary = events[-1]
    assert (summary["there"], summary["failed"]) == (there, code)
    errors = {event["code"] for event in events if event["event"] == "error"}
    assert errors == ({"NoTerminal"} if "ask" in words else set())
    if words:
        states = [event for event in events if event["event"] == "state"]
        asked = "fail" if words[1] == "ask" else words[1]
        assert {event["if_exists"] for event in states} == {asked}


def test_the_summary_counts_what_was_there(
    serve: StartServer, program: Install, client: Connect, files: list[Path]
) -> None:
    server = serve()
    occupy(client(server), "a.txt", "b.txt")
    done = program(server).run("upload", *files, "s3://bucket/", "--if-exists", "skip")
    assert done.returncode == 0, done.stderr
    assert "1 file stored" in done.stderr
    assert "2 there already" in done.stderr
    assert "Skipped, it is there already (Something is there already.)" in done.stdout


def answered(command: list[str], env: dict[str, str], answers: list[str]) -> tuple[int, str]:
    """Runs a command at a terminal and types an answer at each question mark."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        command, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    said, seen, deadline = b"", 0, time.monotonic() + WAIT_S
    try:
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                data = os.read(master, 4096)
            except OSError:
                break
            said += data
            if answers and b"? " in said[seen:]:
                seen = len(said)
                os.write(master, answers.pop(0).encode() + b"\n")
        return child.wait(10), said.decode()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        os.close(master)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["S"], {"a.txt": "theirs", "b.txt": "theirs"}),
        (["x", "o", "r"], {"a.txt": "mine, a.txt", "b.txt": "theirs", "b (1).txt": "mine, b.txt"}),
    ],
)
def test_a_person_is_asked_at_a_terminal_when_all_else_is_done(
    serve: StartServer,
    program: Install,
    client: Connect,
    files: list[Path],
    answers: list[str],
    expected: dict[str, str],
) -> None:
    server = serve()
    s3 = client(server)
    occupy(s3, "a.txt", "b.txt")
    run = program(server)
    command = run.command("upload", *files, "s3://bucket/", "--if-exists", "ask")
    code, said = answered(command, run.env, list(answers))
    assert code == 0, said
    assert contents(s3) == {**expected, "c.txt": "mine, c.txt"}
    assert "is there already" in said


def test_who_does_not_answer_finds_the_rows_waiting_and_the_next_command_decides(
    serve: StartServer, program: Install, client: Connect, files: list[Path]
) -> None:
    server = serve()
    s3 = client(server)
    occupy(s3, "a.txt")
    run = program(server)
    words = ("upload", *files, "s3://bucket/", "--if-exists")
    code, said = answered(run.command(*words, "ask"), run.env, ["\x04"])
    assert code == 1, said
    assert contents(s3)["a.txt"] == "theirs"
    events = run.json(*words[:-1], "--if-exists", "rename")
    assert contents(s3)["a (1).txt"] == "mine, a.txt"
    assert events[-1]["completed"] >= 1


def test_headers_rules_and_encryption_reach_the_server(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    log = tmp_path / "a.LOG"
    log.write_text("x")
    words = ["--content-disposition", "attachment", "--content-language", "ru"]
    words += ["--content-encoding", "identity", "--content-type-rule", "*.log=text/plain"]
    events = program(server).json("upload", log, "s3://bucket/", *words, "--sse", "AES256")
    assert events[-1]["completed"] == 1
    head = client(server).head_object(Bucket="bucket", Key="a.LOG")
    assert head["ContentType"] == "text/plain"
    assert head["ContentDisposition"] == "attachment"
    assert head["ContentLanguage"] == "ru"
    assert head["ContentEncoding"] == "identity"
    assert head["ServerSideEncryption"] == "AES256"


def test_a_key_of_ones_own_is_in_a_file_and_nowhere_else(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve()
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(6 << 20))
    texts = {"raw": KEY, "base64": base64.b64encode(KEY) + b"\n", "hex": KEY.hex().encode()}
    secret = tmp_path / "secret"
    secret.write_bytes(texts["base64"])
    run = program(server)
    events = run.json(
        *("upload", path, "s3://bucket/", "--sse-c-key-file", secret, "--part-size", "5M")
    )
    assert events[-1]["completed"] == 1
    told = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY}
    s3 = client(server)
    assert s3.get_object(Bucket="bucket", Key="x.bin", **told)["Body"].read() == bytes(6 << 20)
    for left in run.state_dir.rglob("*"):
        if left.is_file():
            held = left.read_bytes()
            assert not any(text in held for text in (KEY, texts["base64"].strip(), texts["hex"]))


def test_the_key_is_asked_for_after_a_kill_and_the_same_command_gives_it(
    serve: StartServer, program: Install, client: Connect, tmp_path: Path
) -> None:
    server = serve("--slow", "12e6")
    path, secret = tmp_path / "x.bin", tmp_path / "secret"
    path.write_bytes(bytes(21 << 20))
    secret.write_bytes(KEY)
    run = program(server)
    words = ("upload", path, "s3://bucket/", "--part-size", "5M", "--parts", "1")
    child = run.start(*words, "--sse-c-key-file", secret)
    deadline = time.monotonic() + WAIT_S
    while len(server.parts()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)  # there is no event across processes; the server's log is looked at
    child.kill()
    child.wait()
    sent = server.parts()
    events = run.json(*words, code=1)
    assert [row["error"]["code"] for row in events if row.get("state") == "failed"] == [
        "NeedsCustomerKey"
    ]
    events = run.json(*words, "--sse-c-key-file", secret)
    assert events[-1]["completed"] == 1
    assert len(server.parts()) <= 6, "five parts, and the one in flight again"
    assert server.parts()[: len(sent)] == sent
    told = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY}
    body = client(server).get_object(Bucket="bucket", Key="x.bin", **told)["Body"]
    assert len(body.read()) == 21 << 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sse-c-key-file", "{wrong}"), "it holds no key of 32 bytes"),
        (("--sse-c-key-file", "nowhere"), "there is no file"),
        (("--sse-kms-key-id", "k"), "--sse-kms-key-id needs --sse aws:kms"),
        (("--sse", "AES256", "--sse-c-key-file", "{right}"), "not allowed with argument"),
        (("--content-type-rule", "*.log"), "is no rule"),
        (("--if-exists", "perhaps"), "invalid choice"),
    ],
)
def test_wrong_usage_is_said_and_no_key_is_shown(
    serve: StartServer, program: Install, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_text("my secret password")
    right.write_bytes(KEY)
    full = [word.format(wrong=wrong, right=right) for word in words]
    done = program(serve()).run("upload", right, "s3://bucket/", *full)
    assert done.returncode == 2
    assert said in done.stderr
    assert "password" not in done.stderr + done.stdout
