"""The way to the server: sleep, proxies, plain lines, old servers, other regions.

Rows 9, 16, 18, 29 and 32.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import THREE, Engine, Seen
from servers.front import Forward, Front
from servers.lies import Answer, error_body
from servers.lying import Action, Talk
from servers.proxy import TinyProxy
from servers.server import Server

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.transfer import State, Transfer, Waiting
from s3gui.s3.http import lines

SMALL = 3000
HOUR = 3600.0
SIZES = pytest.mark.parametrize("size", [SMALL, THREE], ids=["put", "parts"])


# Row 9


@pytest.mark.fault(9)
@pytest.mark.parametrize("by_s", [2 * HOUR, -2 * HOUR], ids=["it slept", "the clock was set back"])
async def test_what_idled_while_the_machine_slept_is_not_used(
    front: Front,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
    by_s: float,
) -> None:
    async with engine(front) as program:
        for name in ("first", "second"):
            await program.done(await program.upload(make_file(THREE, name), bucket))
        before = {request.connection for request in front.log}
        count = len(front.log)
        moved = SimpleNamespace(monotonic=time.monotonic, time=lambda: time.time() + by_s)
        monkeypatch.setattr(lines, "time", moved)
        await program.done(await program.upload(make_file(THREE, "third"), bucket))
        after = [request.connection for request in front.log[count:]]
    assert not before & set(after)
    assert len(set(after)) < len(after), "and those that are new are kept as ever"
    assert program.clock.slept == [], "the day's time is no reason to wait"


# Row 16


def through(server: Server, proxy: str) -> Server:
    """The same, through a proxy; behind a name that nothing else leads to."""
    return replace(server, profile=replace(server.profile, proxy=proxy))


@pytest.fixture
def beyond(tmp_path: object) -> Callable[[Server, str], Engine]:
    """Starts the program on a server beyond a proxy."""

    def make(server: Server, proxy: str) -> Engine:
        return Engine(tmp_path, through(server, proxy))  # type: ignore[arg-type]

    return make


@pytest.mark.fault(16)
@SIZES
async def test_a_proxy_that_refuses_is_named_without_its_password(
    front: Front,
    beyond: Callable[[Server, str], Engine],
    bucket: str,
    make_file: MakeFile,
    caplog: pytest.LogCaptureFixture,
    size: int,
) -> None:
    caplog.set_level("DEBUG", "s3gui")
    with TinyProxy(authorization="Proxy-Authorization: Basic Z29vZA==") as proxy:
        async with beyond(front.server, f"http://user:hunter2@{proxy.address}") as program:
            transfer = await program.upload(make_file(size), bucket)
            assert await program.failed(transfer) == "ProxyRefused"
        assert len(proxy.log) == 1, "nothing is won by asking again"
    assert transfer.error is not None
    assert proxy.address in transfer.error.detail
    assert "hunter2" not in caplog.text + repr(transfer.error)
    assert not front.log


@pytest.mark.fault(16)
async def test_a_proxy_that_is_gone_is_waited_for(
    front: Front, beyond: Callable[[Server, str], Engine], bucket: str, make_file: MakeFile
) -> None:
    with TinyProxy() as proxy:
        address = proxy.address
    async with beyond(front.server, f"http://{address}") as program:
        transfer = await program.upload(make_file(SMALL), bucket)
        await program.watcher.until(lambda: transfer.waiting is Waiting.NETWORK)
        assert transfer.state is not State.FAILED
    assert not front.log


@pytest.mark.fault(16)
async def test_a_proxy_in_the_environment_is_not_used(
    front: Front,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TinyProxy() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        async with engine(front) as program:
            await program.done(await program.upload(make_file(THREE), bucket))
        assert not proxy.log


# Row 18


@pytest.mark.fault(18)
@SIZES
async def test_a_key_of_ones_own_leaves_over_no_plain_line(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, size: int
) -> None:
    # Loopback under a name that does not say so.
    endpoint = front.endpoint.replace("127.0.0.1", "127.1")
    program = engine(front)
    program.profile = replace(program.profile, endpoint=endpoint)
    assert not program.profile.is_secure
    assert not program.profile.is_loopback, "so the window warns of it"
    program.accounts.saved[program.profile.id] = program.profile
    async with program:
        options = ObjectOptions(customer_key=CustomerKey(bytes(range(32))))
        path, where = make_file(size), Location(bucket)
        await program.queue.upload(program.profile.id, where, [path], options)
        (transfer,) = program.queue.transfers
        assert await program.failed(transfer) == "CustomerKeyInClear"
    assert not [request for request in front.log if "PUT" in request.method or request.part]
    assert not any("customer" in name for request in front.log for name in request.headers)


# Row 29


@dataclass(frozen=True)
class OldServer(Action):
    """Knows no checksum but Content-MD5, and no body with a trailer: it refuses what has them."""

    status: int
    code: str

    def __call__(self, talk: Talk) -> None:
        headers = talk.request.headers
        new = any(name.startswith(("x-amz-checksum", "x-amz-sdk-checksum")) for name in headers)
        trailer = "x-amz-trailer" in headers or "aws-chunked" in headers.get("content-encoding", "")
        if new or trailer:
            Answer(self.status, error_body(self.code))(talk)
            return
        Forward()(talk)


@pytest.mark.fault(29)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "InvalidRequest"), (400, "InvalidArgument"), (501, "NotImplemented")]
)
async def test_a_server_that_knows_only_md5_is_asked_once_and_served_quietly(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, status: int, code: str
) -> None:
    either.on(OldServer(status, code))
    paths = [make_file(THREE, "a"), make_file(THREE, "b"), make_file(SMALL, "c")]
    async with engine(either) as program:
        for path in paths:
            await program.done(await program.upload(path, bucket))
    seen = Seen(either, bucket)
    assert [request.status for request in seen.log if request.status >= 400] == [status]
    assert {path.name: path.read_bytes() for path in paths} == {
        key: seen.content(key) for key in sorted(seen.keys())
    }
    bodies = [request for request in seen.log if request.part or request.method == "PUT"]
    assert all("content-md5" in request.headers for request in bodies)


# Row 32

_SCOPE = re.compile(r"/\d{8}/([^/]+)/s3/aws4_request")


@dataclass(frozen=True)
class OtherRegion(Action):
    """The bucket is elsewhere; what is signed for there is signed anew for the storage behind."""

    region: str
    #: As a server of Amazon's says it, or as the others do.
    status: int

    def __call__(self, talk: Talk) -> None:
        found = _SCOPE.search(talk.request.headers["authorization"])
        assert found is not None
        if found[1] == self.region:
            Forward(ask=(("$^", ""),))(talk)
            return
        region = f"<Region>{self.region}</Region><RequestId>".encode()
        code = "PermanentRedirect" if self.status == 301 else "AuthorizationHeaderMalformed"
        body = error_body(code).replace(b"<RequestId>", region)
        bare = talk.request.method == "HEAD"
        Answer(self.status, b"" if bare else body, {"x-amz-bucket-region": self.region})(talk)


@pytest.mark.fault(32)
@SIZES
@pytest.mark.parametrize("status", [301, 400])
async def test_a_bucket_in_another_region_is_asked_there_from_then_on(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, size: int, status: int
) -> None:
    front.on(OtherRegion("eu-north-9", status))
    path, other = make_file(size), make_file(size, "other")
    async with engine(front) as program:
        await program.done(await program.upload(path, bucket))
        count = len(front.log)
        await program.done(await program.upload(other, bucket))
    seen = Seen(front, bucket)
    assert seen.content() == path.read_bytes()
    assert seen.content("other") == other.read_bytes()
    assert [request.status for request in front.log[count:] if request.status == status] == []


@pytest.mark.fault(32)
@pytest.mark.parametrize("region", ["x@127.0.0.1:1/#", "a b", "..", "x" * 300])
async def test_what_is_no_region_leads_nowhere(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, region: str
) -> None:
    front.on(OtherRegion(region, 301))
    async with engine(front) as program:
        transfer: Transfer = await program.upload(make_file(SMALL), bucket)
        assert await program.failed(transfer)
    assert {request.headers["host"] for request in front.log} == {f"127.0.0.1:{front.port}"}
    assert len(front.log) <= 3
