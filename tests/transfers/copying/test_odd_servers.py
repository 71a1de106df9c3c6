"""Servers that refuse a part of a copy, ignore conditions, or change what is read meanwhile."""

import pytest
from fake_features import MemoryCopying
from transfers.copying.kit import PART, Copies, pattern

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import NotSupported, S3guiError
from s3gui.domain.etags import UPLOAD_TOKEN
from s3gui.domain.existing import Remark
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import State, Waiting

KEY = CustomerKey(bytes(range(32)))
NO_CLASS = S3guiError("No such class", code="InvalidStorageClass")
NOT_ENCRYPTED = NotSupported("Not encrypted", code="NotEncrypted")


async def test_the_original_is_looked_at_where_conditions_are_ignored(house: Copies) -> None:
    house.server.keeps_conditions = False
    house.stored("a", b"one")
    gate = house.server.hold("acl")
    transfer = await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.stored("a", b"two")
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert house.server.data("a") == b"two"


async def test_the_same_bytes_with_other_metadata_are_another_original(house: Copies) -> None:
    """An ETag says nothing of what else belongs to an object."""
    house.stored("a", b"one", metadata={"n": "1"})
    gate = house.server.hold("acl")
    transfer = await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.stored("a", b"one", metadata={"n": "2"})
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.state is State.FAILED
    assert dict(house.server.latest(Location("b", "a")).options.metadata) == {"n": "2"}


@pytest.mark.parametrize("size", [5, 2 * PART])
@pytest.mark.parametrize("move", [False, True])
async def test_a_class_that_is_refused_is_said(
    house: Copies, in_parts: None, size: int, move: bool
) -> None:
    house.stored("a", pattern(size), storage_class="RARE")
    house.server.fail("copy" if size < PART else "create", NO_CLASS)
    transfer = await house.copy("a", "c", move=move, if_exists=IfExists.OVERWRITE)
    assert transfer.remarks == (Remark.CLASS_LEFT,)
    assert house.server.latest(Location("b", "c")).options.storage_class == ""
    if move:
        assert transfer.state is State.FAILED
        assert house.server.keys() == ["a", "c"]
    else:
        assert transfer.state is State.COMPLETED, transfer.error


async def test_a_class_that_was_asked_for_is_not_left_out(house: Copies) -> None:
    house.stored("a")
    house.server.fail("copy", NO_CLASS)
    transfer = await house.copy("a", "c", options=ObjectOptions(storage_class="RARE"))
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "InvalidStorageClass"


async def test_encryption_that_did_not_come_along_is_said(house: Copies) -> None:
    """Some servers store first, and only their silence says that nothing was encrypted."""
    house.stored("a", encryption="AES256")

    def stored_in_clear() -> S3guiError:
        house.stored("c")
        return NOT_ENCRYPTED

    house.server.fail("copy", stored_in_clear)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.FAILED, transfer.error
    assert Remark.ENCRYPTION_LEFT in transfer.remarks
    assert house.server.keys() == ["a", "c"]


