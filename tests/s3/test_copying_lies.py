"""Copies, tags, conditions and keys at servers that lie, refuse, or take them for another call."""

import pickle

import pytest
from s3.gateway_kit import UPLOAD, WHERE, open_session, xml
from s3.memory import body_of, md5_of, put
from servers.lies import Answer, Reset, error_body
from servers.lying import LyingServer

from s3gui.domain.conditions import NOTHING_THERE, Condition, Write
from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import (
    AccessList,
    CopySource,
    Doomed,
    ObjectOptions,
    Stored,
    StoredPart,
    UploadRef,
)
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ConditionRefused,
    ErrorKind,
    NeedsCustomerKey,
    NotSupported,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.s3.copying import S3Copying
from s3gui.s3.deleting import Form
from s3gui.s3.session import S3Session

SOURCE = CopySource(Location("from", "a b+%"))
KEY = CustomerKey(bytes(range(32)))
PLAIN = ObjectOptions()


async def copy(session: S3Session) -> Stored:
    assert session.copying is not None
    return await session.copying.copy(SOURCE, WHERE, PLAIN)


async def copy_part(session: S3Session, upload: UploadRef = UPLOAD) -> StoredPart:
    assert session.copying is not None
    plain = CopySource(Location("from", "key"))
    return await session.copying.copy_part(upload, 1, plain, 0, 5)


async def put_if(session: S3Session, condition: Condition) -> Stored:
    return await session.objects.put(
        WHERE, body_of(b"x"), md5=md5_of(b"x"), options=PLAIN, meter=Meter(), condition=condition
    )


CALLS = {"copy": copy, "part": copy_part}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InternalError", ErrorKind.TRANSIENT),
        ("SlowDown", ErrorKind.THROTTLE),
        ("AccessDenied", ErrorKind.PERMANENT),
        ("PreconditionFailed", ErrorKind.CONFLICT),
    ],
)
async def test_an_error_inside_a_200_is_an_error(
    lying_http: LyingServer, name: str, code: str, kind: ErrorKind
) -> None:
    """Amazon answers 200 at once, sends spaces while it copies, and then what became of it."""
    lying_http.on(Answer(200, b"\n   \n" + error_body(code).split(b"\n", 1)[1]))
    async with open_session(lying_http) as session:
        with pytest.raises(S3guiError) as caught:
            await CALLS[name](session)
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert len(lying_http.log) == 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "answer",
    [
        Answer(200),
        Answer(200, etag='"d41d8cd98f00b204e9800998ecf8427e"'),
        xml("CopyObjectResult", "<LastModified>2026-01-02T03:04:05Z</LastModified>"),
        xml("CopyPartResult", "<ETag></ETag>"),
        xml("ListBucketResult"),
    ],
    ids=["nothing", "a-put-of-nothing", "no-etag", "empty-etag", "another-document"],
)
async def test_a_success_without_proof_is_none(
    lying_http: LyingServer, name: str, answer: Answer
) -> None:
    """A server that does not know copies takes one for a PutObject of no bytes."""
    lying_http.on(answer)
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await CALLS[name](session)


async def test_a_copy_is_not_sent_twice_by_itself(lying_http: LyingServer) -> None:
    lying_http.on(Reset(after_answer=0))
    async with open_session(lying_http, attempts=4) as session:
        with pytest.raises(S3guiError) as caught:
            await copy(session)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert len(lying_http.log) == 1


async def test_a_checksum_that_is_none_is_no_proof(lying_http: LyingServer) -> None:
    lying_http.on(xml("CopyPartResult", "<ETag>e</ETag><ChecksumCRC32>!</ChecksumCRC32>"))
    async with open_session(lying_http) as session:
        with pytest.raises(BadAnswer):
            await copy_part(session, UploadRef(WHERE, "upload-1", checksum="CRC32"))


async def test_what_is_not_there_is_learnt_once(lying_http: LyingServer) -> None:
    lying_http.on(Answer(501, error_body("NotImplemented")))
    async with open_session(lying_http) as session:
        assert session.copying is not None
        with pytest.raises(NotSupported):
            await copy_part(session)
        assert not session.copying.has_parts
        with pytest.raises(NotSupported):
            await copy(session)
        assert session.copying is None
        assert session.tags is not None
        with pytest.raises(NotSupported):
            await session.tags.of_object(WHERE)
        assert session.tags is None


async def test_a_copy_that_needs_a_key_says_nothing_of_copies(lying_http: LyingServer) -> None:
    lying_http.on(Answer(501, error_body("NotImplemented")))
    async with open_session(lying_http) as session:
        copying = session.copying
        assert copying is not None
        sealed = CopySource(Location("from", "key"), customer_key=KEY)
        with pytest.raises(NotSupported):
            await copying.copy(sealed, WHERE, PLAIN)
        with pytest.raises(NotSupported):
            await copying.copy_part(UPLOAD, 1, sealed, 0, 5)
        assert session.copying is not None
        assert copying.has_parts


