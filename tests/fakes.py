"""A storage in memory that keeps S3's rules, and fails, waits and lies on command.

``MemoryServer`` is what is asserted on: what was stored, which calls and which bytes came.
``MemoryGateway`` opens sessions to it, as ``s3gui.s3`` does to a real one.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fake_features import Feature, MemoryAcl, MemoryCopying, MemoryTags, MemoryVersions
from fake_held import HeldPart, key_is_here, md5_of
from fake_objects import MemoryObjects
from fake_rules import Call
from fake_server import MemoryServer

from s3gui.domain.conditions import ANYTHING, Condition, ConditionFacts, Write
from s3gui.domain.encryption import hides_md5
from s3gui.domain.entries import (
    Bucket,
    ObjectEntry,
    ObjectOptions,
    Page,
    Stored,
    StoredPart,
    UnfinishedUpload,
    UploadRef,
)
from s3gui.domain.errors import (
    NeedsCredentials,
    S3guiError,
)
from s3gui.domain.etags import EtagFacts
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.parts import FileSlice, Meter
from s3gui.domain.profile import Credentials, Profile

KEYS = Credentials("access", "secret")


def profile(id_: str = "p") -> Profile:
    return Profile(id_, "Memory", "http://127.0.0.1:9")


class MemoryBuckets(Feature):
    async def all(self) -> list[Bucket]:
        async with self.server.call(Call("list_buckets")):
            return [Bucket(name) for name in sorted(self.server.buckets)]

    async def region(self, bucket: str) -> str | None:
        self.server.bucket(bucket)
        return "us-east-1"

    async def create(self, bucket: str) -> None:
        async with self.server.call(Call("create_bucket", bucket)):
            self.server.buckets.setdefault(bucket, {})


class MemoryListing(Feature):
    async def pages(
        self, where: Location, *, recursive: bool = False, page_size: int = 1000
    ) -> AsyncIterator[Page]:
        rows: list[ObjectEntry | str] = []
        self.server.bucket(where.bucket)
        for key in self.server.keys(where.bucket):
            if not key.startswith(where.key):
                continue
            head, found, _ = key[len(where.key) :].partition(DELIMITER)
            if found and not recursive:
                prefix = where.key + head + DELIMITER
                if prefix not in rows:
                    rows.append(prefix)
                continue
            held = self.server.latest(Location(where.bucket, key))
            rows.append(ObjectEntry(key, len(held.data), held.modified, held.etag))
        for start in range(0, max(1, len(rows)), page_size):
            async with self.server.call(Call("list", where.key)):
                piece = rows[start : start + page_size]
            yield Page(
                where,
                tuple(row for row in piece if isinstance(row, ObjectEntry)),
                tuple(row for row in piece if isinstance(row, str)),
                last=start + page_size >= len(rows),
            )


class MemoryUploads(Feature):
    def __init__(self, server: MemoryServer) -> None:
        super().__init__(server)
        self.left: list[UploadRef] = []

    async def create(self, where: Location, options: ObjectOptions) -> UploadRef:
        key_is_here(options)
        async with self.server.call(Call("create", where.key)):
            upload_id = self.server.new_upload(where, options)
        checksum = self.server.uploads[upload_id].checksum
        opaque = hides_md5(self.server.encryption or options.encryption)
        return UploadRef(where, upload_id, opaque, checksum, options.customer_key)

    async def send_part(
        self, upload: UploadRef, number: int, body: FileSlice, *, digest: Digest, meter: Meter
    ) -> str:
        call = Call("send_part", upload.location.key, number, upload.upload_id)
        async with self.server.call(call) as rule:
            held = self.server.upload(upload)
            assert held.checksum == upload.checksum, "what was agreed is kept with the upload"
            self.server.check_upload_key(held, upload)
            self.server.refuse_checksum("send_part")
            data = await self.server.read(body, digest, meter, rule)
            if upload.checksum and not digest.crc32:
                raise S3guiError("The checksum is missing", code="InvalidRequest")
            etag = self.server.etag_of(md5_of(data), held.options.encryption)
            self.server.upload(upload).parts[number] = HeldPart(data, etag)
        lie = self.server.rule("send_part", number, etag=True)
        if lie is not None:
            return lie.etag or ""
        self.server.confirmed.append(call)
        return etag

    async def complete(
        self,
        upload: UploadRef,
        parts: Sequence[StoredPart],
        *,
        crc32: str = "",
        condition: Condition = ANYTHING,
    ) -> Stored:
        async with self.server.call(
            Call("complete", upload.location.key, upload_id=upload.upload_id)
        ):
            self.server.refuse_checksum("complete")
            self.server.upload(upload)
            self.server.check_condition(Write.COMPLETE, upload.location, condition)
            held = self.server.complete(upload, parts, crc32)
        version = None if held.version_id == "null" else held.version_id
        if lie := self.server.rule("complete", None, etag=True):
            return Stored(lie.etag or "", version)
        return Stored(held.etag, version, held.checksums.get(CRC32, ""), upload.opaque_etags)

    async def abort(self, upload: UploadRef) -> None:
        async with self.server.call(Call("abort", upload.location.key, upload_id=upload.upload_id)):
            self.server.upload(upload)
            del self.server.uploads[upload.upload_id]

    async def parts(self, upload: UploadRef) -> AsyncIterator[StoredPart]:
        async with self.server.call(Call("parts", upload.location.key, upload_id=upload.upload_id)):
            held = self.server.upload(upload)
            rows = [StoredPart(n, part.etag, len(part.data)) for n, part in held.parts.items()]
        for row in sorted(rows, key=lambda item: item.number):
            yield row

    async def unfinished(self, where: Location) -> AsyncIterator[UnfinishedUpload]:
        async with self.server.call(Call("unfinished", where.key)):
            rows = list(self.server.uploads.items())
        for upload_id, held in rows:
            here = held.location.bucket == where.bucket
            if here and held.location.key.startswith(where.key):
                yield UnfinishedUpload(UploadRef(held.location, upload_id), held.initiated, "me")


class MemorySession:
    """A session to a ``MemoryServer``."""

    def __init__(self, server: MemoryServer, of: Profile) -> None:
        self.profile = of
        self.buckets = MemoryBuckets(server)
        self.listing = MemoryListing(server)
        self.objects = MemoryObjects(server)
        self.uploads = MemoryUploads(server)
        self.conditions: ConditionFacts = server.conditions
        self.etags = EtagFacts()
        self.copying: MemoryCopying | None = MemoryCopying(server)
        self.tags: MemoryTags | None = MemoryTags(server)
        self.acl: MemoryAcl | None = MemoryAcl(server)
        self.versions: MemoryVersions | None = MemoryVersions(server)
        self.is_open = True


class MemoryGateway:
    """Opens sessions to one server, and remembers them."""

    def __init__(self, server: MemoryServer | None = None) -> None:
        self.server = server or MemoryServer()
        self.sessions: list[MemorySession] = []

    @asynccontextmanager
    async def session(
        self, profile: Profile, credentials: Credentials
    ) -> AsyncIterator[MemorySession]:
        session = MemorySession(self.server, profile)
        self.sessions.append(session)
        try:
            yield session
        finally:
            session.is_open = False


class MemoryAccounts:
    """Saved connections; keys of ``None`` are missing ones."""

    def __init__(self, *profiles: Profile) -> None:
        self.saved = {item.id: item for item in profiles}
        self.keys: dict[str, Credentials | None] = {item.id: KEYS for item in profiles}
        self.problem = ""

    async def profiles(self) -> list[Profile]:
        return list(self.saved.values())

    async def save(self, profile: Profile, credentials: Credentials | None, *, keep: bool) -> None:
        self.saved[profile.id] = profile
        if credentials is not None:
            self.keys[profile.id] = credentials

    async def remove(self, profile_id: str) -> None:
        self.saved.pop(profile_id, None)
        self.keys.pop(profile_id, None)

    async def credentials(self, profile_id: str) -> Credentials:
        keys = self.keys.get(profile_id)
        if keys is None:
            raise NeedsCredentials("No keys")
        return keys

    async def keyring_problem(self) -> str:
        return self.problem
