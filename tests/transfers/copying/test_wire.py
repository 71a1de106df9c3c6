"""Copies and moves as they are on the wire: on Ceph, on the demo storage, between the two."""

import itertools
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import MemoryAccounts
from servers.ceph.cluster import Cluster
from servers.ceph.servers import over_http
from servers.demo import demo_server
from servers.front import Forward, Front
from servers.lies import Answer, error_body
from servers.server import Server
from transfers.copying.kit import ENDS, PART
from transfers.kit import Watcher

from s3gui.domain.existing import Remark
from s3gui.domain.integrity import Verified
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import State, Transfer
from s3gui.s3.session import S3Gateway
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import Journal
from s3gui.transfers.queue import TransferQueue

#: Seven parts.
SIZE = 6 * PART + 12345
SETTINGS = Settings(single_put_bytes=1 << 20, part_bytes=PART)
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
Open = Callable[..., AbstractAsyncContextManager["Engine"]]


class Engine:
    """A queue over real servers; the connections have their names."""

    def __init__(self, folder: Path, servers: dict[str, Server]) -> None:
        profiles = [replace(server.profile, id=name) for name, server in servers.items()]
        self.accounts = MemoryAccounts(*profiles)
        for name, server in servers.items():
            self.accounts.keys[name] = server.credentials
        self.connections = Connections(S3Gateway(), self.accounts)
        self.queue = TransferQueue(Journal(folder / "state"), self.connections, SETTINGS)
        self.watcher = Watcher()
        self.queue.watch(self.watcher)

    async def copy(
        self, source: tuple[str, str, str], target: tuple[str, str, str], **how: Any
    ) -> Transfer:
        """One object from (connection, bucket, key) to another, to its end."""
        how = {"exactly": True, "if_exists": IfExists.OVERWRITE} | how
        await self.queue.copy(
            *(source[0], [Wanted(Location(*source[1:]))]),
            *(target[0], Location(*target[1:])),
            **how,
        )
        transfer = self.queue.transfers[-1]
        await self.watcher.until(lambda: transfer.state in ENDS)
        return transfer


