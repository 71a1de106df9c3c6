"""Copies on the server: whole and by parts, of odd keys and of versions, kept or replaced."""

import uuid
from typing import Any

import pytest
from s3.memory import crc32_of, fetch, md5_of, put
from servers.server import Difference, Server

from s3gui.domain.conditions import NOTHING_THERE, Condition, Write
from s3gui.domain.entries import CopySource, ObjectOptions, UploadRef
from s3gui.domain.errors import (
    BadAnswer,
    Conflict,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.integrity import Digest, composite_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB
from s3gui.s3.copying import S3Copying
from s3gui.s3.session import S3Session

#: Each reads as something else where the source is encoded wrongly, once too often or too seldom.
ODD_KEYS = (
    *("a b+c%20d", "?versionId=x&y=1", "папка/ё😀.txt", "/lead", "a//b", "end/", "per%2Fcent"),
    *("#hash;semi,comma=eq", "back\\slash\"quote'", "tab\there", "~._-"),
)
DATA = bytes(range(256)) * 4096 * 6
OTHER = "0" * 32


@pytest.fixture
def copying(session: S3Session) -> S3Copying:
    assert session.copying is not None
    return session.copying


@pytest.fixture
def elsewhere(independent: Any) -> str:
    name = f"test-{uuid.uuid4().hex[:20]}"
    independent.create_bucket(Bucket=name)
    return name


class TestCopy:
    async def test_odd_keys_go_from_bucket_to_bucket(
        self, session: S3Session, copying: S3Copying, bucket: str, elsewhere: str
    ) -> None:
        for key in ODD_KEYS:
            data = f"content of {key}".encode()
            await put(session, Location(bucket, key), data)
            target = Location(elsewhere, f"copy of {key}")

            stored = await copying.copy(CopySource(Location(bucket, key)), target, ObjectOptions())

            assert stored.etag == md5_of(data).hex()
            assert await fetch(session, target) == data

    async def test_headers_metadata_and_tags_are_kept(
        self, session: S3Session, copying: S3Copying, independent: Any, bucket: str
    ) -> None:
        source, target = Location(bucket, "o"), Location(bucket, "copy")
        await put(
            session,
            source,
            content_type="text/x-test",
            metadata={"a": "b"},
            cache_control="no-cache",
            content_disposition="attachment",
            content_language="ru",
            content_encoding="identity",
            expires="Thu, 01 Dec 2030 16:00:00 GMT",
            tags={"цвет": "красный + ="},
        )
        ignored = ObjectOptions(content_type="x/y", metadata={"n": "m"}, tags={"q": "w"})

        await copying.copy(CopySource(source), target, ignored)

        before, after = await session.objects.head(source), await session.objects.head(target)
        assert (after.content_type, after.metadata) == ("text/x-test", {"a": "b"})
        assert after.headers == before.headers
        assert after.headers["Content-Disposition"] == "attachment"
        tags = independent.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"]
        assert tags == [{"Key": "цвет", "Value": "красный + ="}]

    async def test_headers_metadata_tags_class_and_acl_are_replaced(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        source, target = Location(bucket, "o"), Location(bucket, "copy")
        await put(session, source, content_type="text/x-test", metadata={"a": "b"}, tags={"t": "v"})
        new = ObjectOptions(
            content_type="x/y",
            metadata={"n": "m"},
            tags={"q": "w"},
            storage_class="STANDARD_IA",
            acl="public-read",
            expires="0",
        )

        await copying.copy(CopySource(source), target, new, keep_headers=False, keep_tags=False)

        details = await session.objects.head(target)
        assert (details.content_type, details.metadata) == ("x/y", {"n": "m"})
        assert details.storage_class == "STANDARD_IA"
        assert details.headers["Expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"
        assert session.acl is not None
        assert session.tags is not None
        assert (await session.acl.of_object(target)).public_permissions == ("READ",)
        lost = server.has(Difference.LOSES_TAGS_OF_COPY)
        assert await session.tags.of_object(target) == ({} if lost else {"q": "w"})

    async def test_onto_itself_the_metadata_changes_and_the_tags_stay(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        stored = await put(session, where, b"data", metadata={"a": "b"}, tags={"t": "v"})
        source = CopySource(where, if_match=stored.etag)
        with pytest.raises(S3guiError) as caught:
            await copying.copy(source, where, ObjectOptions())
        assert caught.value.code == "InvalidRequest"

        await copying.copy(source, where, ObjectOptions(metadata={"n": "m"}), keep_headers=False)

        assert (await session.objects.head(where)).metadata == {"n": "m"}
        assert await fetch(session, where) == b"data"
        assert session.tags is not None
        lost = server.has(Difference.REPLACING_LOSES_TAGS)
        assert await session.tags.of_object(where) == ({} if lost else {"t": "v"})

    async def test_an_old_version_is_brought_back(
        self, session: S3Session, copying: S3Copying, server: Server, independent: Any, bucket: str
    ) -> None:
        independent.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        where = Location(bucket, "o")
        first = await put(session, where, b"one")
        await put(session, where, b"two")

        stored = await copying.copy(CopySource(where, first.version_id), where, ObjectOptions())

        assert await fetch(session, where) == b"one"
        assert bool(stored.version_id) != server.has(Difference.COPY_WITHOUT_VERSION)

    async def test_what_is_missing_is_named(
        self, session: S3Session, copying: S3Copying, bucket: str
    ) -> None:
        await put(session, Location(bucket, "o"))
        missing = f"missing-{uuid.uuid4().hex}"
        there, target = CopySource(Location(bucket, "o")), Location(bucket, "copy")
        cases = {
            "no/such": (CopySource(Location(bucket, "no/such")), target),
            missing: (there, Location(missing, "copy")),
            f"{missing}2": (CopySource(Location(f"{missing}2", "o")), target),
        }
        for name, (source, into) in cases.items():
            with pytest.raises(NotFound) as caught:
                await copying.copy(source, into, ObjectOptions())
            assert name in caught.value.title

    async def test_a_source_that_was_replaced_is_not_copied(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        await put(session, Location(bucket, "o"))
        source, target = CopySource(Location(bucket, "o"), if_match=OTHER), Location(bucket, "c")
        asked = Condition(if_match=OTHER)
        if server.has(Difference.SOURCE_CONDITION_IGNORED):
            await copying.copy(source, target, ObjectOptions())
            assert session.conditions.of(bucket, Write.SOURCE, asked) is None
            return
        with pytest.raises(PreconditionFailed) as caught:
            await copying.copy(source, target, ObjectOptions())
        assert "o" in caught.value.detail
        assert session.conditions.of(bucket, Write.SOURCE, asked) is True
        with pytest.raises(NotFound):
            await session.objects.head(target)

    async def test_what_is_there_is_not_replaced(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        source, target = CopySource(Location(bucket, "source")), Location(bucket, "target")
        await put(session, source.location, b"new")
        await put(session, target, b"old")
        for condition in (NOTHING_THERE, Condition(if_match=OTHER)):
            if server.has(Difference.COPY_IGNORES_CONDITIONS):
                await copying.copy(source, target, ObjectOptions(), condition=condition)
                assert session.conditions.of(bucket, Write.COPY, condition) is None
                continue
            with pytest.raises(PreconditionFailed) as caught:
                await copying.copy(source, target, ObjectOptions(), condition=condition)
            assert "target" in caught.value.detail
            assert session.conditions.of(bucket, Write.COPY, condition) is True
            gone = Location(bucket, "gone")
            await copying.copy(source, gone, ObjectOptions(), condition=NOTHING_THERE)
            await session.objects.delete(gone)
            assert await fetch(session, target) == b"old"


class TestParts:
    async def test_ranges_become_the_parts_of_an_object(
        self, session: S3Session, copying: S3Copying, bucket: str
    ) -> None:
        source, target = Location(bucket, "папка//a b+%20"), Location(bucket, "copy")
        await put(session, source, DATA)
        upload = await session.uploads.create(target, ObjectOptions(content_type="x/y"))
        cut = 5 * MIB

        parts = [
            await copying.copy_part(upload, 1, CopySource(source), 0, cut),
            await copying.copy_part(
                upload, 2, CopySource(source, if_match=md5_of(DATA).hex()), cut, len(DATA) - cut
            ),
        ]
        await session.uploads.complete(upload, parts)

        md5s = [md5_of(DATA[:cut]), md5_of(DATA[cut:])]
        assert [part.etag for part in parts] == [md5.hex() for md5 in md5s]
        assert [part.size for part in parts] == [cut, len(DATA) - cut]
        assert await fetch(session, target) == DATA
        details = await session.objects.head(target)
        assert (details.etag, details.content_type) == (composite_etag(md5s), "x/y")

    async def test_odd_keys_are_sources_of_parts(
        self, session: S3Session, copying: S3Copying, bucket: str
    ) -> None:
        upload = await session.uploads.create(Location(bucket, "copy"), ObjectOptions())
        for number, key in enumerate(ODD_KEYS, start=1):
            await put(session, Location(bucket, key), key.encode())
            length = len(key.encode())
            copy = copying.copy_part(upload, number, CopySource(Location(bucket, key)), 0, length)
            assert (await copy).etag == md5_of(key.encode()).hex()

    async def test_a_name_that_could_be_another_objects_is_not_guessed(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        """Ceph would give the bytes of ``a b`` for ``a%20b``."""
        for key in ("a b", "a%20b", "a%2520b"):
            await put(session, Location(bucket, key), key.encode())
        source = CopySource(Location(bucket, "a%20b"))
        upload = await session.uploads.create(Location(bucket, "copy"), ObjectOptions())
        with pytest.raises(NotSupported) as caught:
            await copying.copy_part(upload, 1, source, 0, 5)
        assert caught.value.code == "OddName"

        await session.objects.delete(Location(bucket, "a%2520b"))
        part = await copying.copy_part(upload, 1, source, 0, 5)

        assert part.etag == md5_of(b"a%20b").hex()
        assert copying.decodes_twice == server.has(Difference.DECODES_TWICE)

    async def test_the_layout_of_the_parts_is_told(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        await put(session, where, DATA)
        assert await session.objects.part_layout(where) is None
        upload = await session.uploads.create(where, ObjectOptions())
        cut = 5 * MIB
        ranges = [(0, cut), (cut, len(DATA) - cut)]
        parts = [
            await copying.copy_part(upload, n, CopySource(where), first, length)
            for n, (first, length) in enumerate(ranges, start=1)
        ]
        await session.uploads.complete(upload, parts)

        layout = await session.objects.part_layout(where)

        if server.has(Difference.NO_PART_LAYOUT):
            assert layout is None
            return
        assert layout is not None
        assert (layout.count, layout.first_bytes) == (2, cut)

    async def test_an_empty_object_is_a_part_too(
        self, session: S3Session, copying: S3Copying, bucket: str
    ) -> None:
        source, target = Location(bucket, "empty"), Location(bucket, "copy")
        await put(session, source, b"")
        upload = await session.uploads.create(target, ObjectOptions())

        part = await copying.copy_part(upload, 1, CopySource(source), 0, 0)
        await session.uploads.complete(upload, [part])

        assert (await session.objects.head(target)).size == 0

    async def test_the_checksum_of_a_part_is_told_where_it_was_agreed(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        source, target = Location(bucket, "o"), Location(bucket, "copy")
        await put(session, source, DATA)
        session.uploads.checksums.wanted = True
        upload = await session.uploads.create(target, ObjectOptions())

        part = await copying.copy_part(upload, 1, CopySource(source), 0, len(DATA))

        untold = {Difference.NO_CHECKSUMS, Difference.CHECKSUM_UNTOLD} & server.differences
        assert part.digest == (Digest() if untold else Digest(crc32=crc32_of(DATA)))
        if upload.checksum and not untold:
            whole = part.digest.crc32_text
            stored = await session.uploads.complete(upload, [part], crc32=whole)
            assert stored.crc32 == whole

    async def test_a_source_that_was_replaced_gives_no_part(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        upload = await self._upload(session, bucket)
        copy = copying.copy_part(
            upload, 1, CopySource(Location(bucket, "o"), if_match=OTHER), 0, 10
        )
        if server.has(Difference.SOURCE_CONDITION_IGNORED):
            await copy
            return
        with pytest.raises(PreconditionFailed):
            await copy
        assert session.conditions.of(bucket, Write.SOURCE, Condition(if_match=OTHER)) is True

    async def test_more_than_there_is_cannot_be_copied(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        upload = await self._upload(session, bucket)
        copy = copying.copy_part(upload, 1, CopySource(Location(bucket, "o")), 5, 10)
        if server.has(Difference.LONG_RANGES):
            await copy
            return
        with pytest.raises(S3guiError) as caught:
            await copy
        assert caught.value.code in {"InvalidArgument", "InvalidRange"}
        assert isinstance(caught.value, Conflict) or caught.value.code == "InvalidArgument"

    async def test_a_missing_source_is_no_lost_upload(
        self, session: S3Session, copying: S3Copying, server: Server, bucket: str
    ) -> None:
        upload = await self._upload(session, bucket)
        is_page = server.has(Difference.LOST_SOURCE_IS_A_PAGE)
        with pytest.raises(BadAnswer if is_page else NotFound):
            await copying.copy_part(upload, 1, CopySource(Location(bucket, "nope")), 0, 10)

    async def _upload(self, session: S3Session, bucket: str) -> UploadRef:
        await put(session, Location(bucket, "o"), b"0123456789")
        return await session.uploads.create(Location(bucket, "copy"), ObjectOptions())
