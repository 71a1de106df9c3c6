"""What a session puts on the wire, over HTTP and HTTPS, and what it lets nobody see."""

import asyncio
import base64
import logging
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from s3.gateway_kit import (
    BUCKET,
    KEYS,
    SECRET,
    TOKEN,
    UPLOAD,
    WHERE,
    listing,
    open_session,
    row,
    xml,
)
from s3.memory import body_of, md5_of, put, send_part
from servers.lies import Answer, error_body
from servers.lying import LyingServer, Request

from s3gui import __version__
from s3gui.domain.entries import ObjectOptions, StoredPart
from s3gui.domain.errors import NeedsCredentials, RedirectRefused, S3guiError, TlsRefused
from s3gui.domain.parts import Meter
from s3gui.domain.profile import Addressing, Credentials, Profile
from s3gui.s3 import loading
from s3gui.s3.config import addressing_style
from s3gui.s3.parsing import S3Parser
from s3gui.s3.session import S3Gateway
from s3gui.s3.uploads import complete_document

BODY = b"the bytes of a part"
MD5_HEADER = base64.b64encode(md5_of(BODY)).decode()


@pytest.fixture
def trusted(lying: LyingServer, ca_bundle: str) -> dict[str, str]:
    """How to reach ``lying``, whichever scheme it speaks."""
    return {"ca_bundle": ca_bundle if lying.endpoint.startswith("https") else ""}


def signed_headers(request: Request) -> set[str]:
    found = re.search(r"SignedHeaders=([^,]+)", request.headers["authorization"])
    assert found
    return set(found[1].split(";"))


class TestBodies:
    """M14, M16 and providers 5.5: over both schemes, and never as a chunked trailer."""

    async def test_a_part_is_sent_plain_with_its_md5_signed(
        self, lying: LyingServer, trusted: dict[str, str]
    ) -> None:
        async with open_session(lying, **trusted) as session:
            assert await send_part(session, UPLOAD, 3, BODY) == md5_of(BODY).hex()
        (request,) = lying.log
        self._check(request)
        assert "partNumber=3" in request.query.split("&")
        assert "uploadId=upload-1" in request.query.split("&")

    async def test_a_small_object_is_sent_plain_with_its_md5_signed(
        self, lying: LyingServer, trusted: dict[str, str]
    ) -> None:
        async with open_session(lying, **trusted) as session:
            await put(session, WHERE, BODY, content_type="text/plain")
        (request,) = lying.log
        self._check(request)
        assert request.headers["content-type"] == "text/plain"

    def _check(self, request: Request) -> None:
        headers = request.headers
        assert (request.method, request.path) == ("PUT", "/bucket/key")
        assert request.md5 == md5_of(BODY).hex()
        assert headers["content-length"] == str(len(BODY))
        assert headers["content-md5"] == MD5_HEADER
        assert headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
        assert {"content-md5", "host", "x-amz-content-sha256", "x-amz-date"} <= signed_headers(
            request
        )
        assert "x-amz-security-token" in signed_headers(request)
        assert headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
        assert "transfer-encoding" not in headers
        assert "content-encoding" not in headers
        assert not [name for name in headers if name.startswith("x-amz-checksum")]
        assert "x-amz-trailer" not in headers
        assert "x-amz-sdk-checksum-algorithm" not in headers

    async def test_documents_are_signed_whole(
        self, lying: LyingServer, trusted: dict[str, str]
    ) -> None:
        lying.on(xml("CompleteMultipartUploadResult", "<ETag>e-2</ETag>"))
        parts = [StoredPart(n, md5_of(bytes([n])).hex(), 1) for n in (3, 1, 2)]
        async with open_session(lying, **trusted) as session:
            await session.uploads.complete(UPLOAD, parts)
        (request,) = lying.log
        assert re.fullmatch(r"[0-9a-f]{64}", request.headers["x-amz-content-sha256"])
        assert request.md5 == md5_of(complete_document(parts[1:] + parts[:1])).hex()

    async def test_creating_an_upload_promises_no_checksum(
        self, lying: LyingServer, trusted: dict[str, str]
    ) -> None:
        lying.on(xml("InitiateMultipartUploadResult", "<UploadId>u</UploadId>"))
        options = ObjectOptions(content_type="video/mp4", metadata={"k": "v"}, acl="private")
        async with open_session(lying, **trusted) as session:
            upload = await session.uploads.create(WHERE, options)
        (request,) = lying.log
        assert upload.upload_id == "u"
        assert request.headers["content-type"] == "video/mp4"
        assert request.headers["x-amz-meta-k"] == "v"
        assert request.headers["x-amz-acl"] == "private"
        assert not [name for name in request.headers if "checksum" in name]
        assert request.length == 0

    async def test_the_program_says_its_name(
        self, lying: LyingServer, trusted: dict[str, str]
    ) -> None:
        lying.on(xml("ListAllMyBucketsResult", "<Buckets/>"))
        async with open_session(lying, **trusted) as session:
            await session.buckets.all()
        assert f"s3gui/{__version__}" in lying.log[0].headers["user-agent"]

    async def test_an_upload_encrypted_with_keys_of_the_server_has_opaque_etags(
        self, lying_http: LyingServer
    ) -> None:
        answer = xml("InitiateMultipartUploadResult", "<UploadId>u</UploadId>")
        headers = {**answer.headers, "x-amz-server-side-encryption": "aws:kms"}
        lying_http.on(Answer(200, answer.body, headers))
        async with open_session(lying_http) as session:
            assert (await session.uploads.create(WHERE, ObjectOptions())).opaque_etags


