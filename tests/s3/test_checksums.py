"""Checksums of uploads on the wire: in a plain header, and asked for again where nothing is lost.

Facts M7 and M14 of the fault research, rows 26 and 29 of its matrix.
"""

import pytest
from s3.gateway_kit import UPLOAD, WHERE, open_session, signed_headers, xml
from s3.memory import crc32_of, md5_of, send_part
from servers.lies import Answer, error_body
from servers.lying import LyingServer

from s3gui.domain.entries import ObjectOptions, Stored, StoredPart, UploadRef
from s3gui.domain.errors import (
    ChecksumRefused,
    Corrupt,
    ErrorKind,
    InvalidPart,
    NoSuchUpload,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Digest
from s3gui.s3.uploads import complete_document

BODY = b"the bytes of a part"
DIGEST = Digest(crc32=crc32_of(BODY))
AGREED = {"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"}
WITH_CRC32 = UploadRef(WHERE, "upload-1", checksum=CRC32)


def created(upload_id: str = "u", **headers: str) -> Answer:
    """The answer of CreateMultipartUpload."""
    answer = xml("InitiateMultipartUploadResult", f"<UploadId>{upload_id}</UploadId>")
    return Answer(200, answer.body, {**answer.headers, **headers})


async def test_a_part_is_sent_plain_with_its_crc32_signed(
    lying: LyingServer, trusted: dict[str, str]
) -> None:
    shown = {"x-amz-checksum-crc32": DIGEST.crc32_text}
    lying.on(Answer(200, headers=shown, etag='"e"'), method="PUT")
    async with open_session(lying, **trusted) as session:
        assert await send_part(session, WITH_CRC32, 3, BODY) == "e"
    (request,) = lying.log
    headers = request.headers
    assert request.md5 == md5_of(BODY).hex()
    assert headers["content-length"] == str(len(BODY))
    assert headers["x-amz-checksum-crc32"] == DIGEST.crc32_text
    assert headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert "x-amz-checksum-crc32" in signed_headers(request)
    for absent in (
        *("content-md5", "transfer-encoding", "content-encoding", "x-amz-trailer"),
        *("x-amz-decoded-content-length", "x-amz-sdk-checksum-algorithm"),
    ):
        assert absent not in headers


async def test_a_complete_says_what_the_parts_and_the_whole_have(
    lying: LyingServer, trusted: dict[str, str]
) -> None:
    lying.on(
        xml("CompleteMultipartUploadResult", "<ETag>e-2</ETag><ChecksumCRC32>w</ChecksumCRC32>")
    )
    parts = [StoredPart(n, f"e{n}", 10 * n, Digest(crc32=bytes([n] * 4))) for n in (2, 1)]
    async with open_session(lying, **trusted) as session:
        stored = await session.uploads.complete(WITH_CRC32, parts, crc32="AAAAAQ==")
    assert stored == Stored("e-2", None, "w")
    (request,) = lying.log
    assert request.headers["x-amz-checksum-crc32"] == "AAAAAQ=="
    assert request.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert request.headers["x-amz-mp-object-size"] == "30"
    document = complete_document(parts[::-1])
    assert request.md5 == md5_of(document).hex()
    assert b"<ChecksumCRC32>AQEBAQ==</ChecksumCRC32></Part>" in document


async def test_head_asks_for_checksums_only_where_one_is_expected(lying_http: LyingServer) -> None:
    shown = {"x-amz-checksum-crc32": "AAAAAQ==", "x-amz-checksum-type": "FULL_OBJECT"}
    lying_http.on(Answer(200, headers=shown, etag='"e"', length=None), method="HEAD")
    async with open_session(lying_http) as session:
        await session.objects.head(WHERE)
        details = await session.objects.head(WHERE, checksums=True)
    asked = [request.headers.get("x-amz-checksum-mode") for request in lying_http.log]
    assert asked == [None, "ENABLED"]
    assert (details.checksums, details.checksum_type) == ({CRC32: "AAAAAQ=="}, "FULL_OBJECT")


@pytest.mark.parametrize("shown", ["AAAAAQ==", ""])
async def test_another_checksum_in_the_answer_to_a_part_is_no_success(
    lying_http: LyingServer, shown: str
) -> None:
    headers = {"x-amz-checksum-crc32": shown} if shown else {}
    lying_http.on(Answer(200, headers=headers, etag=f'"{md5_of(BODY).hex()}"'))
    async with open_session(lying_http) as session:
        with pytest.raises(Corrupt if shown else ChecksumRefused) as caught:
            await send_part(session, WITH_CRC32, 1, BODY)
    assert caught.value.kind is ErrorKind.CORRUPT


@pytest.mark.parametrize("code", ["InvalidRequest", "InvalidArgument", "NotImplemented", ""])
async def test_a_refused_part_is_told_from_other_failures_and_remembered(
    lying_http: LyingServer, code: str
) -> None:
    status = 501 if code == "NotImplemented" else 400
    lying_http.on(Answer(status, error_body(code) if code else b""), method="PUT")
    lying_http.on(created(), method="POST")
    async with open_session(lying_http) as session:
        with pytest.raises(ChecksumRefused) as caught:
            await send_part(session, WITH_CRC32, 1, BODY)
        with pytest.raises(S3guiError) as plain:
            await send_part(session, UPLOAD, 1, BODY)
        assert (await session.uploads.create(WHERE, ObjectOptions())).checksum == ""
    assert caught.value.code == (code or "400")
    assert not isinstance(plain.value, ChecksumRefused)
    assert "x-amz-checksum-algorithm" not in lying_http.log[-1].headers


async def test_a_damaged_part_is_no_refusal(lying_http: LyingServer) -> None:
    lying_http.on(Answer(400, error_body("BadDigest")), method="PUT")
    lying_http.on(created(**AGREED), method="POST")
    async with open_session(lying_http) as session:
        with pytest.raises(Corrupt):
            await send_part(session, WITH_CRC32, 1, BODY)
        assert (await session.uploads.create(WHERE, ObjectOptions())).checksum == CRC32


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("BadDigest", ChecksumRefused),
        ("InvalidRequest", ChecksumRefused),
        ("InvalidPart", InvalidPart),
        ("NoSuchUpload", NoSuchUpload),
    ],
)
async def test_a_whole_that_is_refused_is_told_from_other_failures(
    lying_http: LyingServer, code: str, kind: type[S3guiError]
) -> None:
    part = StoredPart(1, "e", 1, DIGEST)
    lying_http.on(Answer(400, error_body(code)))
    async with open_session(lying_http) as session:
        with pytest.raises(kind):
            await session.uploads.complete(WITH_CRC32, [part], crc32="AAAAAQ==")
        assert session.uploads.checksums.wanted is (kind is not ChecksumRefused)


