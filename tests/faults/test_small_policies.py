"""Small files, many at once, whose policy minds what is there: nobody's object is replaced unasked.

One listing stands for hundreds of HEADs; the condition at the write, and who was first, stay.
"""

import asyncio
import sqlite3
import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from faults.conftest import MakeEngine
from faults.kit import Engine, Seen
from faults.test_two_writers import versioned, versions
from servers.front import Forward, Front
from servers.lies import Answer, Silence, error_body
from servers.lying import Action, Talk
from transfers.kit import THEIRS_STAYS

from s3gui.domain.existing import Remark
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import ENDED, State, Transfer, Waiting

COUNT = 40
THEIRS = b"theirs"
LIST = {"method": "GET", "query": "list-type=2"}
MINDING = [item for item in IfExists if item is not IfExists.OVERWRITE]
REST = ENDED | {State.PAUSED}


def fill(folder: Path, count: int = COUNT) -> Path:
    (folder / "drop").mkdir()
    for number in range(count):
        (folder / "drop" / f"{number:04}").write_bytes(b"%04d" % number * 256)
    return folder / "drop"


async def drop(engine: Engine, bucket: str, folder: Path, policy: IfExists) -> list[Transfer]:
    """Queues a folder with the connection open, as it is when somebody drops one."""
    await engine.connections.open(engine.profile.id)
    await engine.queue.upload(engine.profile.id, Location(bucket), [folder], if_exists=policy)
    return list(engine.queue.transfers)


async def rest(engine: Engine, rows: list[Transfer]) -> Counter[State]:
    await engine.watcher.until(lambda: all(row.state in REST for row in rows))
    return Counter(row.state for row in rows)


def named(front: Front, method: str) -> Counter[str]:
    """How often each file was the matter of a request."""
    return Counter(
        one.path[-4:] for one in front.log if one.method == method and one.path[-1] != "b"
    )


def lists(front: Front) -> int:
    return sum("list-type=2" in request.query for request in front.log)


@pytest.mark.parametrize("policy", MINDING)
async def test_where_nothing_is_one_look_does_for_all(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path, policy: IfExists
) -> None:
    folder = fill(tmp_path)
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, policy)
        assert await rest(program, rows) == {State.COMPLETED: COUNT}
        again = await program.journal.load()
    puts = [request for request in front.log if request.method == "PUT"]
    assert {request.headers.get("if-none-match") for request in puts} == {"*"}
    assert len(puts) == COUNT
    assert sum(named(front, "HEAD").values()) < 8
    assert 0 < lists(front) < 8
    # As a row of its own would say it.
    assert {row.remarks for row in rows} == {(Remark.UNPROVED,)}
    assert {row.transfer.remarks for row in again} == {(Remark.UNPROVED,)}
    assert {row.agreed_etag for row in again} == {""}
    seen = Seen(front, bucket)
    assert seen.content("drop/0007") == (folder / "0007").read_bytes()


@pytest.mark.parametrize(
    ("policy", "state", "waiting"),
    [
        (IfExists.SKIP, State.SKIPPED, None),
        (IfExists.ASK, State.PAUSED, Waiting.CONFLICT),
        (IfExists.FAIL, State.FAILED, Waiting.CONFLICT),
        (IfExists.SIZE, State.COMPLETED, None),
        (IfExists.RENAME, State.COMPLETED, None),
    ],
)
async def test_what_is_there_is_decided_about_as_it_is_for_one(
    front: Front,
    engine: MakeEngine,
    tmp_path: Path,
    policy: IfExists,
    state: State,
    waiting: Waiting | None,
) -> None:
    bucket, folder = versioned(front.behind), fill(tmp_path)
    client = front.behind.independent_client()
    for number in range(0, COUNT, 2):
        client.put_object(Bucket=bucket, Key=f"drop/{number:04}", Body=THEIRS)
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, policy)
        await rest(program, rows)
    assert {row.state for row in rows[1::2]} == {State.COMPLETED}
    assert {(row.state, row.waiting) for row in rows[::2]} == {(state, waiting)}
    replaced = policy is IfExists.SIZE
    assert versions(front.behind, bucket, "drop/0006") == [len(THEIRS), *([1024] * replaced)]
    assert (rows[6].location.key == "drop/0006 (1)") is (policy is IfExists.RENAME)
    if state is not State.COMPLETED:
        assert rows[6].error is not None
        assert {State.SKIPPED: "LeftAlone"}.get(state, "Exists") == rows[6].error.code
        assert sum(named(front, "HEAD").values()) < 8, "the list said it"
        assert not any(named(front, "PUT")[f"{number:04}"] for number in range(0, COUNT, 2))
    if state is State.PAUSED:
        assert rows[6].there is not None
        assert (rows[6].there.size, bool(rows[6].there.etag)) == (len(THEIRS), True)


