"""The objects of a storage in memory."""

from collections.abc import Sequence

from fake_features import Feature
from fake_held import StoredObject, headers_of, key_is_here
from fake_rules import Call

from s3gui.domain.conditions import ANYTHING, Condition, Write
from s3gui.domain.encryption import CustomerKey, hides_md5
from s3gui.domain.entries import (
    Deletion,
    Doomed,
    ObjectDetails,
    ObjectOptions,
    PartLayout,
    Stored,
)
from s3gui.domain.errors import PreconditionFailed, S3guiError
from s3gui.domain.integrity import CRC32, Digest
from s3gui.domain.location import Location
from s3gui.domain.parts import ByteSink, FileSlice, Meter


class MemoryObjects(Feature):
    async def head(
        self,
        where: Location,
        version_id: str | None = None,
        *,
        checksums: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> ObjectDetails:
        async with self.server.call(Call("head", where.key)):
            held = self.server.latest(where, version_id)
            self.server.check_key(held, customer_key)
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
            headers=headers_of(held.options),
            storage_class=held.options.storage_class or "STANDARD",
            encryption=self.server.encryption or held.options.encryption,
            checksums=shown,
            checksum_type="FULL_OBJECT" if shown else "",
            kms_key_id=held.options.kms_key_id,
            tag_count=len(held.options.tags),
        )

    async def part_layout(
        self,
        where: Location,
        version_id: str | None = None,
        *,
        if_match: str = "",
        customer_key: CustomerKey | None = None,
    ) -> PartLayout | None:
        async with self.server.call(Call("part_layout", where.key)):
            held = self.server.latest(where, version_id)
            self.server.check_key(held, customer_key)
            if if_match not in {"", held.etag}:
                raise PreconditionFailed("Another object")
        sizes = held.part_sizes if self.server.tells_parts else ()
        return PartLayout(len(sizes), sizes[0]) if sizes else None

    async def put(
        self,
        where: Location,
        body: FileSlice,
        *,
        md5: bytes,
        options: ObjectOptions,
        meter: Meter,
        condition: Condition = ANYTHING,
    ) -> Stored:
        key_is_here(options)
        async with self.server.call(Call("put", where.key)) as rule:
            self.server.bucket(where.bucket)
            data = await self.server.read(body, Digest(md5), meter, rule)
            self.server.check_condition(Write.PUT, where, condition)
            etag = self.server.etag_of(md5, options.encryption)
            held = self.server.store(where, data, etag, options)
        lie = self.server.rule("put", None, etag=True)
        version = None if held.version_id == "null" else held.version_id
        opaque = hides_md5(self.server.encryption or options.encryption)
        return Stored(held.etag if lie is None else lie.etag or "", version, opaque_etag=opaque)

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
        checksums: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> ObjectDetails:
        # The number of a range is its first byte; of the very first one it is 1.
        async with self.server.call(Call("fetch", where.key, first or 1)) as rule:
            held = self.server.latest(where, version_id)
            self.server.check_key(held, customer_key)
            if if_match not in {None, held.etag} and self.server.knows_if_match:
                raise PreconditionFailed("Another object")
            end = len(held.data) if length is None else first + length
            data = held.data[first:end]
            if self.server.rule("fetch", first or 1, etag=True):
                data = bytes([data[0] ^ 1]) + data[1:]
            await self.server.write(data, sink, meter, rule)
            return self._details(where, held, checksums=checksums)

    async def delete(
        self, where: Location, version_id: str | None = None, *, if_match: str = ""
    ) -> str | None:
        async with self.server.call(Call("delete", where.key)):
            condition = Condition(if_match=if_match)
            self.server.check_condition(Write.DELETE, where, condition, version_id)
            return self._delete(where, version_id)

    async def delete_many(self, bucket: str, doomed: Sequence[Doomed]) -> list[Deletion]:
        async with self.server.call(Call("delete_many", bucket)):
            return [self._doom(bucket, item) for item in doomed]

    def _doom(self, bucket: str, item: Doomed) -> Deletion:
        where, condition = Location(bucket, item.key), Condition(if_match=item.if_match)
        if rule := self.server.rule("delete_one", None, key=item.key):
            error = rule.error
            return Deletion(item, error() if callable(error) else error)
        try:
            self.server.check_condition(Write.DELETE, where, condition, item.version_id)
        except S3guiError as error:
            return Deletion(item, error)
        return Deletion(item, marker_id=self._delete(where, item.version_id))

    def _delete(self, where: Location, version_id: str | None) -> str | None:
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
