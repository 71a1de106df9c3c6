"""Small files, many at once: nothing of what holds for one file is lost for the thousand."""

import asyncio
import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from faults.kit import Engine
from servers.lies import Answer, Reset, Silence
from servers.lying import LyingServer
from servers.talk import Action, Talk
from servers.tls import Authority
from transfers.kit import SETTINGS

from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.profile import Credentials, Profile
from s3gui.domain.transfer import ENDED, State, Transfer, Waiting
from s3gui.transfers.small import SMALL_BYTES

_XML = '<?xml version="1.0"?><Error><Code>{}</Code><Message>m</Message></Error>'
SIZES = (0, 1, 4096, 65_536, 65_537, 300_000)


@pytest.fixture(params=["http", "https"])
def lying(request: pytest.FixtureRequest, authority: Authority) -> Iterator[LyingServer]:
    tls = authority.server_context() if request.param == "https" else None
    with LyingServer(tls) as server:
        yield server


@pytest.fixture
def plain() -> Iterator[LyingServer]:
    """Where the scheme makes no difference."""
    with LyingServer() as server:
        yield server


def _engine(folder: Path, server: LyingServer, ca_bundle: str = "") -> Engine:
    bundle = ca_bundle if server.endpoint.startswith("https") else ""
    profile = Profile("p", "Liar", server.endpoint, ca_bundle=bundle)
    where: Any = SimpleNamespace(profile=profile, credentials=Credentials("access", "secret"))
    return Engine(folder, where, settings=replace(SETTINGS, files_in_flight=1))


@pytest_asyncio.fixture
async def engine(tmp_path: Path, plain: LyingServer) -> AsyncIterator[Engine]:
    async with _engine(tmp_path, plain) as running:
        yield running


def _fill(folder: Path, count: int, size: int) -> None:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:04}").write_bytes(number.to_bytes(2, "big") * (size // 2))


async def _drop(engine: Engine, folder: Path, count: int, size: int = 4096) -> list[Transfer]:
    """Queues files of a folder, with the connection open as it is when somebody drops them."""
    _fill(folder, count, size)
    await engine.connections.open("p")
    await engine.queue.upload("p", Location("b"), [folder])
    return list(engine.queue.transfers)


async def _ended(engine: Engine, rows: list[Transfer]) -> Counter[State]:
    await engine.watcher.until(lambda: all(row.state in ENDED for row in rows))
    return Counter(row.state for row in rows)


def _named(server: LyingServer, name: str) -> int:
    return sum(request.path.endswith(name) for request in server.log)


