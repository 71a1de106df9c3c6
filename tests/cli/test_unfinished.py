"""``s3gui unfinished``: listed, told apart, aborted where that harms no transfer."""

import argparse
import io
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cli.kit import Program, Server, StartServer
from cli.test_transfers import unfinished as killed_upload  # noqa: F401  a fixture
from cli.test_transfers import uploads
from fake_server import MemoryServer
from fakes import KEYS, MemoryGateway, profile

from s3gui.cli import unfinished as command
from s3gui.cli.arguments import parse
from s3gui.cli.json_lines import JsonOutput
from s3gui.cli.terminal import TextOutput
from s3gui.cli.unfinished_options import age
from s3gui.domain.entries import ObjectOptions, UploadRef
from s3gui.domain.errors import AccessDenied, JournalError
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.transfers.journal import Journal
from s3gui.transfers.left_store import AbortTodo
from s3gui.transfers.row import Row

Install = Callable[[Server], Program]
Connect = Callable[[Server], Any]
Killed = tuple[Server, Program, Path]


class Bucket:
    """A storage in memory with three unfinished uploads: ours, given up, and a stranger's."""

    def __init__(self, state_dir: Path) -> None:
        self.server = MemoryServer()
        self.state_dir = state_dir
        self.ours, self.given_up, self.strange = (
            UploadRef(where, self.server.new_upload(where, ObjectOptions()))
            for where in (Location("b", name) for name in ("a", "b", "c"))
        )

    async def journal(self) -> None:
        journal = Journal(self.state_dir)
        await journal.open()
        transfer = Transfer(7, "p", Direction.UPLOAD, self.ours.location, Path("/x"), 10, 1)
        transfer.state = State.PAUSED
        transfer.created = self.server.now()
        await journal.add([Row(transfer, ObjectOptions())])
        await journal.created(7, self.ours)
        await journal.taken_back(AbortTodo("p", self.given_up), self.server.now())
        await journal.close()

    async def run(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        args = parse(
            ["unfinished", "s3://b/", "--json", "--state-dir", str(self.state_dir), *words]
        )
        out = io.StringIO()
        async with MemoryGateway(self.server).session(profile(), KEYS) as session:
            assert await command.unfinished(args, session, JsonOutput(out)) == code
        return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
async def bucket(tmp_path: Path) -> Bucket:
    one = Bucket(tmp_path / "state")
    await one.journal()
    return one


def of_kind(events: Sequence[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [item for item in events if item["event"] == event]


async def test_each_is_listed_with_whose_it_is(bucket: Bucket) -> None:
    rows = of_kind(await bucket.run(), "entry")
    assert [(row["key"], row["ours"], row["transfer"], row["given_up"]) for row in rows] == [
        ("a", True, 7, False),
        ("b", True, None, True),
        ("c", False, None, False),
    ]
    assert [row["upload_id"] for row in rows] == list(bucket.server.uploads)
    assert all(row["initiated"] and row["parts"] is None for row in rows)


async def test_parts_and_bytes_are_counted_when_asked_for(bucket: Bucket) -> None:
    from fake_held import HeldPart

    held = bucket.server.uploads[bucket.strange.upload_id]
    held.parts = {1: HeldPart(b"12345", "e"), 2: HeldPart(b"678", "e")}
    *_, row = of_kind(await bucket.run("--sizes"), "entry")
    assert (row["parts"], row["bytes"]) == (2, 8)
    assert (await bucket.run("--sizes"))[-1]["bytes"] == 8


async def test_old_ones_are_aborted_and_none_that_a_transfer_works_on(bucket: Bucket) -> None:
    events = await bucket.run("--abort-older", "7d", "--yes")
    assert [item["key"] for item in of_kind(events, "aborted")] == ["b", "c"]
    assert set(bucket.server.uploads) == {bucket.ours.upload_id}
    journal = Journal(bucket.state_dir)
    await journal.open()
    assert not await journal.aborts()
    await journal.close()


async def test_young_ones_stay(bucket: Bucket) -> None:
    assert await bucket.run("--abort-older", "5000w", "--yes") == []
    assert len(bucket.server.uploads) == 3
    assert "abort" not in bucket.server.counts()


async def test_what_a_transfer_works_on_is_aborted_by_its_row_only(bucket: Bucket) -> None:
    events = await bucket.run("--abort", bucket.ours.upload_id, "--yes", code=1)
    (error,) = of_kind(events, "error")
    assert error["code"] == "InUse"
    assert "s3gui transfers abort 7" in error["hint"]
    assert len(bucket.server.uploads) == 3


async def test_those_that_are_named_are_aborted_and_no_others(bucket: Bucket) -> None:
    words = ("--abort", bucket.strange.upload_id, "--abort", "nobody", "--yes")
    events = await bucket.run(*words, code=1)
    (error,) = of_kind(events, "error")
    assert error["code"] == "NoSuchUpload"
    assert [item["upload_id"] for item in of_kind(events, "aborted")] == [bucket.strange.upload_id]
    assert len(bucket.server.uploads) == 2


async def test_nothing_is_aborted_without_being_asked(bucket: Bucket) -> None:
    events = await bucket.run("--abort", bucket.strange.upload_id, code=1)
    assert [item["code"] for item in of_kind(events, "error")] == ["NotAsked"]
    assert len(bucket.server.uploads) == 3


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("", False)])
async def test_a_person_is_asked(
    monkeypatch: pytest.MonkeyPatch, answer: str, agreed: bool
) -> None:
    asked: list[str] = []

    async def read(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr(command, "can_ask", lambda *, is_json: not is_json)
    args = argparse.Namespace(yes=False, json=False)
    out = TextOutput(io.StringIO(), io.StringIO())
    assert await command._agreed(args, 2, read, out) is agreed
    assert "2" in asked[0]


async def test_an_abort_that_is_denied_is_told(bucket: Bucket) -> None:
    bucket.server.fail("abort", AccessDenied("No"), times=9)
    # Its waits between the tries are those of the engine: one and two seconds.
    events = await bucket.run("--abort", bucket.strange.upload_id, "--yes", code=1)
    assert [item["code"] for item in of_kind(events, "error")] == ["AccessDenied"]
    assert len(bucket.server.uploads) == 3


async def test_beside_a_running_s3gui_it_lists_and_aborts_nothing(bucket: Bucket) -> None:
    other = Journal(bucket.state_dir)
    await other.open()
    try:
        events = await bucket.run()
        assert [item["code"] for item in of_kind(events, "error")] == ["JournalInUse"]
        assert {item["ours"] for item in of_kind(events, "entry")} == {None}
        with pytest.raises(JournalError):
            await bucket.run("--abort-older", "7d", "--yes")
    finally:
        await other.close()
    assert len(bucket.server.uploads) == 3


async def test_a_person_reads_lines(bucket: Bucket) -> None:
    args = parse(["unfinished", "s3://b/", "--sizes", "--state-dir", str(bucket.state_dir)])
    out = io.StringIO()
    async with MemoryGateway(bucket.server).session(profile(), KEYS) as session:
        await command.unfinished(args, session, TextOutput(out, io.StringIO()))
    ours, given_up, strange = out.getvalue().splitlines()
    assert "(transfer 7)" in ours
    assert "to be aborted" in given_up
    assert strange.endswith(bucket.strange.upload_id)


@pytest.mark.parametrize(
    ("text", "hours"), [("7d", 7 * 24), ("36h", 36), ("2w", 14 * 24), ("24H", 24)]
)
def test_ages(text: str, hours: int) -> None:
    assert age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1h", "23h", "7m", "1.5d", "9999999d"])
def test_no_ages(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        age(text)


def test_a_killed_upload_is_found_and_given_up_by_its_row(
    killed_upload: Killed,  # noqa: F811
    client: Connect,
) -> None:
    server, run, _ = killed_upload
    (row, _) = run.json("unfinished", "s3://bucket", "--sizes")
    assert row["ours"]
    assert row["parts"] >= 1
    run.json("unfinished", "s3://bucket", "--abort", row["upload_id"], "--yes", code=1)
    assert len(uploads(client(server))) == 1
    run.json("transfers", "abort", str(row["transfer"]))
    assert run.json("unfinished", "s3://bucket")[-1]["objects"] == 0


def test_a_strangers_upload_is_listed_and_aborted(
    serve: StartServer, program: Install, client: Connect
) -> None:
    server = serve()
    run, storage = program(server), client(server)
    made = storage.create_multipart_upload(Bucket="bucket", Key="x/ü.bin")
    (row, _) = run.json("unfinished", "s3://bucket/x/", "--sizes")
    assert (row["key"], row["ours"], row["parts"]) == ("x/ü.bin", False, 0)
    run.json("unfinished", "s3://bucket", "--abort-older", "1d", "--yes")
    assert len(uploads(storage)) == 1
    run.json("unfinished", "s3://bucket", "--abort", made["UploadId"], "--yes")
    assert uploads(storage) == []
