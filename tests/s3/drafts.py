"""What the lean ways are held against: requests as the full client signs them, everywhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from s3.gateway_kit import KEYS

from s3gui.domain.profile import Addressing, Profile
from s3gui.s3.http.lines import Proxy, parse_proxy
from s3gui.s3.http.outgoing import Outgoing
from s3gui.s3.http.terms import NO_TERMS
from s3gui.s3.lean_sign import DRAFT_KEY
from s3gui.s3.session import S3Gateway, S3Session

#: Those that clients, proxies and URL parsers are known to stumble over.
ODD_KEYS = [
    *("plain", DRAFT_KEY, "dir/a b.txt", "/lead", "//x", "a//b", "a/../b", "./x", "..", "trail/"),
    *("é€", "e\u0301", "ключ/файл.txt", "😀", "a+b", "a%20b", "a%2Fb", "q?x=1", "#part", "a&b=c"),
    *("x;y", "~t", "*'()!", "new\nline", "tab\t", "nul\0", "\x7f", "back\\slash", "trail ", "a:b"),
    *("@", "[x]", "{}", '^`|<>"', "k" * 1024),
]
#: Kinds of endpoints, of which each makes a request of its own form.
EVERYWHERE = pytest.mark.parametrize(
    "how",
    [
        {"endpoint": "http://127.0.0.1:9000"},
        {"endpoint": "http://[::1]:9000"},
        {"endpoint": "https://s3.eu-west-1.amazonaws.com", "region": "eu-west-1"},
        {"endpoint": "https://host.example:8443", "addressing": Addressing.VIRTUAL},
        {"endpoint": "https://host.example/base/path"},
        {"endpoint": "http://host.example", "proxy": "http://user:word@proxy:3128"},
        {"endpoint": "https://host.example", "proxy": "http://user:word@proxy:3128"},
    ],
    ids=lambda how: " ".join(str(value) for value in how.values()),
)


@asynccontextmanager
async def session_at(how: dict[str, Any]) -> AsyncIterator[tuple[S3Session, Proxy | None]]:
    """A session of one of ``EVERYWHERE``, and its proxy."""
    profile = Profile(id="test", name="test", **how)
    async with S3Gateway().session(profile, KEYS) as session:
        yield session, parse_proxy(profile.proxy) if profile.proxy else None


def as_sent(request: Any, proxy: Proxy | None) -> tuple[Any, str, dict[str, str]]:
    """Origin, first line and headers; without those that count botocore's own attempts."""
    outgoing = Outgoing(request.method, request.url, request.headers, b"", False, NO_TERMS)
    forwards = proxy is not None and outgoing.origin.scheme == "http"
    authorization = proxy.authorization if proxy is not None and forwards else None
    line, headers = parsed(outgoing.head(expect=False, proxy_authorization=authorization))
    return (
        outgoing.origin,
        line,
        {name: value for name, value in headers.items() if not name.startswith("amz-sdk-")},
    )


def parsed(head: bytes) -> tuple[str, dict[str, str]]:
    """The first line, and the headers, none of which is there twice."""
    line, *rest = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    pairs = [row.split(": ", 1) for row in rest]
    headers = {name.lower(): value for name, value in pairs}
    assert len(headers) == len(pairs)
    return line, headers
