"""Copies and moves within a connection: whole, in ranges, proved, with all that belongs to them."""

import pytest
from transfers.copying.kit import PART, Copies, pattern

from s3gui.domain.entries import AccessList, Grant, GranteeKind, ObjectOptions
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ConnectionBroken,
    ErrorKind,
    NotSupported,
    S3guiError,
)
from s3gui.domain.existing import Remark
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State

OPTIONS = {
    "content_type": "text/x",
    "metadata": {"a": "b"},
    "cache_control": "no-cache",
    "content_disposition": "attachment",
    "storage_class": "COLD",
    "tags": {"one": "1"},
}
ALL = Grant(GranteeKind.GROUP, "http://acs.amazonaws.com/groups/global/AllUsers", "", "READ")
SHARED = AccessList("me", "Me", (Grant(GranteeKind.USER, "me", "Me", "FULL_CONTROL"), ALL))


async def test_a_copy_is_made_by_the_server_and_proved_by_its_etag(house: Copies) -> None:
    data = house.stored("a")
    transfer = await house.copy("a", "c/d")
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.ETAG), transfer.error
    assert house.server.data("c/d") == data
    assert house.server.keys() == ["a", "c/d"]
    assert house.server.counts()["copy"] == 1
    assert house.server.bytes_out == 0


@pytest.mark.parametrize("size", [7, 12 * 1024 * 1024])
async def test_what_belongs_to_an_object_goes_with_it(
    house: Copies, in_parts: None, size: int
) -> None:
    house.stored("a", pattern(size), **OPTIONS)
    house.server.latest(Location("b", "a")).access = SHARED
    transfer = await house.copy("a", "c", if_exists=IfExists.OVERWRITE)
    assert transfer.state is State.COMPLETED, transfer.error
    assert not transfer.remarks
    held = house.server.latest(Location("b", "c"))
    assert held.options == ObjectOptions(**OPTIONS)
    assert held.access == SHARED


async def test_what_was_asked_for_goes_before_what_the_source_has(house: Copies) -> None:
    house.stored("a", **OPTIONS)
    options = ObjectOptions(cache_control="max-age=1", storage_class="HOT", tags={"x": "y"})
    await house.copy("a", "c", options=options)
    made = house.server.latest(Location("b", "c")).options
    assert (made.cache_control, made.storage_class, dict(made.tags)) == (
        "max-age=1",
        "HOT",
        {"x": "y"},
    )
    assert (made.content_type, dict(made.metadata)) == ("text/x", {"a": "b"})


async def test_a_large_object_is_copied_in_ranges(house: Copies, in_parts: None) -> None:
    data = house.stored("a", pattern(4 * PART + 5))
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.verified is Verified.SIZE  # an ETag of parts says nothing about the one whole
    assert house.server.data("c") == data
    assert house.server.counts()["copy_part"] == 5
    assert (house.server.bytes_in, house.server.bytes_out) == (0, 0)


async def test_parts_as_the_source_has_them_give_the_same_etag(house: Copies) -> None:
    house.stored("a", pattern(3 * PART + 9), part_bytes=PART)
    transfer = await house.copy("a", "c")
    assert transfer.verified is Verified.ETAG
    etags = {house.server.latest(Location("b", key)).etag for key in ("a", "c")}
    assert len(etags) == 1


@pytest.mark.parametrize("n_parts", [1, 3])
async def test_parts_that_no_server_tells_of_are_guessed(house: Copies, n_parts: int) -> None:
    house.server.tells_parts = False
    house.stored("a", pattern(5 * MIB * n_parts - 9), part_bytes=5 * MIB)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.verified is Verified.ETAG
    assert house.server.counts()["copy_part"] == n_parts
    assert house.server.keys() == ["c"]


async def test_a_wrong_guess_is_a_copy_that_was_not_proved(house: Copies) -> None:
    house.server.tells_parts = False
    data = house.stored("a", pattern(13 * MIB), part_bytes=7 * MIB)
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.verified is Verified.SIZE
    assert house.server.data("c") == data


async def test_a_move_deletes_what_it_copied(house: Copies) -> None:
    data = house.stored("a")
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]
    assert house.server.data("c") == data


async def test_a_versioned_bucket_keeps_the_original_behind_a_marker(house: Copies) -> None:
    house.server.versioned.add("b")
    house.stored("a")
    await house.copy("a", "c", move=True)
    versions = house.server.buckets["b"]["a"]
    assert [item.is_delete_marker for item in versions] == [False, True]


@pytest.mark.parametrize("call", ["copy", "put_acl", "delete"])
async def test_a_lost_answer_is_found_out(house: Copies, call: str) -> None:
    data = house.stored("a")
    house.server.latest(Location("b", "a")).access = SHARED
    house.server.fail(call, ConnectionBroken("Lost"), applied=True)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]
    assert house.server.data("c") == data


async def test_an_error_inside_a_200_is_tried_again(house: Copies) -> None:
    house.stored("a")
    house.server.fail(
        "copy", S3guiError("Inside", code="InternalError", kind=ErrorKind.TRANSIENT), times=2
    )
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED
    assert house.server.counts()["copy"] == 3


async def test_a_success_without_proof_is_looked_at(house: Copies) -> None:
    house.stored("a")
    house.server.fail("copy", BadAnswer("No ETag"), applied=True)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.verified is Verified.ETAG


