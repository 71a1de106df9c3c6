"""What a storage in memory has that others may lack: copies, tags, ACLs, versions."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from fake_held import HeldPart, StoredObject, crc32_of, key_is_here, md5_of
from fake_rules import Call
from fake_server import MemoryServer

from s3gui.domain.conditions import ANYTHING, Condition, Write
from s3gui.domain.encryption import hides_md5
from s3gui.domain.entries import (
    AccessList,
    CopySource,
    Grant,
    GranteeKind,
    ObjectOptions,
    ObjectVersion,
    Stored,
    StoredPart,
    UploadRef,
)
from s3gui.domain.errors import NotSupported, PreconditionFailed
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.parts import GIB

_MOST_COPIED = 5 * GIB
_HEADERS = (
    *("content_type", "metadata", "cache_control", "content_disposition", "content_encoding"),
    *("content_language", "expires", "website_redirect"),
)


class Feature:
    def __init__(self, server: MemoryServer) -> None:
        self.server = server


class MemoryCopying(Feature):
    has_parts = True

    async def copy(
        self,
        source: CopySource,
        target: Location,
        options: ObjectOptions,
        *,
        keep_headers: bool = True,
        keep_tags: bool = True,
        condition: Condition = ANYTHING,
    ) -> Stored:
        key_is_here(options)
        async with self.server.call(Call("copy", target.key)):
            held = self._source(source)
            if len(held.data) > self.server.most_copied_bytes:
                raise NotSupported("Too large for one copy", code="InvalidRequest")
            self.server.check_condition(Write.COPY, target, condition)
            kept = {name: getattr(held.options, name) for name in _HEADERS if keep_headers}
            kept |= {"tags": held.options.tags} if keep_tags else {}
            made = replace(options, **kept)
            etag = self.server.etag_of(md5_of(held.data), made.encryption)
            stored = self.server.store(target, held.data, etag, made)
        if lie := self.server.rule("copy", None, etag=True):
            return Stored(lie.etag or "")
        version = None if stored.version_id == "null" else stored.version_id
        opaque = hides_md5(self.server.encryption or made.encryption)
        return Stored(etag, version, opaque_etag=opaque)

    async def copy_part(
        self, upload: UploadRef, number: int, source: CopySource, first: int, length: int
    ) -> StoredPart:
        call = Call("copy_part", upload.location.key, number, upload.upload_id)
        async with self.server.call(call):
            if not self.has_parts:
                raise NotSupported("No copies of parts")
            into = self.server.upload(upload)
            self.server.check_upload_key(into, upload)
            data = self._source(source).data[first : first + length]
            assert len(data) == length, "a range of the source"
            etag = self.server.etag_of(md5_of(data), into.options.encryption)
            into.parts[number] = HeldPart(data, etag)
        if lie := self.server.rule("copy_part", number, etag=True):
            etag = lie.etag or ""
        self.server.confirmed.append(call)
        crc32 = crc32_of(data) if upload.checksum == CRC32 else b""
        return StoredPart(number, etag, length, Digest(crc32=crc32))

    def _source(self, source: CopySource) -> StoredObject:
        held = self.server.latest(source.location, source.version_id)
        self.server.check_key(held, source.customer_key)
        if source.if_match not in {"", held.etag}:
            raise PreconditionFailed("The source is another one")
        return held


class MemoryTags(Feature):
    async def of_object(self, where: Location, version_id: str | None = None) -> dict[str, str]:
        async with self.server.call(Call("tags", where.key)):
            return dict(self.server.latest(where, version_id).options.tags)

    async def put_object(
        self, where: Location, tags: Mapping[str, str], version_id: str | None = None
    ) -> None:
        async with self.server.call(Call("put_tags", where.key)):
            held = self.server.latest(where, version_id)
            held.options = replace(held.options, tags=dict(tags))


class MemoryAcl(Feature):
    async def of_object(self, where: Location, version_id: str | None = None) -> AccessList:
        held = self.server.latest(where, version_id)
        found = await self.of_bucket(where.bucket)
        return held.access or found

    async def put_object(
        self, where: Location, access: AccessList, version_id: str | None = None
    ) -> None:
        async with self.server.call(Call("put_acl", where.key)):
            self.server.latest(where, version_id).access = access

    async def of_bucket(self, bucket: str) -> AccessList:
        async with self.server.call(Call("acl", bucket)):
            self.server.bucket(bucket)
        return AccessList("me", "Me", (Grant(GranteeKind.USER, "me", "Me", "FULL_CONTROL"),))


class MemoryVersions(Feature):
    async def under(
        self, where: Location, *, recursive: bool = False
    ) -> AsyncIterator[ObjectVersion | str]:
        shown: set[str] = set()
        for key in sorted(self.server.bucket(where.bucket)):
            rest = key.removeprefix(where.key)
            if not key.startswith(where.key):
                continue
            if not recursive and DELIMITER in rest:
                prefix = where.key + rest.partition(DELIMITER)[0] + DELIMITER
                if prefix not in shown:
                    shown.add(prefix)
                    yield prefix
                continue
            async for version in self.of_object(Location(where.bucket, key)):
                yield version

    async def of_object(self, where: Location) -> AsyncIterator[ObjectVersion]:
        async with self.server.call(Call("versions", where.key)):
            rows = list(self.server.bucket(where.bucket).get(where.key, []))
        for held in reversed(rows):
            yield ObjectVersion(
                where.key,
                held.version_id,
                held is rows[-1],
                held.modified,
                len(held.data),
                held.etag,
                "STANDARD",
                held.is_delete_marker,
            )

    async def status(self, bucket: str) -> str:
        return "Enabled" if bucket in self.server.versioned else ""
