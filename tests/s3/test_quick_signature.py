"""What the quick way sends of a small object is what the full client sends, to the last byte."""

import hashlib
from typing import Any

import pytest
from s3.gateway_kit import KEYS, SECRET

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.parts import FileSlice, Meter
from s3gui.domain.profile import Addressing, Profile
from s3gui.s3.http.lines import Proxy, parse_proxy
from s3gui.s3.http.outgoing import Outgoing
from s3gui.s3.http.terms import NO_TERMS, Rehearsal, Terms, wire_terms
from s3gui.s3.lean_sign import DRAFT_KEY, Signer, shape_of
from s3gui.s3.session import S3Gateway, S3Session

BODY = b"hello"
MD5 = hashlib.md5(BODY, usedforsecurity=False).digest()
#: Those that clients, proxies and URL parsers are known to stumble over.
ODD_KEYS = [
    *("plain", DRAFT_KEY, "dir/a b.txt", "/lead", "//x", "a//b", "a/../b", "./x", "..", "trail/"),
    *("é€", "e\u0301", "ключ/файл.txt", "😀", "a+b", "a%20b", "a%2Fb", "q?x=1", "#part", "a&b=c"),
    *("x;y", "~t", "*'()!", "new\nline", "tab\t", "nul\0", "\x7f", "back\\slash", "trail ", "a:b"),
    *("@", "[x]", "{}", '^`|<>"', "k" * 1024),
]
ALL_OPTIONS = ObjectOptions(
    content_type="text/plain; charset=utf-8",
    metadata={"a": "x  y   z", "Bee": "c"},
    cache_control="max-age=1,  public",
    storage_class="STANDARD_IA",
    acl="public-read",
    tags={"k y": "v+ü", "b": "&="},
    content_disposition='attachment; filename="a  b"',
    content_language="ru",
    expires="2030-01-01T00:00:00Z",
    website_redirect="/x y",
)


@pytest.mark.parametrize(
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
async def test_every_key_is_sent_as_the_full_client_sends_it(how: dict[str, Any]) -> None:
    profile = Profile(id="test", name="test", **how)
    proxy = parse_proxy(profile.proxy) if profile.proxy else None
    async with S3Gateway().session(profile, KEYS) as session:
        for bucket, options in (("bucket", ALL_OPTIONS), ("dotted.bucket", ObjectOptions())):
            draft = await prepared(session, Location(bucket, DRAFT_KEY), options)
            shape = shape_of(draft, Signer(SECRET), proxy)
            for key in ODD_KEYS:
                request = await prepared(session, Location(bucket, key), options)
                origin, line, headers = as_sent(request, proxy)
                head = shape.head(key, MD5, BODY, headers["x-amz-date"])
                assert (shape.origin, *parsed(head)) == (origin, line, headers), key


async def prepared(session: S3Session, where: Location, options: ObjectOptions) -> Any:
    """A PutObject as botocore signed it; nothing is sent."""
    rehearsal = Rehearsal(headers={"etag": '"e"'})
    with wire_terms(Terms(rehearsal=rehearsal)):
        await session.objects.put(
            where, FileSlice(Unread(), 0, len(BODY)), md5=MD5, options=options, meter=Meter()
        )
    return rehearsal.request


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


class Unread:
    """A body that is not sent."""

    name = ""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        raise AssertionError("nothing is sent")
