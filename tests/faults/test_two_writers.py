"""Two go to one key: in our own list, and somebody else at the very moment (rows 30, 82 and 88).

The other writer comes in between our last look and our write; versions count what became of both.
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, Engine, Seen
from servers.ceph.cluster import Cluster
from servers.ceph.servers import over_http
from servers.front import Forward, Front
from servers.lying import Action, Talk
from servers.server import Server
from transfers.kit import THEIRS_STAYS

from s3gui.domain.existing import Remark
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Transfer

SMALL, LARGE = 3000, 2 * PART
WRITE: dict[int, dict[str, str]] = {
    SMALL: {"method": "PUT", "path": "file.bin"},
    LARGE: {"method": "POST", "query": "uploadId="},
}
THEIRS = b"theirs"
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["put", "complete"])


@dataclass(frozen=True)
class Intrude(Action):
    """Somebody else writes the key, and then what came is forwarded."""

    client: Any
    bucket: str
    then: Forward = field(default_factory=Forward)

    def __call__(self, talk: Talk) -> None:
        self.client.put_object(Bucket=self.bucket, Key="file.bin", Body=THEIRS)
        self.then(talk)


def versions(server: Server, bucket: str, key: str = "file.bin") -> list[int]:
    """Sizes of all versions of a key, the oldest first."""
    rows = server.independent_client().list_object_versions(Bucket=bucket, Prefix=key)
    return [row["Size"] for row in reversed(rows.get("Versions", [])) if row["Key"] == key]


def versioned(server: Server) -> str:
    name, client = f"b-{uuid.uuid4().hex[:20]}", server.independent_client()
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def before_ceph(ceph: Cluster) -> Iterator[Front]:
    with over_http(ceph) as behind, Front(behind) as front:
        yield front


async def send(program: Engine, path: Path, bucket: str, policy: IfExists) -> Transfer:
    await program.queue.upload(program.profile.id, Location(bucket), [path], if_exists=policy)
    return program.queue.transfers[-1]


async def rest(program: Engine, transfer: Transfer) -> State:
    await program.until(transfer, State.COMPLETED, State.SKIPPED, State.FAILED, State.PAUSED)
    return transfer.state


@pytest.mark.fault(30, 88)
@SIZES
@THEIRS_STAYS
async def test_who_was_first_keeps_the_key(
    front: Front,
    engine: MakeEngine,
    make_file: MakeFile,
    size: int,
    policy: IfExists,
    state: State,
) -> None:
    bucket, path = versioned(front.behind), make_file(size)
    front.on(Intrude(front.behind.independent_client(), bucket), **WRITE[size], attempt=1)
    async with engine(front) as program:
        transfer = await send(program, path, bucket, policy)
        assert await rest(program, transfer) is state, transfer.error
    assert versions(front.behind, bucket) == [len(THEIRS)], "ours never became a version"
    if policy is IfExists.RENAME:
        assert versions(front.behind, bucket, "file (1).bin") == [size]
    kept = size == LARGE and state in {State.PAUSED, State.FAILED}
    assert bool(Seen(front, bucket).unfinished()) is kept


@pytest.mark.fault(88)
@SIZES
async def test_what_is_replaced_is_what_was_seen(
    front: Front, engine: MakeEngine, make_file: MakeFile, size: int
) -> None:
    bucket, path = versioned(front.behind), make_file(size)
    client = front.behind.independent_client()
    client.put_object(Bucket=bucket, Key="file.bin", Body=b"old")
    there = client.head_object(Bucket=bucket, Key="file.bin")["LastModified"].timestamp()
    os.utime(path, (there + 0.5, there + 0.5))
    async with engine(front) as program:
        await program.done(await send(program, path, bucket, IfExists.NEWER))
    assert versions(front.behind, bucket) == [3, size]


@pytest.mark.fault(88)
@SIZES
async def test_an_answer_that_is_lost_leaves_one_object_and_no_conflict(
    front: Front, engine: MakeEngine, make_file: MakeFile, size: int
) -> None:
    """412 against ourselves."""
    bucket, path = versioned(front.behind), make_file(size)
    front.on(Forward(then="reset"), **WRITE[size], attempt=1)
    async with engine(front) as program:
        transfer = await send(program, path, bucket, IfExists.RENAME)
        await program.done(transfer)
    assert transfer.location.key == "file.bin"
    assert versions(front.behind, bucket) == [size]


@pytest.mark.fault(88)
async def test_a_batch_of_new_and_taken_names_loses_nothing(
    front: Front, engine: MakeEngine, make_file: MakeFile
) -> None:
    bucket, client = versioned(front.behind), front.behind.independent_client()
    make_file(SMALL)
    folder = make_file(SMALL, "tree/0.bin").parent
    for number in range(1, 12):
        make_file(SMALL + number, f"tree/{number}.bin")
    for number in range(0, 12, 3):
        client.put_object(Bucket=bucket, Key=f"tree/{number}.bin", Body=THEIRS)
    async with engine(front) as program:
        await program.queue.upload(
            program.profile.id, Location(bucket), [folder], if_exists=IfExists.SKIP
        )
        states = [await rest(program, row) for row in program.queue.transfers]
    assert states.count(State.SKIPPED) == 4
    assert states.count(State.COMPLETED) == 8
    for number in range(12):
        size = len(THEIRS) if number % 3 == 0 else SMALL + number
        assert versions(front.behind, bucket, f"tree/{number}.bin") == [size]


# A real storage. Ceph 16.2 keeps the condition of a PutObject where no versions are kept, ignores
# it where they are (and the other one's version stays), and ignores that of a Complete.


@pytest.mark.fault(88)
async def test_ceph_refuses_a_put_under_its_condition(
    before_ceph: Front, engine: MakeEngine, make_file: MakeFile
) -> None:
    client, bucket = before_ceph.behind.independent_client(), f"b-{uuid.uuid4().hex[:20]}"
    client.create_bucket(Bucket=bucket)
    before_ceph.on(Intrude(client, bucket), **WRITE[SMALL], attempt=1)
    async with engine(before_ceph) as program:
        transfer = await send(program, make_file(SMALL), bucket, IfExists.SKIP)
        assert await rest(program, transfer) is State.SKIPPED, transfer.error
        second = await send(program, make_file(SMALL, "other.bin"), bucket, IfExists.SKIP)
        await program.done(second)
    assert Seen(before_ceph, bucket).content() == THEIRS
    assert second.remarks == (), "it was seen to keep to it"


@pytest.mark.fault(88)
@SIZES
async def test_where_ceph_ignores_it_the_row_says_so_and_both_are_versions(
    before_ceph: Front, engine: MakeEngine, make_file: MakeFile, size: int
) -> None:
    server = before_ceph.behind
    bucket = versioned(server)
    before_ceph.on(Intrude(server.independent_client(), bucket), **WRITE[size], attempt=1)
    async with engine(before_ceph) as program:
        transfer = await send(program, make_file(size), bucket, IfExists.SKIP)
        await program.done(transfer)
    assert versions(server, bucket) == [len(THEIRS), size], "nothing less than both"
    assert transfer.remarks in {(Remark.UNPROVED,), (Remark.LOOKED,)}


@pytest.mark.fault(88)
async def test_what_one_bucket_of_ceph_showed_is_not_claimed_of_a_versioned_one(
    before_ceph: Front, engine: MakeEngine, make_file: MakeFile
) -> None:
    server = before_ceph.behind
    client, plain = server.independent_client(), f"b-{uuid.uuid4().hex[:20]}"
    client.create_bucket(Bucket=plain)
    keeping = versioned(server)
    before_ceph.on(Intrude(client, plain), method="PUT", path=plain, attempt=1)
    before_ceph.on(Intrude(client, keeping), method="PUT", path=keeping, attempt=1)
    async with engine(before_ceph) as program:
        first = await send(program, make_file(SMALL), plain, IfExists.SKIP)
        assert await rest(program, first) is State.SKIPPED, first.error
        second = await send(program, make_file(SMALL), keeping, IfExists.SKIP)
        await program.done(second)
    assert versions(server, keeping) == [len(THEIRS), SMALL], "it ignored the condition there"
    assert second.remarks == (Remark.UNPROVED,)


@pytest.mark.fault(88)
async def test_what_came_to_ceph_while_the_parts_went_is_seen_before_the_complete(
    before_ceph: Front, engine: MakeEngine, make_file: MakeFile
) -> None:
    server = before_ceph.behind
    bucket = versioned(server)
    before_ceph.on(Intrude(server.independent_client(), bucket), query="partNumber=2", attempt=1)
    async with engine(before_ceph) as program:
        transfer = await send(program, make_file(LARGE), bucket, IfExists.SKIP)
        assert await rest(program, transfer) is State.SKIPPED, transfer.error
    assert versions(server, bucket) == [len(THEIRS)]
    assert not Seen(before_ceph, bucket).unfinished()


# In our own list


@pytest.mark.fault(82)
async def test_the_same_file_twice_and_two_files_to_one_key_are_said_and_not_queued(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    first, other = make_file(LARGE), make_file(SMALL, "other/file.bin")
    async with engine(front) as program:
        where = Location(bucket)
        result = await program.queue.upload(program.profile.id, where, [first, first, other])
        assert result.queued == 1
        assert [item.why for item in result.skipped] == [
            "is in the list already",
            "another file goes to the same key",
        ]
        await program.done(program.queue.transfers[0])
    assert Seen(front, bucket).content() == first.read_bytes()
