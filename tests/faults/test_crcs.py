"""Objects as AWS's own tools store them, downloaded over the wire: CRC-64/NVME and CRC-32C."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from faults.conftest import MakeEngine
from faults.down import RANGE, WHOLE, Down, OnRange
from servers.front import Forward, Front

from s3gui.domain import crc
from s3gui.domain.integrity import Verified

BOTH = pytest.mark.parametrize("name", [crc.CRC32C, crc.CRC64NVME])
#: As the object was cut: not as it is fetched.
CUT = 5 * 1024 * 1024 + 1


@pytest_asyncio.fixture
async def down(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> AsyncIterator[Down]:
    (tmp_path / "down").mkdir()
    async with engine(front) as program:
        yield Down(program, front, bucket, tmp_path / "down")


def text_of(name: str, data: bytes) -> str:
    return b64encode(crc.packed(name, crc.function(name)(data, 0))).decode()


def put(down: Down, name: str, key: str = "big", data: bytes = WHOLE) -> None:
    field = f"Checksum{name}"
    down.client.put_object(Bucket=down.bucket, Key=key, Body=data, **{field: text_of(name, data)})


def put_parts(down: Down, name: str, kind: str) -> None:
    """In parts, with a checksum over the whole or one over those of the parts."""
    field = f"Checksum{name}"
    named: dict[str, Any] = {"Bucket": down.bucket, "Key": "big"}
    upload = down.client.create_multipart_upload(**named, ChecksumAlgorithm=name, ChecksumType=kind)
    named["UploadId"] = upload["UploadId"]
    parts = []
    for number, at in enumerate(range(0, len(WHOLE), CUT), start=1):
        piece = WHOLE[at : at + CUT]
        value = {field: text_of(name, piece)}
        sent = down.client.upload_part(**named, PartNumber=number, Body=piece, **value)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], **value})
    down.client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})


@pytest.mark.fault(14)
@BOTH
async def test_a_byte_that_was_flipped_is_fetched_once_more(down: Down, name: str) -> None:
    put(down, name)
    down.front.on(OnRange(RANGE, Forward(flip_answer=9)), method="GET", path="/big$")
    transfer = await down.begin()
    await down.done(transfer)
    assert transfer.verified is Verified.FULL_CHECKSUM
    assert down.ranges().count(RANGE) == 2


@pytest.mark.fault(14)
@BOTH
@pytest.mark.parametrize("key", ["big", "small"])
async def test_a_checksum_that_is_not_that_of_the_bytes_is_damage(
    down: Down, name: str, key: str
) -> None:
    data = WHOLE if key == "big" else b"small"
    put(down, name, key, data)
    wrong = {f"x-amz-checksum-{name}": text_of(name, data + b"1")}
    if key == "small":
        # Of a small one the MD5 would do, if it were one.
        wrong |= {"x-amz-server-side-encryption": "aws:kms"}
    for method in ("HEAD", "GET"):
        down.front.on(Forward(headers=wrong), method=method, path=f"/{key}$")
    assert await down.engine.failed(await down.begin(key)) == "Corrupt"
    assert down.names() == []


@pytest.mark.parametrize(
    ("name", "kind", "level"),
    [
        (crc.CRC64NVME, "FULL_OBJECT", Verified.FULL_CHECKSUM),
        (crc.CRC32C, "FULL_OBJECT", Verified.FULL_CHECKSUM),
        (crc.CRC32C, "COMPOSITE", Verified.ETAG),
    ],
)
async def test_what_was_stored_in_parts_is_proved(
    down: Down, name: str, kind: str, level: Verified
) -> None:
    put_parts(down, name, kind)
    transfer = await down.begin()
    await down.done(transfer)
    assert transfer.verified is level


@BOTH
async def test_after_a_restart_what_is_there_is_read_and_the_rest_fetched(
    down: Down, name: str
) -> None:
    await down.three_quarters(lambda: put(down, name))
    before = len(down.ranges())
    async with down.next_start() as program:
        (transfer,) = program.queue.transfers
        program.queue.resume([transfer.id])
        await program.done(transfer)
        assert transfer.verified is Verified.FULL_CHECKSUM
    assert (down.folder / "big").read_bytes() == WHOLE
    assert down.ranges()[before:] == [3 * RANGE]
