"""Objects whose checksum is a CRC-32C or a CRC-64/NVME, as AWS's own tools store them."""

import hashlib
import os
from base64 import b64encode

import pytest
from fake_server import MemoryServer
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.demo.checksums import digest_for
from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import SourceChanged
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB, Meter
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import State
from s3gui.transfers.downloading import ending
from s3gui.transfers.downloading.checks import choose, wants_layout
from s3gui.transfers.history import History
from s3gui.transfers.kit import Kit
from s3gui.transfers.receipt_formats import cells
from s3gui.transfers.rereading import digests_of
from s3gui.transfers.row import Row
from s3gui.transfers.threads import Threads

SIZE = 4 * PART + 3
BOTH = pytest.mark.parametrize("name", [crc.CRC32C, crc.CRC64NVME])
ALL = pytest.mark.parametrize("name", [crc.CRC32, crc.CRC32C, crc.CRC64NVME])


def sum_of(name: str, data: bytes) -> bytes:
    sum_ = digest_for(name)
    sum_.update(data)
    return sum_.digest()


def text_of(name: str, data: bytes, part_bytes: int = 0) -> str:
    """As the server shows it, of the whole or of the parts' checksums."""
    if not part_bytes:
        return b64encode(sum_of(name, data)).decode()
    sums = [sum_of(name, data[at : at + part_bytes]) for at in range(0, len(data), part_bytes)]
    return f"{b64encode(sum_of(name, b''.join(sums))).decode()}-{len(sums)}"


