"""A journal that is damaged, newer, in use or not to be written: said, and nothing lost."""

import os
import random
import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from acceptance.twin import Event, errors, of_summary
from crash.points import part
from crash.program import Program
from disks.conftest import words
from gui.files import sha256
from gui.storage import Storage
from servers.front import Forward

from s3gui.domain.errors import JournalError
from s3gui.transfers import schema
from s3gui.transfers.journal import Journal

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
Place = tuple[Program, Storage, str]
#: root writes everything; without these it is a person like any other.
_AS_ANYBODY = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)


def journal_of(program: Program) -> Path:
    return program.state_dir / "transfers.sqlite3"


def fold(journal: Path) -> None:
    """After a kill what is newest is in the log beside the file."""
    database = sqlite3.connect(journal)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def flip(file: Path, chance: random.Random) -> None:
    """Some bits, on some pages."""
    data = bytearray(file.read_bytes())
    for _ in range(chance.choice([1, 3, 20])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)


def cut(file: Path, chance: random.Random) -> None:
    os.truncate(file, chance.randrange(1, file.stat().st_size))


def refused(events: list[Event], code: str) -> Event:
    (error,) = errors(events)
    assert error["code"] == code, error
    assert error["title"]
    assert error["hint"]
    return error


@pytest.mark.parametrize("seed", range(60 if LONG else 6))
@pytest.mark.parametrize("damage", [flip, cut])
async def test_whatever_is_damaged_the_journal_opens_or_says_why(
    half_journal: Path, tmp_path: Path, damage: object, seed: int
) -> None:
    assert callable(damage)
    chance = random.Random(seed)
    told: list[JournalError] = []
    for attempt in range(10):
        folder = tmp_path / f"{attempt}"
        shutil.copytree(half_journal, folder)
        damage(folder / "transfers.sqlite3", chance)
        evidence = (folder / "transfers.sqlite3").read_bytes()
        journal = Journal(folder)
        try:
            problem = await journal.open()
            rows = await journal.load()
        except JournalError as error:
            told.append(error)
            continue
        finally:
            await journal.close()
        if problem is not None:
            assert not rows
            (aside,) = folder.glob("*.corrupt-*[0-9]")
            assert aside.read_bytes() == evidence
    assert all(error.title and error.hint for error in told)


@pytest.fixture(scope="module")
def half_journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with two hundred rows and some parts, and room that was used before."""
    import asyncio

    from transfers.test_journal import Digest, KeptPart, row

    folder = tmp_path_factory.mktemp("journal")

    async def fill() -> None:
        journal = Journal(folder)
        await journal.open()
        await journal.add([row(number) for number in range(1, 300)])
        for number in range(1, 80):
            await journal.part_done(7, number, KeptPart(Digest(bytes(16)), "e" * 32))
        await journal.remove(range(200, 300), datetime.now(UTC))
        await journal.close()

    asyncio.run(fill())
    return folder


@pytest.mark.parametrize("seed", [1, 2])
def test_a_damaged_list_is_put_aside_and_the_files_can_be_sent_again(
    place: Place, half_sent: Path, seed: int
) -> None:
    program, storage, bucket = place
    fold(journal_of(program))
    data = bytearray(journal_of(program).read_bytes())
    data[100 + seed] ^= 0xFF  # the schema's page
    data[5000 + seed : 5200] = random.Random(seed).randbytes(200 - seed)
    journal_of(program).write_bytes(data)
    events = program.run(*words(half_sent, bucket))
    told = refused([event for event in events if event["event"] == "error"], "JournalDamaged")
    (aside,) = program.state_dir.glob("*.corrupt-*[0-9]")
    assert str(aside) in told["detail"]
    assert aside.read_bytes() == data
    assert of_summary(events) == {"completed": 1}
    assert storage.read_back(bucket, half_sent.name)[1] == sha256(half_sent)


def test_a_newer_list_is_refused_and_left_as_it_is(place: Place, half_sent: Path) -> None:
    program, _, bucket = place
    fold(journal_of(program))
    database = sqlite3.connect(journal_of(program))
    database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    database.close()
    before = journal_of(program).read_bytes()
    told = refused(program.run(*words(half_sent, bucket), code=1), "JournalNewer")
    assert str(schema.VERSION + 1) in told["detail"]
    assert journal_of(program).read_bytes() == before


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_list_that_may_not_be_written_is_refused_and_goes_on_later(
    place: Place, half_sent: Path, what: str
) -> None:
    program, storage, bucket = place
    fold(journal_of(program))
    target = program.state_dir if what == "folder" else journal_of(program)
    mode = target.stat().st_mode
    target.chmod(0o500 if what == "folder" else 0o400)
    program.before = _AS_ANYBODY if os.geteuid() == 0 else ()
    try:
        events = program.run(*words(half_sent, bucket), code=1)
    finally:
        target.chmod(mode)
        program.before = ()
    (error,) = errors(events)
    assert "ermission denied" in error["detail"] or "readonly" in error["detail"], error
    assert error["hint"]
    assert of_summary(program.run(*words(half_sent, bucket))) == {"completed": 1}
    assert storage.read_back(bucket, half_sent.name)[1] == sha256(half_sent)
    assert not storage.unfinished(bucket)


def test_a_list_that_another_one_works_with_is_refused_and_that_one_goes_on(
    place: Place, large: Path
) -> None:
    program, storage, bucket = place
    here, go = threading.Event(), threading.Event()

    def wait() -> None:
        here.set()
        go.wait(30)

    method, query = part(2)
    program.front.on(Forward(before=wait), method=method, query=query)
    first = program.start(*words(large, bucket))
    assert here.wait(30)
    told = refused(program.run(*words(large, bucket), code=1), "JournalInUse")
    assert str(program.state_dir) in told["detail"]
    go.set()
    assert of_summary(first.end()) == {"completed": 1}
    assert storage.read_back(bucket, large.name)[1] == sha256(large)


def test_a_list_with_a_row_that_nobody_wrote_is_put_aside_and_its_uploads_are_found(
    place: Place, half_sent: Path
) -> None:
    program, storage, bucket = place
    fold(journal_of(program))
    database = sqlite3.connect(journal_of(program))
    database.execute("UPDATE transfer SET options_json = '{'")
    database.commit()
    database.close()
    before = journal_of(program).read_bytes()
    (upload,) = storage.unfinished(bucket)
    told = refused(program.run("transfers"), "JournalDamaged")
    (aside,) = program.state_dir.glob("*.corrupt-*[0-9]")
    assert str(aside) in told["detail"]
    assert aside.read_bytes() == before
    assert "s3gui unfinished" in told["hint"]
    (row, _) = program.run("unfinished", f"s3://{bucket}/", "--sizes")
    parts = len(storage.parts(bucket, upload["Key"], upload["UploadId"]))
    assert (row["upload_id"], row["ours"], row["parts"]) == (upload["UploadId"], False, parts)
    assert of_summary(program.run(*words(half_sent, bucket))) == {"completed": 1}
    assert storage.read_back(bucket, half_sent.name)[1] == sha256(half_sent)
