"""Encrypted by the storage, so that no ETag tells our object from another (rows 22, 28 and 88)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import CALLS, THREE, Engine, Seen
from faults.test_parts import opaque
from faults.test_two_writers import LARGE, SIZES, SMALL, WRITE, rest, versioned, versions
from servers.front import Forward, Front

from s3gui.domain.encryption import CustomerKey, Encryption
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.etags import UPLOAD_TOKEN
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Transfer

COMPLETE = {"method": "POST", "query": "uploadId="}
KMS = ObjectOptions(encryption=Encryption.KMS)
KEY = CustomerKey(bytes(range(32)))
SEALED = ObjectOptions(customer_key=KEY)
HEADER = f"x-amz-meta-{UPLOAD_TOKEN}"
KINDS = pytest.mark.parametrize("options", [KMS, SEALED], ids=["kms", "customer-key"])


async def send(
    program: Engine,
    path: Path,
    bucket: str,
    options: ObjectOptions = KMS,
    policy: IfExists = IfExists.OVERWRITE,
) -> Transfer:
    await program.queue.upload(
        program.profile.id, Location(bucket), [path], options, if_exists=policy
    )
    return program.queue.transfers[-1]


def tokens(front: Front) -> list[str]:
    """What each request that makes an object was sent with; "" for nothing."""
    return [
        request.headers.get(HEADER, "")
        for request in front.log
        if request.query.startswith("uploads") or (request.method == "PUT" and not request.query)
    ]


def put_as_long(front: Front, bucket: str, size: int) -> None:
    """Somebody else's object of the same size, encrypted alike, and newer."""
    front.behind.independent_client().put_object(
        Bucket=bucket, Key="file.bin", Body=bytes(size), ServerSideEncryption="aws:kms"
    )


@pytest.mark.fault(22)
@KINDS
async def test_an_encrypted_object_whose_answer_is_lost_is_found_by_its_token(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, options: ObjectOptions
) -> None:
    plain.on(Forward(then="reset"), **COMPLETE)
    async with engine(plain) as program:
        transfer = await send(program, make_file(THREE), bucket, options)
        await program.done(transfer)
    calls = Seen(plain, bucket).calls()
    assert (calls["Complete"], calls["HEAD"]) == (1, 1), "the first look is enough"
    assert transfer.verified is Verified.PART_MD5_AND_SIZE
    assert (calls["Create"], calls["Abort"]) == (2, 1)
    first, second = tokens(plain)
    assert (first, len(second)) == ("", 32)
    assert not Seen(plain, bucket).unfinished()


@pytest.mark.fault(22)
async def test_an_encrypted_object_of_somebody_else_is_not_taken_for_ours(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    lost = Forward(then="reset", after=lambda: put_as_long(plain, bucket, THREE))
    plain.on(lost, **COMPLETE)
    async with engine(plain) as program:
        transfer = await send(program, make_file(THREE), bucket)
        assert await program.failed(transfer) == "NotStored"
    assert transfer.verified is None
    assert Seen(plain, bucket).content() == bytes(THREE), "it is left alone"


@pytest.mark.fault(22)
async def test_a_kill_before_the_answer_is_decided_by_the_token_at_the_next_start(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    stored = asyncio.Event()
    loop = asyncio.get_running_loop()
    lost = Forward(then="silence", after=lambda: loop.call_soon_threadsafe(stored.set))
    plain.on(lost, **COMPLETE)
    path = make_file(THREE)
    async with engine(plain, calls=replace(CALLS, commit_read_s=30)) as program:
        await send(program, path, bucket)
        await stored.wait()
        again = program.next_start()
    path.unlink()
    were = len(plain.log)
    async with again:
        (row,) = again.queue.transfers
        await again.done(row)
    assert [request.method for request in plain.log[were:]] == ["HEAD"]


@pytest.mark.fault(28)
async def test_etags_of_another_shape_give_the_next_upload_a_token(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """No answer of a Create tells of them: the first file's parts are the first to show it."""
    opaque(plain, kms=False)
    async with engine(plain) as program:
        for name in ("a.bin", "b.bin"):
            await program.done(await send(program, make_file(THREE, name), bucket, ObjectOptions()))
    assert [bool(token) for token in tokens(plain)] == [False, True]
    assert Seen(plain, bucket).calls()["Abort"] == 0


@pytest.mark.fault(28)
async def test_a_storage_with_checksums_over_the_whole_gets_no_token(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    async with engine(front) as program:
        transfer = await send(program, make_file(THREE), bucket)
        await program.done(transfer)
    assert transfer.verified is Verified.FULL_CHECKSUM
    assert tokens(front) == [""]


@pytest.mark.fault(88)
@KINDS
@SIZES
async def test_our_own_encrypted_object_is_not_in_our_way(
    plain: Front, engine: MakeEngine, make_file: MakeFile, size: int, options: ObjectOptions
) -> None:
    """412 against ourselves, where the ETag says nothing."""
    bucket = versioned(plain.behind)
    plain.on(Forward(then="reset"), **WRITE[size], attempt=1)
    async with engine(plain) as program:
        transfer = await send(program, make_file(size), bucket, options, IfExists.RENAME)
        await program.done(transfer)
    assert transfer.location.key == "file.bin"
    assert versions(plain.behind, bucket) == [size]


@pytest.mark.fault(88)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["put", "complete"])
async def test_an_encrypted_object_of_the_same_size_is_a_conflict(
    plain: Front, engine: MakeEngine, make_file: MakeFile, size: int
) -> None:
    bucket = versioned(plain.behind)
    came = Forward(before=lambda: put_as_long(plain, bucket, size))
    plain.on(came, **WRITE[size], attempt=1)
    async with engine(plain) as program:
        transfer = await send(program, make_file(size), bucket, KMS, IfExists.SKIP)
        assert await rest(program, transfer) is State.SKIPPED, transfer.error
    assert versions(plain.behind, bucket) == [size]
    assert Seen(plain, bucket).content() == bytes(size)
