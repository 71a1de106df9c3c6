"""``s3gui copy`` and ``s3gui move`` from outside: a child process, a server, another client."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cli.kit import Program, Server, StartServer

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]


def keys(client: Any) -> list[str]:
    found = client.list_objects_v2(Bucket="bucket").get("Contents", ())
    return [row["Key"] for row in found]


def read(client: Any, key: str) -> bytes:
    body: bytes = client.get_object(Bucket="bucket", Key=key)["Body"].read()
    return body


def test_an_object_is_copied_with_all_that_belongs_to_it(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    look = client(server)
    look.put_object(
        Bucket="bucket",
        Key="a/b",
        Body=b"1",
        Metadata={"x": "y"},
        ContentType="text/x",
        Tagging="one=1",
        CacheControl="no-store",
    )
    [*_, done, summary] = program(server).json("copy", "s3://bucket/a/b", "s3://bucket/c/")
    assert (done["state"], done["verified"]) == ("completed", "full")
    assert (done["source"], done["location"]) == ("s3://bucket/a/b", "s3://bucket/c/b")
    assert (done["path"], done["move"]) == (None, False)
    assert summary["completed"] == 1
    there = look.head_object(Bucket="bucket", Key="c/b")
    assert there["Metadata"] == {"x": "y"}
    assert (there["ContentType"], there["CacheControl"]) == ("text/x", "no-store")
    tags = look.get_object_tagging(Bucket="bucket", Key="c/b")["TagSet"]
    assert tags == [{"Key": "one", "Value": "1"}]


def test_a_prefix_is_renamed_and_the_bytes_stay_on_the_server(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    look = client(server)
    wanted = {}
    for name in ("old/", "old/a b", "old/ж/é", "old/x//y", "old/x/../z", "older"):
        body = b"" if name.endswith("/") else name.encode()
        look.put_object(Bucket="bucket", Key=name, Body=body)
        wanted[name.replace("old/", "new/", 1)] = body
    events = program(server).json("move", "s3://bucket/old/", "s3://bucket/new/")
    assert events[-1]["completed"] == 5
    assert keys(look) == sorted(wanted)
    assert {key: read(look, key) for key in wanted} == wanted


def test_what_exists_is_not_replaced_unasked(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    look, run = client(server), program(server)
    look.put_object(Bucket="bucket", Key="a", Body=b"new")
    look.put_object(Bucket="bucket", Key="b", Body=b"old")
    run.json("move", "s3://bucket/a", "s3://bucket/b", code=1)
    assert {key: read(look, key) for key in keys(look)} == {"a": b"new", "b": b"old"}
    run.json("move", "s3://bucket/a", "s3://bucket/b", "--if-exists", "overwrite")
    assert {key: read(look, key) for key in keys(look)} == {"b": b"new"}


def test_the_same_command_again_copies_nothing_twice(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    look, run = client(server), program(server)
    for number in range(4):
        look.put_object(Bucket="bucket", Key=f"a/{number}", Body=str(number).encode())
    words = ("copy", "s3://bucket/a/", "s3://bucket/b/")
    assert run.json(*words)[-1]["completed"] == 4
    look.delete_object(Bucket="bucket", Key="b/2")
    look.put_object(Bucket="bucket", Key="a/3", Body=b"changed")
    again = run.json(*words, "--if-exists", "overwrite")[-1]
    assert (again["completed"], again["there"]) == (2, 2)
    assert [read(look, f"b/{number}") for number in range(4)] == [b"0", b"1", b"2", b"changed"]


def test_a_move_that_was_killed_goes_on(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    look, run = client(server), program(server)
    for number in range(40):
        look.put_object(Bucket="bucket", Key=f"a/{number:02}", Body=str(number).encode())
    words = ("move", "s3://bucket/a/", "s3://bucket/b/", "--files", "1")
    child = run.start(*words, "--json")
    assert child.stdout is not None
    while json.loads(child.stdout.readline()).get("state") != "completed":
        pass
    child.kill()
    child.wait()
    left = [key for key in keys(look) if key.startswith("a/")]
    assert left
    run.json(*words)
    assert keys(look) == [f"b/{number:02}" for number in range(40)]
    assert [read(look, key) for key in keys(look)] == [str(n).encode() for n in range(40)]


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("s3://bucket/a/", "s3://bucket/a/b/"), 1, "IntoItself"),
        (("s3://bucket/a", "s3://bucket/a"), 1, "SamePlace"),
        (("s3://bucket/none/", "s3://bucket/b/"), 1, "NoSuchKey"),
        (("s3://bucket/a", "s3://bucket/b", "--to-profile", "nobody"), 2, "Usage"),
    ],
)
def test_what_cannot_be_is_refused(
    serve: StartServer,
    program: Install,
    client: Connect,
    words: tuple[str, ...],
    code: int,
    error: str,
) -> None:
    server = serve()
    client(server).put_object(Bucket="bucket", Key="a", Body=b"1")
    events = program(server).json("move", *words, code=code)
    assert error in {event.get("code") for event in events}
    assert keys(client(server)) == ["a"]


def test_a_prefix_does_not_become_an_object(serve: StartServer, program: Install) -> None:
    done = program(serve()).run("copy", "s3://bucket/a/", "s3://bucket/b")
    assert done.returncode == 2
    assert "end the target with a slash" in done.stderr
