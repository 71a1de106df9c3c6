"""Encryption on the server: by itself, and with a key of the person's (SSE-C)."""

from dataclasses import replace
from typing import Any

import pytest
from s3.memory import fetch, md5_of, put, send_part
from servers.server import Difference, Server

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import CopySource, ObjectOptions, StoredPart
from s3gui.domain.errors import NotFound, NotSupported, S3guiError
from s3gui.domain.etags import UPLOAD_TOKEN
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB
from s3gui.s3.session import S3Session

KEY, OTHER = CustomerKey(bytes(range(32))), CustomerKey(bytes(32))
SEALED = ObjectOptions(customer_key=KEY)
DATA = bytes(5 * MIB)
TOKEN = "0123456789abcdef" * 2
MARKED = ObjectOptions(metadata={UPLOAD_TOKEN: TOKEN})


class TestServersKeys:
    async def test_the_servers_own_key_leaves_the_etag_an_md5(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        if server.has(Difference.SEALS_OVER_TLS_ONLY):
            with pytest.raises(S3guiError):
                await put(session, where, b"data", encryption="AES256")
            return
        if server.has(Difference.IGNORES_AES256):
            with pytest.raises(NotSupported) as caught:
                await put(session, where, b"data", encryption="AES256")
            assert caught.value.code == "NotEncrypted"
            return
        stored = await put(session, where, b"data", encryption="AES256")

        assert (stored.etag, stored.opaque_etag) == (md5_of(b"data").hex(), False)
        details = await session.objects.head(where)
        assert (details.encryption, details.opaque_etag) == ("AES256", False)

    async def test_a_key_of_kms_makes_etags_opaque(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        if server.has(Difference.NO_KMS_KEY):
            with pytest.raises(S3guiError):
                await put(session, where, b"data", encryption="aws:kms")
            return
        stored = await put(session, where, b"data", encryption="aws:kms", kms_key_id="a-key")
        upload = await session.uploads.create(where, ObjectOptions(encryption="aws:kms"))

        assert stored.opaque_etag
        assert upload.opaque_etags
        details = await session.objects.head(where)
        assert (details.encryption, details.opaque_etag) == ("aws:kms", True)
        assert "a-key" in details.kms_key_id


async def token_of_parts(session: S3Session, where: Location, options: ObjectOptions) -> str:
    """What HeadObject has of the token of an object that is made of parts."""
    upload = await session.uploads.create(where, options)
    part = StoredPart(1, await send_part(session, upload, 1, b"tail"), 4)
    await session.uploads.complete(upload, [part])
    details = await session.objects.head(where, customer_key=options.customer_key)
    return details.metadata[UPLOAD_TOKEN]


class TestUploadTokens:
    async def test_they_survive_in_objects_of_one_body_and_of_parts(
        self, session: S3Session, bucket: str
    ) -> None:
        one, parts = Location(bucket, "one"), Location(bucket, "parts")
        await put(session, one, b"data", metadata=MARKED.metadata)

        assert (await session.objects.head(one)).metadata == MARKED.metadata
        assert await token_of_parts(session, parts, MARKED) == TOKEN


class TestCustomersKey:
    @pytest.fixture(autouse=True)
    async def _where_it_is_known(self, session: S3Session, server: Server, bucket: str) -> None:
        """What a server that has it not does instead; the tests below are not for that one."""
        where = Location(bucket, "instead")
        if server.has(Difference.IGNORES_KEYS):
            for attempt in (
                put(session, where, b"data", customer_key=KEY),
                session.uploads.create(where, SEALED),
            ):
                with pytest.raises(NotSupported) as caught:
                    await attempt
                assert caught.value.code == "NotEncrypted"
            assert [one async for one in session.uploads.unfinished(Location(bucket))] == []
            pytest.skip("moto encrypts nothing with a customer's key, and s3gui refuses that")
        if server.has(Difference.SEALS_OVER_TLS_ONLY):
            with pytest.raises(S3guiError) as refused:
                await put(session, where, b"data", customer_key=KEY)
            assert refused.value.code == "InvalidRequest"
            pytest.skip("Ceph takes a customer's key over https only")

    async def test_it_is_needed_to_look_and_to_read(self, session: S3Session, bucket: str) -> None:
        where = Location(bucket, "a b+%/ё")
        stored = await put(session, where, b"secret", customer_key=KEY)

        assert stored.opaque_etag
        details = await session.objects.head(where, customer_key=KEY)
        assert (details.encryption, details.size, details.opaque_etag) == ("SSE-C", 6, True)
        assert await fetch(session, where, customer_key=KEY) == b"secret"
        assert await fetch(session, where, first=2, length=3, customer_key=KEY) == b"cre"
        for key in (None, OTHER):
            with pytest.raises(S3guiError) as caught:
                await session.objects.head(where, customer_key=key)
            assert not isinstance(caught.value, NotFound)
            with pytest.raises(S3guiError):
                await fetch(session, where, customer_key=key)

    async def test_the_token_of_an_upload_survives_beside_it(
        self, session: S3Session, bucket: str
    ) -> None:
        options = replace(MARKED, customer_key=KEY)
        assert await token_of_parts(session, Location(bucket, "o"), options) == TOKEN

    async def test_every_part_is_sent_with_it(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        where = Location(bucket, "o")
        upload = await session.uploads.create(where, SEALED)
        assert (upload.opaque_etags, upload.customer_key) == (True, KEY)
        with pytest.raises(S3guiError):
            await send_part(session, replace(upload, customer_key=None), 1, DATA)

        parts = [
            StoredPart(1, await send_part(session, upload, 1, DATA), len(DATA)),
            StoredPart(2, await send_part(session, upload, 2, b"tail"), 4),
        ]
        stored = await session.uploads.complete(upload, parts)

        assert stored.opaque_etag
        assert await fetch(session, where, customer_key=KEY) == DATA + b"tail"

    async def test_copies_need_both_keys(
        self, session: S3Session, server: Server, bucket: str
    ) -> None:
        source, target = Location(bucket, "o"), Location(bucket, "copy")
        await put(session, source, b"secret", customer_key=KEY)
        assert session.copying is not None
        if server.has(Difference.NO_KEY_COPIES):
            with pytest.raises(NotSupported):
                await session.copying.copy(CopySource(source, customer_key=KEY), target, SEALED)
            assert session.copying is not None, "all else is copied"
            return

        await session.copying.copy(
            CopySource(source, customer_key=KEY), target, ObjectOptions(customer_key=OTHER)
        )

        assert await fetch(session, target, customer_key=OTHER) == b"secret"
        with pytest.raises(S3guiError):
            await session.copying.copy(CopySource(source), target, ObjectOptions())