async def test_a_copy_that_is_another_object_is_no_copy(house: Copies) -> None:
    house.stored("a", b"one")
    gate = house.server.hold("copy", applied=True)
    transfer = await house.begin("a", "c", move=True, if_exists=IfExists.OVERWRITE)
    await gate.reached.wait()
    house.stored("c", b"two")
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.error is not None
    assert transfer.error.code == "ObjectDiffers"
    assert house.server.data("a") == b"one"


async def test_the_original_stays_if_it_changed_since(house: Copies) -> None:
    house.stored("a", b"one")
    gate = house.server.hold("delete")
    transfer = await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.stored("a", b"two")
    gate.open()
    await house.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "SourceChanged"
    assert house.server.data("a") == b"two"
    await house.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]
    assert house.server.data("c") == b"two"


async def test_a_source_that_changes_under_way_is_never_mixed(
    house: Copies, in_parts: None
) -> None:
    house.stored("a", pattern(3 * PART, seed=1))
    gate = house.server.hold("copy_part", part=2)
    transfer = await house.begin("a", "c", move=True)
    await gate.reached.wait()
    new = house.stored("a", pattern(3 * PART, seed=9))
    gate.open()
    await house.until(transfer, State.FAILED)
    assert transfer.error is not None
    assert transfer.error.code == "SourceChanged"
    assert house.server.keys() == ["a"]
    await house.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.data("c") == new
    assert house.server.keys() == ["c"]
    assert not house.server.uploads


@pytest.mark.parametrize("op", ["tags", "acl"])
async def test_a_move_that_loses_something_keeps_the_original(
    house: Copies, in_parts: None, op: str
) -> None:
    house.stored("a", pattern(2 * PART), tags={"one": "1"})
    house.server.latest(Location("b", "a")).access = SHARED
    house.server.fail(op, AccessDenied("No"), times=1)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == "LeftBehind"
    left = Remark.TAGS_LEFT if op == "tags" else Remark.ACL_LEFT
    assert left in transfer.remarks
    assert house.server.keys() == ["a", "c"]
    copies = house.server.counts()["copy_part"]
    await house.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]
    assert house.server.counts()["copy_part"] == copies
    held = house.server.latest(Location("b", "c"))
    assert dict(held.options.tags) == {"one": "1"}
    assert held.access == SHARED


async def test_a_copy_says_what_it_lacks(house: Copies) -> None:
    house.stored("a")
    house.server.latest(Location("b", "a")).access = SHARED
    house.server.fail("put_acl", AccessDenied("No"), times=9)
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED
    assert transfer.remarks == (Remark.UNPROVED, Remark.ACL_LEFT)


async def test_a_deletion_that_fails_can_be_repeated_alone(house: Copies) -> None:
    house.stored("a")
    house.server.fail("delete", AccessDenied("No"))
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert "original is still there" in transfer.error.title
    await house.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]
    assert house.server.counts()["copy"] == 1


async def test_killed_before_the_deletion_goes_on_with_it(house: Copies) -> None:
    house.stored("a")
    gate = house.server.hold("delete")
    await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.server.clear_rules()
    transfer = await house.restart()
    await house.last.until(transfer, State.COMPLETED, State.FAILED)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]
    assert house.server.counts()["copy"] == 1


async def test_killed_while_the_server_copies(house: Copies) -> None:
    house.stored("a")
    gate = house.server.hold("copy", applied=True)
    await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.server.clear_rules()
    transfer = await house.restart()
    await house.last.until(transfer, State.COMPLETED, State.FAILED, State.PAUSED)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["c"]


async def test_no_confirmed_range_is_copied_again(house: Copies, in_parts: None) -> None:
    data = house.stored("a", pattern(6 * PART))
    gate = house.server.hold("copy_part", part=6)
    transfer = await house.begin("a", "c")
    await gate.reached.wait()
    await house.until_parts(transfer, 5)
    house.server.clear_rules()
    transfer = await house.restart()
    await house.last.until(transfer, State.COMPLETED, State.FAILED)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.data("c") == data
    parts = [call.part for call in house.server.calls if call.op == "copy_part"]
    assert sorted(parts)[:5] == [1, 2, 3, 4, 5]
    assert len(parts) == 7


@pytest.mark.parametrize("size", [3, 12 * 1024 * 1024])
async def test_a_server_that_does_not_copy_is_copied_through(
    house: Copies, in_parts: None, size: int
) -> None:
    data = house.stored("a", pattern(size), **OPTIONS)
    refusal = NotSupported("No copies", code="NotImplemented")
    house.server.fail("copy", refusal, times=99)
    house.server.fail("copy_part", refusal, times=99)
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED, transfer.error
    assert Remark.THROUGH in transfer.remarks
    assert house.server.data("c") == data
    assert house.server.latest(Location("b", "c")).options == ObjectOptions(**OPTIONS)
    assert not house.server.uploads


async def test_a_server_that_takes_a_copy_for_an_empty_put(house: Copies) -> None:
    data = house.stored("a")

    def emptied() -> S3guiError:
        house.stored("c", b"")
        return BadAnswer("No ETag")

    house.server.fail("copy", emptied)
    transfer = await house.copy("a", "c")
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.data("c") == data
    assert Remark.THROUGH in transfer.remarks
