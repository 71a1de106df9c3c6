"""Small objects, many at once: nothing of what holds for one download is lost for the thousand."""

import asyncio
import hashlib
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from faults.conftest import MakeEngine
from faults.down import Down
from faults.kit import LINE
from faults.small_down import all_there, asked, content, ended, fill, gets, one
from servers.front import Front
from servers.lies import Answer, Reset, Silence, error_body, throttle, web_page
from servers.lying import Action
from servers.talk import Talk
from transfers.kit import SETTINGS

from s3gui.domain.integrity import Verified
from s3gui.domain.profile import Credentials
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.downloading.small import SMALL_BYTES

SIZES = (0, 1, 4096, 65_536, 65_537, SMALL_BYTES)


@pytest_asyncio.fixture
async def down(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> AsyncIterator[Down]:
    (tmp_path / "down").mkdir()
    async with engine(front, settings=replace(SETTINGS, files_in_flight=1)) as program:
        yield Down(program, front, bucket, tmp_path / "down")


async def test_they_arrive_whole_with_one_request_each(
    either: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "down").mkdir()
    async with engine(either) as program:
        down = Down(program, either, bucket, tmp_path / "down")
        objects = fill(down, 90, SIZES)
        rows = await asked(down)
        assert await ended(down, rows) == {State.COMPLETED: 90}
        assert {row.verified for row in rows} <= {Verified.ETAG, Verified.FULL_CHECKSUM}
        again = {row.id: row for row in await program.journal.load()}
    all_there(down, objects)
    assert set(gets(down).values()) == {1}
    assert not [request for request in either.log if request.method == "HEAD"]
    assert either.connections < 64
    for row in rows:
        known, facts = again[row.id], row.path.stat()
        assert known.transfer.state is State.COMPLETED
        assert not known.completing
        assert known.part_path is None
        assert (row.parts_done, row.moved) == (1, row.size)
        md5 = hashlib.md5(row.path.read_bytes()).hexdigest()
        assert row.etag == known.transfer.etag == md5
        assert (known.proof["file_size"], known.proof["looked"]) == (str(row.size), "head")
        assert {"md5", "crc32"} & known.proof.keys()
        assert row.origin is not None
        assert row.origin.modified is not None
        assert facts.st_mtime == int(row.origin.modified.timestamp())
        assert known.transfer.identity is not None
        assert known.transfer.identity.inode == facts.st_ino
        assert stat.S_IMODE(facts.st_mode) == new_file_mode(tmp_path)


def new_file_mode(folder: Path) -> int:
    """Of any new file."""
    path = folder / "mode"
    path.touch()
    return stat.S_IMODE(path.stat().st_mode)


class Flipped(Action):
    """The answer with another first byte, the first time."""

    def __init__(self) -> None:
        self._left = 1

    def __call__(self, talk: Talk) -> None:
        with talk.server.changed:
            mine, self._left = self._left > 0, 0
        if not mine:
            talk.server.otherwise(talk)
            return
        data = bytearray(content(5))
        data[0] ^= 1
        md5 = hashlib.md5(content(5)).hexdigest()
        Answer(200, bytes(data), etag=f'"{md5}"')(talk)


@pytest.mark.fault(11, 12, 44)
async def test_only_what_failed_is_fetched_again(down: Down) -> None:
    objects = fill(down, 60)
    ones: dict[int, Action] = {
        7: throttle(503, 0),
        11: Reset(),
        13: Answer(500, error_body("InternalError")),
        17: Answer(200, content(17)[:100], length=4096),
        19: Answer(200, content(19), etag='"other"'),
    }
    for number, action in ones.items():
        down.front.on(action, path=f"/{number:04}$", method="GET", attempt=1)
    down.front.on(Flipped(), path="/0005$", method="GET")
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 60}
    all_there(down, objects)
    again = {number for number, count in gets(down).items() if count > 1}
    assert again == {"0005", "0007", "0011", "0013", "0017", "0019"}
    assert max(gets(down).values()) == 2


async def test_what_is_refused_fails_with_the_server_s_words_and_is_asked_once(
    down: Down,
) -> None:
    fill(down, 30)
    refusal = Answer(403, error_body("AccessDenied"), {"x-amz-request-id": "r7"})
    down.front.on(refusal, path="/...7$", method="GET")
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 27, State.FAILED: 3}
    failed = [row for row in rows if row.state is State.FAILED]
    assert {row.error.code for row in failed if row.error} == {"AccessDenied"}
    assert set(gets(down).values()) == {1}
    assert not [name for name in down.names() if name.endswith(("7", "part"))]


@pytest.mark.fault(10)
async def test_the_page_of_a_hotel_is_no_object(down: Down) -> None:
    fill(down, 5)
    down.front.on(web_page(), path="/0003$")
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 4, State.FAILED: 1}
    assert len(down.names()) == 4


async def test_an_object_that_was_replaced_comes_as_it_is_now(down: Down) -> None:
    objects = fill(down, 20)
    await down.engine.connections.open(down.engine.profile.id)
    new = b"another one"

    class Replaces(Action):
        def __call__(self, talk: Talk) -> None:
            down.put("dir/2/0005", new)
            talk.server.otherwise(talk)

    down.front.on(Replaces(), path="/0005$", method="GET", attempt=1)
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 20}
    all_there(down, {**objects, "dir/2/0005": new})


