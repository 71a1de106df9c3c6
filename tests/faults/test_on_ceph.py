"""The faults that need a storage nobody here wrote behind the line (rows 1, 13, 21, 22, 36)."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, Seen, part
from servers.ceph.cluster import Cluster
from servers.ceph.servers import over_http
from servers.front import Forward, Front
from servers.lies import Answer, Reset, error_body
from servers.tls import Authority

from s3gui.domain.integrity import Verified
from s3gui.domain.profile import Credentials
from s3gui.domain.transfer import Waiting

COMPLETE = {"method": "POST", "query": "uploadId="}


@pytest.fixture
def before_ceph(ceph: Cluster, authority: Authority, ca_bundle: str) -> Iterator[Front]:
    """A liar over HTTPS, and Ceph's gateway behind it."""
    with over_http(ceph) as behind, Front(behind, authority.server_context(), ca_bundle) as front:
        yield front


@pytest.fixture
def bucket(before_ceph: Front) -> str:
    """An empty one, on Ceph."""
    name = f"b-{uuid.uuid4().hex[:20]}"
    before_ceph.behind.independent_client().create_bucket(Bucket=name)
    return name


@pytest.mark.fault(1, 13)
async def test_ceph_refuses_a_damaged_part_and_gets_it_and_a_broken_one_again(
    before_ceph: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    before_ceph.on(Forward(flip=3_000_000), query=part(1), attempt=1)
    before_ceph.on(Reset(after_body=1_000_000), query=part(2), attempt=1)
    path = make_file(3 * PART - 1)
    async with engine(before_ceph) as program:
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    seen = Seen(before_ceph, bucket)
    assert seen.sends() == {1: 2, 2: 2, 3: 1}
    assert [request.status for request in seen.log if request.part == 1] == [400, 200]
    assert transfer.verified is Verified.ETAG
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


@pytest.mark.fault(21, 22)
@pytest.mark.parametrize(
    "lie",
    [Forward(then="reset"), Forward(instead=Answer(200, error_body("InternalError")))],
    ids=["lost", "error in a 200"],
)
async def test_what_ceph_completed_without_an_answer_is_found(
    before_ceph: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, lie: Forward
) -> None:
    before_ceph.on(lie, **COMPLETE)
    path = make_file(3 * PART)
    async with engine(before_ceph) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(before_ceph, bucket)
    assert seen.calls()["Complete"] == 1
    assert not seen.calls()["Abort"]
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


@pytest.mark.fault(36)
async def test_ceph_is_not_asked_again_with_a_wrong_secret(
    before_ceph: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    right = before_ceph.behind.credentials
    wrong = Credentials(right.access_key, "x" * 40)
    before_ceph.server = replace(before_ceph.server, credentials=wrong)
    path = make_file(2 * PART)
    async with engine(before_ceph) as program:
        transfer = await program.upload(path, bucket)
        await program.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
        assert [request.status for request in before_ceph.log] == [403]
        await program.sign_in(right)
        await program.done(transfer)
    assert Seen(before_ceph, bucket).content() == path.read_bytes()