@pytest.mark.fault(30, 88)
@THEIRS_STAYS
async def test_who_wrote_behind_the_look_keeps_the_key(
    front: Front, engine: MakeEngine, tmp_path: Path, policy: IfExists, state: State
) -> None:
    bucket, folder = versioned(front.behind), fill(tmp_path)
    write = partial(
        front.behind.independent_client().put_object,
        Bucket=bucket,
        Key="drop/0005",
        Body=THEIRS,
    )
    front.on(Forward(before=write), method="PUT", path="0005$", attempt=1)
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, policy)
        await rest(program, rows)
        assert rows[5].state is state, rows[5].error
        assert all(row.state is State.COMPLETED for row in rows if row is not rows[5])
        more = tmp_path / "more"
        more.mkdir()
        (tmp_path / "drop").rename(more / "drop")
        known = (await drop(program, bucket, more, policy))[COUNT:]
        assert await rest(program, known) == {State.COMPLETED: COUNT}
    assert versions(front.behind, bucket, "drop/0005") == [len(THEIRS)]
    # It was seen that the server keeps to the condition: from then on nothing is in doubt.
    assert {row.remarks for row in known} == {()}


async def test_a_server_without_conditions_is_looked_at_right_before(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> None:
    class Unknown(Action):
        def __call__(self, talk: Talk) -> None:
            if "if-none-match" in talk.request.headers:
                Answer(501, error_body("NotImplemented"))(talk)
            else:
                Forward()(talk)

    front.on(Unknown(), method="PUT")
    folder = fill(tmp_path)
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, IfExists.SKIP)
        assert await rest(program, rows) == {State.COMPLETED: COUNT}
        refused = sum(named(front, "PUT").values()) - COUNT
        other = tmp_path / "other"
        other.mkdir()
        folder.rename(other / "drop")
        more = (await drop(program, bucket, other, IfExists.SKIP))[COUNT:]
        assert await rest(program, more) == {State.COMPLETED: COUNT}
    assert {row.remarks for row in [*rows, *more]} == {(Remark.LOOKED,)}
    assert sum(named(front, "PUT").values()) == 2 * COUNT + refused


