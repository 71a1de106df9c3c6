"""Moves whose copy the server shows nothing of but its size: read, compared, and deleted then."""

import pytest
from transfers.copying.kit import PART, Copies, pattern
from transfers.kit import settings

from s3gui.domain import crc
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import AccessDenied, ConnectionBroken, NotSupported, S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.domain.words import state_word
from s3gui.transfers.copying import copier
from s3gui.transfers.history import History

#: Two ranges and a bit, so that it is compared in a run of its own.
LARGE = 33 * MIB
SECOND = 16 * MIB
REFUSED = S3guiError("Too large", code="EntityTooLarge")


@pytest.fixture
def opaque(house: Copies) -> Copies:
    """A storage whose ETags say nothing, as with SSE-KMS."""
    house.server.encryption = "aws:kms"
    return house


async def kept(house: Copies, transfer: Transfer, code: str) -> None:
    """The row failed so, and both objects are there."""
    assert transfer.state is State.FAILED
    assert transfer.error is not None
    assert transfer.error.code == code, transfer.error
    assert "original" in transfer.error.title
    assert house.server.keys() == ["a", "c"]
    assert "delete" not in house.server.counts()


def allow(house: Copies, compare_bytes: int) -> None:
    house.last.queue.settings = settings(compare_bytes=compare_bytes)