async def test_the_source_leads_to_no_other_host(lying_http: LyingServer) -> None:
    arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/mine"
    async with open_session(lying_http) as session:
        copying = session.copying
        assert isinstance(copying, S3Copying)
        with pytest.raises(S3guiError) as caught:
            await copying.copy(CopySource(Location(arn, "k")), WHERE, PLAIN)
    assert caught.value.code == "InvalidBucketName"
    assert lying_http.connections == 0


class TestConditions:
    async def test_a_server_without_conditions_is_asked_once(self, lying_http: LyingServer) -> None:
        lying_http.on(Answer(501, error_body("NotImplemented")), method="PUT", attempt=1)
        async with open_session(lying_http) as session:
            for _ in range(2):
                with pytest.raises(ConditionRefused):
                    await put_if(session, NOTHING_THERE)
            assert session.conditions.of(WHERE.bucket, Write.PUT, NOTHING_THERE) is False
            assert len(lying_http.log) == 1
            await put(session, WHERE)
        assert lying_http.log[0].headers["if-none-match"] == "*"

    @pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("412", 412)])
    async def test_a_condition_that_does_not_hold_is_final(
        self, lying_http: LyingServer, code: str, status: int
    ) -> None:
        lying_http.on(Answer(status, error_body(code) if code != "412" else b""))
        async with open_session(lying_http) as session:
            with pytest.raises(PreconditionFailed) as caught:
                await put_if(session, NOTHING_THERE)
            assert session.conditions.of(WHERE.bucket, Write.PUT, NOTHING_THERE) is True
            assert session.conditions.of(WHERE.bucket, Write.PUT) is None, "If-Match is not known"
            assert session.conditions.of(WHERE.bucket, Write.COMPLETE, NOTHING_THERE) is None
        assert caught.value.kind is ErrorKind.CONFLICT

    async def test_a_conflict_of_two_writes_says_nothing_of_conditions(
        self, lying_http: LyingServer
    ) -> None:
        lying_http.on(Answer(409, error_body("ConditionalRequestConflict")))
        async with open_session(lying_http) as session:
            with pytest.raises(S3guiError) as caught:
                await put_if(session, NOTHING_THERE)
            assert session.conditions.of(WHERE.bucket, Write.PUT, NOTHING_THERE) is None
        assert caught.value.kind is ErrorKind.CONFLICT
        assert not isinstance(caught.value, PreconditionFailed)

    async def test_a_replaced_object_is_not_tried_without_quotation_marks(
        self, lying_http: LyingServer
    ) -> None:
        """A server that cannot read an ETag without them might write over somebody's object."""
        lying_http.on(Answer(412, error_body("PreconditionFailed")), method="PUT")
        lying_http.on(Answer(200, etag='"other"'), method="HEAD")
        async with open_session(lying_http) as session:
            with pytest.raises(PreconditionFailed):
                await put_if(session, Condition(if_match="mine"))
        assert [request.method for request in lying_http.log] == ["PUT", "HEAD"]
        assert lying_http.log[0].headers["if-match"] == '"mine"'

    async def test_a_complete_is_not_told_to_be_lost_where_its_parts_are_there(
        self, lying_http: LyingServer
    ) -> None:
        lying_http.on(Answer(404, error_body("NoSuchKey")), method="POST")
        lying_http.on(xml("ListPartsResult", "<IsTruncated>false</IsTruncated>"), method="GET")
        async with open_session(lying_http) as session:
            with pytest.raises(PreconditionFailed):
                await session.uploads.complete(
                    UPLOAD, [StoredPart(1, "e", 1)], condition=Condition(if_match="e")
                )


class TestTags:
    async def test_a_server_that_knows_no_tags_is_not_given_any(
        self, lying_http: LyingServer
    ) -> None:
        """It would take the document for the object's new content."""
        lying_http.objects["/bucket/key"] = b""
        async with open_session(lying_http) as session:
            assert session.tags is not None
            with pytest.raises(BadAnswer):
                await session.tags.put_object(WHERE, {"a": "b"})
        assert {request.method for request in lying_http.log} == {"GET"}

    async def test_nor_grants_where_it_knows_none(self, lying_http: LyingServer) -> None:
        lying_http.objects["/bucket/key"] = b"data"
        async with open_session(lying_http) as session:
            assert session.acl is not None
            with pytest.raises(BadAnswer):
                await session.acl.put_object(WHERE, AccessList("me", "", ()))
        assert {request.method for request in lying_http.log} == {"GET"}


