"""Where ETags prove nothing an upload carries a token: who gets one, and who does not."""

import pytest
from fake_server import MemoryServer
from transfers.existing import KEY, LARGE, SIZES
from transfers.kit import MD5_ONLY, House, MakeFile, NextStart, content
from transfers.sealed import KMS, token, upload

from s3gui.domain.encryption import Encryption
from s3gui.domain.entries import ObjectDetails, ObjectOptions
from s3gui.domain.errors import AccessDenied
from s3gui.domain.etags import UPLOAD_TOKEN, EtagFacts
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.transfers.tokens import new_token


@SIZES
async def test_no_object_has_a_token_where_its_etag_tells_it(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    for name in ("a.bin", "b.bin"):
        transfer = await upload(house, make_file(size, name), ObjectOptions(), IfExists.SKIP)
        await house.done(transfer)
        assert not server.latest(Location("b", name)).options.metadata


async def test_a_checksum_over_the_whole_needs_no_token(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    transfer = await upload(house, make_file(LARGE))
    await house.done(transfer)
    agreed = server.takes_checksums
    assert bool(token(server)) is not agreed
    assert server.counts()["create"] == (1 if agreed else 2)


@MD5_ONLY
@pytest.mark.parametrize("by_default", [True, False], ids=["of-the-bucket", "asked-for"])
async def test_what_the_answer_of_create_is_the_first_to_say_takes_one_upload_more(
    house: House, server: MemoryServer, make_file: MakeFile, by_default: bool
) -> None:
    server.encryption = Encryption.KMS if by_default else ""
    options = ObjectOptions() if by_default else KMS
    await house.done(await upload(house, make_file(LARGE), options))
    assert (server.counts()["create"], server.counts()["abort"]) == (2, 1)
    await house.done(await upload(house, make_file(LARGE, "b.bin"), options))
    assert (server.counts()["create"], server.counts()["abort"]) == (3, 1), "it was learnt"
    assert not server.uploads
    assert len(token(server)) == len(token(server, "b.bin")) == 32
    assert token(server) != token(server, "b.bin")
    assert max(server.sends().values()) == 2, "no part twice"


@MD5_ONLY
async def test_a_server_known_to_agree_to_no_checksum_gets_the_token_at_once(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    await house.done(await upload(house, make_file(LARGE), ObjectOptions()))
    assert not token(server)
    await house.done(await upload(house, make_file(LARGE, "b.bin")))
    assert token(server, "b.bin")
    assert server.counts()["abort"] == 0


@MD5_ONLY
async def test_an_empty_upload_that_cannot_be_aborted_stays_on_the_list_of_those(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    server.fail("abort", AccessDenied("No"), times=3)
    await house.done(await upload(house, make_file(LARGE)))
    (left,) = server.uploads
    (todo,) = await house.journal.aborts()
    assert todo.ref.upload_id == left
    assert house.watcher.problems, "it is said"


@MD5_ONLY
async def test_a_kill_before_the_second_create_leaves_nothing(
    house: House, server: MemoryServer, make_file: MakeFile, next_start: NextStart
) -> None:
    gate = server.hold("abort")
    path = make_file(LARGE)
    await upload(house, path)
    await gate.reached.wait()
    again = await next_start()
    gate.open()
    (row,) = again.queue.transfers
    await again.done(row)
    await again.watcher.until(lambda: not server.uploads)
    assert server.data("file.bin") == content(path)


@pytest.mark.parametrize(
    ("metadata", "fits"),
    [
        ({}, True),
        ({"a": "x" * 1900}, True),
        ({"a": "x" * 2000}, False),
        ({"a": "ё" * 1000}, False),
        ({UPLOAD_TOKEN: "mine"}, False),
    ],
)
def test_the_persons_own_metadata_comes_first(metadata: dict[str, str], fits: bool) -> None:
    assert bool(new_token(ObjectOptions(metadata=metadata))) is fits


@MD5_ONLY
async def test_where_it_does_not_fit_the_upload_goes_on_without(
    house: House, server: MemoryServer, make_file: MakeFile
) -> None:
    full = ObjectOptions(encryption=Encryption.KMS, metadata={"a": "x" * 2000})
    await house.done(await upload(house, make_file(LARGE), full))
    assert server.latest(KEY).options.metadata == full.metadata
    assert (server.counts()["create"], server.counts()["abort"]) == (1, 0)


@MD5_ONLY
@SIZES
async def test_a_put_has_one_only_where_its_own_object_could_be_in_its_way(
    house: House, server: MemoryServer, make_file: MakeFile, size: int
) -> None:
    for policy in (IfExists.OVERWRITE, IfExists.SKIP):
        await house.done(await upload(house, make_file(size, f"{policy.value}.bin"), KMS, policy))
    assert bool(token(server, "overwrite.bin")) is (size == LARGE)
    assert token(server, "skip.bin")


# What is known


def test_what_is_learnt_is_of_a_bucket_and_of_an_encryption() -> None:
    facts = EtagFacts()
    assert not facts.put_needs_token("b", "")
    assert facts.put_needs_token("b", "aws:kms")
    assert facts.put_needs_token("b", "SSE-C")
    facts.saw_etag("b", "", opaque=True)
    assert facts.put_needs_token("b", "")
    assert not facts.put_needs_token("b", "AES256")
    assert not facts.put_needs_token("other", "")
    assert not facts.upload_needs_token("b", ""), "it may agree to a checksum"
    facts.saw_create("b", "", opaque=False, checksum=False)
    assert facts.upload_needs_token("b", ""), "of a vendor's ETags no Create tells"
    facts.saw_etag("b", "", opaque=False)
    assert not facts.upload_needs_token("b", "")
    facts.saw_no_metadata("b")
    assert not facts.upload_needs_token("b", "aws:kms")


def test_a_token_does_not_go_with_an_object_to_another() -> None:
    details = ObjectDetails(KEY, 1, "e", metadata={"a": "b", UPLOAD_TOKEN: "0" * 32})
    assert ObjectOptions.kept(details).metadata == {"a": "b"}
