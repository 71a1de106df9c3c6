"""What fails on the line and at the server, and what the engine makes of it."""

import asyncio

import pytest
from fake_server import MemoryServer
from transfers.kit import PART, House, MakeFile, content, proof

from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ConnectionBroken,
    EntityTooSmall,
    ErrorKind,
    InvalidPart,
    NeedsCredentials,
    NoSuchUpload,
    Offline,
    S3guiError,
)
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State, Waiting


def throttled(retry_after_s: float | None = None) -> S3guiError:
    return S3guiError(
        "Slow down", code="SlowDown", kind=ErrorKind.THROTTLE, retry_after_s=retry_after_s
    )


async def test_a_broken_part_alone_is_sent_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", ConnectionBroken("Reset"), part=2, times=3, after_bytes=MIB)
    path = make_file(4 * PART)
    transfer = await house.upload_one(path)
    await house.done(transfer)
    assert server.data("file.bin") == content(path)
    assert server.sends() == {1: 1, 2: 4, 3: 1, 4: 1}
    assert house.clock.slept == [0.5, 1.0, 2.0]
    assert transfer.parts[1].attempt == 4


async def test_after_eight_tries_the_file_fails_and_keeps_its_parts(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    reset = ConnectionBroken("Reset")
    gate = server.hold("send_part", part=3, error=reset)
    server.fail("send_part", reset, part=3, times=7)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    await house.until_parts(transfer, 2)
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "ConnectionBroken"
    assert transfer.parts_done == 2
    assert transfer.upload_id in server.uploads
    await house.retry(transfer)
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 1, 3: 9}
    assert transfer.error is None