async def test_who_does_not_answer_the_question_gets_md5s_and_is_not_asked_again(
    lying_http: LyingServer,
) -> None:
    lying_http.on(created(), method="POST")
    async with open_session(lying_http) as session:
        first = await session.uploads.create(WHERE, ObjectOptions())
        await session.uploads.create(WHERE, ObjectOptions())
        await send_part(session, first, 1, BODY)
    asked = ["x-amz-checksum-algorithm" in request.headers for request in lying_http.log]
    assert asked == [True, False, False]
    assert first.checksum == ""
    assert lying_http.log[-1].headers["content-md5"]


async def test_who_does_not_answer_and_then_insists_is_found_out(lying_http: LyingServer) -> None:
    lying_http.on(created(), method="POST")
    lying_http.on(Answer(400, error_body("InvalidArgument", "checksum missing")), method="PUT")
    async with open_session(lying_http) as session:
        upload = await session.uploads.create(WHERE, ObjectOptions())
        with pytest.raises(ChecksumRefused):
            await send_part(session, upload, 1, BODY)


@pytest.mark.parametrize("code", ["InvalidRequest", "NotImplemented", "MalformedXML"])
async def test_a_refused_create_is_sent_once_more_without_the_question(
    lying_http: LyingServer, code: str
) -> None:
    lying_http.on(Answer(400, error_body(code)), method="POST", attempt=1)
    lying_http.on(created(), method="POST")
    async with open_session(lying_http, attempts=4) as session:
        for _ in range(2):
            assert (await session.uploads.create(WHERE, ObjectOptions())).checksum == ""
    asked = ["x-amz-checksum-algorithm" in request.headers for request in lying_http.log]
    assert asked == [True, False, False]


