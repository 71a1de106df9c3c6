"""Both sides read again, on a storage in memory: what is found, and in which words."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from fake_server import MemoryServer
from transfers.kit import MD5_ONLY, PART, FakeClock, House, MakeFile

from s3gui.domain import crc
from s3gui.domain.errors import AccessDenied, ConnectionBroken, Offline, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.receipt import CRC_PROOFS, Receipt
from s3gui.domain.transfer import Direction
from s3gui.domain.verification import Check, Finding, Subject, Verdict
from s3gui.transfers.history import History
from s3gui.transfers.verifying import Verifier


@pytest_asyncio.fixture
async def verifier(house: House) -> AsyncIterator[Verifier]:
    verifier = Verifier(house.connections, clock=FakeClock(), jitter=lambda: 1.0)
    yield verifier
    verifier.close()


async def stored(house: House, path: Path) -> Receipt:
    transfer = await house.upload_one(path)
    await house.done(transfer)
    (receipt,) = [one async for one in History(house.journal).receipts([transfer.id])]
    return receipt


async def found(verifier: Verifier, subject: Subject) -> Verdict:
    async with asyncio.timeout(20):
        return await verifier.verify(Check(subject))


@pytest.mark.parametrize("size", [0, 1, 3000, 2 * PART + 77])
async def test_what_was_stored_is_the_same(
    house: House, verifier: Verifier, make_file: MakeFile, size: int
) -> None:
    receipt = await stored(house, make_file(size))
    check = Check(Subject.of(receipt))
    verdict = await verifier.verify(check)
    assert (verdict.finding, verdict.notes, verdict.differing) == (Finding.SAME, (), ())
    assert (verdict.size, verdict.etag) == (size, receipt.etag)
    assert check.moved_bytes == check.total_bytes == 2 * size
    if receipt.proof.get("crc32"):
        assert verdict.crc32 == receipt.proof["crc32"]


async def test_a_byte_that_differs_is_found_in_its_part(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    path = make_file(2 * PART + 77)
    receipt = await stored(house, path)
    facts = path.stat()
    with path.open("r+b") as file:
        file.seek(PART + 5)
        file.write(b"\xff\x00\xff")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.DIFFERENT
    assert [part.number for part in verdict.differing] == [2]
    assert f"2 (bytes {PART} to {2 * PART - 1})" in verdict.notes[0]


async def test_a_file_that_was_written_to_since_is_said(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    path = make_file(3000)
    receipt = await stored(house, path)
    os.utime(path, (1, 1))
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.SAME
    assert "touched" in verdict.notes[0]
    path.write_bytes(b"longer" * 1000)
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.FILE_CHANGED
    assert "longer" in verdict.notes[0]
    assert "The object has 3.0 kB, the local side 6.0 kB." in verdict.notes


async def test_without_the_file_the_object_alone_is_proved(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    path = make_file(2 * PART)
    receipt = await stored(house, path)
    path.unlink()
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.FILE_GONE
    assert verdict.notes[-1] == "The object was read: it has the bytes that were stored."


async def test_an_object_that_was_replaced_is_said_with_what_it_holds(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    path = make_file(3000)
    receipt = await stored(house, path)
    house.server.put_directly(Location("b", "file.bin"), b"x" * 3000)
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.REPLACED
    assert "1 part differs" in verdict.notes[0]
    house.server.put_directly(Location("b", "file.bin"), path.read_bytes(), "f" * 32)
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.REPLACED
    assert "all the same" in verdict.notes[0]


async def test_an_object_that_is_gone_is_said(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    receipt = await stored(house, make_file(3000))
    missing = replace(receipt, location=Location("b", "other"))
    assert (await found(verifier, Subject.of(missing))).finding is Finding.GONE


async def test_a_server_that_gives_other_bytes_than_its_etag_is_found_out(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    path = make_file(3000)
    receipt = await stored(house, path)
    held = house.server.latest(Location("b", "file.bin"))
    held.data = b"y" * 3000
    path.write_bytes(held.data)
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.DIFFERENT
    assert "do not fit" in verdict.notes[0]


@pytest.mark.parametrize("name", [crc.CRC32C, crc.CRC64NVME])
async def test_bytes_are_compared_with_every_crc_that_the_server_has(
    house: House, verifier: Verifier, make_file: MakeFile, name: str
) -> None:
    """Of an ETag that proves nothing; the file went with what came."""
    path = make_file(40 * 1024 * 1024)
    held = house.server.put_directly(Location("b", "other"), path.read_bytes(), "opaque")
    value = crc.text(crc.packed(name, crc.function(name)(held.data, 0)))
    held.checksums = {name: value}
    subject = Subject("p", Location("b", "other"), path=path)
    assert (await found(verifier, subject)).finding is Finding.SAME
    held.data = b"y" * len(held.data)
    path.write_bytes(held.data)
    verdict = await found(verifier, subject)
    assert verdict.finding is Finding.DIFFERENT
    assert "do not fit the checksum that the server has" in verdict.notes[0]
    held.checksums = {name: f"{value}-3"}
    assert (await found(verifier, subject)).finding is Finding.SAME, "over parts: tells nothing"


@pytest.mark.parametrize("name", [crc.CRC32C, crc.CRC64NVME])
async def test_bytes_are_compared_with_the_crc_of_the_receipt(
    house: House, verifier: Verifier, make_file: MakeFile, name: str
) -> None:
    path = make_file(20 * 1024 * 1024)
    held = house.server.put_directly(Location("b", "other"), path.read_bytes(), "opaque")
    value = crc.text(crc.packed(name, crc.function(name)(held.data, 0)))
    sent = await stored(house, make_file(3000, "sent"))
    receipt = replace(
        sent, path=path, location=Location("b", "other"), etag="opaque", size=len(held.data),
        part_bytes=0, is_single=False, version_id=None, proof={CRC_PROOFS[name]: value},
    )  # fmt: skip
    assert (await found(verifier, Subject.of(receipt))).finding is Finding.SAME
    path.unlink()
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.notes[-1] == "The object was read: it has the bytes that were stored."
    held.data = b"y" * len(held.data)
    verdict = await found(verifier, Subject.of(receipt))
    assert verdict.finding is Finding.DIFFERENT
    assert "do not fit the checksum in the receipt" in verdict.notes[0]


@pytest.mark.parametrize("error", [Offline("No line"), AccessDenied("No right")])
async def test_what_cannot_be_read_is_said(
    house: House, verifier: Verifier, make_file: MakeFile, error: S3guiError
) -> None:
    receipt = await stored(house, make_file(3000))
    house.server.fail("fetch", error, times=99)
    verdict = await found(verifier, Subject.of(receipt))
    assert (verdict.finding, verdict.error) == (Finding.UNREADABLE, error)


async def test_a_line_that_breaks_is_tried_again(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    receipt = await stored(house, make_file(2 * PART))
    house.server.fail("fetch", ConnectionBroken("Broken"), times=2)
    assert (await found(verifier, Subject.of(receipt))).finding is Finding.SAME


async def test_a_pair_without_a_transfer_is_compared_too(
    house: House, verifier: Verifier, make_file: MakeFile
) -> None:
    path = make_file(40 * 1024 * 1024)
    house.server.put_directly(Location("b", "other name"), path.read_bytes())
    subject = Subject("p", Location("b", "other name"), path=path)
    assert (await found(verifier, subject)).finding is Finding.SAME
    path.write_bytes(b"")
    assert (await found(verifier, subject)).finding is Finding.DIFFERENT


async def test_a_copy_is_compared_with_what_it_was_made_of(
    house: House, verifier: Verifier
) -> None:
    house.server.put_directly(Location("b", "one"), b"a" * 99)
    house.server.put_directly(Location("b", "two"), b"a" * 99)
    subject = Subject("p", Location("b", "two"), source=Location("b", "one"))
    assert (await found(verifier, subject)).finding is Finding.SAME
    house.server.put_directly(Location("b", "two"), b"b" * 99)
    assert (await found(verifier, subject)).finding is Finding.DIFFERENT


@MD5_ONLY
async def test_cancelled_it_reads_no_more_and_another_takes_its_place(
    house: House, server: MemoryServer, verifier: Verifier, make_file: MakeFile
) -> None:
    receipt = await stored(house, make_file(3000))
    gate = server.hold("fetch", times=2)
    stuck = [asyncio.ensure_future(verifier.verify(Check(Subject.of(receipt)))) for _ in range(3)]
    async with asyncio.timeout(20):
        await gate.reached.wait()
        while server.counts()["fetch"] < 2:  # noqa: ASYNC110  nobody tells of a call
            await asyncio.sleep(0)
    # Two at once: the third waits for a place.
    assert server.counts()["fetch"] == 2
    for one in stuck[:2]:
        one.cancel()
    await asyncio.wait(stuck)
    assert [one.cancelled() for one in stuck] == [True, True, False]
    assert stuck[2].result().finding is Finding.SAME


async def test_what_comes_over_the_wire_keeps_to_the_limit(
    house: House, make_file: MakeFile
) -> None:
    made: list[Meter] = []

    def limited() -> Meter:
        made.append(Meter())
        return made[-1]

    receipt = await stored(house, make_file(2 * PART))
    verifier = Verifier(house.connections, limited)
    assert (await found(verifier, Subject.of(receipt))).finding is Finding.SAME
    verifier.close()
    assert sum(meter.moved for meter in made) == 2 * PART


async def test_a_download_is_compared_with_what_it_read(
    house: House, verifier: Verifier, tmp_path: Path
) -> None:
    held = house.server.put_directly(Location("b", "key"), b"content")
    (tmp_path / "down").write_bytes(b"content")
    receipt = await stored(house, tmp_path / "down")
    down = replace(
        receipt, direction=Direction.DOWNLOAD, location=Location("b", "key"), etag=held.etag
    )
    assert (await found(verifier, Subject.of(down))).finding is Finding.SAME
