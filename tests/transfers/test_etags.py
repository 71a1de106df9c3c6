"""ETags that are wrong, and ETags that prove nothing."""

import pytest
from fake_server import MemoryServer
from transfers.kit import MD5_ONLY, PART, House, MakeFile

from s3gui.domain.errors import AccessDenied
from s3gui.domain.integrity import VERIFIED_TEXT, Verified
from s3gui.domain.transfer import State


@MD5_ONLY
@pytest.mark.parametrize("etag", ["0" * 32, ""])
async def test_a_wrong_part_etag_is_sent_again_twice(
    house: House, server: MemoryServer, make_file: MakeFile, etag: str
) -> None:
    server.lie("send_part", etag, part=2, times=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.done(transfer)
    assert server.sends()[2] == 3


@MD5_ONLY
async def test_a_part_that_stays_wrong_fails_and_is_never_completed(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.lie("send_part", "0" * 32, part=2, times=3)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert "Part 2" in transfer.error.title
    assert server.counts()["complete"] == 0


@MD5_ONLY
@pytest.mark.parametrize("size", [100, 2 * PART])
async def test_etags_under_encryption_are_not_taken_for_md5s(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    server.encryption = "aws:kms"
    transfer = await house.upload_one(make_file(size))
    await house.done(transfer)
    assert transfer.verified is Verified.PART_MD5_AND_SIZE


async def test_etags_of_another_shape_are_opaque(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.lie("put", "opaque-etag")
    server.lie("head", "opaque-etag")
    transfer = await house.upload_one(make_file(100))
    await house.done(transfer)
    assert transfer.verified is Verified.PART_MD5_AND_SIZE
    assert server.counts()["head"] == 1


async def test_a_small_object_with_a_wrong_etag_is_sent_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.lie("put", "0" * 32)
    server.lie("head", "0" * 32)
    transfer = await house.upload_one(make_file(100))
    await house.done(transfer)
    assert server.counts()["put"] == 2
    assert transfer.verified is Verified.ETAG


@MD5_ONLY
async def test_a_wrong_final_etag_is_no_success(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.lie("head", "0" * 32 + "-2")
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "ObjectDiffers"
    assert server.keys() == ["file.bin"], "what is stored is left as evidence"
    await house.retry(transfer)
    await house.done(transfer)


@pytest.mark.parametrize("etag", ["", "opaque-etag"])
async def test_a_size_that_nobody_could_look_at_is_not_said_to_be_compared(
    house: House, server: MemoryServer, make_file: MakeFile, etag: str
) -> None:
    server.lie("complete", etag)
    server.fail("head", AccessDenied("No"))
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert transfer.verified is (
        Verified.PART_CHECKSUM if server.takes_checksums else Verified.PART_MD5
    )
    assert "size" not in VERIFIED_TEXT[transfer.verified]


async def test_another_etag_in_an_answer_that_nobody_could_look_behind_is_no_success(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.lie("complete", "0" * 32 + "-2")
    server.fail("head", AccessDenied("No"))
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED, State.COMPLETED)
    if server.takes_checksums:  # which the ETag says nothing of
        assert transfer.verified is Verified.PART_CHECKSUM
        return
    assert transfer.error is not None
    assert transfer.error.code == "ObjectDiffers"


async def test_a_small_object_that_nobody_could_look_at_is_not_said_to_have_its_size(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.lie("put", "opaque-etag")
    server.fail("head", AccessDenied("No"))
    transfer = await house.upload_one(make_file(100))
    await house.done(transfer)
    assert transfer.verified is Verified.PART_MD5