async def test_one_that_stops_in_the_middle_holds_nobody_up(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "down").mkdir()
    async with engine(front, line=replace(LINE, idle_s=60)) as program:
        down = Down(program, front, bucket, tmp_path / "down")
        fill(down, 40)
        etag = hashlib.md5(content(2)).hexdigest()
        stops = Answer(200, content(2)[:100], etag=f'"{etag}"', length=4096, then="hang")
        front.on(stops, path="/0002$", method="GET")
        rows = await asked(down)
        held = one(rows, 2)
        others = [row for row in rows if row is not held]
        assert await ended(down, others) == {State.COMPLETED: 39}
        assert held.state is State.RUNNING
        assert gets(down)["0002"] == 1
        program.queue.abort([held.id], keep_parts=False)
        assert await ended(down, rows) == {State.COMPLETED: 39, State.CANCELLED: 1}


async def test_a_pause_takes_one_out_and_leaves_the_others(down: Down) -> None:
    objects = fill(down, 40)
    down.front.on(Silence(), path="/0002$", method="GET", attempt=1)
    rows = await asked(down)
    held = one(rows, 2)
    await down.engine.watcher.until(lambda: sum(row.state is State.COMPLETED for row in rows) == 39)
    down.engine.queue.pause([held.id])
    await down.engine.until(held, State.PAUSED)
    assert held.moved == 0
    assert not [name for name in down.names() if name.endswith("part")]
    down.engine.queue.resume([held.id])
    assert await ended(down, rows) == {State.COMPLETED: 40}
    all_there(down, objects)


async def test_cancelled_at_any_moment_nothing_is_left(down: Down) -> None:
    fill(down, 60)
    rows = await asked(down)
    await down.engine.watcher.until(lambda: any(row.state is State.COMPLETED for row in rows))
    down.engine.queue.abort([row.id for row in rows], keep_parts=False)
    states = await ended(down, rows)
    assert set(states) <= {State.COMPLETED, State.CANCELLED}
    done = {row.location.key for row in rows if row.state is State.COMPLETED}
    async with asyncio.timeout(20):
        while [name for name in down.names() if name.endswith("part")]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # a thread removes it, and tells nobody
    for name in down.names():
        assert (down.folder / name).read_bytes() == content(int(name[-4:]))
    assert done <= set(down.names())


async def test_refused_keys_stop_the_connection_and_lose_nothing(down: Down) -> None:
    objects = fill(down, 60)
    await down.engine.connections.open(down.engine.profile.id)
    down.front.on(Answer(400, error_body("ExpiredToken")), path=r"/\d{4}$", method="GET", since=20)
    rows = await asked(down)
    until = down.engine.watcher.until
    await until(lambda: any(row.waiting is Waiting.CREDENTIALS for row in rows))
    await until(lambda: not any(row.state is State.RUNNING for row in rows))
    assert not [row for row in rows if row.state is State.FAILED]
    down.front.forget()
    keys = down.engine.server.credentials
    await down.engine.sign_in(Credentials(keys.access_key, keys.secret_key))
    assert await ended(down, rows) == {State.COMPLETED: 60}
    all_there(down, objects)


async def test_no_more_are_under_way_than_the_setting_allows(down: Down) -> None:
    fill(down, 80)
    queue = down.engine.queue
    queue.settings = replace(queue.settings, parts_in_flight=1, parts_grow=False)
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 80}
    assert max(request.beside for request in down.front.log) <= 4


async def test_the_limit_holds(down: Down) -> None:
    objects = fill(down, 8, (SMALL_BYTES // 4,))
    queue = down.engine.queue
    queue.settings = replace(queue.settings, limit_down_bytes_s=SMALL_BYTES)
    loop = asyncio.get_running_loop()
    rows = await asked(down)
    began = loop.time()
    assert await ended(down, rows) == {State.COMPLETED: 8}
    assert loop.time() - began > 0.5
    all_there(down, objects)


async def test_who_asks_to_slow_down_is_heard_and_all_arrive(down: Down) -> None:
    objects = fill(down, 60)
    await down.engine.connections.open(down.engine.profile.id)
    down.front.on(throttle(503, 0), path=r"/\d{4}$", method="GET", attempt=1)
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 60}
    all_there(down, objects)
    share = down.engine.queue._kit.slots.of(down.engine.profile.id)
    assert share.limit < down.engine.queue.settings.parts_in_flight


async def test_where_small_ones_cannot_be_asked_for_so_all_arrive_all_the_same(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = fill(down, 300)
    session = await down.engine.connections.open(down.engine.profile.id)

    async def none(_: str) -> None:
        return None

    monkeypatch.setattr(session.objects, "quick_get", none)
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 300}
    all_there(down, objects)


async def test_a_bucket_that_fails_to_be_looked_at_stops_nobody(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = fill(down, 100)
    session = await down.engine.connections.open(down.engine.profile.id)

    async def fails(_: str) -> None:
        raise ValueError("ours")

    monkeypatch.setattr(session.objects, "quick_get", fails)
    rows = await asked(down)
    assert await ended(down, rows) == {State.COMPLETED: 100}
    all_there(down, objects)
