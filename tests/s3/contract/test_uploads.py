"""Multipart uploads: the four calls, the lists, and the four errors."""

import asyncio
from typing import Any

import pytest
from s3.memory import body_of, digest_of, fetch, md5_of, send_part
from servers.server import Difference, Server

from s3gui.domain.entries import ObjectOptions, StoredPart, UnfinishedUpload, UploadRef
from s3gui.domain.errors import (
    Corrupt,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NoSuchUpload,
    S3guiError,
)
from s3gui.domain.integrity import composite_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, Meter
from s3gui.s3.session import S3Session

FULL = bytes(range(256)) * 4 * 1024 * 5  # the least size of a part that is not the last: 5 MiB
TAIL = b"the last part may be of any size"


async def parts_of(session: S3Session, upload: UploadRef, **how: Any) -> list[StoredPart]:
    return [part async for part in session.uploads.parts(upload, **how)]


async def unfinished(session: S3Session, where: Location, **how: Any) -> list[UnfinishedUpload]:
    return [found async for found in session.uploads.unfinished(where, **how)]


class TestUploads:
    async def test_an_object_of_parts_is_whole_and_has_the_etag_of_its_parts(
        self, session: S3Session, server: Server, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "папка/big file.bin")
        upload = await session.uploads.create(
            where, ObjectOptions(content_type="video/mp4", metadata={"k": "v"})
        )
        # Out of order and at the same time, as the engine sends them.
        second, first = await asyncio.gather(
            send_part(session, upload, 2, TAIL), send_part(session, upload, 1, FULL)
        )
        assert (first, second) == (md5_of(FULL).hex(), md5_of(TAIL).hex())

        stored = await session.uploads.complete(
            upload, [StoredPart(2, second, len(TAIL)), StoredPart(1, first, len(FULL))]
        )

        etag = composite_etag([md5_of(FULL), md5_of(TAIL)])
        assert stored.etag == ("" if server.has(Difference.COMPLETE_WITHOUT_ETAG) else etag)
        answer = independent.get_object(Bucket=bucket, Key=where.key)
        assert answer["Body"].read() == FULL + TAIL
        assert answer["ContentType"] == "video/mp4"
        assert answer["Metadata"] == {"k": "v"}
        details = await session.objects.head(where)
        assert (details.size, details.etag) == (len(FULL) + len(TAIL), etag)
        assert await fetch(session, where, first=5 * MIB - 2, length=5) == FULL[-2:] + TAIL[:3]
        assert not upload.opaque_etags

    async def test_one_part_of_any_size_is_enough(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "o")
        upload = await session.uploads.create(where, ObjectOptions())
        etag = await send_part(session, upload, 1, TAIL)

        await session.uploads.complete(upload, [StoredPart(1, etag, len(TAIL))])

        assert (await session.objects.head(where)).etag == composite_etag([md5_of(TAIL)])

    async def test_a_part_that_is_sent_again_replaces_the_first(
        self, session: S3Session, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        upload = await session.uploads.create(where, ObjectOptions())
        await send_part(session, upload, 1, b"first try")
        again = await send_part(session, upload, 1, b"second try")

        assert await parts_of(session, upload) == [StoredPart(1, again, 10)]
        await session.uploads.complete(upload, [StoredPart(1, again, 10)])
        assert await fetch(session, where) == b"second try"

    async def test_the_meter_counts_the_body(self, session: S3Session, bucket: str) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        meter = Meter()

        await session.uploads.send_part(
            upload, 1, body_of(FULL), digest=digest_of(upload, FULL), meter=meter
        )

        assert meter.moved == len(FULL)

    async def test_a_part_with_a_wrong_md5_is_refused(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        wrong = session.uploads.send_part(
            upload, 1, body_of(b"flipped"), digest=digest_of(upload, b"meant"), meter=Meter()
        )
        if server.has(Difference.ANY_MD5):
            await wrong
            return
        with pytest.raises(Corrupt):
            await wrong
        assert await parts_of(session, upload) == []


class TestLists:
    async def test_parts_are_listed_by_number_through_all_pages(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        numbers = [9, 1, 700, 4, 10_000]
        sent = {n: await send_part(session, upload, n, b"x" * (n % 50)) for n in numbers}

        everything = await parts_of(session, upload)
        in_pages = await parts_of(session, upload, page_size=2)

        assert everything == [StoredPart(n, sent[n], n % 50) for n in sorted(numbers)]
        lost = 2 if server.has(Difference.PART_PAGES_LOSE) else 0
        assert len(in_pages) == len(numbers) - lost
        if not lost:
            assert in_pages == everything

    async def test_more_than_a_thousand_parts_are_all_listed(
        self, session: S3Session, bucket: str
    ) -> None:
        """A server gives a thousand at once; the parts are small, so nothing can come of them."""
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        numbers = iter(range(1, 1_004))
        sent: dict[int, str] = {}

        async def sender() -> None:
            for number in numbers:
                sent[number] = await send_part(session, upload, number, b"%d" % number)

        await asyncio.gather(*(sender() for _ in range(8)))

        found = await parts_of(session, upload)

        assert [part.number for part in found] == list(range(1, 1_004))
        assert {part.number: part.etag for part in found} == sent
        with pytest.raises(EntityTooSmall):
            await session.uploads.complete(upload, found)
        await session.uploads.abort(upload)

    async def test_an_upload_without_parts_has_none(self, session: S3Session, bucket: str) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        assert await parts_of(session, upload) == []

    async def test_unfinished_uploads_are_listed_under_their_prefix(
        self, session: S3Session, bucket: str
    ) -> None:
        inside = await session.uploads.create(Location(bucket, "a/б +%.bin"), ObjectOptions())
        twin = await session.uploads.create(Location(bucket, "a/б +%.bin"), ObjectOptions())
        await session.uploads.create(Location(bucket, "b.bin"), ObjectOptions())

        found = await unfinished(session, Location(bucket, "a/"))

        assert {row.ref for row in found} == {inside, twin}
        assert all(row.initiated is not None for row in found)

    async def test_unfinished_uploads_come_through_all_pages(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        made = [
            await session.uploads.create(Location(bucket, key), ObjectOptions())
            for key in ("a", "b +", "b +", "ё", "z")
        ]

        found = await unfinished(session, Location(bucket), page_size=2)

        assert sorted(row.ref.upload_id for row in found) == sorted(one.upload_id for one in made)
        in_order = ["a", "b +", "b +", "z", "ё"]
        if server.has(Difference.UPLOADS_UNSORTED):
            in_order = ["a", "b +", "b +", "ё", "z"]
        assert [row.ref.location.key for row in found] == in_order

    async def test_aborted_is_gone(self, session: S3Session, independent: Any, bucket: str) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        await send_part(session, upload, 1, FULL)

        await session.uploads.abort(upload)

        assert "Uploads" not in independent.list_multipart_uploads(Bucket=bucket)
        assert await unfinished(session, Location(bucket)) == []
        with pytest.raises(NoSuchUpload):
            await parts_of(session, upload)

    async def test_completed_is_not_unfinished(self, session: S3Session, bucket: str) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        etag = await send_part(session, upload, 1, TAIL)
        await session.uploads.complete(upload, [StoredPart(1, etag, len(TAIL))])

        assert await unfinished(session, Location(bucket)) == []


class TestTheFourErrors:
    async def test_a_small_part_in_the_middle_is_entity_too_small(
        self, session: S3Session, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        parts = [StoredPart(n, await send_part(session, upload, n, TAIL), 0) for n in (1, 2)]

        with pytest.raises(EntityTooSmall) as caught:
            await session.uploads.complete(upload, parts)

        assert caught.value.hint
        assert len(await parts_of(session, upload)) == 2

    async def test_a_part_that_was_never_sent_is_invalid(
        self, session: S3Session, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        etag = await send_part(session, upload, 1, FULL)

        with pytest.raises(InvalidPart):
            await session.uploads.complete(
                upload, [StoredPart(1, etag, len(FULL)), StoredPart(2, md5_of(b"").hex(), 0)]
            )

    async def test_a_part_with_another_etag_is_invalid(
        self, session: S3Session, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        await send_part(session, upload, 1, TAIL)

        with pytest.raises(InvalidPart):
            await session.uploads.complete(upload, [StoredPart(1, md5_of(b"?").hex(), 1)])

    async def test_a_number_twice_is_the_wrong_order(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        """Sorted before they are sent, so only a double can be out of order."""
        upload = await session.uploads.create(Location(bucket, "o"), ObjectOptions())
        part = StoredPart(1, await send_part(session, upload, 1, FULL), len(FULL))

        if server.has(Difference.ANY_PART_ORDER):
            await session.uploads.complete(upload, [part, part])
            return
        with pytest.raises(InvalidPartOrder):
            await session.uploads.complete(upload, [part, part])

    async def test_an_upload_nobody_knows(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        ghost = UploadRef(Location(bucket, "o"), "2~neverwasanuploadwiththisid")
        with pytest.raises(NoSuchUpload):
            await session.uploads.abort(ghost)
        with pytest.raises(NoSuchUpload):
            await parts_of(session, ghost)
        broken = server.has(Difference.UNKNOWN_UPLOAD_500)
        at_end = server.has(Difference.COMPLETE_OF_UNKNOWN_500)
        complete = session.uploads.complete(ghost, [StoredPart(1, md5_of(b"").hex(), 0)])
        for call, code in (
            (send_part(session, ghost, 1, TAIL), "500" if broken else "NoSuchUpload"),
            (complete, "500" if broken else "InternalError" if at_end else "NoSuchUpload"),
        ):
            with pytest.raises(S3guiError if broken or at_end else NoSuchUpload) as caught:
                await call
            assert caught.value.code == code