async def test_throttling_halves_what_is_in_flight_and_is_waited_out(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", throttled(90), part=1, times=10)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.watcher.until(lambda: transfer.waiting is Waiting.THROTTLED)
    await house.done(transfer)
    assert house.queue.parts_limit("p") < house.queue.settings.parts_in_flight
    assert transfer.waiting is None
    assert min(house.clock.slept) >= 90


async def test_throttled_for_half_an_hour_it_fails_with_its_parts(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", throttled(), part=1, times=1000)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert 1800 <= sum(house.clock.slept) < 1900
    assert transfer.upload_id


async def test_a_line_that_is_down_is_probed_and_used_when_it_is_back(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", Offline("No route"), times=12)
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await house.watcher.until(lambda: transfer.waiting is Waiting.NETWORK)
    await house.done(transfer)
    assert house.clock.slept[:6] == [5, 10, 20, 40, 60, 60]
    assert server.data("file.bin") == content(path)
    assert transfer.waiting is None


async def test_offline_at_create_waits_too(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("create", Offline("No route"), times=2)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert server.counts()["create"] == 3
    assert len(server.uploads) == 0


async def test_a_page_of_html_for_a_part_is_tried_again_and_keeps_the_parts(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", BadAnswer("HTML"), part=1, times=3)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.upload_id in server.uploads


async def test_access_denied_keeps_what_was_sent_for_who_gets_the_right_back(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", AccessDenied("No"), part=3)
    transfer = await house.upload_one(make_file(3 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "AccessDenied"
    upload_id = transfer.upload_id
    assert list(server.uploads) == [upload_id]
    before, done = server.counts()["send_part"], transfer.parts_done

    house.queue.retry([transfer.id])
    await house.until(transfer, State.COMPLETED)

    assert server.counts()["create"] == 1
    assert server.counts()["send_part"] - before == 3 - done


async def test_parts_too_small_for_the_server_abort(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("complete", EntityTooSmall("Too small"))
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "EntityTooSmall"
    assert not server.uploads


async def test_a_part_the_server_lost_is_sent_again_by_retry(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("complete")
    path = make_file(3 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    server.fail("complete", InvalidPart("Lost"))
    del server.uploads[transfer.upload_id].parts[2]
    gate.open()
    await house.until(transfer, State.FAILED)
    server.clear_rules()
    await house.retry(transfer)
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 2, 3: 1}
    assert server.data("file.bin") == content(path)


async def test_a_forbidden_listing_of_parts_does_not_hinder_a_resume(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    await house.until_parts(transfer, 2)
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    server.fail("parts", AccessDenied("No"), times=9)
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert server.sends() == {1: 1, 2: 1, 3: 2}


async def test_a_forbidden_head_leaves_the_answered_etag(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("head", AccessDenied("No"))
    transfer = await house.upload_one(make_file(2 * PART))
    await house.done(transfer)
    assert transfer.verified is proof(server)


async def test_an_upload_removed_by_somebody_starts_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=3)
    path = make_file(4 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    server.uploads.clear()
    server.clear_rules()
    await house.done(transfer)
    assert server.counts()["create"] == 2
    assert server.data("file.bin") == content(path)
    assert [type(problem) for problem in house.watcher.problems] == [NoSuchUpload]


async def test_an_upload_that_is_removed_every_time_fails(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("send_part", NoSuchUpload("Gone"), part=1, times=9)
    transfer = await house.upload_one(make_file(2 * PART))
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "NoSuchUpload"
    assert server.counts()["create"] == 3


async def test_expired_keys_pause_a_connection_and_new_ones_let_it_go_on(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    expired = S3guiError("Expired", code="ExpiredToken", request_id="r7", kind=ErrorKind.AUTH)
    gate = server.hold("send_part", part=3)
    path = make_file(4 * PART)
    transfer = await house.upload_one(path)
    await gate.reached.wait()
    await house.until_parts(transfer, 3)
    upload_id = transfer.upload_id
    server.fail("send_part", expired, part=3)
    server.fail("parts", expired)
    gate.open()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    house.queue.resume([transfer.id])
    await house.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
    assert transfer.state is State.QUEUED
    assert transfer.error is not None
    assert (transfer.error.code, transfer.error.request_id) == ("ExpiredToken", "r7")
    server.clear_rules()
    await house.adopt()
    await house.done(transfer)
    assert transfer.waiting is None
    assert transfer.error is None
    assert server.counts()["create"] == 1
    assert upload_id not in server.uploads
    assert server.data("file.bin") == content(path)


async def test_a_connection_without_keys_waits_for_them(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    house.accounts.keys["p"] = None
    transfer = await house.upload_one(make_file(100))
    await house.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
    assert transfer.state is State.QUEUED
    await house.adopt()
    await house.done(transfer)


async def test_a_connection_that_is_closed_stops_its_transfers_until_it_is_opened(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    gate = server.hold("send_part", part=2)
    transfer = await house.upload_one(make_file(3 * PART))
    await gate.reached.wait()
    await house.connections.close("p")
    await house.until(transfer, State.QUEUED)
    assert transfer.waiting is Waiting.CREDENTIALS
    assert server.in_flight == 0
    server.clear_rules()
    await house.adopt()
    await house.done(transfer)
    assert server.counts()["create"] == 1


async def test_keys_that_are_refused_are_not_tried_again(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("put", NeedsCredentials("Bad keys", code="SignatureDoesNotMatch"), times=9)
    first, second = await house.upload(make_file(10, "a"), make_file(10, "b"))
    await house.watcher.until(lambda: first.waiting is Waiting.CREDENTIALS)
    await asyncio.sleep(0)
    assert second.state is State.QUEUED
    assert server.counts()["put"] <= 2


async def test_a_fault_of_ours_fails_its_row_alone_and_is_logged(
    house: House, server: MemoryServer, make_file: MakeFile, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_name: str) -> S3guiError:
        raise ZeroDivisionError("oops")

    server.fail("put", lambda: broken("x"))
    first, second = await house.upload(make_file(10, "a"), make_file(10, "b"))
    await house.until(first, State.FAILED, State.COMPLETED)
    await house.until(second, State.FAILED, State.COMPLETED)
    assert sorted(row.state.value for row in (first, second)) == ["completed", "failed"]
    failed = first if first.state is State.FAILED else second
    assert failed.error is not None
    assert failed.error.code == "Unexpected"
    assert "ZeroDivisionError" in caplog.text
