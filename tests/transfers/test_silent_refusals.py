"""Keys that expire while an outcome is looked for: HeadObject refuses them without a word."""

import pytest
from fake_server import MemoryServer
from transfers.kit import MD5_ONLY, PART, House, MakeFile, content

from s3gui.domain.errors import AccessDenied, ConnectionBroken, ErrorKind, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting

pytestmark = MD5_ONLY
ALWAYS = 99
EXPIRED = S3guiError("Expired", code="ExpiredToken", kind=ErrorKind.AUTH)
SILENT = [S3guiError("Refused", code="400"), AccessDenied("Refused", code="403")]


def expire(server: MemoryServer, silent: S3guiError) -> None:
    """As a storage does with keys that were good when the transfer began."""
    server.fail("head", silent, times=ALWAYS)
    for op in ("parts", "list", "create", "put", "complete"):
        server.fail(op, EXPIRED, times=ALWAYS)


@pytest.mark.parametrize("silent", SILENT)
@pytest.mark.parametrize("applied", [True, False])
async def test_an_unknown_outcome_waits_for_new_keys_and_is_decided_with_them(
    house: House, server: MemoryServer, make_file: MakeFile, silent: S3guiError, applied: bool
) -> None:
    path = make_file(3 * PART)
    gate = server.hold("complete", applied=applied, error=ConnectionBroken("Reset"))
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    upload_id = transfer.upload_id
    expire(server, silent)
    gate.open()
    await house.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
    await house.until(transfer, State.QUEUED)
    assert transfer.upload_id == upload_id
    (row,) = await house.journal.load()
    assert row.completing
    assert row.transfer.upload_id == upload_id
    server.clear_rules()
    await house.adopt()
    await house.done(transfer)
    assert server.counts()["complete"] == (1 if applied else 2)
    assert server.counts()["create"] == 1
    assert server.data("file.bin") == content(path)
    assert not await house.journal.aborts()


@pytest.mark.parametrize("silent", SILENT)
async def test_an_answered_complete_waits_for_keys_that_may_look(
    house: House, server: MemoryServer, make_file: MakeFile, silent: S3guiError
) -> None:
    gate = server.hold("complete", applied=True)
    transfer = await house.upload_one(make_file(2 * PART))
    await gate.reached.wait()
    expire(server, silent)
    gate.open()
    await house.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
    server.clear_rules()
    await house.adopt()
    await house.done(transfer)
    assert server.counts()["complete"] == 1


@pytest.mark.parametrize("silent", SILENT)
async def test_what_is_there_is_looked_at_with_new_keys(
    house: House, server: MemoryServer, make_file: MakeFile, silent: S3guiError
) -> None:
    server.put_directly(Location("b", "file.bin"), b"theirs")
    expire(server, silent)
    await house.queue.upload("p", Location("b", ""), [make_file(2 * PART)], if_exists=IfExists.SKIP)
    (transfer,) = house.queue.transfers
    await house.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
    assert transfer.state is State.QUEUED
    server.clear_rules()
    await house.adopt()
    await house.until(transfer, State.SKIPPED)
    assert server.data("file.bin") == b"theirs"


async def test_good_keys_that_may_not_look_are_not_taken_for_bad_ones(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("head", SILENT[1], times=ALWAYS)
    path = make_file(2 * PART)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)
