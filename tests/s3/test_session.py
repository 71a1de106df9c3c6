"""Sessions: opened, set up, and how little they ask of the loop."""

import asyncio
import base64
import subprocess
import sys
import threading
from collections import OrderedDict
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.loaders import Loader
from s3.gateway_kit import (
    BUCKET,
    KEYS,
    UPLOAD,
    listing,
    open_session,
    row,
)
from s3.memory import body_of, md5_of
from servers.lying import LyingServer

from s3gui.domain.entries import StoredPart
from s3gui.domain.errors import NeedsCredentials, S3guiError
from s3gui.domain.integrity import Digest
from s3gui.domain.parts import Meter
from s3gui.domain.profile import Addressing, Credentials, Profile
from s3gui.s3 import loading
from s3gui.s3.config import addressing_style
from s3gui.s3.parsing import S3Parser
from s3gui.s3.session import S3Gateway
from s3gui.s3.uploads import complete_document

BODY = b"the bytes of a part"
MD5_HEADER = base64.b64encode(md5_of(BODY)).decode()


class TestOpening:
    async def test_entering_asks_the_server_nothing(self, lying_http: LyingServer) -> None:
        async with open_session(lying_http) as session:
            assert session.profile.endpoint == lying_http.endpoint
        assert lying_http.connections == 0

    @pytest.mark.parametrize("keys", [Credentials("", "x"), Credentials("x", "")])
    async def test_without_keys_there_is_no_session(self, keys: Credentials) -> None:
        profile = Profile(id="p", name="p", endpoint="http://127.0.0.1:9")
        with pytest.raises(NeedsCredentials):
            async with S3Gateway().session(profile, keys):
                pass

    @pytest.mark.parametrize(
        "wrong",
        [
            {"endpoint": "no url at all"},
            {"endpoint": "http://127.0.0.1:9", "region": "not a region!"},
            {"endpoint": "http://127.0.0.1:9", "proxy": "socks5://127.0.0.1:9"},
        ],
    )
    async def test_a_connection_that_cannot_be_used_says_so(self, wrong: dict[str, str]) -> None:
        with pytest.raises(S3guiError) as caught:
            async with S3Gateway().session(Profile(id="p", name="p", **wrong), KEYS):
                pass
        assert caught.value.code == "Profile"

    def test_importing_the_gateway_does_not_import_botocore(self) -> None:
        code = (
            "import sys, s3gui.s3.session; "
            "sys.exit(bool({'botocore', 'aiobotocore', 'aiohttp', 'urllib3'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_warming_up_twice_is_quick_and_leaves_one_session(self) -> None:
        loading.warm_up()
        first = loading._session
        loading.warm_up()
        assert loading._session is first

    def test_models_are_read_as_botocore_does_but_a_step_at_a_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps = 0
        in_order = loading._in_order

        def step(pairs: list[tuple[str, Any]]) -> "OrderedDict[str, Any]":
            nonlocal steps
            steps += 1
            return in_order(pairs)

        monkeypatch.setattr(loading, "_in_order", step)
        ours = loading._make_session().get_component("data_loader")
        model = ours.load_service_model("s3", "service-2")
        assert steps > 1_000, "another thread gets its turn at each of them"
        assert model == Loader().load_service_model("s3", "service-2")
        assert ours.load_data("endpoints") == Loader().load_data("endpoints")


class TestAddressing:
    @pytest.mark.parametrize(
        ("endpoint", "addressing", "style"),
        [
            ("https://s3.eu-west-1.amazonaws.com", Addressing.AUTO, "virtual"),
            ("https://s3.cn-north-1.amazonaws.com.cn", Addressing.AUTO, "virtual"),
            ("https://amazonaws.com.evil.example", Addressing.AUTO, "path"),
            ("https://storage.yandexcloud.net", Addressing.AUTO, "path"),
            ("http://127.0.0.1:9000", Addressing.AUTO, "path"),
            ("http://localhost:9000", Addressing.AUTO, "path"),
            ("https://obs.ru-moscow-1.hc.sbercloud.ru", Addressing.VIRTUAL, "virtual"),
            ("http://[::1]:9000", Addressing.VIRTUAL, "path"),
            ("https://s3.eu-west-1.amazonaws.com", Addressing.PATH, "path"),
        ],
    )
    def test_where_the_bucket_stands(
        self, endpoint: str, addressing: Addressing, style: str
    ) -> None:
        profile = Profile(id="p", name="p", endpoint=endpoint, addressing=addressing)
        assert addressing_style(profile) == style

    async def test_virtual_puts_the_bucket_in_front_of_the_host(
        self, lying_http: LyingServer
    ) -> None:
        # Through a proxy, because a name with a bucket in front resolves nowhere.
        lying_http.on(listing(row("a")))
        async with open_session(
            "http://storage.example", proxy=lying_http.endpoint, addressing=Addressing.VIRTUAL
        ) as session:
            _ = [page async for page in session.listing.pages(BUCKET)]
        (request,) = lying_http.log
        assert request.headers["host"] == "bucket.storage.example"
        assert request.path == "/"


def test_the_document_of_complete_is_xml_whatever_an_etag_holds() -> None:
    document = complete_document([StoredPart(1, "a<&>b", 1), StoredPart(10_000, "c", 1)])

    root = ElementTree.fromstring(document)  # noqa: S314  written here

    assert root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}CompleteMultipartUpload"
    assert [[field.text for field in part] for part in root] == [
        ["1", '"a<&>b"'],
        ["10000", '"c"'],
    ]


@pytest.mark.parametrize(("rows", "on_the_loop"), [(1, True), (1000, False)])
async def test_large_answers_are_read_off_the_loop(
    lying_http: LyingServer, monkeypatch: pytest.MonkeyPatch, rows: int, on_the_loop: bool
) -> None:
    readers: set[int] = set()
    read = S3Parser._parse_payload

    def spy(*given: Any) -> None:
        readers.add(threading.get_ident())
        read(*given)

    monkeypatch.setattr(S3Parser, "_parse_payload", spy)
    lying_http.on(listing(*(row(f"folder/a name of a file {n}") for n in range(rows))))

    async with open_session(lying_http) as session:
        (page,) = [page async for page in session.listing.pages(BUCKET)]

    assert len(page.objects) == rows
    assert (readers == {threading.get_ident()}) is on_the_loop


async def test_stopping_the_meter_ends_the_call(lying_http: LyingServer) -> None:
    meter = Meter()
    meter.stop()
    async with open_session(lying_http) as session:
        with pytest.raises(asyncio.CancelledError):
            await session.uploads.send_part(
                UPLOAD, 1, body_of(BODY), digest=Digest(md5_of(BODY)), meter=meter
            )
    assert not [request for request in lying_http.log if request.whole]