async def test_thousands_arrive_whole_and_once(
    tmp_path: Path, lying: LyingServer, ca_bundle: str
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    for number in range(600):
        size = SIZES[number % len(SIZES)] if number < 60 else 4096
        (folder / f"{number:04}").write_bytes(
            hashlib.sha256(b"%d" % number).digest() * (size // 32)
        )
    async with _engine(tmp_path, lying, ca_bundle) as engine:
        await engine.connections.open("p")
        await engine.queue.upload("p", Location("b", "x/"), [folder])
        rows = list(engine.queue.transfers)
        assert await _ended(engine, rows) == {State.COMPLETED: 600}
        assert {row.verified for row in rows} == {Verified.ETAG}
        assert all(row.parts_done == 1 for row in rows)
        again = {row.id: row for row in await engine.journal.load()}
    came = {request.path: request.md5 for request in lying.log if request.whole}
    for row in rows:
        sum_ = hashlib.md5(row.path.read_bytes()).hexdigest()
        assert came[f"/b/x/drop/{row.path.name}"] == sum_
        assert row.etag == sum_ == again[row.id].transfer.etag
        assert again[row.id].transfer.state is State.COMPLETED
        proof = again[row.id].proof
        assert (proof["md5"], proof["file_size"]) == (row.etag, str(row.size))
    assert Counter(request.path for request in lying.log).most_common(1)[0][1] == 1
    assert lying.connections < 64


async def test_only_what_failed_is_sent_again(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(Answer(503, _XML.format("SlowDown").encode()), path="0007", attempt=1)
    plain.on(Reset(), path="0011", attempt=1)
    plain.on(Answer(500, _XML.format("InternalError").encode()), path="0013", attempt=1)
    plain.on(Answer(400, _XML.format("BadDigest").encode()), path="0017", attempt=1)
    rows = await _drop(engine, tmp_path / "drop", 200)
    assert await _ended(engine, rows) == {State.COMPLETED: 200}
    again = {path[-4:]: n for path, n in Counter(r.path for r in plain.log).items() if n > 1}
    assert again == {"0007": 2, "0011": 2, "0013": 2, "0017": 2}


async def test_what_is_refused_fails_with_the_server_s_words_and_is_asked_once(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(
        Answer(403, _XML.format("AccessDenied").encode(), {"x-amz-request-id": "r7"}), path="7$"
    )
    rows = await _drop(engine, tmp_path / "drop", 50)
    assert await _ended(engine, rows) == {State.COMPLETED: 45, State.FAILED: 5}
    failed = [row for row in rows if row.state is State.FAILED]
    assert {(row.error.code, row.error.request_id) for row in failed if row.error} == {
        ("AccessDenied", "r7")
    }
    assert len(plain.log) == 50


async def test_an_object_that_is_another_is_never_called_done(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(Answer(200, b"", {"ETag": f'"{"0" * 32}"'}), method="PUT", path="0003")
    plain.on(Answer(200, b"", {}, etag=""), method="PUT", path="0004")
    head = {"ETag": f'"{"0" * 32}"', "Content-Length": "4096", "Last-Modified": "Thu, 01 Jan 2026"}
    plain.on(Answer(200, b"", head, length=None), method="HEAD", path="0003")
    rows = await _drop(engine, tmp_path / "drop", 10)
    assert await _ended(engine, rows) == {State.COMPLETED: 8, State.FAILED: 2}
    assert [row.path.name for row in rows if row.state is State.FAILED] == ["0003", "0004"]


async def test_an_opaque_etag_is_looked_at_once_more(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(Answer(200, b"", {"ETag": '"opaque"', "x-amz-version-id": "v1"}), method="PUT")
    head = {"ETag": '"opaque"', "Content-Length": "4096", "Last-Modified": "Thu, 01 Jan 2026"}
    plain.on(Answer(200, b"", head, length=None), method="HEAD", query="versionId=v1")
    rows = await _drop(engine, tmp_path / "drop", 5)
    assert await _ended(engine, rows) == {State.COMPLETED: 5}
    assert {row.verified for row in rows} == {Verified.PART_MD5_AND_SIZE}
    assert Counter(request.method for request in plain.log) == {"PUT": 5, "HEAD": 5}


class _Writes(Action):
    """Changes the file whose bytes it has just taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, talk: Talk) -> None:
        talk.read_body()
        path = self._folder / talk.request.path[-4:]
        path.write_bytes(b"!" * 4096)
        talk.reply(200, {"ETag": f'"{talk.request.md5}"', "Content-Length": "0"})


async def test_a_file_that_changes_while_it_is_sent_is_not_called_done(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(_Writes(tmp_path / "drop"), path="0005")
    rows = await _drop(engine, tmp_path / "drop", 20)
    assert await _ended(engine, rows) == {State.COMPLETED: 19, State.FAILED: 1}
    assert rows[5].waiting is Waiting.SOURCE_CHANGED
    assert _named(plain, "0005") == 1


async def test_a_file_that_grew_behind_the_scan_goes_up_as_it_is(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    folder = tmp_path / "drop"
    await engine.connections.open("p")
    plain.on(Silence(), path="0000")
    first = await _drop(engine, folder, 1)
    later = tmp_path / "later"
    later.mkdir()
    file = later / "grows"
    file.write_bytes(b"a" * 10)
    await engine.queue.upload("p", Location("b"), [file])
    row = engine.queue.transfers[-1]
    row.size = 9  # as a scan would have seen it a moment before
    await engine.ended(row)
    assert (row.state, row.size) == (State.COMPLETED, 10)
    assert plain.log[-1].md5 == hashlib.md5(b"a" * 10).hexdigest()
    engine.queue.abort([first[0].id], keep_parts=False)
    await engine.ended(first[0])


async def test_a_missing_file_fails_alone(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    gone = tmp_path / "drop" / "0003"
    plain.on(_Removes(gone), path="0000", attempt=1)
    engine.queue.settings = replace(engine.queue.settings, parts_in_flight=1)
    rows = await _drop(engine, tmp_path / "drop", 8)
    gone.unlink(missing_ok=True)
    states = await _ended(engine, rows)
    assert states[State.COMPLETED] >= 7
    assert all(row.error and row.error.code == "ENOENT" for row in rows if row.error)


class _Removes(Action):
    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, talk: Talk) -> None:
        self._path.unlink(missing_ok=True)
        talk.read_body()
        talk.reply(200, {"ETag": f'"{talk.request.md5}"', "Content-Length": "0"})


async def test_a_pause_takes_one_out_and_leaves_the_others(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(Silence(), path="0002", attempt=1)
    rows = await _drop(engine, tmp_path / "drop", 40)
    await engine.watcher.until(lambda: sum(row.state is State.COMPLETED for row in rows) == 39)
    engine.queue.pause([rows[2].id])
    await engine.until(rows[2], State.PAUSED)
    assert rows[2].moved == 0
    engine.queue.resume([rows[2].id])
    assert await _ended(engine, rows) == {State.COMPLETED: 40}
    assert _named(plain, "0002") == 2


@pytest.mark.parametrize("size", [4096, SMALL_BYTES])
async def test_nothing_leaves_after_a_cancel(
    tmp_path: Path, engine: Engine, plain: LyingServer, size: int
) -> None:
    plain.on(Silence())
    rows = await _drop(engine, tmp_path / "drop", 60, size)
    await asyncio.to_thread(plain.wait, lambda: bool(plain.log))
    engine.queue.abort([row.id for row in rows], keep_parts=False)
    assert await _ended(engine, rows) == {State.CANCELLED: 60}
    # What was on its way to the server is logged when that gets to it.
    await asyncio.to_thread(plain.wait, lambda: not plain.open_connections)
    seen = len(plain.log)
    plain.forget()
    engine.queue.retry([rows[0].id])
    await engine.until(rows[0], State.COMPLETED)
    assert len(plain.log) == seen + 1


async def test_what_is_done_is_in_the_journal_before_the_row_says_so(
    tmp_path: Path, engine: Engine, plain: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> object:
        def fail(_: sqlite3.Connection) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        return engine.journal._writer.submit(fail)

    await engine.connections.open("p")
    monkeypatch.setattr(engine.journal, "all_done", full)
    rows = await _drop(engine, tmp_path / "drop", 3)
    await engine.watcher.until(lambda: bool(engine.watcher.problems))
    assert not [row for row in rows if row.state is State.COMPLETED]
    assert {error.code for error in engine.watcher.problems} == {"Journal"}
    assert len(plain.log) == 3


async def test_a_kill_sends_again_at_most_what_was_under_way(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(Silence(), path="0009")
    rows = await _drop(engine, tmp_path / "drop", 30)
    await engine.watcher.until(lambda: sum(row.state is State.COMPLETED for row in rows) == 29)
    killed = engine.next_start()
    plain.forget()
    async with killed:
        await engine.queue.close()
        rows = list(killed.queue.transfers)
        assert await _ended(killed, rows) == {State.COMPLETED: 30}
    assert len(plain.log) == 31


async def test_refused_keys_stop_the_connection_and_lose_nothing(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    plain.on(Answer(400, _XML.format("ExpiredToken").encode()), since=20)
    rows = await _drop(engine, tmp_path / "drop", 100)
    await engine.watcher.until(lambda: any(row.waiting is Waiting.CREDENTIALS for row in rows))
    await engine.watcher.until(lambda: not any(row.state is State.RUNNING for row in rows))
    assert not [row for row in rows if row.state is State.FAILED]
    plain.forget()
    await engine.connections.adopt(engine.profile, Credentials("access", "another"))
    assert await _ended(engine, rows) == {State.COMPLETED: 100}


async def test_no_more_are_under_way_than_the_setting_allows(
    tmp_path: Path, engine: Engine, plain: LyingServer
) -> None:
    engine.queue.settings = replace(engine.queue.settings, parts_in_flight=1, parts_grow=False)
    rows = await _drop(engine, tmp_path / "drop", 200)
    assert await _ended(engine, rows) == {State.COMPLETED: 200}
    assert max(request.beside for request in plain.log) <= 4


async def test_no_thread_is_left_behind(tmp_path: Path, plain: LyingServer) -> None:
    async with _engine(tmp_path, plain) as engine:
        rows = await _drop(engine, tmp_path / "drop", 20)
        await _ended(engine, rows)
    for thread in threading.enumerate():
        if thread.name == "s3gui-small":
            thread.join(5)
            assert not thread.is_alive()