class TestNothingFromOutside:
    """M21: neither the environment nor the files of other tools have a say."""

    async def test_the_environment_does_not_lead_elsewhere(
        self, lying_http: LyingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        trap = "http://127.0.0.1:9"
        config = tmp_path / "config"
        config.write_text(
            f"[default]\nendpoint_url = {trap}\nregion = mars-1\n"
            "s3 =\n  addressing_style = virtual\n  payload_signing_enabled = true\n"
        )
        for name, value in {
            "AWS_ENDPOINT_URL": trap,
            "AWS_ENDPOINT_URL_S3": trap,
            "AWS_PROFILE": "there-is-no-such-profile",
            "AWS_CONFIG_FILE": str(config),
            "AWS_ACCESS_KEY_ID": "AKIDENVIRONMENT",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_SESSION_TOKEN": "x",
            "AWS_DEFAULT_REGION": "mars-1",
            "AWS_MAX_ATTEMPTS": "9",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
            "AWS_USE_DUALSTACK_ENDPOINT": "true",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "AWS_AUTH_SCHEME_PREFERENCE": "sigv4a",
            "AWS_DEFAULTS_MODE": "auto",
            "AWS_CA_BUNDLE": "/nowhere",
            "HTTP_PROXY": trap,
            "http_proxy": trap,
            "ALL_PROXY": trap,
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(loading, "_session", None)
        lying_http.on(Answer(503, error_body("ServiceUnavailable")), attempt=1)

        async with open_session(lying_http) as session:
            with pytest.raises(S3guiError):
                await send_part(session, UPLOAD, 1, BODY)
            await send_part(session, UPLOAD, 1, BODY)

        assert len(lying_http.log) == 2
        for request in lying_http.log:
            assert request.path == "/bucket/key"
            assert "Credential=AKIDEXAMPLE/" in request.headers["authorization"]
            assert "/us-east-1/s3/" in request.headers["authorization"]
            assert request.headers["x-amz-security-token"] == TOKEN
            assert request.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"

    async def test_a_redirect_is_not_followed(self, lying_http: LyingServer) -> None:
        with LyingServer() as elsewhere:
            lying_http.on(Answer(307, headers={"Location": f"{elsewhere.endpoint}/bucket/key"}))
            async with open_session(lying_http, attempts=4) as session:
                with pytest.raises(RedirectRefused):
                    await send_part(session, UPLOAD, 1, BODY)
                with pytest.raises(RedirectRefused):
                    _ = [page async for page in session.listing.pages(BUCKET)]
            assert len(lying_http.log) == 2
            assert elsewhere.log == []

    async def test_a_server_of_an_unknown_authority_gets_nothing(
        self, lying_https: LyingServer
    ) -> None:
        async with open_session(lying_https) as session:
            with pytest.raises(TlsRefused):
                await send_part(session, UPLOAD, 1, BODY)
        assert lying_https.log == []


class TestSecrets:
    """M17: at DEBUG botocore writes the token, the key id and the signature."""

    async def test_nothing_of_the_keys_is_logged_at_debug(
        self, lying_http: LyingServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        lying_http.on(Answer(403, error_body("AccessDenied", f"{TOKEN} {SECRET}")), method="GET")
        with caplog.at_level(logging.DEBUG):
            async with open_session(lying_http) as session:
                await send_part(session, UPLOAD, 1, BODY)
                with pytest.raises(S3guiError) as caught:
                    await session.buckets.all()
        logged = "\n".join(
            record.getMessage() + str(record.exc_info or "") for record in caplog.records
        )
        for secret in (SECRET, TOKEN, KEYS.access_key, "Signature="):
            assert secret not in logged
            assert secret not in caught.value.as_text()
            assert secret not in repr(caught.value)

    def test_the_loggers_below_stay_quiet(self) -> None:
        for name in ("botocore", "aiobotocore", "urllib3", "aiohttp"):
            assert not logging.getLogger(f"{name}.child").isEnabledFor(logging.DEBUG)


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
            await session.uploads.send_part(UPLOAD, 1, body_of(BODY), md5=md5_of(BODY), meter=meter)
    assert not [request for request in lying_http.log if request.whole]
