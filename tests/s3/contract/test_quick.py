"""Small objects by the lean way, on every server."""

import asyncio
from typing import Any

import pytest
from s3.memory import md5_of

from s3gui.domain.conditions import NOTHING_THERE, Write
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import PreconditionFailed
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.quick import QuickAnswer, QuickPut
from s3gui.s3.session import S3Session

DATA = b"12345" * 100
KEYS = ["plain", "with space", "plus+and%25", "ключ/é", "a//b", "./..", "~tilde'(quote)*!", "&=?#"]


def send(quick: QuickPut, key: str, data: bytes) -> QuickAnswer:
    flight = quick.begin(key, data, md5=md5_of(data), meter=Meter())
    while (answer := flight.go_on()) is None:
        pass
    return answer


class TestQuickPut:
    @pytest.mark.parametrize("key", KEYS)
    async def test_another_program_reads_back_what_was_put(
        self, session: S3Session, independent: Any, bucket: str, key: str
    ) -> None:
        put = ObjectOptions("text/x-test", metadata={"author": "some  body"}, tags={"a b": "c+d"})
        quick = await session.objects.quick(bucket, put)
        assert quick is not None

        stored = (await asyncio.to_thread(send, quick, key, DATA)).stored
        assert stored is not None

        answer = independent.get_object(Bucket=bucket, Key=key)
        assert answer["Body"].read() == DATA
        assert stored.etag == answer["ETag"].strip('"')
        assert answer["ContentType"] == "text/x-test"
        assert answer["Metadata"]["author"].split() == ["some", "body"]
        tags = independent.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert tags == [{"Key": "a b", "Value": "c+d"}]

    async def test_what_is_there_is_not_replaced_under_the_condition(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        quick = await session.objects.quick(bucket, ObjectOptions(), NOTHING_THERE)
        assert quick is not None
        first = await asyncio.to_thread(send, quick, "key", DATA)
        assert first.stored is not None
        assert session.conditions.of(bucket, Write.PUT, NOTHING_THERE) is None, "proves nothing"

        again = await asyncio.to_thread(send, quick, "key", b"another")
        assert again.stored is None
        with pytest.raises(PreconditionFailed):
            await quick.explain(Location(bucket, "key"), 7, again)

        assert independent.get_object(Bucket=bucket, Key="key")["Body"].read() == DATA
        assert session.conditions.of(bucket, Write.PUT, NOTHING_THERE)
