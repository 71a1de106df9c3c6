"""The journal: durable, one owner, never deleted, never half a batch."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3gui.domain.entries import ObjectOptions, Stored, UploadRef
from s3gui.domain.errors import JournalError
from s3gui.domain.integrity import CRC32, Digest, Verified
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, PartPlan
from s3gui.domain.transfer import Direction, ErrorNote, FileIdentity, State, Transfer
from s3gui.transfers import schema
from s3gui.transfers.journal import Journal, StateChange, durable, unbroken
from s3gui.transfers.left_store import AbortTodo
from s3gui.transfers.row import Expected, KeptPart, Row

NOW = datetime(2026, 1, 1, tzinfo=UTC)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and signals")


def row(id_: int, key: str = "", state: State = State.QUEUED) -> Row:
    transfer = Transfer(
        id=id_,
        profile_id="p",
        direction=Direction.UPLOAD,
        location=Location("b", key or f"k{id_}"),
        path=Path(os.fsdecode(b"/tmp/\xff.bin")),
        size=20 * MIB,
        position=id_,
        batch="drop",
        state=state,
        created=NOW,
    )
    return Row(transfer, ObjectOptions("text/plain"))


async def reopened(folder: Path) -> tuple[Journal, list[Row]]:
    journal = Journal(folder)
    assert await journal.open() is None
    return journal, await journal.load()


async def test_an_upload_comes_back_as_far_as_it_was(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    item = row(1, "d/ключ 🎉//.")
    await journal.add([item])
    item.transfer.identity = FileIdentity(2**63 + 1, 2**100, 20 * MIB, 3, 4)
    item.transfer.lay_out(PartPlan(20 * MIB, 5 * MIB))
    await journal.intend(item, NOW)
    await journal.created(1, UploadRef(item.transfer.location, "id-1", True, CRC32))
    kept = {2: KeptPart(Digest(b"2" * 16), "etag-2"), 4: KeptPart(Digest(crc32=b"4444"), "etag-4")}
    for number, part in kept.items():
        await journal.part_done(1, number, part)
    await journal.completing(1, Expected("expected-4", "crc"))
    await journal.close()
    journal, (back,) = await reopened(tmp_path)
    transfer = back.transfer
    assert transfer.location == item.transfer.location
    assert transfer.path == item.transfer.path
    assert transfer.identity == item.transfer.identity
    assert (transfer.upload_id, back.opaque_etags, back.completing) == ("id-1", True, True)
    assert back.ref.checksum == CRC32
    assert back.expected == Expected("expected-4", "crc")
    assert back.kept == kept
    assert (transfer.parts_done, transfer.moved, transfer.parts_total) == (2, 10 * MIB, 4)
    assert transfer.created == NOW
    assert back.options == ObjectOptions("text/plain")
    await journal.close()


async def test_done_forgets_its_parts_and_keeps_what_was_proved(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    item = row(1)
    await journal.add([item])
    item.transfer.lay_out(PartPlan(20 * MIB, 5 * MIB))
    await journal.part_done(1, 1, KeptPart(Digest(b"1" * 16), "e"))
    await journal.done(item, Stored("etag", "v1"), Verified.ETAG, NOW)
    await journal.close()
    journal, (back,) = await reopened(tmp_path)
    transfer = back.transfer
    assert (transfer.state, transfer.etag, transfer.version_id) == (State.COMPLETED, "etag", "v1")
    assert (transfer.verified, transfer.finished) == (Verified.ETAG, NOW)
    assert (back.kept, transfer.parts, transfer.parts_total) == ({}, [], 4)
    await journal.close()


async def test_giving_up_an_upload_is_one_step(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.add([row(1), row(2)])
    ref = UploadRef(Location("b", "k1"), "id-1")
    await journal.created(1, ref)
    await journal.part_done(1, 1, KeptPart(Digest(b"1" * 16), "e"))
    error = ErrorNote("title", "détail", "hint", "Code", "rid")
    await journal.change(
        [StateChange(1, State.CANCELLED, error, drop=True), StateChange(2, State.PAUSED)], NOW
    )
    assert await journal.aborts() == [AbortTodo("p", ref)]
    one, two = (item.transfer for item in await journal.load())
    assert (one.state, one.upload_id, one.error) == (State.CANCELLED, "", error)
    assert two.state is State.PAUSED
    await journal.abort_failed(AbortTodo("p", ref))
    await journal.aborted(AbortTodo("p", ref))
    assert await journal.aborts() == []
    await journal.close()


async def test_one_live_upload_a_key_and_a_batch_is_all_or_nothing(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.add([row(1, "same", State.CANCELLED), row(2, "same")])
    others = asyncio.gather(
        journal.add([row(3)]), journal.add([row(4), row(5, "same")]), journal.add([row(6)]),
        return_exceptions=True,
    )  # fmt: skip
    results = await others
    assert [type(result) for result in results] == [type(None), JournalError, type(None)]
    assert [item.id for item in await journal.load()] == [1, 2, 3, 6]
    await journal.close()


async def test_what_waits_shares_one_commit(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.add([row(1)])
    commits: list[str] = []

    def trace(database: sqlite3.Connection) -> None:
        database.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)

    def slow(_: sqlite3.Connection) -> None:
        time.sleep(0.05)

    await journal._writer.submit(trace)
    waiting = [journal._writer.submit(slow)]
    await asyncio.sleep(0.01)
    waiting += [journal.part_done(1, n, KeptPart(Digest(b"x" * 16), "e")) for n in range(1, 101)]
    await asyncio.gather(*waiting)
    assert len(commits) <= 4
    await journal.close()


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    waiting = [journal.add([row(n)]) for n in range(1, 50)]
    await journal.close()
    await asyncio.gather(*waiting)
    with pytest.raises(JournalError):
        await journal.add([row(99)])
    journal, rows = await reopened(tmp_path)
    assert len(rows) == 49
    await journal.close()
    await journal.close()


async def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    with pytest.raises(JournalError, match="in use") as caught:
        await Journal(tmp_path).open()
    assert caught.value.code == "JournalInUse"
    await journal.close()
    journal, _ = await reopened(tmp_path)
    await journal.close()


@posix
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    async def use() -> None:
        journal, _ = await reopened(tmp_path / "new")
        await journal.add([row(1)])
        for path in (tmp_path / "new").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        await journal.close()

    old = os.umask(0)
    try:
        asyncio.run(use())
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def noise(path: Path) -> None:
    path.write_bytes(b"this is no database, but long enough to be looked at" * 100)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(255 - byte for byte in data[4096:])
    path.write_bytes(data)


def foreign(path: Path) -> None:
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE other(a)")
    database.commit()
    database.close()


@pytest.mark.parametrize("damage", [noise, flipped, foreign])
async def test_a_damaged_file_is_moved_aside_and_told(tmp_path: Path, damage) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.add([row(n) for n in range(1, 200)])
    await journal.close()
    damage(journal.path)
    evidence = journal.path.read_bytes()
    journal = Journal(tmp_path)
    problem = await journal.open()
    assert problem is not None
    assert problem.code == "JournalDamaged"
    (aside,) = tmp_path.glob("*.corrupt-*")  # noqa: ASYNC240
    assert aside.read_bytes() == evidence
    assert str(aside) in problem.detail
    assert await journal.load() == []
    await journal.add([row(1)])
    await journal.close()


async def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / "transfers.sqlite3").touch()
    journal, rows = await reopened(tmp_path)
    assert rows == []
    await journal.close()


async def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    await journal.close()
    database = sqlite3.connect(journal.path)
    database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    database.close()
    before = journal.path.read_bytes()
    with pytest.raises(JournalError, match="newer") as caught:
        await Journal(tmp_path).open()
    assert caught.value.code == "JournalNewer"
    assert journal.path.read_bytes() == before


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be written"):
        await Journal(tmp_path / "file" / "state").open()


async def test_it_is_written_through_to_the_disk(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)

    def pragmas(database: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        return [database.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await journal._writer.submit(pragmas) == ["wal", 2, 1, 0]
    await journal.close()


KILLED = """
    import asyncio, sys
    from pathlib import Path
    sys.path[:0] = sys.argv[2:]
    from transfers.test_journal import Digest, KeptPart, Journal, row

    async def main():
        journal = Journal(Path(sys.argv[1]))
        await journal.open()
        await journal.add([row(n) for n in range(1, 4)])
        for number in range(1, 100000):
            await journal.part_done(1, number, KeptPart(Digest(b"x" * 16), "e"))
            print(number, flush=True)

    asyncio.run(main())