@pytest.mark.parametrize("size", [0, 1, 12 * MIB, LARGE])
async def test_what_only_its_size_speaks_for_is_read_before_the_original_goes(
    opaque: Copies, in_parts: None, size: int
) -> None:
    data = opaque.stored("a", pattern(size))
    transfer = await opaque.copy("a", "c", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.verified is Verified.COMPARED
    assert opaque.server.keys() == ["c"]
    assert opaque.server.data("c") == data
    assert opaque.server.bytes_out == 2 * size
    (receipt,) = [one async for one in History(opaque.journal).receipts([transfer.id])]
    assert receipt.proof[Proof.CRC32] == crc.text(crc.crc32(data).to_bytes(4, "big"))
    assert Proof.READ_BACK not in receipt.proof
    assert transfer.parts_total == max(1, -(-size // PART) if size > MIB else 1)
    ops = [call.op for call in opaque.server.calls]
    assert "fetch" not in ops[ops.index("delete") :]


async def test_a_copy_alone_is_not_read(opaque: Copies) -> None:
    opaque.stored("a")
    transfer = await opaque.copy("a", "c")
    assert transfer.verified is Verified.SIZE
    assert opaque.server.bytes_out == 0


async def test_another_cut_is_read(house: Copies) -> None:
    """The parts of the source are guessed, and wrongly."""
    house.server.tells_parts = False
    house.stored("a", pattern(13 * MIB), part_bytes=7 * MIB)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.verified is Verified.COMPARED
    assert house.server.keys() == ["c"]


async def test_a_key_of_ones_own_goes_with_each_range(house: Copies) -> None:
    key = CustomerKey(bytes(range(32)))
    data = house.stored("a", pattern(LARGE), customer_key=key)
    transfer = await house.copy("a", "c", options=ObjectOptions(customer_key=key), move=True)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert house.server.data("c") == data
    assert house.server.keys() == ["c"]


# What a person sees and does meanwhile


async def test_the_row_says_what_it_does_and_can_be_paused(opaque: Copies, in_parts: None) -> None:
    opaque.stored("a", pattern(LARGE))
    gate = opaque.server.hold("fetch", part=SECOND, times=2)
    transfer = await opaque.begin("a", "c", move=True)
    await gate.reached.wait()
    await opaque.until_parts(transfer, 2)
    assert state_word(transfer) == "Comparing both sides"
    assert transfer.state is State.RUNNING
    assert transfer.moved == LARGE - 16 * MIB
    opaque.queue.pause([transfer.id])
    await opaque.until(transfer, State.PAUSED)
    opaque.server.clear_rules()
    assert state_word(transfer) == "Paused"
    assert opaque.server.keys() == ["a", "c"]
    read = opaque.server.bytes_out
    opaque.queue.resume([transfer.id])
    await opaque.done(transfer)
    assert opaque.server.bytes_out - read == 2 * 16 * MIB  # no range that was the same
    assert opaque.server.keys() == ["c"]


async def test_cancelled_while_it_compares(opaque: Copies) -> None:
    data = opaque.stored("a", pattern(LARGE))
    gate = opaque.server.hold("fetch", part=SECOND)
    transfer = await opaque.begin("a", "c", move=True)
    await gate.reached.wait()
    opaque.queue.abort([transfer.id], keep_parts=False)
    await opaque.until(transfer, State.CANCELLED)
    opaque.server.clear_rules()
    assert opaque.server.data("a") == data
    assert "delete" not in opaque.server.counts()


async def test_a_large_one_is_a_persons_decision(opaque: Copies, in_parts: None) -> None:
    allow(opaque, 1000)
    data = opaque.stored("a", pattern(1001))
    transfer = await opaque.copy("a", "c", move=True)
    await kept(opaque, transfer, "SizeOnly")
    assert opaque.server.bytes_out == 0
    await opaque.again(transfer)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert opaque.server.keys() == ["c"]
    assert opaque.server.data("c") == data
    assert opaque.server.counts()["copy"] == 1
    small = opaque.stored("a", pattern(1000))
    transfer = await opaque.copy("a", "c", move=True, if_exists=IfExists.OVERWRITE)
    assert transfer.verified is Verified.COMPARED
    assert opaque.server.data("c") == small


# What goes wrong


async def test_other_bytes_keep_the_original_and_retry_copies_again(opaque: Copies) -> None:
    data = opaque.stored("a", pattern(LARGE))
    gate = opaque.server.hold("acl")
    transfer = await opaque.begin("a", "c", move=True)
    await gate.reached.wait()
    held = opaque.server.latest(Location("b", "c"))
    held.data = data[:-1] + bytes([data[-1] ^ 1])
    gate.open()
    await opaque.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.error is not None
    assert transfer.error.code == "ObjectDiffers"
    assert f"bytes {2 * SECOND} to {LARGE - 1} " in transfer.error.detail
    assert opaque.server.data("a") == data
    await opaque.again(transfer)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert opaque.server.data("c") == data
    assert opaque.server.keys() == ["c"]
    assert opaque.server.counts()["copy"] == 2


async def test_a_byte_that_flips_on_the_line_is_read_again(opaque: Copies) -> None:
    data = opaque.stored("a", pattern(LARGE))
    opaque.server.lie("fetch", "flipped", part=SECOND)
    transfer = await opaque.copy("a", "c", move=True)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert opaque.server.data("c") == data
    assert opaque.server.counts()["copy"] == 1


@pytest.mark.parametrize("size", [7, LARGE])
async def test_what_may_not_be_read_stays(opaque: Copies, size: int) -> None:
    opaque.stored("a", pattern(size))
    opaque.server.fail("fetch", AccessDenied("No"), times=99)
    transfer = await opaque.copy("a", "c", move=True)
    await kept(opaque, transfer, "AccessDenied")
    opaque.server.clear_rules()
    await opaque.again(transfer)
    assert transfer.verified is Verified.COMPARED
    assert opaque.server.keys() == ["c"]
    assert opaque.server.counts()["copy"] == 1


async def test_a_broken_line_costs_a_range(opaque: Copies) -> None:
    opaque.stored("a", pattern(LARGE))
    opaque.server.fail("fetch", ConnectionBroken("Lost"), part=SECOND, times=3, after_bytes=MIB)
    transfer = await opaque.copy("a", "c", move=True)
    assert transfer.verified is Verified.COMPARED
    assert opaque.server.keys() == ["c"]


@pytest.mark.parametrize("part", [None, 2 * SECOND])
@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("knows_if_match", [True, False])
async def test_a_copy_that_is_replaced_proves_nothing(
    opaque: Copies, gone: bool, knows_if_match: bool, part: int | None
) -> None:
    opaque.server.knows_if_match = knows_if_match
    data = opaque.stored("a", pattern(LARGE))
    # All of it is held back, or its last range while the rest is read.
    gate = opaque.server.hold("fetch", part=part, times=6)
    transfer = await opaque.begin("a", "c", move=True, if_exists=IfExists.OVERWRITE)
    await gate.reached.wait()
    if gone:
        del opaque.server.buckets["b"]["c"]
    else:
        opaque.stored("c", pattern(LARGE, seed=2))
    gate.open()
    await opaque.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.error is not None
    assert transfer.error.code == "CopyChanged"
    assert opaque.server.data("a") == data
    await opaque.again(transfer)
    assert transfer.state is State.COMPLETED, transfer.error
    assert opaque.server.data("c") == data
    assert opaque.server.keys() == ["c"]


async def test_a_copy_that_is_replaced_after_it_was_read_proves_nothing(opaque: Copies) -> None:
    data = opaque.stored("a", pattern(LARGE))
    gate = opaque.server.hold("fetch", part=2 * SECOND, applied=True)
    transfer = await opaque.begin("a", "c", move=True, if_exists=IfExists.OVERWRITE)
    await gate.reached.wait()
    await opaque.until_parts(transfer, 2)
    opaque.stored("c", b"another")
    gate.open()
    await opaque.until(transfer, State.FAILED, State.COMPLETED)
    await kept(opaque, transfer, "CopyChanged")
    assert opaque.server.data("a") == data


async def test_an_original_that_changes_stays(opaque: Copies) -> None:
    opaque.stored("a", pattern(LARGE))
    gate = opaque.server.hold("fetch", part=SECOND)
    transfer = await opaque.begin("a", "c", move=True)
    await gate.reached.wait()
    new = opaque.stored("a", pattern(LARGE, seed=2))
    gate.open()
    await opaque.until(transfer, State.FAILED, State.COMPLETED)
    assert transfer.waiting is Waiting.SOURCE_CHANGED
    await opaque.again(transfer)
    assert transfer.verified is Verified.COMPARED
    assert opaque.server.data("c") == new
    assert opaque.server.keys() == ["c"]


async def test_an_original_that_is_gone_is_not_compared(opaque: Copies) -> None:
    allow(opaque, 0)
    data = opaque.stored("a")
    transfer = await opaque.copy("a", "c", move=True)
    await kept(opaque, transfer, "SizeOnly")
    del opaque.server.buckets["b"]["a"]
    await opaque.again(transfer)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.SIZE)
    assert opaque.server.data("c") == data


# Kill -9


@pytest.mark.parametrize("size", [7, LARGE])
@pytest.mark.parametrize("op", ["fetch", "delete"])
async def test_killed_between_the_copy_and_the_deletion(
    opaque: Copies, in_parts: None, size: int, op: str
) -> None:
    data = opaque.stored("a", pattern(size))
    gate = opaque.server.hold(op, error=AccessDenied("What was killed goes no further"))
    await opaque.begin("a", "c", move=True)
    await gate.reached.wait()
    opaque.server.clear_rules()
    read = opaque.server.bytes_out
    assert opaque.server.keys() == ["a", "c"]
    transfer = await opaque.restart()
    await opaque.last.until(transfer, State.COMPLETED, State.FAILED)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert opaque.server.keys() == ["c"]
    assert opaque.server.data("c") == data
    assert opaque.server.counts().get("complete", 1) == 1
    if op == "delete":
        assert opaque.server.bytes_out == read  # it was proved, and the journal has that


async def test_a_reading_that_was_asked_for_goes_on_after_a_kill(
    opaque: Copies,
) -> None:
    allow(opaque, 1000)
    opaque.stored("a", pattern(LARGE))
    transfer = await opaque.copy("a", "c", move=True)
    await kept(opaque, transfer, "SizeOnly")
    transfer = await opaque.restart()
    assert transfer.state is State.FAILED  # nobody asked yet
    gate = opaque.server.hold("fetch", part=SECOND)
    await opaque.last.retry(transfer)
    await gate.reached.wait()
    opaque.server.clear_rules()
    transfer = await opaque.restart()
    await opaque.last.until(transfer, State.COMPLETED, State.FAILED)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert opaque.server.keys() == ["c"]


# What proves a copy without being read


async def test_a_move_of_a_whole_is_made_whole_which_proves_it(
    house: Copies, in_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copier, "PROVED_WHOLE_BYTES", LARGE)
    house.stored("a", pattern(LARGE))
    transfer = await house.copy("a", "c", move=True)
    assert transfer.verified is Verified.ETAG
    assert house.server.counts()["copy"] == 1
    assert house.server.bytes_out == 0
    assert house.server.keys() == ["c"]
    house.stored("d", pattern(LARGE))
    transfer = await house.copy("d", "e")
    assert transfer.parts_total == 7


@pytest.mark.parametrize(
    "error", [REFUSED, NotSupported("No"), ConnectionBroken("504")], ids=["large", "none", "slow"]
)
async def test_what_is_not_copied_whole_is_copied_in_parts(
    house: Copies, in_parts: None, monkeypatch: pytest.MonkeyPatch, error: S3guiError
) -> None:
    monkeypatch.setattr(copier, "PROVED_WHOLE_BYTES", LARGE)
    house.server.fail("copy", error, times=99)
    data = house.stored("a", pattern(LARGE), tags={"one": "1"})
    transfer = await house.copy("a", "c", move=True, if_exists=IfExists.OVERWRITE)
    assert transfer.verified is Verified.COMPARED, transfer.error
    assert house.server.counts()["copy_part"] == 7
    assert house.server.data("c") == data
    assert dict(house.server.latest(Location("b", "c")).options.tags) == {"one": "1"}
    assert house.server.keys() == ["c"]
    assert not transfer.remarks