async def test_a_look_that_is_too_old_is_taken_once_more(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> None:
    folder = fill(tmp_path)
    client = front.behind.independent_client()

    async with engine(front) as program:
        few = replace(program.queue.settings, parts_in_flight=1, parts_grow=False)
        program.queue.settings = few

        def meanwhile() -> None:
            client.put_object(Bucket=bucket, Key="drop/0039", Body=THEIRS)
            program.clock.seconds += 60

        front.on(Forward(before=meanwhile), method="PUT", attempt=1)
        rows = await drop(program, bucket, folder, IfExists.SKIP)
        states = await rest(program, rows)
    assert states == {State.COMPLETED: COUNT - 1, State.SKIPPED: 1}
    assert lists(front) > 1
    assert named(front, "PUT")["0039"] == 0, "it was seen before a byte was sent"


async def test_where_each_look_is_too_old_at_once_every_row_looks_for_itself(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> None:
    folder = fill(tmp_path)
    async with engine(front) as program:

        def slowly() -> None:
            program.clock.seconds += 2

        front.on(Forward(after=slowly), **LIST)
        rows = await drop(program, bucket, folder, IfExists.SKIP)
        assert await rest(program, rows) == {State.COMPLETED: COUNT}
    assert sum(named(front, "PUT").values()) == COUNT
    assert sum(named(front, "HEAD").values()) >= COUNT - 8


@pytest.mark.parametrize("there", [True, False])
async def test_who_may_not_list_looks_at_each(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path, there: bool
) -> None:
    front.on(Answer(403, error_body("AccessDenied")), **LIST)
    folder = fill(tmp_path)
    if there:
        client = front.behind.independent_client()
        client.put_object(Bucket=bucket, Key="drop/0003", Body=THEIRS)
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, IfExists.SKIP)
        states = await rest(program, rows)
    assert states[State.SKIPPED] == there
    assert states[State.COMPLETED] == COUNT - there
    assert set(named(front, "HEAD").values()) == {1}


@pytest.mark.parametrize("policy", [IfExists.SKIP, IfExists.RENAME])
async def test_a_lost_answer_is_found_to_be_our_own(
    front: Front, engine: MakeEngine, tmp_path: Path, policy: IfExists
) -> None:
    bucket, folder = versioned(front.behind), fill(tmp_path)
    front.on(Forward(then="reset"), method="PUT", path="0005$", attempt=1)
    async with engine(front) as program:
        rows = await drop(program, bucket, folder, policy)
        assert await rest(program, rows) == {State.COMPLETED: COUNT}
    assert versions(front.behind, bucket, "drop/0005") == [1024]
    assert rows[5].location.key == "drop/0005"


@pytest.mark.parametrize("policy", [IfExists.SKIP, IfExists.FAIL])
async def test_a_kill_behind_the_write_finds_its_own_objects(
    front: Front, engine: MakeEngine, tmp_path: Path, policy: IfExists
) -> None:
    """The answers never came, and the journal has what was agreed."""
    bucket, folder = versioned(front.behind), fill(tmp_path)
    stored = threading.Semaphore(0)
    front.on(Forward(then="silence", after=stored.release), method="PUT", path="000.$")
    async with engine(front) as program:
        await drop(program, bucket, folder, policy)
        for _ in range(3):
            assert await asyncio.to_thread(stored.acquire, timeout=10)
        killed = program.next_start()
        front.forget()
        async with killed:
            await program.queue.close()
            rows = list(killed.queue.transfers)
            assert await rest(killed, rows) == {State.COMPLETED: COUNT}
    client = front.behind.independent_client()
    (page,) = client.get_paginator("list_object_versions").paginate(Bucket=bucket)
    assert Counter(row["Key"] for row in page["Versions"]).most_common()[0][1] == 1
    assert len(page["Versions"]) == COUNT


async def test_a_pause_while_it_is_looked_sends_nothing(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> None:
    front.on(Silence(), **LIST, attempt=1)
    async with engine(front) as program:
        rows = await drop(program, bucket, fill(tmp_path), IfExists.SKIP)
        await asyncio.to_thread(front.wait, lambda: lists(front) == 1)
        program.queue.pause([row.id for row in rows])
        await program.watcher.until(lambda: all(row.state is State.PAUSED for row in rows))
        assert not named(front, "PUT")
        front.forget()
        front.hang_up()
        program.queue.resume([row.id for row in rows])
        await program.watcher.until(lambda: all(row.state in ENDED for row in rows))
        assert {row.state for row in rows} == {State.COMPLETED}
    assert set(named(front, "PUT").values()) == {1}


async def test_what_cannot_be_journaled_is_not_sent(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine(front) as program:

        def full(*_: object) -> object:
            def fail(_: sqlite3.Connection) -> None:
                raise sqlite3.OperationalError("database or disk is full")

            return program.journal._writer.submit(fail)

        monkeypatch.setattr(program.journal, "decided", full)
        monkeypatch.setattr(program.journal, "agreed", full)
        rows = await drop(program, bucket, fill(tmp_path), IfExists.SKIP)
        await program.watcher.until(lambda: bool(program.watcher.problems))
        assert not [row for row in rows if row.state is State.COMPLETED]
        assert not named(front, "PUT")
