"""Who is believed, and which way the bytes go (M21; checks 1 to 3 and 16)."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from s3.http_kit import Zeros, client_on, patient, put
from servers.lies import Reset
from servers.lying import LyingServer
from servers.proxy import TinyProxy
from servers.tls import Authority

from s3gui.domain.errors import (
    ConnectionBroken,
    ErrorKind,
    LocalFileError,
    Offline,
    TlsRefused,
)
from s3gui.s3.http import ProxyRefused, ThreadedSession
from s3gui.s3.http.lines import parse_proxy
from s3gui.s3.http.trust import tls_context


async def _refused(endpoint: str, verify: bool | str) -> TlsRefused:
    async with client_on(endpoint, verify=verify, attempts=4) as client:
        with pytest.raises(TlsRefused) as caught:
            await client.head_bucket(Bucket="bucket")
    assert caught.value.kind is ErrorKind.PERMANENT
    return caught.value


async def test_an_authority_that_nobody_knows(lying_https: LyingServer) -> None:
    refused = await _refused(lying_https.endpoint, verify=True)
    assert "issuer" in str(refused) or "self-signed" in str(refused)
    assert "127.0.0.1" in str(refused)
    assert not lying_https.log
    # One handshake: what is not trusted now will not be a second later.
    assert lying_https.connections == 1


async def test_another_authority_than_the_one_that_was_named(
    lying_https: LyingServer, tmp_path: Path
) -> None:
    await _refused(lying_https.endpoint, verify=Authority().bundle(tmp_path))
    assert not lying_https.log


@pytest.mark.parametrize(
    ("names", "expired", "word"),
    [(["elsewhere.example"], False, "mismatch"), ([], True, "expired")],
)
async def test_a_wrong_name_and_an_old_certificate(
    authority: Authority, ca_bundle: str, names: list[str], expired: bool, word: str
) -> None:
    with LyingServer(authority.server_context(*names, expired=expired)) as server:
        refused = await _refused(server.endpoint, verify=ca_bundle)
        assert word in str(refused)
        assert not server.log


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_1_1_is_not_spoken(authority: Authority, ca_bundle: str) -> None:
    context = authority.server_context(oldest=ssl.TLSVersion.TLSv1_1)
    with LyingServer(context) as server:
        await _refused(server.endpoint, verify=ca_bundle)
        assert not server.log


async def test_a_server_that_speaks_plain_http_on_an_https_address(
    lying_http: LyingServer,
) -> None:
    endpoint = lying_http.endpoint.replace("http", "https")
    async with client_on(endpoint, timeouts=patient(connect_s=0.3)) as client:
        with pytest.raises((TlsRefused, ConnectionBroken, Offline)):
            await client.head_bucket(Bucket="bucket")
    assert not lying_http.log


async def test_a_ca_file_is_honoured_and_a_broken_one_named(
    lying_https: LyingServer, ca_bundle: str, tmp_path: Path
) -> None:
    async with client_on(lying_https, verify=ca_bundle) as client:
        await client.head_bucket(Bucket="bucket")
    for name, content in [("none.pem", None), ("text.pem", "hello")]:
        path = tmp_path / name
        if content is not None:
            path.write_text(content)
        async with client_on(lying_https, verify=str(path)) as client:
            with pytest.raises(LocalFileError, match=name):
                await client.head_bucket(Bucket="bucket")
    assert len(lying_https.log) == 1


def test_certificates_cannot_be_left_unchecked() -> None:
    with pytest.raises(ValueError, match="always checked"):
        ThreadedSession(verify=False)
    context = tls_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 50


async def test_the_environment_has_no_say(
    lying_https: LyingServer,
    lying_http: LyingServer,
    ca_bundle: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """M21: neither proxy, nor endpoint, nor authorities, nor a log of the TLS keys."""
    keys = tmp_path / "keys.log"
    with TinyProxy() as proxy:
        for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]:
            monkeypatch.setenv(name, f"http://{proxy.address}")
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE"]:
            monkeypatch.setenv(name, ca_bundle)
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", lying_http.endpoint)
        await _refused(lying_https.endpoint, verify=True)
        async with client_on(lying_https, verify=ca_bundle) as client:
            await client.head_bucket(Bucket="bucket")
        assert not proxy.log
    assert not lying_http.log
    assert len(lying_https.log) == 1
    assert not keys.exists()


async def test_a_proxy_that_is_asked_for_is_used(lying: LyingServer, ca_bundle: str) -> None:
    with TinyProxy() as proxy:
        proxies = {"http": f"http://{proxy.address}", "https": f"http://{proxy.address}"}
        async with client_on(lying, verify=ca_bundle, proxies=proxies) as client:
            await put(client, Zeros(), 3_000_000)
            await client.head_bucket(Bucket="bucket")
        assert lying.log[0].whole
        assert {request.connection for request in lying.log} == {1}
        host = f"127.0.0.1:{lying.port}"
        if lying.endpoint.startswith("https"):
            assert proxy.log == [f"CONNECT {host} HTTP/1.0"] or proxy.log == [
                f"CONNECT {host} HTTP/1.1"
            ]
            assert "authorization" not in proxy.heads[0].lower()
        else:
            assert lying.log[0].target == f"http://{host}/bucket/key"
            assert lying.log[0].headers["host"] == host


async def test_the_password_of_a_proxy_goes_to_the_proxy_and_into_no_text(
    lying: LyingServer, ca_bundle: str
) -> None:
    with TinyProxy(authorization="Proxy-Authorization: Basic dXNlcjpwQHNz") as proxy:
        good = {"http": f"user:p%40ss@{proxy.address}"}
        good["https"] = good["http"]
        async with client_on(lying, verify=ca_bundle, proxies=good) as client:
            await client.head_bucket(Bucket="bucket")
        assert len(lying.log) == 1
        bad = dict.fromkeys(("http", "https"), f"http://user:hunter2@{proxy.address}")
        async with client_on(lying, verify=ca_bundle, proxies=bad) as client:
            with pytest.raises(ProxyRefused, match="407") as caught:
                await client.head_bucket(Bucket="bucket")
        _shows_nothing(caught.value, ["hunter2", "aHVudGVyMg", "user"])
        assert "hunter2" not in repr(parse_proxy(bad["http"]))
        assert len(lying.log) == 1


def _shows_nothing(error: BaseException | None, secrets: list[str]) -> None:
    """Neither in the error nor in one it came from."""
    while error is not None:
        for secret in secrets:
            assert secret not in str(error)
            assert secret not in repr(error)
        error = error.__cause__


@pytest.mark.parametrize(
    "url", ["socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://", "u:secret@host:port"]
)
def test_a_proxy_of_another_kind_is_refused_without_its_text(url: str) -> None:
    with pytest.raises(ValueError, match="a proxy is given as http://host:port") as caught:
        ThreadedSession(proxies={"http": url})
    assert "secret" not in str(caught.value)


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("endpoint", "proxy"),
    [
        ("http://127.0.0.1:{port}", ""),
        ("https://127.0.0.1:{port}", ""),
        ("http://no-such-host.invalid", ""),
        ("http://127.0.0.1:1", "http://127.0.0.1:{port}"),
        ("https://127.0.0.1:1", "http://127.0.0.1:{port}"),
    ],
)
async def test_no_connection_is_offline(endpoint: str, proxy: str) -> None:
    port = _unused_port()
    endpoint, proxy = endpoint.format(port=port), proxy.format(port=port)
    async with client_on(endpoint, proxies={"http": proxy, "https": proxy}) as client:
        with pytest.raises(Offline) as caught:
            await client.head_bucket(Bucket="bucket")
    assert caught.value.kind is ErrorKind.OFFLINE
    assert ("proxy" in caught.value.title) == bool(proxy)


async def test_a_handshake_that_never_ends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"https://127.0.0.1:{silent.getsockname()[1]}"
        async with client_on(endpoint, timeouts=patient(connect_s=0.2)) as client:
            with pytest.raises(Offline):
                await client.head_bucket(Bucket="bucket")


async def test_a_dead_address_does_not_hide_a_living_one(
    lying_http: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken IPv6 beside good IPv4; the good one is tried first from then on."""
    tried: list[Any] = []
    dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", _unused_port()))
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", lying_http.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: [dead, good])
    connect = socket.socket.connect

    def watched(sock: socket.socket, address: Any) -> None:
        tried.append(address)
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    async with client_on(lying_http) as client:
        await client.head_bucket(Bucket="bucket")
        await asyncio.to_thread(lying_http.hang_up)
        await client.head_bucket(Bucket="bucket")
    assert tried == [dead[4], good[4], good[4]]


async def test_no_text_of_an_error_holds_what_was_sent(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Reset(after_body=0))
    token = "session-token-of-somebody"
    async with client_on(lying, verify=ca_bundle, token=token) as client:
        with pytest.raises(ConnectionBroken) as caught:
            await client.list_objects_v2(Bucket="bucket", Prefix="private")
    _shows_nothing(caught.value, [token, "AKIDEXAMPLE", "private", "Signature"])
    _shows_nothing(Exception(caught.value.as_text()), [token, "private"])
