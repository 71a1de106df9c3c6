"""What a session puts on the wire, over HTTP and HTTPS, and what it lets nobody see."""

import base64
import logging
import re
from pathlib import Path

import pytest
from s3.gateway_kit import (
    BUCKET,
    KEYS,
    SECRET,
    TOKEN,
    UPLOAD,
    WHERE,
    open_session,
    signed_headers,
    xml,
)
from s3.memory import md5_of, put, send_part
from servers.lies import Answer, error_body
from servers.lying import LyingServer, Request

from s3gui import __version__
from s3gui.domain.entries import ObjectOptions, StoredPart
from s3gui.domain.errors import RedirectRefused, S3guiError, TlsRefused
from s3gui.domain.location import Location
from s3gui.s3 import loading
from s3gui.s3.uploads import complete_document

BODY = b"the bytes of a part"
MD5_HEADER = base64.b64encode(md5_of(BODY)).decode()


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

    async def test_creating_an_upload_asks_for_a_checksum_of_the_whole(
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
        assert {name: value for name, value in request.headers.items() if "checksum" in name} == {
            "x-amz-checksum-algorithm": "CRC32",
            "x-amz-checksum-type": "FULL_OBJECT",
        }
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

    async def test_an_arn_for_a_bucket_leads_nowhere(self, lying_http: LyingServer) -> None:
        """botocore would put the account and the access point in front of the host."""
        arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/mine"
        async with open_session(lying_http) as session:
            with pytest.raises(S3guiError) as caught:
                await session.objects.head(Location(arn, "key"))
        assert caught.value.code == "InvalidBucketName"
        assert lying_http.connections == 0

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
