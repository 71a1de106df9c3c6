"""A copy that is made of parts under a KMS: found by its token, and like its original beside it."""

from transfers.copying.kit import PART, Copies, pattern

from s3gui.domain.errors import ConnectionBroken
from s3gui.domain.etags import UPLOAD_TOKEN
from s3gui.domain.existing import LEFT_BEHIND
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.transfer import State

OLD = {"a": "b", UPLOAD_TOKEN: "0" * 32}


async def test_a_copy_has_a_token_of_its_own_and_lacks_nothing_of_the_original(
    house: Copies,
) -> None:
    house.other.encryption = "aws:kms"
    house.other.fail("complete", ConnectionBroken("Reset"), applied=True)
    data = house.stored("a", pattern(3 * PART), metadata=OLD)
    transfer = await house.copy("a", "c", over="q")
    assert transfer.state is State.COMPLETED, transfer.error
    assert not LEFT_BEHIND & set(transfer.remarks)
    assert transfer.verified is Verified.PART_MD5_AND_SIZE
    held = house.other.latest(Location("b", "c"))
    assert held.data == data
    assert held.options.metadata["a"] == "b"
    assert len(held.options.metadata[UPLOAD_TOKEN]) == 32
    assert held.options.metadata[UPLOAD_TOKEN] != OLD[UPLOAD_TOKEN]
    assert house.other.counts()["complete"] == 1


async def test_a_copy_of_the_server_that_takes_an_old_token_along_lacks_nothing(
    house: Copies,
) -> None:
    house.stored("a", metadata=OLD)
    transfer = await house.copy("a", "c", move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert not LEFT_BEHIND & set(transfer.remarks)
    assert house.server.keys() == ["c"]