class TestDeleting:
    async def test_each_form_is_tried_until_one_is_taken(self, lying_http: LyingServer) -> None:
        lying_http.on(Answer(400, error_body("MissingContentMD5")), method="POST")
        lying_http.on(Answer(204), method="DELETE")
        async with open_session(lying_http) as session:
            done = await session.objects.delete_many("bucket", [Doomed("a"), Doomed("b")])
            assert [one.error for one in done] == [None, None]
            assert session.objects.deleting.form is Form.SINGLE
            await session.objects.delete_many("bucket", [Doomed("c")])
        md5, crc, *singles = lying_http.log
        assert ("content-md5" in md5.headers, "x-amz-checksum-crc32" in md5.headers) == (
            True,
            False,
        )
        assert ("content-md5" in crc.headers, "x-amz-checksum-crc32" in crc.headers) == (
            False,
            True,
        )
        assert sorted(one.path for one in singles) == ["/bucket/a", "/bucket/b", "/bucket/c"]

    async def test_what_failed_and_what_is_not_told_is_listed(
        self, lying_http: LyingServer
    ) -> None:
        lying_http.on(
            xml(
                "DeleteResult",
                "<Deleted><Key>gone</Key></Deleted><Deleted><Key>not asked for</Key></Deleted>"
                "<Error><Key>kept</Key><Code>AccessDenied</Code><Message>no</Message></Error>",
            )
        )
        async with open_session(lying_http) as session:
            gone, kept, untold = await session.objects.delete_many(
                "bucket", [Doomed("gone"), Doomed("kept"), Doomed("untold")]
            )
        assert gone.error is None
        assert isinstance(kept.error, AccessDenied)
        assert isinstance(untold.error, BadAnswer)

    async def test_a_lost_answer_is_not_asked_for_again(self, lying_http: LyingServer) -> None:
        """A second request would lay markers over what came to be meanwhile."""
        lying_http.on(Reset(after_answer=0))
        async with open_session(lying_http, attempts=4) as session:
            with pytest.raises(S3guiError):
                await session.objects.delete_many("bucket", [Doomed("a")])
        assert len(lying_http.log) == 1

    async def test_what_xml_cannot_hold_goes_by_itself(self, lying_http: LyingServer) -> None:
        lying_http.on(xml("DeleteResult", "<Deleted><Key>a</Key></Deleted>"), method="POST")
        lying_http.on(Answer(204), method="DELETE")
        async with open_session(lying_http) as session:
            done = await session.objects.delete_many("bucket", [Doomed("b\x01"), Doomed("a")])
        assert [(one.doomed.key, one.error) for one in done] == [("b\x01", None), ("a", None)]
        assert sorted(request.method for request in lying_http.log) == ["DELETE", "POST"]


class TestCustomersKeys:
    def test_a_key_shows_nowhere(self) -> None:
        options = ObjectOptions(customer_key=KEY)
        ref = UploadRef(WHERE, "u", customer_key=KEY)
        for shown in (repr(KEY), str(KEY), f"{KEY}", f"{KEY!r:>20}", repr(options), repr(ref)):
            assert KEY.base64 not in shown
            assert KEY.base64[:8] not in shown
        with pytest.raises(TypeError):
            pickle.dumps(KEY)
        with pytest.raises(ValueError, match="not a key") as caught:
            CustomerKey.from_text("A secret that is no key")
        assert "secret" not in str(caught.value)
        assert CustomerKey.from_text(f" {KEY.base64}\n") == KEY
        assert CustomerKey.from_text(bytes(range(32)).hex()) == KEY

    async def test_it_does_not_travel_in_the_clear(self) -> None:
        async with open_session("http://storage.example") as session:
            assert session.copying is not None
            sealed = CopySource(WHERE, customer_key=KEY)
            for attempt in (
                put(session, WHERE, customer_key=KEY),
                session.objects.head(WHERE, customer_key=KEY),
                session.uploads.create(WHERE, ObjectOptions(customer_key=KEY)),
                session.copying.copy(sealed, WHERE, PLAIN),
            ):
                with pytest.raises(S3guiError) as caught:
                    await attempt
                assert caught.value.code == "CustomerKeyInClear"

    async def test_without_the_key_nothing_is_sent(self, lying_http: LyingServer) -> None:
        lost = ObjectOptions(encryption="SSE-C")
        async with open_session(lying_http) as session:
            for attempt in (
                put(session, WHERE, encryption="SSE-C"),
                session.uploads.create(WHERE, lost),
            ):
                with pytest.raises(NeedsCustomerKey):
                    await attempt
        assert lying_http.log == []

    async def test_an_upload_that_is_not_encrypted_is_taken_back(
        self, lying_http: LyingServer
    ) -> None:
        lying_http.on(xml("InitiateMultipartUploadResult", "<UploadId>u</UploadId>"), method="POST")
        lying_http.on(Answer(204), method="DELETE")
        async with open_session(lying_http) as session:
            with pytest.raises(NotSupported) as caught:
                await session.uploads.create(WHERE, ObjectOptions(customer_key=KEY))
        assert caught.value.code == "NotEncrypted"
        assert [request.method for request in lying_http.log] == ["POST", "DELETE"]