@pytest.fixture
def engine(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(**servers: Server) -> AsyncIterator[Engine]:
        made = Engine(tmp_path, servers)
        await made.queue.start()
        try:
            yield made
        finally:
            await made.queue.close()
            await made.connections.close_all()

    return opened


@pytest.fixture(scope="module")
def demo() -> Iterator[Server]:
    with demo_server() as server:
        yield server


@pytest.fixture(scope="module")
def gateway(ceph: Cluster) -> Iterator[Server]:
    with over_http(ceph) as server:
        yield server


@pytest.fixture(params=["demo", "gateway"])
def storage(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


def new_bucket(server: Server) -> tuple[Any, str]:
    client, name = server.independent_client(), f"copy-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    return client, name


def store(
    client: Any, bucket: str, key: str, size: int, *, parts: bool | tuple[int, ...] = False
) -> bytes:
    """An object with all that an object can have; ``parts``: made of some, of so many bytes."""
    body = os.urandom(size)
    how: dict[str, Any] = {
        "Bucket": bucket,
        "Key": key,
        "ContentType": "text/x; q=1",
        "CacheControl": "no-store",
        "Metadata": {"who": "me", "one-two": "3"},
        "ContentDisposition": 'x; filename="y"',
        "ContentLanguage": "ru",
    }
    if not parts:
        client.put_object(Body=body, **how)
    else:
        upload = client.create_multipart_upload(**how)["UploadId"]
        named = {"Bucket": bucket, "Key": key, "UploadId": upload}
        done = []
        cut = parts if isinstance(parts, tuple) else (PART,) * -(-len(body) // PART)
        ends = list(itertools.accumulate(cut))
        for number, (end, length) in enumerate(zip(ends, cut, strict=True), start=1):
            piece = body[end - length : end]
            etag = client.upload_part(PartNumber=number, Body=piece, **named)["ETag"]
            done.append({"PartNumber": number, "ETag": etag})
        client.complete_multipart_upload(MultipartUpload={"Parts": done}, **named)
    tags = [{"Key": "a b", "Value": "c/d"}, {"Key": "one", "Value": ""}]
    client.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": tags})
    return body


def facts(client: Any, bucket: str, key: str) -> dict[str, Any]:
    """What belongs to an object, as a stranger sees it."""
    head = client.head_object(Bucket=bucket, Key=key)
    named = ("ContentLength", "ContentType", "CacheControl", "Metadata", "ContentDisposition")
    tags = client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {
        **{name: head[name] for name in (*named, "ContentLanguage")},
        "tags": {row["Key"]: row["Value"] for row in tags},
    }


def grants(client: Any, bucket: str, key: str) -> set[tuple[str, str]]:
    rows = client.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    return {(row["Grantee"].get("URI", "user"), row["Permission"]) for row in rows}


def content(client: Any, bucket: str, key: str) -> bytes:
    body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


@pytest.mark.parametrize("size", [0, 1234, SIZE])
@pytest.mark.parametrize("move", [False, True])
async def test_an_object_and_all_that_belongs_to_it(
    storage: Server, engine: Open, in_parts: None, size: int, move: bool
) -> None:
    client, bucket = new_bucket(storage)
    body = store(client, bucket, "a b/ж%20+?.bin", size)
    before = facts(client, bucket, "a b/ж%20+?.bin")
    async with engine(s=storage) as program:
        transfer = await program.copy(
            ("s", bucket, "a b/ж%20+?.bin"), ("s", bucket, "c/é&=.bin"), move=move
        )
    assert transfer.state is State.COMPLETED, transfer.error
    assert not transfer.remarks
    assert facts(client, bucket, "c/é&=.bin") == before
    assert content(client, bucket, "c/é&=.bin") == body
    left = [row["Key"] for row in client.list_objects_v2(Bucket=bucket)["Contents"]]
    assert left == (["c/é&=.bin"] if move else ["a b/ж%20+?.bin", "c/é&=.bin"])
    assert transfer.parts_total == (7 if size == SIZE else 1)
    assert not client.list_multipart_uploads(Bucket=bucket).get("Uploads")
    client.close()


async def test_parts_as_the_source_has_them_prove_the_copy(demo: Server, engine: Open) -> None:
    client, bucket = new_bucket(demo)
    store(client, bucket, "a", SIZE, parts=True)
    async with engine(s=demo) as program:
        transfer = await program.copy(("s", bucket, "a"), ("s", bucket, "c"))
    assert transfer.verified in {Verified.ETAG, Verified.FULL_CHECKSUM}, transfer.error
    etags = {client.head_object(Bucket=bucket, Key=key)["ETag"] for key in ("a", "c")}
    assert len(etags) == 1
    client.close()


async def test_a_cut_that_cannot_be_made_again_is_read_before_the_original_goes(
    storage: Server, engine: Open
) -> None:
    """Its ETag says nothing about the copy's, whose parts are all of one size."""
    client, bucket = new_bucket(storage)
    cut = (7 * MIB, 5 * MIB, 6 * MIB + 5)
    body = store(client, bucket, "a", sum(cut), parts=cut)
    async with engine(s=storage) as program:
        transfer = await program.copy(("s", bucket, "a"), ("s", bucket, "c"), move=True)
    assert (transfer.state, transfer.verified) == (State.COMPLETED, Verified.COMPARED)
    assert [row["Key"] for row in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]
    assert content(client, bucket, "c") == body
    client.close()


async def test_who_may_read_it_goes_with_it(gateway: Server, engine: Open, in_parts: None) -> None:
    client, bucket = new_bucket(gateway)
    for key, size in (("small", 100), ("large", SIZE)):
        store(client, bucket, key, size)
        client.put_object_acl(Bucket=bucket, Key=key, ACL="public-read")
        async with engine(s=gateway) as program:
            transfer = await program.copy(
                ("s", bucket, key), ("s", bucket, f"{key} copy"), move=True
            )
        assert transfer.state is State.COMPLETED, transfer.error
        shared = {("user", "FULL_CONTROL"), (EVERYBODY, "READ")}
        assert grants(client, bucket, f"{key} copy") == shared
    client.close()


@pytest.mark.parametrize("size", [1234, SIZE])
@pytest.mark.parametrize("way", [("demo", "gateway"), ("gateway", "demo")])
async def test_between_two_storages(
    request: pytest.FixtureRequest, engine: Open, way: tuple[str, str], size: int
) -> None:
    here, there = (request.getfixturevalue(name) for name in way)
    client, bucket = new_bucket(here)
    other, target = new_bucket(there)
    body = store(client, bucket, "a", size)
    before = facts(client, bucket, "a")
    async with engine(here=here, there=there) as program:
        transfer = await program.copy(("here", bucket, "a"), ("there", target, "d/a"), move=True)
    assert transfer.state is State.COMPLETED, transfer.error
    assert content(other, target, "d/a") == body
    assert facts(other, target, "d/a") == before
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)
    assert transfer.verified is not Verified.SIZE
    client.close()
    other.close()


@pytest.mark.parametrize(
    "lie",
    [
        Forward(then="reset"),
        Answer(200, error_body("InternalError")),
        Forward(instead=Answer(200, error_body("InternalError"))),
        Forward(say=(("<ETag>.*?</ETag>", ""),)),
    ],
    ids=["lost", "error in a 200", "error in a 200, and carried out", "no ETag"],
)
async def test_liars_are_found_out(gateway: Server, engine: Open, lie: Any) -> None:
    client, bucket = new_bucket(gateway)
    body = store(client, bucket, "a", 1234)
    with Front(gateway) as front:
        front.on(lie, method="PUT", path="/c", attempt=1)
        async with engine(s=front.server) as program:
            transfer = await program.copy(
                ("s", bucket, "a"), ("s", bucket, "c"), move=True, if_exists=IfExists.ASK
            )
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.verified is Verified.ETAG
    assert [row["Key"] for row in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]
    assert content(client, bucket, "c") == body
    client.close()


async def test_a_server_without_copies(demo: Server, engine: Open) -> None:
    client, bucket = new_bucket(demo)
    body = store(client, bucket, "a", 1234)
    with Front(demo) as front:
        front.on(Answer(501, error_body("NotImplemented")), method="PUT", path="/c", attempt=1)
        async with engine(s=front.server) as program:
            transfer = await program.copy(("s", bucket, "a"), ("s", bucket, "c"))
    assert transfer.state is State.COMPLETED, transfer.error
    assert transfer.remarks == (Remark.THROUGH,)
    assert content(client, bucket, "c") == body
    client.close()
