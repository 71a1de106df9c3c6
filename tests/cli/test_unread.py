"""What an earlier run did not read to its end: listed, read on, left out."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.kit import Program, Server, StartServer

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.transfers import drop_store
from s3gui.transfers.drop import Drop
from s3gui.transfers.journal import Journal

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]
Left = tuple[Server, Program, Path]


def keep(state_dir: Path, drop: Drop) -> None:
    """Has a journal say that it is not read."""

    async def write() -> None:
        journal = Journal(state_dir)
        await journal.open()
        await journal.read(lambda database: drop_store.begin(database, drop, datetime.now(UTC)))
        await journal.close()

    asyncio.run(write())


@pytest.fixture
def left(serve: StartServer, program: Install, tmp_path: Path) -> Left:
    """A folder of three files that was asked for, and of which nothing is in the list."""
    server = serve()
    run = program(server)
    first = tmp_path / "first"
    first.write_bytes(b"1")
    [event, *_] = run.json("upload", first, "s3://bucket/")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in "abc":
        (folder / name).write_bytes(name.encode())
    options = ObjectOptions(cache_control="no-store")
    drop = Drop(event["profile"], options, "batch", paths=(folder,), where=Location("bucket", "x/"))
    keep(run.state_dir, drop)
    return server, run, folder


def unread(run: Program) -> list[dict[str, Any]]:
    events = run.json("transfers", connect=False)
    return [event for event in events if event["event"] == "unread"]


def test_it_is_listed(left: Left) -> None:
    _, run, folder = left
    [one] = unread(run)
    assert (one["reading"], one["direction"], one["queued"]) == ("held", "up", 0)
    assert (one["what"], one["where"]) == ([str(folder)], "s3://bucket/x/")
    said = run.run("transfers", connect=False).stdout
    assert f"{folder} is not read to its end; 0 files so far" in said


@pytest.mark.parametrize("command", ["resume", "upload"])
def test_it_is_read_on(left: Left, client: Connect, command: str) -> None:
    server, run, folder = left
    words = ("transfers", "resume") if command == "resume" else ("upload", folder, "s3://bucket/x/")
    events = run.json(*words)
    assert events[-1]["completed"] == 3
    assert events[-1]["unread"] == 0
    s3 = client(server)
    found = s3.list_objects_v2(Bucket="bucket", Prefix="x/")["Contents"]
    assert [row["Key"] for row in found] == [f"x/folder/{name}" for name in "abc"]
    # As it was asked for then.
    assert s3.head_object(Bucket="bucket", Key="x/folder/a")["CacheControl"] == "no-store"
    assert unread(run) == []


def test_another_command_leaves_it_alone(left: Left, tmp_path: Path) -> None:
    _, run, folder = left
    events = run.json("upload", tmp_path / "first", "s3://bucket/")
    assert (events[-1]["completed"], events[-1]["unread"]) == (1, 0)
    events = run.json("upload", folder, "s3://bucket/elsewhere/")
    assert events[-1]["completed"] == 3
    assert len(unread(run)) == 1


def test_without_its_connection_it_is_kept(left: Left) -> None:
    _, run, _ = left
    events = run.json("transfers", "resume", connect=False, code=3)
    assert [event["code"] for event in events if event["event"] == "error"] == ["NeedsCredentials"]
    assert len(unread(run)) == 1


def test_a_folder_that_is_gone_is_said(left: Left) -> None:
    _, run, folder = left
    folder.rename(folder.with_name("elsewhere"))
    events = run.json("transfers", "resume", code=1)
    [error] = [event for event in events if event["event"] == "error"]
    assert error["title"] == f"{folder} is left out"
    assert error["detail"] == "No such file or directory"
    assert unread(run) == []


def test_abort_leaves_the_rest_out(left: Left, client: Connect) -> None:
    server, run, folder = left
    said = run.run("transfers", "abort").stderr
    assert f"{folder}: what is not read yet is left out" in said
    assert unread(run) == []
    assert client(server).list_objects_v2(Bucket="bucket", Prefix="x/")["KeyCount"] == 0
