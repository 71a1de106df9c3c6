"""Receipts: what is in them, as other programs read them."""

import asyncio
import base64
import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from transfers.kit import PART, House, MakeFile
from transfers.past import PROFILES, START, receipt

from s3gui.domain.errors import JournalError, LocalFileError, SourceChanged
from s3gui.domain.integrity import Verified
from s3gui.domain.parts import Meter
from s3gui.domain.receipt import Proof, Receipt
from s3gui.domain.transfer import Direction
from s3gui.transfers.history import History
from s3gui.transfers.receipt_formats import COLUMNS, Format, cells
from s3gui.transfers.receipts import Saving, save
from s3gui.transfers.rereading import digests_of
from s3gui.transfers.threads import Threads

SUMS = shutil.which("sha256sum")


def sha256sum(folder: Path, *options: str) -> "subprocess.CompletedProcess[bytes]":
    words = [str(SUMS), *options, "-c", "SHA256SUMS"]
    return subprocess.run(words, cwd=folder, capture_output=True, check=False)


async def these(receipts: Sequence[Receipt]) -> AsyncIterator[Receipt]:
    for one in receipts:
        yield one


def of_file(path: Path, **changes: object) -> Receipt:
    facts = path.stat()
    proof = {Proof.FILE_SIZE: str(facts.st_size), Proof.FILE_MTIME_NS: str(facts.st_mtime_ns)}
    return receipt(path=path, size=facts.st_size, proof=proof, **changes)


async def written(receipts: Sequence[Receipt], kind: Format, to: Path) -> Saving:
    saving = Saving()
    await save(these(receipts), to, kind, PROFILES, saving)
    return saving


async def test_a_receipt_says_what_was_proved(
    house: House, make_file: MakeFile, tmp_path: Path
) -> None:
    small, large = make_file(3000, "small"), make_file(3 * PART, "large")
    transfers = await house.upload(small, large)
    for transfer in transfers:
        await house.done(transfer)
    house.queue.remove([transfers[0].id])
    to = tmp_path / "receipt.json"
    found = History(house.journal).batch(transfers[0].batch)
    await save(found, to, Format.JSON, PROFILES, Saving())
    said = json.loads(to.read_bytes())
    assert (said["format"], said["version"]) == ("s3gui-receipt", 1)
    one, three = said["transfers"]
    assert tuple(one) == COLUMNS
    assert (one["direction"], one["source"], one["destination"]) == (
        "upload",
        str(small),
        "s3://b/small",
    )
    assert one["md5"] == one["etag"] == hashlib.md5(small.read_bytes()).hexdigest()
    assert (one["level"], one["level_text"]) == ("etag", "Verified: ETag of all parts")
    assert (one["parts"], three["parts"], three["part_bytes"]) == (1, 3, PART)
    assert (one["connection"], one["endpoint"]) == ("Memory", "http://127.0.0.1:9")
    assert (three["size"], three["looked"], three["parts_again"]) == (3 * PART, "head", 0)
    assert datetime.fromisoformat(one["started"]) <= datetime.fromisoformat(one["finished"])
    if house.server.takes_checksums:
        whole = zlib.crc32(large.read_bytes()).to_bytes(4, "big")
        assert three["crc32"] == base64.b64encode(whole).decode()
        assert three["level"] == "full"
    else:
        assert three["composite_etag"] == three["etag"]
    assert "secret" not in to.read_text()


async def test_a_table_for_a_spreadsheet_has_the_same_columns_and_no_formulas(
    tmp_path: Path,
) -> None:
    evil = replace(receipt(), path=Path("=cmd|' /C calc'!A0"), etag="+1", version_id="@v")
    rows = [evil, replace(receipt(), path=Path('/a,"b"\nc\udce9'), started=None)]
    await written(rows, Format.CSV, tmp_path / "r.csv")
    data = (tmp_path / "r.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    first, second = csv.DictReader(text)
    assert tuple(first) == COLUMNS
    assert (first["source"], first["etag"], first["version_id"]) == (
        "'=cmd|' /C calc'!A0",
        "'+1",
        "'@v",
    )
    assert second["source"] == '/a,"b"\nc\\udce9'
    assert (second["started"], second["finished"]) == ("", "2026-01-01T00:07:00.000Z")


@pytest.mark.skipif(SUMS is None, reason="no sha256sum")
async def test_sha256sum_finds_every_name_and_takes_every_sum(tmp_path: Path) -> None:
    names = ["plain", "two words", "back\\slash", "new\nline", "-dash", "*star", "отчёт"]
    names += ["carriage\rreturn", os.fsdecode(b"caf\xe9"), " blank", "empty"]
    folder = tmp_path / "in"
    folder.mkdir()
    paths = [folder / name for name in names] + [tmp_path / "outside"]
    for number, path in enumerate(paths):
        path.write_bytes(
            b""
            if path.name == "empty"
            else path.name.encode(errors="replace") * 9999 * (number + 1)
        )
    saving = await written([of_file(path) for path in paths], Format.SHA256, folder / "SHA256SUMS")
    assert (saving.written, saving.left_out) == (len(paths), [])
    assert saving.bytes_read == sum(path.stat().st_size for path in paths)
    done = sha256sum(folder, "--strict")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b": OK") == len(paths)
    assert b"  plain\n" in (folder / "SHA256SUMS").read_bytes()
    (folder / "two words").write_bytes(b"other")
    assert sha256sum(folder).returncode == 1