async def test_a_create_that_is_refused_without_the_question_too_leaves_it_open(
    lying_http: LyingServer,
) -> None:
    lying_http.on(Answer(400, error_body("InvalidRequest")), method="POST", attempt=1)
    lying_http.on(Answer(400, error_body("InvalidStorageClass")), method="POST", attempt=1)
    lying_http.on(created(**AGREED), method="POST")
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await session.uploads.create(WHERE, ObjectOptions())
        assert caught.value.code == "InvalidStorageClass"
        assert (await session.uploads.create(WHERE, ObjectOptions())).checksum == CRC32


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown")]
)
async def test_a_create_that_fails_otherwise_is_sent_once(
    lying_http: LyingServer, status: int, code: str
) -> None:
    lying_http.on(Answer(status, error_body(code)), method="POST")
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError):
            await session.uploads.create(WHERE, ObjectOptions())
    assert len(lying_http.log) == 1


@pytest.mark.parametrize("kind", ["COMPOSITE", ""])
async def test_an_upload_that_wants_another_checksum_is_taken_back(
    lying_http: LyingServer, kind: str
) -> None:
    """It would refuse parts with an MD5; and it has no part yet."""
    told = {"x-amz-checksum-algorithm": "CRC32"} | ({"x-amz-checksum-type": kind} if kind else {})
    lying_http.on(created("first", **told), method="POST", attempt=1)
    lying_http.on(created("second"), method="POST")
    async with open_session(lying_http) as session:
        upload = await session.uploads.create(WHERE, ObjectOptions())
    assert (upload.upload_id, upload.checksum) == ("second", "")
    assert [request.method for request in lying_http.log] == ["POST", "DELETE", "POST"]
    assert "uploadId=first" in lying_http.log[1].query


async def test_an_upload_that_cannot_be_taken_back_is_not_forgotten(
    lying_http: LyingServer,
) -> None:
    lying_http.on(
        created("first", **{"x-amz-checksum-algorithm": "CRC32"}), method="POST", attempt=1
    )
    lying_http.on(created("second"), method="POST")
    lying_http.on(Answer(403, error_body("AccessDenied")), method="DELETE")
    async with open_session(lying_http) as session:
        await session.uploads.create(WHERE, ObjectOptions())
        assert [(ref.location, ref.upload_id) for ref in session.uploads.left] == [(WHERE, "first")]


@pytest.mark.parametrize("end", ["complete", "abort", "gone"])
async def test_what_was_learnt_of_an_upload_ends_with_it(lying_http: LyingServer, end: str) -> None:
    lying_http.on(created(), method="POST", attempt=1)
    lying_http.on(xml("CompleteMultipartUploadResult", "<ETag>e-1</ETag>"), method="POST")
    lying_http.on(
        Answer(404, error_body("NoSuchUpload")) if end == "gone" else Answer(204), method="DELETE"
    )
    async with open_session(lying_http) as session:
        upload = await session.uploads.create(WHERE, ObjectOptions())
        checksums = session.uploads.checksums
        assert checksums.unanswered == {"u"}
        if end == "complete":
            await session.uploads.complete(upload, [StoredPart(1, "e", 1)])
        elif end == "abort":
            await session.uploads.abort(upload)
        else:
            with pytest.raises(NoSuchUpload):
                await session.uploads.abort(upload)
        assert checksums.unanswered == set()


async def test_what_was_learnt_of_an_upload_outlives_a_failure(lying_http: LyingServer) -> None:
    lying_http.on(created(), method="POST", attempt=1)
    lying_http.on(Answer(503, error_body("ServiceUnavailable")))
    async with open_session(lying_http) as session:
        upload = await session.uploads.create(WHERE, ObjectOptions())
        with pytest.raises(S3guiError):
            await session.uploads.complete(upload, [StoredPart(1, "e", 1)])
        with pytest.raises(S3guiError):
            await session.uploads.abort(upload)
        assert session.uploads.checksums.unanswered == {"u"}