async def test_a_key_of_ones_own_is_for_both_sides(house: Copies) -> None:
    data = house.stored("a", customer_key=KEY)
    transfer = await house.copy("a", "c", options=ObjectOptions(customer_key=KEY), move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.data("c") == data
    assert house.server.latest(Location("b", "c")).options.customer_key == KEY
    assert house.server.keys() == ["c"]


async def test_a_key_is_put_on_what_had_none(house: Copies) -> None:
    house.stored("a")
    transfer = await house.copy("a", "c", options=ObjectOptions(customer_key=KEY))
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.latest(Location("b", "c")).options.customer_key == KEY


@pytest.mark.parametrize("size", [5, 2 * PART])
async def test_the_token_of_an_upload_is_nothing_that_could_be_missing(
    house: Copies, in_parts: None, size: int
) -> None:
    """Where ETags prove nothing, uploads mark their objects."""
    house.server.encryption = "aws:kms"
    data = house.stored("a", pattern(size), metadata={"n": "1", UPLOAD_TOKEN: "old"})
    for number in range(2):  # the first one shows that ETags are opaque here
        transfer = await house.copy("a", f"c{number}", if_exists=IfExists.OVERWRITE)
        assert transfer.state is State.COMPLETED, transfer.error
        assert not transfer.remarks
        assert house.server.data(f"c{number}") == data
        made = house.server.latest(Location("b", f"c{number}")).options.metadata
        assert made["n"] == "1"


async def test_too_large_for_one_copy_and_no_copies_of_parts(
    house: Copies, in_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryCopying, "has_parts", False)
    house.server.most_copied_bytes = PART
    data = house.stored("a", pattern(2 * PART))
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED, transfer.error
    assert Remark.THROUGH in transfer.remarks
    assert house.server.data("c") == data


async def test_copies_of_parts_are_found_missing_on_the_way(house: Copies, in_parts: None) -> None:
    house.server.fail("copy_part", NotSupported("No", code="NotImplemented"), part=2, times=9)
    data = house.stored("a", pattern(3 * PART))
    house.stored("c", b"theirs")
    transfer = await house.copy("a", "c")
    assert transfer.state is State.PAUSED
    house.queue.decide([transfer.id], IfExists.OVERWRITE)
    await house.done(transfer)
    assert house.server.data("c") == data
    assert not house.server.uploads


@pytest.mark.parametrize("gone", [True, False])
async def test_the_original_of_what_was_completed_in_an_earlier_run(
    house: Copies, in_parts: None, gone: bool
) -> None:
    data = house.stored("a", pattern(3 * PART, seed=3))
    gate = house.server.hold("complete", applied=True)
    await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.server.clear_rules()
    if gone:
        del house.server.buckets["b"]["a"]
    else:
        house.stored("a", b"another")
    transfer = await house.restart()
    await house.last.until(transfer, State.COMPLETED, State.FAILED)
    assert house.server.data("c") == data
    assert Remark.TAGS_LEFT in transfer.remarks
    if gone:
        assert transfer.state is State.COMPLETED, transfer.error
        return
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    assert house.server.data("a") == b"another"
    await house.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.data("c") == b"another"
    assert house.server.keys() == ["c"]


async def test_checksums_over_the_whole_prove_more_than_etags(
    house: Copies, in_parts: None
) -> None:
    house.server.takes_checksums = True
    gate_data = house.stored("x", pattern(2 * PART))
    first = await house.copy("x", "a")
    assert first.state is State.COMPLETED, first.error
    transfer = await house.copy("a", "c")
    assert transfer.verified is Verified.FULL_CHECKSUM
    assert house.server.data("c") == gate_data


async def test_a_version_that_was_asked_for_is_copied_and_deleted_alone(house: Copies) -> None:
    house.server.versioned.add("b")
    old = house.stored("a", b"old")
    house.stored("a", b"new")
    version = house.server.buckets["b"]["a"][0].version_id
    await house.queue.copy(
        *("p", [Wanted(Location("b", "a"), version)], "p", Location("b", "c")),
        exactly=True,
        move=True,
    )
    await house.done(house.queue.transfers[-1])
    assert house.server.data("c") == old
    assert [item.data for item in house.server.buckets["b"]["a"]] == [b"new"]


async def test_a_paused_copy_goes_on_and_a_cancelled_one_leaves_nothing(
    house: Copies, in_parts: None
) -> None:
    data = house.stored("a", pattern(4 * PART))
    gate = house.server.hold("copy_part", part=4)
    transfer = await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.queue.pause([transfer.id])
    await house.until(transfer, State.PAUSED)
    house.server.clear_rules()
    house.queue.resume([transfer.id])
    await house.done(transfer)
    assert house.server.data("c") == data
    house.stored("d", pattern(4 * PART))
    gate = house.server.hold("copy_part", part=4)
    transfer = await house.begin("d", "e", move=True)
    await gate.reached.wait()
    house.queue.abort([transfer.id], keep_parts=False)
    house.server.clear_rules()
    await house.until(transfer, State.CANCELLED)
    await house.watcher.until(lambda: not house.server.uploads)
    assert house.server.keys() == ["c", "d"]