def stored(house: Downloads, name: str, size: int = SIZE, part_bytes: int = 0) -> bytes:
    """An object whose ETag proves nothing."""
    data = house.stored("file", pattern(size), etag="opaque")
    held = house.server.latest(Location("b", "file"))
    held.checksums = {name: text_of(name, data, part_bytes)}
    if part_bytes:
        count = -(-size // part_bytes)
        held.part_sizes = tuple(min(part_bytes, size - n * part_bytes) for n in range(count))
    return data


async def proof_of(house: Downloads, id_: int) -> dict[str, str]:
    (receipt,) = [one async for one in History(house.last.journal).receipts([id_])]
    return dict(receipt.proof)


@BOTH
@pytest.mark.parametrize("size", [0, 1, PART, SIZE])
async def test_one_over_the_whole_proves_it(house: Downloads, name: str, size: int) -> None:
    data = stored(house, name, size)
    row = await house.download("file")
    assert row.verified is Verified.FULL_CHECKSUM
    assert (house.target / "file").read_bytes() == data
    proof = await proof_of(house, row.id)
    assert proof[Proof[name]] == text_of(name, data)
    assert Proof.CRC32 not in proof


@BOTH
async def test_it_is_taken_before_md5s_and_no_layout_is_asked_for(
    house: Downloads, server: MemoryServer, name: str
) -> None:
    data = house.stored("file", pattern(SIZE), part_bytes=PART)
    house.server.latest(Location("b", "file")).checksums = {name: text_of(name, data)}
    row = await house.download("file")
    assert row.verified is Verified.FULL_CHECKSUM
    assert server.counts()["part_layout"] == 0


@BOTH
@pytest.mark.parametrize("key", ["d/file", "file"])
async def test_a_wrong_one_is_damage(house: Downloads, name: str, key: str) -> None:
    size = MIB if key == "d/file" else SIZE
    house.stored(key, pattern(size), etag="opaque")
    right = sum_of(name, pattern(size))
    wrong = bytes([right[0] ^ 1]) + right[1:]
    house.server.latest(Location("b", key)).checksums = {name: b64encode(wrong).decode()}
    await house.ask(key.replace("d/file", "d/"))
    row = house.queue.transfers[-1]
    await house.until(row, State.FAILED, State.COMPLETED)
    assert row.error is not None
    assert (row.state, row.error.code) == (State.FAILED, "Corrupt")
    assert b64encode(wrong).decode() in row.error.detail
    assert house.there() == []


@BOTH
async def test_a_byte_that_was_flipped_on_the_way_is_fetched_again(
    house: Downloads, server: MemoryServer, name: str
) -> None:
    data = stored(house, name)
    server.lie("fetch", "flip", part=PART)
    row = await house.download("file")
    assert (row.state, row.verified) == (State.COMPLETED, Verified.FULL_CHECKSUM)
    assert (house.target / "file").read_bytes() == data
    assert server.bytes_out > SIZE


@ALL
@pytest.mark.parametrize("part_bytes", [PART, 8 * MIB, 3 * MIB, 70 * MIB])
async def test_one_over_those_of_the_parts_proves_it(
    house: Downloads, name: str, part_bytes: int
) -> None:
    """Parts as they were uploaded, of which ranges can be made or not."""
    stored(house, name, SIZE if part_bytes < 70 * MIB else 71 * MIB, part_bytes)
    assert (await house.download("file")).verified is Verified.PART_CHECKSUM_AND_SIZE


@ALL
async def test_a_wrong_one_over_the_parts_is_damage(house: Downloads, name: str) -> None:
    stored(house, name, part_bytes=8 * MIB)
    held = house.server.latest(Location("b", "file"))
    held.checksums = {name: text_of(name, pattern(SIZE, seed=2), 8 * MIB)}
    row = await house.download("file")
    assert row.error is not None
    assert row.error.code == "Corrupt"


@BOTH
async def test_killed_after_it_got_its_name_the_file_is_still_proved(
    house: Downloads, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    data, record = stored(house, name), ending._record

    async def killed(row: Row, level: Verified, kit: Kit) -> None:
        house.copy_of_journal()
        await record(row, level, kit)

    monkeypatch.setattr(ending, "_record", killed)
    await house.download("file")
    monkeypatch.undo()
    row = await house.start_from(house.folder / "left")
    await house.last.done(row)
    assert row.verified is Verified.FULL_CHECKSUM
    assert (await proof_of(house, row.id))[Proof[name]] == text_of(name, data)


@BOTH
async def test_a_file_that_has_it_is_the_same_and_is_not_fetched(
    house: Downloads, server: MemoryServer, name: str
) -> None:
    data = stored(house, name)
    (house.target / "file").write_bytes(data)
    row = await house.download("file", IfExists.CONTENT)
    assert (row.state, server.counts()["fetch"]) == (State.SKIPPED, 0)
    (house.target / "file").write_bytes(pattern(SIZE, seed=2))
    row = await house.download("file", IfExists.CONTENT)
    assert row.state is State.COMPLETED
    assert (house.target / "file").read_bytes() == data


@BOTH
async def test_the_receipt_tells_it_and_a_file_that_lost_it_is_in_no_list(
    house: Downloads, name: str
) -> None:
    data = stored(house, name)
    row = await house.download("file")
    (receipt,) = [one async for one in History(house.journal).receipts([row.id])]
    told = cells(receipt, {})
    assert (told[name.lower()], told["level"]) == (text_of(name, data), "full")
    path, threads = house.target / "file", Threads()
    found = await digests_of(receipt, path, threads, Meter(), sha256=True)
    assert found.sha256 == hashlib.sha256(data).digest()
    facts = path.stat()
    path.write_bytes(pattern(SIZE, seed=2))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    with pytest.raises(SourceChanged):
        await digests_of(receipt, path, threads, Meter(), sha256=True)
    threads.close()


async def test_a_sha_256_is_in_the_receipt_as_everywhere_else(house: Downloads) -> None:
    data = house.stored("file", pattern(SIZE), etag="opaque")
    digest = hashlib.sha256(data)
    held = house.server.latest(Location("b", "file"))
    held.checksums = {"SHA256": b64encode(digest.digest()).decode()}
    row = await house.download("file")
    assert row.verified is Verified.FULL_CHECKSUM
    (receipt,) = [one async for one in History(house.journal).receipts([row.id])]
    assert receipt.proof[Proof.SHA256] == digest.hexdigest()
    threads = Threads()
    found = await digests_of(receipt, house.target / "file", threads, Meter(), sha256=True)
    threads.close()
    assert found.sha256 == digest.digest()


@BOTH
@pytest.mark.parametrize("killed", [False, True])
async def test_what_is_there_already_counts_after_a_pause_and_a_kill(
    house: Downloads, server: MemoryServer, name: str, killed: bool
) -> None:
    data = stored(house, name)
    for number in (2, 3, 4):
        server.hold("fetch", part=number * PART)
    row = await house.begin("file")
    await house.until_parts(row, 2)
    if killed:
        row = await house.restart()
    else:
        house.queue.pause([row.id])
        await house.until(row, State.PAUSED)
        house.queue.resume([row.id])
    server.clear_rules()
    server.calls.clear()
    await house.last.done(row)
    assert row.verified is Verified.FULL_CHECKSUM
    assert (house.target / "file").read_bytes() == data
    asked = sorted(call.part for call in server.calls if call.op == "fetch")
    assert asked == [2 * PART, 3 * PART, 4 * PART]


def details(**checksums: str) -> ObjectDetails:
    return ObjectDetails(
        Location("b", "k"),
        3 * PART,
        f"{'a' * 32}-3",
        checksums=checksums,
        checksum_type="FULL_OBJECT",
    )


def test_the_fastest_of_several_is_taken() -> None:
    told = details(SHA256="s", CRC32C="c", CRC64NVME="n", CRC32="z")
    assert choose(told, None, PART, PART).crc == crc.CRC32
    told = details(SHA256="s", CRC32C="c", CRC64NVME="n")
    assert choose(told, None, PART, PART).crc == crc.CRC64NVME


def test_without_the_library_they_count_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = details(CRC64NVME="n")
    assert not wants_layout(told)
    monkeypatch.setattr(crc, "_model", lambda name: None)
    assert wants_layout(told)
    assert choose(told, None, PART, PART).level is Verified.ETAG


def test_an_md5_that_is_there_already_saves_a_second_look() -> None:
    told = ObjectDetails(Location("b", "k"), 7, "a" * 32, checksums={"CRC64NVME": "n"})
    assert choose(told, None, 7, PART, has_md5=True).range_md5
    assert choose(told, None, 7, PART).crc == crc.CRC64NVME
    hidden = ObjectDetails(
        Location("b", "k"), 7, "a" * 32, encryption="aws:kms", checksums={"CRC64NVME": "n"}
    )
    assert choose(hidden, None, 7, PART, has_md5=True).crc == crc.CRC64NVME
