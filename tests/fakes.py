"""A storage in memory that keeps S3's rules, and fails, waits and lies on command.

``MemoryServer`` is what is asserted on: what was stored, which calls and which bytes came.
``MemoryGateway`` opens sessions to it, as ``s3gui.s3`` does to a real one.
"""

import asyncio
import hashlib
import itertools
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from s3gui.domain.entries import (
    AccessList,
    Bucket,
    Grant,
    GranteeKind,
    ObjectDetails,
    ObjectEntry,
    ObjectOptions,
    ObjectVersion,
    Page,
    Stored,
    StoredPart,
    UnfinishedUpload,
    UploadRef,
)
from s3gui.domain.errors import (
    ChecksumRefused,
    ConnectionBroken,
    Corrupt,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NeedsCredentials,
    NoSuchUpload,
    NotFound,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Digest, clean_etag, composite_etag
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.parts import MIB, ByteSink, FileSlice, Meter
from s3gui.domain.profile import Credentials, Profile

_BLOCK = 256 * 1024
KEYS = Credentials("access", "secret")


def profile(id_: str = "p") -> Profile:
    return Profile(id_, "Memory", "http://127.0.0.1:9")


@dataclass(slots=True)
class StoredObject:
    data: bytes
    etag: str
    options: ObjectOptions
    version_id: str
    modified: datetime
    is_delete_marker: bool = False
    #: What HeadObject shows when it is asked for checksums.
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class HeldPart:
    data: bytes
    etag: str


@dataclass(slots=True)
class HeldUpload:
    location: Location
    options: ObjectOptions
    initiated: datetime
    checksum: str = ""
    parts: dict[int, HeldPart] = field(default_factory=dict)


@dataclass(slots=True)
class Gate:
    """A call that waits: ``reached`` is set when it is there, ``open`` lets it (and later) go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        self.opened.set()


@dataclass(slots=True)
class Rule:
    """What happens to a call of ``op`` (to this part, if one is named), ``times`` times."""

    op: str
    part: int | None = None
    times: float = 1
    error: S3guiError | Callable[[], S3guiError] | None = None
    gate: Gate | None = None
    etag: str | None = None
    #: The call is carried out, and the answer lost.
    applied: bool = False
    #: The error or the gate comes after so many bytes of the body.
    after_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    op: str
    key: str = ""
    part: int = 0
    upload_id: str = ""


class MemoryServer:
    """The storage. ``buckets`` maps a name to keys, and a key to its versions, oldest first."""

    def __init__(self, *buckets: str, least_part_bytes: int = 5 * MIB) -> None:
        self.buckets: dict[str, dict[str, list[StoredObject]]] = {
            name: {} for name in buckets or ("b",)
        }
        self.uploads: dict[str, HeldUpload] = {}
        self.versioned: set[str] = set()
        self.least_part_bytes = least_part_bytes
        self.calls: list[Call] = []
        #: Every part that was confirmed to a client, in order.
        self.confirmed: list[Call] = []
        self.bytes_in = 0
        #: Set for what a server with SSE-KMS says: ETags that are no MD5s.
        self.encryption = ""
        #: Whether it agrees to a CRC-32 over the whole object, and at which call (``send_part``,
        #: ``complete``) it does not keep to that.
        self.takes_checksums = False
        self.breaks_checksums_at = ""
        #: What HeadObject shows instead of the checksum over the whole object.
        self.shown_checksum: str | None = None
        self.in_flight = 0
        self.most_in_flight = 0
        self._rules: list[Rule] = []
        self._gates: list[Gate] = []
        self._numbers = itertools.count(1)
        self._time = datetime(2026, 1, 1, tzinfo=UTC)

    # What a test says

    def fail(
        self,
        op: str,
        error: S3guiError | Callable[[], S3guiError],
        *,
        part: int | None = None,
        times: float = 1,
        applied: bool = False,
        after_bytes: int = 0,
    ) -> None:
        self._rules.append(
            Rule(op, part, times, error=error, applied=applied, after_bytes=after_bytes)
        )

    def hold(
        self,
        op: str,
        *,
        part: int | None = None,
        times: float = 1,
        after_bytes: int = 0,
        applied: bool = False,
        error: S3guiError | None = None,
    ) -> Gate:
        """Has a call wait at the gate that is returned, and fail with ``error`` behind it."""
        gate = Gate()
        self._gates.append(gate)
        self._rules.append(
            Rule(op, part, times, error, gate, applied=applied, after_bytes=after_bytes)
        )
        return gate

    def lie(self, op: str, etag: str, *, part: int | None = None, times: float = 1) -> None:
        self._rules.append(Rule(op, part, times, etag=etag))

    def clear_rules(self) -> None:
        for gate in self._gates:  # also those that somebody waits at already
            gate.open()
        self._rules.clear()

    # What a test asks

    def counts(self) -> Counter[str]:
        return Counter(call.op for call in self.calls)

    def sends(self) -> Counter[int]:
        return Counter(call.part for call in self.calls if call.op == "send_part")

    def data(self, key: str, bucket: str = "b") -> bytes:
        return self.latest(Location(bucket, key)).data

    def keys(self, bucket: str = "b") -> list[str]:
        return sorted(
            key for key, held in self.buckets[bucket].items() if not held[-1].is_delete_marker
        )

    def put_directly(self, location: Location, data: bytes, etag: str = "") -> StoredObject:
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return self.store(location, data, etag or md5, ObjectOptions())

    # The rules of S3

    def now(self) -> datetime:
        self._time += timedelta(seconds=1)
        return self._time

    def bucket(self, name: str) -> dict[str, list[StoredObject]]:
        if name not in self.buckets:
            raise NotFound("No such bucket", code="NoSuchBucket")
        return self.buckets[name]

    def latest(self, location: Location, version_id: str | None = None) -> StoredObject:
        for held in reversed(self.bucket(location.bucket).get(location.key, [])):
            if version_id in {None, held.version_id}:
                if held.is_delete_marker:
                    break
                return held
        raise NotFound("No such key", code="NoSuchKey")

    def store(
        self, location: Location, data: bytes, etag: str, options: ObjectOptions
    ) -> StoredObject:
        versioned = location.bucket in self.versioned
        version = f"v{next(self._numbers)}" if versioned else "null"
        held = StoredObject(data, etag, options, version, self.now())
        versions = self.bucket(location.bucket).setdefault(location.key, [])
        if not versioned:
            versions[:] = [item for item in versions if item.version_id != "null"]
        versions.append(held)
        return held

    def upload(self, ref: UploadRef) -> HeldUpload:
        held = self.uploads.get(ref.upload_id)
        if held is None or held.location != ref.location:
            raise NoSuchUpload("No such upload", code="NoSuchUpload")
        return held

    def new_upload(self, location: Location, options: ObjectOptions) -> str:
        self.bucket(location.bucket)
        upload_id = f"upload-{next(self._numbers)}"
        checksum = CRC32 if self.takes_checksums else ""
        self.uploads[upload_id] = HeldUpload(location, options, self.now(), checksum)
        return upload_id

    def refuse_checksum(self, op: str) -> None:
        """As a server that agreed to a checksum and then does not take it; it is not asked again.

        Raises:
            ChecksumRefused: a test wants it so at this call.
        """
        if self.takes_checksums and self.breaks_checksums_at == op:
            self.takes_checksums = False
            raise ChecksumRefused("Unknown header", code="InvalidRequest")

    def complete(
        self, ref: UploadRef, parts: Sequence[StoredPart], crc32: str = ""
    ) -> StoredObject:
        held = self.upload(ref)
        numbers = [part.number for part in parts]
        if not parts:
            raise S3guiError("Malformed XML", code="MalformedXML")
        if numbers != sorted(set(numbers)):
            raise InvalidPartOrder("Parts out of order")
        for part in parts:
            mine = held.parts.get(part.number)
            if mine is None or clean_etag(part.etag) != mine.etag:
                raise InvalidPart(f"Part {part.number} is not there")
        if any(len(held.parts[n].data) < self.least_part_bytes for n in numbers[:-1]):
            raise EntityTooSmall("A part is too small")
        md5s = [hashlib.md5(held.parts[n].data, usedforsecurity=False).digest() for n in numbers]
        etag = "f" * 32 + f"-{len(md5s)}" if self.encryption else composite_etag(md5s)
        data = b"".join(held.parts[n].data for n in numbers)
        checksums = whole_checksum(held, parts, data, crc32) if held.checksum else {}
        del self.uploads[ref.upload_id]
        stored = self.store(ref.location, data, etag, held.options)
        stored.checksums = checksums
        return stored

    def etag_of(self, md5: bytes) -> str:
        if not self.encryption:
            return md5.hex()
        return hashlib.md5(b"kms" + md5, usedforsecurity=False).hexdigest()

    # Calls and what goes wrong with them

    def rule(self, op: str, part: int | None, *, etag: bool = False) -> Rule | None:
        for rule in self._rules:
            if rule.op != op or rule.part not in {None, part} or (rule.etag is not None) != etag:
                continue
            rule.times -= 1
            if rule.times <= 0:
                self._rules.remove(rule)
            return rule
        return None

    @asynccontextmanager
    async def call(self, call: Call) -> AsyncIterator[Rule | None]:
        """A call: its rule strikes before it is carried out, or after it (``applied``).

        One with ``after_bytes`` is left to the reader of the body.
        """
        self.calls.append(call)
        rule = self.rule(call.op, call.part or None)
        await asyncio.sleep(0)
        if rule is not None and not rule.applied and not rule.after_bytes:
            await strike(rule)
        yield rule
        if rule is not None and rule.applied:
            await strike(rule)

    async def read(self, body: FileSlice, digest: Digest, meter: Meter, rule: Rule | None) -> bytes:
        """Takes a body as the wire would: in blocks, counted, stoppable."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            data = await self._read(body, meter, rule)
        finally:
            self.in_flight -= 1
        md5 = md5_of(data) if digest.md5 else b""
        if digest != Digest(md5, crc32_of(data) if digest.crc32 else b""):
            raise Corrupt("Bad digest", code="BadDigest")
        return data

    async def _read(self, body: FileSlice, meter: Meter, rule: Rule | None) -> bytes:
        data = bytearray(body.length)
        view = memoryview(data)
        at = 0
        struck = rule is None or rule.applied or not rule.after_bytes
        while at < body.length:
            if meter.stopped:
                raise ConnectionBroken("Stopped")
            if rule is not None and not struck and at >= rule.after_bytes:
                struck = True
                await strike(rule)
                continue
            count = body.source.read_into(body.offset + at, view[at : at + _BLOCK])
            if not count:
                raise ConnectionBroken("The file ended")
            at += count
            meter.moved += count
            self.bytes_in += count
            await asyncio.sleep(0)
        return bytes(data)


def whole_checksum(
    held: HeldUpload, parts: Sequence[StoredPart], data: bytes, crc32: str
) -> dict[str, str]:
    """The checksum of an object, compared with what the client says of it."""
    if any(part.digest.crc32 != crc32_of(held.parts[part.number].data) for part in parts):
        raise InvalidPart("A part has another checksum")
    whole = Digest(crc32=crc32_of(data)).crc32_text
    if (whole, len(data)) != (crc32, sum(part.size for part in parts)):
        raise ChecksumRefused("The whole has another checksum", code="BadDigest")
    return {CRC32: whole}


def md5_of(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def crc32_of(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


async def strike(rule: Rule) -> None:
    if rule.gate is not None:
        rule.gate.reached.set()
        await rule.gate.opened.wait()
    if rule.error is not None:
        raise rule.error if isinstance(rule.error, S3guiError) else rule.error()


class _Feature:
    def __init__(self, server: MemoryServer) -> None:
        self.server = server


class MemoryBuckets(_Feature):
    async def all(self) -> list[Bucket]:
        async with self.server.call(Call("list_buckets")):
            return [Bucket(name) for name in sorted(self.server.buckets)]

    async def region(self, bucket: str) -> str | None:
        self.server.bucket(bucket)
        return "us-east-1"

    async def create(self, bucket: str) -> None:
        async with self.server.call(Call("create_bucket", bucket)):
            self.server.buckets.setdefault(bucket, {})


class MemoryListing(_Feature):
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


class MemoryObjects(_Feature):
    async def head(
        self, where: Location, version_id: str | None = None, *, checksums: bool = False
    ) -> ObjectDetails:
        async with self.server.call(Call("head", where.key)):
            held = self.server.latest(where, version_id)
            lie = self.server.rule("head", None, etag=True)
            return self._details(where, held, lie.etag if lie else None, checksums=checksums)

    def _details(
        self,
        where: Location,
        held: StoredObject,
        etag: str | None = None,
        *,
        checksums: bool = False,
    ) -> ObjectDetails:
        shown, instead = dict(held.checksums) if checksums else {}, self.server.shown_checksum
        if instead is not None and shown:
            shown = {CRC32: instead} if instead else {}
        return ObjectDetails(
            where,
            len(held.data),
            held.etag if etag is None else etag,
            held.modified,
            held.options.content_type,
            version_id=None if held.version_id == "null" else held.version_id,
            metadata=held.options.metadata,
            encryption=self.server.encryption,
            checksums=shown,
            checksum_type="FULL_OBJECT" if shown else "",
        )

    async def put(
        self, where: Location, body: FileSlice, *, md5: bytes, options: ObjectOptions, meter: Meter
    ) -> Stored:
        async with self.server.call(Call("put", where.key)) as rule:
            self.server.bucket(where.bucket)
            data = await self.server.read(body, Digest(md5), meter, rule)
            held = self.server.store(where, data, self.server.etag_of(md5), options)
        lie = self.server.rule("put", None, etag=True)
        version = None if held.version_id == "null" else held.version_id
        return Stored(held.etag if lie is None else lie.etag or "", version)

    async def fetch(
        self,
        where: Location,
        sink: ByteSink,
        *,
        meter: Meter,
        first: int = 0,
        length: int | None = None,
        if_match: str | None = None,
        version_id: str | None = None,
    ) -> ObjectDetails:
        async with self.server.call(Call("fetch", where.key)):
            held = self.server.latest(where, version_id)
            end = len(held.data) if length is None else first + length
            data = held.data[first:end]
            sink.write_from(0, memoryview(data))
            meter.moved += len(data)
            return self._details(where, held)

    async def delete(self, where: Location, version_id: str | None = None) -> str | None:
        async with self.server.call(Call("delete", where.key)):
            versions = self.server.bucket(where.bucket).get(where.key, [])
            if version_id is not None:
                versions[:] = [item for item in versions if item.version_id != version_id]
            elif where.bucket in self.server.versioned:
                marker = self.server.store(where, b"", "", ObjectOptions())
                marker.is_delete_marker = True
                return marker.version_id
            else:
                versions.clear()
            if not versions:
                self.server.bucket(where.bucket).pop(where.key, None)
            return None


class MemoryUploads(_Feature):
    async def create(self, where: Location, options: ObjectOptions) -> UploadRef:
        async with self.server.call(Call("create", where.key)):
            upload_id = self.server.new_upload(where, options)
        checksum = self.server.uploads[upload_id].checksum
        return UploadRef(where, upload_id, bool(self.server.encryption), checksum)

    async def send_part(
        self, upload: UploadRef, number: int, body: FileSlice, *, digest: Digest, meter: Meter
    ) -> str:
        call = Call("send_part", upload.location.key, number, upload.upload_id)
        async with self.server.call(call) as rule:
            held = self.server.upload(upload)
            assert held.checksum == upload.checksum, "what was agreed is kept with the upload"
            self.server.refuse_checksum("send_part")
            data = await self.server.read(body, digest, meter, rule)
            if upload.checksum and not digest.crc32:
                raise S3guiError("The checksum is missing", code="InvalidRequest")
            etag = self.server.etag_of(md5_of(data))
            self.server.upload(upload).parts[number] = HeldPart(data, etag)
        lie = self.server.rule("send_part", number, etag=True)
        if lie is not None:
            return lie.etag or ""
        self.server.confirmed.append(call)
        return etag

    async def complete(
        self, upload: UploadRef, parts: Sequence[StoredPart], *, crc32: str = ""
    ) -> Stored:
        async with self.server.call(
            Call("complete", upload.location.key, upload_id=upload.upload_id)
        ):
            self.server.refuse_checksum("complete")
            held = self.server.complete(upload, parts, crc32)
        version = None if held.version_id == "null" else held.version_id
        return Stored(held.etag, version, held.checksums.get(CRC32, ""))

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


class MemoryAcl(_Feature):
    async def of_object(self, where: Location, version_id: str | None = None) -> AccessList:
        self.server.latest(where, version_id)
        return await self.of_bucket(where.bucket)

    async def of_bucket(self, bucket: str) -> AccessList:
        async with self.server.call(Call("acl", bucket)):
            self.server.bucket(bucket)
        return AccessList("me", "Me", (Grant(GranteeKind.USER, "me", "Me", "FULL_CONTROL"),))


class MemoryVersions(_Feature):
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


class MemorySession:
    """A session to a ``MemoryServer``."""

    def __init__(self, server: MemoryServer, of: Profile) -> None:
        self.profile = of
        self.buckets = MemoryBuckets(server)
        self.listing = MemoryListing(server)
        self.objects = MemoryObjects(server)
        self.uploads = MemoryUploads(server)
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
