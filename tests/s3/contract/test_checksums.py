"""A checksum over the whole object: agreed on at Create, kept to at each part, shown by HEAD."""

from typing import Any

import pytest
from s3.memory import body_of, crc32_of, digest_of, md5_of, send_part
from servers.server import Difference, Server

from s3gui.domain import crc
from s3gui.domain.entries import ObjectOptions, StoredPart
from s3gui.domain.errors import ChecksumRefused, Corrupt, ErrorKind, InvalidPart
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, Meter
from s3gui.s3.session import S3Session

FULL = bytes(range(256)) * (5 * MIB // 256)
TAIL = b"the last part"
WHOLE = Digest(crc32=crc32_of(FULL + TAIL)).crc32_text


@pytest.fixture
def where(bucket: str) -> Location:
    return Location(bucket, "папка/big file.bin")


@pytest.fixture(autouse=True)
def asks(session: S3Session) -> None:
    session.uploads.checksums.wanted = True


@pytest.fixture
def keeps_to_it(server: Server) -> None:
    for difference in (Difference.CHECKSUM_UNTOLD, Difference.NO_CHECKSUMS):
        if server.has(difference):
            pytest.skip(f"{difference.what}: the first test asserts it")


async def sent(session: S3Session, where: Location) -> tuple[Any, list[StoredPart]]:
    upload = await session.uploads.create(where, ObjectOptions())
    parts = [
        StoredPart(
            number,
            await send_part(session, upload, number, body),
            len(body),
            digest_of(upload, body),
        )
        for number, body in ((2, TAIL), (1, FULL))
    ]
    return upload, parts


async def test_a_server_is_asked_until_it_does_not_keep_to_its_word(
    session: S3Session, server: Server, where: Location
) -> None:
    upload = await session.uploads.create(where, ObjectOptions())
    if server.has(Difference.NO_CHECKSUMS):
        assert upload.checksum == ""
        assert await send_part(session, upload, 1, TAIL) == md5_of(TAIL).hex()
        return
    assert upload.checksum == CRC32
    if not server.has(Difference.CHECKSUM_UNTOLD):
        assert await send_part(session, upload, 1, TAIL) == md5_of(TAIL).hex()
        return
    with pytest.raises(ChecksumRefused) as caught:
        await send_part(session, upload, 1, TAIL)
    assert caught.value.kind is ErrorKind.CORRUPT
    assert (await session.uploads.create(where, ObjectOptions())).checksum == ""


@pytest.mark.usefixtures("keeps_to_it")
async def test_the_whole_is_proved_by_its_checksum(
    session: S3Session, independent: Any, where: Location
) -> None:
    upload, parts = await sent(session, where)
    assert upload.checksum == CRC32
    assert [part.etag for part in parts] == [md5_of(TAIL).hex(), md5_of(FULL).hex()]

    stored = await session.uploads.complete(upload, parts, crc32=WHOLE)

    assert stored.crc32 == WHOLE
    details = await session.objects.head(where, checksums=True)
    assert (details.checksums, details.checksum_type) == ({CRC32: WHOLE}, "FULL_OBJECT")
    assert not (await session.objects.head(where)).checksums
    answer = independent.get_object(Bucket=where.bucket, Key=where.key, ChecksumMode="ENABLED")
    assert answer["Body"].read() == FULL + TAIL
    assert answer["ChecksumCRC32"] == WHOLE


def test_the_parts_give_the_whole() -> None:
    parts = [(crc32_of(FULL), len(FULL)), (crc32_of(TAIL), len(TAIL))]
    assert Digest(crc32=crc.combined(CRC32, parts)).crc32_text == WHOLE


@pytest.mark.usefixtures("keeps_to_it")
async def test_a_part_with_a_wrong_checksum_is_refused(session: S3Session, where: Location) -> None:
    upload = await session.uploads.create(where, ObjectOptions())
    wrong = Digest(crc32=crc32_of(b"meant"))

    with pytest.raises(Corrupt) as caught:
        await session.uploads.send_part(upload, 1, body_of(b"flip"), digest=wrong, meter=Meter())

    assert caught.value.code == "BadDigest"
    assert [part async for part in session.uploads.parts(upload)] == []
    assert await send_part(session, upload, 1, b"meant"), "the session goes on with checksums"


@pytest.mark.usefixtures("keeps_to_it")
async def test_a_whole_with_a_wrong_checksum_is_not_made(
    session: S3Session, where: Location
) -> None:
    upload, parts = await sent(session, where)
    wrong = Digest(crc32=crc32_of(b"other")).crc32_text

    with pytest.raises(ChecksumRefused):
        await session.uploads.complete(upload, parts, crc32=wrong)

    assert len([part async for part in session.uploads.parts(upload)]) == 2
    assert (await session.uploads.create(where, ObjectOptions())).checksum == ""


@pytest.mark.usefixtures("keeps_to_it")
async def test_a_whole_of_another_size_is_not_made(session: S3Session, where: Location) -> None:
    upload, parts = await sent(session, where)
    more = [*parts[1:], StoredPart(2, parts[0].etag, len(TAIL) + 1, parts[0].digest)]

    with pytest.raises(ChecksumRefused):
        await session.uploads.complete(upload, more, crc32=WHOLE)

    assert len([part async for part in session.uploads.parts(upload)]) == 2


@pytest.mark.usefixtures("keeps_to_it")
async def test_a_part_named_with_another_checksum_is_invalid(
    session: S3Session, where: Location
) -> None:
    upload, parts = await sent(session, where)
    swapped = [
        StoredPart(part.number, part.etag, part.size, Digest(crc32=b"????")) for part in parts
    ]

    with pytest.raises(InvalidPart):
        await session.uploads.complete(upload, swapped, crc32=WHOLE)
