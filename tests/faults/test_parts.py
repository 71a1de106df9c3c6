"""Bytes and proofs that are not what they should be (rows 13, 26 and 28)."""

from collections.abc import Iterator

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import THREE, Engine, Seen, part
from servers.front import Forward, Front
from servers.lying import Action
from servers.server import Server

from s3gui.domain.integrity import Verified
from s3gui.domain.transfer import State, Transfer

ANY_PART = r"\bpartNumber="
SINGLE = 1000


@pytest.fixture(params=["md5", "crc32"])
def any_sum(request: pytest.FixtureRequest, demo: Server) -> Iterator[Front]:
    """Before a storage that compares the MD5 of a part, and before one that compares a CRC-32."""
    with Front(demo, checksums=request.param == "crc32") as front:
        yield front


async def retried(program: Engine, transfer: Transfer, front: Front) -> None:
    """The line is mended and a person presses Retry."""
    front.forget()
    program.queue.retry([transfer.id])
    await program.watcher.until(lambda: transfer.error is None)
    await program.done(transfer)


# Row 13


@pytest.mark.fault(13)
async def test_a_part_damaged_on_the_way_is_read_and_sent_again(
    any_sum: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    any_sum.on(Forward(flip=4_000_000), query=part(2), attempt=1)
    any_sum.on(Forward(flip=0), query=part(2), attempt=1)
    path = make_file(THREE)
    async with engine(any_sum) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(any_sum, bucket)
    assert seen.sends() == {1: 1, 2: 3, 3: 1}
    assert [request.status for request in seen.log if request.part == 2] == [400, 400, 200]
    assert seen.content() == path.read_bytes()
    assert program.clock.slept == []


@pytest.mark.fault(13)
async def test_a_line_that_always_damages_a_part_fails_it_after_three(
    any_sum: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    any_sum.on(Forward(flip=17), query=part(2))
    path = make_file(THREE)
    async with engine(any_sum) as program:
        transfer = await program.upload(path, bucket)
        assert await program.failed(transfer) in {"BadDigest", "XAmzContentChecksumMismatch"}
        assert "damaged" in str(transfer.error)
        seen = Seen(any_sum, bucket)
        assert seen.sends()[2] == 3
        assert not seen.calls()["Complete"]
        assert seen.keys() == []
        await retried(program, transfer, any_sum)
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(13)
async def test_a_small_file_damaged_on_the_way_is_sent_again_and_then_fails(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Forward(flip=17), method="PUT", attempt=1)
    async with engine(front) as program:
        path = make_file(SINGLE)
        await program.done(await program.upload(path, bucket))
        seen = Seen(front, bucket)
        assert seen.calls()["PUT"] == 2
        assert seen.content() == path.read_bytes()
        front.forget()
        front.on(Forward(flip=17), method="PUT")
        await program.failed(await program.upload(make_file(SINGLE, "other.bin"), bucket))
    assert seen.calls()["PUT"] == 2 + 3
    assert seen.keys() == ["file.bin"]


# Row 26


WRONG = Forward(headers={"ETag": f'"{"0" * 32}"'})
MISSING = Forward(headers={"ETag": None})


@pytest.mark.fault(26)
@pytest.mark.parametrize("lie", [WRONG, MISSING], ids=["wrong", "missing"])
async def test_a_part_without_its_own_etag_is_sent_again(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, lie: Action
) -> None:
    plain.on(lie, query=part(2), attempt=1)
    plain.on(lie, query=part(2), attempt=1)
    path = make_file(THREE)
    async with engine(plain) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(plain, bucket)
    assert seen.sends() == {1: 1, 2: 3, 3: 1}
    assert seen.calls()["Complete"] == 1
    assert seen.content() == path.read_bytes()
    assert transfer.verified is Verified.ETAG


@pytest.mark.fault(26)
@pytest.mark.parametrize("lie", [WRONG, MISSING], ids=["wrong", "missing"])
async def test_a_part_whose_etag_is_never_right_is_never_completed(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, lie: Action
) -> None:
    plain.on(lie, query=part(2))
    path = make_file(THREE)
    async with engine(plain) as program:
        transfer = await program.upload(path, bucket)
        assert await program.failed(transfer) in {"Corrupt", "BadAnswer"}
        seen = Seen(plain, bucket)
        assert seen.sends()[2] == 3
        assert not seen.calls()["Complete"]
        assert not seen.calls()["Abort"]
        assert seen.keys() == []
        await retried(program, transfer, plain)
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(26)
async def test_a_part_whose_checksum_comes_back_wrong_is_never_completed(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(Forward(headers={"x-amz-checksum-crc32": "AAAAAA=="}), query=part(2))
    async with engine(front) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "Corrupt"
    seen = Seen(front, bucket)
    assert seen.sends()[2] == 3
    assert not seen.calls()["Complete"]


@pytest.mark.fault(26)
@pytest.mark.parametrize("lie", [WRONG, MISSING], ids=["wrong", "missing"])
async def test_a_small_file_without_its_own_etag_is_not_taken_for_stored(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, lie: Action
) -> None:
    front.on(lie, method="PUT")
    front.on(lie, method="HEAD")
    async with engine(front) as program:
        transfer = await program.upload(make_file(SINGLE), bucket)
        await program.failed(transfer)
    assert transfer.verified is None
    assert Seen(front, bucket).calls()["PUT"] <= 3


# Row 28


#: Looks like an MD5 and is none, as with keys of a KMS; or does not even look like one. Complete
#: gets back what the storage knows.
ROTATED = (
    Forward(etag=(r'"(.)(.{31})"', r'"\2\1"')),
    Forward(ask=((r"&quot;(.{31})(.)&quot;", r"&quot;\2\1&quot;"),)),
)
VENDOR = (
    Forward(etag=(r'"(.{32})"', r'"v-\1"')),
    Forward(ask=((r"&quot;v-(.{32})&quot;", r"&quot;\1&quot;"),)),
)
KMS = {"x-amz-server-side-encryption": "aws:kms"}


def opaque(front: Front, *, kms: bool) -> None:
    """Makes the storage one whose ETags prove nothing."""
    parts, complete = ROTATED if kms else VENDOR
    front.on(parts, method="PUT", query=ANY_PART)
    front.on(complete, method="POST", query="uploadId=")
    other = "e" * 32 + "-3" if kms else "vendor/1"
    front.on(Forward(headers={"ETag": f'"{other}"'} | (KMS if kms else {})), method="HEAD")
    if kms:
        front.on(Forward(headers=KMS), method="POST", query="^uploads")


@pytest.mark.fault(28)
@pytest.mark.parametrize("kms", [True, False], ids=["kms", "vendor"])
async def test_etags_that_are_no_md5_are_no_error_and_the_level_says_what_was_compared(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, kms: bool
) -> None:
    opaque(plain, kms=kms)
    path = make_file(THREE)
    async with engine(plain) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(plain, bucket)
    assert transfer.verified is Verified.PART_MD5_AND_SIZE
    assert seen.sends() == {1: 1, 2: 1, 3: 1}
    sums = [request.headers.get("content-md5") for request in seen.log if request.part]
    assert all(sums), "each part travels with the MD5 that the server compares"
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(28)
async def test_etags_that_are_no_md5_do_not_hide_another_size(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    plain.on(Forward(headers={"ETag": '"vendor/1"', "Content-Length": "7"}), method="HEAD")
    opaque(plain, kms=False)
    async with engine(plain) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "ObjectDiffers"
    assert transfer.state is State.FAILED
