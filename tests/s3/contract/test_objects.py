"""Objects: stored whole, read whole and in ranges, refused when they are not what was meant."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from s3.memory import MemorySink, body_of, fetch, md5_of, put
from servers.server import Difference, Server

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import Conflict, Corrupt, ErrorKind, NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, FileSlice, Meter
from s3gui.s3.session import S3Session

DATA = bytes(range(256)) * 8 * 1024 + b"and an end that is no round number"


class TestObjects:
    @pytest.mark.parametrize("size", [0, 1, 4096, MIB, MIB + 1, len(DATA)])
    async def test_another_program_reads_back_what_was_put(
        self, session: S3Session, independent: Any, bucket: str, size: int
    ) -> None:
        data = DATA[:size]

        stored = await put(session, Location(bucket, "o"), data)

        answer = independent.get_object(Bucket=bucket, Key="o")
        assert answer["Body"].read() == data
        assert stored.etag == md5_of(data).hex() == answer["ETag"].strip('"')

    async def test_a_slice_is_sent_from_its_offset(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        meter = Meter()
        part = FileSlice(body_of(DATA).source, 1000, 5000)

        await session.objects.put(
            Location(bucket, "o"),
            part,
            md5=md5_of(DATA[1000:6000]),
            options=ObjectOptions(),
            meter=meter,
        )

        assert independent.get_object(Bucket=bucket, Key="o")["Body"].read() == DATA[1000:6000]
        assert meter.moved == 5000

    async def test_head_tells_what_was_given(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        stored = await put(
            session,
            where,
            b"12345",
            content_type="text/x-test; charset=utf-8",
            metadata={"Author": "somebody", "two-words": "a b"},
            cache_control="max-age=60",
        )

        details = await session.objects.head(where)

        assert (details.size, details.etag) == (5, stored.etag)
        assert details.content_type == "text/x-test; charset=utf-8"
        assert details.metadata == {"author": "somebody", "two-words": "a b"}
        assert details.headers["Cache-Control"] == "max-age=60"
        assert details.storage_class == "STANDARD"
        assert details.modified is not None
        assert abs(datetime.now(UTC) - details.modified) < timedelta(minutes=5)

    async def test_head_tells_what_another_program_stored(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        independent.put_object(
            Bucket=bucket,
            Key="o",
            Body=b"x",
            ContentType="image/png",
            ContentDisposition='attachment; filename="x.png"',
            ContentLanguage="ru",
            Metadata={"k": "v"},
        )

        details = await session.objects.head(Location(bucket, "o"))

        assert details.content_type == "image/png"
        assert details.headers["Content-Disposition"] == 'attachment; filename="x.png"'
        assert details.headers["Content-Language"] == "ru"
        assert details.metadata == {"k": "v"}

    async def test_tags_and_acl_are_set_with_the_object(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where, tags={"цвет": "красный + = /@"}, acl="public-read")

        tags = independent.get_object_tagging(Bucket=bucket, Key="o")["TagSet"]
        assert tags == [{"Key": "цвет", "Value": "красный + = /@"}]
        assert session.acl is not None
        assert (await session.acl.of_object(where)).public_permissions == ("READ",)

    async def test_a_wrong_md5_is_refused_and_nothing_is_stored(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        wrong = session.objects.put(
            where,
            body_of(b"flipped"),
            md5=md5_of(b"meant"),
            options=ObjectOptions(),
            meter=Meter(),
        )
        if server.has(Difference.ANY_MD5):
            await wrong
            return
        with pytest.raises(Corrupt) as caught:
            await wrong
        assert (caught.value.code, caught.value.kind) == ("BadDigest", ErrorKind.CORRUPT)
        with pytest.raises(NotFound):
            await session.objects.head(where)

    async def test_a_missing_object_is_named(self, session: S3Session, bucket: str) -> None:
        with pytest.raises(NotFound) as caught:
            await session.objects.head(Location(bucket, "no/such.txt"))
        assert "no/such.txt" in caught.value.title
        with pytest.raises(NotFound) as caught:
            await fetch(session, Location(bucket, "no/such.txt"))
        assert caught.value.code == "NoSuchKey"

    async def test_an_object_in_a_missing_bucket_says_bucket(self, session: S3Session) -> None:
        missing = f"missing-{uuid.uuid4().hex}"
        with pytest.raises(NotFound) as caught:
            await put(session, Location(missing, "o"))
        assert caught.value.code == "NoSuchBucket"
        assert missing in caught.value.title

    async def test_an_empty_key_cannot_be_sent(self, session: S3Session, bucket: str) -> None:
        with pytest.raises(S3guiError) as caught:
            await session.objects.head(Location(bucket))
        assert caught.value.code == "ParamValidation"

    async def test_a_key_over_1024_bytes_is_refused(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "ы" * 513)
        if server.has(Difference.LONG_KEYS):
            await put(session, where)
            return
        with pytest.raises(S3guiError) as caught:
            await put(session, where)
        other = server.has(Difference.LONG_KEY_CODE)
        assert caught.value.code == ("InvalidObjectName" if other else "KeyTooLongError")


class TestFetch:
    async def test_the_whole_object_arrives(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        stored = await put(session, where, DATA, content_type="text/plain")
        sink, meter = MemorySink(), Meter()

        details = await session.objects.fetch(where, sink, meter=meter)

        assert bytes(sink.data) == DATA
        assert meter.moved == len(DATA)
        assert (details.size, details.etag) == (len(DATA), stored.etag)
        assert details.content_type == "text/plain"

    async def test_an_empty_object_arrives(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        await put(session, where, b"")
        assert await fetch(session, where) == b""

    @pytest.mark.parametrize(
        ("first", "length"), [(0, 1), (0, len(DATA)), (1000, 70_000), (len(DATA) - 1, 1)]
    )
    async def test_a_range_is_exactly_that(
        self, session: S3Session, bucket: str, first: int, length: int
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where, DATA)
        sink = MemorySink()

        details = await session.objects.fetch(
            where, sink, meter=Meter(), first=first, length=length
        )

        assert bytes(sink.data) == DATA[first : first + length]
        assert details.size == len(DATA)

    async def test_from_a_place_to_the_end(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        await put(session, where, DATA)
        assert await fetch(session, where, first=len(DATA) - 10) == DATA[-10:]

    async def test_a_range_of_nothing_is_nothing(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        await put(session, where, DATA)
        assert await fetch(session, where, first=3, length=0) == b""

    async def test_a_range_behind_the_end_is_a_conflict(
        self, session: S3Session, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where, b"12345")
        with pytest.raises(Conflict) as caught:
            await fetch(session, where, first=10, length=5)
        assert caught.value.code == "InvalidRange"

    async def test_an_object_that_was_replaced_is_not_mixed(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        stored = await put(session, where, DATA)
        assert await fetch(session, where, length=10, if_match=stored.etag) == DATA[:10]
        independent.put_object(Bucket=bucket, Key="o", Body=b"another")

        with pytest.raises(Conflict) as caught:
            await fetch(session, where, first=10, length=10, if_match=stored.etag)
        assert caught.value.code == "PreconditionFailed"


class TestDelete:
    async def test_an_object_is_gone(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where)

        assert await session.objects.delete(where) is None

        assert "Contents" not in independent.list_objects_v2(Bucket=bucket)

    async def test_deleting_what_is_not_there_is_no_error(
        self, session: S3Session, bucket: str
    ) -> None:
        assert await session.objects.delete(Location(bucket, "never was")) is None