"""


@posix
async def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    path = [entry for entry in sys.path if entry]
    script = textwrap.dedent(KILLED)
    with subprocess.Popen(  # noqa: ASYNC220  it is killed before anything else goes on
        [sys.executable, "-c", script, str(tmp_path), *path], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 50:
                break
        process.send_signal(signal.SIGKILL)
        said = [int(line) for line in process.stdout.read().splitlines() if line.isdigit()]
    journal, rows = await reopened(tmp_path)
    assert [item.id for item in rows] == [1, 2, 3]

    def count(database: sqlite3.Connection) -> int:
        return int(database.execute("SELECT count(*) FROM part").fetchone()[0])

    assert await journal._writer.submit(count) >= max([50, *said])
    await journal.close()


async def test_a_hundred_thousand_rows_load_quickly(tmp_path: Path) -> None:
    journal, _ = await reopened(tmp_path)
    rows = [row(n, state=State.COMPLETED if n % 2 else State.QUEUED) for n in range(1, 100_001)]
    for start in range(0, len(rows), 10_000):
        await journal.add(rows[start : start + 10_000])
    await journal.close()
    began = time.process_time()  # not by the clock: others may be at work on the machine
    journal, back = await reopened(tmp_path)
    took_cpu_s = time.process_time() - began
    assert len(back) == 100_000
    assert not any(item.transfer.parts for item in back)
    assert took_cpu_s < 6, "3 s is the aim"
    await journal.close()


async def test_unbroken_waits_for_its_end_and_is_cancelled_then() -> None:
    work: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(unbroken(work))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    work.set_result(1)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_durable_has_the_memory_follow_what_was_written_even_when_cancelled() -> None:
    seen: list[str] = []
    work: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(durable(work, lambda: seen.append("followed")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    work.set_result(None)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["followed"]
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    failed.set_exception(JournalError("No"))
    with pytest.raises(JournalError):
        await durable(failed, lambda: seen.append("must not"))
    assert seen == ["followed"]
