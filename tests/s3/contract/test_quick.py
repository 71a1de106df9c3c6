"""Small objects by the lean way, on every server."""

import asyncio
from typing import Any

import pytest
from s3.memory import md5_of

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.parts import Meter
from s3gui.s3.session import S3Session

DATA = b"12345" * 100
KEYS = ["plain", "with space", "plus+and%25", "ключ/é", "a//b", "./..", "~tilde'(quote)*!", "&=?#"]


class TestQuickPut:
    @pytest.mark.parametrize("key", KEYS)
    async def test_another_program_reads_back_what_was_put(
        self, session: S3Session, independent: Any, bucket: str, key: str
    ) -> None:
        put = ObjectOptions("text/x-test", metadata={"author": "some  body"}, tags={"a b": "c+d"})
        quick = await session.objects.quick(bucket, put)
        assert quick is not None

        def send() -> Any:
            flight = quick.begin(key, DATA, md5=md5_of(DATA), meter=Meter())
            while (answer := flight.go_on()) is None:
                pass
            return answer.stored

        stored = await asyncio.to_thread(send)

        answer = independent.get_object(Bucket=bucket, Key=key)
        assert answer["Body"].read() == DATA
        assert stored.etag == answer["ETag"].strip('"')
        assert answer["ContentType"] == "text/x-test"
        assert answer["Metadata"]["author"].split() == ["some", "body"]
        tags = independent.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert tags == [{"Key": "a b", "Value": "c+d"}]
