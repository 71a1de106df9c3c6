"""A storage in memory that behaves like S3, counts what is asked of it, and fails on demand."""

import asyncio
import hashlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fake_held import (
    Guards,
    HeldUpload,
    StoredObject,
    crc32_of,
    md5_of,
    whole_checksum,
)
from fake_rules import Call, Gate, Rule, strike

from s3gui.domain.encryption import hides_md5
from s3gui.domain.entries import (
    ObjectOptions,
    StoredPart,
    UploadRef,
)
from s3gui.domain.errors import (
    ChecksumRefused,
    ConnectionBroken,
    Corrupt,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NoSuchUpload,
    NotFound,
    S3guiError,
)
from s3gui.domain.integrity import CRC32, Digest, clean_etag, composite_etag
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, ByteSink, FileSlice, Meter

_BLOCK = 256 * 1024


class MemoryServer(Guards):
    """The storage. ``buckets`` maps a name to keys, and a key to its versions, oldest first."""

    def __init__(self, *buckets: str, least_part_bytes: int = 5 * MIB) -> None:
        super().__init__()
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
        #: Whether GetObject keeps to If-Match.
        self.knows_if_match = True
        self.bytes_out = 0
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
        key: str | None = None,
    ) -> None:
        self._rules.append(
            Rule(op, part, times, error=error, applied=applied, after_bytes=after_bytes, key=key)
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
        opaque = hides_md5(self.encryption or held.options.encryption)
        etag = "f" * 32 + f"-{len(md5s)}" if opaque else composite_etag(md5s)
        data = b"".join(held.parts[n].data for n in numbers)
        checksums = whole_checksum(held, parts, data, crc32) if held.checksum else {}
        del self.uploads[ref.upload_id]
        stored = self.store(ref.location, data, etag, held.options)
        stored.checksums = checksums
        stored.part_sizes = tuple(len(held.parts[n].data) for n in numbers)
        return stored

    def etag_of(self, md5: bytes, encryption: str = "") -> str:
        if not hides_md5(self.encryption or encryption):
            return md5.hex()
        return hashlib.md5(b"kms" + md5, usedforsecurity=False).hexdigest()

    # Calls and what goes wrong with them

    def rule(
        self, op: str, part: int | None, *, etag: bool = False, key: str | None = None
    ) -> Rule | None:
        for rule in self._rules:
            if rule.key not in {None, key}:
                continue
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

    async def write(self, data: bytes, sink: ByteSink, meter: Meter, rule: Rule | None) -> None:
        """Sends a body as the wire gives it: in blocks, counted, stoppable."""
        struck = rule is None or rule.applied or not rule.after_bytes
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            for at in range(0, len(data), _BLOCK):
                if rule is not None and not struck and at >= rule.after_bytes:
                    struck = True
                    await strike(rule)
                if meter.stopped:
                    raise ConnectionBroken("Stopped")
                block = data[at : at + _BLOCK]
                sink.write_from(at, memoryview(block))
                meter.moved += len(block)
                self.bytes_out += len(block)
                await asyncio.sleep(0)
        finally:
            self.in_flight -= 1

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
