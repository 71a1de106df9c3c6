"""What becomes of a copy whose key is taken, or gets taken while it is on its way."""

import pytest
from transfers.copying.kit import Copies

from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.existing import Remark
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State


async def test_what_is_there_is_asked_about(house: Copies) -> None:
    house.stored("a", b"new")
    house.stored("c", b"old")
    transfer = await house.copy("a", "c")
    assert transfer.state is State.PAUSED
    house.queue.decide([transfer.id], IfExists.OVERWRITE)
    await house.done(transfer)
    assert house.server.data("c") == b"new"


async def test_a_skipped_move_deletes_nothing(house: Copies) -> None:
    house.stored("a", b"new")
    house.stored("c", b"old")
    transfer = await house.copy("a", "c", move=True, if_exists=IfExists.SKIP)
    assert transfer.state is State.SKIPPED
    assert house.server.data("a") == b"new"
    assert house.server.data("c") == b"old"


async def test_a_free_name_beside_itself(house: Copies) -> None:
    house.stored("d/a.tar.gz")
    transfer = await house.copy("d/a.tar.gz", "d/a.tar.gz", if_exists=IfExists.RENAME)
    assert transfer.state is State.COMPLETED, transfer.error
    assert house.server.keys() == ["d/a (1).tar.gz", "d/a.tar.gz"]


async def test_somebody_elses_object_is_not_replaced(house: Copies) -> None:
    house.stored("a", b"ours")
    gate = house.server.hold("copy")
    transfer = await house.begin("a", "c", move=True)
    await gate.reached.wait()
    house.stored("c", b"theirs")
    gate.open()
    await house.until(transfer, State.PAUSED, State.COMPLETED)
    assert transfer.state is State.PAUSED
    assert house.server.data("c") == b"theirs"
    assert house.server.data("a") == b"ours"


async def test_a_server_without_conditions_is_looked_at_right_before(house: Copies) -> None:
    house.stored("a", b"ours")
    house.server.knows_conditions = False
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.remarks == (Remark.LOOKED,)


async def test_the_marker_of_a_folder_that_is_there_is_no_conflict(house: Copies) -> None:
    house.stored("d/", b"")
    house.stored("d/a")
    house.stored("t/d/", b"")
    await house.ask("d/", to="t/", move=True)
    for transfer in house.queue.transfers:
        await house.done(transfer)
    assert house.server.keys() == ["t/d/", "t/d/a"]


@pytest.mark.parametrize(("size", "looks"), [(5, 1), (2 * MIB, 2)])
async def test_what_is_there_is_looked_at_once_more_where_the_write_takes_its_time(
    house: Copies, size: int, looks: int
) -> None:
    """As before a PutObject: a small copy follows the look at once."""
    house.stored("a", bytes(size))
    transfer = await house.copy("a", "c", if_exists=IfExists.ASK)
    assert transfer.state is State.COMPLETED, transfer.error
    calls = [call.op for call in house.server.calls if call.key == "c"]
    assert calls[: calls.index("copy")] == ["head"] * looks


async def test_a_look_that_is_old_is_repeated_before_a_small_copy(house: Copies) -> None:
    busy = S3guiError("Slow down", code="SlowDown", kind=ErrorKind.THROTTLE, retry_after_s=5)
    house.stored("a")
    house.server.fail("copy", busy)
    transfer = await house.copy("a", "c", if_exists=IfExists.ASK)
    assert transfer.state is State.COMPLETED, transfer.error
    calls = [call.op for call in house.server.calls if call.key == "c"]
    assert calls[:4] == ["head", "copy", "head", "copy"]
