"""Who is believed, who gets the bytes, and keys that are refused (rows 17, 33 and 36)."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, THREE, Engine, Seen, part
from servers.front import Front
from servers.lies import Answer, error_body, redirect
from servers.lying import LyingServer
from servers.server import Server
from servers.tls import Authority

from s3gui.domain.errors import RedirectRefused
from s3gui.domain.location import Location
from s3gui.domain.profile import Credentials
from s3gui.domain.transfer import State, Waiting

ANY_PART = r"\bpartNumber="
CALLS_OF_AN_UPLOAD = {
    "Create": {"method": "POST", "query": "^uploads"},
    "UploadPart": {"method": "PUT", "query": ANY_PART},
    "Complete": {"method": "POST", "query": "uploadId="},
    "HEAD": {"method": "HEAD"},
}

# Row 17


def self_signed(authority: Authority) -> ssl.SSLContext:
    return Authority().server_context()


def expired(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(expired=True)


def other_host(authority: Authority) -> ssl.SSLContext:
    return authority.server_context("elsewhere.example")


def old_protocol(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(oldest=ssl.TLSVersion.TLSv1_1)


@pytest.mark.fault(17)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("size", [1000, 2 * PART], ids=["single", "multipart"])
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (self_signed, "issuer"),
        (expired, "expired"),
        (other_host, "mismatch"),
        (old_protocol, "version"),
    ],
)
async def test_a_server_that_cannot_prove_who_it_is_gets_not_one_request(
    demo: Server,
    authority: Authority,
    ca_bundle: str,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    make: object,
    word: str,
    size: int,
) -> None:
    assert callable(make)
    with Front(demo, make(authority), ca_bundle) as front:
        async with engine(front) as program:
            transfer = await program.upload(make_file(size), bucket)
            assert await program.failed(transfer) == "TlsRefused"
        assert not front.log
        assert front.connections == 1, "what is not trusted now will not be a second later"
        assert transfer.error is not None
        assert word in transfer.error.detail
        assert "127.0.0.1" in transfer.error.detail


@pytest.mark.fault(17)
async def test_the_ca_file_of_the_connection_is_what_makes_a_server_trusted(
    demo: Server,
    authority: Authority,
    ca_bundle: str,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
) -> None:
    with Front(demo, authority.server_context(), ca_bundle) as front:
        trusted = front.server
        front.server = replace(trusted, profile=replace(trusted.profile, ca_bundle=""))
        async with engine(front) as program:
            transfer = await program.upload(make_file(2 * PART), bucket)
            assert await program.failed(transfer) == "TlsRefused"
            assert not front.log
            await program.connections.adopt(trusted.profile, trusted.credentials)
            program.queue.retry([transfer.id])
            await program.watcher.until(lambda: transfer.error is None)
            await program.done(transfer)
        assert Seen(front, bucket).content() == transfer.path.read_bytes()


# Row 33


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, authority: Authority) -> Iterator[LyingServer]:
    """Another host, which would take everything."""
    is_https = getattr(request, "param", "http") == "https"
    tls = authority.server_context() if is_https else None
    with LyingServer(tls) as server:
        yield server


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("call", "status"),
    [
        *(("UploadPart", status) for status in (301, 302, 303, 307, 308)),
        *(("Create", 302), ("Create", 307), ("Complete", 303), ("Complete", 307), ("HEAD", 308)),
    ],
)
async def test_no_redirect_of_an_upload_is_followed(
    front: Front,
    elsewhere: LyingServer,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    call: str,
    status: int,
) -> None:
    step = CALLS_OF_AN_UPLOAD[call]
    front.on(redirect(status, f"{elsewhere.endpoint}/{bucket}/file.bin"), **step)
    async with engine(front) as program:
        transfer = await program.upload(make_file(PART + 1), bucket)
        await program.failed(transfer)
    assert not elsewhere.log
    assert not elsewhere.connections
    refused = [request for request in front.log if request.status == status]
    assert {sum(same.target == one.target for same in refused) for one in refused} == {1}
    assert transfer.error is not None
    assert "token" not in transfer.error.detail.lower()
    if call != "HEAD":
        assert transfer.error.code == "RedirectRefused"
        assert "127.0.0.1" in transfer.error.detail
        assert bucket not in transfer.error.detail, "the host only, never the URL"


@pytest.mark.fault(33)
@pytest.mark.parametrize("elsewhere", ["http", "https"], indirect=True)
async def test_https_does_not_fall_back_to_http_nor_a_small_file_or_a_list_elsewhere(
    demo: Server,
    authority: Authority,
    ca_bundle: str,
    elsewhere: LyingServer,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
) -> None:
    with Front(demo, authority.server_context(), ca_bundle) as front:
        front.on(redirect(307, f"{elsewhere.endpoint}/"))
        async with engine(front) as program:
            transfer = await program.upload(make_file(1000), bucket)
            assert await program.failed(transfer) == "RedirectRefused"
            assert len(front.log) == 1
            session = await program.connections.open(program.profile.id)
            with pytest.raises(RedirectRefused):
                _ = [page async for page in session.listing.pages(Location(bucket))]
            with pytest.raises(RedirectRefused):
                await session.objects.head(Location(bucket, "k"))
    assert len(front.log) == 3
    assert not elsewhere.connections


@pytest.mark.fault(33)
@pytest.mark.parametrize("status", [301, 307])
async def test_a_redirect_that_names_a_region_stays_at_the_host_and_ends(
    front: Front,
    elsewhere: LyingServer,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    status: int,
) -> None:
    front.on(redirect(status, elsewhere.endpoint, "eu-west-7"), query=ANY_PART)
    async with engine(front) as program:
        transfer = await program.upload(make_file(PART + 1), bucket)
        await program.failed(transfer)
    assert not elsewhere.connections
    assert max(Seen(front, bucket).sends().values()) <= 4


# Row 36


async def until_refused(program: Engine) -> None:
    """Until a row says that it waits for keys."""
    (transfer,) = program.queue.transfers
    await program.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)
    assert transfer.state is State.QUEUED


@pytest.mark.fault(36)
@pytest.mark.parametrize("size", [1000, 2 * PART], ids=["single", "multipart"])
@pytest.mark.parametrize("wrong", ["secret", "key id"])
async def test_wrong_keys_are_tried_once_and_the_row_waits_for_others(
    either: Front,
    engine: MakeEngine,
    bucket: str,
    make_file: MakeFile,
    wrong: str,
    size: int,
) -> None:
    right = either.behind.credentials
    bad = Credentials(right.access_key, "x" * 40)
    if wrong == "key id":
        bad = Credentials("AKIDNOBODY", right.secret_key)
    either.server = replace(either.server, credentials=bad)
    path = make_file(size)
    async with engine(either) as program:
        transfer = await program.upload(path, bucket)
        await until_refused(program)
        other = await program.upload(make_file(1000, "other.bin"), bucket)
        assert [request.status for request in either.log] == [403]
        assert program.clock.slept == []
        await program.sign_in(right)
        await program.done(transfer)
        await program.done(other)
    assert Seen(either, bucket).content() == path.read_bytes()


@pytest.mark.fault(36)
@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch"])
async def test_keys_that_are_refused_midway_stop_all_and_cost_no_part(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, code: str
) -> None:
    front.on(Answer(403, error_body(code)), query=part(3))
    path = make_file(THREE)
    async with engine(front) as program:
        transfer = await program.upload(path, bucket)
        await until_refused(program)
        seen = Seen(front, bucket)
        assert seen.sends()[3] == 1
        kept = transfer.parts_done
        assert len(seen.unfinished()) == 1
        assert not seen.calls()["Abort"]
        front.forget()
        await program.sign_in(front.behind.credentials)
        await program.done(transfer)
    assert kept == 0 or 1 in seen.sends().values()
    assert seen.calls()["Create"] == 1
    assert seen.content() == path.read_bytes()
    assert not seen.unfinished()


def test_a_ca_file_is_all_there_is_no_switch(tmp_path: Path) -> None:
    """Row 17 forbids a global "ignore": nothing in a profile or the settings can be one."""
    from dataclasses import fields

    from s3gui.domain.profile import Profile
    from s3gui.settings import Settings

    names = {item.name for kind in (Profile, Settings) for item in fields(kind)}
    assert not {name for name in names if "verify" in name or "insecure" in name}
