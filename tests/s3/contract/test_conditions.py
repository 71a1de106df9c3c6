"""Conditional writes: what a server refuses, and what is known of it afterwards."""

import pytest
from s3.memory import body_of, fetch, md5_of, put, send_part
from servers.server import Difference, Server

from s3gui.domain.conditions import NOTHING_THERE, Condition, Write
from s3gui.domain.entries import Doomed, ObjectOptions, Stored, StoredPart
from s3gui.domain.errors import ErrorKind, PreconditionFailed
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.s3.session import S3Session

OTHER = Condition(if_match="0" * 32)


async def put_if(session: S3Session, where: Location, data: bytes, condition: Condition) -> Stored:
    return await session.objects.put(
        where,
        body_of(data),
        md5=md5_of(data),
        options=ObjectOptions(),
        meter=Meter(),
        condition=condition,
    )


class TestPut:
    async def test_nothing_is_put_over_what_is_there(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        assert session.conditions.of(bucket, Write.PUT, NOTHING_THERE) is None
        await put_if(session, where, b"first", NOTHING_THERE)
        assert session.conditions.of(bucket, Write.PUT, NOTHING_THERE) is None

        with pytest.raises(PreconditionFailed) as caught:
            await put_if(session, where, b"second", NOTHING_THERE)

        assert (caught.value.code, caught.value.kind) == ("PreconditionFailed", ErrorKind.CONFLICT)
        assert session.conditions.of(bucket, Write.PUT, NOTHING_THERE) is True
        assert await fetch(session, where) == b"first"

    async def test_only_what_was_seen_is_replaced(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        for data, following in ((b"1", b"2"), (b"2", b"3")):
            seen = await put(session, where, data)
            with pytest.raises(PreconditionFailed):
                await put_if(session, where, following, OTHER)
            await put_if(session, where, following, Condition(if_match=seen.etag))
            assert await fetch(session, where) == following
        assert session.conditions.of(bucket, Write.PUT, OTHER) is True

    async def test_the_first_replacement_of_a_session_needs_no_refusal_before(
        self, session: S3Session, bucket: str
    ) -> None:
        """Ceph compares the quotation marks too; nobody had to be refused to find that out."""
        where = Location(bucket, "o")
        seen = await put(session, where, b"1")

        await put_if(session, where, b"2", Condition(if_match=seen.etag))

        assert await fetch(session, where) == b"2"

    async def test_what_is_gone_is_not_replaced(self, session: S3Session, bucket: str) -> None:
        with pytest.raises(PreconditionFailed) as caught:
            await put_if(session, Location(bucket, "gone"), b"x", OTHER)
        assert caught.value.code == "PreconditionFailed"


class TestComplete:
    @pytest.mark.parametrize("condition", [NOTHING_THERE, OTHER], ids=["none-match", "match"])
    async def test_nothing_is_completed_over_what_is_there(
        self, session: S3Session, server: Server, bucket: str, condition: Condition
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where, b"old")
        upload = await session.uploads.create(where, ObjectOptions())
        parts = [StoredPart(1, await send_part(session, upload, 1, b"new"), 3)]
        complete = session.uploads.complete(upload, parts, condition=condition)
        ignored = {Difference.COMPLETE_IGNORES_CONDITIONS} | (
            {Difference.COMPLETE_IGNORES_MATCH} if condition.if_match else set()
        )
        if ignored & server.differences:
            await complete
            assert session.conditions.of(bucket, Write.COMPLETE, condition) is None
            return
        with pytest.raises(PreconditionFailed):
            await complete

        assert session.conditions.of(bucket, Write.COMPLETE, condition) is True
        assert await fetch(session, where) == b"old"
        await session.objects.delete(where)
        await session.uploads.complete(upload, parts, condition=NOTHING_THERE)
        assert await fetch(session, where) == b"new"

    async def test_what_is_gone_is_told_from_a_lost_upload(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "gone"), ObjectOptions())
        parts = [StoredPart(1, await send_part(session, upload, 1, b"new"), 3)]
        complete = session.uploads.complete(upload, parts, condition=OTHER)
        if server.differences & {
            Difference.COMPLETE_IGNORES_CONDITIONS,
            Difference.COMPLETE_IGNORES_MATCH,
        }:
            await complete
            return
        with pytest.raises(PreconditionFailed):
            await complete
        await session.uploads.complete(upload, parts)


class TestDelete:
    async def test_only_what_was_seen_is_deleted(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        stored = await put(session, where)
        delete = session.objects.delete(where, if_match=OTHER.if_match)
        if server.has(Difference.DELETE_IGNORES_CONDITIONS):
            await delete
            assert session.conditions.of(bucket, Write.DELETE, OTHER) is None
            return
        with pytest.raises(PreconditionFailed):
            await delete
        assert session.conditions.of(bucket, Write.DELETE, OTHER) is True
        await session.objects.delete(where, if_match=stored.etag)

    async def test_of_many_only_what_was_seen_is_deleted(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        stored = await put(session, Location(bucket, "seen"))
        await put(session, Location(bucket, "changed"))

        seen, changed = await session.objects.delete_many(
            bucket,
            [Doomed("seen", if_match=stored.etag), Doomed("changed", if_match=OTHER.if_match)],
        )

        assert seen.error is None
        kept = not server.has(Difference.DELETE_MANY_IGNORES_CONDITIONS)
        assert isinstance(changed.error, PreconditionFailed) == kept