async def test_a_file_that_changed_is_said_and_not_hashed(tmp_path: Path) -> None:
    same, longer, touched, gone = (
        tmp_path / name for name in ("same", "longer", "touched", "gone")
    )
    for path in (same, longer, touched, gone):
        path.write_bytes(b"before")
    receipts = [of_file(path) for path in (same, longer, touched, gone)]
    longer.write_bytes(b"before and more")
    os.utime(touched, (1, 1))
    gone.unlink()
    saving = await written(receipts, Format.SHA256, tmp_path / "sums")
    assert (tmp_path / "sums").read_bytes().count(b"\n") == saving.written == 1
    said = {one.path.name: str(error) for one, error in saving.left_out if one.path}
    assert "longer" in said["longer"]
    assert "written to" in said["touched"]
    assert "cannot be opened" in said["gone"]


async def test_other_bytes_under_the_old_time_are_noticed_where_a_digest_is_known(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    known = of_file(path)
    proof = {**known.proof, Proof.MD5: hashlib.md5(b"before").hexdigest()}
    stamps = path.stat()
    path.write_bytes(b"behind")
    os.utime(path, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    saving = await written([replace(known, proof=proof)], Format.SHA256, tmp_path / "sums")
    ((_, error),) = saving.left_out
    assert isinstance(error, SourceChanged)


async def test_a_row_of_an_older_program_is_known_by_its_size_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    old = receipt(path=path, size=7, proof={}, finished=START)
    saving = await written([old], Format.SHA256, tmp_path / "sums")
    assert [str(error).endswith("written to") for _, error in saving.left_out] == [True]
    later = replace(old, finished=datetime.now(UTC))
    assert (await written([later], Format.SHA256, tmp_path / "sums")).written == 1


async def test_the_list_of_crcs_takes_what_the_journal_knows_and_reads_the_rest(
    tmp_path: Path,
) -> None:
    path = tmp_path / "read me"
    path.write_bytes(b"content")
    known = receipt(path=tmp_path / "never there", proof={Proof.CRC32: "AAECAw=="})
    broken = receipt(path=tmp_path / "a\nb", proof={Proof.CRC32: "AAECAw=="})
    copy = receipt(path=None, direction=Direction.COPY, source=receipt().location)
    to = tmp_path / "list.sfv"
    saving = await written([known, of_file(path), broken, copy], Format.CRC32, to)
    crc = f"{zlib.crc32(b'content'):08X}"
    assert to.read_text() == f"never there 00010203\nread me {crc}\n"
    assert [error.code for _, error in saving.left_out] == ["NotListed", "NotListed"]
    assert saving.bytes_read == 7


async def test_what_was_cancelled_or_failed_leaves_the_old_file(tmp_path: Path) -> None:
    to = tmp_path / "receipt.json"
    to.write_text("old")
    reached, never = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncIterator[Receipt]:
        yield receipt()
        reached.set()
        await never.wait()

    saving = asyncio.ensure_future(save(endless(), to, Format.JSON, PROFILES, Saving()))
    await reached.wait()
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving

    async def failing() -> AsyncIterator[Receipt]:
        yield receipt()
        raise JournalError("The history cannot be read")

    with pytest.raises(JournalError):
        await save(failing(), to, Format.JSON, PROFILES, Saving())
    assert os.listdir(tmp_path) == ["receipt.json"]  # noqa: PTH208  a draft would be there too
    assert to.read_text() == "old"


async def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(LocalFileError, match="cannot be written"):
        await written([receipt()], Format.JSON, tmp_path / "no folder" / "r.json")


async def test_hashing_stops_when_it_is_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(8 << 30)
    meter, threads = Meter(), Threads()
    hashing = asyncio.ensure_future(digests_of(of_file(path), path, threads, meter, sha256=True))
    async with asyncio.timeout(20):
        while not meter.moved:  # noqa: ASYNC110  nobody tells of a byte
            await asyncio.sleep(0)
    hashing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hashing
    threads.close()
    assert meter.stopped
    assert meter.moved < 8 << 30


def test_every_level_has_its_words() -> None:
    for level in Verified:
        assert cells(receipt(level=level), {})["level_text"]
    assert cells(receipt(level=None), {})["level"] is None
