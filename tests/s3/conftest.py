"""Servers that lie, over HTTP and HTTPS, for the tests of the gateway."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3.http_kit import PAYLOAD
from servers.lying import LyingServer
from servers.tls import Authority


@pytest.fixture(params=["http", "https"])
def lying(request: pytest.FixtureRequest, authority: Authority) -> Iterator[LyingServer]:
    """A server over HTTP, and then over HTTPS."""
    tls = authority.server_context() if request.param == "https" else None
    with LyingServer(tls) as server:
        yield server


@pytest.fixture
def trusted(lying: LyingServer, ca_bundle: str) -> dict[str, str]:
    """How to reach ``lying``, whichever scheme it speaks."""
    return {"ca_bundle": ca_bundle if lying.endpoint.startswith("https") else ""}


@pytest.fixture
def lying_http() -> Iterator[LyingServer]:
    """A server over HTTP, where the scheme makes no difference."""
    with LyingServer() as server:
        yield server


@pytest.fixture
def lying_https(authority: Authority) -> Iterator[LyingServer]:
    """A server over HTTPS."""
    with LyingServer(authority.server_context()) as server:
        yield server


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """A file that holds ``PAYLOAD``."""
    path = tmp_path / "payload.bin"
    path.write_bytes(PAYLOAD)
    return path


@pytest.fixture(autouse=True)
def no_sender_left() -> Iterator[None]:
    """Fails a test that leaves a sender thread behind: they are daemons, so nobody else asks."""
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("s3-sender")]
    if left:
        pytest.fail(f"sender threads left running: {left}")
